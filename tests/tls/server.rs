//! `Server` over TLS: who speaks no TLS, who is slow, what is coalesced, that nothing spins.

use std::{
    io::{self, Read, Write},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use php_sockets::{
    ws::{
        CloseCode, CloseFrame, Config, Connector, Message, Opening, Overflow, ReadWrite, Transport, Unsendable,
        WebSocketError,
        handshake::{Response, Url},
        server::Callbacks,
        tls::{
            Certificates,
            rustls::{ClientConnection, StreamOwned},
        },
    },
    *,
};

use super::support::{Authority, LONG, Outcome, Running, certificates, client, eventually};

fn read_all(mut socket: Socket) -> Outcome<Vec<u8>> {
    let mut bytes = Vec::new();
    match socket.read_to_end(&mut bytes) {
        // What is unread at the other side's end is a reset.
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {}
        result => drop(result?),
    }
    Ok(bytes)
}

#[test]
fn plain_http_is_answered_in_plain_http() -> Outcome {
    let authority = Authority::new()?;
    let server = Running::echo(&certificates(&authority)?)?;
    let post = "POST /x HTTP/1.1\r\n\r\n".to_owned() + &"x".repeat(150_000);
    for request in ["GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", &post] {
        let mut socket = server.socket()?;
        socket.write_all(request.as_bytes())?;
        let answer = String::from_utf8(read_all(socket)?)?;
        assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{answer:?}");
        assert!(
            answer.ends_with("\r\n\r\nThis port speaks TLS: the address begins with https or wss.\n"),
            "{answer:?}"
        );
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())), "{answer:?}");
    }
    server.stop()?;
    Ok(())
}

#[test]
fn what_is_neither_gets_an_alert() -> Outcome {
    let authority = Authority::new()?;
    let server = Running::echo(&certificates(&authority)?)?;
    let mut socket = server.socket()?;
    // Much, so that a connection that ended at once would be reset before the alert is read.
    socket.write_all(&[0xAA; 200_000])?;
    let answer = read_all(socket)?;
    assert_eq!(answer.first(), Some(&21), "an alert: {answer:?}");
    let handle = server.handle.clone();
    server.stop()?;
    assert_eq!(handle.metrics().refused_request, 1);
    Ok(())
}

#[test]
fn one_deadline_holds_over_tls_and_the_request() -> Outcome {
    let authority = Authority::new()?;
    let config = certificates(&authority)?.server_config()?;
    let server = Running::start(|server| server.tls(config).handshake_timeout(Duration::from_secs(1)), Callbacks::new)?;
    // The head of a ClientHello, then one byte at a time, for as long as the server takes any.
    let mut socket = server.socket()?;
    let started = Instant::now();
    socket.write_all(&[22, 3, 1, 2, 0])?;
    socket_set_option(&socket, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 0, usec: 100_000 })?;
    let mut byte = [0];
    while started.elapsed() < LONG {
        if socket.write_all(&[1]).is_err() {
            break;
        }
        match socket.read(&mut byte) {
            Ok(0) => break,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => break,
            Ok(_) => {}
        }
    }
    assert!(started.elapsed() < LONG, "{:?}", started.elapsed());
    let handle = server.handle.clone();
    server.stop()?;
    assert_eq!(handle.metrics().refused_late, 1);
    Ok(())
}

#[test]
fn a_certificate_is_renewed_while_the_server_runs() -> Outcome {
    let (one, two) = (Authority::new()?, Authority::new()?);
    let directory = tempfile::tempdir()?;
    let paths = ["certificate.pem", "key.pem"].map(|name| directory.path().join(name));
    let write = |authority: &Authority| -> Outcome {
        for (path, text) in paths.iter().zip(authority.issue(&["localhost"])?) {
            std::fs::write(path, text)?;
        }
        Ok(())
    };
    write(&one)?;
    let certificates = Certificates::load(&paths[0], &paths[1])?;
    let server = Running::echo(&certificates)?;
    let mut old = client(&server.url(), one.client_config()?)?;

    write(&two)?;
    client(&server.url(), two.client_config()?).expect_err("nobody has loaded it");
    certificates.reload()?;
    let mut new = client(&server.url(), two.client_config()?)?;
    client(&server.url(), one.client_config()?).expect_err("the old one is gone");

    // What cannot be loaded changes nothing.
    std::fs::write(&paths[1], "")?;
    let error = certificates.reload().expect_err("no key").to_string();
    assert!(error.starts_with(&*paths[1].to_string_lossy()) && error.contains("it has no private key"), "{error}");
    client(&server.url(), two.client_config()?)?;

    let mut buffer = Vec::new();
    for connection in [&mut old, &mut new] {
        connection.send("你好")?;
        assert_eq!(connection.read(&mut buffer)?, Message::Text("你好"));
    }
    drop((old, new));
    server.stop()?;
    Ok(())
}

