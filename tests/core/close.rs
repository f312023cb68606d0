//! `socket_close`: at once, for every clone, and sound.

use std::io::{Read, Write};
#[cfg(unix)]
use std::os::fd::{AsFd, AsRawFd};
#[cfg(windows)]
use std::os::windows::io::{AsRawSocket, AsSocket};

use php_sockets::*;

use crate::port::own_port;
use crate::support::tcp_pair;

#[test]
fn every_call_on_every_clone_is_an_error() -> Result<()> {
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    let clone = socket.clone();
    socket_close(&socket)?;
    let mut buf = Vec::new();
    let errors = [
        socket_bind(&clone, "127.0.0.1", 0).err(),
        socket_listen(&clone, None).err(),
        socket_accept(&clone).err(),
        socket_connect(&clone, "127.0.0.1", 1).err(),
        socket_read(&clone, 1, None).err(),
        socket_write(&clone, "", None).err(),
        socket_recv(&clone, &mut buf, 1, 0).err(),
        socket_send(&clone, "", 0, 0).err(),
        socket_recvfrom(&clone, &mut buf, 1, 0).err(),
        socket_sendto(&clone, "", 0, 0, "127.0.0.1", 1).err(),
        socket_getsockname(&clone).err(),
        socket_getpeername(&clone).err(),
        socket_set_block(&clone).err(),
        socket_set_nonblock(&clone).err(),
        socket_shutdown(&clone, None).err(),
        socket_atmark(&clone).err(),
        socket_close(&clone).err(),
    ];
    for error in errors {
        let error = error.expect("a closed socket is an error");
        assert!(matches!(error, Error::Closed { .. }), "{error}");
        assert!(error.to_string().ends_with("(): Argument #1 ($socket) has already been closed"), "{error}");
        assert_eq!(error.code(), 0);
    }
    Ok(())
}

#[test]
#[cfg(unix)]
fn the_number_is_not_handed_out_while_a_clone_lives() -> Result<()> {
    let (client, server) = tcp_pair()?;
    let clone = client.clone();
    let number = client.as_raw_fd();
    socket_close(&client)?;
    drop(client);
    let others: Vec<_> = (0..64).map(|_| socket_create(AF_INET, SOCK_STREAM, 0)).collect::<Result<_>>()?;
    assert!(others.iter().all(|other| other.as_raw_fd() != number));
    assert_eq!(clone.as_fd().as_raw_fd(), number);
    // The connection itself is gone although the clone lives.
    assert_eq!(socket_read(&server, 1, None)?, b"");
    Ok(())
}

#[test]
fn the_port_is_free_at_once() -> Result<()> {
    // One of port 0 could be given to another test in between.
    let port = own_port().into();
    let listener = socket_create_listen(port, None)?;
    let clone = listener.clone();
    assert_eq!(socket_create_listen(port, None).map_err(|error| error.code()), Err(SOCKET_EADDRINUSE));
    socket_close(&listener)?;
    socket_create_listen(port, None)?;
    assert!(socket_accept(&clone).is_err());
    Ok(())
}

#[test]
fn the_last_drop_closes() -> Result<()> {
    let (client, server) = tcp_pair()?;
    drop(client);
    assert_eq!(socket_read(&server, 1, None)?, b"");
    Ok(())
}

#[test]
fn read_and_write_traits_refuse_too() -> Result<()> {
    let (client, _server) = tcp_pair()?;
    socket_close(&client)?;
    let error = (&client).read(&mut [0; 8]).expect_err("closed");
    assert_eq!(error.kind(), std::io::ErrorKind::NotConnected);
    let error = (&client).write(b"x").expect_err("closed");
    assert_eq!(error.kind(), std::io::ErrorKind::NotConnected);
    Ok(())
}

#[test]
fn shutdown_wakes_a_reader_and_close_is_safe_beside_it() -> Result<(), Box<dyn std::error::Error>> {
    let (client, _server) = tcp_pair()?;
    let reader = client.clone();
    let (waiting, waits) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        waiting.send(()).expect("the test waits for it");
        socket_read(&reader, 16, None)
    });
    waits.recv()?;
    socket_shutdown(&client, SHUT_RDWR)?;
    socket_close(&client)?;
    // Shut down before, in or after its call, the reader ends: with the end of the connection, or with an error.
    match thread.join().map_err(|_| "the reader panicked")? {
        Ok(data) => assert_eq!(data, b""),
        Err(Error::Closed { .. }) => {}
        Err(error) => assert!([SOCKET_EBADF, SOCKET_ESHUTDOWN].contains(&error.code()), "{error}"),
    }
    Ok(())
}

