use std::{
    error::Error,
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    thread,
    time::Duration,
};

use crate::options::{Kind, Options};

/// How long a server may be silent.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
/// The answer to this key, RFC 6455, section 1.3.
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
/// So many bytes are taken by the sockets' buffers, even when the server does not read.
const SURELY_TAKEN: usize = 32 * 1024;
const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// One message as the client sends it and as the server is to send it back.
pub(crate) struct Frames {
    pub(crate) request: Vec<u8>,
    pub(crate) reply: Vec<u8>,
}

impl Frames {
    pub(crate) fn new(options: &Options) -> Self {
        let payload: Vec<u8> =
            b"The quick brown fox jumps over the lazy dog. ".iter().copied().cycle().take(options.payload).collect();
        if options.kind == Kind::Raw {
            return Self { request: payload.clone(), reply: payload };
        }
        let masked = payload.iter().zip(KEY.iter().cycle()).map(|(byte, key)| byte ^ key);
        let mut request = header(0x80, payload.len());
        request.extend(KEY);
        request.extend(masked);
        let mut reply = header(0, payload.len());
        reply.extend(payload);
        Self { request, reply }
    }
}

/// A final text frame's header, the mask bit and the shortest form of the length.
fn header(mask: u8, length: usize) -> Vec<u8> {
    let mut header = vec![0x81];
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ ..126), _) => header.push(mask | short),
        (_, Ok(middle)) => {
            header.push(mask | 126);
            header.extend(middle.to_be_bytes());
        }
        _ => {
            header.push(mask | 127);
            header.extend((length as u64).to_be_bytes());
        }
    }
    header
}

/// Connects a blocking socket.
pub(crate) fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

pub(crate) fn ask(mut stream: &TcpStream) -> io::Result<()> {
    stream.write_all(REQUEST)
}

/// Reads the server's answer to the opening handshake, which nothing follows yet.
pub(crate) fn answered(mut stream: &TcpStream) -> Result<(), Box<dyn Error>> {
    let mut answer = [0; 2048];
    let mut length = 0;
    while !answer[..length].ends_with(b"\r\n\r\n") {
        match stream.read(&mut answer[length..])? {
            0 => return Err("the server ends the connection instead of shaking hands".into()),
            count => length += count,
        }
    }
    let answer = str::from_utf8(&answer[..length])?;
    if answer.starts_with("HTTP/1.1 101 ") && answer.contains(ACCEPT) { Ok(()) } else { Err(answer.into()) }
}

/// Opens a connection on which messages can be sent.
pub(crate) fn open(options: &Options) -> Result<TcpStream, Box<dyn Error>> {
    let stream = connect(options.address)?;
    stream.set_nodelay(true)?;
    if options.kind != Kind::Raw {
        ask(&stream)?;
        answered(&stream)?;
    }
    Ok(stream)
}

/// Sends one message and holds the reply against what it has to be.
pub(crate) fn check_echo(stream: &TcpStream, frames: &Frames) -> Result<(), Box<dyn Error>> {
    let mut writer = stream;
    if frames.request.len() <= SURELY_TAKEN {
        writer.write_all(&frames.request)?;
        return check_reply(stream, frames);
    }
    // The server must not wait for us while we wait for it.
    thread::scope(|scope| {
        let writing = scope.spawn(move || writer.write_all(&frames.request));
        check_reply(stream, frames)?;
        writing.join().map_err(|_| "the writer has panicked")??;
        Ok(())
    })
}

/// Reads one reply and holds it against what it has to be.
pub(crate) fn check_reply(mut stream: &TcpStream, frames: &Frames) -> Result<(), Box<dyn Error>> {
    let mut reply = vec![0; frames.reply.len()];
    stream.read_exact(&mut reply)?;
    if reply == frames.reply { Ok(()) } else { Err("the reply is not the message that was sent".into()) }
}
