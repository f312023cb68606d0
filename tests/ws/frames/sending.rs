//! What is sent, and what cannot be.

use std::collections::HashSet;

use php_sockets::ws::{
    CloseCode, CloseFrame, Config, FrameHeader, Message, Opcode, Part, Prepared, Protocol, Role, Status, Unsendable,
    WebSocketError, mask,
};

use super::server;
use crate::stream::{CLOSE, FIN, PING, PONG, masked, sized, unmasked};

#[test]
fn what_cannot_be_sent_is_refused_before_anything_is() -> Result<(), WebSocketError> {
    let mut protocol = server();
    let refused = |result: Result<(), WebSocketError>| match result {
        Err(WebSocketError::Unsendable(reason)) => reason,
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
    assert_eq!(refused(protocol.send_part(Part::last(Message::Ping(b"")))), Unsendable::FragmentedControl);
    assert_eq!(protocol.output(), b"");
    protocol.send_part(Part::more("a"))?;
    assert_eq!(refused(protocol.send("b")), Unsendable::UnfinishedMessage);
    assert_eq!(refused(protocol.send_part(Part::last(b"b"))), Unsendable::UnfinishedMessage);
    protocol.send(Message::Ping(b"may"))?;
    protocol.send_part(Part::last("c"))?;
    assert_eq!(protocol.output(), b"\x01\x01a\x89\x03may\x80\x01c");
    Ok(())
}

/// Every kind of frame that an endpoint sends: whole messages of each length form, fragments, control frames, the
/// answers to a Ping and to a Close.
fn everything(role: Role) -> Result<Vec<u8>, WebSocketError> {
    let from_peer = |first, payload: &[u8]| match role {
        Role::Server => masked(first, payload),
        Role::Client => unmasked(first, payload),
    };
    let mut protocol = Protocol::new(role, Config::new(role));
    for length in [0, 1, 125, 126, 10_000, 65_535, 65_536, sized(200_000, 70_000)] {
        protocol.send(&vec![7; length])?;
        protocol.send("文".repeat(length / 3).as_str())?;
    }
    protocol.send_prepared(&Prepared::new("大家好")?)?;
    protocol.send_part(Part::more("开"))?;
    protocol.send(Message::Ping(b"ping"))?;
    protocol.send(Message::Pong(b"pong"))?;
    protocol.send_part(Part::last("始"))?;
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
        let end = length + usize::try_from(header.payload_len).expect("a few bytes");
        let mut payload = bytes[length..end].to_vec();
        mask::apply(&mut payload, header.mask.unwrap_or_default());
        payloads.append(&mut payload);
        headers.push(header);
        bytes = &bytes[end..];
    }
    (headers, payloads)
}

#[test]
fn must_33_35_and_43_a_client_masks_every_frame_and_a_server_none() -> Result<(), WebSocketError> {
    let (client, server) = (everything(Role::Client)?, everything(Role::Server)?);
    let ((masked, theirs), (unmasked, ours)) = (frames(&client), frames(&server));
    assert!(masked.len() == 23 && masked.iter().all(|header| header.mask.is_some()));
    assert!(unmasked.iter().all(|header| header.mask.is_none()));
    // The same frames, four bytes longer each, of the same lengths.
    assert!(theirs == ours && client.len() == server.len() + 4 * masked.len());
    let lengths = |headers: &[FrameHeader]| headers.iter().map(|header| header.payload_len).collect::<Vec<_>>();
    assert_eq!(lengths(&masked), lengths(&unmasked));
    Ok(())
}

#[test]
fn a_message_is_one_frame_with_the_shortest_header() -> Result<(), WebSocketError> {
    let payload = "x".repeat(65_540);
    for length in (0..=130).chain(65_530..=65_540).step_by(sized(1, 5)) {
        let text = &payload[..length];
        for (message, opcode) in
            [(Message::Text(text), Opcode::Text), (Message::Binary(text.as_bytes()), Opcode::Binary)]
        {
            let header = FrameHeader { fin: true, rsv1: false, opcode, mask: None, payload_len: length as u64 };
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
fn must_69_only_a_client_says_that_it_misses_an_extension() -> Result<(), WebSocketError> {
    let frame = CloseFrame { code: CloseCode::MANDATORY_EXTENSION, reason: "" };
    let mut server = server();
    assert!(matches!(server.close(Some(frame)), Err(WebSocketError::Unsendable(Unsendable::CloseCode))));
    let mut client = Protocol::new(Role::Client, Config::client());
    client.close(Some(frame))?;
    server.feed(client.output());
    assert_eq!(server.next(&mut Vec::new())?, Some(Message::Close(Some(frame))));
    assert_eq!(server.output(), b"\x88\x00", "the answer cannot repeat the code");
    Ok(())
}

#[test]
fn s24_every_frame_has_a_fresh_key() -> Result<(), WebSocketError> {
    const FRAMES: usize = sized(10_000, 200);
    let mut client = Protocol::new(Role::Client, Config::client());
    let mut keys = HashSet::new();
    let mut bits = [0_usize; 32];
    for _ in 0..FRAMES {
        client.send("a")?;
        let key = u32::from_be_bytes(client.output()[2..6].try_into().expect("four bytes"));
        for (bit, count) in bits.iter_mut().enumerate() {
            *count += usize::from(key >> bit & 1 == 1);
        }
        keys.insert(key);
        client.written(client.output().len())?;
    }
    // Of 10,000 random keys of 32 bits about 0.01 are expected to be there twice; a bit is set in half of them, give or take
    // eight standard deviations.
    assert!(keys.len() >= FRAMES - 3, "{} keys", keys.len());
    let deviation = (FRAMES / 4).isqrt();
    assert!(bits.iter().all(|count| count.abs_diff(FRAMES / 2) < 8 * deviation), "{bits:?}");
    Ok(())
}

/// 125 bytes are the most that a control frame holds (section 5.5), 123 of them a reason's.
#[test]
fn control_frames_are_filled_to_the_last_byte() -> Result<(), WebSocketError> {
    let mut protocol = server();
    protocol.send(Message::Ping(&[1; 125]))?;
    protocol.send(Message::Pong(&[2; 125]))?;
    let reason = "x".repeat(123);
    protocol.close(Some(CloseFrame { code: CloseCode::NORMAL, reason: &reason }))?;
    let close = [b"\x03\xe8", reason.as_bytes()].concat();
    let expected = [unmasked(FIN | PING, &[1; 125]), unmasked(FIN | PONG, &[2; 125]), unmasked(FIN | CLOSE, &close)];
    assert_eq!(protocol.output(), expected.concat());
    Ok(())
}

/// However little waits: of the Pings that come while the transport takes nothing the latest is answered.
#[test]
fn a_stalled_transport_queues_no_answers() -> Result<(), WebSocketError> {
    let mut protocol = server();
    protocol.send("the transport takes half of it")?;
    protocol.written(16)?;
    let rest = protocol.output().len();
    for payload in [b"one", b"two"] {
        protocol.feed(&masked(FIN | PING, payload));
        assert_eq!(protocol.next(&mut Vec::new())?, None);
        assert_eq!(protocol.output().len(), rest);
    }
    protocol.written(rest)?;
    assert_eq!(protocol.output(), b"\x8a\x03two");
    Ok(())
}
