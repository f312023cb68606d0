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

/// What takes so long waits for ever, or for a deadline that it should not.
const LONG: Duration = Duration::from_secs(60);

const REQUEST: &str = "GET /chat HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                       Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";

/// A server's socket and a client's stream, which does not wait for ever.
fn pair() -> Outcome<(Socket, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let client = TcpStream::connect(listener.local_addr()?)?;
    client.set_read_timeout(Some(Duration::from_secs(60)))?;
    Ok((Socket::from(listener.accept()?.0), client))
}

/// Runs a server for one client, which is a stream of the standard library; returns its URL.
fn serve(serve: impl FnOnce(TcpStream) -> Outcome + Send + 'static) -> Outcome<(String, JoinHandle<Outcome>)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("ws://{}/", listener.local_addr()?);
    let server = thread::spawn(move || {
        let (stream, _) = listener.accept()?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
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
    client.set_write_timeout(Some(Duration::from_secs(60)))?;
    while sent < 20_000_000 {
        match client.write(&line) {
            Ok(count) => sent += count,
            Err(_) => break,
        }
    }
    assert!(sent < 20_000_000, "it takes 16 KiB, and 256 KiB that it discards");
    let result = server.join().expect("no panic");
    assert!(matches!(result, Err(ws::WebSocketError::Handshake(handshake::Error::HeadTooLarge(16_384)))), "{result:?}");
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

/// Many a client looks for the answer only when its whole body is sent.
#[test]
fn who_uploads_what_nobody_reads_gets_the_answer() -> Outcome {
    let (socket, mut client) = pair()?;
    let server = thread::spawn(move || -> Outcome {
        let mut upgrade = Acceptor::new().upgrade(socket);
        upgrade.read()?;
        upgrade.respond(handshake::Response::new(413))?;
        Ok(())
    });
    let body = vec![b'x'; 20 << 20];
    client.write_all(format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", body.len()).as_bytes())?;
    client.write_all(&body)?;
    client.shutdown(Shutdown::Write)?;
    assert!(rest(&mut client)?.starts_with("HTTP/1.1 413 Content Too Large\r\n"));
    join(server)
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
    assert!(matches!(result, Err(ws::WebSocketError::Timeout(Timeout::Handshake))), "{result:?}");
    assert!(time >= LIMIT && time < LONG, "{time:?}");
    Ok(())
}

#[test]
fn s02_a_client_has_ten_seconds_by_default() -> Outcome {
    let (socket, _client) = pair()?;
    let before = Instant::now();
    let deadline = Acceptor::new().upgrade(socket).deadline().ok_or("no deadline")?;
    let begun = deadline - Duration::from_secs(10);
    assert!(begun >= before && begun <= Instant::now(), "{:?}", deadline - before);
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
    assert!(matches!(result, Err(ws::WebSocketError::Timeout(Timeout::Handshake))), "{result:?}");
    assert!(start.elapsed() < LONG, "{:?}", start.elapsed());
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
        assert!(matches!(server.join().expect("no panic"), Err(ws::WebSocketError::Handshake(_))));
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
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
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
    assert!(matches!(result, Err(ws::WebSocketError::Handshake(handshake::Error::HeadTooLarge(_)))), "{result:?}");
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
        refused.respond(handshake::Response::new(401).with_header("WWW-Authenticate", "Basic")?)?;

        let mut accepted = acceptor.upgrade(socket_accept(&listener)?);
        assert_eq!(accepted.read()?.and_then(|request| request.header("Authorization")), Some("Basic eDp5"));
        accepted.accept_with(|response| response.with_header("Set-Cookie", "session=聊天"))?;
        Ok(())
    });
    let dial = || -> Outcome<Socket> {
        let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
        socket_connect(&socket, url.host(), i32::from(url.port()))?;
        Ok(socket)
    };

    let mut opening = Connector::new().open(dial()?, &url)?;
    let result = opening.advance().map(|_| ());
    assert!(matches!(&result, Err(ws::WebSocketError::Refused(response)) if response.status() == 401), "{result:?}");
    assert_eq!(opening.response().and_then(|response| response.header("WWW-Authenticate")), Some("Basic"));

    let connector = Connector::new().handshake(handshake::Client::new().header("Authorization", "Basic eDp5")?);
    let mut opening = connector.open(dial()?, &url)?;
    assert!(opening.advance()?.is_some());
    assert_eq!(opening.response().and_then(|response| response.header("Set-Cookie")), Some("session=聊天"));
    join(server)
}

/// The subprotocols of a path, the origins of a customer: known when the request is.
#[test]
fn what_is_wanted_may_depend_on_the_request() -> Outcome {
    let acceptor = Acceptor::new().handshake(handshake::Server::new().subprotocols(["chat"])?);
    let asked = format!("{REQUEST}Origin: http://other\r\nSec-WebSocket-Protocol: chat, mqtt\r\n\r\n");
    let (mut one, _client) = upgrade(&acceptor, asked.as_bytes())?;
    assert!(one.read()?.is_some());
    let origins = handshake::OriginPolicy::list(["http://other"]);
    one.set_handshake(handshake::Server::new().subprotocols(["mqtt"])?.origin(origins));
    assert_eq!(one.accept()?.subprotocol(), Some("mqtt"));
    // The acceptor is as before.
    let (mut two, _client) = upgrade(&acceptor, asked.as_bytes())?;
    assert!(two.read()?.is_some());
    assert!(matches!(two.accept().map(|_| ()), Err(ws::WebSocketError::Handshake(handshake::Error::Origin))));
    Ok(())
}

#[test]
fn nothing_is_read_behind_a_refused_request() -> Outcome {
    let (socket, mut client) = pair()?;
    socket_set_nonblock(&socket)?;
    let mut upgrade = Acceptor::new().upgrade(socket.clone());
    client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nno header\r\n\r\n")?;
    socket_select(&mut vec![socket.clone()], None, None, 10, None)?;
    let result = upgrade.read();
    assert!(matches!(result, Err(ws::WebSocketError::Handshake(handshake::Error::Malformed(_)))), "{result:?}");
    client.write_all(format!("{REQUEST}\r\n").as_bytes())?;
    socket_select(&mut vec![socket], None, None, 10, None)?;
    let result = upgrade.read();
    assert!(matches!(result, Err(ws::WebSocketError::Closed)), "{result:?}");
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
    assert!(matches!(result, Err(ws::WebSocketError::Handshake(handshake::Error::Method))), "{result:?}");
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
    let config = Config::server().send_timeout(Duration::from_millis(100));
    let (told, result) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let mut upgrade = Acceptor::new().config(config).upgrade(socket);
        let result = upgrade.read().map(|_| ());
        told.send(result.and_then(|()| upgrade.respond(handshake::Response::new(200).with_body(vec![b'x'; 64 << 20]))))
    });
    let result = result.recv_timeout(Duration::from_secs(60))?;
    assert!(matches!(result, Err(ws::WebSocketError::Timeout(Timeout::Send))), "{result:?}");
    Ok(())
}

