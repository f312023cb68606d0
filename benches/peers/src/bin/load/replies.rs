//! Counting replies without looking at what they say.

use std::{error::Error, net::TcpStream};

use rustix::{
    io::Errno,
    net::{RecvFlags, recv},
};

/// What has come of the next reply.
#[derive(Default)]
pub(crate) struct Replies {
    /// Bytes of a reply of known length, or those of a payload that are still to come.
    bytes: usize,
    /// The beginning of a header.
    head: Vec<u8>,
}

impl Replies {
    /// Reads what has come and returns how many replies are complete with it. Of those that are all `length` bytes the system
    /// drops the bytes instead of copying them; of others the headers are looked at.
    pub(crate) fn read(
        &mut self,
        stream: &TcpStream,
        sink: &mut [u8],
        length: Option<usize>,
    ) -> Result<u64, Box<dyn Error>> {
        let flags = if length.is_some() { RecvFlags::TRUNC } else { RecvFlags::empty() };
        let mut replies = 0;
        loop {
            match recv(stream, &mut *sink, flags) {
                Ok((_, 0)) => return Err("the server has ended a connection".into()),
                Ok((_, count)) => {
                    replies += match length {
                        Some(length) => self.count(count, length),
                        None => self.walk(&sink[..count]),
                    };
                    // A short read has emptied the socket.
                    if count < sink.len() {
                        return Ok(replies);
                    }
                }
                Err(Errno::AGAIN) => return Ok(replies),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Counts bytes of replies that are all `length` bytes long.
    pub(crate) fn count(&mut self, bytes: usize, length: usize) -> u64 {
        self.bytes += bytes;
        let replies = self.bytes / length;
        self.bytes %= length;
        replies as u64
    }

    /// Counts the final frames that end in `bytes`.
    fn walk(&mut self, mut bytes: &[u8]) -> u64 {
        let mut replies = 0;
        while !bytes.is_empty() {
            if self.bytes > 0 {
                let taken = self.bytes.min(bytes.len());
                self.bytes -= taken;
                bytes = &bytes[taken..];
            } else {
                self.head.push(bytes[0]);
                bytes = &bytes[1..];
                let size = match self.head.get(1) {
                    Some(126) => 4,
                    Some(127) => 10,
                    _ => 2,
                };
                if self.head.len() < size {
                    continue;
                }
                let long = self.head[2..].iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
                self.bytes = if size == 2 { usize::from(self.head[1]) } else { long };
            }
            if self.bytes == 0 {
                replies += u64::from(self.head[0] >> 7);
                self.head.clear();
            }
        }
        replies
    }
}
