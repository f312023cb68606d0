//! Peers that do not read, and peers that send without end.

use std::{
    io::{Read, Write},
    thread,
    time::Duration,
};

use php_sockets::{
    socket_select, socket_set_block, socket_set_nonblock, socket_write,
    ws::{Config, Connection, Interest, Overflow, Part, Prepared, Timeout, Unsendable, WebSocketError},
};

use super::{handshaken, in_time, nonblocking, server};
use crate::stream::{BINARY, FIN, PING, TEXT, masked, unmasked};

/// Sends until the connection does not take more; returns how often it did.
fn fill(connection: &mut Connection, message: &[u8]) -> (usize, WebSocketError) {
    for count in 0..100_000 {
        if let Err(error) = connection.send(message) {
            return (count, error);
        }
        assert!(connection.buffered_amount() <= 100_000, "the limit holds");
    }
    panic!("the connection takes everything");
}

#[test]
fn s21_a_peer_that_never_reads_fills_the_buffer_and_no_more() -> Result<(), WebSocketError> {
    let config = Config::server().send_buffer_limit(100_000);
    let (mut connection, mut peer) = nonblocking(config.clone())?;
    let (mut other, mut other_peer) = nonblocking(config)?;
    let (count, error) = fill(&mut connection, &[7; 1000]);
    assert!(matches!(error, WebSocketError::Unsendable(Unsendable::BufferFull)));
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
        socket_select(None, &mut vec![connection.stream().clone()], None, 5, 0)?;
    }
    let (received, _peer) = reading.join().expect("no panic")?;
    assert!(received == unmasked(FIN | BINARY, &[7; 1000]).repeat(count));
    Ok(())
}

/// What is kept back to leave with more waits for nobody: it takes no room from what comes behind it.
#[test]
fn what_is_corked_does_not_count_as_waiting() -> Result<(), WebSocketError> {
    let message = [7; 400];
    for overflow in [Overflow::Refuse, Overflow::Discard, Overflow::Disconnect] {
        let config = Config::server().send_buffer_limit(1000).overflow(overflow);
        let (mut connection, mut peer) = nonblocking(config)?;
        connection.cork();
        for _ in 0..20 {
            connection.send(&message)?;
        }
        connection.send_prepared(&Prepared::new(&message)?)?;
        connection.send_uncompressed(&message)?;
        connection.send_part(Part::last(&message))?;
        connection.flush()?;
        let mut received = vec![0; 23 * 404];
        peer.read_exact(&mut received)?;
        assert!(received == unmasked(FIN | BINARY, &message).repeat(23));
    }
    Ok(())
}

#[test]
fn s21_messages_can_be_dropped_instead() -> Result<(), WebSocketError> {
    let config = Config::server().send_buffer_limit(10_000).overflow(Overflow::Discard);
    let (mut connection, _peer) = nonblocking(config)?;
    for _ in 0..20_000 {
        connection.send(&[7; 1000])?;
        assert!(connection.buffered_amount() <= 10_000);
    }
    assert!(connection.is_open() && connection.wants_write());
    Ok(())
}

#[test]
fn s21_or_the_peer_disconnected() -> Result<(), WebSocketError> {
    let config = Config::server().send_buffer_limit(10_000).overflow(Overflow::Disconnect);
    let (mut connection, _peer) = nonblocking(config)?;
    let (_, error) = fill(&mut connection, &[7; 1000]);
    assert!(matches!(error, WebSocketError::Closed));
    assert!(!connection.is_open() && connection.buffered_amount() == 0);
    Ok(())
}

