//! What a proxy says of its clients.

use php_sockets::{ws::server::Callbacks, *};

use crate::support::{REQUEST, Running, eventually, frame, request, rest};

type TestResult = std::result::Result<(), Box<dyn std::error::Error>>;

const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// Answers with the client's address.
fn who() -> Callbacks<()> {
    Callbacks::new().onmessage(|client, _| {
        let (ip, port) = client.address().unwrap_or_default();
        client.send(&format!("{ip} {port}"));
    })
}

fn proxied() -> Result<Running, ws::WebSocketError> {
    Running::start(
        |server| server.proxy_protocol(["127.0.0.1".parse().expect("an address")]).max_connections_per_address(1),
        who,
    )
}

/// Listens on a socket of both families, which calls a client of IPv4 `::ffff:127.0.0.1`.
fn of_both_families() -> Result<ws::server::Server, ws::WebSocketError> {
    let listener = socket_create(AF_INET6, SOCK_STREAM, SOL_TCP)?;
    socket_set_option(&listener, IPPROTO_IPV6, IPV6_V6ONLY, 0)?;
    socket_bind(&listener, "::", 0)?;
    socket_listen(&listener, SOMAXCONN)?;
    ws::server::Server::new(listener)
}

/// Sends the bytes in these pieces, and then a request and a message; returns the answer's payload.
fn ask(socket: &Socket, pieces: &[&[u8]]) -> Result<String> {
    for piece in pieces {
        socket_write(socket, piece, None)?;
    }
    ask_only(socket, &[REQUEST.as_bytes(), &frame(0x81, "?")].concat())
}

/// Sends what is left of a request and a message; returns the answer's payload.
fn ask_only(socket: &Socket, rest: &[u8]) -> Result<String> {
    socket_write(socket, rest, None)?;
    let mut answer = Vec::new();
    loop {
        answer.extend(socket_read(socket, 4096, None)?);
        let text = String::from_utf8_lossy(&answer).into_owned();
        if let Some((head, payload)) = text.split_once("\r\n\r\n") {
            if !head.starts_with("HTTP/1.1 101 ") || payload.len() > 2 {
                return Ok(payload.chars().skip(2).collect());
            }
        }
    }
}

/// Whoever bans an address bans it whatever way it comes.
#[test]
fn an_address_has_one_form() -> TestResult {
    let server = Running::start_on(of_both_families()?, who)?;
    let socket = server.socket()?;
    let port = socket_getsockname(&socket)?.1;
    assert_eq!(ask(&socket, &[])?, format!("127.0.0.1 {port}"));
    let socket = socket_create(AF_INET6, SOCK_STREAM, SOL_TCP)?;
    socket_connect(&socket, "::1", server.port)?;
    let port = socket_getsockname(&socket)?.1;
    assert_eq!(ask(&socket, &[])?, format!("::1 {port}"));

    let server = proxied()?;
    let mapped = [&[0; 10][..], &[0xFF, 0xFF, 192, 0, 2, 7], &[0; 16], &[0xC8, 0x22, 1, 187]].concat();
    let binary = [SIGNATURE, &[0x21, 0x21, 0, 36], &mapped].concat();
    for header in [&b"PROXY TCP6 ::ffff:192.0.2.7 ::1 51234 443\r\n"[..], &binary] {
        let socket = server.socket()?;
        assert_eq!(ask(&socket, &[header])?, "192.0.2.7 51234");
        drop(socket);
        eventually(|| server.handle.metrics().connections == 0);
    }
    Ok(())
}

#[test]
fn a_client_is_whom_the_proxy_names() -> TestResult {
    let server = proxied()?;
    let six = [SIGNATURE, &[0x21, 0x21, 0, 36], &[0; 15], &[1], &[0; 16], &[0xC8, 0x22, 1, 187]].concat();
    let line = b"PROXY TCP4 192.0.2.1 198.51.100.1 51234 443\r\n";
    let mut sockets = Vec::new();
    for (header, expected) in [(&line[..], "192.0.2.1 51234"), (&six, "::1 51234")] {
        // At once, byte by byte, and cut where the versions differ.
        for pieces in [vec![header], header.chunks(1).collect(), header.chunks(15).collect()] {
            let socket = server.socket()?;
            socket_set_option(&socket, SOL_TCP, TCP_NODELAY, 1)?;
            assert_eq!(ask(&socket, &pieces)?, expected);
            sockets.push(socket);
            // One from each address may stay.
            let second = server.socket()?;
            socket_write(&second, header, None)?;
            socket_write(&second, REQUEST, None)?;
            assert!(rest(&second)?.starts_with("HTTP/1.1 429 "));
            sockets.clear();
            eventually(|| server.handle.metrics().connections == 0);
        }
    }
    Ok(())
}

