//! S1 to S7, S19 and S29.

use std::time::{Duration, Instant};

use php_sockets::ws::{
    Status,
    handshake::{Client, Error, Limits, MAX_HEAD, MAX_HEADERS, OriginPolicy, Parser, Response, Server, Url},
};

use super::exchange::*;

/// The shortest of a few runs, in time of the processor where the system tells it: what the work takes, without what else the
/// machine does.
fn fastest(mut work: impl FnMut()) -> Duration {
    let run = |_| {
        let (start, before) = (Instant::now(), processor_time());
        work();
        processor_time().zip(before).map_or_else(|| start.elapsed(), |(after, before)| after - before)
    };
    (0..5).map(run).min().unwrap_or_default()
}

/// The processor time of this thread, from Linux' /proc.
fn processor_time() -> Option<Duration> {
    let times = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(times.split(' ').next()?.parse().ok()?))
}

#[test]
#[cfg_attr(miri, ignore = "it is about time")]
fn s01_a_20_mb_header_is_refused_at_once() {
    let mut bytes = b"GET / HTTP/1.1\r\nHost: a\r\nX: ".to_vec();
    bytes.resize(20_000_000, b'x');
    let answer = answer_bytes(&Server::new(), &bytes);
    assert_eq!((answer.status(), answer.error()), ("431", Some(Error::HeadTooLarge(MAX_HEAD))));
    // Also in pieces, of which only the first 16 KiB are looked at.
    let time = fastest(|| {
        let mut parser = Parser::new();
        let refused = (1..).map(|piece| parser.request(&bytes[..piece * 1000])).find(Result::is_err);
        assert_eq!(refused, Some(Err(Error::HeadTooLarge(MAX_HEAD))));
    });
    assert!(time < Duration::from_millis(50), "{time:?}");
    bytes[..27].copy_from_slice(b"HTTP/1.1 101 X\r\nHost: a\r\nX:");
    assert_eq!(Parser::new().response(&bytes), Err(Error::HeadTooLarge(MAX_HEAD)));
}

#[test]
#[cfg_attr(miri, ignore = "it is about time")]
fn s02_one_byte_a_read_takes_linear_time() {
    let padding = "x".repeat(MAX_HEAD - Head::request().with("X", "").bytes().len());
    let head = Head::request().with("X", &padding).bytes();
    assert_eq!(head.len(), MAX_HEAD);
    let time = fastest(|| {
        let mut parser = Parser::new();
        for len in 0..head.len() {
            assert_eq!(parser.request(&head[..len]), Ok(Status::Partial));
        }
        assert!(matches!(parser.request(&head), Ok(Status::Complete(_, MAX_HEAD))));
    });
    // Parsing anew at each byte would be 134 million steps.
    assert!(time < Duration::from_millis(20), "{time:?}");
    // One byte more is too much.
    let longer = Head::request().with("X", &format!("{padding}x")).bytes();
    assert_eq!(Parser::new().request(&longer), Err(Error::HeadTooLarge(MAX_HEAD)));
}

#[test]
fn s03_101_headers_are_refused() {
    let headers = |count: usize| (5..count).fold(Head::request(), |head, index| head.with("X", &index.to_string()));
    assert_eq!(default_answer(&headers(MAX_HEADERS)).status(), "101");
    let answer = default_answer(&headers(MAX_HEADERS + 1));
    assert_eq!((answer.status(), answer.error()), ("431", Some(Error::TooManyHeaders(MAX_HEADERS))));
}

#[test]
fn s04_bad_keys_are_refused() {
    let long = "A".repeat(15_000);
    for key in [
        "",
        "dGhlIHNhbXBsZSBub25j",
        "dGhlIHNhbXBsZSBub25jZXM=",
        "dGhlIHNhbXBsZSBub25jZQ",
        "not base64 at all!!!!!==",
        "dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ==",
        "聊天聊天聊天聊=",
        &long,
    ] {
        let answer = default_answer(&Head::request().but("Sec-WebSocket-Key", key));
        assert_eq!((answer.status(), answer.error()), ("400", Some(Error::Key)), "{key:?}");
    }
    assert_eq!(default_answer(&Head::request().without("Sec-WebSocket-Key")).status(), "400");
    assert_eq!(default_answer(&Head::request().with("Sec-WebSocket-Key", KEY)).status(), "400");
}