/// A non-blocking server's side, with what a client has sent so far.
fn upgrade(acceptor: &Acceptor, sent: &[u8]) -> Outcome<(ws::Upgrade, TcpStream)> {
    let (socket, mut client) = pair()?;
    socket_set_nonblock(&socket)?;
    client.write_all(sent)?;
    if !sent.is_empty() {
        socket_select(&mut vec![&socket], None, None, 10, None)?;
    }
    Ok((acceptor.upgrade(socket), client))
}

#[test]
fn a_tick_swallows_no_request() -> Outcome {
    let (mut upgrade, _client) = upgrade(&Acceptor::new(), format!("{REQUEST}\r\n").as_bytes())?;
    upgrade.check_deadlines(Instant::now())?;
    assert!(upgrade.request().is_none(), "a tick reads nothing");
    assert!(upgrade.read()?.is_some_and(handshake::Request::is_upgrade));
    // Now it is the application's turn, which may take its time.
    assert_eq!(upgrade.deadline(), None);
    upgrade.check_deadlines(Instant::now() + Duration::from_secs(3600))?;
    assert!(upgrade.accept()?.is_open());
    Ok(())
}

#[test]
fn a_tick_answers_a_client_whose_time_is_over() -> Outcome {
    let (mut upgrade, mut client) = upgrade(&Acceptor::new(), REQUEST.as_bytes())?;
    assert!(upgrade.read()?.is_none());
    let deadline = upgrade.deadline().ok_or("no deadline")?;
    upgrade.check_deadlines(deadline - Duration::from_millis(1))?;
    let result = upgrade.check_deadlines(deadline);
    assert!(matches!(result, Err(ws::WebSocketError::Timeout(Timeout::Handshake))), "{result:?}");
    // What comes now is not a request any more.
    client.write_all(b"\r\n")?;
    let result = upgrade.read();
    assert!(matches!(result, Err(ws::WebSocketError::Closed)), "{result:?}");
    assert!(rest(&mut client)?.starts_with("HTTP/1.1 408 "));
    Ok(())
}