/// The place of one who has left says nothing of whom a proxy spoke for there.
#[cfg(target_os = "linux")]
#[test]
fn who_comes_past_the_proxy_has_his_own_address() -> TestResult {
    let server = proxied()?;
    let socket = server.socket()?;
    assert_eq!(ask(&socket, &[b"PROXY TCP4 192.0.2.1 198.51.100.1 51234 443\r\n"])?, "192.0.2.1 51234");
    socket_close(&socket)?;
    eventually(|| server.handle.metrics().connections == 0);
    let direct = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_bind(&direct, "127.0.0.2", 0)?;
    socket_connect(&direct, "127.0.0.1", server.port)?;
    assert!(ask(&direct, &[])?.starts_with("127.0.0.2 "));
    Ok(())
}

#[test]
fn a_proxy_may_speak_for_itself() -> TestResult {
    let server = proxied()?;
    let socket = server.socket()?;
    let own = socket_getsockname(&socket)?.1;
    assert_eq!(ask(&socket, &[SIGNATURE, &[0x20, 0, 0, 0]])?, format!("127.0.0.1 {own}"));
    Ok(())
}

#[test]
fn a_header_is_for_proxies_alone() -> TestResult {
    // From a proxy without one.
    let server = proxied()?;
    assert_eq!(request(&server, "GET / HTTP/1.1").unwrap_or_default(), "");
    eventually(|| server.handle.metrics().refused_request == 1);
    // From somebody else with one.
    let server = Running::start(|server| server.proxy_protocol(["192.0.2.1".parse().expect("an address")]), who)?;
    let socket = server.socket()?;
    socket_write(&socket, b"PROXY TCP4 192.0.2.9 198.51.100.1 51234 443\r\n", None)?;
    socket_write(&socket, REQUEST, None)?;
    assert!(rest(&socket)?.starts_with("HTTP/1.1 400 "));
    Ok(())
}

#[test]
fn half_a_header_costs_no_more_than_the_handshake_s_time() -> TestResult {
    let server = Running::start(
        |server| {
            let server = server.proxy_protocol(["127.0.0.1".parse().expect("an address")]);
            server.handshake_timeout(std::time::Duration::from_millis(100))
        },
        who,
    )?;
    let socket = server.socket()?;
    socket_write(&socket, "PROXY TCP4 192.0.2.1 198.51.100.1 512", None)?;
    assert_eq!(rest(&socket).unwrap_or_default(), "");
    eventually(|| server.handle.metrics().connections == 0);
    Ok(())
}

#[test]
fn a_trusted_proxy_s_request_says_whose_it_is() -> TestResult {
    let proxies = ["127.0.0.1", "10.0.0.1"].map(|ip| ip.parse().expect("an address"));
    let trusting = Running::start(|server| server.forwarded_for(proxies).max_connections_per_address(1), who)?;
    let open = |server: &Running, field: &str| {
        let socket = server.socket()?;
        let end = REQUEST.len() - 2;
        socket_write(&socket, [&REQUEST[..end], field, "\r\n"].concat(), None)?;
        Ok::<_, Error>(socket)
    };
    let answer = |socket: &Socket| ask_only(socket, &frame(0x81, "?"));
    let first = open(&trusting, "X-Forwarded-For: 6.6.6.6, 192.0.2.1\r\nx-forwarded-for: 10.0.0.1\r\n")?;
    assert_eq!(answer(&first)?, "192.0.2.1 0");
    // One from each address may stay, and the proxy's own connections are its own.
    assert!(rest(&open(&trusting, "X-Forwarded-For: 192.0.2.1\r\n")?)?.starts_with("HTTP/1.1 429 "));
    let second = open(&trusting, "X-Forwarded-For: 2001:db8::1\r\n")?;
    assert_eq!(answer(&second)?, "2001:db8::1 0");
    // Some write the port as well, and some an IPv4 address as IPv6 has it: it is the same client.
    for field in ["192.0.2.1:51234", "::ffff:192.0.2.1", "[2001:db8::1]:51234", "[2001:db8::1]"] {
        let answer = rest(&open(&trusting, &format!("X-Forwarded-For: {field}\r\n"))?)?;
        assert!(answer.starts_with("HTTP/1.1 429 "), "{field}: {answer}");
    }
    for field in ["", "X-Forwarded-For: unknown\r\n"] {
        let own = open(&trusting, field)?;
        assert!(answer(&own)?.starts_with("127.0.0.1 "), "{field}");
        drop(own);
        eventually(|| trusting.handle.metrics().open == 2);
    }
    assert_eq!(trusting.handle.metrics().refused_address, 5);
    drop(first);
    eventually(|| trusting.handle.metrics().open == 1);
    assert_eq!(answer(&open(&trusting, "X-Forwarded-For: 192.0.2.1\r\n")?)?, "192.0.2.1 0");
    // Nobody else can say who he is.
    let wary = Running::start(|server| server.forwarded_for(["10.0.0.1".parse().expect("an address")]), who)?;
    assert!(answer(&open(&wary, "X-Forwarded-For: 192.0.2.1\r\n")?)?.starts_with("127.0.0.1 "));
    Ok(())
}

