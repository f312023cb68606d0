//! A server for many clients: callbacks, topics and timers, on one thread or on several.
//!
//! # Examples
//! Every message goes to everybody, on four threads; a client that reads too slowly is dropped:
//! ```no_run
//! use php_sockets::ws::server::{Callbacks, Server};
//!
//! fn main() -> Result<(), php_sockets::ws::WebSocketError> {
//!     let chat = || {
//!         Callbacks::new()
//!             .onopen(|client| client.broadcast("joined"))
//!             .onmessage(|client, message| client.broadcast(message))
//!             .onclose(|client, _| client.broadcast("left"))
//!     };
//!     Server::bind("127.0.0.1", 8080)?.threads(4).run(chat)
//! }
//! ```
//!
//! See [`Server`] for what it does on its own, and [`Handler`] for the callbacks.

mod accept;
mod answer;
mod answers;
mod callbacks;
mod client;
mod clients;
mod delivery;
mod handle;
mod handler;
mod id;
mod inbox;
mod membership;
mod metrics;
mod proxy;
mod serve;
mod settings;
mod slots;
mod stop;
mod timers;
mod topics;
mod turn;
mod worker;

use std::{
    net::IpAddr,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::Arc,
    thread::{self, ScopedJoinHandle},
    time::Duration,
};

pub use answer::Answer;
pub use callbacks::Callbacks;
pub use client::{Client, ClientRef};
pub use clients::Clients;
pub use handle::Handle;
pub use handler::Handler;
pub use id::ClientId;
pub use metrics::Metrics;
pub use timers::Timer;

#[cfg(feature = "tls")]
use super::tls::rustls::ServerConfig;
use super::{Config, WebSocketError, config::limit, handshake};
use crate::{
    AF_INET, AF_INET6, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, SOL_TCP, SOMAXCONN, Socket, poll::Context, socket_bind,
    socket_create, socket_getsockname, socket_listen, socket_set_nonblock, socket_set_option,
};
use handle::{Shared, Thread};
use proxy::Proxies;
use settings::Settings;
use worker::Worker;

/// A WebSocket server for many clients, built on the socket functions, [`poll`](crate::poll) and
/// [`Connection`](super::Connection), with which you can also write a loop of your own.
///
/// # Limits
/// Every limit has a setting, whose documentation names the default. Requests, messages, answers to Pings and closing
/// handshakes have deadlines ([`Config`]). The connections accepted in a turn and the bytes read from one client in a turn are
/// limited, so that every client gets its turn. When the process runs out of descriptors, accepting pauses and resumes by
/// itself. A client that is refused gets the reason as an HTTP status: 503, 429, 413, 403 or 408. Signals do not interrupt the server.
///
/// # Turns
/// The server waits until something happens, calls the callbacks for all of it, and then sends: everything that a turn sends to
/// one client leaves in one write. As long as a turn has sent nothing to anybody else, the answers to a client's messages leave
/// as soon as its callbacks have run. A client that is [closed](Client::close) still gets what was sent to it before, one that is
/// [terminated](Client::terminate) does not; `onclose` is called at the end of the turn. Calls on a client that has left do
/// nothing.
///
/// # Threads
/// With [`threads`](Self::threads) each thread has its own handler and its own clients; topics and broadcasts reach the clients
/// of all threads. A panic in a callback ends the whole server, whichever thread it happens on.
///
/// # Examples
/// ```
/// use php_sockets::ws::{Connection, Message, server::{Callbacks, Server}};
///
/// let server = Server::bind("127.0.0.1", 0)?;
/// let url = format!("ws://127.0.0.1:{}/", server.address()?.1);
/// let handle = server.handle();
/// let client = std::thread::spawn(move || -> Result<(), php_sockets::ws::WebSocketError> {
///     let mut connection = Connection::connect(&url)?;
///     let mut buffer = Vec::new();
///     connection.send("你好")?;
///     assert_eq!(connection.read(&mut buffer)?, Message::Text("你好"));
///     handle.stop();
///     assert!(matches!(connection.read(&mut buffer)?, Message::Close(_)));
///     Ok(())
/// });
/// server.run(Callbacks::new().onmessage(|client, message| client.send(message)))?;
/// client.join().expect("no panic")?;
/// # Ok::<(), php_sockets::ws::WebSocketError>(())
/// ```
#[derive(Debug)]
pub struct Server {
    listener: Socket,
    settings: Settings,
    shared: Arc<Shared>,
}

