//! A server in a thread of its own.
#![allow(dead_code, reason = "each test binary uses a part")]

use std::{
    panic::resume_unwind,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use php_sockets::{
    ws::{
        WebSocketError,
        server::{Handle, Handler, Server},
    },
    *,
};

/// After this time a test has failed.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// A server that runs; it is stopped when this is dropped.
pub(crate) struct Running {
    pub(crate) port: i32,
    pub(crate) handle: Handle,
    thread: Option<JoinHandle<Result<(), WebSocketError>>>,
}

impl Running {
    /// Starts a server on one thread.
    pub(crate) fn start<H: Handler>(
        set: impl FnOnce(Server) -> Server,
        make: impl FnOnce() -> H + Send + 'static,
    ) -> Result<Self, WebSocketError> {
        Self::start_on(set(Server::bind("127.0.0.1", 0)?), make)
    }

    /// Starts a server that listens somewhere.
    pub(crate) fn start_on<H: Handler>(
        server: Server,
        make: impl FnOnce() -> H + Send + 'static,
    ) -> Result<Self, WebSocketError> {
        Self::start_with(server, move |server| server.run(make()))
    }

    /// Starts a server on several threads.
    pub(crate) fn start_threads<H: Handler>(
        count: usize,
        set: impl FnOnce(Server) -> Server,
        make: impl Fn() -> H + Send + Sync + 'static,
    ) -> Result<Self, WebSocketError> {
        Self::start_with(set(Server::bind("127.0.0.1", 0)?), move |server| server.threads(count).run(make))
    }

    fn start_with(
        server: Server,
        run: impl FnOnce(Server) -> Result<(), WebSocketError> + Send + 'static,
    ) -> Result<Self, WebSocketError> {
        let (port, handle) = (server.address()?.1, server.handle());
        let thread = Some(thread::spawn(move || run(server)));
        Ok(Self { port, handle, thread })
    }

    /// A plain TCP connection.
    pub(crate) fn socket(&self) -> Result<Socket> {
        connect(self.port)
    }

    /// Waits for the end of the server, and passes its panic on.
    pub(crate) fn join(mut self) -> Result<(), WebSocketError> {
        let thread = self.thread.take().expect("it is joined once");
        thread.join().unwrap_or_else(|panic| resume_unwind(panic))
    }

    pub(crate) fn stop(self) -> Result<(), WebSocketError> {
        self.handle.stop();
        self.join()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.handle.stop();
    }
}

/// A TCP connection to this machine that does not wait for ever.
pub(crate) fn connect(port: i32) -> Result<Socket> {
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_set_option(&socket, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 60, usec: 0 })?;
    socket_connect(&socket, "127.0.0.1", port)?;
    Ok(socket)
}

/// Waits until something is so: the server goes on by itself when a client has its answer.
pub(crate) fn eventually(mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < LONG, "it comes to be so");
        thread::yield_now();
    }
}
