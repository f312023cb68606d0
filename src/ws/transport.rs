use std::{
    io::{self, IoSlice, Read, Write},
    time::Duration,
};

use super::Stream;
#[cfg(feature = "tls")]
use super::tls::TlsStream;
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
    #[cfg(feature = "tls")]
    Tls(TlsStream),
}

impl Transport {
    /// Returns the socket, to wait for it or to ask it. What is read from it or written to it is missing in the
    /// conversation.
    #[must_use]
    pub fn socket(&self) -> &Socket {
        match &self.0 {
            Layer::Plain(socket) => socket,
            #[cfg(feature = "tls")]
            Layer::Tls(stream) => stream.socket(),
        }
    }

    /// Says whether it is TLS.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        !matches!(self.0, Layer::Plain(_))
    }
}

#[cfg(feature = "tls")]
impl Transport {
    pub(super) fn tls(stream: TlsStream) -> Self {
        Self(Layer::Tls(stream))
    }

    /// Returns the TLS stream, if it is one.
    pub(super) fn tls_stream(&self) -> Option<&TlsStream> {
        match &self.0 {
            Layer::Plain(_) => None,
            Layer::Tls(stream) => Some(stream),
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
    ($layer:expr, $stream:ident => $call:expr) => {
        match $layer {
            Layer::Plain($stream) => $call,
            #[cfg(feature = "tls")]
            Layer::Tls($stream) => $call,
        }
    };
}

impl Read for Transport {
    #[inline]
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        layer!(&mut self.0, stream => stream.read(space))
    }
}

impl Write for Transport {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        layer!(&mut self.0, stream => stream.write(bytes))
    }

    #[inline]
    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        layer!(&mut self.0, stream => stream.write_vectored(slices))
    }

    #[inline]
    fn flush(&mut self) -> io::Result<()> {
        layer!(&mut self.0, stream => stream.flush())
    }
}

impl Stream for Transport {
    fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        layer!(&mut self.0, stream => stream.set_read_timeout(timeout))
    }

    fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        layer!(&mut self.0, stream => stream.set_write_timeout(timeout))
    }

    fn set_nodelay(&mut self) -> io::Result<()> {
        layer!(&mut self.0, stream => stream.set_nodelay())
    }

    fn shutdown_write(&mut self) -> io::Result<()> {
        layer!(&mut self.0, stream => stream.shutdown_write())
    }

    #[inline]
    fn read_now(&mut self, space: &mut [u8]) -> io::Result<usize> {
        layer!(&mut self.0, stream => stream.read_now(space))
    }

    #[inline]
    fn write_now(&mut self, bytes: &[u8]) -> io::Result<usize> {
        layer!(&mut self.0, stream => stream.write_now(bytes))
    }

    fn is_blocking(&self) -> Option<bool> {
        layer!(&self.0, stream => stream.is_blocking())
    }

    #[inline]
    fn has_more(&self) -> bool {
        layer!(&self.0, stream => stream.has_more())
    }

    #[inline]
    fn wants_write(&self) -> bool {
        layer!(&self.0, stream => stream.wants_write())
    }
}
