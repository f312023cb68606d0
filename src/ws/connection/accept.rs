use std::{
    io::{self, Read, Write},
    sync::Arc,
    time::{Duration, Instant},
};

use super::Connection;
use crate::{
    Socket,
    ws::{
        Config, Error, Protocol, Result, Role, Status, Stream, Timeout,
        buffer::Buffer,
        error::would_block,
        handshake::{self, Parser, Request, Response, Server},
        timers::deadline,
    },
};

/// How long a client has for its request.
pub(super) const TIMEOUT: Duration = Duration::from_secs(10);
/// How long, and for how many bytes, a refused client is listened to, so that it gets to read the answer.
const LINGER: (Duration, usize) = (Duration::from_secs(1), 256 * 1024);

/// Accepts WebSocket connections: what the server wants of them, configured once and cheap to clone.
///
/// By default: clients without an `Origin` and pages of the same origin, no subprotocol, no compression,
/// [`Config::server`], 10 seconds for the opening handshake.
///
/// # Examples
/// ```
/// use php_sockets::{ws::{Acceptor, Config, Connector, handshake}, *};
///
/// let acceptor = Acceptor::new()
///     .handshake(handshake::Server::new().protocols(["chat"])?)
///     .config(Config { max_message: 64 << 10, ..Config::server() });
///
/// let listener = socket_create_listen(0, None)?;
/// let url = format!("ws://127.0.0.1:{}/", socket_getsockname(&listener)?.1);
/// let client = std::thread::spawn(move || {
///     Connector::new().handshake(handshake::Client::new().protocols(["chat"])?).connect(&url)
/// });
/// let connection = acceptor.accept(socket_accept(&listener)?)?;
/// assert_eq!(connection.subprotocol(), Some("chat"));
/// assert_eq!(client.join().expect("no panic")?.subprotocol(), Some("chat"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Acceptor {
    settings: Arc<Settings>,
}

#[derive(Debug, Clone)]
struct Settings {
    server: Server,
    config: Arc<Config>,
    timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { server: Server::new(), config: Arc::new(Config::server()), timeout: TIMEOUT }
    }
}

impl Acceptor {
    /// Creates an acceptor with the defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets origins, subprotocols, headers and compression.
    #[must_use]
    pub fn handshake(mut self, server: Server) -> Self {
        Arc::make_mut(&mut self.settings).server = server;
        self
    }

    /// Sets the limits and deadlines of the connections.
    #[must_use]
    pub fn config(mut self, config: impl Into<Arc<Config>>) -> Self {
        Arc::make_mut(&mut self.settings).config = config.into();
        self
    }

    /// Sets how long a client has for its request.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        Arc::make_mut(&mut self.settings).timeout = timeout;
        self
    }

    /// Accepts a WebSocket on a connected, blocking stream; a request that is not one gets the right HTTP answer.
    ///
    /// # Errors
    /// [`Error::Handshake`], [`Timeout::Handshake`], [`Error::Io`]; the stream is dropped.
    pub fn accept<S: Stream>(&self, stream: S) -> Result<Connection<S>> {
        let mut upgrade = self.upgrade(stream);
        match upgrade.read()? {
            Some(_) => upgrade.accept(),
            None => Err(io::Error::from(io::ErrorKind::WouldBlock).into()),
        }
    }

    /// Begins to accept on a connected stream, blocking or not: the application sees the request and decides.
    ///
    /// On a blocking one without [timeouts](Stream::set_read_timeout) the deadline holds as often as a read returns.
    #[must_use]
    pub fn upgrade<S: Stream>(&self, mut stream: S) -> Upgrade<S> {
        // A small message must not wait for the acknowledgement of the last one. Other families have no such option.
        let _ = stream.set_nodelay();
        Upgrade {
            stream: Some(stream),
            settings: Arc::clone(&self.settings),
            deadline: deadline(self.settings.timeout),
            parser: Parser::new(),
            input: Buffer::default(),
            request: None,
            output: Vec::new(),
            written: 0,
        }
    }
}

