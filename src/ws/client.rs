use std::{
    borrow::Cow,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::{self, ThreadId},
};

mod event;
mod run;

pub use event::{CloseEvent, Data, MessageEvent, ReadyState};

use super::{
    CloseCode, CloseFrame, Connection, Connector, Message, Transport, Unsendable, WebSocketError,
    close::MAX_REASON,
    frame::MAX_HEADER,
    handshake::{Client, Url},
};
use crate::{AF_INET, AF_UNIX, SOCK_STREAM, Socket, socket_create_pair, socket_set_nonblock, socket_write};

/// The browser's WebSocket API: event handlers, and methods that never wait.
///
/// A `WebSocket` is a handle, like a variable in JavaScript: its clones are the same connection, for use in handlers, threads and
/// timers. [`run`](Self::run) connects, calls the handlers on its own thread, and returns when the connection has ended.
///
/// <table><tr><th>JavaScript</th><th>Rust</th></tr><tr><td>
///
/// ```js
/// var ws = new WebSocket("ws://localhost:8080/msg");
/// ws.onopen = function(evt)
/// {
///     console.log("Connection open ...");
///     ws.send("Hello WebSockets!");
/// };
/// ws.onmessage = function(evt)
/// {
///     console.log("Received Message: " + evt.data);
///     ws.close();
/// };
/// ws.onclose = function(evt)
/// {
///     console.log("Connection closed.");
/// };
/// ```
///
/// </td><td>
///
/// ```
/// # use php_sockets::{ws::{Connection, Message, WebSocket}, *};
/// # let listener = socket_create_listen(0, None)?;
/// # let url = format!("ws://127.0.0.1:{}/msg", socket_getsockname(&listener)?.1);
/// # std::thread::spawn(move || -> Result<(), ws::WebSocketError> {
/// #     let mut connection = Connection::accept(socket_accept(&listener)?)?;
/// #     let mut buffer = Vec::new();
/// #     while let Message::Text(text) = connection.read(&mut buffer)? {
/// #         connection.send(text)?;
/// #     }
/// #     Ok(())
/// # });
/// # let ws = WebSocket::new(&url)?;
/// # #[cfg(any())]
/// let ws = WebSocket::new("ws://localhost:8080/msg")?;
/// ws.onopen(|ws|
/// {
///     println!("Connection open ...");
///     ws.send("Hello WebSockets!");
/// });
/// ws.onmessage(|ws, evt|
/// {
///     println!("Received Message: {}", evt.data);
///     ws.close();
/// });
/// ws.onclose(|_, evt|
/// {
///     println!("Connection closed.");
/// #   assert!(evt.was_clean);
/// });
/// ws.run()?;
/// # Ok::<(), ws::WebSocketError>(())
/// ```
///
/// </td></tr></table>
///
/// Differences from a browser: nothing happens before `run`; URLs must be absolute; `send` before the connection is open keeps the
/// message until then, where a browser throws; `onerror` and `run` report what the error was; compression is offered only if
/// requested through [`with_connector`](Self::with_connector).
///
/// See [the WebSockets Standard](https://websockets.spec.whatwg.org/).
#[derive(Clone)]
pub struct WebSocket {
    shared: Arc<Shared>,
}