#[test]
fn a_name_chooses_the_certificate() -> Outcome {
    let (one, two) = (Authority::new()?, Authority::new()?);
    let directory = tempfile::tempdir()?;
    let mut paths = Vec::new();
    for (authority, name) in [(&one, "127.0.0.1"), (&two, "localhost")] {
        for (what, text) in ["pem", "key"].iter().zip(authority.issue(&[name])?) {
            let path = directory.path().join(format!("{name}.{what}"));
            std::fs::write(&path, text)?;
            paths.push(path);
        }
    }
    let certificates = Certificates::load(&paths[0], &paths[1])?.and(&paths[2], &paths[3])?;
    let server = Running::echo(&certificates)?;
    client(&format!("wss://127.0.0.1:{}/", server.port), one.client_config()?)?;
    client(&server.url(), two.client_config()?)?;
    server.stop()?;
    Ok(())
}

#[test]
fn who_is_refused_is_told_why() -> Outcome {
    let authority = Authority::new()?;
    let config = certificates(&authority)?.server_config()?;
    let server = Running::start(|server| server.tls(config).max_connections(1), Callbacks::new)?;
    let first = client(&server.url(), authority.client_config()?)?;
    let error = client(&server.url(), authority.client_config()?).expect_err("the server is full");
    assert_eq!(error.to_string(), "the server answered with HTTP status 503");
    drop(first);
    server.stop()?;
    Ok(())
}

/// What TLS holds back from a turn is read in the next one, though nothing arrives that would wake the server.
#[test]
fn a_body_is_read_whole() -> Outcome {
    let authority = Authority::new()?;
    let config = certificates(&authority)?.server_config()?;
    let server = Running::start(
        |server| server.tls(config).max_body(2 << 20).max_read_per_turn(1),
        || Callbacks::new().onrequest(|_, request| Response::new(200).with_body(request.body()).into()),
    )?;
    let bytes: Vec<u8> = (0..1_000_000_u32).map(|number| number.to_le_bytes()[0]).collect();
    let chunked = [format!("{:x}\r\n", bytes.len()).as_bytes(), &bytes, b"\r\n0\r\n\r\n"].concat();
    let length = format!("Content-Length: {}", bytes.len());
    for (field, body) in [(&*length, &bytes), ("Transfer-Encoding: chunked", &chunked)] {
        let mut stream = Transport::tls_client(server.socket()?, authority.client_config()?, "localhost")?;
        stream
            .write_all(format!("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n{field}\r\n\r\n").as_bytes())?;
        let mut told = [0; 25];
        stream.read_exact(&mut told)?;
        assert_eq!(told, *b"HTTP/1.1 100 Continue\r\n\r\n");
        stream.write_all(body)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        assert!(answer.starts_with(b"HTTP/1.1 200 OK\r\n") && answer.ends_with(&bytes), "{} bytes", answer.len());
    }
    server.stop()?;
    Ok(())
}

#[test]
fn an_end_without_close_notify_is_none() -> Outcome {
    let authority = Authority::new()?;
    let config = certificates(&authority)?.server_config()?;
    let (sender, ends) = mpsc::channel();
    let server = Running::start(
        |server| server.tls(config),
        move || {
            Callbacks::new().onclose(move |_, end| {
                let end = end.map(|frame| frame.code.0).map_err(|error| error.to_string());
                sender.send(end).expect("the test waits");
            })
        },
    )?;
    let connection = client(&server.url(), authority.client_config()?)?;
    // The socket ends, TLS does not say so.
    socket_shutdown(connection.stream().socket(), 1)?;
    assert_eq!(ends.recv_timeout(LONG)?, Ok(CloseCode::ABNORMAL.0));
    drop(connection);

    // The other way round: a whole message, and then the end of TLS, without one of the WebSocket.
    let mut connection = client(&server.url(), authority.client_config()?)?;
    connection.send("x")?;
    drop(connection);
    assert_eq!(ends.recv_timeout(LONG)?, Ok(CloseCode::ABNORMAL.0));
    server.stop()?;
    Ok(())
}

