//! The opening handshake over real sockets: what `ws_handshake` tests as bytes, here with time and a peer that misbehaves.
//!
//! The table of all numbers is in `tests/project/ws_requirements.rs`.

use std::{
    error::Error,
    io::{ErrorKind, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use php_sockets::{
    ws::{Acceptor, Config, Connection, Connector, Message, Timeout, handshake},
    *,
};

type Outcome<T = ()> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const REQUEST: &str = "GET /chat HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                       Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";

/// A server's socket and a client's stream, which waits for at most ten seconds.
fn pair() -> Outcome<(Socket, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let client = TcpStream::connect(listener.local_addr()?)?;
    client.set_read_timeout(Some(Duration::from_secs(10)))?;
    Ok((Socket::from(listener.accept()?.0), client))
}

/// Runs a server for one client, which is a stream of the standard library; returns its URL.
fn serve(serve: impl FnOnce(TcpStream) -> Outcome + Send + 'static) -> Outcome<(String, JoinHandle<Outcome>)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("ws://{}/", listener.local_addr()?);
    let server = thread::spawn(move || {
        let (stream, _) = listener.accept()?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        serve(stream)
    });
    Ok((url, server))
}

/// Reads until the server ends the connection.
fn rest(client: &mut TcpStream) -> Outcome<String> {
    let mut text = String::new();
    client.read_to_string(&mut text)?;
    Ok(text)
}

/// Reads a request, and nothing behind it.
fn request(stream: &mut TcpStream) -> Outcome<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    Ok(String::from_utf8(head)?)
}

/// The answer 101 to a request.
fn response(request: &str) -> Outcome<String> {
    let (_, key) = request.split_once("Sec-WebSocket-Key: ").ok_or("no key")?;
    let accept = handshake::accept_key(&key[..24]);
    Ok(format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    ))
}

/// Joins a thread that serves.
fn join(server: JoinHandle<Outcome>) -> Outcome {
    server.join().expect("the server does not panic")
}

#[test]
fn s01_a_head_without_end_is_answered_and_cut() -> Outcome {
    let (socket, mut client) = pair()?;
    let server = thread::spawn(move || Connection::accept(socket));
    client.write_all(REQUEST.as_bytes())?;
    client.write_all(b"X: ")?;
    let line = [b'x'; 64 * 1024];
    let mut sent = 0;
    // The server stops reading after a while, so that it cannot all be written.
    client.set_write_timeout(Some(Duration::from_secs(10)))?;
    while sent < 20_000_000 {
        match client.write(&line) {
            Ok(count) => sent += count,
            Err(_) => break,
        }
    }
    assert!(sent < 20_000_000, "it takes 16 KiB, and 256 KiB that it discards");
    let result = server.join().expect("no panic");
    assert!(matches!(result, Err(ws::Error::Handshake(handshake::Error::HeadTooLarge(16_384)))), "{result:?}");
    Ok(())
}

#[test]
fn s01_a_long_head_gets_its_answer() -> Outcome {
    let (socket, mut client) = pair()?;
    let server = thread::spawn(move || Connection::accept(socket));
    client.write_all(format!("{REQUEST}X: {}", "x".repeat(100_000)).as_bytes())?;
    assert!(rest(&mut client)?.starts_with("HTTP/1.1 431 Request Header Fields Too Large\r\n"));
    assert!(server.join().expect("no panic").is_err());
    Ok(())
}

#[test]
fn s02_a_slow_client_is_cut_though_its_bytes_keep_coming() -> Outcome {
    const LIMIT: Duration = Duration::from_millis(300);
    let (socket, mut client) = pair()?;
    let server = thread::spawn(move || {
        let start = Instant::now();
        (Acceptor::new().timeout(LIMIT).accept(socket).map(|_| ()), start.elapsed())
    });
    // A byte each five milliseconds, for as long as there is no answer.
    client.set_read_timeout(Some(Duration::from_millis(5)))?;
    let mut answer = [0; 12];
    let mut bytes = REQUEST.bytes().chain(std::iter::repeat(b'x'));
    loop {
        client.write_all(&[bytes.next().unwrap_or(b'x')])?;
        match client.read(&mut answer) {
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            result => break assert_eq!(result?, answer.len()),
        }
    }
    assert_eq!(&answer, b"HTTP/1.1 408");
    drop(client);
    let (result, time) = server.join().expect("no panic");
    assert!(matches!(result, Err(ws::Error::Timeout(Timeout::Handshake))), "{result:?}");
    assert!(time >= LIMIT && time < LIMIT + Duration::from_secs(2), "{time:?}");
    Ok(())
}

#[test]
fn s02_a_client_has_ten_seconds_by_default() -> Outcome {
    let (socket, _client) = pair()?;
    let start = Instant::now();
    let time = Acceptor::new().upgrade(socket).deadline() - start;
    assert!(time >= Duration::from_secs(10) && time < Duration::from_secs(11), "{time:?}");
    Ok(())
}

