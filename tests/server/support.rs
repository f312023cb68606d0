//! A server in a thread of its own, and clients that do not wait for ever.

use std::{
    panic::resume_unwind,
    thread::{self, JoinHandle},
    time::Duration,
};

use php_sockets::{
    ws::{
        Connection, Connector, Message, Result, Transport,
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
    thread: Option<JoinHandle<Result<()>>>,
}

impl Running {
    /// Starts a server on one thread.
    pub(crate) fn start<H: Handler>(
        set: impl FnOnce(Server) -> Server,
        make: impl FnOnce() -> H + Send + 'static,
    ) -> Result<Self> {
        Self::start_on(set(Server::bind("127.0.0.1", 0)?), make)
    }

    /// Starts a server that listens somewhere.
    pub(crate) fn start_on<H: Handler>(server: Server, make: impl FnOnce() -> H + Send + 'static) -> Result<Self> {
        let (port, handle) = (server.address()?.1, server.handle());
        let thread = Some(thread::spawn(move || server.run(make())));
        Ok(Self { port, handle, thread })
    }

    /// Starts a server on several threads.
    pub(crate) fn start_threads<H: Handler>(
        count: usize,
        set: impl FnOnce(Server) -> Server,
        make: impl Fn() -> H + Send + Sync + 'static,
    ) -> Result<Self> {
        let server = set(Server::bind("127.0.0.1", 0)?);
        let (port, handle) = (server.address()?.1, server.handle());
        let thread = Some(thread::spawn(move || server.threads(count).run(make)));
        Ok(Self { port, handle, thread })
    }

    pub(crate) fn url(&self) -> String {
        format!("ws://127.0.0.1:{}/", self.port)
    }

    pub(crate) fn client(&self) -> Result<Client> {
        self.client_at("")
    }

    pub(crate) fn client_at(&self, target: &str) -> Result<Client> {
        self.client_of(&Connector::new(), target)
    }

    pub(crate) fn client_of(&self, connector: &Connector, target: &str) -> Result<Client> {
        let mut connection = connector.connect(&(self.url() + target))?;
        connection.set_read_timeout(Some(LONG))?;
        Ok(Client { connection, buffer: Vec::new() })
    }

    /// A plain TCP connection.
    pub(crate) fn socket(&self) -> php_sockets::Result<Socket> {
        let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
        socket_set_option(&socket, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 20, usec: 0 })?;
        socket_connect(&socket, "127.0.0.1", self.port)?;
        Ok(socket)
    }

    /// Waits for the end of the server, and passes its panic on.
    pub(crate) fn join(mut self) -> Result<()> {
        let thread = self.thread.take().expect("it is joined once");
        thread.join().unwrap_or_else(|panic| resume_unwind(panic))
    }

    pub(crate) fn stop(self) -> Result<()> {
        self.handle.stop();
        self.join()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.handle.stop();
    }
}

/// A blocking client.
pub(crate) struct Client {
    pub(crate) connection: Connection<Transport>,
    buffer: Vec<u8>,
}

impl Client {
    pub(crate) fn send<'m>(&mut self, message: impl Into<Message<'m>>) -> Result<()> {
        self.connection.send(message)
    }

    /// The next message as a text, `[3 bytes]` for bytes, and `1001 reason` for a Close.
    pub(crate) fn hear(&mut self) -> Result<String> {
        Ok(match self.connection.read(&mut self.buffer)? {
            Message::Text(text) => text.to_owned(),
            Message::Close(None) => "1005".to_owned(),
            Message::Close(Some(frame)) => format!("{} {}", frame.code, frame.reason).trim_end().to_owned(),
            message => format!("[{} bytes]", message.as_bytes().len()),
        })
    }
}

/// Sends an HTTP request and returns the whole answer.
pub(crate) fn request(server: &Running, head: &str) -> php_sockets::Result<String> {
    let socket = server.socket()?;
    socket_write(&socket, format!("{head}\r\nHost: 127.0.0.1\r\n\r\n"), None)?;
    rest(&socket)
}

/// Reads to the end of the stream.
pub(crate) fn rest(socket: &Socket) -> php_sockets::Result<String> {
    let mut answer = Vec::new();
    loop {
        let bytes = socket_read(socket, 64 << 10, None)?;
        if bytes.is_empty() {
            return Ok(String::from_utf8_lossy(&answer).into_owned());
        }
        answer.extend(bytes);
    }
}

/// Waits until something is so: the server goes on by itself when a client has its answer.
pub(crate) fn eventually(mut is_so: impl FnMut() -> bool) {
    let started = std::time::Instant::now();
    while !is_so() {
        assert!(started.elapsed() < LONG, "it comes to be so");
        thread::yield_now();
    }
}

/// A request for a WebSocket.
pub(crate) const REQUEST: &str = "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// A client's frame with the mask 0.
pub(crate) fn frame(first: u8, payload: &str) -> Vec<u8> {
    let length = u8::try_from(payload.len()).expect("short");
    [&[first, 0x80 | length, 0, 0, 0, 0], payload.as_bytes()].concat()
}