/// Much of what waits is encrypted already.
#[test]
fn who_is_terminated_is_sent_nothing_more() -> Outcome {
    let authority = Authority::new()?;
    let config = certificates(&authority)?.server_config()?;
    let (sender, ends) = mpsc::channel();
    let server = Running::start(
        |server| server.tls(config).config(|config| config.send_buffer_limit(256 << 20)),
        move || {
            Callbacks::new()
                .onmessage(|client, message| {
                    if message.as_bytes() == b"much" {
                        client.send(&vec![0; 64 << 20]);
                    } else {
                        client.send("never");
                    }
                    client.terminate();
                })
                .onclose(move |_, end| {
                    let end = end.map(|frame| frame.code.0).map_err(|error| error.to_string());
                    sender.send(end).expect("the test waits");
                })
        },
    )?;
    for text in ["little", "much"] {
        let mut connection = client(&server.url(), authority.client_config()?)?;
        connection.send(text)?;
        assert_eq!(ends.recv_timeout(LONG)?, Ok(CloseCode::ABNORMAL.0));
        eventually(|| server.handle.metrics().connections == 0);
        let mut buffer = Vec::new();
        // However much of the first message the system had taken, it is not whole; and TLS says nothing of an end.
        match connection.read(&mut buffer) {
            Ok(message) => assert_eq!(message, Message::Close(Some(CloseFrame::ABNORMAL)), "{text}"),
            Err(error) => panic!("{text}: {error}"),
        }
    }
    server.stop()?;
    Ok(())
}

/// A client over a socket that counts what comes through it.
#[test]
fn the_messages_of_a_turn_share_a_record() -> Outcome {
    let authority = Authority::new()?;
    let config = certificates(&authority)?.server_config()?;
    let server = Running::start(
        |server| server.tls(config),
        || {
            Callbacks::new().onmessage(|client, _| {
                for number in 0..100 {
                    client.send(&format!("message {number}"));
                }
            })
        },
    )?;
    // Between them a tunnel that sees the records.
    let listener = socket_create_listen(0, None)?;
    let port = socket_getsockname(&listener)?.1;
    let through = server.socket()?;
    let records = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&records);
    let tunnel = thread::spawn(move || -> Outcome {
        let client = socket_accept(&listener)?;
        let (mut from, mut to) = (client.clone(), through.clone());
        let upstream = thread::spawn(move || io::copy(&mut from, &mut to));
        let (mut from, mut to) = (through, client.clone());
        let mut head = [0; 5];
        while from.read_exact(&mut head).is_ok() {
            let mut record = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
            from.read_exact(&mut record)?;
            counted.fetch_add(1, Ordering::Relaxed);
            to.write_all(&head)?;
            to.write_all(&record)?;
        }
        socket_shutdown(&client, 2)?;
        upstream.join().expect("no panic").ok();
        Ok(())
    });
    let mut connection = client(&format!("wss://localhost:{port}/"), authority.client_config()?)?;
    let mut buffer = Vec::new();
    connection.send("go")?;
    assert_eq!(connection.read(&mut buffer)?, Message::Text("message 0"));
    let before = records.load(Ordering::Relaxed);
    for number in 1..100 {
        assert_eq!(connection.read(&mut buffer)?, Message::Text(&format!("message {number}")));
    }
    assert_eq!(records.load(Ordering::Relaxed), before, "all came in one record");
    connection.close(CloseFrame { code: CloseCode::NORMAL, reason: "" })?;
    while !matches!(connection.read(&mut buffer)?, Message::Close(_)) {}
    drop(connection);
    server.stop()?;
    tunnel.join().expect("no panic")?;
    Ok(())
}

