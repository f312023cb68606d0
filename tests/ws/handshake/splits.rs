//! However a head arrives, the result is the same; and no input makes the parser panic.

use php_sockets::ws::{
    Status,
    handshake::{Error, Parser, Request},
};

use super::exchange::*;
use crate::stream::sized;

fn requests() -> Vec<Vec<u8>> {
    let browser = Head::request()
        .with("Origin", "http://server.example.com")
        .with("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) 聊天")
        .with("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits")
        .but("Connection", "keep-alive, Upgrade");
    let empty_line_first = [b"\r\n", &Head::request().bytes()[..]].concat();
    let mut not_utf8 = b"GET /\xe8\x81\x8a HTTP/1.1\r\nHost: a\r\nX: \xff\xfe".to_vec();
    not_utf8.extend_from_slice(b"\r\n\r\n");
    vec![
        Head::request().bytes(),
        browser.bytes(),
        empty_line_first,
        not_utf8,
        b"GET / HTTP/1.0\r\n\r\n".to_vec(),
        b"POST /a HTTP/1.1\r\nhost:\r\nX:\t \r\n\r\n".to_vec(),
    ]
}

fn whole(bytes: &[u8]) -> Result<Request, Error> {
    match Parser::new().request(bytes)? {
        Status::Complete(request, consumed) if consumed == bytes.len() => Ok(request),
        status => panic!("{status:?}"),
    }
}

#[test]
fn every_prefix_is_partial_and_every_split_equal() -> Result<(), Error> {
    for head in requests() {
        let expected = whole(&head)?;
        let followed = [&head[..], b"\r\n\r\n\x82\xfe"].concat();
        for split in (0..head.len()).step_by(sized(1, 11)) {
            assert_eq!(Parser::new().request(&head[..split])?, Status::Partial, "{split}");
            for second in (split..head.len()).step_by(sized(7, 23)) {
                let mut parser = Parser::new();
                assert_eq!(parser.request(&head[..split])?, Status::Partial);
                assert_eq!(parser.request(&head[..second])?, Status::Partial);
                assert_eq!(parser.request(&followed)?, Status::Complete(expected.clone(), head.len()));
            }
        }
    }
    Ok(())
}

#[test]
fn input_that_shrinks_is_no_head() -> Result<(), Error> {
    let mut parser = Parser::new();
    assert_eq!(parser.request(b"GET / HTTP/1.1\r\nHost: a\r\n")?, Status::Partial);
    assert_eq!(parser.request(b"GET /")?, Status::Partial);
    assert!(matches!(parser.request(b"GET / HTTP/1.1\r\n\r\n"), Err(Error::Malformed(_))));
    Ok(())
}

#[test]
fn every_prefix_of_a_response_is_partial() -> Result<(), Error> {
    let head = Head::response().with("Sec-WebSocket-Protocol", "chat").bytes();
    let mut parser = Parser::new();
    for len in (0..head.len()).step_by(sized(1, 5)) {
        assert_eq!(parser.response(&head[..len])?, Status::Partial);
        assert_eq!(Parser::new().response(&head[..len])?, Status::Partial);
    }
    let Status::Complete(response, consumed) = parser.response(&head)? else { panic!("incomplete") };
    assert_eq!((response.status(), response.header("sec-websocket-protocol")), (101, Some("chat")));
    assert_eq!(consumed, head.len());
    Ok(())
}

#[test]
fn any_changed_byte_gives_a_value_or_an_error() {
    for head in requests() {
        for index in (0..head.len()).step_by(sized(1, 41)) {
            for &byte in b"\0\t\n\r \",:/A\x7f\x80\xc3\xff" {
                let mut changed = head.clone();
                changed[index] = byte;
                // Whatever comes of it, one piece and many pieces agree.
                let at_once = Parser::new().request(&changed);
                let mut parser = Parser::new();
                let early = parser.request(&changed[..=index]);
                if early == Ok(Status::Partial) {
                    assert_eq!(parser.request(&changed), at_once, "{index} {byte}");
                } else {
                    assert!(early.is_err() || early == at_once, "{index} {byte}: {early:?}");
                }
                let _ = Parser::new().response(&changed);
            }
        }
    }
}
