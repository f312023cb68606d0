//! Frames that a hostile, broken or unusual peer sends.

use std::time::{Duration, Instant};

use php_sockets::ws::{CloseCode, CloseFrame, Config, Message, Protocol, ProtocolError, Role, Timeout, WebSocketError};

use super::{failure, server};
use crate::stream::{BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, RSV1, TEXT, masked, sized, unmasked};

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
fn s09_an_unfinished_message_has_a_deadline() -> Result<(), WebSocketError> {
    let mut buffer = Vec::new();
    let mut protocol = server();
    let start = Instant::now();
    protocol.feed(&masked(FIN | BINARY, &[0; 1000])[..100]);
    assert_eq!(protocol.next(&mut buffer)?, None);
    protocol.check_deadlines(start)?;
    // Bytes keep coming, the message does not end.
    for second in 1..120 {
        protocol.feed(&[0]);
        assert_eq!(protocol.next(&mut buffer)?, None);
        protocol.check_deadlines(start + Duration::from_secs(second))?;
        protocol.written(protocol.output().len())?;
    }
    let error = protocol.check_deadlines(start + Duration::from_secs(120)).expect_err("too late");
    assert!(matches!(error, WebSocketError::Timeout(Timeout::Message)));
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
fn s10_valid_close_codes_are_answered_with_themselves() -> Result<(), WebSocketError> {
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
fn s11_a_header_read_byte_by_byte_is_the_same() -> Result<(), WebSocketError> {
    let mut buffer = Vec::new();
    for length in [0, 1, 125, 126, 127, 65535, 65536] {
        let bytes = masked(FIN | BINARY, &vec![7; length]);
        for cut in (0..15).step_by(if length > 127 { sized(1, 7) } else { 1 }) {
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
fn s13_empty_fragments_end() -> Result<(), WebSocketError> {
    let mut buffer = Vec::new();
    let mut protocol = Protocol::new(Role::Server, Config::server().max_fragments(1000));
    protocol.feed(&masked(TEXT, b""));
    for _ in 1..1000 {
        protocol.feed(&masked(CONTINUATION, b""));
        assert_eq!(protocol.next(&mut buffer)?, None);
    }
    protocol.feed(&masked(CONTINUATION, b""));
    let error = protocol.next(&mut buffer).expect_err("one too many");
    assert!(matches!(error, WebSocketError::Protocol(ProtocolError::TooManyFragments)));
    assert_eq!(protocol.output(), b"\x88\x02\x03\xf0");
    Ok(())
}

#[test]
fn s16_nothing_follows_a_close() -> Result<(), WebSocketError> {
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
    assert!(matches!(protocol.send("late"), Err(WebSocketError::Closed)));
    assert!(matches!(protocol.send(Message::Pong(b"late")), Err(WebSocketError::Closed)));
    protocol.close(None)?;
    assert_eq!(protocol.output(), b"\x88\x00");
    Ok(())
}

#[test]
fn s16_a_ping_between_fragments_is_answered_there() -> Result<(), WebSocketError> {
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
fn s30_nothing_follows_an_error() -> Result<(), WebSocketError> {
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
fn limits_are_told_with_their_codes() -> Result<(), WebSocketError> {
    let config = Config::server().max_message(1000).max_frame(600);
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
fn must_59_an_unsolicited_pong_is_not_answered() -> Result<(), WebSocketError> {
    let mut protocol = server();
    protocol.feed(&[masked(FIN | PONG, b"unasked"), masked(FIN | TEXT, b"go on")].concat());
    assert_eq!(protocol.next(&mut Vec::new())?, Some(Message::Text("go on")));
    assert_eq!(protocol.output(), b"");
    Ok(())
}

#[test]
fn must_63_empty_messages_and_empty_fragments_are_messages() -> Result<(), WebSocketError> {
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

/// A frame that is there whole takes a way of its own, where the limits hold too: of lengths in one byte and in two, in both
/// directions.
#[test]
fn limits_hold_for_whole_frames() -> Result<(), WebSocketError> {
    for (limit, role) in
        [3, 125, 126, sized(4000, 200)].into_iter().flat_map(|limit| [(limit, Role::Server), (limit, Role::Client)])
    {
        let frame = |length| match role {
            Role::Server => masked(FIN | TEXT, &vec![b'x'; length]),
            Role::Client => unmasked(FIN | TEXT, &vec![b'x'; length]),
        };
        let configs = [
            (Config::new(role).max_message(limit), ProtocolError::MessageTooBig),
            (Config::new(role).max_frame(limit as u64), ProtocolError::FrameTooBig),
        ];
        for (config, error) in configs {
            let too_long = [frame(limit), frame(limit + 1)].concat();
            assert_eq!(failure(Protocol::new(role, config), &too_long), (Some(error), 1), "{role:?}, {limit}");
        }
        let wrong = match role {
            Role::Server => (unmasked(FIN | TEXT, b"plain"), ProtocolError::Unmasked),
            Role::Client => (masked(FIN | TEXT, b"masked"), ProtocolError::Masked),
        };
        assert_eq!(failure(Protocol::new(role, Config::new(role)), &wrong.0), (Some(wrong.1), 0));
    }
    Ok(())
}
