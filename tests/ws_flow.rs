//! Slow, silent, flooding and leaving peers, over real sockets.
//!
//! The table of all numbers is in `ws_requirements.rs`.
#![cfg(all(unix, feature = "ws"))]

mod support;

use std::{
    collections::HashSet,
    io::{Read, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use php_sockets::{
    ws::{
        CloseCode, CloseFrame, Config, Connection, Error, Message, Overflow, Protocol, ProtocolError, Result, Role,
        Timeout, Unsendable, handshake::Negotiated,
    },
    *,
};
use support::tcp_pair;

#[path = "ws_support/stream.rs"]
#[expect(dead_code, reason = "each test file uses some of it")]
mod stream;
use stream::{BINARY, CLOSE, FIN, PING, PONG, TEXT, masked, unmasked};

/// A server's connection, and the peer as a plain stream that does what the test wants.
fn server(config: Config) -> Result<(Connection, TcpStream)> {
    let (socket, peer) = tcp_pair()?;
    let peer = TcpStream::try_from(peer)?;
    peer.set_read_timeout(Some(Duration::from_secs(10)))?;
    Ok((Connection::new(socket, Role::Server, config, Negotiated::default(), &[]), peer))
}

fn nonblocking(config: Config) -> Result<(Connection, TcpStream)> {
    let (connection, peer) = server(config)?;
    socket_set_nonblock(connection.stream())?;
    Ok((connection, peer))
}

/// Both ends by way of the opening handshake, which sets up the deadlines.
fn handshaken(server: Config, client: Config) -> Result<(Connection, Connection)> {
    let listener = socket_create_listen(0, None)?;
    let url = format!("ws://127.0.0.1:{}/", socket_getsockname(&listener)?.1);
    let acceptor = ws::Acceptor::new().config(server);
    let accepting = thread::spawn(move || acceptor.accept(socket_accept(&listener)?));
    let client = ws::Connector::new().config(client).connect(&url)?;
    Ok((accepting.join().expect("no panic")?, client))
}

/// Sends until the connection does not take more; returns how often it did.
fn fill(connection: &mut Connection, message: &[u8]) -> (usize, Error) {
    for count in 0..100_000 {
        if let Err(error) = connection.send(message) {
            return (count, error);
        }
        assert!(connection.buffered_amount() <= 100_000, "the limit holds");
    }
    panic!("the connection takes everything");
}

#[test]
fn s21_a_peer_that_never_reads_fills_the_buffer_and_no_more() -> Result<()> {
    let config = Config { send_buffer_limit: 100_000, ..Config::server() };
    let (mut connection, mut peer) = nonblocking(config.clone())?;
    let (mut other, mut other_peer) = nonblocking(config)?;
    let (count, error) = fill(&mut connection, &[7; 1000]);
    assert!(matches!(error, Error::Unsendable(Unsendable::BufferFull)));
    assert!(connection.wants_write() && connection.is_open());

    other.send("别人")?;
    let mut received = [0; 8];
    other_peer.read_exact(&mut received)?;
    assert_eq!(received, *b"\x81\x06\xe5\x88\xab\xe4\xba\xba");

    // Nothing that was taken is lost, nothing that was refused arrives.
    let reading = thread::spawn(move || {
        let mut received = vec![0; count * 1004];
        peer.read_exact(&mut received).map(|()| (received, peer))
    });
    while !connection.flush()? {
        socket_select(None, Some(&mut vec![connection.stream().clone()]), None, 5, 0)?;
    }
    let (received, _peer) = reading.join().expect("no panic")?;
    assert!(received == unmasked(FIN | BINARY, &[7; 1000]).repeat(count));
    Ok(())
}

#[test]
fn s21_messages_can_be_dropped_instead() -> Result<()> {
    let config = Config { send_buffer_limit: 10_000, overflow: Overflow::Drop, ..Config::server() };
    let (mut connection, _peer) = nonblocking(config)?;
    for _ in 0..20_000 {
        connection.send(&[7; 1000])?;
        assert!(connection.buffered_amount() <= 10_000);
    }
    assert!(connection.is_open() && connection.wants_write());
    Ok(())
}

#[test]
fn s21_or_the_peer_disconnected() -> Result<()> {
    let config = Config { send_buffer_limit: 10_000, overflow: Overflow::Disconnect, ..Config::server() };
    let (mut connection, _peer) = nonblocking(config)?;
    let (_, error) = fill(&mut connection, &[7; 1000]);
    assert!(matches!(error, Error::Closed));
    assert!(!connection.is_open() && connection.buffered_amount() == 0);
    Ok(())
}

#[test]
fn s22_only_the_latest_ping_is_remembered() -> Result<()> {
    let (mut connection, mut peer) = nonblocking(Config::server())?;
    let mut buffer = Vec::new();
    // The connection is stalled: the peer reads nothing.
    while !connection.wants_write() {
        connection.send(&[7; 100_000])?;
    }
    let queued = connection.buffered_amount();
    for number in 0..10_000_u32 {
        peer.write_all(&masked(FIN | PING, &number.to_be_bytes()))?;
        if number % 100 == 99 {
            connection.receive()?;
            assert_eq!(connection.next(&mut buffer)?, None);
            assert!(connection.buffered_amount() <= queued, "no Pong is queued");
        }
    }
    peer.write_all(&masked(FIN | PING, b"last"))?;
    let reading = thread::spawn(move || {
        let mut received = Vec::new();
        let mut piece = [0; 65536];
        while !received.ends_with(b"\x8a\x04last") {
            let count = peer.read(&mut piece)?;
            received.extend_from_slice(&piece[..count]);
        }
        Ok::<_, std::io::Error>((received, peer))
    });
    while !reading.is_finished() {
        let mut read = vec![connection.stream().clone()];
        let mut write = if connection.wants_write() { read.clone() } else { Vec::new() };
        socket_select(Some(&mut read), Some(&mut write), None, 0, 20_000)?;
        connection.flush()?;
        connection.receive()?;
        assert_eq!(connection.next(&mut buffer)?, None);
    }
    let (received, _peer) = reading.join().expect("no panic")?;
    let pongs = received.windows(2).filter(|bytes| bytes == b"\x8a\x04").count();
    assert!(pongs <= 10_001 && received.ends_with(b"\x8a\x04last"));
    Ok(())
}

#[test]
fn s23_a_flood_is_answered_within_bounds() -> Result<()> {
    let (mut connection, mut peer) = server(Config::server())?;
    let flood = masked(FIN | TEXT, "洪水".as_bytes()).repeat(50_000);
    let echo = unmasked(FIN | TEXT, "洪水".as_bytes()).repeat(50_000);
    let mut answers = peer.try_clone()?;
    let writing = thread::spawn(move || peer.write_all(&flood).map(|()| peer));
    let reading = thread::spawn(move || {
        let mut received = vec![0; echo.len()];
        answers.read_exact(&mut received).map(|()| received == echo)
    });
    let mut buffer = Vec::new();
    for _ in 0..50_000 {
        let message = connection.read(&mut buffer)?;
        connection.send(message)?;
        assert!(connection.buffered_amount() <= 64 * 1024);
    }
    connection.flush()?;
    assert!(reading.join().expect("no panic")?);
    writing.join().expect("no panic")?;
    Ok(())
}

#[test]
fn s24_every_frame_has_a_fresh_key() -> Result<()> {
    const FRAMES: usize = 10_000;
    let mut client = Protocol::new(Role::Client, Config::client());
    let mut keys = HashSet::new();
    let mut bits = [0_usize; 32];
    for _ in 0..FRAMES {
        client.send("a")?;
        let key = u32::from_be_bytes(client.output()[2..6].try_into().expect("four bytes"));
        for (bit, count) in bits.iter_mut().enumerate() {
            *count += usize::from(key >> bit & 1 == 1);
        }
        keys.insert(key);
        client.written(client.output().len())?;
    }
    // Of 10,000 random keys of 32 bits about 0.01 are expected to be there twice.
    assert!(keys.len() >= FRAMES - 3, "{} keys", keys.len());
    assert!(bits.iter().all(|count| (4_600..5_400).contains(count)), "{bits:?}");
    Ok(())
}

#[test]
fn s25_only_the_matching_pong_ends_the_wait() -> Result<()> {
    let mut buffer = Vec::new();
    let start = Instant::now();
    let at = |seconds| start + Duration::from_secs(seconds);
    let mut protocol = Protocol::new(Role::Server, Config::server());
    protocol.check(at(0))?;
    protocol.check(at(19))?;
    assert_eq!(protocol.output(), b"");
    assert_eq!(protocol.deadline(), Some(at(20)));
    protocol.check(at(20))?;
    let ping = protocol.output().to_vec();
    assert_eq!((ping[0], ping[1]), (0x89, 4));
    protocol.written(ping.len())?;

    protocol.feed(&masked(FIN | PONG, &ping[2..]));
    protocol.feed(&masked(FIN | PONG, b"unsolicited"));
    assert_eq!(protocol.next(&mut buffer)?, None);
    protocol.check(at(39))?;
    assert_eq!(protocol.output(), b"", "the peer was heard");
    protocol.check(at(59))?;
    let second = protocol.output().to_vec();
    assert_ne!(second, ping);
    protocol.written(second.len())?;

    protocol.feed(&masked(FIN | PONG, &ping[2..]));
    protocol.feed(&masked(FIN | TEXT, b"busy"));
    assert_eq!(protocol.next(&mut buffer)?, Some(Message::Text("busy")));
    protocol.check(at(78))?;
    let error = protocol.check(at(79)).expect_err("no matching Pong");
    assert!(matches!(error, Error::Timeout(Timeout::Pong)));
    Ok(())
}

#[test]
fn s25_a_long_frame_may_delay_the_pong() -> Result<()> {
    let mut buffer = Vec::new();
    let start = Instant::now();
    let mut protocol = Protocol::new(Role::Server, Config { message_timeout: None, ..Config::server() });
    protocol.check(start)?;
    protocol.check(start + Duration::from_secs(20))?;
    assert_eq!(protocol.output().first(), Some(&0x89));
    protocol.feed(&masked(FIN | BINARY, &[0; 10_000])[..100]);
    for second in 21..200 {
        protocol.feed(&[0]);
        assert_eq!(protocol.next(&mut buffer)?, None);
        protocol.check(start + Duration::from_secs(second))?;
    }
    // The frame stands still.
    let error = protocol.check(start + Duration::from_secs(220)).expect_err("a dead peer");
    assert!(matches!(error, Error::Timeout(Timeout::Pong)));
    Ok(())
}

#[test]
fn s25_a_blocking_read_notices_a_peer_that_is_gone() -> Result<()> {
    let quick = Duration::from_millis(50);
    let config = Config { keepalive: Some(quick), pong_timeout: quick, ..Config::server() };
    let (mut connection, client) = handshaken(config, Config::client())?;
    let start = Instant::now();
    // The client is there and does not read: nobody answers.
    let error = connection.read(&mut Vec::new()).expect_err("no Pong");
    assert!(matches!(error, Error::Timeout(Timeout::Pong)), "{error:?}");
    assert!(start.elapsed() >= quick && start.elapsed() < Duration::from_secs(5));
    drop(client);
    Ok(())
}

#[test]
fn s25_a_blocking_read_keeps_a_quiet_peer() -> Result<()> {
    let quick = Duration::from_millis(40);
    let config = Config { keepalive: Some(quick), pong_timeout: Duration::from_secs(5), ..Config::server() };
    let (mut connection, mut client) = handshaken(config, Config::client())?;
    let answering = thread::spawn(move || {
        client.set_read_timeout(Some(Duration::from_millis(300)))?;
        let error = client.read(&mut Vec::new()).expect_err("only Pings");
        assert!(error.would_block());
        client.send("还在")
    });
    assert_eq!(connection.read(&mut Vec::new())?, Message::Text("还在"));
    answering.join().expect("no panic")
}

#[test]
fn s09_a_slow_peer_is_cut_off_while_its_bytes_keep_coming() -> Result<()> {
    let config = Config { message_timeout: Some(Duration::from_millis(200)), ..Config::server() };
    let (mut connection, client) = handshaken(config, Config::client())?;
    let mut peer = TcpStream::try_from(client.stream().clone())?;
    let writing = thread::spawn(move || {
        let frame = masked(FIN | BINARY, &vec![0; 10_000_000]);
        frame.iter().take_while(|byte| peer.write_all(&[**byte]).is_ok()).count()
    });
    let start = Instant::now();
    let error = connection.read(&mut Vec::new()).map(|message| message.as_bytes().len()).expect_err("too late");
    assert!(matches!(error, Error::Timeout(Timeout::Message)), "{error:?}");
    assert!(start.elapsed() < Duration::from_secs(5));
    drop(connection);
    assert!(writing.join().expect("no panic") > 0);
    Ok(())
}

#[test]
fn s26_the_client_closes() -> Result<()> {
    let (mut server, mut client) = handshaken(Config::server(), Config::client())?;
    let frame = CloseFrame { code: CloseCode(4000), reason: "下班了" };
    client.close(frame)?;
    assert!(matches!(client.send("late"), Err(Error::Closed)));
    let mut buffer = Vec::new();
    assert_eq!(server.read(&mut buffer)?, Message::Close(Some(frame)));
    assert!(matches!(server.read(&mut buffer), Err(Error::Closed)));
    let answer = CloseFrame { code: CloseCode(4000), reason: "" };
    assert_eq!(client.read(&mut buffer)?, Message::Close(Some(answer)));
    // The server has ended the connection first: the client finds the end without ending it itself.
    assert_eq!(client.receive()?, 0);
    assert!(client.is_ended());
    client.finish()?;
    server.finish()
}

#[test]
fn s26_the_server_closes_and_both_close_at_once() -> Result<()> {
    for both in [false, true] {
        let (mut server, mut client) = handshaken(Config::server(), Config::client())?;
        server.close(CloseCode::GOING_AWAY)?;
        if both {
            client.close(CloseCode::NORMAL)?;
        }
        let mut buffer = Vec::new();
        let frame = CloseFrame { code: CloseCode::GOING_AWAY, reason: "" };
        assert_eq!(client.read(&mut buffer)?, Message::Close(Some(frame)));
        let answer = if both { CloseCode::NORMAL } else { CloseCode::GOING_AWAY };
        assert_eq!(server.read(&mut buffer)?, Message::Close(Some(CloseFrame { code: answer, reason: "" })));
        assert!(matches!(server.read(&mut buffer), Err(Error::Closed)));
        let closing = thread::spawn(move || client.finish());
        server.finish()?;
        closing.join().expect("no panic")?;
    }
    Ok(())
}

#[test]
fn s26_a_peer_that_does_not_close_is_left() -> Result<()> {
    let config = Config { close_timeout: Duration::from_millis(100), ..Config::server() };
    let (server, mut client) = handshaken(config, Config::client())?;
    let start = Instant::now();
    let error = server.finish().expect_err("no answer");
    assert!(matches!(error, Error::Timeout(Timeout::Close)));
    assert!(start.elapsed() >= Duration::from_millis(100) && start.elapsed() < Duration::from_secs(5));
    assert!(matches!(client.read(&mut Vec::new())?, Message::Close(Some(_))));
    Ok(())
}

#[test]
fn s26_an_end_without_a_close_is_1006() -> Result<()> {
    let (mut server, client) = handshaken(Config::server(), Config::client())?;
    drop(client);
    let mut buffer = Vec::new();
    assert_eq!(server.read(&mut buffer)?, Message::Close(Some(CloseFrame::ABNORMAL)));
    assert!(matches!(server.read(&mut buffer), Err(Error::Closed)));
    assert!(matches!(server.send("late"), Err(Error::Closed)));
    Ok(())
}

/// The peer has sent much that nobody reads: closing the socket now would be a reset, which overtakes the Close frame.
#[test]
fn s26_the_reason_reaches_a_peer_that_is_still_sending() -> Result<()> {
    let (mut connection, client) = handshaken(Config::server(), Config::client())?;
    let mut peer = TcpStream::try_from(client.stream().clone())?;
    let sending = thread::spawn(move || {
        peer.write_all(&unmasked(FIN | TEXT, b"bad"))?;
        peer.write_all(&masked(FIN | BINARY, &vec![0; 3 << 20]))?;
        let mut received = Vec::new();
        peer.read_to_end(&mut received)?;
        peer.shutdown(std::net::Shutdown::Write)?;
        Ok::<_, std::io::Error>(received)
    });
    let error = connection.read(&mut Vec::new()).expect_err("unmasked");
    assert!(matches!(error, Error::Protocol(ProtocolError::Unmasked)));
    connection.finish()?;
    assert_eq!(sending.join().expect("no panic")?, b"\x88\x02\x03\xea");
    Ok(())
}

#[test]
fn s27_a_ping_is_answered_while_the_reader_waits_and_the_writer_writes() -> Result<()> {
    const MESSAGES: usize = 200;
    let (connection, mut peer) = server(Config::server())?;
    let (mut reader, writer) = connection.split();
    let writers: Vec<_> = [b'a', b'b']
        .map(|letter| {
            let writer = writer.clone();
            thread::spawn(move || (0..MESSAGES).try_for_each(|_| writer.send(&[letter; 20_000])))
        })
        .into_iter()
        .collect();
    let reading = thread::spawn(move || -> Result<usize> {
        let mut buffer = Vec::new();
        let mut texts = 0;
        loop {
            match reader.read(&mut buffer)? {
                Message::Close(_) => return Ok(texts),
                _ => texts += 1,
            }
        }
    });
    let mut pings = peer.try_clone()?;
    let pinging = thread::spawn(move || {
        for number in 0..100_u32 {
            pings.write_all(&masked(FIN | PING, &number.to_be_bytes()))?;
            pings.write_all(&masked(FIN | TEXT, "读".as_bytes()))?;
        }
        pings.write_all(&masked(FIN | PING, b"last"))
    });
    // Every frame is whole.
    let (mut data, mut pongs, mut last) = (0, 0, Vec::new());
    while data < 2 * MESSAGES || last != b"last" {
        let mut header = [0; 2];
        peer.read_exact(&mut header)?;
        let length = match header[1] {
            126 => {
                let mut length = [0; 2];
                peer.read_exact(&mut length)?;
                usize::from(u16::from_be_bytes(length))
            }
            length => usize::from(length),
        };
        let mut payload = vec![0; length];
        peer.read_exact(&mut payload)?;
        match header[0] {
            0x82 => {
                assert!(length == 20_000 && payload.iter().all(|byte| *byte == payload[0]));
                data += 1;
            }
            0x8a => {
                pongs += 1;
                last = payload;
            }
            other => panic!("{other:x}"),
        }
    }
    assert!((1..=101).contains(&pongs));
    peer.write_all(&masked(FIN | CLOSE, b""))?;
    assert_eq!(reading.join().expect("no panic")?, 100);
    pinging.join().expect("no panic")?;
    for writing in writers {
        writing.join().expect("no panic")?;
    }
    assert!(!writer.is_open());
    Ok(())
}

/// The peer is gone, and the writer in the middle of a frame. When the reader finds that out, the writer need not wait on.
#[test]
fn s27_a_writer_does_not_wait_for_a_peer_that_is_gone() -> Result<()> {
    let quick = Duration::from_millis(50);
    let config = Config { keepalive: Some(quick), pong_timeout: quick, send_timeout: None, ..Config::server() };
    let (server, gone) = handshaken(config, Config::client())?;
    let (mut reader, writer) = server.split();
    let payload = vec![7; 64 << 20];
    let writing = thread::spawn(move || writer.send(&payload));
    // It has begun.
    socket_recv(gone.stream(), &mut Vec::new(), 1, MSG_PEEK)?;
    let error = reader.read(&mut Vec::new()).map(|_| ()).expect_err("no Pong");
    assert!(matches!(error, Error::Timeout(Timeout::Pong)), "{error:?}");
    let result = within_ten_seconds(move || writing.join().expect("no panic"));
    assert!(matches!(result, Err(Error::Io(_))), "{result:?}");
    Ok(())
}

/// The socket is full and the peer reads nothing before it is read itself: waiting to send the Pong would be for ever.
#[test]
fn s27_a_pong_does_not_keep_the_reader_waiting() -> Result<()> {
    let (server, client) = handshaken(Config::server(), Config::client())?;
    let mut peer = TcpStream::try_from(client.stream().clone())?;
    let socket = server.stream().clone();
    let (mut reader, writer) = server.split();
    socket_set_nonblock(&socket)?;
    while writer.buffered_amount() < 8 << 20 {
        writer.send(&[7; 100_000])?;
    }
    socket_set_block(&socket)?;
    peer.write_all(&masked(FIN | PING, b"are you there?"))?;
    peer.write_all(&masked(FIN | TEXT, "读我".as_bytes()))?;
    let (sender, receiver) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let mut buffer = Vec::new();
        let text = reader.read(&mut buffer).map(|message| message.as_bytes().to_vec());
        sender.send(text)
    });
    let text = receiver.recv_timeout(Duration::from_secs(10)).expect("the reader does not wait");
    assert_eq!(text?, "读我".as_bytes());
    Ok(())
}

