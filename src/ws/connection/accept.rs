use std::{
    io,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use super::Connection;
#[cfg(feature = "tls")]
use crate::ws::{
    Transport,
    tls::{self, rustls::ServerConfig},
};
use crate::{
    Socket,
    ws::{
        Config, Interest, Role, Stream, Timeout, WebSocketError,
        config::limit,
        exchange::{CONTINUE, Exchange, Linger, TIMEOUT},
        handshake::{self, Content, Negotiated, Parser, Request, Response, Server},
        timers::deadline,
    },
};

/// Accepts WebSocket connections: a server's requirements, configured once and cheap to clone.
///
/// By default: clients without an `Origin` and pages of the same origin, no subprotocol, no compression,
/// [`Config::server`], 10 seconds for the opening handshake.
///
/// # Examples
/// ```
/// use php_sockets::{ws::{Acceptor, Config, Connector, handshake}, *};
///
/// let acceptor = Acceptor::new()
///     .handshake(handshake::Server::new().subprotocols(["chat"])?)
///     .config(Config::server().max_message(64 << 10));
///
/// let listener = socket_create_listen(0, None)?;
/// let url = format!("ws://127.0.0.1:{}/", socket_getsockname(&listener)?.1);
/// let client = std::thread::spawn(move || {
///     Connector::new().handshake(handshake::Client::new().subprotocols(["chat"])?).connect(&url)
/// });
/// let connection = acceptor.accept(socket_accept(&listener)?)?;
/// assert_eq!(connection.subprotocol(), Some("chat"));
/// assert_eq!(client.join().expect("no panic")?.subprotocol(), Some("chat"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// `T` is what lies between the connection and the accepted socket: nothing, or with `tls` rustls' configuration.
#[derive(Debug, Clone)]
pub struct Acceptor<T = ()> {
    settings: Arc<Settings>,
    #[cfg_attr(not(feature = "tls"), expect(dead_code, reason = "there is nothing"))]
    below: T,
}

#[derive(Debug, Clone)]
struct Settings {
    server: Server,
    config: Arc<Config>,
    timeout: Option<Duration>,
    max_body: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { server: Server::new(), config: Arc::new(Config::server()), timeout: Some(TIMEOUT), max_body: 0 }
    }
}

impl Default for Acceptor {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Acceptor<T> {
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

    /// Sets how long a client has to send its request, with a [body](Self::max_body) if one is read; `None` and zero are no limit.
    /// Default: 10 seconds.
    #[must_use]
    pub fn timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        Arc::make_mut(&mut self.settings).timeout = limit(timeout);
        self
    }

    /// Sets how many bytes the body of a request may have, for [`Request::body`]. Default: 0, with which no body is read, and a
    /// request is complete with its head.
    ///
    /// Otherwise a request is complete when all of its body is there, with a `Content-Length` or in chunks, whose extensions and
    /// trailer are thrown away. A longer body is answered with 413, at once if its length is announced. One whose end is not said
    /// exactly as in [RFC 9112](https://www.rfc-editor.org/rfc/rfc9112#section-6) is answered with 400, as it might hide another
    /// request. A client that expects it is sent "100 Continue". The [timeout](Self::timeout) covers the whole request. The body of
    /// a request for a WebSocket is never read, and such a request not accepted.
    ///
    /// Memory grows with what has come, to this many bytes for each client that sends a body.
    ///
    /// # Examples
    /// ```
    /// use php_sockets::{ws::{Acceptor, handshake::Response}, *};
    ///
    /// let [socket, client] = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;
    /// socket_write(&client, "POST /news HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\n你好", None)?;
    ///
    /// let mut upgrade = Acceptor::new().max_body(64 << 10).upgrade(socket);
    /// let request = upgrade.read()?.expect("the stream is blocking");
    /// assert_eq!((request.path(), request.body()), ("/news", "你好".as_bytes()));
    /// # socket_shutdown(&client, SHUT_WR)?;
    /// upgrade.respond(Response::new(204))?;
    /// # Ok::<(), ws::WebSocketError>(())
    /// ```
    #[must_use]
    pub fn max_body(mut self, bytes: usize) -> Self {
        Arc::make_mut(&mut self.settings).max_body = bytes;
        self
    }

