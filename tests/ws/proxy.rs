//! Connecting by way of a proxy, against small real ones.

use std::{
    io::{self, Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, TcpListener, TcpStream},
    process::Command,
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use php_sockets::{
    ws::{self, Connection, Connector, Message, ProxyError, Timeout, WebSocket, handshake},
    *,
};

type Outcome<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Runs a proxy for one client; returns its address, and what it says about it.
fn proxy(serve: impl FnOnce(TcpStream) -> Outcome<String> + Send + 'static) -> Outcome<(String, Receiver<String>)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?.to_string();
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let result = listener.accept().map_err(Into::into).and_then(|(stream, _)| {
            stream.set_read_timeout(Some(Duration::from_secs(60)))?;
            serve(stream)
        });
        tell.send(result.unwrap_or_else(|error| format!("error: {error}")))
    });
    Ok((address, told))
}

/// Runs an echo for one client; returns its port.
fn echo() -> Outcome<u16> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    thread::spawn(move || -> Outcome {
        let mut connection = Connection::accept(Socket::from(listener.accept()?.0))?;
        let mut buffer = Vec::new();
        loop {
            match connection.read(&mut buffer)? {
                Message::Close(_) => return Ok(connection.finish()?),
                message => connection.send(message)?,
            }
        }
    });
    Ok(port)
}

/// Passes everything on in both directions until one of them ends.
fn relay(client: TcpStream, server: TcpStream) -> io::Result<()> {
    let (mut from_client, mut to_server) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || {
        let _ = io::copy(&mut from_client, &mut to_server);
        to_server.shutdown(Shutdown::Write)
    });
    thread::spawn(move || {
        let _ = io::copy(&mut &server, &mut &client);
        client.shutdown(Shutdown::Write)
    });
    Ok(())
}

/// The head of a request, and nothing behind it.
fn head(stream: &mut TcpStream) -> Outcome<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(bytes::<1>(stream)?[0]);
    }
    Ok(String::from_utf8(head)?)
}

fn bytes<const N: usize>(stream: &mut TcpStream) -> Outcome<[u8; N]> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Speaks HTTP's CONNECT; returns the request.
fn http(mut client: TcpStream) -> Outcome<String> {
    let request = head(&mut client)?;
    let target = request.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next()).ok_or("no CONNECT")?;
    let (_, port) = target.rsplit_once(':').ok_or("no port")?;
    let server = TcpStream::connect((Ipv4Addr::LOCALHOST, port.parse()?))?;
    // Byte by byte, as the worst of networks would have it.
    client.set_nodelay(true)?;
    // What comes before the answer is not it (RFC 9110, section 15.2).
    client.write_all(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n")?;
    for byte in b"HTTP/1.1 200 Connection established\r\nVia: 1.1 proxy\r\n\r\n" {
        client.write_all(&[*byte])?;
    }
    relay(client, server)?;
    Ok(request)
}

/// Speaks SOCKS5, with these credentials where there are any; returns the name or address that it was asked for.
fn socks(mut client: TcpStream, credentials: Option<(&str, &str)>) -> Outcome<String> {
    let [version, count] = bytes(&mut client)?;
    assert_eq!(version, 5);
    let mut methods = vec![0; count.into()];
    client.read_exact(&mut methods)?;
    let string = |client: &mut TcpStream| -> Outcome<String> {
        let mut string = vec![0; bytes::<1>(client)?[0].into()];
        client.read_exact(&mut string)?;
        Ok(String::from_utf8(string)?)
    };
    if let Some((user, password)) = credentials {
        if !methods.contains(&2) {
            client.write_all(&[5, 0xff])?;
            return Ok("no credentials".into());
        }
        client.write_all(&[5, 2])?;
        assert_eq!(bytes(&mut client)?, [1]);
        let given = (string(&mut client)?, string(&mut client)?);
        let right = (given.0.as_str(), given.1.as_str()) == (user, password);
        client.write_all(&[1, u8::from(!right)])?;
        if !right {
            return Ok(format!("wrong credentials {given:?}"));
        }
    } else {
        client.write_all(&[5, 0])?;
    }
    let [5, 1, 0, kind] = bytes(&mut client)? else { return Err("no CONNECT".into()) };
    let host = match kind {
        1 => Ipv4Addr::from(bytes(&mut client)?).to_string(),
        3 => string(&mut client)?,
        4 => Ipv6Addr::from(bytes(&mut client)?).to_string(),
        kind => return Err(format!("address type {kind}").into()),
    };
    let port = u16::from_be_bytes(bytes(&mut client)?);
    if port == 1 {
        client.write_all(&[5, 5, 0, 1, 0, 0, 0, 0, 0, 0])?;
        return Ok("refused".into());
    }
    let server = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    client.write_all(&[5, 0, 0, 3, 4, b'h', b'o', b's', b't', 0, 80])?;
    relay(client, server)?;
    Ok(host)
}

