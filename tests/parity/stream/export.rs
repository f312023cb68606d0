use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixDatagram;

use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<(), Box<dyn std::error::Error>> {
    let listener = socket_create_listen(0, None)?;
    let (_, port) = socket_getsockname(&listener)?;
    let client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_connect(&client, "127.0.0.1", port)?;

    // The stream and the socket are one connection.
    let mut stream: TcpStream = socket_export_stream(&client)?;
    let accepting: TcpListener = socket_export_stream(&listener)?;
    let connection = socket_import_stream(accepting.accept()?.0)?;
    stream.write_all(b"through the stream\n")?;
    show(socket_read(&connection, 100, None));
    show(socket_write(&client, "through the socket\n", None));
    show(socket_read(&connection, 100, None));
    socket_write(&connection, "第一行\n第二行\n", None)?;
    show(socket_read(&client, 100, PHP_NORMAL_READ));
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    show(line);

    let pair = socket_create_pair(AF_UNIX, SOCK_DGRAM, 0)?;
    let stream: UnixDatagram = socket_export_stream(&pair[0])?;
    stream.send(b"a datagram")?;
    show(socket_read(&pair[1], 100, None));
    Ok(())
}
