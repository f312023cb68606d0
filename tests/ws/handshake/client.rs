//! MUST 18, 21 to 24 and 26 to 32.

use php_sockets::ws::handshake::{Client, Error, Limits, Negotiated, Parser, Server, Url};

use super::exchange::*;

fn text(client: &Client, url: &str) -> Result<String, Error> {
    let request = client.request(&Url::parse(url)?)?;
    Ok(String::from_utf8(request.as_bytes().to_vec()).expect("UTF-8"))
}

fn fails(response: &Head, error: Error) {
    assert_eq!(verify(&Client::new(), response), Err(error), "{response:?}");
}

#[test]
fn must_18_valid_urls_and_host_with_port() -> Result<(), Error> {
    for (url, host) in [
        ("ws://example.com/", "example.com"),
        ("ws://example.com:80/", "example.com"),
        ("ws://example.com:8001/", "example.com:8001"),
        ("ws://[::1]:8001/", "[::1]:8001"),
        ("wss://example.com/", "example.com"),
        ("wss://example.com:443/", "example.com"),
        ("wss://example.com:80/", "example.com:80"),
    ] {
        assert!(text(&Client::new(), url)?.contains(&format!("\r\nHost: {host}\r\n")), "{url}");
    }
    assert_eq!(Url::parse("ws://example.com/#a"), Err(Error::Url("it has a fragment (#)")));
    Ok(())
}

#[test]
fn must_21_the_request() -> Result<(), Error> {
    assert_eq!(
        std::str::from_utf8(client_request(&Client::new()).as_bytes()).expect("ASCII"),
        format!(
            "GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
    );
    for (url, target) in [("ws://a", "/"), ("ws://a?b", "/?b"), ("ws://a/聊 天?x=1", "/%E8%81%8A%20%E5%A4%A9?x=1")] {
        assert!(text(&Client::new(), url)?.starts_with(&format!("GET {target} HTTP/1.1\r\n")), "{url}");
    }
    Ok(())
}

#[test]
fn must_22_each_key_is_fresh() -> Result<(), Error> {
    let mut keys = Vec::new();
    for _ in 0..100 {
        let text = text(&Client::new(), "ws://a/")?;
        let (_, key) = text.split_once("Sec-WebSocket-Key: ").expect("a key");
        keys.push(key[..24].to_owned());
        assert_eq!(answer_bytes(&Server::new(), text.as_bytes()).status(), "101");
    }
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 100);
    Ok(())
}

#[test]
fn must_23_an_origin_can_be_sent() -> Result<(), Error> {
    let client = Client::new().header("Origin", "http://a")?;
    assert!(text(&client, "ws://a/")?.contains("\r\nOrigin: http://a\r\n"));
    Ok(())
}

#[test]
fn must_24_subprotocols_are_unique_tokens() -> Result<(), Error> {
    let client = Client::new().subprotocols(["chat", "v2.chat"])?;
    assert!(text(&client, "ws://a/")?.contains("\r\nSec-WebSocket-Protocol: chat, v2.chat\r\n"));
    for protocols in [&["a", "a"][..], &[""], &["a", ""], &["a b"], &["a,b"], &["聊天"], &["a\r\nb"]] {
        assert_eq!(
            Client::new().subprotocols(protocols.iter().copied()).err(),
            Some(Error::InvalidSubprotocol),
            "{protocols:?}"
        );
    }
    Ok(())
}

#[test]
fn must_26_another_status_is_plain_http() {
    for status in [100, 200, 204, 301, 401, 404, 426, 503] {
        fails(&Head::response().line(&format!("HTTP/1.1 {status} X")), Error::Status(status));
    }
}

#[test]
fn must_27_upgrade() {
    assert_eq!(verify(&Client::new(), &Head::response()), Ok(Negotiated::default()));
    assert_eq!(verify(&Client::new(), &Head::response().but("Upgrade", "WebSocket")), Ok(Negotiated::default()));
    fails(&Head::response().without("Upgrade"), Error::NoUpgrade);
    for value in ["", "h2c", "websocket, h2c", "websockets"] {
        fails(&Head::response().but("Upgrade", value), Error::NoUpgrade);
    }
    fails(&Head::response().with("Upgrade", "h2c"), Error::NoUpgrade);
}

#[test]
fn must_28_connection() {
    for value in ["upgrade", "keep-alive, Upgrade", "Upgrade,x"] {
        assert_eq!(verify(&Client::new(), &Head::response().but("Connection", value)), Ok(Negotiated::default()));
    }
    fails(&Head::response().without("Connection"), Error::NoConnectionUpgrade);
    for value in ["", "close", "keep-alive", "Upgraded"] {
        fails(&Head::response().but("Connection", value), Error::NoConnectionUpgrade);
    }
}

#[test]
fn must_29_accept() {
    let spaced = Head::response().but("Sec-WebSocket-Accept", &format!(" \t{ACCEPT} \t"));
    assert_eq!(verify(&Client::new(), &spaced), Ok(Negotiated::default()));
    fails(&Head::response().without("Sec-WebSocket-Accept"), Error::Accept);
    fails(&Head::response().with("Sec-WebSocket-Accept", ACCEPT), Error::Accept);
    for value in ["", KEY, &ACCEPT.to_lowercase(), &format!("{ACCEPT}="), &ACCEPT[..27]] {
        fails(&Head::response().but("Sec-WebSocket-Accept", value), Error::Accept);
    }
}

