//! A server of many clients: callbacks, topics, timers, on one core or on all.
//!
//! # Examples
//! Everybody hears everybody, on every core; who reads too slowly is dropped:
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
//! See [`Server`] for what it does by itself, and [`Handler`] for the callbacks.

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
use super::{Config, WebSocketError, handshake};
use crate::{
    AF_INET, AF_INET6, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, SOL_TCP, SOMAXCONN, Socket, poll::Context, socket_bind,
    socket_create, socket_getsockname, socket_listen, socket_set_nonblock, socket_set_option,
};
use handle::{Shared, Thread};
use settings::Settings;
use worker::Worker;

/// A WebSocket server of many clients, assembled from the socket functions, [`poll`](crate::poll) and
/// [`Connection`](super::Connection): whoever wants a loop of his own still has all of these.
///
/// # What it keeps by itself
/// Every bound has a setting; the default stands there. Signals interrupt nothing. When the system has no descriptors left,
/// accepting pauses and goes on by itself. Requests, messages, answers to Pings and closing handshakes have their
/// deadlines ([`Config`]). Newcomers have a bound a turn, and so has what is read from one client, so that the others have
/// their turn. Who is refused is told why by HTTP: 503, 429, 403, 408.
///
/// # Turns
/// The server waits until something has happened, calls the callbacks for all of it, and then sends: what a turn has for one
/// client leaves in one write. Only where nobody else has been sent anything yet, the answers to a client's messages leave as
/// soon as these have been heard. A client that is closed hears what was sent to it before, and `onclose` comes at the end of
/// the turn. What a callback does to a client that is gone does nothing.
///
/// # Threads
/// With [`threads`](Self::threads) each thread has a handler of its own, and clients of its own; topics and broadcasts reach
/// those of all threads. A panic in a callback ends the server with it, on whichever thread it was.
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
    /// Makes a server of a listening socket, whatever its family; it becomes non-blocking.
    ///
    /// # Errors
    /// [`WebSocketError::Io`]: the socket is closed.
    pub fn new(listener: Socket) -> Result<Self, WebSocketError> {
        socket_set_nonblock(&listener)?;
        Ok(Self { listener, settings: Settings::default(), shared: Arc::default() })
    }

    /// Makes a server that listens on an IPv4 or IPv6 address, `0.0.0.0` or `::` for all, with `SO_REUSEADDR`; port 0 has the
    /// system choose one.
    ///
    /// On Linux the system wakes the server when a client's request has come, or has not come for a second
    /// (`TCP_DEFER_ACCEPT`).
    ///
    /// # Errors
    /// [`WebSocketError::Io`]: the address is in use, or not this machine's.
    pub fn bind(ip: &str, port: i32) -> Result<Self, WebSocketError> {
        let family = if ip.contains(':') { AF_INET6 } else { AF_INET };
        let listener = socket_create(family, SOCK_STREAM, SOL_TCP)?;
        socket_set_option(&listener, SOL_SOCKET, SO_REUSEADDR, 1)?;
        accept::defer(&listener)?;
        socket_bind(&listener, ip, port)?;
        socket_listen(&listener, SOMAXCONN)?;
        Self::new(listener)
    }

    /// Returns the address and port that it listens on, as [`socket_getsockname`] gives them.
    ///
    /// # Errors
    /// [`WebSocketError::Io`]: the socket has been closed.
    pub fn address(&self) -> Result<(String, i32), WebSocketError> {
        Ok(socket_getsockname(&self.listener)?)
    }

    /// Returns the listening socket: for options of one's own, and for the program that takes this one's place
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

    /// Has it run on this many threads, at least one and at most 1,024.
    ///
    /// On Linux each has a listening socket of its own on the same TCP address (`SO_REUSEPORT`), and the system spreads the
    /// newcomers. They are bound as the first one is, with `IPV6_V6ONLY` and `SO_BINDTODEVICE`; its other options they do not
    /// have. Elsewhere, for other families, and with [`share_listener`](Self::share_listener), they take turns on one. So
    /// they do where the system refuses, as for a socket without `SO_REUSEADDR` whose first clients came before this runs:
    /// [`Metrics::listening`] says how many there are.
    pub fn threads(self, count: usize) -> Threads {
        Threads { server: self, count: count.clamp(1, id::MAX_THREADS) }
    }

    /// Serves until [`Handle::stop`] is called, on this thread.
    ///
    /// # Errors
    /// [`WebSocketError::Io`]: there is no descriptor left to begin with; or the socket does not listen, or not any more, as
    /// somebody else has closed it, upon which the server has stopped within a second, as by [`Handle::stop`].
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
    /// Serves until [`Handle::stop`] is called; `make` makes each thread's handler, on that thread.
    ///
    /// What the handlers share they hold together, in an [`Arc`].
    ///
    /// # Errors
    /// As [`Server::run`].
    ///
    /// # Panics
    /// With the panic of a callback: the other threads end at once.
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

fn new_context() -> Result<Context<u32>, WebSocketError> {
    Ok(Context::new().map_err(std::io::Error::from)?)
}

/// The settings, each with its default.
impl Server {
    /// Changes the limits and deadlines of the connections.
    ///
    /// They begin as those of [`Config::server`], but with 1 MiB for a message and 1 MiB that may wait for a client, and who
    /// reads too slowly for that is dropped ([`Overflow::Disconnect`](super::Overflow::Disconnect)). With
    /// [`Overflow::Refuse`](super::Overflow::Refuse) and [`Overflow::Discard`](super::Overflow::Discard) it stays, and each message that
    /// finds no room is left out and [counted](Metrics::discarded): no call of a server's fails. Who must not miss anything
    /// is looked at before ([`Client::buffered_amount`]), and told the rest by [`Handler::ondrain`].
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