#[test]
fn s30_a_peer_that_goes_on_after_an_error_is_discarded() -> Result<()> {
    let (mut connection, mut peer) = nonblocking(Config::server())?;
    peer.write_all(&unmasked(FIN | TEXT, b"bad"))?;
    let mut buffer = Vec::new();
    socket_select(Some(&mut vec![connection.stream().clone()]), None, None, 5, 0)?;
    connection.receive()?;
    assert!(matches!(connection.next(&mut buffer), Err(Error::Protocol(ProtocolError::Unmasked))));
    for _ in 0..100 {
        peer.write_all(&masked(FIN | BINARY, &[0; 10_000]))?;
        connection.receive()?;
        assert_eq!(connection.next(&mut buffer)?, None);
    }
    let start = Instant::now();
    connection.check(start)?;
    let error = connection.check(start + Config::server().close_timeout).expect_err("time is over");
    assert!(matches!(error, Error::Timeout(Timeout::Close)));
    Ok(())
}

/// The same for a peer that never stops: an application that only waits for the end need not count.
#[test]
fn s30_after_an_error_only_so_many_bytes_are_discarded() -> Result<()> {
    let (mut connection, mut peer) = nonblocking(Config::server())?;
    peer.set_write_timeout(Some(Duration::from_secs(10)))?;
    peer.write_all(&unmasked(FIN | TEXT, b"bad"))?;
    let flooding = thread::spawn(move || {
        let flood = masked(FIN | BINARY, &[0; 65_536]);
        (0..1 << 14).map_while(|_| peer.write_all(&flood).ok()).count() * flood.len()
    });
    let mut buffer = Vec::new();
    let mut received = 0;
    while !connection.is_ended() {
        socket_select(Some(&mut vec![connection.stream().clone()]), None, None, 5, 0)?;
        received += connection.receive()?;
        let _ = connection.next(&mut buffer);
        assert!(received <= 17 << 20, "it does not end");
    }
    assert_eq!(connection.receive()?, 0);
    drop(connection);
    assert!(flooding.join().expect("no panic") < 1 << 29);
    Ok(())
}