type OnOpen = dyn FnMut(&WebSocket) + Send;
type OnMessage = dyn FnMut(&WebSocket, MessageEvent<'_>) + Send;
type OnError = dyn FnMut(&WebSocket, &WebSocketError) + Send;
type OnClose = dyn FnMut(&WebSocket, &CloseEvent) + Send;

struct Shared {
    url: Url,
    connector: Connector,
    state: Mutex<State>,
    /// What is written to the second wakes the loop, which reads the first.
    wake: [Socket; 2],
    onopen: Handler<OnOpen>,
    onmessage: Handler<OnMessage>,
    onerror: Handler<OnError>,
    onclose: Handler<OnClose>,
}

#[derive(Default)]
struct State {
    ready: ReadyState,
    /// The thread of the loop, from its start on.
    runner: Option<ThreadId>,
    connection: Option<Connection<Transport>>,
    protocol: String,
    /// What was sent before the connection was open.
    early: Vec<Data<'static>>,
    /// How many bytes these are.
    kept: usize,
    /// How many bytes were sent when it was too late, or were never written.
    late: usize,
    /// What failed where nobody could be told.
    failure: Option<WebSocketError>,
}

impl WebSocket {
    /// Creates a WebSocket for a `ws://` URL, or with the feature `tls` a `wss://` one; [`run`](Self::run) connects it. `http://` and
    /// `https://` are accepted for `ws://` and `wss://`.
    ///
    /// # Errors
    /// [`WebSocketError::Handshake`] for an invalid URL, where a browser throws a `SyntaxError`; [`WebSocketError::Io`]
    /// if the system has no more sockets.
    pub fn new(url: &str) -> Result<Self, WebSocketError> {
        Self::with_protocols(url, [""; 0])
    }

    /// Creates a WebSocket that asks for one of these subprotocols, best first: `new WebSocket(url, protocols)`.
    ///
    /// # Errors
    /// As [`new`](Self::new), also for a subprotocol that is not a token or occurs twice.
    pub fn with_protocols<T: Into<String>>(
        url: &str,
        protocols: impl IntoIterator<Item = T>,
    ) -> Result<Self, WebSocketError> {
        let client = Client::new().subprotocols(protocols)?;
        Self::with_connector(url, Connector::new().handshake(client))
    }

    /// Creates a WebSocket with settings that browsers do not offer to pages: headers, limits, deadlines, a proxy; and compression
    /// (with the feature `deflate`: `Client::deflate`), which browsers offer automatically.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_connector(url: &str, connector: Connector) -> Result<Self, WebSocketError> {
        let wake = socket_create_pair(if cfg!(unix) { AF_UNIX } else { AF_INET }, SOCK_STREAM, 0)?;
        wake.iter().try_for_each(socket_set_nonblock)?;
        let shared = Shared {
            url: Url::parse(&of_a_websocket(url))?,
            connector: connector.like_a_browser(),
            state: Mutex::default(),
            wake,
            onopen: Handler::default(),
            onmessage: Handler::default(),
            onerror: Handler::default(),
            onclose: Handler::default(),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Sets the handler for the opening of the connection.
    pub fn onopen(&self, handler: impl FnMut(&Self) + Send + 'static) {
        self.shared.onopen.set(Box::new(handler));
    }

    /// Sets the handler for received messages.
    pub fn onmessage(&self, handler: impl FnMut(&Self, MessageEvent<'_>) + Send + 'static) {
        self.shared.onmessage.set(Box::new(handler));
    }

    /// Sets the handler for a failure of connecting or of the connection; `onclose` follows.
    pub fn onerror(&self, handler: impl FnMut(&Self, &WebSocketError) + Send + 'static) {
        self.shared.onerror.set(Box::new(handler));
    }

    /// Sets the handler for the end of the connection, however it ends.
    pub fn onclose(&self, handler: impl FnMut(&Self, &CloseEvent) + Send + 'static) {
        self.shared.onclose.set(Box::new(handler));
    }

    /// Sends a message: text from `&str` and `&String`, binary from `&[u8]`, `&Vec<u8>` and arrays.
    ///
    /// It never waits: what the socket does not take is buffered, see [`buffered_amount`](Self::buffered_amount). A message sent
    /// before the connection is open is buffered too; one sent when it is closing is dropped, as in a browser. If more would be
    /// buffered than [`Config::send_buffer_limit`](super::Config::send_buffer_limit), the connection fails, as the standard says.
    pub fn send<'m>(&self, data: impl Into<Data<'m>>) {
        let data = data.into();
        let mut state = self.lock();
        match state.ready {
            ReadyState::Connecting => {
                state.keep(data, self.shared.connector.send_buffer_limit());
                if state.failure.is_some() {
                    self.wake(&state);
                }
            }
            ReadyState::Open => {
                state.send(&data);
                if state.failure.is_some() || state.connection.as_ref().is_some_and(Connection::wants_write) {
                    self.wake(&state);
                }
            }
            ReadyState::Closing | ReadyState::Closed => state.lose(data.len()),
        }
    }

    /// Closes the connection without a code: `ws.close()`.
    ///
    /// What was sent before is still delivered. `onclose` is called when the peer has answered; if the connection is not open yet,
    /// `onerror` and `onclose` are called at once, as in a browser.
    pub fn close(&self) {
        self.start_closing(None);
    }

    /// Closes the connection with a code, 1000 or 3000 to 4999, and a reason of at most 123 bytes:
    /// `ws.close(code, reason)`.
    ///
    /// # Errors
    /// [`WebSocketError::Unsendable`] for another code or a longer reason, where a browser throws.
    pub fn close_with(&self, code: impl Into<CloseCode>, reason: &str) -> Result<(), WebSocketError> {
        let code = code.into();
        if !matches!(code.0, 1000 | 3000..=4999) {
            return Err(Unsendable::CloseCode.into());
        }
        if reason.len() > MAX_REASON {
            return Err(Unsendable::ControlTooLong.into());
        }
        self.start_closing(Some(CloseFrame { code, reason }));
        Ok(())
    }

    /// Ends the connection at once, without a closing handshake: for a server that does not answer [`close`](Self::close), which is
    /// waited for until [`Config::close_timeout`](super::Config::close_timeout). Browsers do not have this; npm's `ws` does.
    ///
    /// What waits to be sent is dropped, and what has come is not delivered. `onclose` is called with the code 1006; if the connection
    /// is not open yet, that is as with `close`.
    pub fn terminate(&self) {
        let mut state = self.lock();
        if state.ready == ReadyState::Closed {
            return;
        }
        state.ready = ReadyState::Closing;
        if let Some(mut connection) = state.connection.take() {
            state.lose(connection.buffered_amount());
            connection.abandon();
        }
        self.wake(&state);
    }

    fn start_closing(&self, frame: Option<CloseFrame<'_>>) {
        let mut state = self.lock();
        if matches!(state.ready, ReadyState::Connecting | ReadyState::Open) {
            state.ready = ReadyState::Closing;
            // A connection that has ended says so when it is read.
            let _ = state.attempt(|connection| connection.close(frame));
            // The loop has a deadline now.
            self.wake(&state);
        }
    }

    /// Returns the state: `ws.readyState`.
    #[must_use]
    pub fn ready_state(&self) -> ReadyState {
        self.lock().ready
    }

    /// Returns how many bytes of messages wait to be written, including frame headers: `ws.bufferedAmount`.
    ///
    /// As in a browser, messages that were sent too late, or could not be written, count for ever.
    #[must_use]
    pub fn buffered_amount(&self) -> usize {
        let state = self.lock();
        let waiting = state.kept + state.connection.as_ref().map_or(0, Connection::buffered_amount);
        state.late.saturating_add(waiting)
    }

    /// Returns the subprotocol that the server chose, or an empty string: `ws.protocol`.
    #[must_use]
    pub fn protocol(&self) -> String {
        self.lock().protocol.clone()
    }

    /// Returns the URL in its normal form: `ws.url`.
    #[must_use]
    pub fn url(&self) -> String {
        self.shared.url.to_string()
    }

    /// A panic in a handler leaves the state as it was between two calls.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has the loop look at the state, unless a handler calls, after which it does so anyway.
    fn wake(&self, state: &State) {
        if state.runner != Some(thread::current().id()) {
            // When the pair is full the loop will wake all the same.
            let _ = socket_write(&self.shared.wake[1], "\0", None);
        }
    }
}

/// A page's scheme stands for the one of a WebSocket.
fn of_a_websocket(url: &str) -> Cow<'_, str> {
    match url.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => format!("ws://{rest}").into(),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => format!("wss://{rest}").into(),
        _ => url.into(),
    }
}