impl Server {
    /// Makes a server from a listening socket of any address family; the socket becomes non-blocking.
    ///
    /// # Errors
    /// [`WebSocketError::Io`]: the socket is closed.
    pub fn new(listener: Socket) -> Result<Self, WebSocketError> {
        socket_set_nonblock(&listener)?;
        Ok(Self { listener, settings: Settings::default(), shared: Arc::default() })
    }

    /// Makes a server that listens on an IPv4 or IPv6 address (`0.0.0.0` or `::` for all), with `SO_REUSEADDR`. With port 0 the
    /// system chooses the port.
    ///
    /// On Linux a connection is accepted when the client's request arrives, or after a second without one
    /// (`TCP_DEFER_ACCEPT`).
    ///
    /// # Errors
    /// [`WebSocketError::Io`]: the address is in use, or does not belong to this machine.
    pub fn bind(ip: &str, port: i32) -> Result<Self, WebSocketError> {
        let family = if ip.contains(':') { AF_INET6 } else { AF_INET };
        let listener = socket_create(family, SOCK_STREAM, SOL_TCP)?;
        socket_set_option(&listener, SOL_SOCKET, SO_REUSEADDR, 1)?;
        accept::defer(&listener)?;
        socket_bind(&listener, ip, port)?;
        socket_listen(&listener, SOMAXCONN)?;
        Self::new(listener)
    }

    /// Returns the address and port that it listens on, as [`socket_getsockname`] does.
    ///
    /// # Errors
    /// [`WebSocketError::Io`]: the socket has been closed.
    pub fn address(&self) -> Result<(String, i32), WebSocketError> {
        Ok(socket_getsockname(&self.listener)?)
    }

    /// Returns the listening socket: to set options on it, or to pass it to the program that replaces this one
    /// ([`Handle::restart`]).
    #[must_use]
    pub fn listener(&self) -> &Socket {
        &self.listener
    }

    /// Returns a handle for other threads.
    #[must_use]
    pub fn handle(&self) -> Handle {
        Handle(Arc::clone(&self.shared))
    }

    /// Sets how many threads it runs on: 0 is one, and more than 1,024 are 1,024.
    ///
    /// On Linux each thread has its own listening socket on the same TCP address (`SO_REUSEPORT`), and the system distributes
    /// new connections among them. These sockets are bound like the first, with its `IPV6_V6ONLY` and `SO_BINDTODEVICE`; its
    /// other options are not copied. On other systems, for other address families, and with
    /// [`share_listener`](Self::share_listener), all threads accept from one socket. They also do where the system refuses more
    /// sockets, as it does if the first lacks `SO_REUSEADDR` and clients had connected before the server ran.
    /// [`Metrics::listening`] counts the sockets.
    pub fn threads(self, count: usize) -> Threads {
        Threads { server: self, count: count.clamp(1, id::MAX_THREADS) }
    }

    /// Serves until [`Handle::stop`] is called, on this thread.
    ///
    /// # Errors
    /// [`WebSocketError::Io`]: there is no descriptor left to start with; or the socket does not listen, or was closed by somebody
    /// else while the server ran, which stops it within a second as [`Handle::stop`] does.
    pub fn run<H: Handler>(self, handler: H) -> Result<(), WebSocketError> {
        let Self { listener, settings, shared } = &self;
        let context = new_context()?;
        let _running = shared.start([Thread::new(context.notifier())].into(), settings.inbox_limit);
        Worker::new(0, handler, context, (listener.clone(), true), settings, shared)?.run()?;
        shared.outcome()
    }
}

/// A server for several threads; see [`Server::threads`].
#[derive(Debug)]
#[must_use]
pub struct Threads {
    server: Server,
    count: usize,
}