    /// Begins to accept on a stream.
    fn begin<S: Stream>(&self, stream: S) -> Upgrade<S> {
        let Settings { server, config, timeout, .. } = &*self.settings;
        let exchange = Exchange::new(stream, Arc::clone(config), server.parser(), deadline(*timeout));
        Upgrade { exchange, settings: Arc::clone(&self.settings), request: None, content: None, decided: None }
    }
}

impl Acceptor {
    /// Creates an acceptor with the defaults.
    #[must_use]
    pub fn new() -> Self {
        Self { settings: Arc::default(), below: () }
    }

    /// Makes it speak TLS (`wss://`) on the sockets that it is given. [`Certificates`](crate::ws::tls::Certificates) create the
    /// configuration; one without ALPN gets `http/1.1`. Needs the feature `tls`.
    ///
    /// # Examples
    /// See [`tls`].
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(self, config: impl Into<Arc<ServerConfig>>) -> Acceptor<Arc<ServerConfig>> {
        Acceptor { settings: self.settings, below: tls::server_for_http(config.into()) }
    }

    /// Accepts a WebSocket on a connected, blocking stream; any other request is answered with the appropriate HTTP status.
    ///
    /// # Errors
    /// [`WebSocketError::Handshake`], [`Timeout::Handshake`], [`WebSocketError::Closed`] when the client left,
    /// [`WebSocketError::Io`], with [`InvalidInput`](io::ErrorKind::InvalidInput) for a non-blocking stream; the stream is
    /// dropped.
    pub fn accept<S: Stream>(&self, stream: S) -> Result<Connection<S>, WebSocketError> {
        self.begin(stream).accept_unseen()
    }

    /// Starts the opening handshake on a connected stream, blocking or not: the application sees the request and decides.
    ///
    /// On a blocking stream without [timeouts](Stream::set_read_timeout) the deadline is checked only when a read returns.
    #[must_use]
    pub fn upgrade<S: Stream>(&self, stream: S) -> Upgrade<S> {
        self.begin(stream)
    }
}

#[cfg(feature = "tls")]
impl Acceptor<Arc<ServerConfig>> {
    /// Accepts a WebSocket over TLS on an accepted, blocking socket. The [timeout](Self::timeout) covers the TLS handshake and the
    /// request together.
    ///
    /// # Errors
    /// As without TLS. [`WebSocketError::Io`] with [`InvalidData`](io::ErrorKind::InvalidData): the client violated TLS, as the text
    /// says; with [`InvalidInput`](io::ErrorKind::InvalidInput): the configuration allows early data, or rustls rejects it.
    pub fn accept(&self, socket: Socket) -> Result<Connection<Transport>, WebSocketError> {
        self.upgrade(socket)?.accept_unseen()
    }

    /// Starts the opening handshake over TLS on an accepted socket, blocking or not: the application sees the request and decides.
    ///
    /// # Errors
    /// [`WebSocketError::Io`]: the configuration allows early data, or rustls rejects it.
    pub fn upgrade(&self, socket: Socket) -> Result<Upgrade<Transport>, WebSocketError> {
        Ok(self.begin(Transport::tls_server(socket, Arc::clone(&self.below))?))
    }
}

/// An opening handshake in progress on the server's side: read the request, then accept it, or answer it by HTTP.
///
/// So one port can serve pages and `WebSockets`. After an HTTP response nothing else is served on the connection.
///
/// # Non-blocking
/// When the stream is readable, call [`read`](Self::read) until there is a request, then [`accept`](Self::accept) or
/// [`respond`](Self::respond). While [`wants_write`](Self::wants_write) is true, wait until the stream is writable and call
/// [`flush`](Self::flush); [`interest`](Self::interest) returns what to wait for. At [`deadline`](Self::deadline), or about once a
/// second, call [`check_deadlines`](Self::check_deadlines), which reads nothing, so that no request is missed. Drop the `Upgrade`
/// after any error, and once an answer is written.
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
///         upgrade.respond(Response::new(200).with_html("<h1>你好</h1>"))?;
///     }
/// }
/// assert!(socket_read(&browser, 2048, None)?.starts_with(b"HTTP/1.1 200 OK\r\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Upgrade<S = Socket> {
    exchange: Exchange<S>,
    settings: Arc<Settings>,
    /// Complete when its content is.
    request: Option<Request>,
    /// The content if it is read.
    content: Option<Box<Content>>,
    /// The answer to it, when that was decided before the application is asked.
    decided: Option<Box<(Response, Negotiated)>>,
}