impl State {
    /// Keeps a message until the connection is open. As with one that is open, one message is always taken.
    fn keep(&mut self, data: Data<'_>, limit: usize) {
        let kept = self.kept.saturating_add(data.len());
        let with_heads = kept.saturating_add(MAX_HEADER * (self.early.len() + 1));
        if self.failure.is_none() && (self.early.is_empty() || with_heads <= limit) {
            self.kept = kept;
            self.early.push(data.into_owned());
        } else {
            self.failure = Some(Unsendable::BufferFull.into());
            self.lose(data.len());
        }
    }

    /// Takes note of bytes that are not sent: they count for ever, so that with 32 bits there may come to be too many.
    fn lose(&mut self, bytes: usize) {
        self.late = self.late.saturating_add(bytes);
    }

    fn send(&mut self, data: &Data<'_>) {
        if let Err(error) = self.attempt(|connection| connection.send(data)) {
            self.lose(data.len());
            // When the connection has ended, how it did is to be read from it.
            if let WebSocketError::Unsendable(_) = error {
                self.failure = Some(error);
            }
        }
    }

    /// Does something that may lose the connection, and with it what waits to be written.
    fn attempt<T>(
        &mut self,
        attempt: impl FnOnce(&mut Connection<Transport>) -> Result<T, WebSocketError>,
    ) -> Result<T, WebSocketError> {
        let connection = self.connection.as_mut().ok_or(WebSocketError::Closed)?;
        let waiting = connection.buffered_amount();
        let result = attempt(connection);
        if connection.has_lost() {
            self.lose(waiting);
        }
        result
    }
}

impl fmt::Debug for WebSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSocket")
            .field("url", &self.url())
            .field("ready_state", &self.ready_state())
            .finish_non_exhaustive()
    }
}

/// A handler that may replace itself while it runs.
struct Handler<F: ?Sized>(Mutex<Option<Box<F>>>);

impl<F: ?Sized> Default for Handler<F> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<F: ?Sized> Handler<F> {
    fn slot(&self) -> MutexGuard<'_, Option<Box<F>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, handler: Box<F>) {
        *self.slot() = Some(handler);
    }

    fn call(&self, call: impl FnOnce(&mut F)) {
        let handler = self.slot().take();
        if let Some(mut handler) = handler {
            call(&mut handler);
            self.slot().get_or_insert(handler);
        }
    }

    /// Frees what the handler holds, which may be the WebSocket itself.
    fn clear(&self) {
        let handler = self.slot().take();
        drop(handler);
    }
}

impl<'a> From<&'a Data<'_>> for Message<'a> {
    fn from(data: &'a Data<'_>) -> Self {
        match data {
            Data::Text(text) => Self::Text(text),
            Data::Binary(bytes) => Self::Binary(bytes),
        }
    }
}
