//! Requests with a body, over one stream.

use std::{
    error::Error,
    io::{ErrorKind, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    thread,
    time::{Duration, Instant},
};

use php_sockets::{
    ws::{
        Acceptor, Interest, Timeout, Upgrade, WebSocketError,
        handshake::{self, Response},
    },
    *,
};

type Outcome<T = ()> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const LONG: Duration = Duration::from_secs(60);
const HEAD: &str = "POST /a HTTP/1.1\r\nHost: a\r\n";
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// A server's socket and a client's stream, which does not wait for ever.
fn pair() -> Outcome<(Socket, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let client = TcpStream::connect(listener.local_addr()?)?;
    client.set_read_timeout(Some(LONG))?;
    client.set_nodelay(true)?;
    Ok((Socket::from(listener.accept()?.0), client))
}

fn acceptor() -> Acceptor {
    Acceptor::new().max_body(1 << 20)
}

/// A non-blocking one, to which this has come.
fn upgrade(acceptor: &Acceptor, sent: &[u8]) -> Outcome<(Upgrade, TcpStream)> {
    let (socket, mut client) = pair()?;
    socket_set_nonblock(&socket)?;
    client.write_all(sent)?;
    wait(&socket)?;
    Ok((acceptor.upgrade(socket), client))
}

fn wait(socket: &Socket) -> Result<()> {
    socket_select(&mut vec![socket], None, None, 60, None).map(|_| ())
}

#[test]
fn a_blocking_stream_gives_the_request_with_its_body() -> Outcome {
    for rest in ["Content-Length: 6\r\n\r\n你好", "Transfer-Encoding: chunked\r\n\r\n3\r\n你\r\n3\r\n好\r\n0\r\n\r\n"]
    {
        let (socket, mut client) = pair()?;
        let server = thread::spawn(move || -> Outcome<Vec<u8>> {
            let mut upgrade = acceptor().upgrade(socket);
            let body = upgrade.read()?.ok_or("it is blocking")?.body().to_vec();
            upgrade.respond(Response::new(204))?;
            Ok(body)
        });
        for byte in [HEAD, rest].concat().bytes() {
            client.write_all(&[byte])?;
        }
        let mut answer = String::new();
        client.read_to_string(&mut answer)?;
        assert!(answer.starts_with("HTTP/1.1 204 No Content\r\n"), "{answer}");
        assert_eq!(server.join().expect("no panic")?, "你好".as_bytes());
    }
    Ok(())
}

#[test]
fn a_blocking_server_says_100_when_the_body_is_to_come() -> Outcome {
    let (socket, mut client) = pair()?;
    let server = thread::spawn(move || -> Outcome<usize> {
        Ok(acceptor().upgrade(socket).read()?.ok_or("it is blocking")?.body().len())
    });
    client.write_all(format!("{HEAD}Expect: 100-continue\r\nContent-Length: 200000\r\n\r\n").as_bytes())?;
    let mut told = [0; CONTINUE.len()];
    client.read_exact(&mut told)?;
    assert_eq!(told, CONTINUE);
    client.write_all(&vec![b'x'; 200_000])?;
    assert_eq!(server.join().expect("no panic")?, 200_000);
    Ok(())
}

#[test]
fn the_deadline_covers_the_body() -> Outcome {
    let (socket, mut client) = pair()?;
    let server =
        thread::spawn(move || acceptor().timeout(Duration::from_millis(300)).upgrade(socket).read().map(|_| ()));
    client.write_all(format!("{HEAD}Content-Length: 1000000\r\n\r\n").as_bytes())?;
    // A byte each five milliseconds, for as long as there is no answer.
    client.set_read_timeout(Some(Duration::from_millis(5)))?;
    let started = Instant::now();
    let mut answer = [0; 12];
    loop {
        match client.read(&mut answer) {
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            result => break assert_eq!(result?, answer.len()),
        }
        // The answer may be there by now, and the connection over.
        let _ = client.write_all(b"x");
        assert!(started.elapsed() < LONG);
    }
    assert_eq!(&answer, b"HTTP/1.1 408");
    drop(client);
    let result = server.join().expect("no panic");
    assert!(matches!(result, Err(WebSocketError::Timeout(Timeout::Handshake))), "{result:?}");
    Ok(())
}

#[test]
fn a_non_blocking_one_gives_it_when_all_is_there() -> Outcome {
    let (mut upgrade, mut client) =
        upgrade(&acceptor(), format!("{HEAD}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n").as_bytes())?;
    let socket = upgrade.stream().ok_or("no stream")?.clone();
    for part in ["", "he", "l", "lo"] {
        client.write_all(part.as_bytes())?;
        if !part.is_empty() {
            wait(&socket)?;
        }
        let is_there = upgrade.read()?.map(|request| request.body() == b"hello");
        assert_eq!(is_there, (part == "lo").then_some(true));
        assert_eq!(upgrade.request().is_some(), part == "lo");
        assert_eq!(upgrade.deadline().is_none(), part == "lo");
        assert_eq!(upgrade.interest(), Interest::Read);
    }
    assert!(upgrade.respond(Response::new(200))?);
    drop((upgrade, socket));
    let mut answer = Vec::new();
    client.read_to_end(&mut answer)?;
    assert!(answer.starts_with(&[CONTINUE, b"HTTP/1.1 200 OK\r\n"].concat()));
    Ok(())
}

#[test]
fn who_is_late_with_the_body_is_told() -> Outcome {
    let (mut upgrade, mut client) = upgrade(&acceptor(), format!("{HEAD}Content-Length: 5\r\n\r\nhell").as_bytes())?;
    assert!(upgrade.read()?.is_none());
    upgrade.check_deadlines(Instant::now())?;
    let late = Instant::now() + Duration::from_secs(10);
    assert!(matches!(upgrade.check_deadlines(late), Err(WebSocketError::Timeout(Timeout::Handshake))));
    client.write_all(b"o")?;
    // What comes behind the answer does not complete the request.
    assert!(matches!(upgrade.read(), Err(WebSocketError::Closed)));
    assert!(upgrade.request().is_none() && matches!(upgrade.accept(), Err(WebSocketError::Closed)));
    drop(upgrade);
    let mut answer = [0; 12];
    client.read_exact(&mut answer)?;
    assert_eq!(&answer, b"HTTP/1.1 408");
    Ok(())
}

#[test]
fn a_refused_body_makes_no_request() -> Outcome {
    for (rest, expected) in [
        ("Content-Length: 1048577\r\n\r\n", handshake::Error::BodyTooLarge(1 << 20)),
        ("Content-Length: 1\r\nContent-Length: 2\r\n\r\n", handshake::Error::ContentLength),
        ("Transfer-Encoding: chunked\r\n\r\nx", handshake::Error::MalformedBody("what frames a chunk")),
    ] {
        let (mut upgrade, client) = upgrade(&acceptor(), format!("{HEAD}Expect: 100-continue\r\n{rest}").as_bytes())?;
        let error = upgrade.read().expect_err("it is refused");
        assert!(matches!(error, WebSocketError::Handshake(error) if error == expected), "{rest}: {error:?}");
        assert!(matches!(upgrade.read(), Err(WebSocketError::Closed)));
        assert!(upgrade.request().is_none() && upgrade.into_parts().1.is_none());
        let mut answer = String::new();
        (&client).take(12).read_to_string(&mut answer)?;
        assert_eq!(answer, format!("HTTP/1.1 {}", expected.status()));
    }
    // The answer to HEAD has no body, whatever is wrong.
    let (mut upgrade, client) = upgrade(&acceptor(), b"HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n")?;
    assert!(upgrade.read().is_err());
    drop(upgrade);
    let mut answer = String::new();
    let _ = (&client).read_to_string(&mut answer);
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.ends_with("\r\n\r\n"), "{answer}");
    Ok(())
}

#[test]
fn who_leaves_in_the_middle_is_gone() -> Outcome {
    let (mut upgrade, client) = upgrade(&acceptor(), format!("{HEAD}Content-Length: 5\r\n\r\nhell").as_bytes())?;
    assert!(upgrade.read()?.is_none());
    client.shutdown(Shutdown::Write)?;
    wait(upgrade.stream().ok_or("no stream")?)?;
    assert!(matches!(upgrade.read(), Err(WebSocketError::Closed)));
    assert!(upgrade.request().is_none());
    Ok(())
}

/// For an application that speaks more HTTP.
#[test]
fn what_lies_behind_a_body_is_kept() -> Outcome {
    let sent = format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nGET / HTTP/1.1\r\n");
    let (mut upgrade, _client) = upgrade(&acceptor(), sent.as_bytes())?;
    assert!(upgrade.read()?.is_some());
    let (_, request, rest) = upgrade.into_parts();
    assert_eq!((request.ok_or("no request")?.body(), &*rest), (&b"hello"[..], &b"GET / HTTP/1.1\r\n"[..]));
    Ok(())
}