#[test]
#[cfg_attr(miri, ignore = "it is about time")]
fn s05_hostile_lists_take_linear_time() -> Result<(), Error> {
    const LEN: usize = 64 * 1024;
    let server = Server::new().subprotocols(["chat"])?;
    #[cfg(feature = "deflate")]
    let server = server.deflate(Default::default())?;
    for unit in [
        ",",
        " ",
        "\"",
        ";",
        "=",
        "\\",
        "a,",
        "a;",
        "a;a=\"",
        "a, a;b=\"\\c\"",
        "permessage-deflate,",
        "permessage-deflate; x,",
        "permessage-deflate;server_no_context_takeover;",
        "constructor,",
        "__proto__;",
        "聊",
    ] {
        for name in ["Sec-WebSocket-Extensions", "Sec-WebSocket-Protocol"] {
            let head = Head::request().with(name, &unit.repeat(LEN / unit.len())).bytes();
            let time = fastest(|| {
                let Ok(Status::Complete(request, _)) =
                    Parser::with_limits(Limits::new().max_head(2 * LEN)).request(&head)
                else {
                    panic!("a head within its limit")
                };
                let result = server.accept(&request);
                assert!(matches!(result, Ok(_) | Err(Error::Extensions | Error::Subprotocol)), "{unit:?}: {result:?}");
            });
            // In linear time a debug build needs a tenth of this; in quadratic time, many seconds.
            assert!(time < Duration::from_millis(500), "{name}: {unit:?}: {time:?}");
            // By default such a head is too long to begin with.
            assert_eq!(answer_bytes(&server, &head).status(), "431");
        }
    }
    Ok(())
}

#[test]
fn s06_origins() {
    let from = |origin| Head::request().with("Origin", origin);
    let default = Server::new();
    let list = Server::new().origin(OriginPolicy::list(["https://a.example.com", "http://localhost:8080/"]));
    let any = Server::new().origin(OriginPolicy::Any);
    for (head, by_default, by_list) in [
        (Head::request(), "101", "101"),
        (from("http://server.example.com"), "101", "403"),
        (from("https://SERVER.example.com"), "101", "403"),
        (from("http://server.example.com:8080"), "403", "403"),
        (from("https://a.example.com"), "403", "101"),
        (from("HTTPS://A.example.com"), "403", "101"),
        (from("http://a.example.com"), "403", "403"),
        (from("http://localhost:8080"), "403", "101"),
        (from("http://evil.com"), "403", "403"),
        (from("http://server.example.com.evil.com"), "403", "403"),
        (from("http://evil.com/server.example.com"), "403", "403"),
        (from("null"), "403", "403"),
        (from("file://"), "403", "403"),
        (from(""), "403", "403"),
        (from("http://聊天.com"), "403", "403"),
    ] {
        assert_eq!(answer(&default, &head).status(), by_default, "{head:?}");
        assert_eq!(answer(&list, &head).status(), by_list, "{head:?}");
        assert_eq!(answer(&any, &head).status(), "101", "{head:?}");
    }
    // Two origins are none that can be trusted, whatever the policy.
    let two = from("http://server.example.com").with("Origin", "http://evil.com");
    for server in [default, list, any] {
        assert_eq!(answer(&server, &two).status(), "403");
    }
}

#[test]
fn s07_nothing_can_be_injected() {
    for bad in ["a\r\nX: y", "a\nb", "a\rb", "a\0b", "\r\n\r\n", "a\u{7f}", "a\u{1b}"] {
        let path = format!("ws://a/{bad}");
        assert!(matches!(Url::parse(&path), Err(Error::Url(_))), "{bad:?}");
        assert!(matches!(Url::parse(&format!("ws://{bad}/")), Err(Error::Url(_))), "{bad:?}");
        assert_eq!(Client::new().subprotocols([bad]).err(), Some(Error::InvalidSubprotocol), "{bad:?}");
        assert_eq!(Server::new().subprotocols([bad]).err(), Some(Error::InvalidSubprotocol), "{bad:?}");
        for (name, value) in [("X", bad), (bad, "x")] {
            assert_eq!(Client::new().header(name, value).err(), Some(Error::InvalidHeader), "{bad:?}");
            assert_eq!(Server::new().header(name, value).err(), Some(Error::InvalidHeader), "{bad:?}");
            assert_eq!(Response::new(200).with_header(name, value).err(), Some(Error::InvalidHeader), "{bad:?}");
        }
    }
    for name in ["", "a b", "a:", "聊天", "(a)"] {
        assert_eq!(Client::new().header(name, "x").err(), Some(Error::InvalidHeader), "{name:?}");
    }
    for name in [
        "Host",
        "upgrade",
        "CONNECTION",
        "Sec-WebSocket-Key",
        "sec-websocket-anything",
        "Content-Length",
        "Transfer-Encoding",
    ] {
        assert_eq!(Client::new().header(name, "x").err(), Some(Error::ReservedHeader), "{name:?}");
    }
    for name in ["connection", "Content-Length", "Transfer-Encoding"] {
        assert_eq!(Response::new(200).with_header(name, "x").err(), Some(Error::ReservedHeader), "{name:?}");
    }
}