#[test]
fn a_tick_tells_of_a_client_that_does_not_take_its_answer() -> Outcome {
    let (mut upgrade, _client) = upgrade(&Acceptor::new(), b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")?;
    assert!(upgrade.read()?.is_some() && !upgrade.wants_write());
    assert_eq!(upgrade.interest(), ws::Interest::Read);
    assert!(!upgrade.respond(handshake::Response::new(200).with_body(vec![b'x'; 64 << 20]))?);
    assert!(upgrade.wants_write() && upgrade.interest() == ws::Interest::Write);
    upgrade.check_deadlines(Instant::now())?;
    let deadline = upgrade.deadline().ok_or("no deadline")?;
    assert!(deadline > Instant::now() + Duration::from_secs(1), "it is another one than the request's");
    let result = upgrade.check_deadlines(deadline);
    assert!(matches!(result, Err(ws::WebSocketError::Timeout(Timeout::Send))), "{result:?}");
    Ok(())
}

#[test]
fn messages_that_came_with_the_request_need_no_wait() -> Outcome {
    let sent = [REQUEST.as_bytes(), b"\r\n\x81\x85\0\0\0\0hello\x81\x85\0\0\0\0world"].concat();
    let (mut upgrade, _client) = upgrade(&Acceptor::new(), &sent)?;
    assert!(upgrade.read()?.is_some());
    let mut connection = upgrade.accept()?;
    let mut buffer = Vec::new();
    assert_eq!(connection.next(&mut buffer)?, Some(Message::Text("hello")));
    assert_eq!(connection.next(&mut buffer)?, Some(Message::Text("world")));
    assert_eq!(connection.next(&mut buffer)?, None);
    // A non-blocking connection does not wait, and nothing is lost.
    let error = connection.read(&mut buffer).expect_err("nothing has come");
    assert!(error.would_block() && connection.is_open(), "{error}");
    Ok(())
}

#[test]
fn a_large_head_is_taken_where_it_is_allowed() -> Outcome {
    let head = format!("{REQUEST}Authorization: {}\r\n\r\n", "x".repeat(40 * 1024));
    let limits = handshake::Limits::new().max_head(64 * 1024);
    for (server, accepted) in [(handshake::Server::new(), false), (handshake::Server::new().limits(limits), true)] {
        let (socket, mut client) = pair()?;
        let serving = thread::spawn(move || Acceptor::new().handshake(server).accept(socket).map(|_| ()));
        client.write_all(head.as_bytes())?;
        client.shutdown(Shutdown::Write)?;
        let answer = rest(&mut client)?;
        assert!(answer.starts_with(if accepted { "HTTP/1.1 101 " } else { "HTTP/1.1 431 " }), "{answer}");
        assert_eq!(serving.join().expect("no panic").is_ok(), accepted);
    }
    for (client, accepted) in [(handshake::Client::new(), false), (handshake::Client::new().limits(limits), true)] {
        let (url, server) = serve(|mut stream| {
            let head = response(&request(&mut stream)?)?;
            let cookie = "x".repeat(40 * 1024);
            // A client that does not take it may be gone.
            let _ = stream.write_all(head.replacen("\r\n", &format!("\r\nSet-Cookie: {cookie}\r\n"), 1).as_bytes());
            Ok(())
        })?;
        assert_eq!(Connector::new().handshake(client).connect(&url).is_ok(), accepted);
        join(server)?;
    }
    Ok(())
}

#[test]
fn answers_before_the_last_are_skipped() -> Outcome {
    for count in [0, 1, 3, 16, 17] {
        let (url, server) = serve(move |mut stream| {
            let head = response(&request(&mut stream)?)?;
            let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n\
                           HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
            let interim: Vec<_> = interim.split_inclusive("\r\n\r\n").cycle().take(count).collect();
            stream.write_all(format!("{}{head}", interim.concat()).as_bytes())?;
            stream.write_all(b"\x81\x05hello")?;
            Ok(())
        })?;
        let result = Connection::connect(&url);
        if count > 16 {
            assert!(matches!(result, Err(ws::WebSocketError::Handshake(handshake::Error::Malformed(_)))), "{result:?}");
        } else {
            assert_eq!(result?.read(&mut Vec::new())?, Message::Text("hello"), "{count}");
        }
        join(server)?;
    }
    Ok(())
}

/// What a client is told of an answer that is no WebSocket.
fn refusal(
    limit: Duration,
    answer: impl FnOnce(&mut TcpStream) -> Outcome + Send + 'static,
) -> Outcome<handshake::Response> {
    let (url, server) = serve(|mut stream| {
        request(&mut stream)?;
        answer(&mut stream)?;
        // Not ending it is of no help: the client knows its end, or its time is over.
        let _ = stream.read(&mut [0]);
        Ok(())
    })?;
    let mut opening = Connector::new().timeout(limit).open_url(&url)?;
    let result = opening.advance();
    join(server)?;
    assert!(matches!(opening.advance(), Err(ws::WebSocketError::Closed)), "it is told once");
    match result {
        Err(ws::WebSocketError::Refused(response)) => Ok(*response),
        result => Err(format!("{result:?}").into()),
    }
}

/// A balancer's cookie, a session's number: they stand in the answer 101.
#[test]
fn the_answer_to_an_upgrade_is_within_reach() -> Outcome {
    let (url, server) = serve(|mut stream| {
        let answer = response(&request(&mut stream)?)?.replace("Upgrade: ", "Set-Cookie: a=b\r\nUpgrade: ");
        stream.write_all(&[answer.as_bytes(), b"\x81\x02hi"].concat())?;
        assert_eq!(stream.read(&mut [0; 100])?, 6, "a Close");
        Ok(())
    })?;
    let mut opening = Connector::new().open_url(&url)?;
    let mut connection = opening.advance()?.ok_or("it waits")?;
    assert_eq!(opening.response().and_then(|answer| answer.header("set-cookie")), Some("a=b"));
    assert_eq!(connection.read(&mut Vec::new())?, Message::Text("hi"));
    connection.close(None)?;
    join(server)?;
    // One who never answers is left when the time is over.
    let (url, server) = serve(|mut stream| {
        request(&mut stream)?;
        assert_eq!(rest(&mut stream)?, "");
        Ok(())
    })?;
    let mut opening = Connector::new().timeout(Duration::from_millis(100)).open_url(&url)?;
    let result = opening.advance().map(|_| ());
    assert!(matches!(result, Err(ws::WebSocketError::Timeout(Timeout::Handshake))), "{result:?}");
    drop(opening);
    join(server)
}

#[test]
fn a_refusal_is_within_reach() -> Outcome {
    let start = Instant::now();
    let response = refusal(2 * LONG, |stream| {
        stream.write_all(b"HTTP/1.1 401 X\r\nWWW-Authenticate: Basic\r\nContent-Length: 5\r\n\r\nhello")?;
        Ok(())
    })?;
    assert_eq!((response.status(), response.header("www-authenticate")), (401, Some("Basic")));
    assert_eq!(response.body(), b"hello");
    let response = refusal(2 * LONG, |stream| {
        stream.write_all(b"HTTP/1.1 503 X\r\nRetry-After: 7\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n")?;
        Ok(stream.write_all(b"3\r\nllo\r\n0\r\n\r\n")?)
    })?;
    assert_eq!((response.header("Retry-After"), response.body()), (Some("7"), &b"hello"[..]));
    let response = refusal(2 * LONG, |stream| {
        stream.write_all(b"HTTP/1.0 403 X\r\n\r\nhello")?;
        Ok(stream.shutdown(Shutdown::Write)?)
    })?;
    assert_eq!((response.status(), response.body()), (403, &b"hello"[..]));
    assert_eq!(refusal(2 * LONG, |stream| Ok(stream.write_all(b"HTTP/1.1 204 X\r\n\r\n")?))?.body(), b"");
    assert!(start.elapsed() < LONG, "none of them waits for the deadline: {:?}", start.elapsed());
    Ok(())
}

#[test]
fn a_refusal_without_end_is_cut() -> Outcome {
    let response = refusal(2 * LONG, |stream| {
        stream.write_all(b"HTTP/1.1 404 X\r\n\r\n")?;
        while stream.write_all(&[b'x'; 4096]).is_ok() {}
        Ok(())
    })?;
    assert_eq!((response.status(), response.body().len()), (404, handshake::MAX_RESPONSE_BODY));
    // One that stops in the middle: what came by the deadline.
    let start = Instant::now();
    let response = refusal(Duration::from_secs(4), |stream| {
        Ok(stream.write_all(b"HTTP/1.1 404 X\r\nContent-Length: 9\r\n\r\nhello")?)
    })?;
    assert_eq!((response.status(), response.body()), (404, &b"hello"[..]));
    assert!(start.elapsed() < LONG, "{:?}", start.elapsed());
    Ok(())
}

/// A server of mail, of SSH, of Redis speaks first or answers in its own way, and then waits.
#[test]
fn a_server_that_speaks_something_else_is_not_waited_for() -> Outcome {
    for words in
        ["220 mail.example ESMTP\r\n", "SSH-2.0-OpenSSH_9.6\r\n", "-ERR wrong number of arguments\r\n", "\r\nHTT!"]
    {
        let (url, server) = serve(move |mut stream| {
            stream.write_all(words.as_bytes())?;
            request(&mut stream)?;
            assert_eq!(rest(&mut stream)?, "", "the client leaves");
            Ok(())
        })?;
        let start = Instant::now();
        let error = Connector::new().timeout(2 * LONG).connect(&url).map(|_| ()).expect_err("it is not HTTP");
        assert_eq!(error.to_string(), "malformed HTTP head: start line", "{words:?}");
        assert!(start.elapsed() < LONG, "{words:?}: {:?}", start.elapsed());
        join(server)?;
    }
    Ok(())
}

/// "The connection is closed" would be what one's own `close()` says.
#[test]
fn a_server_that_leaves_instead_of_answering_is_named() -> Outcome {
    for words in ["", "HTTP/1.1 101 Switching Protocols\r\nUpgr"] {
        let (url, server) = serve(move |mut stream| {
            request(&mut stream)?;
            Ok(stream.write_all(words.as_bytes())?)
        })?;
        let error = Connection::connect(&url).map(|_| ()).expect_err("there is no answer");
        assert_eq!(error.to_string(), "the server ended the connection before its answer was complete", "{words:?}");
        assert!(matches!(error, ws::WebSocketError::Io(error) if error.kind() == ErrorKind::UnexpectedEof));
        join(server)?;
    }
    Ok(())
}

/// "Try again, nothing is lost" would be wrong: the stream is.
#[test]
fn a_stream_that_does_not_wait_is_refused_with_what_to_do() -> Outcome {
    let (socket, _client) = pair()?;
    socket_set_nonblock(&socket)?;
    let error = Connection::accept(socket).map(|_| ()).expect_err("it cannot wait for the request");
    assert!(!error.would_block());
    assert_eq!(error.to_string(), "the stream is non-blocking, for which there is Acceptor::upgrade");
    Ok(())
}

#[test]
fn small_messages_do_not_wait_for_acknowledgements() -> Outcome {
    let listener = socket_create_listen(0, None)?;
    let url = format!("ws://127.0.0.1:{}/", socket_getsockname(&listener)?.1);
    let client = thread::spawn(move || Connection::connect(&url));
    let server = Connection::accept(socket_accept(&listener)?)?;
    let client = client.join().expect("no panic")?;
    for socket in [server.stream(), client.stream().socket()] {
        assert_eq!(socket_get_option(socket, SOL_TCP, TCP_NODELAY)?, OptionValue::Int(1));
    }
    Ok(())
}

#[test]
fn a_reset_is_an_abnormal_close() -> Outcome {
    let (socket, mut client) = pair()?;
    client.write_all(format!("{REQUEST}\r\n").as_bytes())?;
    let mut connection = Connection::accept(socket)?;
    // Closing with something unread resets the connection.
    assert!(client.peek(&mut [0])? > 0);
    drop(client);
    let mut buffer = Vec::new();
    assert_eq!(connection.read(&mut buffer)?, Message::Close(Some(ws::CloseFrame::ABNORMAL)));
    let result = connection.read(&mut buffer);
    assert!(matches!(result, Err(ws::WebSocketError::Closed)), "{result:?}");
    Ok(())
}

#[cfg(not(feature = "tls"))]
#[test]
fn tls_without_its_feature_says_which_it_is() {
    let result = Connection::connect("wss://127.0.0.1:1/");
    let Err(ws::WebSocketError::Io(error)) = result else { panic!("{result:?}") };
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("feature `tls`"), "{error}");
}

