//! Any bytes to this server and to tungstenite's: what is delivered here is delivered there, and is the same.
//!
//! Not the other way round: tungstenite lets pass what is refused here, such as lengths in more bytes than they need.
#![no_main]

use std::io::{Cursor, Read, Result, Write};

use libfuzzer_sys::fuzz_target;
use php_sockets::ws::{CloseCode, Message, Role};
use php_sockets_fuzz::endpoint;
use tungstenite::protocol::{Message as Other, Role as OtherRole, WebSocket};

fuzz_target!(|data: &[u8]| {
    let mut endpoint = endpoint(Role::Server, None);
    endpoint.feed(data);
    let mut other = WebSocket::from_raw_socket(Peer(Cursor::new(data)), OtherRole::Server, None);
    let mut buffer = Vec::new();
    while let Ok(Some(message)) = endpoint.next(&mut buffer) {
        let theirs = other.read().expect("what is valid here is valid there");
        let is_same = match (message, &theirs) {
            (Message::Text(a), Other::Text(b)) => a == b.as_str(),
            (Message::Binary(a), Other::Binary(b))
            | (Message::Ping(a), Other::Ping(b))
            | (Message::Pong(a), Other::Pong(b)) => a == &b[..],
            // IANA registered it; tungstenite refuses it.
            (Message::Close(Some(a)), Other::Close(_)) if a.code == CloseCode::BAD_GATEWAY => true,
            (Message::Close(a), Other::Close(b)) => {
                let a = a.map(|frame| (frame.code.0, frame.reason));
                a == b.as_ref().map(|frame| (u16::from(frame.code), frame.reason.as_str()))
            }
            _ => false,
        };
        assert!(is_same, "{message:?} here, {theirs:?} there");
    }
});

/// Input to read; what is written is of no interest.
struct Peer<'a>(Cursor<&'a [u8]>);

impl Read for Peer<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Peer<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}
