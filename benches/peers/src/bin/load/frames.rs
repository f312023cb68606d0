//! One message as the client sends it and as the server is to send it back.

use std::{error::Error, io::Read, io::Write, net::TcpStream, thread};

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};

use crate::options::{Content, Kind, Options};

/// So many bytes are taken by the sockets' buffers, even when the server does not read.
const SURELY_TAKEN: usize = 32 * 1024;
const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
/// The bits of a frame's first two bytes.
const FIN: u8 = 0x80;
const COMPRESSED: u8 = 0x40;
const TEXT: u8 = 1;
const MASKED: u8 = 0x80;
/// What ends a compressed message and is not sent (RFC 7692, section 7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xFF, 0xFF];

pub(crate) struct Frames {
    pub(crate) request: Vec<u8>,
    /// None when its length is not known before: the server compresses.
    pub(crate) reply: Option<Vec<u8>>,
    payload: Vec<u8>,
}

impl Frames {
    pub(crate) fn new(options: &Options) -> Result<Self, Box<dyn Error>> {
        let payload = payload(options);
        if options.kind == Kind::Raw {
            return Ok(Self { request: payload.clone(), reply: Some(payload.clone()), payload });
        }
        let mut reply = header(FIN | TEXT, 0, payload.len());
        reply.extend(&payload);
        // Each message stands alone, which is right with context takeover, too.
        let (bits, sent) = match options.deflate {
            None => (0, payload.clone()),
            Some(_) => (COMPRESSED, compressed(&payload)?),
        };
        let mut request = Vec::new();
        let size = sent.len().div_ceil(options.fragments).max(1);
        let mut pieces = sent.chunks(size).enumerate().peekable();
        while let Some((index, piece)) = pieces.next() {
            let first = if index == 0 { bits | TEXT } else { 0 };
            let last = if pieces.peek().is_none() { FIN } else { 0 };
            request.extend(header(first | last, MASKED, piece.len()));
            request.extend(KEY);
            request.extend(piece.iter().zip(KEY.iter().cycle()).map(|(byte, key)| byte ^ key));
        }
        Ok(Self { request, reply: options.deflate.is_none().then_some(reply), payload })
    }

    /// Sends one message and holds the reply against what it has to be.
    pub(crate) fn check_echo(&self, stream: &TcpStream) -> Result<(), Box<dyn Error>> {
        let mut writer = stream;
        if self.request.len() <= SURELY_TAKEN {
            writer.write_all(&self.request)?;
            return self.check_reply(stream);
        }
        // The server must not wait for us while we wait for it.
        thread::scope(|scope| {
            let writing = scope.spawn(move || writer.write_all(&self.request));
            self.check_reply(stream)?;
            writing.join().map_err(|_| "the writer has panicked")??;
            Ok(())
        })
    }

    /// Reads one reply, the first of its connection, and holds it against what it has to be.
    pub(crate) fn check_reply(&self, mut stream: impl Read) -> Result<(), Box<dyn Error>> {
        let is_right = if let Some(expected) = &self.reply {
            let mut reply = vec![0; expected.len()];
            stream.read_exact(&mut reply)?;
            reply == *expected
        } else {
            let mut head = [0; 2];
            stream.read_exact(&mut head)?;
            if head[0] != FIN | COMPRESSED | TEXT {
                return Err("the reply is not one compressed text".into());
            }
            let mut length = usize::from(head[1]);
            if length == 126 {
                stream.read_exact(&mut head)?;
                length = usize::from(u16::from_be_bytes(head));
            }
            let mut reply = vec![0; length];
            stream.read_exact(&mut reply)?;
            reply.extend(TAIL);
            let mut inflated = Vec::with_capacity(self.payload.len() + 1);
            Decompress::new(false).decompress_vec(&reply, &mut inflated, FlushDecompress::Sync)?;
            inflated == self.payload
        };
        if is_right { Ok(()) } else { Err("the reply is not the message that was sent".into()) }
    }
}

fn payload(options: &Options) -> Vec<u8> {
    const ENGLISH: &str = "The quick brown fox jumps over the lazy dog. ";
    const CHINESE: &str = "敏捷的棕色狐狸跳过了懒狗，";
    let mut text = String::new();
    let mut number = 1;
    while text.len() < options.payload {
        match options.content {
            Content::English => text.push_str(ENGLISH),
            Content::Chinese => text.push_str(CHINESE),
            Content::Json => {
                let (id, user, time) = (number * 7919 % 100_003, number * 31 % 97, 1_764_000_000 + number * 17);
                text += &format!(
                    "{{\"id\":{id},\"user\":\"user{user}\",\"room\":\"lobby\",\"text\":\"message number {number}\",\"time\":{time}}},"
                );
                number += 1;
            }
        }
    }
    let mut end = options.payload;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text.push_str(&".".repeat(options.payload - end));
    text.into_bytes()
}

fn compressed(payload: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut bytes = Vec::with_capacity(payload.len() + 64);
    Compress::new(Compression::default(), false).compress_vec(payload, &mut bytes, FlushCompress::Sync)?;
    bytes.truncate(bytes.len() - TAIL.len());
    Ok(bytes)
}

/// The shortest form of a frame's header.
fn header(first: u8, mask: u8, length: usize) -> Vec<u8> {
    let mut header = vec![first];
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