/// What `connect` gives keeps the deadlines from the start, not from the first read on.
#[test]
fn s21_a_client_that_only_sends_does_not_wait_for_ever() -> Outcome {
    let (release, released) = std::sync::mpsc::channel::<()>();
    let (url, server) = serve(move |mut stream| {
        let head = response(&request(&mut stream)?)?;
        stream.write_all(head.as_bytes())?;
        // It reads nothing more.
        let _ = released.recv();
        Ok(())
    })?;
    let config = Config::client().send_timeout(Duration::from_millis(100));
    let (told, result) = std::sync::mpsc::channel();
    thread::spawn(move || -> Outcome {
        let mut connection = Connector::new().config(config).connect(&url)?;
        Ok(told.send(connection.send(&vec![0; 64 << 20]))?)
    });
    let result = result.recv_timeout(Duration::from_secs(60))?;
    assert!(matches!(result, Err(ws::WebSocketError::Timeout(Timeout::Send))), "{result:?}");
    drop(release);
    join(server)
}

/// The name has addresses of two families, most likely; the server listens on one of them.
#[test]
fn every_address_of_a_name_is_tried() -> Outcome {
    for address in ["127.0.0.1:0", "[::1]:0"] {
        let Ok(listener) = TcpListener::bind(address) else { continue };
        let url = format!("ws://localhost:{}/", listener.local_addr()?.port());
        if !std::net::ToSocketAddrs::to_socket_addrs(&("localhost", 80))?
            .any(|found| listener.local_addr().is_ok_and(|address| address.ip() == found.ip()))
        {
            continue;
        }
        let server =
            thread::spawn(move || -> Outcome { Ok(Connection::accept(Socket::from(listener.accept()?.0))?.finish()?) });
        Connection::connect(&url)?.finish()?;
        join(server)?;
    }
    Ok(())
}

