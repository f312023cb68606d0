//! Any bytes as a request, with a body: no panic, the same in one piece and byte by byte, and an answer to everything.
#![no_main]

use libfuzzer_sys::fuzz_target;
use php_sockets::ws::{
    Status,
    deflate::Parameters,
    handshake::{Error, Parser, Server},
};
use php_sockets_fuzz::{MAX_BODY, read_request};

fuzz_target!(|data: &[u8]| {
    check(data);
    // Also as header fields of a request that is valid so far.
    check(&[VALID, data, b"\r\n\r\n"].concat());
    // As what says how long a body is, with one behind it, and as chunks.
    check_body(&[POST, data, b"\r\n\r\n5\r\nhello\r\n0\r\n\r\n"].concat());
    let read = check_body(&[POST, b"Transfer-Encoding: chunked\r\n\r\n", data].concat());
    let expected = dechunk(data).filter(|(body, _)| body.len() <= MAX_BODY);
    // What is not usual may be longer than it is allowed to be.
    assert!(read == expected || read.is_none() && data.len() > 16 << 10);
});

const POST: &[u8] = b"POST / HTTP/1.1\r\nHost: a\r\n";

/// Reads a request with its body: the body, and what follows.
fn check_body(data: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let whole = read_request(std::iter::once(data));
    assert_eq!(read_request(data.chunks(1)), whole);
    assert_eq!(read_request(data.chunks(7)), whole);
    let (request, rest) = whole.ok()??;
    assert!(request.body().len() <= MAX_BODY);
    Some((request.body().to_vec(), rest))
}

/// The same, as RFC 9112, section 7.1, has it, line by line.
fn dechunk(data: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let is_text = |byte: &u8| *byte == b'\t' || !byte.is_ascii_control();
    let is_name = |name: &[u8]| {
        !name.is_empty() && name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte))
    };
    let (mut body, mut rest) = (Vec::new(), data);
    let next_line = |rest: &mut &[u8]| {
        let (line, behind) = rest.split_at(rest.windows(2).position(|end| end == b"\r\n")?);
        *rest = &behind[2..];
        line.iter().all(is_text).then(|| line.to_vec())
    };
    loop {
        let line = next_line(&mut rest)?;
        let (digits, extension) = line.split_at(line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count());
        if extension.trim_ascii().first().is_some_and(|&first| first != b';') {
            return None;
        }
        if !extension.is_empty() && extension.trim_ascii().is_empty() {
            return None;
        }
        let size = usize::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        if size == 0 {
            break;
        }
        body.extend_from_slice(rest.get(..size)?);
        rest = rest[size..].strip_prefix(b"\r\n")?;
    }
    loop {
        let line = next_line(&mut rest)?;
        match line.iter().position(|&byte| byte == b':') {
            _ if line.is_empty() => return Some((body, rest.to_vec())),
            Some(colon) if is_name(&line[..colon]) => {}
            _ => return None,
        }
    }
}

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
