use std::{
    error::Error,
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use peers::server::Deflate;
use rustix::{
    io::Errno,
    net::{RecvFlags, recv, sockopt::set_socket_linger},
};

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

/// How often those that are open are looked at while others are opened: sooner than any server loses its patience.
const SWEEP: Duration = Duration::from_secs(5);

/// Connections that are open and on which nothing is under way but what the server asks.
pub(crate) struct Opened {
    swept: Instant,
}

impl Opened {
    pub(crate) fn new() -> Self {
        Self { swept: Instant::now() }
    }

    /// Answers the Pings that have come, when it is time to.
    pub(crate) fn sweep<'s>(&mut self, streams: impl Iterator<Item = &'s TcpStream>) -> Result<(), Box<dyn Error>> {
        if self.swept.elapsed() < SWEEP {
            return Ok(());
        }
        self.swept = Instant::now();
        Self::sweep_all(streams)
    }

    /// Answers the Pings that have come: the last thing before messages are counted.
    pub(crate) fn sweep_all<'s>(streams: impl IntoIterator<Item = &'s TcpStream>) -> Result<(), Box<dyn Error>> {
        streams.into_iter().try_for_each(answer_pings)
    }
}

/// Answers the Pings that have come on a connection on which nothing else is under way.
fn answer_pings(mut stream: &TcpStream) -> Result<(), Box<dyn Error>> {
    const PING: u8 = 0x89;
    const PONG: u8 = 0x8A;
    const MASKED: u8 = 0x80;
    let mut space = [0; 1024];
    let mut frames = match recv(stream, &mut space[..], RecvFlags::DONTWAIT) {
        Ok((_, 0)) => return Err("the server has ended a connection".into()),
        Ok((_, count)) => &space[..count],
        Err(Errno::AGAIN) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    while let &[first, length, ref rest @ ..] = frames {
        let payload = rest.get(..usize::from(length)).filter(|_| first == PING);
        let payload = payload.ok_or("what comes unasked is not a Ping")?;
        // The key is zero.
        stream.write_all(&[&[PONG, MASKED | length, 0, 0, 0, 0], payload].concat())?;
        frames = &rest[payload.len()..];
    }
    if frames.is_empty() { Ok(()) } else { Err("a Ping has come in part".into()) }
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