/// Has a message go there and back.
fn converse(connector: &Connector, url: &str) -> Outcome {
    let mut connection = connector.connect(url)?;
    connection.send("你好")?;
    let mut buffer = Vec::new();
    assert_eq!(connection.read(&mut buffer)?, Message::Text("你好"));
    Ok(connection.finish()?)
}

#[test]
fn http_connect_makes_a_tunnel() -> Outcome {
    let port = echo()?;
    let (address, told) = proxy(http)?;
    converse(&Connector::new().proxy(&format!("http://{address}"))?, &format!("ws://no.such.host.invalid:{port}/"))?;
    let request = told.recv_timeout(Duration::from_secs(60))?;
    let expected = format!("CONNECT no.such.host.invalid:{port} HTTP/1.1\r\nHost: no.such.host.invalid:{port}\r\n\r\n");
    assert_eq!(request, expected);
    Ok(())
}

#[test]
fn http_connect_says_who_asks() -> Outcome {
    let port = echo()?;
    let (address, told) = proxy(http)?;
    let connector = Connector::new().proxy(&format!("http://user:p%40ss@{address}/"))?;
    converse(&connector, &format!("ws://127.0.0.1:{port}/"))?;
    let request = told.recv_timeout(Duration::from_secs(60))?;
    assert!(request.contains("\r\nProxy-Authorization: Basic dXNlcjpwQHNz\r\n"), "{request}");
    assert!(!format!("{connector:?}").contains("p%40ss"), "{connector:?}");
    Ok(())
}

#[test]
fn what_an_http_proxy_says_is_told() -> Outcome {
    for (answer, expected) in [
        ("HTTP/1.1 407 X\r\nProxy-Authenticate: Basic\r\nContent-Length: 2\r\n\r\nno", ProxyError::Status(407)),
        ("HTTP/1.0 502 X\r\n\r\n", ProxyError::Status(502)),
        ("HTTP/1.1 100 X\r\n\r\nHTTP/1.1 403 X\r\n\r\n", ProxyError::Status(403)),
        ("HTTP/1.1 101 X\r\n\r\n", ProxyError::Status(101)),
        (&*"HTTP/1.1 100 X\r\n\r\n".repeat(17), ProxyError::Malformed),
        ("HTTP/1.1 200 X\r\n\r\nnot the server's word", ProxyError::Malformed),
        ("SSH-2.0-OpenSSH\r\n\r\n", ProxyError::Malformed),
        ("\u{5}\u{0}", ProxyError::Malformed),
    ] {
        let said = answer.to_owned();
        let (address, _told) = proxy(move |mut client| {
            head(&mut client)?;
            client.write_all(said.as_bytes())?;
            let _ = client.read(&mut [0]);
            Ok(String::new())
        })?;
        let result = Connector::new().proxy(&format!("http://{address}"))?.connect("ws://127.0.0.1:1/");
        assert!(matches!(result, Err(ws::WebSocketError::Proxy(error)) if error == expected), "{answer:?}: {result:?}");
    }
    // One without end.
    let (address, _told) = proxy(|mut client| {
        head(&mut client)?;
        client.write_all(b"HTTP/1.1 200 X\r\nX: ")?;
        while client.write_all(&[b'x'; 4096]).is_ok() {}
        Ok(String::new())
    })?;
    let result = Connector::new().proxy(&format!("http://{address}"))?.connect("ws://127.0.0.1:1/");
    assert!(matches!(result, Err(ws::WebSocketError::Proxy(ProxyError::Malformed))), "{result:?}");
    Ok(())
}

