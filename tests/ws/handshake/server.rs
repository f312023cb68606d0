//! MUST 1 to 17.

use php_sockets::ws::{
    Status,
    handshake::{Error, Limits, OriginPolicy, Parser, Request, Response, Server, accept_key},
};

use super::exchange::*;

fn refused(head: &Head, status: &str, error: Error) {
    let answer = default_answer(head);
    assert_eq!((answer.status(), answer.error()), (status, Some(error)), "{head:?}");
    let connection = if status == "426" { "close, Upgrade" } else { "close" };
    assert_eq!(answer.all("Connection"), [connection], "a refused connection ends");
}

#[test]
fn must_01_get_and_http_1_1() {
    assert_eq!(default_answer(&Head::request()).status(), "101");
    for method in ["POST", "HEAD", "get", "CONNECT", "X"] {
        refused(&Head::request().line(&format!("{method} / HTTP/1.1")), "405", Error::Method);
    }
    assert_eq!(default_answer(&Head::request().line("POST / HTTP/1.1")).all("Allow"), ["GET"]);
    for version in ["HTTP/2.0", "HTTP/3.0", "HTTP/0.9"] {
        refused(&Head::request().line(&format!("GET / {version}")), "505", Error::HttpVersion);
    }
    // In a request of HTTP/1.0 the header Upgrade is ignored (RFC 9110, section 7.8): it is a plain one.
    refused(&Head::request().line("GET / HTTP/1.0"), "426", Error::NoUpgrade);
    let bytes = Head::request().line("GET / HTTP/1.0").bytes();
    let Ok(Status::Complete(request, _)) = Parser::new().request(&bytes) else { panic!("no request") };
    assert!(!request.is_upgrade());
    for line in [
        "GET /",
        "GET / http/1.1",
        "GET  / HTTP/1.1",
        "GET / x HTTP/1.1",
        "/ HTTP/1.1",
        " GET / HTTP/1.1",
        "GET",
        "GET / HTTP/1.10",
        "GET / HTTP/11",
        "GET / FTP/1.1",
        "GET / HTTP/2",
        "hello",
        "EHLO mail.example.com HTTP",
        "a b c",
    ] {
        let answer = default_answer(&Head::request().line(line));
        assert!(matches!(answer.error(), Some(Error::Malformed(_))), "{line:?}: {answer:?}");
        assert_eq!(answer.status(), "400", "{line:?}");
    }
}

#[test]
fn must_02_host() {
    refused(&Head::request().without("Host"), "400", Error::Host);
    refused(&Head::request().with("Host", "server.example.com"), "400", Error::Host);
}

#[test]
fn must_03_upgrade_lists_websocket_in_any_case() {
    for value in ["WebSocket", "WEBSOCKET", "h2c, websocket", " , websocket\t,x"] {
        assert_eq!(default_answer(&Head::request().but("Upgrade", value)).status(), "101", "{value:?}");
    }
    let repeated = Head::request().but("Upgrade", "h2c").with("upgrade", "websocket");
    assert_eq!(default_answer(&repeated).status(), "101");
    refused(&Head::request().without("Upgrade"), "426", Error::NoUpgrade);
    for value in ["", "h2c", "websockets", "web socket", "xwebsocket", "websocket/13", "web, socket"] {
        refused(&Head::request().but("Upgrade", value), "426", Error::NoUpgrade);
    }
    assert_eq!(default_answer(&Head::request().without("Upgrade")).all("Upgrade"), ["websocket"]);
}

#[test]
fn must_04_connection_lists_upgrade_in_any_case() {
    for value in ["upgrade", "UPGRADE", "keep-alive, Upgrade", "keep-alive,upgrade,", "\tUpgrade ,close"] {
        assert_eq!(default_answer(&Head::request().but("Connection", value)).status(), "101", "{value:?}");
    }
    let repeated = Head::request().but("Connection", "keep-alive").with("CONNECTION", "Upgrade");
    assert_eq!(default_answer(&repeated).status(), "101");
    refused(&Head::request().without("Connection"), "400", Error::NoConnectionUpgrade);
    for value in ["", "keep-alive", "Upgraded", "no-upgrade", "keep-alive Upgrade", "keep-alive; Upgrade"] {
        refused(&Head::request().but("Connection", value), "400", Error::NoConnectionUpgrade);
    }
}