/// Each Ping is whole and ends a wait of the reader, which then has no other reason to look at the clock.
#[test]
fn s26_pings_do_not_delay_the_end() -> Result<()> {
    let config = Config { close_timeout: Duration::from_millis(200), ..Config::server() };
    let (mut server, client) = handshaken(config, Config::client())?;
    let mut peer = TcpStream::try_from(client.stream().clone())?;
    let pinging = thread::spawn(move || {
        while peer.write_all(&masked(FIN | PING, b"still here")).is_ok() {
            thread::sleep(Duration::from_millis(5));
        }
    });
    server.close(CloseCode::GOING_AWAY)?;
    let result = within_ten_seconds(move || server.read(&mut Vec::new()).map(|message| message.is_data()));
    assert!(matches!(result, Err(Error::Timeout(Timeout::Close))), "{result:?}");
    pinging.join().expect("no panic");
    Ok(())
}

#[test]
fn s26_messages_do_not_delay_the_end() -> Result<()> {
    let config = Config { close_timeout: Duration::from_millis(200), ..Config::server() };
    let (mut server, client) = handshaken(config, Config::client())?;
    let mut peer = TcpStream::try_from(client.stream().clone())?;
    let talking = thread::spawn(move || {
        while peer.write_all(&masked(FIN | TEXT, b"still here")).is_ok() {
            thread::sleep(Duration::from_millis(5));
        }
    });
    server.close(CloseCode::GOING_AWAY)?;
    let error = within_ten_seconds(move || {
        let mut buffer = Vec::new();
        loop {
            if let Err(error) = server.read(&mut buffer) {
                return error;
            }
        }
    });
    assert!(matches!(error, Error::Timeout(Timeout::Close)), "{error:?}");
    talking.join().expect("no panic");
    Ok(())
}

