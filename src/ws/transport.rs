use std::{
    io::{self, IoSlice, Read, Write},
    time::Duration,
};

use super::Stream;
use crate::{HasSocket, Socket};

/// What a [`Connector`](super::Connector) connects by itself: a socket, or what a URL asks for on top of one.
///
/// # Examples
/// ```
/// use php_sockets::{ws::Connection, *};
///
/// # let listener = socket_create_listen(0, None)?;
/// # let url = format!("ws://127.0.0.1:{}/", socket_getsockname(&listener)?.1);
/// # let server = std::thread::spawn(move || Connection::accept(socket_accept(&listener).expect("a client")));
/// let connection = Connection::connect(&url)?;
/// println!("connected to {:?}", socket_getpeername(connection.stream().socket())?);
/// # server.join().expect("no panic")?;
/// # Ok::<(), ws::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Transport(Layer);

/// The uppermost layer, with those below it inside.
#[derive(Debug, Clone)]
enum Layer {
    Plain(Socket),
}

impl Transport {
    /// Returns the socket, to wait for it or to ask it. What is read from it or written to it is missing in the
    /// conversation.
    #[must_use]
    pub fn socket(&self) -> &Socket {
        match &self.0 {
            Layer::Plain(socket) => socket,
        }
    }
}

impl HasSocket for Transport {
    fn socket(&self) -> &Socket {
        self.socket()
    }
}

impl From<Socket> for Transport {
    fn from(socket: Socket) -> Self {
        Self(Layer::Plain(socket))
    }
}

/// Passes a call on to the uppermost layer.
macro_rules! layer {
    ($self:ident, $stream:ident => $call:expr) => {
        match &mut $self.0 {
            Layer::Plain($stream) => $call,
        }
    };
}

impl Read for Transport {
    #[inline]
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        layer!(self, stream => stream.read(space))
    }
}

impl Write for Transport {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        layer!(self, stream => stream.write(bytes))
    }

    #[inline]
    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        layer!(self, stream => stream.write_vectored(slices))
    }

    #[inline]
    fn flush(&mut self) -> io::Result<()> {
        layer!(self, stream => stream.flush())
    }
}

impl Stream for Transport {
    fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        layer!(self, stream => stream.set_read_timeout(timeout))
    }

    fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        layer!(self, stream => stream.set_write_timeout(timeout))
    }

    fn set_nodelay(&mut self) -> io::Result<()> {
        layer!(self, stream => stream.set_nodelay())
    }

    fn shutdown_write(&mut self) -> io::Result<()> {
        layer!(self, stream => stream.shutdown_write())
    }

    #[inline]
    fn read_now(&mut self, space: &mut [u8]) -> io::Result<usize> {
        layer!(self, stream => stream.read_now(space))
    }

    #[inline]
    fn write_now(&mut self, bytes: &[u8]) -> io::Result<usize> {
        layer!(self, stream => stream.write_now(bytes))
    }

    fn is_blocking(&self) -> Option<bool> {
        match &self.0 {
            Layer::Plain(stream) => stream.is_blocking(),
        }
    }
}
