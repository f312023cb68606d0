use std::fs::File;
use std::io::Write;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::UnixStream;

use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let listener = socket_import_stream(listener)?;
    show(&listener);
    show(socket_getsockname(&listener).map(|(address, _)| address));
    show(socket_get_option(&listener, SOL_SOCKET, SO_TYPE)? == SOCK_STREAM);

    let (address, port) = socket_getsockname(&listener)?;
    let client = socket_import_stream(TcpStream::connect(format!("{address}:{port}"))?)?;
    show(socket_getpeername(&client).map(|(address, there)| (address, there == port)));
    let connection = socket_accept(&listener)?;
    show(socket_write(&client, "你好", None));
    show(socket_read(&connection, 100, None));

    let datagrams = socket_import_stream(UdpSocket::bind("[::1]:0")?)?;
    show(socket_getsockname(&datagrams).map(|(address, _)| address));
    let mut data = Vec::new();
    show(socket_recvfrom(&datagrams, &mut data, 100, MSG_DONTWAIT));

    let (mut left, right) = UnixStream::pair()?;
    left.write_all(b"from the stream\n")?;
    let right = socket_import_stream(right)?;
    show(socket_read(&right, 100, PHP_NORMAL_READ));
    show(socket_getsockname(&right).map(|(address, _)| address));

    // Not a socket.
    std::fs::write("note.txt", "x")?;
    show(socket_import_stream(File::open("note.txt")?));
    Ok(())
}