#[test]
fn socks5_makes_a_tunnel() -> Outcome {
    for (scheme, host, asked) in [
        ("socks5h", "no.such.host.invalid", "no.such.host.invalid"),
        ("socks5h", "127.0.0.1", "127.0.0.1"),
        ("socks5", "127.0.0.1", "127.0.0.1"),
        ("socks5", "localhost", "an address of this machine"),
    ] {
        let port = echo()?;
        let (address, told) = proxy(|client| socks(client, None))?;
        let connector = Connector::new().proxy(&format!("{scheme}://{address}"))?;
        converse(&connector, &format!("ws://{host}:{port}/"))?;
        let told = told.recv_timeout(Duration::from_secs(60))?;
        let is_address = host == "localhost" && told.parse().is_ok_and(|address: IpAddr| address.is_loopback());
        assert!(told == asked || is_address, "{scheme} {host}: {told}");
    }
    Ok(())
}

#[test]
fn socks5_asks_for_a_password() -> Outcome {
    for (userinfo, works) in [("user:p%40ss@", true), ("user:wrong@", false), ("", false)] {
        let port = echo()?;
        let (address, told) = proxy(|client| socks(client, Some(("user", "p@ss"))))?;
        let connector = Connector::new().proxy(&format!("socks5://{userinfo}{address}"))?;
        let result = connector.connect(&format!("ws://127.0.0.1:{port}/"));
        if works {
            result?.finish()?;
        } else {
            assert!(matches!(result, Err(ws::WebSocketError::Proxy(ProxyError::Authentication))), "{result:?}");
        }
        told.recv_timeout(Duration::from_secs(60))?;
    }
    Ok(())
}

#[test]
fn what_a_socks_proxy_says_is_told() -> Outcome {
    let (address, _told) = proxy(|client| socks(client, None))?;
    let result = Connector::new().proxy(&format!("socks5://{address}"))?.connect("ws://127.0.0.1:1/");
    let Err(ws::WebSocketError::Proxy(error @ ProxyError::Socks(5))) = result else { panic!("{result:?}") };
    assert_eq!(error.to_string(), "the proxy answered with SOCKS error 5: connection refused");
    for answer in
        ["HTTP/1.1 400 X\r\n\r\n", "\u{5}\u{2}", "\u{5}\u{0}\u{4}\u{0}\u{0}\u{1}", "\u{5}\u{0}\u{5}\u{0}\u{0}\u{9}"]
    {
        let (address, _told) = proxy(|mut client| {
            client.write_all(answer.as_bytes())?;
            while client.read(&mut [0; 64])? > 0 {}
            Ok(String::new())
        })?;
        let result = Connector::new().proxy(&format!("socks5://{address}"))?.connect("ws://127.0.0.1:1/");
        assert!(matches!(result, Err(ws::WebSocketError::Proxy(ProxyError::Malformed))), "{answer:?}: {result:?}");
    }
    let long = "a".repeat(256);
    let (address, _told) = proxy(|client| socks(client, None))?;
    let result = Connector::new().proxy(&format!("socks5h://{address}"))?.connect(&format!("ws://{long}/"));
    assert!(matches!(result, Err(ws::WebSocketError::Proxy(ProxyError::TooLong))), "{result:?}");
    Ok(())
}

