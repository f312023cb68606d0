//! permessage-deflate (RFC 7692), after it has been negotiated.
//!
//! The table of all numbers is in `tests/project/ws_requirements.rs`.

use php_sockets::ws::{
    Config, FrameHeader, Message, Opcode, Part, Prepared, Protocol, ProtocolError, Role, Status, WebSocketError,
    deflate::Parameters,
};

use crate::stream::{BINARY, CONTINUATION, FIN, PING, RSV1, Random, TEXT, masked, sized};

fn pair(parameters: Parameters) -> (Protocol, Protocol) {
    let new = |role, config| Protocol::with_deflate(role, config, Some(parameters));
    (new(Role::Server, Config::server()), new(Role::Client, Config::client()))
}

fn server(config: Config) -> Protocol {
    Protocol::with_deflate(Role::Server, config, Some(Parameters::default()))
}

/// Moves what one endpoint has to send to the other, in pieces.
fn transfer(from: &mut Protocol, to: &mut Protocol, piece: usize) -> Result<usize, WebSocketError> {
    let length = from.output().len();
    for bytes in from.output().chunks(piece) {
        to.feed(bytes);
    }
    from.written(length)?;
    Ok(length)
}

fn received(bytes: &[u8]) -> Result<Vec<u8>, WebSocketError> {
    let mut buffer = Vec::new();
    let mut protocol = server(Config::server());
    protocol.feed(bytes);
    let message = protocol.next(&mut buffer)?.expect("a message");
    Ok(message.as_bytes().to_vec())
}

#[test]
fn every_parameter_carries_every_size_both_ways() -> Result<(), WebSocketError> {
    let mut random = Random(1);
    let mut buffer = Vec::new();
    for bits in (9..=15).step_by(sized(1, 6)) {
        for no_context_takeover in [false, true] {
            let (server, client) = pair(Parameters {
                server_no_context_takeover: no_context_takeover,
                client_no_context_takeover: no_context_takeover,
                server_max_window_bits: bits,
                client_max_window_bits: bits,
            });
            let mut ends = [server, client];
            for length in [0, 1, 63, 64, 1000, 50_000].into_iter().take(sized(6, 4)).step_by(sized(1, 3)) {
                let text: String = (0..length).map(|_| ["数据 ", "deflate ", "压缩"][random.below(3)]).collect();
                let noise: Vec<u8> = (0..length).map(|_| random.next().to_le_bytes()[3]).collect();
                for (from, to) in [(0, 1), (1, 0)] {
                    ends[from].send(&text)?;
                    ends[from].send(&noise)?;
                    let bytes = ends[from].output().to_vec();
                    ends[from].written(bytes.len())?;
                    let shorter = text.len() / 3 + noise.len() + noise.len() / 100 + 1000;
                    assert!(length < 1000 || bytes.len() < shorter, "{} bytes of {length}", bytes.len());
                    for piece in bytes.chunks(1 + random.below(100_000)) {
                        ends[to].feed(piece);
                    }
                    assert!(ends[to].next(&mut buffer)? == Some(Message::Text(&text)), "{bits} bits, {length}");
                    assert!(ends[to].next(&mut buffer)? == Some(Message::Binary(&noise)), "{bits} bits, {length}");
                }
            }
        }
    }
    Ok(())
}