#[test]
fn a_silent_client_is_cut() -> Outcome {
    const LIMIT: Duration = Duration::from_millis(100);
    let (socket, mut client) = pair()?;
    let (told, result) = std::sync::mpsc::channel();
    thread::spawn(move || told.send(Acceptor::new().timeout(LIMIT).accept(socket).map(|_| ())));
    assert!(rest(&mut client)?.starts_with("HTTP/1.1 408 "));
    drop(client);
    let result = result.recv_timeout(Duration::from_secs(60))?;
    assert!(matches!(result, Err(ws::WebSocketError::Timeout(Timeout::Handshake))), "{result:?}");
    Ok(())
}

#[test]
fn one_who_leaves_in_the_middle_of_a_head_has_left() -> Outcome {
    let (mut upgrade, client) = upgrade(&Acceptor::new(), REQUEST.as_bytes())?;
    assert!(upgrade.read()?.is_none());
    drop(client);
    socket_select(&mut vec![upgrade.stream().ok_or("no stream")?], None, None, 10, None)?;
    let result = upgrade.read();
    assert!(matches!(result, Err(ws::WebSocketError::Closed)), "{result:?}");
    Ok(())
}

/// A reset would overtake the answer: one who is refused is listened to for a while.
#[test]
fn a_refused_client_that_goes_on_sending_gets_its_answer() -> Outcome {
    let (socket, mut client) = pair()?;
    let server = thread::spawn(move || Connection::accept(socket).map(|_| ()));
    client.write_all(b"no request\r\n\r\n")?;
    let mut start = [0; 13];
    client.read_exact(&mut start)?;
    assert_eq!(&start, b"HTTP/1.1 400 ");
    for _ in 0..20 {
        client.write_all(&[b'x'; 10_000])?;
    }
    client.shutdown(Shutdown::Write)?;
    assert!(rest(&mut client)?.ends_with("malformed HTTP head: start line\n"));
    assert!(server.join().expect("no panic").is_err());
    Ok(())
}