    /// Sets origins, subprotocols, headers and compression; by default a page of the same origin or none, nothing else.
    #[must_use]
    pub fn handshake(mut self, server: handshake::Server) -> Self {
        self.settings.acceptor = self.settings.acceptor.handshake(server);
        self
    }

    /// Has it speak TLS: `wss://`. [`Certificates`](super::tls::Certificates) make the configuration. Needs the feature `tls`.
    ///
    /// A configuration without ALPN chooses `http/1.1`. Who speaks HTTP without TLS is answered 400 by HTTP. The
    /// [timeout](Self::handshake_timeout) holds over TLS's handshake and the request.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(mut self, config: impl Into<Arc<ServerConfig>>) -> Self {
        self.settings.tls = Some(super::tls::server_for_http(config.into()));
        self
    }

    /// Sets how long a client has for its request: 10 seconds.
    #[must_use]
    pub fn handshake_timeout(mut self, timeout: Duration) -> Self {
        self.settings.handshake_timeout = timeout;
        self.settings.acceptor = self.settings.acceptor.timeout(timeout);
        self
    }

    /// Sets how many connections there may be in all, those in the opening and closing handshakes too: 1,000,000. More are
    /// answered 503, with `Retry-After`.
    #[must_use]
    pub fn max_connections(mut self, most: usize) -> Self {
        self.settings.max_connections = most;
        self
    }

    /// Sets how many connections there may be from one IP address: no limit, as behind a proxy all come from one. More are
    /// answered 429, with `Retry-After`.
    #[must_use]
    pub fn max_connections_per_address(mut self, most: u32) -> Self {
        self.settings.max_per_address = Some(most);
        self
    }

    /// Sets the addresses of proxies that begin each connection with a header of the PROXY protocol, version 1 or 2, which says
    /// whose it is ([specification](https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt)): none.
    ///
    /// [`Client::address`] and [`max_connections_per_address`](Self::max_connections_per_address) go by what it says. A
    /// connection from there without a header is closed, and one from elsewhere has none: nobody else can say who he is.
    #[must_use]
    pub fn proxy_protocol(mut self, proxies: impl IntoIterator<Item = IpAddr>) -> Self {
        self.settings.proxies = proxies.into_iter().map(|ip| ip.to_canonical()).collect();
        self
    }

    /// Sets the addresses of proxies whose `X-Forwarded-For` says whose request it is: none. The last address in it that is
    /// none of these counts, with a port behind it or without; what stands before that came with the request, and may be a lie.
    ///
    /// [`Client::address`] goes by it, with the port 0, and so does
    /// [`max_connections_per_address`](Self::max_connections_per_address) as soon as a client is let in. A request from there
    /// without the field is the proxy's own; one from elsewhere says nothing by it.
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
        self.settings.forwarders = proxies.into_iter().map(|ip| ip.to_canonical()).collect();
        self
    }

    /// Keeps each client's request for as long as the client is there: [`Client::request`]. By default it is seen by
    /// [`Handler::onrequest`] alone.
    ///
    /// It costs memory for each client: that of the request's head, and 32 bytes more for each header field, about 1.2 KiB
    /// for a browser's. Who needs a part of it alone puts that into the client's [data](Client::data_mut).
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

    /// Has all threads accept from the one listening socket, though each could have its own: off.
    ///
    /// For a server whose socket goes on to the program that takes its place ([`Handle::restart`]): who waits at a thread's own
    /// socket when that is closed is reset by the system, who waits at the one is served by the next program. The price: each
    /// newcomer wakes every thread.
    #[must_use]
    pub fn share_listener(mut self) -> Self {
        self.settings.shares_listener = true;
        self
    }

    /// Sets how long a client may stay at most, after which it is closed with 1001: no limit. It is looked at once a second.
    #[must_use]
    pub fn max_lifetime(mut self, most: Duration) -> Self {
        self.settings.max_lifetime = Some(most);
        self
    }

    /// Sets how many topics one client may have: 10,000, with names of at most 1,024 bytes. A subscription more is left out, and
    /// [counted](Metrics::refused_topic).
    #[must_use]
    pub fn max_topics(mut self, most: usize) -> Self {
        self.settings.max_topics = most;
        self
    }

    /// Sets how many newcomers a thread lets in before those who are there have their turn: 64.
    #[must_use]
    pub fn max_accepts_per_turn(mut self, most: usize) -> Self {
        self.settings.max_accepts_per_turn = most.max(1);
        self
    }

    /// Sets how many bytes are read from one client before the others have their turn: 1 MiB, or 128 KiB when they hold more than
    /// 1,000 messages.
    #[must_use]
    pub fn max_read_per_turn(mut self, bytes: usize) -> Self {
        self.settings.max_read_per_turn = bytes.max(1);
        self
    }

    /// Sets how many bytes of messages from other threads may wait for a thread: 16 MiB. Clients for whom one finds no room
    /// are closed with 1013. A [`Handle`] fills half of it at most, and is [told](Handle#bounds).
    #[must_use]
    pub fn inbox_limit(mut self, bytes: usize) -> Self {
        self.settings.inbox_limit = bytes;
        self
    }

    /// Sets how many bytes of answers by HTTP a thread keeps for clients that have not taken them yet: 64 MiB. When there are more,
    /// who has had the longest time for his is dropped, and counted as [slow](Metrics::dropped_slow).
    #[must_use]
    pub fn answer_limit(mut self, bytes: usize) -> Self {
        self.settings.answer_limit = bytes;
        self
    }

    /// Sets how long [`Handle::stop`] waits for the closing handshakes: 10 seconds.
    #[must_use]
    pub fn stop_timeout(mut self, timeout: Duration) -> Self {
        self.settings.stop_timeout = timeout;
        self
    }
}