/// A client's request on its way: read it, then accept it, or answer it by HTTP.
///
/// One port serves pages and `WebSockets`. After an answer by HTTP nothing else is served on the connection.
///
/// # Examples
/// ```
/// use php_sockets::{ws::{Acceptor, handshake::Response}, *};
///
/// let listener = socket_create_listen(0, None)?;
/// let port = socket_getsockname(&listener)?.1;
/// let browser = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
/// socket_connect(&browser, "127.0.0.1", port)?;
/// socket_write(&browser, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", None)?;
///
/// let mut upgrade = Acceptor::new().upgrade(socket_accept(&listener)?);
/// if let Some(request) = upgrade.read()? {
///     if request.is_upgrade() {
///         let connection = upgrade.accept()?;
///         // ...
///     } else {
///         upgrade.respond(Response::new(200).header("Content-Type", "text/html")?.body("<h1>你好</h1>"))?;
///     }
/// }
/// assert!(socket_read(&browser, 2048, None)?.starts_with(b"HTTP/1.1 200 OK\r\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Upgrade<S = Socket> {
    /// Gone when it has become a connection.
    stream: Option<S>,
    settings: Arc<Settings>,
    deadline: Instant,
    parser: Parser,
    input: Buffer,
    request: Option<Request>,
    /// An answer by HTTP.
    output: Vec<u8>,
    written: usize,
}

impl<S: Stream> Upgrade<S> {
    /// Reads until the request is complete and returns it; `None` when a non-blocking stream has no more bytes yet.
    ///
    /// # Errors
    /// [`Error::Handshake`] when it is not a request of HTTP, which has been answered; [`Timeout::Handshake`];
    /// [`Error::Closed`] when the client left; [`Error::Io`].
    pub fn read(&mut self) -> Result<Option<&Request>> {
        while self.request.is_none() {
            if !self.read_once()? {
                return Ok(None);
            }
            match self.parser.request(self.input.data()) {
                Ok(Status::Partial) => {}
                Ok(Status::Complete(request, consumed)) => {
                    self.input.consume(consumed);
                    self.request = Some(request);
                }
                Err(error) => return Err(self.refuse(error)),
            }
        }
        Ok(self.request.as_ref())
    }

