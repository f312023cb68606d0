//! Any bytes as a response: no panic, the same in one piece and byte by byte, and only an honest 101 is accepted.
#![no_main]

use libfuzzer_sys::fuzz_target;
use php_sockets::ws::{
    Status,
    deflate::Parameters,
    handshake::{Client, Parser, Url},
};

fuzz_target!(|data: &[u8]| {
    check(data);
    // Also as header fields of a response that is valid so far.
    check(&[VALID, data, b"\r\n\r\n"].concat());
});

const VALID: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";

fn check(data: &[u8]) {
    let whole = Parser::new().response(data);
    let mut parser = Parser::new();
    let stepwise =
        (0..=data.len()).map(|len| parser.response(&data[..len])).find(|result| *result != Ok(Status::Partial));
    assert_eq!(stepwise.unwrap_or(Ok(Status::Partial)), whole);

    let Ok(Status::Complete(response, _)) = whole else {
        return;
    };
    let client = Client::new().subprotocols(["chat"]).expect("a token");
    let client = client.deflate(Parameters::default()).expect("valid bits");
    let url = Url::parse("ws://localhost/").expect("a valid URL");
    let request = client.request_with_key(&url, *b"the sample nonce");
    if let Ok(negotiated) = request.verify(&response) {
        assert_eq!(response.header("Sec-WebSocket-Accept"), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
        assert!(negotiated.subprotocol.is_none_or(|protocol| protocol == "chat"));
    }
}