/// A socket of a pair, on which no call waits.
fn nonblocking_pair() -> Result<(Socket, Socket)> {
    let (one, other) = tcp_pair()?;
    socket_set_nonblock(&one)?;
    socket_set_nonblock(&other)?;
    Ok((one, other))
}

#[test]
fn calls_that_race_with_close_never_reach_another_socket() -> Result<()> {
    for _ in 0..if cfg!(windows) { 50 } else { 200 } {
        let (socket, _peer) = nonblocking_pair()?;
        let barrier = std::sync::Arc::new(std::sync::Barrier::new(3));
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let (clone, barrier) = (socket.clone(), barrier.clone());
                std::thread::spawn(move || {
                    barrier.wait();
                    let mut buf = Vec::new();
                    loop {
                        match socket_write(&clone, "stray", None).and_then(|_| socket_recv(&clone, &mut buf, 16, 0)) {
                            Err(error) if !error.is_silent() => return error,
                            _ => {}
                        }
                    }
                })
            })
            .collect();
        barrier.wait();
        socket_close(&socket)?;
        // The numbers that are handed out now.
        let others: Vec<_> = (0..8).map(|_| nonblocking_pair()).collect::<Result<_>>()?;
        for thread in threads {
            let error = thread.join().expect("no panic");
            assert!(matches!(error, Error::Closed { .. }) || error.code() == SOCKET_EBADF, "{error}");
        }
        for other in others.iter().flat_map(|(one, other)| [one, other]) {
            assert_eq!(socket_read(other, 16, None).map_err(|error| error.code()), Err(SOCKET_EWOULDBLOCK));
        }
    }
    Ok(())
}

/// A port that is taken, for a socket that may be told so.
fn take(port: i32) -> Result<Socket> {
    let socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    socket_bind(&socket, "127.0.0.1", port)?;
    Ok(socket)
}

#[test]
fn the_port_of_udp_is_free_at_once_and_a_number_is_nobody_elses() -> Result<()> {
    let port = own_port().into();
    let socket = take(port)?;
    let (clone, id) = (socket.clone(), socket.id());
    assert_eq!(take(port).map_err(|error| error.code()), Err(SOCKET_EADDRINUSE));
    socket_close(&socket)?;
    take(port)?;
    let others: Vec<_> = (0..64).map(|_| take(0)).collect::<Result<_>>()?;
    assert!(clone.id() == id && others.iter().all(|other| other.id() != id));
    Ok(())
}

/// A handle that was lent out before is its own until the last clone is gone; one that is asked for later leads nowhere.
#[test]
#[cfg(windows)]
fn a_lent_handle_stays() -> Result<()> {
    for before in [true, false] {
        let (client, server) = tcp_pair()?;
        let clone = client.clone();
        let handle = before.then(|| client.as_raw_socket());
        socket_close(&client)?;
        assert_eq!(socket_read(&server, 1, None)?, b"", "the connection has ended");
        let others: Vec<_> = (0..64).map(|_| socket_create(AF_INET, SOCK_STREAM, 0)).collect::<Result<_>>()?;
        let lent = clone.as_socket().as_raw_socket();
        assert!(handle.is_none_or(|handle| handle == lent) && others.iter().all(|other| other.as_raw_socket() != lent));
    }
    Ok(())
}

#[test]
fn conversions_of_a_closed_socket_are_errors() -> Result<()> {
    let (client, server) = tcp_pair()?;
    socket_close(&client)?;
    assert!(matches!(socket_export_stream::<std::net::TcpStream>(&client), Err(Error::Closed { .. })));
    assert!(matches!(std::net::TcpStream::try_from(client), Err(Error::Closed { .. })));
    // With and without clones, an open one keeps its connection.
    let clone = server.clone();
    let shared = std::net::TcpStream::try_from(server)?;
    let alone = std::net::TcpStream::try_from(clone)?;
    #[cfg(unix)]
    assert_ne!(shared.as_raw_fd(), alone.as_raw_fd());
    assert_eq!(shared.local_addr().ok(), alone.local_addr().ok());
    Ok(())
}
