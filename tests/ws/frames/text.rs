//! Text that is not UTF-8, or comes in many pieces.

use std::time::{Duration, Instant};

use php_sockets::ws::{ProtocolError, WebSocketError};

use super::{failure, server};
use crate::stream::{CONTINUATION, FIN, TEXT, masked, sized};

/// 4 MiB in 65,536 fragments. Checking from the start each time would be 137 GB.
#[test]
fn s14_a_text_in_many_fragments_is_checked_once() -> Result<(), WebSocketError> {
    let text = "数据".repeat(sized(4 << 20, 4 << 10) / 6);
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
    assert!(best < limit || cfg!(miri), "{best:?}");
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
fn s15_invalid_text_fails_before_the_rest_arrives() -> Result<(), WebSocketError> {
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
        assert!(matches!(error, WebSocketError::Protocol(ProtocolError::InvalidUtf8)), "{bad:x?}");
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