#[test]
fn one_deadline_holds_for_the_proxy_and_the_server() -> Outcome {
    // The proxy takes most of the time; so much later the deadline is another one.
    const LIMIT: Duration = Duration::from_secs(4);
    // What it connects to never answers.
    let (answers, answered) = mpsc::channel();
    let (address, _told) = proxy(move |mut client| {
        head(&mut client)?;
        thread::sleep(LIMIT * 7 / 10);
        answers.send(Instant::now())?;
        client.write_all(b"HTTP/1.1 200 X\r\n\r\n")?;
        while client.read(&mut [0; 64])? > 0 {}
        Ok(String::new())
    })?;
    let start = Instant::now();
    let connector = Connector::new().timeout(LIMIT).proxy(&format!("http://{address}"))?;
    let result = connector.connect("ws://127.0.0.1:1/");
    let time = start.elapsed();
    assert!(matches!(result, Err(ws::WebSocketError::Timeout(Timeout::Handshake))), "{result:?}");
    assert!(time >= LIMIT, "{time:?}");
    let time = start + time - answered.recv()?;
    assert!(time < LIMIT, "{time:?} since the proxy answered");
    // Neither does a proxy that says a byte from time to time.
    let (address, _told) = proxy(|mut client| {
        head(&mut client)?;
        client.write_all(b"HTTP/1.1 200 ")?;
        while client.write_all(b"X").is_ok() {
            thread::sleep(Duration::from_millis(50));
        }
        Ok(String::new())
    })?;
    let start = Instant::now();
    let connector = Connector::new().timeout(LIMIT / 4).proxy(&format!("http://{address}"))?;
    let result = connector.connect("ws://127.0.0.1:1/");
    assert!(matches!(result, Err(ws::WebSocketError::Timeout(Timeout::Handshake))), "{result:?}");
    assert!(start.elapsed() < 10 * LIMIT, "{:?}", start.elapsed());
    Ok(())
}

#[test]
fn a_websocket_takes_a_proxy_and_leaves_it_at_once() -> Outcome {
    let port = echo()?;
    let (address, _told) = proxy(|client| socks(client, None))?;
    let connector = Connector::new().proxy(&format!("socks5h://{address}"))?;
    let ws = WebSocket::with_connector(&format!("ws://a.invalid:{port}/"), connector)?;
    ws.onopen(|ws| ws.send("你好"));
    ws.onmessage(|ws, event| {
        assert_eq!(event.data.as_str(), Some("你好"));
        ws.close();
    });
    assert!(ws.run()?.was_clean);

    let (asked, request) = mpsc::channel();
    let (address, told) = proxy(move |mut client| {
        let head = head(&mut client)?;
        asked.send(head)?;
        Ok(client.read(&mut [0]).map_or_else(|error| error.to_string(), |count| format!("{count} bytes")))
    })?;
    let connector = Connector::new().timeout(Duration::from_secs(600)).proxy(&format!("http://{address}"))?;
    let ws = WebSocket::with_connector("ws://a.invalid/", connector)?;
    let running = thread::spawn({
        let ws = ws.clone();
        move || ws.run()
    });
    request.recv_timeout(Duration::from_secs(60))?;
    ws.close();
    assert!(matches!(running.join().expect("no panic"), Err(ws::WebSocketError::Closed)));
    assert_eq!(told.recv_timeout(Duration::from_secs(60))?, "0 bytes", "the proxy is left");
    Ok(())
}

#[test]
fn urls_of_proxies_are_checked() {
    for url in [
        "https://a",
        "socks4://a",
        "ftp://a",
        "://a",
        "http://",
        "http://a/b",
        "http://a:0",
        "http://a b",
        "socks5://a%3ab:c@d",
    ] {
        let result = Connector::new().proxy(url).map(|_| ());
        assert!(
            matches!(result, Err(ws::WebSocketError::Handshake(handshake::Error::ProxyUrl(_)))),
            "{url}: {result:?}"
        );
    }
}

/// The environment is a process' own: the test runs itself once more.
#[test]
fn the_environment_names_a_proxy_where_it_is_asked_for() -> Outcome {
    const CHILD: &str = "PHP_SOCKETS_TEST_PROXY_URL";
    if let Ok(url) = std::env::var(CHILD) {
        assert!(Connector::new().connect(&url).is_err(), "without being asked it is not read");
        return converse(&Connector::new().proxy_from_env(), &url);
    }
    let port = echo()?;
    let (address, told) = proxy(http)?;
    let status = Command::new(std::env::current_exe()?)
        .args(["--exact", "proxy::the_environment_names_a_proxy_where_it_is_asked_for"])
        .env(CHILD, format!("ws://a.invalid:{port}/"))
        .env("http_proxy", format!("http://{address}"))
        .env_remove("no_proxy")
        .env_remove("NO_PROXY")
        .output()?;
    assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stdout));
    assert!(told.recv_timeout(Duration::from_secs(60))?.starts_with("CONNECT a.invalid:"));
    Ok(())
}