#[test]
fn must_30_only_requested_extensions() {
    for value in ["permessage-deflate", "x", "permessage-deflate; client_max_window_bits=10"] {
        fails(&Head::response().with("Sec-WebSocket-Extensions", value), Error::UnexpectedExtension);
    }
}

#[test]
fn must_31_only_requested_subprotocols() -> Result<(), Error> {
    let client = Client::new().subprotocols(["chat", "v2.chat"])?;
    let chosen = |value| verify(&client, &Head::response().with("Sec-WebSocket-Protocol", value));
    assert_eq!(chosen("v2.chat")?.subprotocol.as_deref(), Some("v2.chat"));
    assert_eq!(verify(&client, &Head::response())?.subprotocol, None);
    for value in ["", "Chat", "x", "chat, v2.chat"] {
        assert_eq!(chosen(value), Err(Error::UnexpectedSubprotocol), "{value:?}");
    }
    let twice = Head::response().with("Sec-WebSocket-Protocol", "chat").with("Sec-WebSocket-Protocol", "chat");
    assert_eq!(verify(&client, &twice), Err(Error::UnexpectedSubprotocol));
    fails(&Head::response().with("Sec-WebSocket-Protocol", "chat"), Error::UnexpectedSubprotocol);
    Ok(())
}

#[test]
fn a_client_may_insist_on_a_subprotocol() -> Result<(), Error> {
    let client = Client::new().subprotocols(["chat"])?.require_subprotocol();
    assert_eq!(verify(&client, &Head::response()), Err(Error::NoSubprotocol));
    let chosen = verify(&client, &Head::response().with("Sec-WebSocket-Protocol", "chat"))?;
    assert_eq!(chosen.subprotocol.as_deref(), Some("chat"));
    // Who offers none cannot be given one.
    assert_eq!(verify(&Client::new().require_subprotocol(), &Head::response()), Ok(Negotiated::default()));
    Ok(())
}

#[test]
fn a_url_with_a_user_name_sends_it() -> Result<(), Error> {
    let basic = "\r\nAuthorization: Basic dXNlcjpwYXNz\r\n";
    let sent = text(&Client::new(), "ws://user:pass@a/")?;
    assert!(sent.contains(basic) && sent.contains("\r\nHost: a\r\n"), "{sent}");
    let client = Client::new().header("authorization", "Bearer x")?;
    let sent = text(&client, "ws://user:pass@a/")?;
    assert!(!sent.contains(basic) && sent.contains("\r\nauthorization: Bearer x\r\n"), "{sent}");
    Ok(())
}

#[test]
fn must_32_malformed_responses() {
    for line in ["HTTP/1.1", "HTTP/1.1 10", "HTTP/1.1 1o1 X", "101 HTTP/1.1", "HTTP/1.1  101 X", "GET / HTTP/1.1"] {
        let result = verify(&Client::new(), &Head::response().line(line));
        assert!(matches!(result, Err(Error::Malformed(_) | Error::HttpVersion)), "{line:?}: {result:?}");
    }
    for line in ["HTTP/1.0 101 X", "HTTP/2.0 101 X"] {
        fails(&Head::response().line(line), Error::HttpVersion);
    }
    for (name, value) in
        [("a b", "x"), ("", "x"), ("X ", "x"), ("X", "a\r\n b"), ("X", "a\nb: c"), ("X", "a\0"), ("聊", "x")]
    {
        let result = verify(&Client::new(), &Head::response().with(name, value));
        assert!(matches!(result, Err(Error::Malformed(_))), "{name:?}: {value:?}: {result:?}");
    }
    // A reason phrase may be missing, or in another script.
    for line in ["HTTP/1.1 101", "HTTP/1.1 101 ", "HTTP/1.1 101 好"] {
        assert_eq!(verify(&Client::new(), &Head::response().line(line)), Ok(Negotiated::default()), "{line:?}");
    }
}

#[test]
fn limits_of_the_answer_are_settings() {
    let bytes = Head::response().with("X-One", "1").bytes();
    let fields = bytes.windows(2).filter(|end| *end == b"\r\n").count() - 2;
    let head = |client: Client| client.parser().response(&bytes).map(|_| ());
    assert_eq!(head(Client::new()), Ok(()));
    assert_eq!(head(Client::new().limits(Limits::new().max_headers(fields))), Ok(()));
    assert_eq!(
        head(Client::new().limits(Limits::new().max_headers(fields - 1))),
        Err(Error::TooManyHeaders(fields - 1))
    );
    assert_eq!(head(Client::new().limits(Limits::new().max_head(bytes.len()))), Ok(()));
    assert_eq!(
        head(Client::new().limits(Limits::new().max_head(bytes.len() - 1))),
        Err(Error::HeadTooLarge(bytes.len() - 1))
    );
    // A parser by itself has the same ones.
    assert_eq!(Parser::with_limits(Limits::new().max_headers(1)).response(&bytes), Err(Error::TooManyHeaders(1)));
    assert_eq!(Parser::with_limits(Limits::new().max_head(20)).response(&bytes), Err(Error::HeadTooLarge(20)));
}
