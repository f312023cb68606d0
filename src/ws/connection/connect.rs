#[cfg(not(feature = "tls"))]
use std::io;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{Connection, opening::Opening};
#[cfg(feature = "tls")]
use crate::ws::tls::{self, rustls::ClientConfig};
use crate::{
    Socket, socket_set_block,
    ws::{
        Config, Stream, Transport, WebSocketError,
        config::limit,
        dial::{Proxy, Route, Wait},
        exchange::{Exchange, TIMEOUT},
        handshake::{Client, Url},
        timers::deadline,
    },
};

/// Opens WebSocket connections: a client's requests, configured once and cheap to clone.
///
/// By default: no subprotocol, no compression, no additional headers, [`Config::client`], 10 seconds for connecting and the
/// opening handshake.
///
/// Before it connects again after a failure, a client should wait for a random time that grows with each failure: see
/// [`Backoff`](crate::ws::Backoff).
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
    timeout: Option<Duration>,
    route: Route,
    #[cfg(feature = "tls")]
    tls: Option<Arc<ClientConfig>>,
}

impl Default for Connector {
    fn default() -> Self {
        Self {
            client: Client::new(),
            config: Arc::new(Config::client()),
            timeout: Some(TIMEOUT),
            route: Route::Direct,
            #[cfg(feature = "tls")]
            tls: None,
        }
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

    /// Sets how long connecting and the opening handshake may take together; `None` and zero are no limit. Default: 10 seconds.
    #[must_use]
    pub fn timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeout = limit(timeout);
        self
    }

    /// Connects through a proxy: `http://` (the method CONNECT), `socks5://`, or `socks5h://`, which lets the proxy look names up;
    /// each with `user:password@` before the host if the proxy requires it.
    ///
    /// The [timeout](Self::timeout) includes the proxy's answers.
    ///
    /// # Errors
    /// [`WebSocketError::Handshake`] with [`ProxyUrl`](crate::ws::handshake::Error::ProxyUrl) for another kind of URL.
    ///
    /// # Examples
    /// ```no_run
    /// use php_sockets::ws::Connector;
    ///
    /// let connector = Connector::new().proxy("socks5h://user:password@127.0.0.1:1080")?;
    /// let connection = connector.connect("ws://example.com/chat")?;
    /// # Ok::<(), php_sockets::ws::WebSocketError>(())
    /// ```
    pub fn proxy(mut self, url: &str) -> Result<Self, WebSocketError> {
        self.route = Route::Proxy(Proxy::parse(url)?);
        Ok(self)
    }

    /// Connects through the proxy that the environment names when a connection begins: `http_proxy` for `ws://`, `https_proxy` for
    /// `wss://`, otherwise `all_proxy`, except for hosts that `no_proxy` lists (names, domains, networks such as `10.0.0.0/8`, or
    /// `*`). Upper-case names are read too, except for `HTTP_PROXY`, which a client of a CGI program could set.
    #[must_use]
    pub fn proxy_from_env(mut self) -> Self {
        self.route = Route::Environment;
        self
    }

    /// Sets the TLS configuration for `wss://` URLs: trusted roots, a client certificate, the session store. By default the platform's
    /// trusted roots are used. A configuration without ALPN gets `http/1.1`. Needs the feature `tls`.
    ///
    /// # Examples
    /// See [`tls`](crate::ws::tls).
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(mut self, config: impl Into<Arc<ClientConfig>>) -> Self {
        self.tls = Some(tls::client_for_http(config.into()));
        self
    }

    pub(in crate::ws) fn send_buffer_limit(&self) -> usize {
        self.config.send_buffer_limit
    }

    /// Sets what the standard of browsers has and RFC 6455 leaves open.
    pub(in crate::ws) fn like_a_browser(mut self) -> Self {
        self.client = self.client.require_subprotocol();
        self
    }

    /// Connects to a `ws://` or `wss://` URL and waits for the server's answer.
    ///
    /// All addresses of the host are tried, each starting a quarter of a second after the one before, until one answers
    /// ([RFC 8305](https://www.rfc-editor.org/rfc/rfc8305)). The timeout covers all of it: the name lookup, connecting, and the
    /// opening handshake. A lookup that does not finish in time continues in the background, on one of at most 32 threads.
    ///
    /// # Errors
    /// [`WebSocketError::Refused`] with the server's answer (a redirection is not followed: its `Location` is in there),
    /// [`WebSocketError::Proxy`], [`WebSocketError::Handshake`], [`Timeout::Handshake`](crate::ws::Timeout::Handshake),
    /// [`WebSocketError::Io`]: for a `wss://` URL [`InvalidData`](std::io::ErrorKind::InvalidData) if the certificate is not accepted or
    /// the server violates TLS, and without the feature `tls` [`Unsupported`](std::io::ErrorKind::Unsupported).
    pub fn connect(&self, url: &str) -> Result<Connection<Transport>, WebSocketError> {
        let mut connection = self.connect_until(&Url::parse(url)?, &Wait::new(self.deadline(), None))?;
        socket_set_block(connection.stream().socket())?;
        // The deadlines are to hold from the start, also for who sends before he reads.
        connection.set_read_timeout(None)?;
        Ok(connection)
    }