#[test]
fn s02_one_byte_a_packet_is_accepted() -> Outcome {
    let (socket, mut client) = pair()?;
    let server = thread::spawn(move || Connection::accept(socket));
    client.set_nodelay(true)?;
    for byte in format!("{REQUEST}\r\n").bytes() {
        client.write_all(&[byte])?;
    }
    assert!(request(&mut client)?.starts_with("HTTP/1.1 101 "));
    assert!(server.join().expect("no panic").is_ok());
    Ok(())
}

#[test]
fn s02_a_slow_server_is_left() -> Outcome {
    const LIMIT: Duration = Duration::from_millis(300);
    let (url, server) = serve(|mut stream| {
        let head = response(&request(&mut stream)?)?;
        stream.set_read_timeout(Some(Duration::from_millis(5)))?;
        // A byte each five milliseconds, for as long as the client is there.
        for byte in head.bytes().take(head.len() - 1).chain(std::iter::repeat(b'x')) {
            let left =
                |error: &std::io::Error| matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset);
            match stream.write_all(&[byte]).and_then(|()| stream.read(&mut [0])) {
                Ok(0) => return Ok(()),
                Err(error) if left(&error) => return Ok(()),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                result => return Err(format!("{result:?}").into()),
            }
        }
        Ok(())
    })?;
    let start = Instant::now();
    let result = Connector::new().timeout(LIMIT).connect(&url);
    assert!(matches!(result, Err(ws::Error::Timeout(Timeout::Handshake))), "{result:?}");
    assert!(start.elapsed() < LIMIT + Duration::from_secs(2), "{:?}", start.elapsed());
    join(server)
}

#[test]
fn s29_what_follows_a_refused_upgrade_is_no_request() -> Outcome {
    for head in [
        format!("{REQUEST}Content-Length: 40\r\n\r\n"),
        format!("{REQUEST}Transfer-Encoding: chunked\r\n\r\n28\r\n"),
        format!("{REQUEST}Origin: http://evil.example\r\n\r\n"),
    ] {
        let (socket, mut client) = pair()?;
        let server = thread::spawn(move || Connection::accept(socket));
        client.write_all(head.as_bytes())?;
        client.write_all(format!("{REQUEST}\r\n").as_bytes())?;
        let answer = rest(&mut client)?;
        assert_eq!(answer.matches("HTTP/1.1").count(), 1, "one answer, then the end: {answer}");
        assert!(answer.starts_with("HTTP/1.1 40"), "{answer}");
        assert!(matches!(server.join().expect("no panic"), Err(ws::Error::Handshake(_))));
    }
    Ok(())
}

#[test]
fn must_16_a_frame_in_the_packet_of_the_request_is_read() -> Outcome {
    let (socket, mut client) = pair()?;
    client.write_all(&[REQUEST.as_bytes(), b"\r\n\x81\x85\0\0\0\0hello\x81\x85\0\0\0\0wo"].concat())?;
    let mut connection = Connection::accept(socket)?;
    let mut buffer = Vec::new();
    assert_eq!(connection.read(&mut buffer)?, Message::Text("hello"));
    client.write_all(b"rld")?;
    assert_eq!(connection.read(&mut buffer)?, Message::Text("world"));
    Ok(())
}

#[test]
fn must_16_a_frame_in_the_packet_of_the_response_is_read() -> Outcome {
    let (url, server) = serve(|mut stream| {
        let head = response(&request(&mut stream)?)?;
        stream.write_all(&[head.as_bytes(), b"\x81\x05hello\x81\x05wo"].concat())?;
        Ok(stream.write_all(b"rld")?)
    })?;
    let mut connection = Connection::connect(&url)?;
    let mut buffer = Vec::new();
    assert_eq!(connection.read(&mut buffer)?, Message::Text("hello"));
    assert_eq!(connection.read(&mut buffer)?, Message::Text("world"));
    join(server)
}

#[test]
fn must_25_a_client_sends_nothing_before_the_response() -> Outcome {
    let (url, server) = serve(|mut stream| {
        let head = response(&request(&mut stream)?)?;
        stream.set_read_timeout(Some(Duration::from_millis(50)))?;
        let early = stream.peek(&mut [0]).map_err(|error| error.kind());
        assert!(matches!(early, Err(ErrorKind::WouldBlock | ErrorKind::TimedOut)), "{early:?}");
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        stream.write_all(head.as_bytes())?;
        let mut frame = [0; 11];
        stream.read_exact(&mut frame)?;
        assert_eq!(frame[..2], [0x81, 0x85]);
        Ok(())
    })?;
    let mut connection = Connection::connect(&url)?;
    connection.send("hello")?;
    join(server)
}