#[test]
fn s09_pings_are_no_unfinished_message() -> Result<()> {
    const LIMIT: Duration = Duration::from_millis(100);
    let config = Config { message_timeout: Some(LIMIT), ..Config::server() };
    let (mut server, client) = handshaken(config, Config::client())?;
    let mut peer = TcpStream::try_from(client.stream().clone())?;
    let pinging = thread::spawn(move || {
        let start = Instant::now();
        while start.elapsed() < 5 * LIMIT {
            peer.write_all(&masked(FIN | PING, b"still here"))?;
            thread::sleep(Duration::from_millis(5));
        }
        peer.write_all(&masked(FIN | TEXT, "终于".as_bytes()))
    });
    assert_eq!(server.read(&mut Vec::new())?, Message::Text("终于"));
    pinging.join().expect("no panic")?;
    Ok(())
}

/// Has a blocking connection, whose peer reads nothing, hold more than the socket will take.
fn stuff(connection: &mut Connection) -> Result<()> {
    socket_set_nonblock(connection.stream())?;
    while connection.buffered_amount() < 8 << 20 {
        connection.send(&[7; 100_000])?;
    }
    Ok(socket_set_block(connection.stream())?)
}

/// Runs something that must not wait for ever.
fn within_ten_seconds<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = std::sync::mpsc::channel();
    thread::spawn(move || sender.send(run()));
    receiver.recv_timeout(Duration::from_secs(10)).expect("it ends")
}

