use std::{io, net::TcpStream};

use rustix::{
    io::Errno,
    net::{SendFlags, send},
};

/// How much of an endless row of equal frames a connection still has to send.
#[derive(Default)]
pub(crate) struct Sending {
    unsent: usize,
    /// Where in a frame what is unsent begins.
    offset: usize,
}

impl Sending {
    pub(crate) fn queue(&mut self, bytes: usize) {
        self.unsent += bytes;
    }

    /// What goes next, as far as `burst`, a number of the frames, has it.
    pub(crate) fn next<'b>(&self, burst: &'b [u8]) -> &'b [u8] {
        &burst[self.offset..burst.len().min(self.offset + self.unsent)]
    }

    /// Takes away what went, of frames of so many bytes.
    pub(crate) fn went(&mut self, count: usize, frame: usize) {
        self.unsent -= count;
        self.offset = (self.offset + count) % frame;
    }

    /// Sends what is taken now.
    pub(crate) fn write(&mut self, stream: &TcpStream, burst: &[u8], frame: usize) -> io::Result<()> {
        while self.unsent > 0 {
            match send(stream, self.next(burst), SendFlags::NOSIGNAL) {
                Ok(count) => self.went(count, frame),
                Err(Errno::AGAIN) => break,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}