/// A time that no clock can tell is as good as never; and so are none, and zero.
#[test]
fn the_longest_time_is_no_deadline() -> Outcome {
    for time in [Some(Duration::MAX), Some(Duration::ZERO), None] {
        let (url, server) = serve(move |stream| {
            Acceptor::new().timeout(time).accept(stream)?.send("in time")?;
            Ok(())
        })?;
        let mut connection = Connector::new().timeout(time).connect(&url)?;
        assert_eq!(connection.read(&mut Vec::new())?, Message::Text("in time"));
        join(server)?;
    }
    Ok(())
}

/// For an application that speaks more HTTP.
#[test]
fn an_upgrade_is_taken_apart() -> Outcome {
    let (mut upgrade, mut client) =
        upgrade(&Acceptor::new(), b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody")?;
    while upgrade.read()?.is_none() {}
    let (stream, request, rest) = upgrade.into_parts();
    assert_eq!((request.map(|request| request.method().to_owned()).as_deref(), &*rest), (Some("POST"), &b"body"[..]));
    socket_write(&stream.ok_or("no stream")?, "its own answer", None)?;
    let mut answer = [0; 14];
    client.read_exact(&mut answer)?;
    assert_eq!(&answer, b"its own answer");
    Ok(())
}

/// A zone means something on this machine only.
#[cfg(target_os = "linux")]
#[test]
fn a_zone_leads_to_the_server_and_is_not_told() -> Outcome {
    let listener = TcpListener::bind("[::1]:0")?;
    let port = listener.local_addr()?.port();
    let server = thread::spawn(move || -> Outcome<String> {
        let (mut stream, _) = listener.accept()?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        let request = request(&mut stream)?;
        stream.write_all(response(&request)?.as_bytes())?;
        Ok(request)
    });
    assert!(Connection::connect(&format!("ws://[::1%251]:{port}/"))?.is_open());
    let request = server.join().expect("no panic")?;
    assert!(request.contains(&format!("\r\nHost: [::1]:{port}\r\n")), "{request}");
    Ok(())
}