#[test]
fn a_response_byte_by_byte_is_understood() -> Outcome {
    let (url, server) = serve(|mut stream| {
        stream.set_nodelay(true)?;
        let head = response(&request(&mut stream)?)?;
        Ok(head.bytes().try_for_each(|byte| stream.write_all(&[byte]))?)
    })?;
    assert!(Connection::connect(&url)?.is_open());
    join(server)
}

#[test]
fn a_response_without_end_is_refused() -> Outcome {
    let (url, server) = serve(|mut stream| {
        request(&mut stream)?;
        stream.write_all(b"HTTP/1.1 101 Switching Protocols\r\nX: ")?;
        while stream.write_all(&[b'x'; 4096]).is_ok() {}
        Ok(())
    })?;
    let result = Connection::connect(&url);
    assert!(matches!(result, Err(ws::Error::Handshake(handshake::Error::HeadTooLarge(_)))), "{result:?}");
    join(server)
}

#[test]
fn an_application_answers_and_adds_headers() -> Outcome {
    let listener = socket_create_listen(0, None)?;
    let url = handshake::Url::parse(&format!("ws://127.0.0.1:{}/", socket_getsockname(&listener)?.1))?;
    let server = thread::spawn(move || -> Outcome {
        let acceptor = Acceptor::new();
        let mut refused = acceptor.upgrade(socket_accept(&listener)?);
        assert_eq!(refused.read()?.and_then(|request| request.header("Authorization")), None);
        refused.respond(handshake::Response::new(401).header("WWW-Authenticate", "Basic")?)?;

        let mut accepted = acceptor.upgrade(socket_accept(&listener)?);
        assert_eq!(accepted.read()?.and_then(|request| request.header("Authorization")), Some("Basic eDp5"));
        accepted.accept_with(|response| response.header("Set-Cookie", "session=聊天"))?;
        Ok(())
    });
    let dial = || -> Outcome<Socket> {
        let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
        socket_connect(&socket, url.host(), i32::from(url.port()))?;
        Ok(socket)
    };

    let mut opening = Connector::new().open(dial()?, &url)?;
    let result = opening.advance().map(|_| ());
    assert!(matches!(result, Err(ws::Error::Handshake(handshake::Error::Status(401)))), "{result:?}");
    assert_eq!(opening.response().and_then(|response| response.get("WWW-Authenticate")), Some("Basic"));

    let connector = Connector::new().handshake(handshake::Client::new().header("Authorization", "Basic eDp5")?);
    let mut opening = connector.open(dial()?, &url)?;
    assert!(opening.advance()?.is_some());
    assert_eq!(opening.response().and_then(|response| response.get("Set-Cookie")), Some("session=聊天"));
    join(server)
}

#[test]
fn nothing_is_read_behind_a_refused_request() -> Outcome {
    let (socket, mut client) = pair()?;
    socket_set_nonblock(&socket)?;
    let mut upgrade = Acceptor::new().upgrade(socket.clone());
    client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nno header\r\n\r\n")?;
    socket_select(&mut vec![socket.clone()], None, None, 10, None)?;
    let result = upgrade.read();
    assert!(matches!(result, Err(ws::Error::Handshake(handshake::Error::Malformed(_)))), "{result:?}");
    client.write_all(format!("{REQUEST}\r\n").as_bytes())?;
    socket_select(&mut vec![socket], None, None, 10, None)?;
    let result = upgrade.read();
    assert!(matches!(result, Err(ws::Error::Closed)), "{result:?}");
    Ok(())
}

#[test]
fn the_answer_to_a_head_is_one() -> Outcome {
    let (socket, mut client) = pair()?;
    client.write_all(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")?;
    client.shutdown(Shutdown::Write)?;
    let mut upgrade = Acceptor::new().upgrade(socket);
    upgrade.read()?;
    let result = upgrade.accept();
    assert!(matches!(result, Err(ws::Error::Handshake(handshake::Error::Method))), "{result:?}");
    drop(upgrade);
    let answer = rest(&mut client)?;
    assert!(answer.starts_with("HTTP/1.1 405 ") && answer.contains("\r\nContent-Length: "), "{answer}");
    assert_eq!(answer.find("\r\n\r\n"), Some(answer.len() - 4), "{answer}");
    Ok(())
}

#[test]
fn s21_a_page_does_not_wait_for_ever_for_a_client_that_never_reads() -> Outcome {
    let (socket, mut client) = pair()?;
    client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")?;
    let config = Config { send_timeout: Some(Duration::from_millis(100)), ..Config::server() };
    let (told, result) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let mut upgrade = Acceptor::new().config(config).upgrade(socket);
        let result = upgrade.read().map(|_| ());
        told.send(result.and_then(|()| upgrade.respond(handshake::Response::new(200).body(vec![b'x'; 64 << 20]))))
    });
    let result = result.recv_timeout(Duration::from_secs(10))?;
    assert!(matches!(result, Err(ws::Error::Timeout(Timeout::Send))), "{result:?}");
    Ok(())
}
