//! A program that hands its listening socket on.

use std::{
    os::fd::AsFd,
    sync::{
        Arc, Barrier,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use php_sockets::{
    ws::{
        WebSocketError,
        server::{Callbacks, Server},
    },
    *,
};

use crate::support::{REQUEST, eventually, frame};

/// Whoever waits at the listening socket while the threads are busy and the server is told to restart is served by the next one.
#[test]
fn a_restart_loses_nobody_who_waits_to_be_accepted() -> Result<(), Box<dyn std::error::Error>> {
    let listener = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    // Without it there is but one socket for all, as clients come before the others are made.
    socket_set_option(&listener, SOL_SOCKET, SO_REUSEADDR, 1)?;
    socket_bind(&listener, "127.0.0.1", 0)?;
    socket_listen(&listener, 128)?;
    let (busy, release) = (Arc::new(AtomicUsize::new(0)), Arc::new(Barrier::new(3)));
    let server = Server::new(listener)?.share_listener().max_accepts_per_turn(1).stop_timeout(Duration::from_millis(1));
    let next = Server::new(server.listener().as_fd().try_clone_to_owned()?.try_into()?)?
        .stop_timeout(Duration::from_millis(1));
    let (port, handle) = (server.address()?.1, server.handle());
    let thread = {
        let (busy, release) = (Arc::clone(&busy), Arc::clone(&release));
        let make = move || {
            let (busy, release) = (Arc::clone(&busy), Arc::clone(&release));
            Callbacks::new().onmessage(move |_, _| {
                busy.fetch_add(1, Ordering::SeqCst);
                release.wait();
            })
        };
        thread::spawn(move || server.threads(2).run(make))
    };
    let mut clients = Vec::new();
    let mut come = |message: &[u8]| -> Result<(), WebSocketError> {
        let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
        socket_set_option(&socket, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 60, usec: 0 })?;
        socket_connect(&socket, "127.0.0.1", port)?;
        socket_write(&socket, [REQUEST.as_bytes(), message].concat(), None)?;
        clients.push(socket);
        Ok(())
    };
    // One thread is busy with the first; so the other one takes the second.
    for expected in 1..=2 {
        come(&frame(0x81, "你好"))?;
        eventually(|| busy.load(Ordering::SeqCst) == expected);
    }
    for _ in 0..40 {
        come(b"")?;
    }
    handle.restart(Duration::from_millis(100));
    release.wait();
    thread.join().expect("no panic")?;
    let handle = next.handle();
    let next = thread::spawn(move || next.run(Callbacks::new()));
    for client in &clients {
        let answer = socket_read(client, 4096, None)?;
        assert!(answer.starts_with(b"HTTP/1.1 101 "), "{}", String::from_utf8_lossy(&answer));
    }
    handle.stop();
    Ok(next.join().expect("no panic")?)
}