impl Threads {
    /// Serves until [`Handle::stop`] is called; `make` creates each thread's handler, on that thread.
    ///
    /// What the handlers share belongs in an [`Arc`].
    ///
    /// # Errors
    /// As [`Server::run`].
    ///
    /// # Panics
    /// If a callback panics, with that panic; the other threads end at once.
    pub fn run<H: Handler>(self, make: impl Fn() -> H + Sync) -> Result<(), WebSocketError> {
        if self.count == 1 {
            // A process with one thread takes less for its system calls.
            return self.server.run(make());
        }
        let Server { listener, settings, shared } = &self.server;
        let contexts = (0..self.count).map(|_| new_context()).collect::<Result<Vec<_>, WebSocketError>>()?;
        let threads = contexts.iter().map(|context| Thread::new(context.notifier())).collect();
        let _running = shared.start(threads, settings.inbox_limit);
        let listeners = accept::listeners(listener, self.count, settings.shares_listener);
        let results: Vec<_> = thread::scope(|scope| {
            let make = &make;
            let threads = contexts.into_iter().zip(listeners).enumerate().map(|(number, (context, listener))| {
                thread::Builder::new().spawn_scoped(scope, move || {
                    let number = u16::try_from(number).unwrap_or(u16::MAX);
                    // A handler that is broken is not called any more.
                    let result = catch_unwind(AssertUnwindSafe(|| {
                        Worker::new(number, make(), context, listener, settings, shared)?.run()
                    }));
                    if !matches!(result, Ok(Ok(()))) {
                        shared.abort();
                    }
                    result
                })
            });
            let threads: Vec<_> = threads.collect();
            // Those that there are would serve, and nobody would be told.
            if threads.iter().any(Result::is_err) {
                shared.abort();
            }
            let join = |thread: std::io::Result<ScopedJoinHandle<'_, _>>| match thread {
                Ok(thread) => thread.join().and_then(|result| result),
                Err(error) => Ok(Err(error.into())),
            };
            threads.into_iter().map(join).collect()
        });
        results.into_iter().try_for_each(|result| result.unwrap_or_else(|panic| resume_unwind(panic)))?;
        shared.outcome()
    }
}

fn new_context() -> Result<Context<()>, WebSocketError> {
    Ok(Context::new().map_err(std::io::Error::from)?)
}

/// The settings, each with its default. Of a time, `None` and zero are no limit; a number is what it says, zero as well, unless its
/// setting says otherwise.
impl Server {
    /// Changes the limits and deadlines of the connections.
    ///
    /// The defaults are those of [`Config::server`], except that a message may have 1 MiB, 1 MiB may wait for a client, and a
    /// client that reads too slowly for that is dropped ([`Overflow::Disconnect`](super::Overflow::Disconnect)). With
    /// [`Overflow::Refuse`](super::Overflow::Refuse) or [`Overflow::Discard`](super::Overflow::Discard) it stays, and each message
    /// that does not fit is discarded and [counted](Metrics::discarded); no call on a client fails. To send a client everything
    /// at its own pace, look at [`Client::buffered_amount`] before sending, and send the rest from [`Handler::ondrain`].
    ///
    /// # Examples
    /// ```
    /// use php_sockets::ws::server::Server;
    ///
    /// let server = Server::bind("127.0.0.1", 0)?.config(|config| config.max_message(64 << 10));
    /// # Ok::<(), php_sockets::ws::WebSocketError>(())
    /// ```
    #[must_use]
    pub fn config(mut self, change: impl FnOnce(Config) -> Config) -> Self {
        self.settings.config = change(self.settings.config);
        self.settings.acceptor = self.settings.acceptor.config(self.settings.config.clone());
        self
    }

    /// Sets origins, subprotocols, headers and compression. By default it accepts clients without an `Origin` and pages of the
    /// same origin, and offers no subprotocol, header or compression.
    #[must_use]
    pub fn handshake(mut self, server: handshake::Server) -> Self {
        self.settings.acceptor = self.settings.acceptor.handshake(server);
        self
    }

