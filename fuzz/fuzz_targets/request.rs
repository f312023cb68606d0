//! Any bytes as a request: no panic, the same in one piece and byte by byte, and an answer to everything.
#![no_main]

use libfuzzer_sys::fuzz_target;
use php_sockets::ws::{
    Status,
    deflate::Parameters,
    handshake::{Error, Parser, Server},
};

fuzz_target!(|data: &[u8]| {
    check(data);
    // Also as header fields of a request that is valid so far.
    check(&[VALID, data, b"\r\n\r\n"].concat());
});

const VALID: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";

fn check(data: &[u8]) {
    let whole = Parser::new().request(data);
    let mut parser = Parser::new();
    let stepwise =
        (0..=data.len()).map(|len| parser.request(&data[..len])).find(|result| *result != Ok(Status::Partial));
    assert_eq!(stepwise.unwrap_or(Ok(Status::Partial)), whole);

    let answer = match whole {
        Ok(Status::Partial) => return,
        Ok(Status::Complete(request, consumed)) => {
            assert!(consumed <= data.len());
            let _ = (request.path(), request.query_string(), request.headers().count());
            let _ = (request.query("a"), request.cookie("a"));
            server().accept(&request).map(|(response, _)| response)
        }
        Err(error) => Err(error),
    };
    // The answer is HTTP, whatever was sent.
    let bytes = answer.unwrap_or_else(Error::response).into_bytes();
    assert!(matches!(Parser::new().response(&bytes), Ok(Status::Complete(..))));
}

fn server() -> Server {
    let server = Server::new().subprotocols(["chat"]).expect("a token");
    server.deflate(Parameters::default()).expect("valid bits")
}
