//! Frames in both directions, each with what must come of it.
//!
//! The table of all numbers is in `tests/project/ws_requirements.rs`.

mod receiving;
mod sending;
mod text;

use php_sockets::ws::{Config, Protocol, ProtocolError, Role, WebSocketError};

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
            Err(WebSocketError::Protocol(error)) => {
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