#[test]
fn s21_a_blocking_connection_does_not_wait_for_ever_for_a_peer_that_never_reads() -> Result<()> {
    let config = Config { send_timeout: Some(Duration::from_millis(100)), ..Config::server() };
    let (mut sending, _unread) = handshaken(config.clone(), Config::client())?;
    stuff(&mut sending)?;
    let result = within_ten_seconds(move || sending.send("too much").map(|()| sending));
    assert!(matches!(result, Err(Error::Timeout(Timeout::Send))), "{result:?}");

    // Nor when it only answers Pings.
    let config = Config { close_timeout: Duration::from_millis(100), ..config };
    let (mut reading, client) = handshaken(config.clone(), Config::client())?;
    stuff(&mut reading)?;
    socket_write(client.stream(), masked(FIN | PING, b"answer me"), None)?;
    let result = within_ten_seconds(move || reading.read(&mut Vec::new()).map(|message| message.is_data()));
    assert!(matches!(result, Err(Error::Timeout(Timeout::Close))), "{result:?}");

    // Nor when it ends the connection.
    let (mut ending, _unread) = handshaken(Config { send_timeout: None, ..config }, Config::client())?;
    stuff(&mut ending)?;
    let result = within_ten_seconds(move || ending.finish());
    assert!(matches!(result, Err(Error::Timeout(Timeout::Close))), "{result:?}");
    Ok(())
}
