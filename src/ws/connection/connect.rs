use std::{
    io,
    net::{SocketAddr, TcpStream, ToSocketAddrs},
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    Connection,
    accept::{TIMEOUT, read, wait_at_most, write_rest},
};
use crate::{
    Socket,
    ws::{
        Config, Error, Protocol, Result, Role, Status, Stream, Timeout,
        buffer::Buffer,
        error::would_block,
        handshake::{Client, ClientRequest, Parser, Response, Url},
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
    /// [`Error::Handshake`], [`Timeout::Handshake`], [`Error::Io`]. A `wss://` URL is
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
        let mut opening = Opening { deadline, ..self.open(socket, &url)? };
        opening.advance()?.ok_or_else(|| io::Error::from(io::ErrorKind::WouldBlock).into())
    }

    /// Begins the opening handshake on a connected stream, blocking or not: a socket, TLS, a tunnel through a proxy.
    ///
    /// # Errors
    /// [`Error::Handshake`] when the random source fails.
    pub fn open<S: Stream>(&self, mut stream: S, url: &Url) -> Result<Opening<S>> {
        // A small message must not wait for the acknowledgement of the last one. Other families have no such option.
        let _ = stream.set_nodelay();
        Ok(Opening {
            stream: Some(stream),
            config: Arc::clone(&self.config),
            deadline: deadline(self.timeout),
            request: self.client.request(url)?,
            written: 0,
            parser: Parser::new(),
            input: Buffer::default(),
            response: None,
        })
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

/// A client's opening handshake on its way, for a stream of one's own: TLS, a tunnel, a non-blocking socket.
///
/// # Examples
/// ```
/// use php_sockets::{ws::{Connection, Connector, handshake::Url}, *};
///
/// let listener = socket_create_listen(0, None)?;
/// let url = Url::parse(&format!("ws://127.0.0.1:{}/", socket_getsockname(&listener)?.1))?;
/// # let server = std::thread::spawn(move || Connection::accept(socket_accept(&listener).expect("a client")));
/// let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
/// socket_connect(&socket, url.host(), i32::from(url.port()))?;
/// socket_set_nonblock(&socket)?;
/// let mut opening = Connector::new().open(socket.clone(), &url)?;
/// let connection = loop {
///     if let Some(connection) = opening.advance()? {
///         break connection;
///     }
///     socket_select(&mut vec![socket.clone()], None, None, 1, None)?;
/// };
/// assert!(connection.is_open());
/// # server.join().expect("no panic")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Opening<S = Socket> {
    /// Gone when it has become a connection.
    stream: Option<S>,
    config: Arc<Config>,
    deadline: Instant,
    request: ClientRequest,
    written: usize,
    parser: Parser,
    input: Buffer,
    response: Option<Box<Response>>,
}

impl<S: Stream> Opening<S> {
    /// Goes on with the handshake; `None` when a non-blocking stream has to wait: to be writable while
    /// [`wants_write`](Self::wants_write), else to be readable.
    ///
    /// # Errors
    /// [`Error::Handshake`] when the server refused or its answer is wrong; [`response`](Self::response) then holds it.
    /// [`Timeout::Handshake`]; [`Error::Closed`] when the server left; [`Error::Io`].
    pub fn advance(&mut self) -> Result<Option<Connection<S>>> {
        let stream = self.stream.as_mut().ok_or(Error::Closed)?;
        if !write_rest(stream, self.request.as_bytes(), &mut self.written)? {
            return self.wait();
        }
        loop {
            let remaining = self.deadline.saturating_duration_since(Instant::now());
            if remaining.is_zero() {
                return Err(Timeout::Handshake.into());
            }
            wait_at_most(stream, remaining)?;
            match read(stream, self.input.room(1)) {
                Ok(0) => return Err(Error::Closed),
                Ok(count) => self.input.advance(count),
                Err(error) if would_block(&error) => {
                    self.input.settle();
                    return self.wait();
                }
                Err(error) => return Err(error.into()),
            }
            if let Status::Complete(response, consumed) = self.parser.response(self.input.data())? {
                let negotiated = self.request.verify(self.response.insert(Box::new(response)))?;
                let stream = self.stream.take().ok_or(Error::Closed)?;
                let mut protocol = Protocol::negotiated(Role::Client, Arc::clone(&self.config), negotiated);
                protocol.feed(&self.input.data()[consumed..]);
                return Ok(Some(Connection::new(stream, protocol)));
            }
        }
    }

    /// Says whether the request is still to be written.
    #[must_use]
    pub fn wants_write(&self) -> bool {
        self.written < self.request.as_bytes().len()
    }

    /// Returns the server's answer, when it has come.
    #[must_use]
    pub fn response(&self) -> Option<&Response> {
        self.response.as_deref()
    }

    /// Returns the stream, until it has become a connection.
    #[must_use]
    pub fn stream(&self) -> Option<&S> {
        self.stream.as_ref()
    }

    /// Returns when the server's time is over. A non-blocking client then calls [`advance`](Self::advance), which tells it.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    fn wait(&self) -> Result<Option<Connection<S>>> {
        if Instant::now() < self.deadline { Ok(None) } else { Err(Timeout::Handshake.into()) }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use crate::{socket_create_listen, socket_getsockname};

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
