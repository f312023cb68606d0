//! Two halves over TLS: both ways at once, nobody waits for the other.

use std::{
    hash::{DefaultHasher, Hasher},
    io::{self, Read, Write},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use php_sockets::{
    ws::{Config, Connection, Message, Part, Protocol, Reader, Role, Timeout, Transport, WebSocketError, Writer},
    *,
};

use super::support::{Authority, LONG, Outcome, pair};

/// A pair of connections, client and server, split.
fn halves(authority: &Authority, config: &Config) -> Outcome<[(Reader<Transport>, Writer<Transport>); 2]> {
    let [mut client, mut server] = pair(authority)?;
    // The handshake comes before anything has a deadline.
    let greeting = thread::spawn(move || -> io::Result<Transport> {
        server.read_exact(&mut [0; 5])?;
        server.write_all(b"hello")?;
        Ok(server)
    });
    client.write_all(b"hello")?;
    client.read_exact(&mut [0; 5])?;
    let server = greeting.join().expect("no panic")?;
    let connect = |stream, role| Connection::new(stream, Protocol::new(role, config.clone())).split();
    Ok([connect(client, Role::Client), connect(server, Role::Server)])
}

/// Sends so many pieces of a message, and returns a sum over them.
fn pour(writer: &Writer<Transport>, pieces: usize, seed: u8) -> Result<u64, WebSocketError> {
    let mut sum = DefaultHasher::new();
    let mut bytes = vec![0; 1 << 20];
    for piece in 0..pieces {
        bytes.iter_mut().enumerate().for_each(|(index, byte)| *byte = (index * 31 + piece).to_le_bytes()[0] ^ seed);
        sum.write(&bytes);
        writer.send(&bytes)?;
    }
    Ok(sum.finish())
}

fn drain(reader: &mut Reader<Transport>, mut bytes: usize) -> Result<u64, WebSocketError> {
    let mut sum = DefaultHasher::new();
    let mut buffer = Vec::new();
    while bytes > 0 {
        let Message::Binary(message) = reader.read(&mut buffer)? else { continue };
        sum.write(message);
        bytes -= message.len();
    }
    Ok(sum.finish())
}

/// How many MiB go each way; by hand, `TLS_MEBIBYTES=1024`.
fn mebibytes() -> usize {
    std::env::var("TLS_MEBIBYTES").ok().and_then(|text| text.parse().ok()).unwrap_or(24)
}

#[test]
fn both_ways_at_once() -> Outcome {
    let authority = Authority::new()?;
    let [client, server] = halves(&authority, &Config::server())?;
    let count = mebibytes();
    let started = Instant::now();
    let threads: Vec<_> = [(client, 1), (server, 2)]
        .into_iter()
        .flat_map(|((mut reader, writer), seed)| {
            [thread::spawn(move || drain(&mut reader, count << 20)), thread::spawn(move || pour(&writer, count, seed))]
        })
        .collect();
    let sums = threads.into_iter().map(|thread| thread.join().expect("no panic"));
    let sums = sums.collect::<Result<Vec<_>, WebSocketError>>()?;
    assert_eq!((sums[0], sums[2]), (sums[3], sums[1]));
    println!("2 x {count} MiB in {:?}", started.elapsed());
    Ok(())
}

#[test]
fn a_peer_that_does_not_read_is_read_from() -> Outcome {
    let authority = Authority::new()?;
    let [(mut reader, writer), (mut far_reader, far_writer)] = halves(&authority, &Config::server())?;
    // More than the sockets take: the writer waits for the peer, which does not read.
    let pouring = thread::spawn(move || pour(&writer, 32, 3));
    let mut buffer = Vec::new();
    for number in 0..1000 {
        let text = number.to_string();
        far_writer.send(&text)?;
        assert_eq!(reader.read(&mut buffer)?, Message::Text(&text));
    }
    assert!(!pouring.is_finished());
    // Now it reads.
    let sum = drain(&mut far_reader, 32 << 20)?;
    assert_eq!(pouring.join().expect("no panic")?, sum);
    Ok(())
}

#[test]
fn pings_and_close_are_answered_while_the_writer_writes() -> Outcome {
    let authority = Authority::new()?;
    let [(mut reader, writer), (mut far_reader, far_writer)] = halves(&authority, &Config::server())?;
    let (sender, ended) = mpsc::channel();
    let reading = thread::spawn(move || -> Result<(), WebSocketError> {
        let mut buffer = Vec::new();
        loop {
            if let Message::Close(_) = reader.read(&mut buffer)? {
                sender.send(()).expect("the test waits");
                return Ok(());
            }
        }
    });
    let pouring = thread::spawn(move || {
        let mut count = 0;
        while writer.send(&vec![7; 300_000]).is_ok() {
            count += 1;
        }
        count
    });
    far_writer.ping(b"are you there")?;
    far_writer.close(None)?;
    ended.recv_timeout(LONG)?;
    reading.join().expect("no panic")?;
    // Behind the frame that is being written comes the Pong, then the answer to the Close.
    let mut buffer = Vec::new();
    let mut messages = 0;
    let end = loop {
        match far_reader.read_part(&mut buffer)? {
            Part::Last(Message::Close(frame)) => break frame.map(|frame| frame.code),
            Part::Last(Message::Binary(_)) => messages += 1,
            _ => {}
        }
    };
    assert_eq!(end, None);
    assert_eq!(pouring.join().expect("no panic"), messages);
    Ok(())
}

#[test]
fn a_writer_does_not_wait_for_ever() -> Outcome {
    let authority = Authority::new()?;
    let config = Config::server().send_timeout(Duration::from_millis(300));
    let [(_reader, writer), (_far_reader, _far_writer)] = halves(&authority, &config)?;
    let started = Instant::now();
    let error = pour(&writer, 64, 3).expect_err("nobody reads");
    assert!(matches!(error, WebSocketError::Timeout(Timeout::Send)), "{error}");
    assert!(started.elapsed() < LONG, "{:?}", started.elapsed());
    Ok(())
}

#[test]
fn a_reader_that_finds_the_peer_gone_wakes_the_writer() -> Outcome {
    let authority = Authority::new()?;
    let config = Config::server()
        .keepalive(Some(Duration::from_millis(100)))
        .pong_timeout(Duration::from_millis(300))
        .send_timeout(None);
    let [(mut reader, writer), (_far_reader, _far_writer)] = halves(&authority, &config)?;
    let pouring = thread::spawn(move || pour(&writer, 1000, 3));
    let error = reader.read(&mut Vec::new()).expect_err("nobody is there");
    assert!(matches!(error, WebSocketError::Timeout(_)), "{error}");
    pouring.join().expect("no panic").expect_err("nobody reads");
    Ok(())
}
