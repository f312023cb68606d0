//! The protocol without I/O: the RFC's examples as bytes, and every valid stream cut at every byte.

use php_sockets::ws::{CloseCode, CloseFrame, Config, Message, Part, Protocol, Role, WebSocketError};

use crate::stream::{self, BINARY, CLOSE, Expected, PING, PONG, Random, TEXT, sized};

fn reporting(role: Role) -> Protocol {
    Protocol::new(role, Config::new(role).report_control(true))
}

fn owned(message: Message<'_>) -> Expected {
    let opcode = match message {
        Message::Text(_) => TEXT,
        Message::Binary(_) => BINARY,
        Message::Ping(_) => PING,
        Message::Pong(_) => PONG,
        Message::Close(_) => CLOSE,
    };
    (opcode, message.as_bytes().to_vec())
}

/// All messages that the bytes received so far give.
fn drain(protocol: &mut Protocol, buffer: &mut Vec<u8>, messages: &mut Vec<Expected>) -> Result<(), WebSocketError> {
    while let Some(message) = protocol.next(buffer)? {
        messages.push(owned(message));
    }
    Ok(())
}

/// The same, through the memory that the protocol offers instead of a copy.
fn arrive(
    protocol: &mut Protocol,
    mut bytes: &[u8],
    buffer: &mut Vec<u8>,
    messages: &mut Vec<Expected>,
) -> Result<(), WebSocketError> {
    while !bytes.is_empty() {
        protocol.read_from(&mut bytes)?;
        drain(protocol, buffer, messages)?;
    }
    Ok(())
}

#[test]
fn the_examples_of_rfc_6455_section_5_7() -> Result<(), WebSocketError> {
    let mut buffer = Vec::new();
    let mut client = reporting(Role::Client);
    client.feed(&[0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]);
    client.feed(&[0x01, 0x03, 0x48, 0x65, 0x6c]);
    client.feed(&[0x80, 0x02, 0x6c, 0x6f]);
    client.feed(&[0x89, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]);
    client.feed(&[0x82, 0x7E, 0x01, 0x00]);
    client.feed(&[7; 256]);
    client.feed(&[0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0]);
    client.feed(&[9; 65536]);
    assert_eq!(client.next(&mut buffer)?, Some(Message::Text("Hello")));
    assert_eq!(client.next(&mut buffer)?, Some(Message::Text("Hello")));
    assert_eq!(client.next(&mut buffer)?, Some(Message::Ping(b"Hello")));
    assert_eq!(client.next(&mut buffer)?, Some(Message::Binary(&[7; 256])));
    assert_eq!(client.next(&mut buffer)?, Some(Message::Binary(&[9; 65536])));
    assert_eq!(client.next(&mut buffer)?, None);

    let mut server = reporting(Role::Server);
    server.feed(&[0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]);
    assert_eq!(server.next(&mut buffer)?, Some(Message::Text("Hello")));
    server.feed(&[0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]);
    assert_eq!(server.next(&mut buffer)?, Some(Message::Pong(b"Hello")));

    server.send("Hello")?;
    server.send_part(Part::more("Hel"))?;
    server.send_part(Part::last("lo"))?;
    server.send(Message::Ping(b"Hello"))?;
    let sent = b"\x81\x05Hello\x01\x03Hel\x80\x02lo\x89\x05Hello";
    assert_eq!(server.output(), sent);
    Ok(())
}

#[test]
fn a_stream_cut_at_every_byte_gives_the_same_messages() -> Result<(), WebSocketError> {
    let mut buffer = Vec::new();
    for seed in 1..=sized(60, 2) as u64 {
        let mut random = Random(seed);
        let role = if seed % 2 == 0 { Role::Server } else { Role::Client };
        let (bytes, expected) = stream::valid(&mut random, role == Role::Server, 4, 80);
        for cut in (0..=bytes.len()).step_by(sized(1, 4)) {
            let mut messages = Vec::new();
            let mut protocol = reporting(role);
            protocol.feed(&bytes[..cut]);
            drain(&mut protocol, &mut buffer, &mut messages)?;
            assert!(
                messages.len() <= expected.len() && messages[..] == expected[..messages.len()],
                "seed {seed}, {cut}"
            );
            arrive(&mut protocol, &bytes[cut..], &mut buffer, &mut messages)?;
            assert_eq!(messages, expected, "seed {seed} cut at {cut}");
        }
    }
    Ok(())
}

#[test]
fn a_stream_byte_by_byte_gives_the_same_messages() -> Result<(), WebSocketError> {
    let mut buffer = Vec::new();
    for seed in 1..=sized(20, 2) as u64 {
        let mut random = Random(seed);
        let role = if seed % 2 == 0 { Role::Server } else { Role::Client };
        let (bytes, expected) = stream::valid(&mut random, role == Role::Server, 12, sized(2000, 150));
        let mut messages = Vec::new();
        let mut protocol = reporting(role);
        for byte in &bytes {
            arrive(&mut protocol, &[*byte], &mut buffer, &mut messages)?;
        }
        assert_eq!(messages, expected, "seed {seed}");
    }
    Ok(())
}

