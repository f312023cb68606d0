//! Two halves of a connection in two threads.

use std::{
    io::{Read, Write},
    net::TcpStream,
    thread,
    time::Duration,
};

use php_sockets::{
    MSG_PEEK, socket_recv, socket_set_block, socket_set_nonblock,
    ws::{Config, Connection, Message, Protocol, Role, Timeout, WebSocketError},
};

use super::{handshaken, in_time, server};
use crate::stream::{CLOSE, FIN, PING, TEXT, masked};
use crate::support::tcp_pair;

#[test]
fn s27_a_ping_is_answered_while_the_reader_waits_and_the_writer_writes() -> Result<(), WebSocketError> {
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
    let reading = thread::spawn(move || -> Result<usize, WebSocketError> {
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
#[cfg_attr(windows, ignore = "shutdown forbids the sends that come, and ends none in progress: Microsoft's page on it")]
fn s27_a_writer_does_not_wait_for_a_peer_that_is_gone() -> Result<(), WebSocketError> {
    let quick = Duration::from_millis(50);
    let config = Config::server().keepalive(quick).pong_timeout(quick).send_timeout(None);
    let (server, gone) = handshaken(config, Config::client())?;
    let (mut reader, writer) = server.split();
    let payload = vec![7; 64 << 20];
    let writing = thread::spawn(move || writer.send(&payload));
    // It has begun.
    socket_recv(gone.stream(), &mut Vec::new(), 1, MSG_PEEK)?;
    let error = reader.read(&mut Vec::new()).map(|_| ()).expect_err("no Pong");
    assert!(matches!(error, WebSocketError::Timeout(Timeout::Pong)), "{error:?}");
    let result = in_time(move || writing.join().expect("no panic"));
    assert!(matches!(result, Err(WebSocketError::Io(_))), "{result:?}");
    Ok(())
}

/// With the last message nobody looks at the deadlines any more, whichever it is.
#[test]
#[cfg_attr(windows, ignore = "a write in progress ends when it does: only the send timeout can end it")]
fn s27_a_writer_does_not_wait_for_a_peer_that_has_said_goodbye() -> Result<(), WebSocketError> {
    for last in [&b"\x88\x02\x03\xe8"[..], b"\x83\x00"] {
        let (socket, peer) = tcp_pair()?;
        let config = Config::client().close_timeout(Duration::from_millis(200));
        let connection = Connection::new(socket, Protocol::new(Role::Client, config));
        let mut peer = TcpStream::try_from(peer)?;
        let (mut reader, writer) = connection.split();
        let writing = thread::spawn(move || writer.send(&vec![7; 50_000_000]));
        peer.read_exact(&mut [0; 10])?;
        peer.write_all(last)?;
        let _ = reader.read(&mut Vec::new());
        let result = in_time(|| writing.join().expect("no panic"));
        assert!(matches!(result, Err(WebSocketError::Timeout(Timeout::Send))), "{result:?}");
        drop(peer);
    }
    Ok(())
}

/// The socket is full and the peer reads nothing before it is read itself: waiting to send the Pong would be for ever.
#[test]
fn s27_a_pong_does_not_keep_the_reader_waiting() -> Result<(), WebSocketError> {
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
    let text = receiver.recv_timeout(Duration::from_secs(60)).expect("the reader does not wait");
    assert_eq!(text?, "读我".as_bytes());
    Ok(())
}
