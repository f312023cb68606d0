use std::{
    error::Error,
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use peers::server::Deflate;
use rustix::net::sockopt::set_socket_linger;

use crate::options::{Kind, Options};

/// How long a server may be silent.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

const REQUEST: &str = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";
/// The last line of the request.
const OFFERS: [(Option<Deflate>, &str); 3] = [
    (None, "\r\n"),
    (Some(Deflate::Takeover), "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"),
    (
        Some(Deflate::Alone),
        "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n\r\n",
    ),
];
/// The answer to this key, RFC 6455, section 1.3.
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// Connects a blocking socket. It ends with a reset: waiting for late packets would use up the ports.
pub(crate) fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    set_socket_linger(&stream, Some(Duration::ZERO))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

pub(crate) fn ask(mut stream: impl Write, options: &Options) -> io::Result<()> {
    let offer = OFFERS.iter().find(|(deflate, _)| *deflate == options.deflate).map_or("\r\n", |(_, offer)| offer);
    stream.write_all(format!("{REQUEST}{offer}").as_bytes())
}

/// Reads the server's answer to the opening handshake, which nothing follows yet.
pub(crate) fn answered(mut stream: impl Read) -> Result<String, Box<dyn Error>> {
    let mut answer = [0; 2048];
    let mut length = 0;
    while !answer[..length].ends_with(b"\r\n\r\n") {
        match stream.read(&mut answer[length..])? {
            0 => return Err("the server ends the connection instead of shaking hands".into()),
            count => length += count,
        }
    }
    let answer = str::from_utf8(&answer[..length])?;
    if answer.starts_with("HTTP/1.1 101 ") && answer.contains(ACCEPT) {
        Ok(answer.to_owned())
    } else {
        Err(answer.into())
    }
}

/// Opens a connection on which messages can be sent.
pub(crate) fn open(options: &Options) -> Result<TcpStream, Box<dyn Error>> {
    let stream = connect(options.address)?;
    stream.set_nodelay(true)?;
    if options.kind != Kind::Raw {
        ask(&stream, options)?;
        let answer = answered(&stream)?;
        if options.deflate.is_some() && !answer.contains("permessage-deflate") {
            return Err("the server does not compress".into());
        }
    }
    Ok(stream)
}