#[test]
fn many_messages_and_large_ones_come_back() -> Outcome {
    let authority = Authority::new()?;
    let server = Running::echo(&certificates(&authority)?)?;
    let connector = Connector::new().tls(authority.client_config()?);
    let (mut reader, writer) = connector.connect(&server.url())?.split();
    reader.set_read_timeout(Some(LONG))?;
    let lengths: Vec<usize> = (0..400).map(|i| if i % 40 == 7 { 900_000 } else { i * 37 % 3000 }).collect();
    let sent = lengths.clone();
    let sending = thread::spawn(move || -> Result<(), WebSocketError> {
        for (number, length) in sent.into_iter().enumerate() {
            writer.send(&vec![u8::try_from(number % 256).unwrap_or(0); length])?;
        }
        Ok(())
    });
    let mut buffer = Vec::new();
    for (number, length) in lengths.into_iter().enumerate() {
        let bytes = vec![u8::try_from(number % 256).unwrap_or(0); length];
        assert!(reader.read(&mut buffer)? == Message::Binary(&bytes), "message {number}");
    }
    sending.join().expect("no panic")?;
    drop(reader);
    server.stop()?;
    Ok(())
}

/// What TLS has decrypted is not told of by any wait for the socket.
#[test]
fn one_who_is_paused_is_heard_to_the_last_byte() -> Outcome {
    const MESSAGES: usize = 200;
    let authority = Authority::new()?;
    let config = certificates(&authority)?.server_config()?;
    let (tell, paused) = mpsc::channel();
    let server = Running::start(
        |server| server.tls(config),
        move || {
            Callbacks::new().onmessage(move |client, message| {
                client.pause();
                client.send(&message.as_bytes().len().to_string());
                tell.send(client.id()).expect("the test waits");
            })
        },
    )?;
    let mut connection = client(&server.url(), authority.client_config()?)?;
    connection.cork();
    for size in 1..=MESSAGES {
        connection.send(&vec![7; 10 * size])?;
    }
    connection.flush()?;
    let mut buffer = Vec::new();
    for size in 1..=MESSAGES {
        assert_eq!(connection.read(&mut buffer)?, Message::Text(&(10 * size).to_string()));
        let id = paused.recv_timeout(LONG)?;
        assert!(paused.try_recv().is_err(), "one after the other");
        server.handle.resume(id);
    }
    drop(connection);
    server.stop()?;
    Ok(())
}

#[test]
fn who_does_not_read_is_dropped_and_the_others_hear_all() -> Outcome {
    let authority = Authority::new()?;
    let config = certificates(&authority)?.server_config()?;
    let (saw, seen) = mpsc::channel();
    let limits = Config::server().send_buffer_limit(64 << 10).overflow(Overflow::Disconnect);
    let server = Running::start(
        |server| server.tls(config).config(|_| limits),
        move || {
            Callbacks::new().onmessage(|client, message| client.broadcast(message)).onclose(move |_, end| {
                _ = saw.send(matches!(end, Err(WebSocketError::Unsendable(Unsendable::BufferFull))));
            })
        },
    )?;
    let config = Arc::new(authority.client_config()?);
    let mut deaf = client(&server.url(), Arc::clone(&config))?;
    let mut others = [client(&server.url(), Arc::clone(&config))?, client(&server.url(), config)?];
    let message = vec![7; 32 << 10];
    let mut buffer = Vec::new();
    let mut rounds = 0;
    while seen.try_recv() != Ok(true) {
        others[0].send(&message)?;
        for other in &mut others {
            assert!(other.read(&mut buffer)? == Message::Binary(&message), "{rounds}");
        }
        rounds += 1;
        assert!(rounds < 100_000, "it is dropped");
    }
    eventually(|| server.handle.metrics().open == 2);
    let metrics = server.handle.metrics();
    assert!(metrics.dropped_slow == 1 && metrics.waited >= 1, "{metrics:?}");
    // What it was sent before is whole, and then the connection ends without a word of TLS or of the WebSocket.
    let mut heard = 0;
    while let Ok(Message::Binary(received)) = deaf.read(&mut buffer) {
        assert!(received == message, "{heard}");
        heard += 1;
    }
    assert!(heard > 0 && heard < rounds, "{heard} of {rounds}");
    server.stop()?;
    Ok(())
}

/// Counts what comes.
struct Counted(Socket, usize);