    /// Reads once; `false` when there was nothing.
    fn read_once(&mut self) -> Result<bool> {
        // What follows a request that has been answered is not another one.
        let stream = self.stream.as_mut().filter(|_| self.output.is_empty()).ok_or(Error::Closed)?;
        let remaining = self.deadline.saturating_duration_since(Instant::now());
        if remaining.is_zero() {
            return Err(self.time_out());
        }
        let space = self.input.room(1);
        let result = match stream.read_now(space) {
            // A request that is there needs no timeout, and a non-blocking stream never does.
            Err(error) if would_block(&error) && stream.is_blocking() != Some(false) => {
                wait_at_most(stream, remaining)?;
                read(stream, space)
            }
            result => result,
        };
        match result {
            Ok(0) => Err(Error::Closed),
            Ok(count) => {
                self.input.advance(count);
                Ok(true)
            }
            Err(error) if would_block(&error) => {
                self.input.settle();
                if Instant::now() < self.deadline { Ok(false) } else { Err(self.time_out()) }
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the request when it is complete.
    #[must_use]
    pub fn request(&self) -> Option<&Request> {
        self.request.as_ref()
    }

    /// Returns the stream, until it has become a connection.
    #[must_use]
    pub fn stream(&self) -> Option<&S> {
        self.stream.as_ref()
    }

    /// Returns when the client's time is over. A non-blocking server then calls [`read`](Self::read), which tells it.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Accepts the request: sends the answer 101 and returns the connection.
    ///
    /// # Errors
    /// [`Error::Handshake`] when it is not one for a WebSocket or not as the server wants it, which has been answered;
    /// [`Error::Closed`] when there is no request; [`Error::Io`].
    pub fn accept(&mut self) -> Result<Connection<S>> {
        self.accept_with(Ok)
    }

    /// Accepts the request with an answer that `edit` completes: a cookie, a session's header.
    ///
    /// # Errors
    /// As [`accept`](Self::accept), and that of `edit`.
    pub fn accept_with(
        &mut self,
        edit: impl FnOnce(Response) -> std::result::Result<Response, handshake::Error>,
    ) -> Result<Connection<S>> {
        let request = self.request.as_ref().ok_or(Error::Closed)?;
        let (response, negotiated) = match self.settings.server.accept(request) {
            Ok((response, negotiated)) => (edit(response)?, negotiated),
            Err(error) => return Err(self.refuse(error)),
        };
        let stream = self.stream.take().ok_or(Error::Closed)?;
        let config = Arc::clone(&self.settings.config);
        let mut protocol = Protocol::negotiated(Role::Server, config, negotiated);
        protocol.feed(self.input.data());
        let mut connection = Connection::new(stream, protocol);
        connection.outgoing.sender.queue_raw(&response.into_bytes());
        connection.flush()?;
        Ok(connection)
    }

    /// Answers the request by HTTP, a HEAD without the body; `false` when a non-blocking stream did not take all of it,
    /// then [`flush`](Self::flush) goes on.
    ///
    /// A blocking stream with timeouts then waits up to a second for the client to leave, so that the answer is not lost.
    ///
    /// # Errors
    /// [`Error::Closed`] when the stream has become a connection; [`Timeout::Send`], after
    /// [`Config::send_timeout`]; [`Error::Io`].
    pub fn respond(&mut self, response: Response) -> Result<bool> {
        let is_head = self.request.as_ref().is_some_and(|request| request.method() == "HEAD");
        self.output = if is_head { response.head_only() } else { response }.into_bytes();
        self.written = 0;
        if let (Some(stream), timeout @ Some(_)) = (&mut self.stream, self.settings.config.send_timeout) {
            supported(stream.set_write_timeout(timeout))?;
        }
        self.flush()
    }

    /// Goes on to write an answer by HTTP; `true` when all is written.
    ///
    /// # Errors
    /// As [`respond`](Self::respond).
    pub fn flush(&mut self) -> Result<bool> {
        let stream = self.stream.as_mut().ok_or(Error::Closed)?;
        if !write_rest(stream, &self.output, &mut self.written)? {
            return if stream.is_blocking() == Some(true) { Err(Timeout::Send.into()) } else { Ok(false) };
        }
        self.linger();
        Ok(true)
    }

    /// Takes the parts, for an application that speaks more HTTP: the stream, the request, and what was read behind it.
    #[must_use]
    pub fn into_parts(self) -> (Option<S>, Option<Request>, Vec<u8>) {
        (self.stream, self.request, self.input.data().to_vec())
    }

    #[cold]
    fn time_out(&mut self) -> Error {
        // Whether the client hears why is its own affair.
        let _ = self.respond(Response::new(408));
        Timeout::Handshake.into()
    }

    #[cold]
    fn refuse(&mut self, error: handshake::Error) -> Error {
        self.input.clear();
        let _ = self.respond(error.response());
        error.into()
    }

    /// Ends the sending direction and discards what the client still sends, so that no reset overtakes the answer.
    fn linger(&mut self) {
        let Some(stream) = &mut self.stream else { return };
        if stream.shutdown_write().is_err() {
            return;
        }
        let end = Instant::now() + LINGER.0;
        let mut discarded = 0;
        let mut sink = [0; 4096];
        while discarded < LINGER.1 {
            let remaining = end.saturating_duration_since(Instant::now());
            if remaining.is_zero() || stream.set_read_timeout(Some(remaining)).is_err() {
                return;
            }
            match stream.read(&mut sink) {
                Ok(count) if count > 0 => discarded += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                _ => return,
            }
        }
    }
}

/// Has a blocking read wait for at most `timeout`, where the stream can.
pub(super) fn wait_at_most(stream: &mut impl Stream, timeout: Duration) -> io::Result<()> {
    supported(stream.set_read_timeout(Some(timeout)))
}

/// A stream without timeouts is left to the application.
fn supported(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::Unsupported => Ok(()),
        result => result,
    }
}

/// Reads once, whatever signals come.
pub(super) fn read(stream: &mut impl Read, space: &mut [u8]) -> io::Result<usize> {
    loop {
        match stream.read(space) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Writes what is left of `output`; `false` when the stream does not take all of it now.
pub(super) fn write_rest(stream: &mut impl Write, output: &[u8], written: &mut usize) -> io::Result<bool> {
    while *written < output.len() {
        match stream.write(&output[*written..]) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => *written += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if would_block(&error) => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    match stream.flush() {
        Err(error) if would_block(&error) => Ok(false),
        result => result.map(|()| true),
    }
}