impl<S: Stream> Upgrade<S> {
    /// Reads the request and accepts it, on a blocking stream.
    fn accept_unseen(mut self) -> Result<Connection<S>, WebSocketError> {
        match self.read()? {
            Some(_) => self.accept(),
            None => Err(does_not_wait().into()),
        }
    }

    /// Reads until the request is complete, with its body if the acceptor [reads bodies](Acceptor::max_body), and returns it; `None`
    /// if a non-blocking stream has no more bytes yet.
    ///
    /// # Errors
    /// [`WebSocketError::Handshake`] if it is not an HTTP request, or its body is too long, which has been answered;
    /// [`Timeout::Handshake`], as [`check_deadlines`](Self::check_deadlines); [`WebSocketError::Closed`] if the client left, or if
    /// the request was answered before; [`WebSocketError::Io`].
    pub fn read(&mut self) -> Result<Option<&Request>, WebSocketError> {
        self.read_turn(usize::MAX)
    }

    /// Does what [`read`](Self::read) does, but reads no more of a body than a turn is for.
    pub(in crate::ws) fn read_turn(&mut self, turn: usize) -> Result<Option<&Request>, WebSocketError> {
        if !self.is_complete() {
            // What follows a request that has been answered is not another one.
            if self.exchange.is_answered() {
                return Err(WebSocketError::Closed);
            }
            match self.read_more(turn) {
                Ok(()) => {}
                Err(WebSocketError::Handshake(error)) => return Err(self.refuse(error)),
                Err(WebSocketError::Timeout(_)) => return Err(self.time_out()),
                Err(error) => return Err(error),
            }
        }
        Ok(self.request())
    }

    fn read_more(&mut self, turn: usize) -> Result<(), WebSocketError> {
        if self.request.is_none() {
            self.request = self.exchange.read_head(Parser::request)?;
            if self.settings.max_body > 0 {
                self.begin_body()?;
            }
        }
        if self.content.is_some() { self.read_body(turn) } else { Ok(()) }
    }

    /// Looks whether the request has a body, and has the client send it.
    fn begin_body(&mut self) -> Result<(), WebSocketError> {
        let Some(request) = self.request.as_ref().filter(|request| !request.is_upgrade()) else { return Ok(()) };
        self.content = Content::of_request(request, self.settings.max_body).map(Box::new);
        if let Some(content) = &mut self.content {
            if !self.exchange.take_content(content)? && request.expects_continue() {
                self.exchange.queue_continue();
            }
        }
        Ok(())
    }

    /// Goes on with the body.
    fn read_body(&mut self, turn: usize) -> Result<(), WebSocketError> {
        if let (Some(request), Some(content)) = (&mut self.request, &mut self.content) {
            if self.exchange.read_content(content, turn)? {
                request.set_body(content.take_bytes());
            }
        }
        Ok(())
    }

    /// Says whether all of the request that is to be read is there.
    fn is_complete(&self) -> bool {
        self.request.is_some() && self.content.as_ref().is_none_or(|content| content.is_complete())
    }

    /// Returns the request, once it is complete.
    #[must_use]
    pub fn request(&self) -> Option<&Request> {
        self.request.as_ref().filter(|_| self.is_complete())
    }