    /// Serves `wss://` instead of `ws://`. [`Certificates`](super::tls::Certificates) create the configuration. Needs the
    /// feature `tls`.
    ///
    /// A configuration without ALPN gets `http/1.1`. A client that speaks HTTP without TLS is answered with 400. The
    /// [timeout](Self::handshake_timeout) covers the TLS handshake and the request together.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(mut self, config: impl Into<Arc<ServerConfig>>) -> Self {
        self.settings.tls = Some(super::tls::server_for_http(config.into()));
        self
    }

    /// Sets how long a client has to send its request, with a [body](Self::max_body) if one is read; `None` and zero are no limit.
    /// Default: 10 seconds.
    #[must_use]
    pub fn handshake_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.handshake_timeout = limit(timeout);
        self.settings.acceptor = self.settings.acceptor.timeout(self.settings.handshake_timeout);
        self
    }

    /// Sets how many bytes the body of a request may have, for [`Request::body`](handshake::Request::body): a webhook, or `curl -d`.
    /// Default: 0, with which no body is read, and [`Handler::onrequest`] comes with the head.
    ///
    /// Otherwise it comes when all of the body is there, within [`handshake_timeout`](Self::handshake_timeout). A longer body is
    /// answered with 413, a malformed one with 400; [`Acceptor::max_body`](super::Acceptor::max_body) has the details. Memory grows
    /// with what has come: to this many bytes for each client that sends a body, so in all to
    /// [`max_connections`](Self::max_connections) times as many.
    ///
    /// # Examples
    /// `curl -d 你好 http://127.0.0.1:8080/publish` is heard by all clients:
    /// ```
    /// use php_sockets::ws::{handshake::Response, server::{Answer, Callbacks, Server}};
    ///
    /// let server = Server::bind("127.0.0.1", 0)?.max_body(64 << 10).max_connections(10_000);
    /// let callbacks = Callbacks::new().onrequest(|client, request| {
    ///     if (request.method(), request.path()) != ("POST", "/publish") {
    ///         return Answer::upgrade();
    ///     }
    ///     client.broadcast(&*String::from_utf8_lossy(request.body()));
    ///     Response::new(204).into()
    /// });
    /// # let _ = (server, callbacks);
    /// # Ok::<(), php_sockets::ws::WebSocketError>(())
    /// ```
    #[must_use]
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.settings.acceptor = self.settings.acceptor.max_body(bytes);
        self
    }

    /// Sets how many connections there may be in all, including those in the opening and closing handshakes. Default: 1,000,000.
    /// Further ones are answered with 503 and `Retry-After`; with 0 all are.
    #[must_use]
    pub fn max_connections(mut self, most: usize) -> Self {
        self.settings.max_connections = most;
        self
    }

    /// Sets how many connections there may be from one IP address. Default: no limit, since behind a proxy all come from one
    /// address. Further ones are answered with 429 and `Retry-After`; with 0 all are.
    #[must_use]
    pub fn max_connections_per_address(mut self, most: usize) -> Self {
        self.settings.max_per_address = Some(u32::try_from(most).unwrap_or(u32::MAX));
        self
    }

    /// Sets the addresses of the proxies that begin each connection with a PROXY protocol header, version 1 or 2, which names the
    /// client ([specification](https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt)). Default: none.
    ///
    /// [`Client::address`] and [`max_connections_per_address`](Self::max_connections_per_address) use the address in the header. A
    /// connection from a proxy without a header is closed. From any other address a header is not accepted, so that nobody
    /// else can claim an address. Once this is set, whoever connects by a Unix socket counts as a proxy.
    #[must_use]
    pub fn proxy_protocol(mut self, proxies: impl IntoIterator<Item = IpAddr>) -> Self {
        self.settings.proxies = Some(Proxies::new(proxies));
        self
    }

    /// Sets the addresses of the proxies whose `X-Forwarded-For` names the client. Default: none. The last address in the field
    /// that is not one of these proxies counts, with or without a port; addresses before it came with the request and may be forged.
    ///
    /// [`Client::address`] returns that address, with port 0, and
    /// [`max_connections_per_address`](Self::max_connections_per_address) uses it once a client's request is accepted. A request from
    /// a proxy without the field counts as the proxy's own; in a request from any other address the field is ignored. Once this is
    /// set, whoever connects by a Unix socket counts as a proxy: `forwarded_for([])` if there are no others.
    ///
    /// # Examples
    /// ```
    /// use php_sockets::ws::server::Server;
    ///
    /// let server = Server::bind("127.0.0.1", 0)?.forwarded_for(["127.0.0.1".parse()?]).max_connections_per_address(20);
    /// # let _ = server;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn forwarded_for(mut self, proxies: impl IntoIterator<Item = IpAddr>) -> Self {
        self.settings.forwarders = Some(Proxies::new(proxies));
        self
    }

    /// Keeps each client's request as long as the client is connected, for [`Client::request`]. By default only
    /// [`Handler::onrequest`] sees it.
    ///
    /// It costs memory for each client: the request's head and 32 bytes for each header field, about 1.2 KiB for a browser's. If
    /// you need only part of it, store that in the client's [data](Client::data_mut) instead.
    ///
    /// # Examples
    /// ```
    /// use php_sockets::ws::server::{Callbacks, Server};
    ///
    /// let server = Server::bind("127.0.0.1", 0)?.keep_requests();
    /// let rooms = Callbacks::new().onmessage(|client, message| {
    ///     let Some(request) = client.request() else { return };
    ///     client.publish(request.path(), message);
    /// });
    /// # let _ = (server, rooms);
    /// # Ok::<(), php_sockets::ws::WebSocketError>(())
    /// ```
    #[must_use]
    pub fn keep_requests(mut self) -> Self {
        self.settings.keeps_requests = true;
        self
    }

    /// Makes all threads accept from one listening socket, even where each could have its own. Default: off.
    ///
    /// It is for a server that passes its socket to the program that replaces it ([`Handle::restart`]): connections still waiting on
    /// a thread's own socket are reset by the system when that closes, while those waiting on the shared one are served by the next
    /// program. The price is that each new connection wakes every thread.
    #[must_use]
    pub fn share_listener(mut self) -> Self {
        self.settings.shares_listener = true;
        self
    }

    /// Sets how long a client may stay connected, after which it is closed with 1001; `None` and zero are no limit, the default. It is
    /// checked once a second.
    #[must_use]
    pub fn max_lifetime(mut self, most: impl Into<Option<Duration>>) -> Self {
        self.settings.max_lifetime = limit(most);
        self
    }

    /// Sets how many topics one client may subscribe to. Default: 10,000. Further subscriptions, and names of more than 1,024 bytes,
    /// are ignored and [counted](Metrics::refused_topic); with 0 all subscriptions are.
    #[must_use]
    pub fn max_topics(mut self, most: usize) -> Self {
        self.settings.max_topics = most;
        self
    }

    /// Sets how many connections a thread accepts before it serves the clients that it has, at least one. Default: 64.
    #[must_use]
    pub fn max_accepts_per_turn(mut self, most: usize) -> Self {
        self.settings.max_accepts_per_turn = most.max(1);
        self
    }

    /// Sets how many bytes are read from one client before the others get their turn; with 0 that is after each read. Default: 1 MiB, or 128 KiB if they hold more
    /// than 1,000 messages. Compressed messages also count by what they hold.
    #[must_use]
    pub fn max_read_per_turn(mut self, bytes: usize) -> Self {
        self.settings.max_read_per_turn = bytes.max(1);
        self
    }

    /// Sets how many bytes of messages from other threads may wait for a thread; if nothing waits, one of any size may, also with 0.
    /// Default: 16 MiB. Clients that miss a message
    /// because it does not fit are closed with 1013. A [`Handle`] fills at most half of it and [gets an error](Handle#bounds) beyond
    /// that.
    #[must_use]
    pub fn inbox_limit(mut self, bytes: usize) -> Self {
        self.settings.inbox_limit = bytes;
        self
    }

    /// Sets how many bytes of HTTP responses a thread holds for clients that have not read them yet. Default: 64 MiB. Beyond that the
    /// client that has had the most time is dropped, and counted as [slow](Metrics::dropped_slow); the last response is always
    /// held, also with 0.
    #[must_use]
    pub fn answer_limit(mut self, bytes: usize) -> Self {
        self.settings.answer_limit = bytes;
        self
    }

    /// Sets how long [`Handle::stop`] waits for the closing handshakes; `None` and zero are no limit but that of each client
    /// ([`Config::close_timeout`]). Default: 10 seconds.
    #[must_use]
    pub fn stop_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.stop_timeout = limit(timeout);
        self
    }
}
