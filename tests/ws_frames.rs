//! Frames that a hostile or broken peer sends, each with what must come of it.
//!
//! The table of all numbers is in `ws_requirements.rs`.
#![cfg(feature = "ws")]

use std::time::{Duration, Instant};

use php_sockets::ws::{
    CloseCode, CloseFrame, Config, Error, FrameHeader, Message, OpCode, Prepared, Protocol, ProtocolError, Result,
    Role, Status, Timeout, Unsendable, mask,
};

#[path = "ws_support/stream.rs"]
#[expect(dead_code, reason = "each test file uses some of it")]
mod stream;
use stream::{BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, RSV1, TEXT, masked, unmasked};

fn server() -> Protocol {
    Protocol::new(Role::Server, Config::server())
}

/// Feeds bytes that must be an error; returns it and how many messages came before.
fn failure(mut protocol: Protocol, bytes: &[u8]) -> (Option<ProtocolError>, usize) {
    let mut buffer = Vec::new();
    protocol.feed(bytes);
    let mut messages = 0;
    loop {
        match protocol.next(&mut buffer) {
            Ok(Some(_)) => messages += 1,
            Ok(None) => return (None, messages),
            Err(Error::Protocol(error)) => {
                let code = error.close_code().0.to_be_bytes();
                let output = protocol.output();
                assert_eq!(output.first(), Some(&0x88), "a Close frame goes out");
                assert!(output.ends_with(&code) || output.get(1) == Some(&0x82), "with the code");
                assert!(protocol.is_finished() && !protocol.is_open());
                return (Some(error), messages);
            }
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn s08_impossible_and_wasteful_lengths() {
    use ProtocolError::{LengthNotMinimal, LengthTooLarge, MessageTooBig};
    let key = [1, 2, 3, 4];
    for (length, error) in [
        (&[0xFE, 0x00, 0x7D][..], LengthNotMinimal),
        (&[0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], LengthNotMinimal),
        (&[0xFF, 0, 0, 0, 0, 0, 0, 0, 5], LengthNotMinimal),
        (&[0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0], LengthTooLarge),
        (&[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], LengthTooLarge),
        (&[0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], MessageTooBig),
        (&[0xFF, 0, 0, 0, 0, 1, 0, 0, 1], MessageTooBig),
    ] {
        let bytes = [&[FIN | BINARY], length, &key].concat();
        assert_eq!(failure(server(), &bytes), (Some(error), 0), "{length:x?}");
    }
}

#[test]
fn s09_an_unfinished_message_has_a_deadline() -> Result<()> {
    let mut buffer = Vec::new();
    let mut protocol = server();
    let start = Instant::now();
    protocol.feed(&masked(FIN | BINARY, &[0; 1000])[..100]);
    assert_eq!(protocol.next(&mut buffer)?, None);
    protocol.check(start)?;
    // Bytes keep coming, the message does not end.
    for second in 1..120 {
        protocol.feed(&[0]);
        assert_eq!(protocol.next(&mut buffer)?, None);
        protocol.check(start + Duration::from_secs(second))?;
        protocol.written(protocol.output().len())?;
    }
    let error = protocol.check(start + Duration::from_secs(120)).expect_err("too late");
    assert!(matches!(error, Error::Timeout(Timeout::Message)));
    assert_eq!(protocol.output(), b"\x88\x02\x03\xf0");
    Ok(())
}

#[test]
fn s10_every_broken_rule_has_its_error() {
    use ProtocolError as E;
    let close = |code: u16| masked(FIN | CLOSE, &code.to_be_bytes());
    let mut cases = vec![
        (unmasked(FIN | TEXT, b"a"), E::Unmasked),
        (masked(FIN | RSV1 | TEXT, b"a"), E::ReservedBit),
        (masked(FIN | 0x20 | TEXT, b"a"), E::ReservedBit),
        (masked(FIN | 0x10 | TEXT, b"a"), E::ReservedBit),
        (masked(PING, b""), E::FragmentedControl),
        (masked(CLOSE, b""), E::FragmentedControl),
        (masked(FIN | PING, &[0; 126]), E::ControlTooLong),
        (masked(FIN | CLOSE, &[3; 126]), E::ControlTooLong),
        (masked(FIN | CLOSE, &[3]), E::CloseLength),
        (masked(FIN | CONTINUATION, b"a"), E::UnexpectedContinuation),
        ([masked(TEXT, b"a"), masked(FIN | TEXT, b"b")].concat(), E::ExpectedContinuation),
        ([masked(TEXT, b"a"), masked(BINARY, b"b")].concat(), E::ExpectedContinuation),
        (masked(FIN | CLOSE, b"\x03\xe8\xff"), E::InvalidUtf8),
    ];
    cases.extend([3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map(|opcode| (masked(FIN | opcode, b""), E::ReservedOpcode)));
    cases.extend([0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535].map(|code| (close(code), E::CloseCode)));
    for (bytes, error) in cases {
        let after_message = [masked(FIN | TEXT, "先".as_bytes()), bytes].concat();
        assert_eq!(failure(server(), &after_message), (Some(error), 1), "{after_message:x?}");
    }
    let client = Protocol::new(Role::Client, Config::client());
    assert_eq!(failure(client, &masked(FIN | TEXT, b"a")), (Some(E::Masked), 0));
}

#[test]
fn s10_valid_close_codes_are_answered_with_themselves() -> Result<()> {
    let mut buffer = Vec::new();
    for code in [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999] {
        let mut protocol = server();
        protocol.feed(&masked(FIN | CLOSE, &u16::to_be_bytes(code)));
        let frame = CloseFrame { code: CloseCode(code), reason: "" };
        assert_eq!(protocol.next(&mut buffer)?, Some(Message::Close(Some(frame))));
        assert_eq!(protocol.output(), unmasked(FIN | CLOSE, &code.to_be_bytes()));
    }
    Ok(())
}

#[test]
fn s11_a_header_read_byte_by_byte_is_the_same() -> Result<()> {
    let mut buffer = Vec::new();
    for length in [0, 1, 125, 126, 127, 65535, 65536] {
        let bytes = masked(FIN | BINARY, &vec![7; length]);
        for cut in 0..15 {
            let mut protocol = server();
            for byte in &bytes[..cut.min(bytes.len())] {
                assert_eq!(protocol.next(&mut buffer)?, None);
                protocol.feed(&[*byte]);
            }
            protocol.feed(&bytes[cut.min(bytes.len())..]);
            assert_eq!(protocol.next(&mut buffer)?, Some(Message::Binary(&vec![7; length])));
        }
    }
    Ok(())
}

#[test]
fn s13_empty_fragments_end() -> Result<()> {
    let mut buffer = Vec::new();
    let mut protocol = Protocol::new(Role::Server, Config { max_fragments: 1000, ..Config::server() });
    protocol.feed(&masked(TEXT, b""));
    for _ in 1..1000 {
        protocol.feed(&masked(CONTINUATION, b""));
        assert_eq!(protocol.next(&mut buffer)?, None);
    }
    protocol.feed(&masked(CONTINUATION, b""));
    let error = protocol.next(&mut buffer).expect_err("one too many");
    assert!(matches!(error, Error::Protocol(ProtocolError::TooManyFragments)));
    assert_eq!(protocol.output(), b"\x88\x02\x03\xf0");
    Ok(())
}

/// 4 MiB in 65,536 fragments. Checking from the start each time would be 137 GB.
#[test]
fn s14_a_text_in_many_fragments_is_checked_once() -> Result<()> {
    let text = "数据".repeat((4 << 20) / 6);
    let text = text.as_bytes();
    let mut stream = Vec::new();
    for (index, piece) in text.chunks(64).enumerate() {
        stream.extend(masked(if index == 0 { TEXT } else { CONTINUATION }, piece));
    }
    stream.extend(masked(FIN | CONTINUATION, b""));
    let mut buffer = Vec::new();
    let mut best = Duration::MAX;
    for _ in 0..if cfg!(debug_assertions) { 1 } else { 5 } {
        let start = Instant::now();
        let mut protocol = server();
        let mut received = 0;
        for piece in stream.chunks(64 * 1024) {
            protocol.feed(piece);
            while let Some(message) = protocol.next(&mut buffer)? {
                assert!(message.as_bytes() == text);
                received += 1;
            }
        }
        assert_eq!(received, 1);
        best = best.min(start.elapsed());
    }
    let limit = Duration::from_millis(if cfg!(debug_assertions) { 20_000 } else { 50 });
    assert!(best < limit, "{best:?}");
    Ok(())
}

/// (bytes, how many of them may come before the error)
const NOT_UTF8: &[(&[u8], usize)] = &[
    (b"\xc0\xaf", 0),
    (b"\xc1\xbf", 0),
    (b"\xe0\x80\xaf", 1),
    (b"\xe0\x9f\xbf", 1),
    (b"\xf0\x80\x80\xaf", 1),
    (b"\xf0\x8f\xbf\xbf", 1),
    (b"\xed\xa0\x80", 1),
    (b"\xed\xbf\xbf", 1),
    (b"\xf4\x90\x80\x80", 1),
    (b"\xf5\x80\x80\x80", 0),
    (b"\x80", 0),
    (b"\xff", 0),
    (b"\xe4\xbd\x41", 2),
    (b"\xf0\x9f\xa6\x41", 3),
];

#[test]
fn s15_invalid_text_fails_before_the_rest_arrives() -> Result<()> {
    let mut buffer = Vec::new();
    for (bad, before) in NOT_UTF8 {
        let text = ["κόσμε 你好".as_bytes(), bad, b" and much more"].concat();
        let first_bad = "κόσμε 你好".len() + before;
        // In one unfinished frame, byte by byte.
        let mut protocol = server();
        let frame = masked(FIN | TEXT, &text);
        let header = frame.len() - text.len();
        protocol.feed(&frame[..header]);
        for index in 0..first_bad {
            protocol.feed(&frame[header + index..=header + index]);
            assert_eq!(protocol.next(&mut buffer)?, None, "{bad:x?} at {index}");
        }
        protocol.feed(&frame[header + first_bad..=header + first_bad]);
        let error = protocol.next(&mut buffer).expect_err("invalid here");
        assert!(matches!(error, Error::Protocol(ProtocolError::InvalidUtf8)), "{bad:x?}");
        assert_eq!(protocol.output(), b"\x88\x02\x03\xef");

        // In fragments of one byte.
        let mut protocol = server();
        for (index, byte) in text[..first_bad].iter().enumerate() {
            protocol.feed(&masked(if index == 0 { TEXT } else { CONTINUATION }, &[*byte]));
            assert_eq!(protocol.next(&mut buffer)?, None);
        }
        protocol.feed(&masked(CONTINUATION, &text[first_bad..=first_bad]));
        assert!(protocol.next(&mut buffer).is_err(), "{bad:x?}");
    }
    Ok(())
}

#[test]
fn s15_a_text_cut_within_a_code_point_is_invalid() {
    for text in ["你", "é", "🦀"] {
        for end in 1..text.len() {
            let bytes = [masked(TEXT, &text.as_bytes()[..end]), masked(FIN | CONTINUATION, b"")].concat();
            assert_eq!(failure(server(), &bytes), (Some(ProtocolError::InvalidUtf8), 0));
            let bytes = masked(FIN | TEXT, &text.as_bytes()[..end]);
            assert_eq!(failure(server(), &bytes), (Some(ProtocolError::InvalidUtf8), 0));
        }
    }
}

#[test]
fn s16_nothing_follows_a_close() -> Result<()> {
    let mut buffer = Vec::new();
    let mut protocol = server();
    protocol.feed(&masked(FIN | CLOSE, b""));
    protocol.feed(&masked(FIN | TEXT, b"late"));
    protocol.feed(&masked(FIN | CLOSE, b""));
    protocol.feed(&masked(FIN | PING, b"late"));
    assert_eq!(protocol.next(&mut buffer)?, Some(Message::Close(None)));
    assert_eq!(protocol.next(&mut buffer)?, None);
    protocol.feed(&unmasked(0x7F, b"not even a frame"));
    assert_eq!(protocol.next(&mut buffer)?, None);
    assert_eq!(protocol.output(), b"\x88\x00", "one answer, no Pong behind it");
    assert!(matches!(protocol.send("late"), Err(Error::Closed)));
    assert!(matches!(protocol.send(Message::Pong(b"late")), Err(Error::Closed)));
    protocol.close(None)?;
    assert_eq!(protocol.output(), b"\x88\x00");
    Ok(())
}

#[test]
fn s16_a_ping_between_fragments_is_answered_there() -> Result<()> {
    let mut buffer = Vec::new();
    let mut protocol = server();
    // The Ping also comes between the bytes of a code point.
    protocol.feed(&masked(TEXT, &"你".as_bytes()[..1]));
    protocol.feed(&masked(FIN | PING, b"between"));
    assert_eq!(protocol.next(&mut buffer)?, None);
    assert_eq!(protocol.output(), b"\x8a\x07between");
    protocol.feed(&masked(FIN | CONTINUATION, &"你".as_bytes()[1..]));
    assert_eq!(protocol.next(&mut buffer)?, Some(Message::Text("你")));
    Ok(())
}

#[test]
fn s30_nothing_follows_an_error() -> Result<()> {
    let mut buffer = Vec::new();
    let mut protocol = server();
    protocol.feed(&masked(FIN | TEXT, b"good"));
    protocol.feed(&unmasked(FIN | TEXT, b"bad"));
    protocol.feed(&masked(FIN | TEXT, b"good again"));
    assert_eq!(protocol.next(&mut buffer)?, Some(Message::Text("good")));
    assert!(protocol.next(&mut buffer).is_err());
    for _ in 0..10 {
        protocol.feed(&masked(FIN | TEXT, b"good again"));
        assert_eq!(protocol.next(&mut buffer)?, None);
    }
    assert_eq!(protocol.output(), b"\x88\x02\x03\xea");
    Ok(())
}

#[test]
fn limits_are_told_with_their_codes() -> Result<()> {
    let config = Config { max_message: 1000, max_frame: 600, ..Config::server() };
    let limited = || Protocol::new(Role::Server, config.clone());
    assert_eq!(failure(limited(), &masked(FIN | BINARY, &[0; 601])), (Some(ProtocolError::FrameTooBig), 0));
    // From the header of the frame that breaks it, before its payload.
    let bytes = [masked(BINARY, &[0; 600]), masked(FIN | CONTINUATION, &[0; 401])[..8].to_vec()].concat();
    assert_eq!(failure(limited(), &bytes), (Some(ProtocolError::MessageTooBig), 0));
    let mut protocol = limited();
    protocol.feed(&[masked(BINARY, &[0; 600]), masked(FIN | CONTINUATION, &[0; 400])].concat());
    assert_eq!(protocol.next(&mut Vec::new())?, Some(Message::Binary(&[0; 1000])));
    Ok(())
}

#[test]
fn what_cannot_be_sent_is_refused_before_anything_is() -> Result<()> {
    let mut protocol = server();
    let refused = |result: Result<()>| match result {
        Err(Error::Unsendable(reason)) => reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(protocol.send(Message::Ping(&[0; 126]))), Unsendable::ControlTooLong);
    for code in [0, 999, 1004, 1005, 1006, 1010, 1015, 2999, 5000] {
        let frame = CloseFrame { code: CloseCode(code), reason: "" };
        assert_eq!(refused(protocol.close(Some(frame))), Unsendable::CloseCode, "{code}");
    }
    let reason = "长".repeat(42);
    let frame = CloseFrame { code: CloseCode::NORMAL, reason: &reason };
    assert_eq!(refused(protocol.close(Some(frame))), Unsendable::ControlTooLong);
    assert_eq!(refused(protocol.send_fragment(Message::Ping(b""), true)), Unsendable::FragmentedControl);
    assert_eq!(protocol.output(), b"");
    protocol.send_fragment("a", false)?;
    assert_eq!(refused(protocol.send("b")), Unsendable::UnfinishedMessage);
    assert_eq!(refused(protocol.send_fragment(b"b", true)), Unsendable::UnfinishedMessage);
    protocol.send(Message::Ping(b"may"))?;
    protocol.send_fragment("c", true)?;
    assert_eq!(protocol.output(), b"\x01\x01a\x89\x03may\x80\x01c");
    Ok(())
}

/// Every kind of frame that an endpoint sends: whole messages of each length form, fragments, control frames, the answers
/// to a Ping and to a Close.
fn everything(role: Role) -> Result<Vec<u8>> {
    let from_peer = |first, payload: &[u8]| match role {
        Role::Server => masked(first, payload),
        Role::Client => unmasked(first, payload),
    };
    let mut protocol = Protocol::new(role, Config::new(role));
    for length in [0, 1, 125, 126, 10_000, 65_535, 65_536, 200_000] {
        protocol.send(&vec![7; length])?;
        protocol.send("文".repeat(length / 3).as_str())?;
    }
    protocol.send_prepared(&Prepared::new("大家好")?)?;
    protocol.send_fragment("开", false)?;
    protocol.send(Message::Ping(b"ping"))?;
    protocol.send(Message::Pong(b"pong"))?;
    protocol.send_fragment("始", true)?;
    let mut output = protocol.output().to_vec();
    protocol.written(output.len())?;
    protocol.feed(&from_peer(FIN | PING, b"ping"));
    protocol.feed(&from_peer(FIN | CLOSE, b"\x03\xe8"));
    assert!(matches!(protocol.next(&mut Vec::new())?, Some(Message::Close(_))));
    output.extend_from_slice(protocol.output());
    Ok(output)
}

/// The headers of all frames, which must be whole; and all payload, unmasked.
fn frames(mut bytes: &[u8]) -> (Vec<FrameHeader>, Vec<u8>) {
    let (mut headers, mut payloads) = (Vec::new(), Vec::new());
    while !bytes.is_empty() {
        let Ok(Status::Complete(header, length)) = FrameHeader::decode(bytes) else { panic!("a whole header") };
        let end = length + usize::try_from(header.payload).expect("a few bytes");
        let mut payload = bytes[length..end].to_vec();
        mask::apply(&mut payload, header.mask.unwrap_or_default());
        payloads.append(&mut payload);
        headers.push(header);
        bytes = &bytes[end..];
    }
    (headers, payloads)
}

#[test]
fn must_33_35_and_43_a_client_masks_every_frame_and_a_server_none() -> Result<()> {
    let (client, server) = (everything(Role::Client)?, everything(Role::Server)?);
    let ((masked, theirs), (unmasked, ours)) = (frames(&client), frames(&server));
    assert!(masked.len() == 23 && masked.iter().all(|header| header.mask.is_some()));
    assert!(unmasked.iter().all(|header| header.mask.is_none()));
    // The same frames, four bytes longer each, of the same lengths.
    assert!(theirs == ours && client.len() == server.len() + 4 * masked.len());
    let lengths = |headers: &[FrameHeader]| headers.iter().map(|header| header.payload).collect::<Vec<_>>();
    assert_eq!(lengths(&masked), lengths(&unmasked));
    Ok(())
}

#[test]
fn a_message_is_one_frame_with_the_shortest_header() -> Result<()> {
    let payload = "x".repeat(65_540);
    for length in (0..=130).chain(65_530..=65_540) {
        let text = &payload[..length];
        for (message, opcode) in
            [(Message::Text(text), OpCode::Text), (Message::Binary(text.as_bytes()), OpCode::Binary)]
        {
            let header = FrameHeader { fin: true, rsv1: false, opcode, mask: None, payload: length as u64 };
            let frame = [header.encode().as_ref(), text.as_bytes()].concat();
            assert_eq!(frame.len() - length, [2, 4, 10][usize::from(length > 125) + usize::from(length > 65_535)]);
            let mut protocol = server();
            for count in 1..=2 {
                protocol.send(message)?;
                assert!(protocol.output() == frame.repeat(count), "{length} bytes");
            }
        }
    }
    Ok(())
}

#[test]
fn must_59_an_unsolicited_pong_is_not_answered() -> Result<()> {
    let mut protocol = server();
    protocol.feed(&[masked(FIN | PONG, b"unasked"), masked(FIN | TEXT, b"go on")].concat());
    assert_eq!(protocol.next(&mut Vec::new())?, Some(Message::Text("go on")));
    assert_eq!(protocol.output(), b"");
    Ok(())
}

#[test]
fn must_63_empty_messages_and_empty_fragments_are_messages() -> Result<()> {
    let mut buffer = Vec::new();
    let mut protocol = server();
    protocol.feed(&[masked(FIN | TEXT, b""), masked(FIN | BINARY, b"")].concat());
    protocol.feed(&[masked(TEXT, b""), masked(CONTINUATION, b""), masked(FIN | CONTINUATION, b"")].concat());
    protocol.feed(&[masked(BINARY, b""), masked(CONTINUATION, b"a"), masked(FIN | CONTINUATION, b"")].concat());
    for expected in [Message::Text(""), Message::Binary(b""), Message::Text(""), Message::Binary(b"a")] {
        assert_eq!(protocol.next(&mut buffer)?, Some(expected));
    }
    assert_eq!(protocol.next(&mut buffer)?, None);
    Ok(())
}

#[test]
fn must_69_only_a_client_says_that_it_misses_an_extension() -> Result<()> {
    let frame = CloseFrame { code: CloseCode::MANDATORY_EXTENSION, reason: "" };
    let mut server = server();
    assert!(matches!(server.close(Some(frame)), Err(Error::Unsendable(Unsendable::CloseCode))));
    let mut client = Protocol::new(Role::Client, Config::client());
    client.close(Some(frame))?;
    server.feed(client.output());
    assert_eq!(server.next(&mut Vec::new())?, Some(Message::Close(Some(frame))));
    assert_eq!(server.output(), b"\x88\x00", "the answer cannot repeat the code");
    Ok(())
}