    /// Sets origins, subprotocols, headers and compression for this request, instead of the acceptor's: for settings that depend on
    /// its path, or on what another server has chosen.
    ///
    /// # Examples
    /// ```
    /// use php_sockets::{ws::{Acceptor, Connector, handshake::{Client, Server}}, *};
    ///
    /// let listener = socket_create_listen(0, None)?;
    /// let url = format!("ws://127.0.0.1:{}/devices", socket_getsockname(&listener)?.1);
    /// let client = std::thread::spawn(move || {
    ///     Connector::new().handshake(Client::new().subprotocols(["chat", "mqtt"])?).connect(&url)
    /// });
    /// let mut upgrade = Acceptor::new().upgrade(socket_accept(&listener)?);
    /// let path = upgrade.read()?.map_or("", |request| request.path());
    /// let protocol = if path == "/devices" { "mqtt" } else { "chat" };
    /// upgrade.set_handshake(Server::new().subprotocols([protocol])?);
    /// assert_eq!(upgrade.accept()?.subprotocol(), Some("mqtt"));
    /// # client.join().expect("no panic")?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_handshake(&mut self, server: Server) {
        Arc::make_mut(&mut self.settings).server = server;
        self.decided = None;
    }

    /// Returns the stream, until it becomes a connection.
    #[must_use]
    pub fn stream(&self) -> Option<&S> {
        self.exchange.stream()
    }

    /// Returns when to call [`check_deadlines`](Self::check_deadlines): when the client's time to send its request, or to read the
    /// answer, is over. `None` while the application has the request and the client has nothing to do.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let waits = if self.exchange.is_answered() { self.wants_write() } else { !self.is_complete() };
        waits.then(|| self.exchange.deadline())
    }

    /// Checks the deadline without reading, so that a request that arrives just then is not lost. A client whose time is over is
    /// answered with 408.
    ///
    /// # Errors
    /// [`Timeout::Handshake`] if the request was not complete in time, [`Timeout::Send`] if the client did not read the answer: drop
    /// the `Upgrade`.
    ///
    /// # Examples
    /// ```
    /// use std::time::{Duration, Instant};
    /// use php_sockets::{ws::{Acceptor, WebSocketError, Timeout}, *};
    ///
    /// let [socket, client] = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;
    /// socket_set_nonblock(&socket)?;
    /// let mut upgrade = Acceptor::new().upgrade(socket);
    /// upgrade.check_deadlines(Instant::now())?;
    /// let late = Instant::now() + Duration::from_secs(10);
    /// assert!(matches!(upgrade.check_deadlines(late), Err(WebSocketError::Timeout(Timeout::Handshake))));
    /// assert!(socket_read(&client, 1024, None)?.starts_with(b"HTTP/1.1 408 Request Timeout\r\n"));
    /// # Ok::<(), WebSocketError>(())
    /// ```
    pub fn check_deadlines(&mut self, now: Instant) -> Result<(), WebSocketError> {
        match self.deadline() {
            Some(deadline) if deadline <= now && self.exchange.is_answered() => Err(Timeout::Send.into()),
            Some(deadline) if deadline <= now => Err(self.time_out()),
            _ => Ok(()),
        }
    }

    /// Accepts the request: sends the answer 101 and returns the connection.
    ///
    /// A client may have sent messages right after its request, which are already read: call [`Connection::next`] before you wait
    /// for the stream for the first time.
    ///
    /// # Errors
    /// [`WebSocketError::Handshake`] if the request does not ask for a WebSocket or does not meet the server's requirements, which has
    /// been answered; [`WebSocketError::Closed`] if there is no request; [`WebSocketError::Io`].
    pub fn accept(&mut self) -> Result<Connection<S>, WebSocketError> {
        self.accept_with(Ok)
    }

    /// Accepts the request with an answer that `edit` completes, with a cookie for example.
    ///
    /// # Errors
    /// As [`accept`](Self::accept), and that of `edit`.
    pub fn accept_with(
        &mut self,
        edit: impl FnOnce(Response) -> Result<Response, handshake::Error>,
    ) -> Result<Connection<S>, WebSocketError> {
        let (response, negotiated) = match self.decided.take() {
            Some(decided) => *decided,
            None => self.decision()?,
        };
        let response = edit(response)?;
        let (stream, protocol) = self.exchange.finish(Role::Server, negotiated)?;
        let mut connection = Connection::new(stream, protocol);
        if self.request.as_ref().is_some_and(Request::expects_continue) {
            // Nobody waits for it, as there is no body; but it comes first (RFC 9110, section 7.8).
            connection.protocol.encoder.queue_raw(CONTINUE);
        }
        connection.protocol.encoder.queue_raw(&response.into_bytes());
        connection.flush()?;
        Ok(connection)
    }

    /// Refuses a request for a WebSocket that is not as the server wants it before the application sees it: one from a foreign
    /// page brings the visitor's cookies.
    ///
    /// # Errors
    /// As [`accept`](Self::accept).
    #[cfg(feature = "server")]
    pub(in crate::ws) fn decide(&mut self) -> Result<(), WebSocketError> {
        if self.request.as_ref().is_some_and(Request::is_upgrade) {
            self.decided = Some(Box::new(self.decision()?));
        }
        Ok(())
    }

    /// Has this subprotocol chosen if the client offers it, and no other.
    #[cfg(feature = "server")]
    pub(in crate::ws) fn choose_subprotocol(&mut self, subprotocol: &str) {
        if let Ok(server) = self.settings.server.clone().subprotocols([subprotocol]) {
            self.set_handshake(server);
        }
    }

    fn decision(&mut self) -> Result<(Response, Negotiated), WebSocketError> {
        let request = self.request().ok_or(WebSocketError::Closed)?;
        self.settings.server.accept(request).map_err(|error| self.refuse(error))
    }

    /// Answers the request by HTTP, a HEAD request without the body, with the `Date` unless the response has one. Returns `false`
    /// if a non-blocking stream did not take all of it; [`flush`](Self::flush) then continues.
    ///
    /// On a blocking stream with timeouts it waits up to a second for the client to leave, so that the answer is not lost; a client that
    /// sends a body has up to a minute, and may send 64 MiB, which are thrown away.
    ///
    /// # Errors
    /// [`WebSocketError::Closed`] if the stream has become a connection; [`Timeout::Send`], after
    /// [`Config::send_timeout`]; [`WebSocketError::Io`].
    pub fn respond(&mut self, response: Response) -> Result<bool, WebSocketError> {
        let is_head = self.request.as_ref().is_some_and(|request| request.method() == "HEAD");
        let response = if is_head { response.head_only() } else { response };
        self.exchange.queue(response.dated(SystemTime::now()).into_bytes());
        self.exchange.set_deadline(self.exchange.config().send_timeout, Timeout::Send);
        self.flush()
    }

    /// How many bytes the answer has, written or not.
    #[cfg(feature = "server")]
    pub(in crate::ws) fn answer_len(&self) -> usize {
        self.exchange.output_len()
    }

    /// Returns whether part of an HTTP response, or of the stream's own handshake, is still to be written.
    #[must_use]
    pub fn wants_write(&self) -> bool {
        self.exchange.waits_to_write()
    }

    /// Returns what to wait for: writable for [`flush`](Self::flush), otherwise readable for [`read`](Self::read).
    #[must_use]
    pub fn interest(&self) -> Interest {
        if self.wants_write() { Interest::Write } else { Interest::Read }
    }

    /// Continues to write an HTTP response; returns `true` when all of it is written.
    ///
    /// # Errors
    /// As [`respond`](Self::respond).
    pub fn flush(&mut self) -> Result<bool, WebSocketError> {
        while self.exchange.wants_write() {
            if !self.exchange.write_once()? {
                return Ok(false);
            }
            if self.exchange.is_answered() {
                // A client that takes something is there.
                self.exchange.set_deadline(self.exchange.config().send_timeout, Timeout::Send);
            }
        }
        let all = self.exchange.flush()?;
        if all && self.exchange.is_answered() {
            self.exchange.linger(self.new_linger());
        }
        Ok(all)
    }

    /// Begins to listen to the client for a while, longer if it may still be sending a body.
    pub(in crate::ws) fn new_linger(&self) -> Linger {
        Linger::new(match (&self.content, &self.request) {
            (Some(content), _) => !content.is_complete(),
            (None, Some(request)) => request.content_length() != Ok(0),
            (None, None) => false,
        })
    }

    /// Gives back the memory of what came, which nobody asks for when it is answered.
    #[cfg(feature = "server")]
    pub(in crate::ws) fn forget_input(&mut self) {
        self.exchange.input().clear();
        self.request.iter_mut().for_each(|request| request.set_body(Vec::new()));
    }

    /// Returns the stream, the request once it is complete, and the bytes read after it: for an application that speaks more HTTP than
    /// this module.
    #[must_use]
    pub fn into_parts(self) -> (Option<S>, Option<Request>, Vec<u8>) {
        let request = if self.is_complete() { self.request } else { None };
        let (stream, received) = self.exchange.into_parts();
        (stream, request, received)
    }

    #[cold]
    fn time_out(&mut self) -> WebSocketError {
        // Whether the client hears why is its own affair.
        let _ = self.respond(Response::new(408));
        Timeout::Handshake.into()
    }

    #[cold]
    fn refuse(&mut self, error: handshake::Error) -> WebSocketError {
        // One who is refused is not to hold memory while he reads the answer.
        self.exchange.input().clear();
        self.content.iter_mut().for_each(|content| drop(content.take_bytes()));
        let _ = self.respond(error.response());
        error.into()
    }
}

/// Not an error after which to try again: the stream is gone.
#[cold]
fn does_not_wait() -> io::Error {
    let text = "the stream is non-blocking, for which there is Acceptor::upgrade";
    io::Error::new(io::ErrorKind::InvalidInput, text)
}