#[test]
fn the_examples_of_rfc_7692_section_7_2_3() -> Result<(), WebSocketError> {
    // One block; two fragments; without compression; with BFINAL; two blocks.
    assert_eq!(received(&masked(FIN | RSV1 | TEXT, b"\xf2\x48\xcd\xc9\xc9\x07\x00"))?, b"Hello");
    let fragments = [masked(RSV1 | TEXT, b"\xf2\x48\xcd"), masked(FIN | CONTINUATION, b"\xc9\xc9\x07\x00")].concat();
    assert_eq!(received(&fragments)?, b"Hello");
    assert_eq!(received(&masked(FIN | RSV1 | TEXT, b"\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"))?, b"Hello");
    assert_eq!(received(&masked(FIN | RSV1 | TEXT, b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00"))?, b"Hello");
    let blocks = b"\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00";
    assert_eq!(received(&masked(FIN | RSV1 | TEXT, blocks))?, b"Hello");

    // The second Hello refers to the first.
    let mut buffer = Vec::new();
    let mut protocol = server(Config::server());
    protocol.feed(&masked(FIN | RSV1 | TEXT, b"\xf2\x48\xcd\xc9\xc9\x07\x00"));
    protocol.feed(&masked(FIN | RSV1 | TEXT, b"\xf2\x00\x11\x00\x00"));
    assert_eq!(protocol.next(&mut buffer)?, Some(Message::Text("Hello")));
    assert_eq!(protocol.next(&mut buffer)?, Some(Message::Text("Hello")));
    Ok(())
}

#[test]
#[cfg_attr(miri, ignore = "it is 100 MiB")]
fn s17_a_bomb_stops_at_the_limit() -> Result<(), WebSocketError> {
    let (mut sender, _) = pair(Parameters::default());
    sender.send(&vec![0; 100 << 20])?;
    assert!(sender.output().len() < 1 << 20, "a hundred to one");
    let payload = &sender.output()[10..];
    let mut protocol = server(Config::server());
    let mut buffer = Vec::new();
    protocol.feed(&masked(FIN | RSV1 | BINARY, payload));
    let error = protocol.next(&mut buffer).expect_err("more than 16 MiB");
    assert!(matches!(error, WebSocketError::Protocol(ProtocolError::MessageTooBig)));
    assert_eq!(protocol.output(), b"\x88\x02\x03\xf1");

    // Part by part it is no danger.
    let mut protocol = server(Config::server());
    protocol.feed(&masked(FIN | RSV1 | BINARY, payload));
    let (mut total, mut ended) = (0, false);
    while let Some(part) = protocol.next_part(&mut buffer)? {
        let bytes = part.message().as_bytes();
        assert!(bytes.len() <= 64 * 1024);
        total += bytes.len();
        ended = part.is_last();
    }
    assert!(ended && total == 100 << 20);
    Ok(())
}

#[test]
fn s17_exactly_the_limit_is_allowed() -> Result<(), WebSocketError> {
    for (length, allowed) in [(10_000, true), (10_001, false)] {
        let (mut sender, _) = pair(Parameters::default());
        sender.send(&vec![7; length])?;
        let payload = sender.output()[2..].to_vec();
        let mut protocol = server(Config::server().max_message(10_000));
        protocol.feed(&masked(FIN | RSV1 | BINARY, &payload));
        assert_eq!(protocol.next(&mut Vec::new()).is_ok(), allowed, "{length}");
    }
    Ok(())
}

#[test]
fn s18_compression_where_it_cannot_be() {
    let failure = |mut protocol: Protocol, bytes: &[u8]| {
        protocol.feed(bytes);
        match protocol.next(&mut Vec::new()) {
            Err(WebSocketError::Protocol(error)) => Some(error),
            _ => None,
        }
    };
    let hello = b"\xf2\x48\xcd\xc9\xc9\x07\x00";
    let reserved = Some(ProtocolError::ReservedBit);
    let plain = || Protocol::new(Role::Server, Config::server());
    assert_eq!(failure(plain(), &masked(FIN | RSV1 | TEXT, hello)), reserved);
    let inflating = || server(Config::server());
    assert_eq!(failure(inflating(), &masked(FIN | RSV1 | PING, b"")), reserved);
    let continued = [masked(RSV1 | TEXT, &hello[..3]), masked(FIN | RSV1 | CONTINUATION, &hello[3..])].concat();
    assert_eq!(failure(inflating(), &continued), reserved);
    let damaged = Some(ProtocolError::InvalidDeflate);
    assert_eq!(failure(inflating(), &masked(FIN | RSV1 | TEXT, b"\xff\xff\xff\xff")), damaged);
    assert_eq!(failure(inflating(), &masked(FIN | RSV1 | TEXT, b"\x07\x00")), damaged);
    // A reference to what was never there.
    assert_eq!(failure(inflating(), &masked(FIN | RSV1 | TEXT, b"\xf2\x00\x11\x00\x00")), damaged);
    let invalid = Some(ProtocolError::InvalidUtf8);
    assert_eq!(failure(inflating(), &masked(FIN | RSV1 | TEXT, b"\x00\x02\x00\xfd\xff\xc0\xaf\x00")), invalid);
}

#[test]
fn s18_unusual_but_valid() -> Result<(), WebSocketError> {
    let mut buffer = Vec::new();
    let mut protocol = server(Config::server());
    let hello = b"\xf2\x48\xcd\xc9\xc9\x07\x00";
    for (bytes, text) in [
        (masked(FIN | RSV1 | TEXT, b"\x00"), ""),
        (masked(FIN | TEXT, "原样".as_bytes()), "原样"),
        (masked(FIN | RSV1 | TEXT, hello), "Hello"),
        // The final block of a stream, with and without the padding behind it; then a new stream.
        (masked(FIN | RSV1 | TEXT, b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00"), "Hello"),
        (masked(FIN | RSV1 | TEXT, b"\xf3\x48\xcd\xc9\xc9\x07\x00"), "Hello"),
        (masked(FIN | RSV1 | TEXT, hello), "Hello"),
        // Empty fragments around.
        ([masked(RSV1 | TEXT, b""), masked(CONTINUATION, hello), masked(FIN | CONTINUATION, b"")].concat(), "Hello"),
        // A Ping between.
        (
            [masked(RSV1 | TEXT, &hello[..2]), masked(FIN | PING, b"?"), masked(FIN | CONTINUATION, &hello[2..])]
                .concat(),
            "Hello",
        ),
        // The sender did not strip the tail.
        (masked(FIN | RSV1 | TEXT, b"\xf2\x48\xcd\xc9\xc9\x07\x00\x00\x00\xff\xff\x00"), "Hello"),
    ] {
        for byte in &bytes {
            assert_eq!(protocol.next(&mut buffer)?, None);
            protocol.feed(&[*byte]);
        }
        assert_eq!(protocol.next(&mut buffer)?, Some(Message::Text(text)), "{bytes:x?}");
    }
    assert_eq!(protocol.output(), b"\x8a\x01?");
    Ok(())
}

#[test]
fn s18_what_is_sent_has_no_tail_and_is_never_empty() -> Result<(), WebSocketError> {
    let (mut sender, mut receiver) = pair(Parameters::default());
    let mut buffer = Vec::new();
    sender.send_part(Part::more("片段".repeat(50).as_str()))?;
    sender.send_part(Part::more(""))?;
    sender.send_part(Part::last(""))?;
    sender.send_part(Part::last(""))?;
    assert!(sender.output().ends_with(b"\xc1\x01\x00"));
    assert!(!sender.output().ends_with(b"\x00\x00\xff\xff"));
    transfer(&mut sender, &mut receiver, 7)?;
    assert_eq!(receiver.next(&mut buffer)?, Some(Message::Text(&"片段".repeat(50))));
    assert_eq!(receiver.next(&mut buffer)?, Some(Message::Text("")));
    Ok(())
}

#[test]
fn s20_without_takeover_every_message_stands_alone() -> Result<(), WebSocketError> {
    let text = "每条消息都一样。".repeat(20);
    for (no_takeover, alike) in [(true, true), (false, false)] {
        let (mut sender, _) = pair(Parameters { server_no_context_takeover: no_takeover, ..Parameters::default() });
        let mut frames = Vec::new();
        for _ in 0..2 {
            sender.send(&text)?;
            frames.push(sender.output().to_vec());
            sender.written(frames[frames.len() - 1].len())?;
        }
        assert_eq!(frames[0] == frames[1], alike);
        assert!(frames[0].len() > frames[1].len() || alike, "a message that is known already is short");
    }
    Ok(())
}

#[test]
fn a_prepared_message_fits_between_others() -> Result<(), WebSocketError> {
    let (mut sender, mut receiver) = pair(Parameters::default());
    let mut buffer = Vec::new();
    let news = "大家好，大家好，大家好，大家好，大家好，大家好。".repeat(3);
    let prepared = Prepared::new(&news)?;
    let before = "之前的消息，".repeat(30);
    for _ in 0..3 {
        sender.send(&before)?;
        sender.send_prepared(&prepared)?;
        sender.send(&news)?;
    }
    assert!(sender.output().len() < 3 * news.len());
    transfer(&mut sender, &mut receiver, 1000)?;
    for _ in 0..3 {
        for expected in [&before, &news, &news] {
            assert_eq!(receiver.next(&mut buffer)?, Some(Message::Text(expected)));
        }
    }
    // A client has to inflate with a smaller window: the message goes out as it is.
    let (mut sender, mut receiver) = pair(Parameters { server_max_window_bits: 10, ..Parameters::default() });
    sender.send_prepared(&prepared)?;
    assert_eq!(sender.output(), prepared.frame());
    transfer(&mut sender, &mut receiver, 1000)?;
    assert_eq!(receiver.next(&mut buffer)?, Some(Message::Text(&news)));
    Ok(())
}

/// What a client sends when the server asked for its messages to stand alone, and for the smallest window: each message is
/// inflated by itself, and refers back by no more than the window's 512 bytes.
#[test]
fn must_79_and_81_a_client_obeys() -> Result<(), WebSocketError> {
    let parameters =
        Parameters { client_no_context_takeover: true, client_max_window_bits: 9, ..Parameters::default() };
    let mut random = Random(3);
    let noise: Vec<u8> = (0..600).map(|_| random.next().to_le_bytes()[3]).collect();
    let message = noise.repeat(sized(10, 2));
    let (_, mut client) = pair(parameters);
    let mut frames = Vec::new();
    for _ in 0..2 {
        client.send(&message)?;
        frames.push(client.output().to_vec());
        client.written(client.output().len())?;
    }
    // What repeats after 600 bytes is out of the window's reach; in a larger one it would all but vanish.
    assert!(frames.iter().all(|frame| frame.len() > message.len() * 5 / 6), "{} bytes", frames[0].len());
    let mut buffer = Vec::new();
    for frame in frames {
        let (mut server, _) = pair(parameters);
        server.feed(&frame);
        assert!(server.next(&mut buffer)? == Some(Message::Binary(&message)));
    }
    Ok(())
}

#[test]
fn must_82_only_the_first_frame_is_marked() -> Result<(), WebSocketError> {
    let (mut server, _) = pair(Parameters::default());
    let text = "压缩".repeat(100);
    server.send(&text)?;
    server.send_part(Part::more(&text))?;
    server.send(Message::Ping(&[b'p'; 100]))?;
    server.send_part(Part::more(&text))?;
    server.send_part(Part::last(&text))?;
    server.close(None)?;
    let mut output = server.output();
    let mut first = Vec::new();
    while !output.is_empty() {
        let Ok(Status::Complete(header, length)) = FrameHeader::decode(output) else { panic!("a whole header") };
        first.push((header.opcode, header.fin, header.rsv1));
        output = &output[length + usize::try_from(header.payload_len).expect("a few bytes")..];
    }
    let expected = [
        (Opcode::Text, true, true),
        (Opcode::Text, false, true),
        (Opcode::Ping, true, false),
        (Opcode::Continuation, false, false),
        (Opcode::Continuation, true, false),
        (Opcode::Close, true, false),
    ];
    assert_eq!(first, expected);
    Ok(())
}

/// Pictures and what is encrypted do not get shorter: nobody waits for the attempt, and the next text is compressed as ever.
#[test]
fn what_does_not_shrink_is_sent_as_it_is() -> Result<(), WebSocketError> {
    let mut random = Random(7);
    let noise: Vec<u8> = (0..sized(100_000, 5000)).map(|_| random.next().to_le_bytes()[3]).collect();
    let letters: Vec<u8> = noise.iter().map(|byte| b'a' + byte % 26).collect();
    for parameters in [
        Parameters::default(),
        Parameters { server_no_context_takeover: true, client_no_context_takeover: true, ..Parameters::default() },
    ] {
        let (mut sender, mut receiver) = pair(parameters);
        let mut buffer = Vec::new();
        for (payload, compressed) in [(&letters, true), (&noise, false), (&letters, true)] {
            sender.send(payload)?;
            let output = sender.output().to_vec();
            assert_eq!(output[0], if compressed { FIN | RSV1 | BINARY } else { FIN | BINARY });
            assert_eq!(output.len() < payload.len(), compressed);
            sender.written(output.len())?;
            receiver.feed(&output);
            assert!(receiver.next(&mut buffer)? == Some(Message::Binary(payload)));
        }
        for (payload, compressed) in [(&letters, true), (&noise, false)] {
            sender.send_prepared(&Prepared::new(payload)?)?;
            assert_eq!(sender.output()[0], if compressed { FIN | RSV1 | BINARY } else { FIN | BINARY });
            sender.written(sender.output().len())?;
        }
    }
    Ok(())
}

/// Of a message in parts the first one tells: the flag of compression stands in its frame.
#[test]
fn what_does_not_shrink_is_sent_in_parts_as_it_is() -> Result<(), WebSocketError> {
    let mut random = Random(7);
    let noise: Vec<u8> = (0..10_000).map(|_| random.next().to_le_bytes()[3]).collect();
    let letters: Vec<u8> = noise.iter().map(|byte| b'a' + byte % 4).collect();
    let (mut server, mut client) = pair(Parameters::default());
    let mut buffer = Vec::new();
    let cases =
        [(&letters, &noise, true), (&noise, &letters, false), (&noise, &noise, false), (&letters, &letters, true)];
    // Each takes Miri more than a minute.
    for (first, second, compressed) in cases.into_iter().take(if cfg!(miri) { 2 } else { 4 }) {
        server.send_part(Part::more(first))?;
        server.send_part(Part::more(second))?;
        server.send_part(Part::last(b""))?;
        assert_eq!(server.output()[0] == RSV1 | BINARY, compressed);
        assert!(compressed || server.output().len() < 20_020, "nothing but heads of frames is added");
        transfer(&mut server, &mut client, 1000)?;
        assert!(client.next(&mut buffer)? == Some(Message::Binary(&[&first[..], second].concat())));
    }
    Ok(())
}

#[test]
fn a_message_can_be_sent_uncompressed() -> Result<(), WebSocketError> {
    let (mut sender, mut receiver) = pair(Parameters::default());
    let mut buffer = Vec::new();
    let secret = "秘密".repeat(100);
    for compressed in [true, false, true] {
        let send = if compressed { Protocol::send } else { Protocol::send_uncompressed };
        send(&mut sender, &secret)?;
        let output = sender.output().to_vec();
        assert_eq!(output[0], if compressed { FIN | RSV1 | TEXT } else { FIN | TEXT });
        sender.written(output.len())?;
        receiver.feed(&output);
        assert_eq!(receiver.next(&mut buffer)?, Some(Message::Text(&secret)));
    }
    Ok(())
}

/// More connections than a thread has compressors, all with messages of all sizes, whole and in parts, in turns: each context
/// is its own, whoever had the codec in between.
#[test]
fn many_contexts_take_turns() -> Result<(), WebSocketError> {
    let mut random = Random(5);
    let mut buffer = Vec::new();
    for bits in [9, 12, 15].into_iter().step_by(sized(1, 2)) {
        let parameters =
            Parameters { server_max_window_bits: bits, client_max_window_bits: bits, ..Parameters::default() };
        let mut peers: Vec<_> = (0..sized(40, 20)).map(|_| pair(parameters)).collect();
        let news = "news for everybody, and for every window ".repeat(20);
        let prepared = Prepared::new(&news)?;
        let (mut plain, mut sent) = (0, 0);
        for _ in 0..sized(1500, 30) {
            let number = random.below(peers.len());
            let (server, client) = &mut peers[number];
            let size = [10, 200, 1000, sized(5000, 64), sized(40_000, 400)][random.below(5)];
            let text: String =
                (0..size / 8).map(|_| format!("{number:02}:{:04} ", random.below(sized(500, 8)))).collect();
            let (from, to) = if random.below(2) == 0 { (server, client) } else { (client, server) };
            match random.below(8) {
                0 => {
                    let middle = text.len() / 2;
                    from.send_part(Part::more(&text[..middle]))?;
                    from.send_part(Part::last(&text[middle..]))?;
                }
                1 => from.send_prepared(&prepared)?,
                2 => from.send_uncompressed(&text)?,
                _ => from.send(&text)?,
            }
            plain += text.len();
            sent += transfer(from, to, 1000)?;
            let message = to.next(&mut buffer)?.expect("a message");
            let is_known = [&text, &news].iter().any(|known| message == Message::Text(known));
            assert!(is_known, "{bits} bits, {size} bytes");
        }
        assert!(sent < plain * 3 / 4, "{sent} of {plain} bytes");
    }
    Ok(())
}

/// What a connection sent last makes the next message shorter, though the thread has lent its compressor to others.
#[test]
fn a_context_outlives_its_compressor() -> Result<(), WebSocketError> {
    let mut random = Random(6);
    let letters: String =
        (0..sized(3000, 600)).map(|_| char::from(b'a' + random.next().to_le_bytes()[3] % 26)).collect();
    let mut peers: Vec<_> = (0..sized(40, 20)).map(|_| pair(Parameters::default())).collect();
    let mut buffer = Vec::new();
    let mut lengths = [0; 2];
    for length in &mut lengths {
        for (server, client) in &mut peers {
            server.send(&letters)?;
            *length = transfer(server, client, 1 << 16)?;
            assert_eq!(client.next(&mut buffer)?, Some(Message::Text(&letters)));
        }
    }
    assert!(lengths[0] > letters.len() / 2 && lengths[1] < letters.len() / 20, "{lengths:?}");
    Ok(())
}
