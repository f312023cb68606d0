//! Peers that are silent or slow.

use std::{
    io::Write,
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use php_sockets::ws::{Config, Message, Protocol, Role, Timeout, WebSocketError};

use super::{LONG, handshaken};
use crate::stream::{BINARY, FIN, PING, PONG, TEXT, masked};

#[test]
fn s25_only_the_matching_pong_ends_the_wait() -> Result<(), WebSocketError> {
    let mut buffer = Vec::new();
    let start = Instant::now();
    let at = |seconds| start + Duration::from_secs(seconds);
    let mut protocol = Protocol::new(Role::Server, Config::server());
    protocol.check_deadlines(at(0))?;
    protocol.check_deadlines(at(19))?;
    assert_eq!(protocol.output(), b"");
    assert_eq!(protocol.deadline(), Some(at(20)));
    protocol.check_deadlines(at(20))?;
    let ping = protocol.output().to_vec();
    assert_eq!((ping[0], ping[1]), (0x89, 4));
    protocol.written(ping.len())?;

    protocol.feed(&masked(FIN | PONG, &ping[2..]));
    protocol.feed(&masked(FIN | PONG, b"unsolicited"));
    assert_eq!(protocol.next(&mut buffer)?, None);
    protocol.check_deadlines(at(39))?;
    assert_eq!(protocol.output(), b"", "the peer was heard");
    protocol.check_deadlines(at(59))?;
    let second = protocol.output().to_vec();
    assert_ne!(second, ping);
    protocol.written(second.len())?;

    protocol.feed(&masked(FIN | PONG, &ping[2..]));
    protocol.feed(&masked(FIN | TEXT, b"busy"));
    assert_eq!(protocol.next(&mut buffer)?, Some(Message::Text("busy")));
    protocol.check_deadlines(at(78))?;
    let error = protocol.check_deadlines(at(79)).expect_err("no matching Pong");
    assert!(matches!(error, WebSocketError::Timeout(Timeout::Pong)));
    Ok(())
}

#[test]
fn s25_a_long_frame_may_delay_the_pong() -> Result<(), WebSocketError> {
    let mut buffer = Vec::new();
    let start = Instant::now();
    let mut protocol = Protocol::new(Role::Server, Config::server().message_timeout(None));
    protocol.check_deadlines(start)?;
    protocol.check_deadlines(start + Duration::from_secs(20))?;
    assert_eq!(protocol.output().first(), Some(&0x89));
    protocol.feed(&masked(FIN | BINARY, &[0; 10_000])[..100]);
    for second in 21..200 {
        protocol.feed(&[0]);
        assert_eq!(protocol.next(&mut buffer)?, None);
        protocol.check_deadlines(start + Duration::from_secs(second))?;
    }
    // The frame stands still.
    let error = protocol.check_deadlines(start + Duration::from_secs(220)).expect_err("a dead peer");
    assert!(matches!(error, WebSocketError::Timeout(Timeout::Pong)));
    Ok(())
}

/// Whoever wants no limit says so with zero, as for the other deadlines.
#[test]
fn no_time_for_a_pong_or_a_close_is_no_limit() -> Result<(), WebSocketError> {
    let config = Config::server().pong_timeout(Duration::ZERO).close_timeout(Duration::ZERO);
    let mut protocol = Protocol::new(Role::Server, config);
    let start = Instant::now();
    let at = |seconds| start + Duration::from_secs(seconds);
    protocol.check_deadlines(start)?;
    protocol.check_deadlines(at(20))?;
    assert_eq!(protocol.output()[0], 0x89, "a Ping");
    protocol.check_deadlines(at(4000))?;
    assert_eq!(protocol.deadline(), None);
    protocol.close(None)?;
    protocol.check_deadlines(at(4001))?;
    protocol.check_deadlines(at(9000))?;
    assert_eq!(protocol.deadline(), None);
    Ok(())
}

#[test]
fn s25_a_blocking_read_notices_a_peer_that_is_gone() -> Result<(), WebSocketError> {
    let quick = Duration::from_millis(50);
    let config = Config::server().keepalive(quick).pong_timeout(quick);
    let (mut connection, client) = handshaken(config, Config::client())?;
    let start = Instant::now();
    // The client is there and does not read: nobody answers.
    let error = connection.read(&mut Vec::new()).expect_err("no Pong");
    assert!(matches!(error, WebSocketError::Timeout(Timeout::Pong)), "{error:?}");
    assert!(start.elapsed() >= quick && start.elapsed() < LONG);
    drop(client);
    Ok(())
}

#[test]
fn s25_a_blocking_read_keeps_a_quiet_peer() -> Result<(), WebSocketError> {
    let quick = Duration::from_millis(40);
    let config = Config::server().keepalive(quick).pong_timeout(LONG);
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
fn s09_a_slow_peer_is_cut_off_while_its_bytes_keep_coming() -> Result<(), WebSocketError> {
    let config = Config::server().message_timeout(Duration::from_millis(200));
    let (mut connection, client) = handshaken(config, Config::client())?;
    let mut peer = TcpStream::try_from(client.stream().clone())?;
    let writing = thread::spawn(move || {
        let frame = masked(FIN | BINARY, &vec![0; 10_000_000]);
        frame.iter().take_while(|byte| peer.write_all(&[**byte]).is_ok()).count()
    });
    let start = Instant::now();
    let error = connection.read(&mut Vec::new()).map(|message| message.as_bytes().len()).expect_err("too late");
    assert!(matches!(error, WebSocketError::Timeout(Timeout::Message)), "{error:?}");
    assert!(start.elapsed() < LONG);
    drop(connection);
    assert!(writing.join().expect("no panic") > 0);
    Ok(())
}

#[test]
fn s09_pings_are_no_unfinished_message() -> Result<(), WebSocketError> {
    const LIMIT: Duration = Duration::from_millis(100);
    let config = Config::server().message_timeout(LIMIT);
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
