use std::{
    io,
    net::{SocketAddr, TcpStream, ToSocketAddrs},
    sync::Arc,
    time::{Duration, Instant},
};

use super::{Connection, opening::Opening};
use crate::{
    Socket,
    ws::{
        Config, Result, Stream, Timeout,
        exchange::{Exchange, TIMEOUT},
        handshake::{Client, Url},
        timers::deadline,
    },
};

/// Opens WebSocket connections: what the client asks for, configured once and cheap to clone.
///
/// By default: no subprotocol, no compression, no further headers, [`Config::client`], 10 seconds for connecting and
/// the opening handshake.
///
/// A client that connects again after a failure should wait first, longer each time and by a random share
/// (RFC 6455, section 7.2.3).
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use php_sockets::{ws::{Connection, Connector, handshake::Client}, *};
///
/// let listener = socket_create_listen(0, None)?;
/// let url = format!("ws://127.0.0.1:{}/", socket_getsockname(&listener)?.1);
/// let server = std::thread::spawn(move || Connection::accept(socket_accept(&listener).expect("a client")));
///
/// let connection = Connector::new()
///     .handshake(Client::new().header("Cookie", "session=1")?)
///     .timeout(Duration::from_secs(5))
///     .connect(&url)?;
/// assert!(connection.is_open());
/// # server.join().expect("no panic")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Connector {
    client: Client,
    config: Arc<Config>,
    timeout: Duration,
}

impl Default for Connector {
    fn default() -> Self {
        Self { client: Client::new(), config: Arc::new(Config::client()), timeout: TIMEOUT }
    }
}

impl Connector {
    /// Creates a connector with the defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets subprotocols, headers and compression.
    #[must_use]
    pub fn handshake(mut self, client: Client) -> Self {
        self.client = client;
        self
    }

    /// Sets the limits and deadlines of the connections.
    #[must_use]
    pub fn config(mut self, config: impl Into<Arc<Config>>) -> Self {
        self.config = config.into();
        self
    }

    /// Sets how long connecting and the opening handshake may take together.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    pub(in crate::ws) fn send_buffer_limit(&self) -> usize {
        self.config.send_buffer_limit
    }

    /// Connects to a `ws://` URL, trying the host's addresses one after the other, and waits for the server's answer.
    ///
    /// # Errors
    /// [`Error::Refused`] with the server's answer, [`Error::Handshake`], [`Timeout::Handshake`], [`Error::Io`]. A `wss://` URL is
    /// [`io::ErrorKind::Unsupported`]: connect a TLS stream and pass it to [`open`](Self::open).
    pub fn connect(&self, url: &str) -> Result<Connection> {
        let deadline = deadline(self.timeout);
        let url = Url::parse(url)?;
        if url.is_secure() {
            let error = io::Error::new(io::ErrorKind::Unsupported, "a wss URL needs a TLS stream");
            return Err(error.into());
        }
        let addresses: Vec<_> = (url.host(), url.port()).to_socket_addrs()?.collect();
        let socket = Socket::from(connect_any(&addresses, deadline)?);
        let mut opening = self.open_until(deadline, socket, &url)?;
        opening.advance()?.ok_or_else(|| io::Error::from(io::ErrorKind::WouldBlock).into())
    }

    /// Begins the opening handshake on a connected stream, blocking or not: a socket, TLS, a tunnel through a proxy.
    ///
    /// # Errors
    /// [`Error::Handshake`] when the random source fails.
    pub fn open<S: Stream>(&self, stream: S, url: &Url) -> Result<Opening<S>> {
        self.open_until(deadline(self.timeout), stream, url)
    }

    fn open_until<S: Stream>(&self, deadline: Instant, stream: S, url: &Url) -> Result<Opening<S>> {
        let exchange = Exchange::new(stream, Arc::clone(&self.config), self.client.parser(), deadline);
        Ok(Opening::new(exchange, self.client.request(url)?))
    }
}

/// Connects to the first address that answers. One that does not costs its share of the time, not that of the others.
fn connect_any(addresses: &[SocketAddr], deadline: Instant) -> Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no address").into();
    for (address, left) in addresses.iter().zip((1..=addresses.len()).rev()) {
        let remaining = deadline.saturating_duration_since(Instant::now());
        if remaining.is_zero() {
            return Err(Timeout::Handshake.into());
        }
        let share = remaining / u32::try_from(left).unwrap_or(u32::MAX);
        last = match TcpStream::connect_timeout(address, share.max(Duration::from_millis(1))) {
            Ok(stream) => return Ok(stream),
            Err(error) if error.kind() == io::ErrorKind::TimedOut => Timeout::Handshake.into(),
            Err(error) => error.into(),
        };
    }
    Err(last)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use crate::{socket_create_listen, socket_getsockname, ws::Error};

    /// A listening socket whose queue is full does not answer: Linux drops the packet.
    #[test]
    fn an_address_that_does_not_answer_leaves_time_for_the_next() -> Result<()> {
        let silent = socket_create_listen(0, 0)?;
        let (_, port) = socket_getsockname(&silent)?;
        let silent_address = SocketAddr::from(([127, 0, 0, 1], u16::try_from(port).map_err(io::Error::other)?));
        let mut queue = Vec::new();
        while let Ok(stream) = TcpStream::connect_timeout(&silent_address, Duration::from_millis(100)) {
            queue.push(stream);
            assert!(queue.len() < 100, "the queue does not fill");
        }
        let answering = TcpListener::bind("127.0.0.1:0")?;
        let addresses = [silent_address, answering.local_addr()?];
        let stream = connect_any(&addresses, deadline(Duration::from_secs(2)))?;
        assert_eq!(stream.peer_addr()?, addresses[1]);
        let error =
            connect_any(&addresses[..1], deadline(Duration::from_millis(200))).map(|_| ()).expect_err("silence");
        assert!(matches!(error, Error::Timeout(Timeout::Handshake)), "{error:?}");
        Ok(())
    }
}
