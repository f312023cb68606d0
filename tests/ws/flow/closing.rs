//! Peers that leave, and peers that do not.

use std::{
    io::{Read, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use php_sockets::{
    socket_select,
    ws::{CloseCode, CloseFrame, Config, Message, ProtocolError, Timeout, WebSocketError},
};

use super::{LONG, handshaken, in_time, nonblocking, server};
use crate::stream::{BINARY, CLOSE, FIN, PING, TEXT, masked, unmasked};

#[test]
fn s26_the_client_closes() -> Result<(), WebSocketError> {
    let (mut server, mut client) = handshaken(Config::server(), Config::client())?;
    let frame = CloseFrame { code: CloseCode(4000), reason: "下班了" };
    client.close(frame)?;
    assert!(matches!(client.send("late"), Err(WebSocketError::Closed)));
    let mut buffer = Vec::new();
    assert_eq!(server.read(&mut buffer)?, Message::Close(Some(frame)));
    assert!(matches!(server.read(&mut buffer), Err(WebSocketError::Closed)));
    let answer = CloseFrame { code: CloseCode(4000), reason: "" };
    assert_eq!(client.read(&mut buffer)?, Message::Close(Some(answer)));
    // The server has ended the connection first: the client finds the end without ending it itself.
    assert_eq!(client.receive()?, 0);
    assert!(client.is_ended());
    client.finish()?;
    server.finish()
}

#[test]
fn s26_the_server_closes_and_both_close_at_once() -> Result<(), WebSocketError> {
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
        assert!(matches!(server.read(&mut buffer), Err(WebSocketError::Closed)));
        let closing = thread::spawn(move || client.finish());
        server.finish()?;
        closing.join().expect("no panic")?;
    }
    Ok(())
}

#[test]
fn s26_a_peer_that_does_not_close_is_left() -> Result<(), WebSocketError> {
    let config = Config::server().close_timeout(Duration::from_millis(100));
    let (server, mut client) = handshaken(config, Config::client())?;
    let start = Instant::now();
    let error = server.finish().expect_err("no answer");
    assert!(matches!(error, WebSocketError::Timeout(Timeout::Close)));
    assert!(start.elapsed() >= Duration::from_millis(100) && start.elapsed() < LONG);
    assert!(matches!(client.read(&mut Vec::new())?, Message::Close(Some(_))));
    Ok(())
}

/// What came while the application did something else has come in time.
#[test]
fn s26_the_answer_is_read_however_late_that_is() -> Result<(), WebSocketError> {
    // The first look at the clock comes before this is over.
    const LIMIT: Duration = Duration::from_secs(3);
    let (mut connection, mut peer) = server(Config::server().close_timeout(LIMIT))?;
    let mut buffer = Vec::new();
    connection.set_read_timeout(Some(LIMIT / 100))?;
    connection.close(None)?;
    assert!(connection.read(&mut buffer).is_err_and(|error| error.would_block()));
    peer.write_all(&[masked(FIN | TEXT, b"last"), masked(FIN | CLOSE, b"")].concat())?;
    thread::sleep(2 * LIMIT); // work
    assert_eq!(connection.read(&mut buffer)?, Message::Text("last"));
    assert_eq!(connection.read(&mut buffer)?, Message::Close(None));
    Ok(())
}

/// There is nothing to wait with; the Close frame has left all the same.
#[test]
fn finishing_on_a_stream_that_does_not_wait_is_refused_with_what_to_do() -> Result<(), WebSocketError> {
    let (connection, mut peer) = nonblocking(Config::server())?;
    let start = Instant::now();
    let error = connection.finish().expect_err("it cannot wait for the peer");
    assert!(start.elapsed() < LONG, "{:?}", start.elapsed());
    assert!(!error.would_block());
    assert_eq!(error.to_string(), "the stream is non-blocking: close, and go on until the connection is_ended");
    let mut frame = [0; 4];
    peer.read_exact(&mut frame)?;
    assert_eq!(frame, *b"\x88\x02\x03\xe8");
    Ok(())
}

/// Who reads up to the last part must not take half a message for a whole one.
#[test]
fn an_end_in_the_middle_of_a_message_is_not_the_message_s() -> Result<(), WebSocketError> {
    for last in [&b""[..], &masked(FIN | CLOSE, b"\x03\xe8")] {
        let (mut connection, mut peer) = server(Config::server().report_control(true))?;
        let (half, ping) = (masked(BINARY, b"half"), masked(FIN | PING, b"?"));
        peer.write_all(&[&half[..], &ping, last].concat())?;
        drop(peer);
        let (mut buffer, mut bytes) = (Vec::new(), Vec::new());
        let error = loop {
            match connection.read_part(&mut buffer) {
                Ok(part) => {
                    bytes.extend_from_slice(if part.message().is_data() { part.message().as_bytes() } else { b"." });
                    assert!(!part.is_last(), "{part:?}");
                }
                Err(error) => break error,
            }
        };
        assert!(matches!(error, WebSocketError::Closed), "{error:?}");
        assert_eq!(bytes, b"half..", "what has come, the Ping, the end");
    }
    Ok(())
}

#[test]
fn s26_an_end_without_a_close_is_1006() -> Result<(), WebSocketError> {
    let (mut server, client) = handshaken(Config::server(), Config::client())?;
    drop(client);
    let mut buffer = Vec::new();
    assert_eq!(server.read(&mut buffer)?, Message::Close(Some(CloseFrame::ABNORMAL)));
    assert!(matches!(server.read(&mut buffer), Err(WebSocketError::Closed)));
    assert!(matches!(server.send("late"), Err(WebSocketError::Closed)));
    Ok(())
}

/// The peer has sent much that nobody reads: closing the socket now would be a reset, which overtakes the Close frame.
#[test]
fn s26_the_reason_reaches_a_peer_that_is_still_sending() -> Result<(), WebSocketError> {
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
    assert!(matches!(error, WebSocketError::Protocol(ProtocolError::Unmasked)));
    connection.finish()?;
    assert_eq!(sending.join().expect("no panic")?, b"\x88\x02\x03\xea");
    Ok(())
}

#[test]
fn s30_a_peer_that_goes_on_after_an_error_is_discarded() -> Result<(), WebSocketError> {
    let (mut connection, mut peer) = nonblocking(Config::server())?;
    peer.write_all(&unmasked(FIN | TEXT, b"bad"))?;
    let mut buffer = Vec::new();
    socket_select(&mut vec![connection.stream().clone()], None, None, 5, 0)?;
    connection.receive()?;
    assert!(matches!(connection.next(&mut buffer), Err(WebSocketError::Protocol(ProtocolError::Unmasked))));
    for _ in 0..100 {
        peer.write_all(&masked(FIN | BINARY, &[0; 10_000]))?;
        connection.receive()?;
        assert_eq!(connection.next(&mut buffer)?, None);
    }
    let start = Instant::now();
    connection.check_deadlines(start)?;
    let error = connection.check_deadlines(start + Duration::from_secs(10)).expect_err("time is over");
    assert!(matches!(error, WebSocketError::Timeout(Timeout::Close)));
    Ok(())
}

/// The same for a peer that never stops: an application that only waits for the end need not count.
#[test]
fn s30_after_an_error_only_so_many_bytes_are_discarded() -> Result<(), WebSocketError> {
    let (mut connection, mut peer) = nonblocking(Config::server())?;
    peer.set_write_timeout(Some(Duration::from_secs(60)))?;
    peer.write_all(&unmasked(FIN | TEXT, b"bad"))?;
    let flooding = thread::spawn(move || {
        let flood = masked(FIN | BINARY, &[0; 65_536]);
        (0..1 << 14).map_while(|_| peer.write_all(&flood).ok()).count() * flood.len()
    });
    let mut buffer = Vec::new();
    let mut received = 0;
    while !connection.is_ended() {
        socket_select(&mut vec![connection.stream().clone()], None, None, 5, 0)?;
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
fn s26_pings_do_not_delay_the_end() -> Result<(), WebSocketError> {
    let config = Config::server().close_timeout(Duration::from_millis(200));
    let (mut server, client) = handshaken(config, Config::client())?;
    let mut peer = TcpStream::try_from(client.stream().clone())?;
    let pinging = thread::spawn(move || {
        while peer.write_all(&masked(FIN | PING, b"still here")).is_ok() {
            thread::sleep(Duration::from_millis(5));
        }
    });
    server.close(CloseCode::GOING_AWAY)?;
    let result = in_time(move || server.read(&mut Vec::new()).map(|message| message.is_data()));
    assert!(matches!(result, Err(WebSocketError::Timeout(Timeout::Close))), "{result:?}");
    pinging.join().expect("no panic");
    Ok(())
}

#[test]
fn s26_messages_do_not_delay_the_end() -> Result<(), WebSocketError> {
    let config = Config::server().close_timeout(Duration::from_millis(200));
    let (mut server, client) = handshaken(config, Config::client())?;
    let mut peer = TcpStream::try_from(client.stream().clone())?;
    let talking = thread::spawn(move || {
        while peer.write_all(&masked(FIN | TEXT, b"still here")).is_ok() {
            thread::sleep(Duration::from_millis(5));
        }
    });
    server.close(CloseCode::GOING_AWAY)?;
    let error = in_time(move || {
        let mut buffer = Vec::new();
        loop {
            if let Err(error) = server.read(&mut buffer) {
                return error;
            }
        }
    });
    assert!(matches!(error, WebSocketError::Timeout(Timeout::Close)), "{error:?}");
    talking.join().expect("no panic");
    Ok(())
}