impl Read for Counted {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(space)?;
        self.1 += count;
        Ok(count)
    }
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// rustls by itself, which can be told to renew its keys.
fn renewing(
    server: &Running,
    authority: &Authority,
) -> Outcome<ws::Connection<ReadWrite<StreamOwned<ClientConnection, Counted>>>> {
    let config = Arc::new(authority.client_config()?);
    let stream =
        StreamOwned::new(ClientConnection::new(config, "localhost".try_into()?)?, Counted(server.socket()?, 0));
    let mut opening: Opening<_> = Connector::new().open(ReadWrite(stream), &Url::parse(&server.url())?)?;
    Ok(opening.advance()?.ok_or("the socket is blocking")?)
}

#[test]
fn a_client_may_have_keys_renewed() -> Outcome {
    /// A record with a `KeyUpdate` in it.
    const KEY_UPDATE: usize = 5 + 5 + 1 + 16;
    let authority = Authority::new()?;
    let server = Running::echo(&certificates(&authority)?)?;
    let mut connection = renewing(&server, &authority)?;
    let mut buffer = Vec::new();
    let mut echo = |renews: bool| -> Outcome<usize> {
        let stream = &mut connection.stream_mut().0;
        if renews {
            stream.conn.refresh_traffic_keys()?;
        }
        let before = stream.sock.1;
        connection.send("你好")?;
        assert_eq!(connection.read(&mut buffer)?, Message::Text("你好"));
        Ok(connection.stream().0.sock.1 - before)
    };
    // Sessions' tickets came with the handshake.
    let plain = echo(false)?;
    for round in 0..100 {
        assert_eq!(echo(true)?, plain + KEY_UPDATE, "{round}: the server renews its own");
        assert_eq!(echo(false)?, plain, "{round}");
    }
    drop(connection);
    server.stop()?;
    Ok(())
}

#[test]
fn who_does_nothing_but_renew_keys_is_dropped_alone() -> Outcome {
    let authority = Authority::new()?;
    let config = certificates(&authority)?.server_config()?;
    let (sender, ends) = mpsc::channel();
    let server = Running::start(
        |server| server.tls(config),
        || {
            Callbacks::new().onmessage(|client, message| client.send(message)).onclose(move |_, end| {
                _ = sender.send(end.err().map(|error| error.to_string()));
            })
        },
    )?;
    let mut other = client(&server.url(), authority.client_config()?)?;
    let mut connection = renewing(&server, &authority)?;
    let mut buffer = Vec::new();
    let StreamOwned { conn, sock } = &mut connection.stream_mut().0;
    for round in 0..1000 {
        conn.refresh_traffic_keys()?;
        if conn.write_tls(sock).is_err() {
            break;
        }
        other.send("你好")?;
        assert_eq!(other.read(&mut buffer)?, Message::Text("你好"), "{round}");
    }
    let end = ends.recv_timeout(LONG)?.unwrap_or_default();
    assert!(end.ends_with("TooManyKeyUpdateRequests"), "rustls has had enough: {end}");
    other.send("你好")?;
    assert_eq!(other.read(&mut buffer)?, Message::Text("你好"));
    drop(other);
    server.stop()?;
    Ok(())
}

/// A server's tickets and its response to a request that came with the end of TLS's handshake are one write.
#[test]
fn tickets_and_response_leave_together() -> Outcome {
    let authority = Authority::new()?;
    let server = Running::echo(&certificates(&authority)?)?;
    let mut socket = server.socket()?;
    let mut tls = ClientConnection::new(Arc::new(authority.client_config()?), "localhost".try_into()?)?;
    tls.write_tls(&mut socket)?;
    while tls.is_handshaking() {
        tls.read_tls(&mut socket)?;
        tls.process_new_packets()?;
    }
    let request = "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    tls.writer().write_all(request.as_bytes())?;
    let mut bytes = Vec::new();
    while tls.wants_write() {
        tls.write_tls(&mut bytes)?;
    }
    socket.write_all(&bytes)?;
    let mut answer = vec![0; 1 << 16];
    let count = socket.read(&mut answer)?;
    let mut rest = &answer[..count];
    while !rest.is_empty() {
        tls.read_tls(&mut rest)?;
        tls.process_new_packets()?;
    }
    let mut head = vec![0; 1 << 10];
    let count = tls.reader().read(&mut head)?;
    assert!(head[..count].starts_with(b"HTTP/1.1 101 "), "{}", String::from_utf8_lossy(&head[..count]));
    drop(socket);
    server.stop()?;
    Ok(())
}