#[test]
fn s22_only_the_latest_ping_is_remembered() -> Result<(), WebSocketError> {
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
        socket_select(&mut read, &mut write, None, 0, 20_000)?;
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
fn s23_a_flood_is_answered_within_bounds() -> Result<(), WebSocketError> {
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

/// Has a blocking connection, whose peer reads nothing, hold more than the socket will take.
fn stuff(connection: &mut Connection) -> Result<(), WebSocketError> {
    socket_set_nonblock(connection.stream())?;
    while connection.buffered_amount() < 8 << 20 {
        connection.send(&[7; 100_000])?;
    }
    Ok(socket_set_block(connection.stream())?)
}

#[test]
fn s21_a_blocking_connection_does_not_wait_for_ever_for_a_peer_that_never_reads() -> Result<(), WebSocketError> {
    let config = Config::server().send_timeout(Duration::from_millis(100));
    let (mut sending, _unread) = handshaken(config.clone(), Config::client())?;
    stuff(&mut sending)?;
    let result = in_time(move || sending.send("too much").map(|()| sending));
    assert!(matches!(result, Err(WebSocketError::Timeout(Timeout::Send))), "{result:?}");

    // Nor when it only answers Pings.
    let config = config.close_timeout(Duration::from_millis(100));
    let (mut reading, client) = handshaken(config.clone(), Config::client())?;
    stuff(&mut reading)?;
    socket_write(client.stream(), masked(FIN | PING, b"answer me"), None)?;
    let result = in_time(move || reading.read(&mut Vec::new()).map(|message| message.is_data()));
    assert!(matches!(result, Err(WebSocketError::Timeout(Timeout::Close))), "{result:?}");

    // Nor when it ends the connection.
    let (mut ending, _unread) = handshaken(config.send_timeout(None), Config::client())?;
    stuff(&mut ending)?;
    let result = in_time(move || ending.finish());
    assert!(matches!(result, Err(WebSocketError::Timeout(Timeout::Close))), "{result:?}");
    Ok(())
}

/// What a loop that follows `interest` blindly is told.
#[test]
fn events_say_what_to_wait_for() -> Result<(), WebSocketError> {
    let (mut connection, mut peer) = nonblocking(Config::server())?;
    assert_eq!(connection.interest(), Interest::Read);
    connection.cork();
    connection.send("wait")?;
    assert_eq!(connection.interest(), Interest::ReadWrite);
    connection.flush()?;
    assert_eq!(connection.interest(), Interest::Read);
    while connection.buffered_amount() < 64 * 1024 {
        connection.send(&[7; 100_000])?;
    }
    assert_eq!(connection.interest(), Interest::Write, "who does not read is not read from");
    let waiting = connection.buffered_amount();
    let mut taken = vec![0; 1 << 20];
    while connection.buffered_amount() == waiting {
        peer.read_exact(&mut taken[..64 * 1024])?;
        connection.flush()?;
    }
    peer.set_nonblocking(true)?;
    while connection.interest() != Interest::Read {
        let _ = peer.read(&mut taken);
        connection.flush()?;
    }
    Ok(())
}

/// Who answers the first of two messages and then works, or only sends, is heard at once.
#[test]
fn a_blocking_connection_keeps_nothing_back() -> Result<(), WebSocketError> {
    let (mut connection, mut peer) = server(Config::server())?;
    peer.write_all(&[masked(FIN | TEXT, "一".as_bytes()), masked(FIN | TEXT, "二".as_bytes())].concat())?;
    let mut buffer = Vec::new();
    connection.read(&mut buffer)?;
    connection.send("三")?;
    let mut received = [0; 5];
    peer.read_exact(&mut received)?;
    assert_eq!(received, *b"\x81\x03\xe4\xb8\x89");
    // A cork holds until the read that would wait.
    connection.cork();
    connection.send("四")?;
    assert_ne!(connection.buffered_amount(), 0);
    connection.read(&mut buffer)?;
    assert_ne!(connection.buffered_amount(), 0);
    connection.set_read_timeout(Some(Duration::from_millis(1)))?;
    assert!(connection.read(&mut buffer).is_err_and(|error| error.would_block()));
    peer.read_exact(&mut received)?;
    assert_eq!(received, *b"\x81\x03\xe5\x9b\x9b");
    Ok(())
}