    /// Connects to a URL as [`connect`](Self::connect) does, and starts the opening handshake: to see the server's response, whose
    /// header fields a connection does not keep.
    ///
    /// # Errors
    /// Those of [`connect`](Self::connect) up to the opening handshake.
    ///
    /// # Examples
    /// ```
    /// use php_sockets::{ws::{Acceptor, Connector}, *};
    ///
    /// let listener = socket_create_listen(0, None)?;
    /// let url = format!("ws://127.0.0.1:{}/", socket_getsockname(&listener)?.1);
    /// let server = std::thread::spawn(move || {
    ///     let mut upgrade = Acceptor::new().upgrade(socket_accept(&listener)?);
    ///     upgrade.read()?;
    ///     upgrade.accept_with(|answer| answer.with_header("Set-Cookie", "server=7"))
    /// });
    ///
    /// let mut opening = Connector::new().open_url(&url)?;
    /// let connection = opening.advance()?.expect("its stream is blocking");
    /// assert!(connection.is_open());
    /// assert_eq!(opening.response().and_then(|response| response.header("Set-Cookie")), Some("server=7"));
    /// # server.join().expect("no panic")?;
    /// # Ok::<(), ws::WebSocketError>(())
    /// ```
    pub fn open_url(&self, url: &str) -> Result<Opening<Transport>, WebSocketError> {
        let url = Url::parse(url)?;
        let (socket, opening) = self.begin(&url, &Wait::new(self.deadline(), None))?;
        socket_set_block(&socket)?;
        Ok(opening)
    }

    /// When the time of a connection that begins now is over.
    pub(in crate::ws) fn deadline(&self) -> Instant {
        deadline(self.timeout)
    }

    /// Connects to the host; the socket is non-blocking.
    fn begin(&self, url: &Url, wait: &Wait) -> Result<(Socket, Opening<Transport>), WebSocketError> {
        let secure = self.secure(url)?;
        let socket = self.route.connect(url, wait)?;
        let opening = self.open_until(wait.deadline(), secure(socket.clone())?, url)?;
        Ok((socket, opening))
    }

    /// Connects; the connection is non-blocking.
    pub(in crate::ws) fn connect_until(&self, url: &Url, wait: &Wait) -> Result<Connection<Transport>, WebSocketError> {
        let (socket, mut opening) = self.begin(url, wait)?;
        loop {
            if let Some(connection) = opening.advance()? {
                return Ok(connection);
            }
            let waited =
                if opening.wants_write() { wait.until_writable(&socket) } else { wait.until_readable(&socket) };
            match waited {
                // The opening knows what to say when its time is over.
                Ok(()) | Err(WebSocketError::Timeout(_)) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Returns what makes a transport of a socket.
    #[cfg(feature = "tls")]
    fn secure(&self, url: &Url) -> Result<impl FnOnce(Socket) -> Result<Transport, WebSocketError>, WebSocketError> {
        let config = match &self.tls {
            _ if !url.is_secure() => None,
            Some(config) => Some(Arc::clone(config)),
            None => Some(tls::default_client_config()?),
        };
        Ok(move |socket| match config {
            Some(config) => Transport::tls_client(socket, config, url.host()),
            None => Ok(Transport::from(socket)),
        })
    }

    #[cfg(not(feature = "tls"))]
    #[expect(clippy::unused_self, reason = "as with TLS")]
    fn secure(&self, url: &Url) -> Result<impl FnOnce(Socket) -> Result<Transport, WebSocketError>, WebSocketError> {
        if url.is_secure() { Err(no_tls().into()) } else { Ok(|socket| Ok(Transport::from(socket))) }
    }

    /// Starts the opening handshake on a connected stream, blocking or not: a socket, TLS, a tunnel through a proxy.
    ///
    /// # Errors
    /// [`WebSocketError::Handshake`] if the system's random source fails.
    pub fn open<S: Stream>(&self, stream: S, url: &Url) -> Result<Opening<S>, WebSocketError> {
        self.open_until(deadline(self.timeout), stream, url)
    }

    fn open_until<S: Stream>(&self, deadline: Instant, stream: S, url: &Url) -> Result<Opening<S>, WebSocketError> {
        let exchange = Exchange::new(stream, Arc::clone(&self.config), self.client.parser(), deadline);
        Ok(Opening::new(exchange, self.client.request(url)?))
    }
}

#[cfg(not(feature = "tls"))]
fn no_tls() -> io::Error {
    let text = "a wss:// URL needs the feature `tls` of php-sockets, or a TLS stream that is passed to Connector::open";
    io::Error::new(io::ErrorKind::Unsupported, text)
}