/// Large messages go the direct way into the message, in steps that do not fit frames or reads.
#[test]
fn large_messages_in_random_pieces_give_the_same_messages() -> Result<(), WebSocketError> {
    let mut buffer = Vec::new();
    for seed in 1..=sized(8, 2) as u64 {
        let mut random = Random(seed);
        let role = if seed % 2 == 0 { Role::Server } else { Role::Client };
        let (bytes, expected) = stream::valid(&mut random, role == Role::Server, sized(5, 2), sized(700_000, 30_000));
        let mut messages = Vec::new();
        let mut protocol = reporting(role);
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let (piece, tail) = rest.split_at((1 + random.below(sized(150_000, 9_000))).min(rest.len()));
            arrive(&mut protocol, piece, &mut buffer, &mut messages)?;
            rest = tail;
        }
        assert!(messages == expected, "seed {seed}");
    }
    Ok(())
}

#[test]
fn parts_put_together_are_the_message() -> Result<(), WebSocketError> {
    let mut buffer = Vec::new();
    // The large ones take other ways.
    for seed in (1..30).take(sized(29, 2)).chain((30..=40).take(sized(11, 2))) {
        let mut random = Random(seed);
        let role = if seed % 2 == 0 { Role::Server } else { Role::Client };
        let (bytes, expected) = stream::valid(
            &mut random,
            role == Role::Server,
            sized(6, 3),
            if seed < 30 { 300 } else { sized(200_000, 30_000) },
        );
        let mut messages: Vec<Expected> = Vec::new();
        let mut assembled: Vec<u8> = Vec::new();
        let mut protocol = Protocol::new(role, Config::new(role).report_control(true).max_message(10));
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let (piece, tail) =
                rest.split_at((1 + random.below(if seed < 30 { 9 } else { sized(99_999, 9_999) })).min(rest.len()));
            rest = tail;
            protocol.feed(piece);
            while let Some(part) = protocol.next_part(&mut buffer)? {
                let (part, last) = (part.message(), part.is_last());
                if !part.is_data() {
                    messages.push(owned(part));
                    continue;
                }
                assert!(part.as_bytes().len() <= 64 * 1024, "seed {seed}");
                assembled.extend(part.as_bytes());
                if last {
                    messages.push((owned(part).0, std::mem::take(&mut assembled)));
                }
            }
        }
        assert!(messages == expected, "seed {seed}");
    }
    Ok(())
}

#[test]
fn two_endpoints_close_with_each_other() -> Result<(), WebSocketError> {
    let mut buffer = Vec::new();
    let mut client = Protocol::new(Role::Client, Config::client());
    let mut server = Protocol::new(Role::Server, Config::server());
    client.close(Some(CloseFrame { code: CloseCode(4001), reason: "够了" }))?;
    client.close(None)?;
    assert!(matches!(client.send("late"), Err(WebSocketError::Closed)));
    server.feed(client.output());
    assert_eq!(
        server.next(&mut buffer)?,
        Some(Message::Close(Some(CloseFrame { code: CloseCode(4001), reason: "够了" })))
    );
    assert_eq!(server.output(), b"\x88\x02\x0f\xa1");
    assert!(server.is_finished() && !server.is_open());
    client.feed(server.output());
    assert!(matches!(client.next(&mut buffer)?, Some(Message::Close(Some(_)))));
    assert!(client.is_finished());
    Ok(())
}

/// What a closure says it has put there is believed up to what there is room for.
#[test]
fn receiving_cannot_be_misused() -> Result<(), WebSocketError> {
    let mut buffer = Vec::new();
    let mut protocol = Protocol::new(Role::Server, Config::server());
    let lie = |space: &mut [u8]| -> Result<usize, ()> { Ok(space.len() + 1_000_000) };
    let refused: Result<usize, &str> = protocol.receive(|_| Err("nothing came"));
    assert_eq!(refused, Err("nothing came"));
    assert_eq!(protocol.receive(|_| Ok::<_, ()>(0)), Ok(0));
    // In the middle of a large message, which is read straight into its place, and at its end.
    let frame = stream::masked(stream::FIN | BINARY, &vec![7; 100_000]);
    let mut bytes = &frame[..50_000];
    while !bytes.is_empty() {
        protocol.read_from(&mut bytes)?;
        assert_eq!(protocol.next(&mut buffer)?, None);
    }
    assert!(protocol.receive(lie).is_ok_and(|count| count <= 100_000));
    let _ = protocol.next(&mut buffer);
    for _ in 0..100 {
        assert!(protocol.receive(lie).is_ok_and(|count| count < 1_000_000));
        let _ = protocol.next(&mut buffer);
    }
    Ok(())
}

#[test]
fn more_than_there_was_cannot_be_written() -> Result<(), WebSocketError> {
    let mut protocol = Protocol::new(Role::Server, Config::server());
    for count in [usize::MAX, 6] {
        protocol.send("测试")?;
        assert_eq!(protocol.output().len(), 8);
        protocol.written(1)?;
        protocol.written(count)?;
        assert_eq!(protocol.output().len(), 7_usize.saturating_sub(count));
        protocol.written(1)?;
    }
    assert!(protocol.output().is_empty());
    Ok(())
}