#[test]
fn must_05_one_key_of_16_bytes() {
    refused(&Head::request().without("Sec-WebSocket-Key"), "400", Error::Key);
    refused(&Head::request().with("sec-websocket-key", KEY), "400", Error::Key);
    refused(&Head::request().but("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25j"), "400", Error::Key);
}

#[test]
fn must_06_version_13() {
    for value in ["", "12", "14", "013", "+13", "13, 8", "8, 13", "x", "１３"] {
        refused(&Head::request().but("Sec-WebSocket-Version", value), "426", Error::Version);
    }
    refused(&Head::request().without("Sec-WebSocket-Version"), "426", Error::Version);
    refused(&Head::request().with("Sec-WebSocket-Version", "13"), "426", Error::Version);
}

#[test]
fn must_07_every_failure_has_an_http_answer() {
    for bytes in [
        &b"\r\n\r\n"[..],
        b"\x16\x03\x01\x02\x00\x01",
        b"GET / HTTP/1.1\n\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n",
    ] {
        let answer = answer_bytes(&Server::new(), bytes);
        assert!(answer.text.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{answer:?}");
        let (_, body) = answer.text.split_once("\r\n\r\n").expect("a head");
        assert_eq!(answer.all("Content-Length"), [body.len().to_string()]);
        assert_eq!(answer.all("Content-Type"), ["text/plain; charset=utf-8"]);
        assert!(!body.is_empty(), "the body says why");
    }
}

#[test]
fn must_08_other_versions_are_told_ours() {
    let answer = default_answer(&Head::request().but("Sec-WebSocket-Version", "8").without("Sec-WebSocket-Key"));
    assert_eq!(answer.status(), "426");
    assert_eq!(answer.all("Sec-WebSocket-Version"), ["13"]);
    assert_eq!(answer.all("Upgrade"), ["websocket"], "RFC 9110, section 15.5.22");
}

#[test]
fn must_09_an_unacceptable_origin_is_forbidden() {
    refused(&Head::request().with("Origin", "http://other.example.com"), "403", Error::Origin);
}

#[test]
fn must_10_an_unknown_resource_is_not_found() -> Result<(), Error> {
    let bytes = Head::request().line("GET /nowhere?x HTTP/1.1").bytes();
    let Status::Complete(request, _) = Parser::new().request(&bytes)? else { panic!("incomplete") };
    assert_eq!(request.path(), "/nowhere");
    // The resources are the application's, and so is the answer.
    let answer = String::from_utf8(Response::new(404).into_bytes()).expect("UTF-8");
    assert_eq!(answer, "HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    Ok(())
}

#[test]
fn must_11_the_subprotocol_is_one_that_the_client_offered() -> Result<(), Error> {
    let server = Server::new().subprotocols(["chat", "superchat"])?;
    let offered = |value| Head::request().with("Sec-WebSocket-Protocol", value);
    for (head, chosen) in [
        (Head::request(), None),
        (offered("superchat, chat"), Some("superchat")),
        (offered("x, chat, superchat"), Some("chat")),
        (offered("x").with("Sec-WebSocket-Protocol", "chat"), Some("chat")),
        (offered("x, Chat"), None),
        (offered(""), None),
    ] {
        let answer = answer(&server, &head);
        assert_eq!(answer.status(), "101");
        assert_eq!(answer.all("Sec-WebSocket-Protocol"), chosen.as_slice());
        assert_eq!(answer.result?.subprotocol.as_deref(), chosen);
    }
    for protocol in ["", "a b", "a,b", "聊天"] {
        assert_eq!(Server::new().subprotocols([protocol]).err(), Some(Error::InvalidSubprotocol), "{protocol:?}");
    }
    Ok(())
}

#[test]
fn must_12_only_offered_extensions() -> Result<(), Error> {
    let server = Server::new();
    #[cfg(feature = "deflate")]
    let server = server.deflate(Default::default())?;
    assert!(answer(&server, &Head::request()).all("Sec-WebSocket-Extensions").is_empty());
    let unknown = Head::request().with("Sec-WebSocket-Extensions", "x-webkit-deflate-frame, bbf-usp-protocol; a=1");
    assert!(answer(&server, &unknown).all("Sec-WebSocket-Extensions").is_empty());
    Ok(())
}

#[test]
fn must_13_the_answer_101() {
    let answer = default_answer(&Head::request());
    assert_eq!(
        answer.text,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
    );
    let spaced = Head::request().but("Sec-WebSocket-Key", &format!(" \t {KEY} \t"));
    assert_eq!(default_answer(&spaced).all("Sec-WebSocket-Accept"), [ACCEPT]);
    assert_eq!(accept_key(KEY), ACCEPT);
}

#[test]
fn must_14_accept_and_protocol_at_most_once() -> Result<(), Error> {
    let server = Server::new().subprotocols(["chat"])?.header("X-Server", "1")?;
    let head = Head::request().with("Sec-WebSocket-Protocol", "chat, chat").with("Sec-WebSocket-Protocol", "chat");
    let answer = answer(&server, &head);
    assert_eq!(answer.all("Sec-WebSocket-Accept").len(), 1);
    assert_eq!(answer.all("Sec-WebSocket-Protocol"), ["chat"]);
    assert_eq!(answer.all("X-Server"), ["1"]);
    for name in ["Sec-WebSocket-Accept", "sec-websocket-protocol", "Sec-WebSocket-Extensions", "Upgrade", "Connection"]
    {
        assert_eq!(Server::new().header(name, "x").err(), Some(Error::ReservedHeader), "{name}");
    }
    Ok(())
}

#[test]
fn must_15_no_body_on_101() -> Result<(), Error> {
    let bytes = Head::request().bytes();
    let Status::Complete(request, _) = Parser::new().request(&bytes)? else { panic!("incomplete") };
    let (response, _) = Server::new().accept(&request)?;
    let text = String::from_utf8(response.with_body("a body").into_bytes()).expect("UTF-8");
    assert!(text.ends_with("\r\n\r\n"));
    for name in ["Content-Length", "Transfer-Encoding"] {
        assert!(!text.contains(name));
        assert_eq!(Server::new().header(name, "0").err(), Some(Error::ReservedHeader));
    }
    Ok(())
}

#[test]
fn must_16_bytes_behind_the_head_are_the_streams() -> Result<(), Error> {
    let head = Head::request().bytes();
    let received = [&head[..], b"\x81\x80\x01\x02\x03\x04\r\n\r\n"].concat();
    let Status::Complete(_, consumed) = Parser::new().request(&received)? else { panic!("incomplete") };
    assert_eq!(consumed, head.len());
    Ok(())
}

#[test]
fn must_17_unknown_headers_are_ignored() {
    let head = Head::request().with("X-Unknown", "1").with("Sec-WebSocket-Key1", "2").with("Cookie", "聊=天; a=\u{ff}");
    assert_eq!(default_answer(&head).status(), "101");
}

#[test]
fn an_application_sees_the_whole_request() -> Result<(), Error> {
    let bytes = b"POST /form?a=b HTTP/1.1\r\nHost: a\r\nX-Name: \xe8\x81\x8a\xe5\xa4\xa9\r\nX-Raw: \xff\r\nContent-Length: 3\r\n\r\na=1";
    let Status::Complete(request, consumed) = Parser::new().request(bytes)? else { panic!("incomplete") };
    assert_eq!((request.method(), request.path(), request.query_string()), ("POST", "/form", Some("a=b")));
    assert!(!request.is_upgrade());
    assert_eq!(request.header("x-name"), Some("聊天"));
    assert_eq!(request.headers().nth(2), Some(("X-Raw", "\u{fffd}")));
    assert_eq!(request.header("X-Other"), None);
    assert_eq!((request.content_length()?, &bytes[consumed..]), (3, &b"a=1"[..]));
    Ok(())
}

#[test]
fn an_answer_can_have_headers_of_its_own() -> Result<(), Error> {
    let bytes = Head::request().bytes();
    let Status::Complete(request, _) = Parser::new().request(&bytes)? else { panic!("incomplete") };
    let (response, _) = Server::new().accept(&request)?;
    let response = response.with_header("Set-Cookie", "session=聊天")?;
    assert_eq!(response.header("set-cookie"), Some("session=聊天"));
    let refusal = Error::Origin.response().with_header("Retry-After", "10")?;
    assert_eq!((refusal.status(), refusal.header("Retry-After")), (403, Some("10")));
    Ok(())
}

#[test]
fn a_custom_origin_policy_decides_alone() -> Result<(), Error> {
    let server = Server::new().origin(OriginPolicy::custom(|origin, request| {
        origin.is_some_and(|origin| origin.ends_with(".example.com")) && request.path() == "/chat"
    }));
    for (head, status) in [
        (Head::request(), "403"),
        (Head::request().with("Origin", "https://a.example.com"), "101"),
        (Head::request().with("Origin", "https://a.example.com").line("GET /x HTTP/1.1"), "403"),
        (Head::request().with("Origin", "https://evil.com"), "403"),
    ] {
        assert_eq!(answer(&server, &head).status(), status, "{head:?}");
    }
    Ok(())
}

#[test]
fn a_custom_origin_policy_may_build_on_another() {
    for (policy, statuses) in [
        (OriginPolicy::SameOrigin, ["101", "101", "403", "403"]),
        (OriginPolicy::list(["https://a.example.com/"]), ["101", "403", "101", "403"]),
        (OriginPolicy::Any, ["101", "101", "101", "403"]),
    ] {
        let server = Server::new().origin(OriginPolicy::custom(move |_, request| policy.accepts(request)));
        let own = Head::request().with("Origin", "http://server.example.com");
        let foreign = Head::request().with("Origin", "https://a.example.com");
        let both = foreign.clone().with("Origin", "http://server.example.com");
        for (head, status) in [Head::request(), own, foreign, both].iter().zip(statuses) {
            assert_eq!(answer(&server, head).status(), status, "{head:?}");
        }
    }
}

#[test]
fn limits_of_the_head_are_settings() -> Result<(), Error> {
    let padding = "x".repeat(40 * 1024);
    let mut head = Head::request().with("Authorization", &padding);
    for number in 0..300 {
        head = head.with("X-Number", &number.to_string());
    }
    let bytes = head.bytes();
    assert_eq!(Server::new().parser().request(&bytes), Err(Error::HeadTooLarge(16 * 1024)));
    let limits = Limits::new().max_head(64 * 1024);
    let server = Server::new().limits(limits);
    assert_eq!(server.parser().request(&bytes), Err(Error::TooManyHeaders(100)));
    let server = server.limits(limits.max_headers(306));
    let Status::Complete(request, consumed) = server.parser().request(&bytes)? else { panic!("incomplete") };
    assert_eq!((consumed, request.headers().count()), (bytes.len(), 306));
    assert_eq!(request.header("Authorization"), Some(&*padding));
    assert!(server.accept(&request).is_ok());
    // What is set is the limit, above the default and below.
    let limited = |limits, bytes: &[u8]| Server::new().limits(limits).parser().request(bytes).map(drop);
    let (default, request) = (Limits::new(), Head::request().bytes());
    assert_eq!(limited(limits.max_headers(305), &bytes), Err(Error::TooManyHeaders(305)));
    let less = bytes.len() - 1;
    assert_eq!(limited(limits.max_headers(306).max_head(less), &bytes), Err(Error::HeadTooLarge(less)));
    assert_eq!(limited(default.max_headers(4), &request), Err(Error::TooManyHeaders(4)));
    assert_eq!(limited(default.max_headers(0), b"GET / HTTP/1.0\r\n\r\n"), Ok(()));
    assert_eq!(limited(default.max_head(0), b"G"), Err(Error::HeadTooLarge(0)));
    // No setting makes the memory for fields larger than the head needs.
    limited(default.max_headers(usize::MAX), &request)?;
    Ok(())
}

#[test]
fn a_request_that_another_server_has_parsed_is_decided_on_alike() -> Result<(), Error> {
    let headers = [
        ("host", "example.com"),
        ("upgrade", "websocket"),
        ("connection", "keep-alive, Upgrade"),
        ("sec-websocket-key", KEY),
        ("sec-websocket-version", "13"),
        ("sec-websocket-protocol", "superchat, chat"),
    ];
    let server = Server::new().origin(OriginPolicy::list(["https://example.com"])).subprotocols(["chat"])?;
    let with = |more: &[(&'static str, &'static str)]| {
        Request::new("GET", "/chat?room=1", headers.iter().chain(more).copied().collect::<Vec<_>>())
    };
    let request = with(&[("origin", " https://example.com\t")])?;
    assert_eq!((request.method(), request.path(), request.query("room").as_deref()), ("GET", "/chat", Some("1")));
    let (response, negotiated) = server.accept(&request)?;
    assert_eq!(response.header("Sec-WebSocket-Accept"), Some(ACCEPT));
    assert_eq!(negotiated.subprotocol.as_deref(), Some("chat"));
    assert_eq!(server.accept(&with(&[("origin", "https://evil.example")])?).map(|_| ()), Err(Error::Origin));
    assert_eq!(server.accept(&with(&[("content-length", "5")])?).map(|_| ()), Err(Error::Body));
    assert_eq!(server.accept(&Request::new("POST", "/", headers)?).map(|_| ()), Err(Error::Method));
    assert_eq!(with(&[("host", "b")]), Err(Error::Host));
    assert_eq!(Request::new("GET", "/", [("a", "b")]), Err(Error::Host));
    // Nothing that would be another line, or another word of the first.
    for (method, target) in
        [("", "/"), ("GET ", "/"), ("G\r\n", "/"), ("GET", ""), ("GET", "/ a"), ("GET", "/\r\nX: y"), ("GET", "/\0")]
    {
        assert_eq!(Request::new(method, target, headers), Err(Error::InvalidHeader), "{method:?} {target:?}");
    }
    for (name, value) in [("a b", ""), ("", ""), ("a:", ""), ("a", "b\r\nc: d"), ("a", "b\nc"), ("a", "b\0")] {
        assert_eq!(with(&[(name, value)]), Err(Error::InvalidHeader), "{name:?} {value:?}");
    }
    let request = Request::new("GET", "/", [("Host", &b"a"[..]), ("X", b"\xff")])?;
    assert_eq!(request.header("x"), Some("\u{fffd}"));
    Ok(())
}

#[cfg(feature = "deflate")]
#[test]
fn compression_holds_beside_another_server_too() -> Result<(), Error> {
    let headers = [
        ("host", "example.com"),
        ("upgrade", "websocket"),
        ("connection", "Upgrade"),
        ("sec-websocket-key", KEY),
        ("sec-websocket-version", "13"),
        ("sec-websocket-extensions", "permessage-deflate; client_max_window_bits"),
    ];
    let server = Server::new().deflate(php_sockets::ws::deflate::Parameters::default())?;
    let (response, negotiated) = server.accept(&Request::new("GET", "/", headers)?)?;
    assert!(negotiated.deflate.is_some());
    let chosen = response.header("Sec-WebSocket-Extensions");
    assert!(chosen.is_some_and(|chosen| chosen.starts_with("permessage-deflate")), "{chosen:?}");
    Ok(())
}

#[test]
fn no_part_of_an_answer_becomes_another_header() {
    for bad in ["a\r\nX: y", "a\nX: y", "a\rb", "a\0b", "\u{7f}"] {
        assert_eq!(Response::new(200).with_header("A", bad), Err(Error::InvalidHeader), "{bad:?}");
        assert_eq!(Response::new(200).with_header(bad, "b"), Err(Error::InvalidHeader), "{bad:?}");
        assert!(Server::new().header("A", bad).is_err() && Server::new().header(bad, "b").is_err(), "{bad:?}");
    }
    for name in ["", "a b", "a:", "聊"] {
        assert_eq!(Response::new(200).with_header(name, "b"), Err(Error::InvalidHeader), "{name:?}");
    }
    for name in ["Content-Length", "transfer-encoding", "CONNECTION"] {
        assert_eq!(Response::new(200).with_header(name, "1"), Err(Error::ReservedHeader), "{name:?}");
    }
    let body = "\r\n\r\nHTTP/1.1 200 OK\r\n\r\n";
    let bytes = Response::new(200).with_text(body).into_bytes();
    let expected = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n\
                    Content-Length: 23\r\n\r\n";
    assert_eq!(String::from_utf8_lossy(&bytes), format!("{expected}{body}"));
    let page = Response::new(404).with_header("Content-Type", "text/html").map(|response| response.with_html("<p>"));
    let page = String::from_utf8(page.expect("a response").into_bytes()).expect("a text");
    assert_eq!(page.matches("Content-Type: text/html\r\n").count(), 1);
    assert_eq!(page.matches("Content-Type").count(), 1);
    // Behind a status below 200 a client waits for another answer.
    for status in [0, 99, 100, 101, 103, 199, 600, 1000, u16::MAX] {
        assert_eq!(Response::new(status).status(), 500, "{status}");
    }
}

/// What a fault of a request is answered with.
#[test]
fn every_fault_has_its_status() {
    for (error, status) in [
        (Error::Malformed("anything"), 400),
        (Error::Host, 400),
        (Error::Key, 400),
        (Error::Origin, 403),
        (Error::Method, 405),
        (Error::TransferEncoding, 411),
        (Error::BodyTooLarge(1), 413),
        (Error::MalformedBody("anything"), 400),
        (Error::NoUpgrade, 426),
        (Error::Version, 426),
        (Error::HeadTooLarge(1), 431),
        (Error::TooManyHeaders(1), 431),
        (Error::HttpVersion, 505),
    ] {
        assert_eq!(error.status(), status, "{error:?}");
        let answer = String::from_utf8(error.response().into_bytes()).expect("a text");
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        assert_eq!(answer.contains("\r\nAllow: GET\r\n"), status == 405);
    }
}

/// The phrases of RFC 9110, section 15, and RFC 6585.
#[test]
fn a_status_has_its_phrase() {
    let phrases = "200 OK|201 Created|202 Accepted|204 No Content|206 Partial Content|\
                   301 Moved Permanently|302 Found|303 See Other|304 Not Modified|307 Temporary Redirect|\
                   308 Permanent Redirect|400 Bad Request|401 Unauthorized|403 Forbidden|404 Not Found|\
                   405 Method Not Allowed|406 Not Acceptable|408 Request Timeout|409 Conflict|410 Gone|\
                   411 Length Required|413 Content Too Large|414 URI Too Long|415 Unsupported Media Type|\
                   422 Unprocessable Content|426 Upgrade Required|429 Too Many Requests|\
                   431 Request Header Fields Too Large|500 Internal Server Error|501 Not Implemented|502 Bad Gateway|\
                   503 Service Unavailable|504 Gateway Timeout|505 HTTP Version Not Supported|299 ";
    for phrase in phrases.split('|') {
        let status = phrase[..3].parse().expect("a number");
        let answer = String::from_utf8(Response::new(status).into_bytes()).expect("a text");
        assert!(answer.starts_with(&format!("HTTP/1.1 {phrase}\r\n")), "{answer}");
    }
}