/// A socket for IPv4 and IPv6 sees an IPv4 proxy as `::ffff:127.0.0.1`.
#[test]
fn a_proxy_is_known_by_either_family() -> TestResult {
    for proxy in ["127.0.0.1", "::ffff:127.0.0.1"] {
        let proxy = [proxy.parse()?];
        let server = Running::start_on(of_both_families()?.proxy_protocol(proxy).max_connections_per_address(1), who)?;
        let socket = server.socket()?;
        assert_eq!(ask(&socket, &[b"PROXY TCP4 192.0.2.1 198.51.100.1 51234 443\r\n"])?, "192.0.2.1 51234");
        let server = Running::start_on(of_both_families()?.forwarded_for(proxy).max_connections_per_address(1), who)?;
        let socket = server.socket()?;
        assert_eq!(ask(&socket, &[])?, format!("127.0.0.1 {}", socket_getsockname(&socket)?.1));
        let end = REQUEST.len() - 2;
        let socket = server.socket()?;
        socket_write(&socket, [&REQUEST[..end], "X-Forwarded-For: 192.0.2.1\r\n\r\n"].concat(), None)?;
        assert_eq!(ask_only(&socket, &frame(0x81, "?"))?, "192.0.2.1 0");
    }
    Ok(())
}

/// A proxy on the same machine may come by a Unix socket, which has no address to be known by.
#[test]
fn a_proxy_may_come_by_a_unix_socket() -> TestResult {
    let folder = tempfile::tempdir()?;
    let mut number = 0;
    let mut listen = || {
        number += 1;
        let path = folder.path().join(number.to_string()).display().to_string();
        let listener = socket_create(AF_UNIX, SOCK_STREAM, 0)?;
        socket_bind(&listener, &path, None)?;
        socket_listen(&listener, None)?;
        Ok::<_, Error>((listener, path))
    };
    let connect = |path: &str| {
        let socket = socket_create(AF_UNIX, SOCK_STREAM, 0)?;
        socket_set_option(&socket, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 60, usec: 0 })?;
        socket_connect(&socket, path, None)?;
        Ok::<_, Error>(socket)
    };
    let end = REQUEST.len() - 2;
    let forwarded = [&REQUEST[..end], "X-Forwarded-For: 10.0.0.1, 192.0.2.1\r\n\r\n"].concat();
    let forwarded = [forwarded.as_bytes(), &frame(0x81, "?")].concat();

    let (listener, path) = listen()?;
    let server = ws::server::Server::new(listener)?.forwarded_for([]).max_connections_per_address(1);
    let server = Running::start_on(server, who)?;
    let stays = connect(&path)?;
    assert_eq!(ask_only(&stays, &forwarded)?, "192.0.2.1 0");
    let another = connect(&path)?;
    socket_write(&another, &forwarded, None)?;
    assert!(rest(&another)?.starts_with("HTTP/1.1 429 "));
    drop(server);

    let (listener, path) = listen()?;
    let server = Running::start_on(ws::server::Server::new(listener)?.proxy_protocol([]), who)?;
    assert_eq!(ask(&connect(&path)?, &[b"PROXY TCP4 192.0.2.1 198.51.100.1 51234 443\r\n"])?, "192.0.2.1 51234");
    drop(server);

    // Nobody is believed unasked.
    let (listener, path) = listen()?;
    let server = Running::start_on(ws::server::Server::new(listener)?, who)?;
    assert_eq!(ask_only(&connect(&path)?, &forwarded)?, " 0");
    drop(server);
    Ok(())
}