#[cfg(feature = "deflate")]
#[test]
fn s19_parameter_errors() -> Result<(), Error> {
    let server = Server::new().deflate(Default::default())?;
    let client = Client::new().deflate(Default::default())?;
    for parameters in [
        "server_no_context_takeover=1",
        "server_no_context_takeover=\"true\"",
        "client_no_context_takeover=0",
        "server_no_context_takeover; server_no_context_takeover",
        "client_no_context_takeover; client_no_context_takeover",
        "server_max_window_bits",
        "server_max_window_bits=7",
        "server_max_window_bits=16",
        "server_max_window_bits=010",
        "server_max_window_bits=+10",
        "server_max_window_bits=0",
        "server_max_window_bits=-10",
        "server_max_window_bits=1e1",
        "server_max_window_bits=99999999999999999999",
        "server_max_window_bits=10; server_max_window_bits=10",
        "client_max_window_bits=7",
        "client_max_window_bits=16",
        "client_max_window_bits=08",
        "client_max_window_bits=\"16\"",
        "client_max_window_bits=x",
        "client_max_window_bits=10; client_max_window_bits=11",
        "client_max_window_bits=10; client_max_window_bits",
        "max_window_bits=10",
        "Server_Max_Window_Bits=10",
        "constructor",
    ] {
        let value = format!("permessage-deflate; {parameters}");
        let declined = answer(&server, &Head::request().with("Sec-WebSocket-Extensions", &value));
        assert_eq!(declined.status(), "101", "{value}");
        assert!(declined.all("Sec-WebSocket-Extensions").is_empty(), "{value}");
        assert_eq!(declined.result?.deflate, None, "{value}");
        // The next offer is still considered.
        let fallback = format!("{value}, permessage-deflate");
        let accepted = answer(&server, &Head::request().with("Sec-WebSocket-Extensions", &fallback));
        assert_eq!(accepted.all("Sec-WebSocket-Extensions"), ["permessage-deflate"], "{value}");
        let response = Head::response().with("Sec-WebSocket-Extensions", &value);
        assert_eq!(verify(&client, &response), Err(Error::UnexpectedExtension), "{value}");
    }
    let no_value = Head::response().with("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits");
    assert_eq!(verify(&client, &no_value), Err(Error::UnexpectedExtension));
    Ok(())
}

#[test]
fn s29_an_upgrade_has_no_body() {
    for (name, value) in [
        ("Content-Length", "1"),
        ("content-length", "00012"),
        ("Content-Length", "x"),
        ("Content-Length", "-1"),
        ("Content-Length", "0, 5"),
        ("Content-Length", "99999999999999999999"),
        ("Transfer-Encoding", "chunked"),
        ("Transfer-Encoding", "identity"),
        ("Transfer-Encoding", ""),
        ("transfer-encoding", "\tx"),
    ] {
        let answer = default_answer(&Head::request().with(name, value));
        assert_eq!((answer.status(), answer.error()), ("400", Some(Error::Body)), "{name}: {value}");
        assert_eq!(answer.all("Connection"), ["close"]);
    }
    assert_eq!(default_answer(&Head::request().with("Content-Length", "0")).status(), "101");
}

/// A NUL byte, a bare carriage return or line feed, an escape: nowhere in a head, of either direction.
#[test]
fn control_characters_are_nowhere_in_a_head() {
    let controls = (0..32).chain([127]).filter(|byte| ![b'\t', b'\r', b'\n'].contains(byte));
    for byte in controls.chain([b'\r', b'\n']) {
        let bad = char::from(byte);
        for head in [
            Head::request().line(&format!("G{bad}T /chat HTTP/1.1")),
            Head::request().line(&format!("GET /ch{bad}t HTTP/1.1")),
            Head::request().line(&format!("GET /chat HTTP/1.1{bad}")),
            Head::request().with(&format!("X{bad}Y"), "value"),
            Head::request().with("X", &format!("val{bad}ue")),
        ] {
            let answer = default_answer(&head);
            assert!(matches!(answer.error(), Some(Error::Malformed(_))), "{byte}: {head:?}: {answer:?}");
        }
        for head in
            [Head::response().with(&format!("X{bad}Y"), "value"), Head::response().with("X", &format!("val{bad}ue"))]
        {
            assert!(matches!(verify(&Client::new(), &head), Err(Error::Malformed(_))), "{byte}: {head:?}");
        }
    }
}

/// Of two fields one server would take the first and another the last: what decides must be there once.
#[test]
fn a_field_that_decides_stands_once() {
    for (name, value, error) in [
        ("Host", "server.example.com", Error::Host),
        ("Host", "evil.example", Error::Host),
        ("Sec-WebSocket-Key", KEY, Error::Key),
        ("Sec-WebSocket-Version", "13", Error::Version),
        ("sec-websocket-version", "8", Error::Version),
        ("Content-Length", "0", Error::Body),
    ] {
        let head = Head::request().with("Content-Length", if name == "Content-Length" { "5" } else { "0" });
        assert_eq!(default_answer(&head.with(name, value)).error(), Some(error), "{name}: {value}");
    }
    let origins = Head::request().with("Origin", "http://server.example.com");
    assert_eq!(default_answer(&origins).error(), None);
    assert_eq!(default_answer(&origins.with("Origin", "http://server.example.com")).error(), Some(Error::Origin));
    for line in ["Host : a", "Host\t: a", " Host: a", "X: a\r\n folded", ": a", "no colon"] {
        let bytes = format!("GET / HTTP/1.1\r\nHost: a\r\n{line}\r\n\r\n");
        let answer = answer_bytes(&Server::new(), bytes.as_bytes());
        assert!(matches!(answer.error(), Some(Error::Malformed(_))), "{line:?}: {answer:?}");
    }
}
