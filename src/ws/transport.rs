#[cfg(feature = "tls")]
use std::sync::Arc;
use std::{
    io::{self, IoSlice, Read, Write},
    time::Duration,
};

use super::Stream;
#[cfg(feature = "tls")]
use super::{
    WebSocketError,
    tls::{
        self, TlsStream,
        rustls::{ClientConfig, CommonState, ServerConfig},
    },
};
use crate::{HasSocket, Socket};

/// What a [`Connector`](super::Connector) connects: a socket for `ws://` URLs, TLS over one for `wss://` URLs.
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
/// # Ok::<(), ws::WebSocketError>(())
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

    /// The peer has reset the connection, or is not to be told anything: nobody says goodbye to it.
    #[cfg_attr(not(feature = "tls"), expect(clippy::unused_self, reason = "as with TLS"))]
    pub(super) fn abandon(&self) {
        #[cfg(feature = "tls")]
        if let Layer::Tls(stream) = &self.0 {
            stream.abandon();
        }
    }

    /// Returns whether it uses TLS.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        !matches!(self.0, Layer::Plain(_))
    }
}

#[cfg(feature = "tls")]
impl Transport {
    /// Begins TLS as a client on a connected socket, blocking or not; the host is a name or an IP address, for which the
    /// server's certificate has to be made.
    ///
    /// The handshake goes on in reads; what is written before it is done is kept until then, up to 64 KiB. A configuration
    /// without [`alpn_protocols`](ClientConfig::alpn_protocols) asks for none here, as opposed to
    /// [`Connector::tls`](super::Connector::tls).
    ///
    /// # Errors
    /// [`WebSocketError::Io`]: the host is no name that a certificate can have, or the configuration is of no use
    /// to rustls.
    ///
    /// # Examples
    /// ```no_run
    /// use std::sync::Arc;
    /// use php_sockets::{ws::{Connector, Transport, handshake::Url, tls::rustls::ClientConfig}, *};
    ///
    /// # fn connect(config: Arc<ClientConfig>) -> Result<(), Box<dyn std::error::Error>> {
    /// let url = Url::parse("wss://example.com/chat")?;
    /// let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    /// socket_connect(&socket, url.host(), i32::from(url.port()))?;
    /// let transport = Transport::tls_client(socket, config, url.host())?;
    /// let connection = Connector::new().open(transport, &url)?.advance()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn tls_client(
        socket: Socket,
        config: impl Into<Arc<ClientConfig>>,
        host: &str,
    ) -> Result<Self, WebSocketError> {
        Ok(Self(Layer::Tls(tls::client(socket, config.into(), host)?)))
    }

    /// Begins TLS as a server on an accepted socket, blocking or not, as [`Acceptor::tls`](super::Acceptor::tls) has it done.
    ///
    /// The handshake goes on in reads. A client that speaks HTTP without TLS is told so by HTTP. A configuration without
    /// [`alpn_protocols`](ServerConfig::alpn_protocols) chooses none here.
    ///
    /// # Errors
    /// [`WebSocketError::Io`]: the configuration lets early data in, or is of no use to rustls.
    pub fn tls_server(socket: Socket, config: impl Into<Arc<ServerConfig>>) -> Result<Self, WebSocketError> {
        Ok(Self(Layer::Tls(tls::server(socket, config.into())?)))
    }

    /// Shows what rustls tells of the connection: the version and cipher suite, the peer's certificates, whether a session
    /// was resumed. `None` without TLS.
    ///
    /// # Examples
    /// ```no_run
    /// use php_sockets::ws::Connection;
    ///
    /// let connection = Connection::connect("wss://example.com/")?;
    /// println!("{:?}", connection.stream().tls_state(|state| state.protocol_version()));
    /// # Ok::<(), php_sockets::ws::WebSocketError>(())
    /// ```
    pub fn tls_state<T>(&self, look: impl FnOnce(&CommonState) -> T) -> Option<T> {
        match &self.0 {
            Layer::Plain(_) => None,
            Layer::Tls(stream) => Some(stream.look(look)),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ws::Connection;

    #[test]
    fn a_plain_connection_pays_a_word_for_what_it_could_be() {
        let word = if cfg!(feature = "tls") { 8 } else { 0 };
        assert!(size_of::<Connection<Transport>>() <= size_of::<Connection<Socket>>() + word);
    }
}
