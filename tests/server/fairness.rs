//! One client's work does not become another one's loss.

use std::{sync::mpsc, thread, time::Duration};

#[cfg(feature = "deflate")]
use php_sockets::ws::{
    Connector,
    deflate::Parameters,
    handshake::{Client as Handshake, Server as Negotiator},
};
use php_sockets::{
    ws::{
        Message,
        server::{Callbacks, Server},
    },
    *,
};

use crate::support::{LONG, REQUEST, Running, frame};

type TestResult = std::result::Result<(), Box<dyn std::error::Error>>;

/// Who answered a Ping while the server was kept busy, or stopped by Ctrl-Z, has answered in time.
#[test]
fn nobody_is_blamed_for_what_the_server_has_not_read() -> TestResult {
    // The Pong is there, and the server busy, before this is over.
    const PONG: Duration = Duration::from_secs(4);
    let (tell, busy) = mpsc::channel();
    let (wakes, sleeps) = mpsc::channel::<()>();
    let server = Running::start(
        |server| server.config(|config| config.keepalive(Duration::from_millis(300)).pong_timeout(PONG)),
        move || {
            Callbacks::new().onmessage(move |client, message| {
                if message == Message::Text("work") {
                    tell.send(()).expect("somebody waits");
                    let _ = sleeps.recv();
                }
                client.send(message);
            })
        },
    )?;
    let pinged = server.socket()?;
    socket_write(&pinged, REQUEST, None)?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.extend(socket_read(&pinged, 1, None)?);
    }
    let ping = socket_read(&pinged, 6, None)?;
    assert_eq!(ping[..2], [0x89, 4]);
    let mut other = server.client()?;
    other.send("work")?;
    busy.recv_timeout(LONG)?;
    socket_write(&pinged, [&[0x8A, 0x84, 0, 0, 0, 0], &ping[2..]].concat(), None)?;
    socket_write(&pinged, frame(0x81, "here"), None)?;
    thread::sleep(PONG + Duration::from_secs(1));
    wakes.send(())?;
    assert_eq!(socket_read(&pinged, 100, None)?, b"\x81\x04here");
    Ok(())
}

/// A client that has sent much, in short messages or in long ones, is read once; then the others have their turn.
#[test]
fn others_have_their_turn_beside_one_who_sends_much() -> TestResult {
    for (payload, most_read) in [(1_usize, 1 << 20), (10_000, 1)] {
        let listener = socket_create_listen(0, None)?;
        // More than one read waits in the system's buffer.
        socket_set_option(&listener, SOL_SOCKET, SO_RCVBUF, 2 << 20)?;
        let (tell, busy) = mpsc::channel();
        let (wakes, sleeps) = mpsc::channel::<()>();
        let (count, counted) = mpsc::channel();
        let server = Running::start_on(Server::new(listener)?.max_read_per_turn(most_read), move || {
            let mut before = 0;
            Callbacks::new().onmessage(move |_, message| match message {
                Message::Text("work") => {
                    tell.send(()).expect("somebody waits");
                    let _ = sleeps.recv();
                }
                Message::Text("here") => count.send(before).expect("somebody waits"),
                _ => before += 1,
            })
        })?;
        let flood = server.socket()?;
        socket_write(&flood, REQUEST, None)?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.extend(socket_read(&flood, 1, None)?);
        }
        let (mut other, mut worker) = (server.client()?, server.client()?);
        worker.send("work")?;
        busy.recv_timeout(LONG)?;
        let [.., high, low] = payload.to_be_bytes();
        let message = match payload {
            1 => frame(0x82, "x"),
            _ => [&[0x82, 0xFE, high, low, 0, 0, 0, 0][..], &vec![7; payload]].concat(),
        };
        let messages = message.repeat(100_000 / message.len());
        socket_set_nonblock(&flood)?;
        while socket_write(&flood, &messages, None).is_ok() {}
        other.send("here")?;
        wakes.send(())?;
        let read = counted.recv_timeout(LONG)? * message.len();
        assert!(read < 160 << 10, "{read} bytes of one client, in messages of {payload}");
    }
    Ok(())
}

/// A kilobyte may be a message of a megabyte: what it holds counts. All of it is heard all the same, and then how it ended.
#[cfg(feature = "deflate")]
#[test]
fn others_have_their_turn_beside_one_who_sends_little_that_is_much() -> TestResult {
    const SENT: usize = 64;
    for ends in ["stays", "closes", "leaves"] {
        let (tell, busy) = mpsc::channel();
        let (wakes, sleeps) = mpsc::channel::<()>();
        let (count, counted) = mpsc::channel();
        let deflate = Parameters::default();
        let negotiator = Negotiator::new().deflate(deflate)?;
        let server = Running::start(
            |server| server.handshake(negotiator),
            move || {
                let (mut before, left) = (0, count.clone());
                let heard = std::rc::Rc::new(std::cell::Cell::new(0));
                let seen = std::rc::Rc::clone(&heard);
                Callbacks::with_data::<bool>()
                    .onmessage(move |client, message| match message {
                        Message::Text("work") => {
                            tell.send(()).expect("somebody waits");
                            let _ = sleeps.recv();
                        }
                        Message::Text("here") => count.send(before).expect("somebody waits"),
                        message => {
                            assert_eq!(message.as_bytes(), vec![u8::try_from(before).expect("few"); 1 << 20]);
                            *client.data_mut() = true;
                            before += 1;
                            heard.set(before);
                        }
                    })
                    .onclose(move |client, _| {
                        if *client.data() {
                            let _ = left.send(seen.get());
                        }
                    })
            },
        )?;
        let connector = Connector::new().handshake(Handshake::new().deflate(deflate)?);
        let mut flood = server.client_of(&connector, "")?;
        let (mut other, mut worker) = (server.client()?, server.client()?);
        worker.send("work")?;
        busy.recv_timeout(LONG)?;
        for number in 0..SENT {
            flood.send(&vec![u8::try_from(number)?; 1 << 20])?;
        }
        match ends {
            "stays" => flood.send("here")?,
            "closes" => flood.connection.close(None)?,
            _ => drop(flood.connection),
        }
        other.send("here")?;
        wakes.send(())?;
        let before = counted.recv_timeout(LONG)?;
        assert!(before <= 3, "{before} messages of a megabyte of one client who {ends}");
        assert_eq!(counted.recv_timeout(LONG)?, SENT, "all of one who {ends} is heard");
    }
    Ok(())
}
