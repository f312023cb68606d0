use std::{
    fmt,
    time::{Duration, Instant},
};

mod accept;
mod connect;
mod door;
mod opening;
mod outgoing;
mod reading;
mod split;
#[cfg(feature = "server")]
mod turns;
mod unsplit;

pub use accept::{Acceptor, Upgrade};
pub use connect::Connector;
pub use opening::Opening;
pub use split::{Reader, Writer};

use super::{
    CloseFrame, Interest, Message, Part, Prepared, Protocol, Stream, Transport, WebSocketError, decoder::Received,
};
use crate::Socket;
use outgoing::Outgoing;
#[cfg(feature = "server")]
pub(in crate::ws) use reading::is_end;
use reading::{End, Reading};
use unsplit::Unsplit;

/// So many bytes that wait to be sent to a peer are enough.
const MUCH: usize = 64 * 1024;

/// A WebSocket connection over a [`Socket`], or over any other [`Stream`] (TLS, a Unix stream, memory).
///
/// # Blocking
/// [`read`](Self::read) waits for the next message, [`send`](Self::send) writes one. The deadlines of
/// [`Config`](super::Config) apply if the stream has [timeouts](Stream::set_read_timeout). [`split`](Self::split) makes two
/// halves for two threads.
///
/// Pings are answered while reading. A program that only sends must therefore read too, in another thread with `split`: a peer that
/// hears nothing for a while sends a Ping, and drops a connection that does not answer.
///
/// # Non-blocking
/// The loop:
/// 1. Wait for [`interest`](Self::interest), for a second at most.
/// 2. When the stream is ready for either: [`flush`](Self::flush), [`receive`](Self::receive), which is one system call, and
///    [`next`](Self::next) until it returns `None`. For large messages it is faster to repeat `receive` until less than 64 KiB
///    arrive, up to a limit, than to wait for each piece.
/// 3. About once a second: [`check_deadlines`](Self::check_deadlines).
/// 4. Drop the connection when [`is_ended`](Self::is_ended) is true, and on every error except [`WebSocketError::Protocol`], of
///    which the peer is being informed; continue to wait after that one.
///
/// # Coalescing
/// A message is written immediately, in one system call, unless [`cork`](Self::cork) was called, or [`next`](Self::next) has more
/// messages to return: then it is written when `next` returns `None`, by [`flush`](Self::flush), or before [`read`](Self::read)
/// waits. A blocking server that answers each message, and whose clients send many at once, should call `cork` before each answer.
///
/// # The end
/// Unless there is an error, the last message is always a [`Message::Close`]: the peer's Close frame, which has been answered, or
/// [`CloseFrame::ABNORMAL`] if the stream ended without one. Then drop the connection; a server that reports an error to a peer that
/// may still be sending should call [`finish`](Self::finish), so that the peer can read it.
///
/// To end it at once, without a closing handshake, drop it. If it is [split](Self::split) and other threads use the halves, shut down
/// a clone of the socket: then a reader that waits returns [`CloseFrame::ABNORMAL`], and a writer that waits an error.
/// ```
/// use php_sockets::{ws::{CloseFrame, Connection, Message}, *};
///
/// # let listener = socket_create_listen(0, None)?;
/// # let url = format!("ws://127.0.0.1:{}/", socket_getsockname(&listener)?.1);
/// # let client = std::thread::spawn(move || Connection::connect(&url));
/// let connection = Connection::accept(socket_accept(&listener)?)?;
/// # let _client = client.join().expect("no panic")?;
/// let socket = connection.stream().clone();
/// let (mut reader, writer) = connection.split();
/// let reading = std::thread::spawn(move || {
///     let message = reader.read(&mut Vec::new()).map(|message| message == Message::Close(Some(CloseFrame::ABNORMAL)));
///     message.expect("it is the end")
/// });
/// socket_shutdown(&socket, SHUT_RDWR)?;
/// assert!(reading.join().expect("no panic"));
/// assert!(writer.send("late").is_err());
/// # Ok::<(), ws::WebSocketError>(())
/// ```
///
/// # Examples
/// ```
/// use php_sockets::{ws::{Connection, Message}, *};
///
/// let listener = socket_create_listen(0, None)?;
/// let url = format!("ws://127.0.0.1:{}/", socket_getsockname(&listener)?.1);
/// let server = std::thread::spawn(move || -> Result<(), ws::WebSocketError> {
///     let mut connection = Connection::accept(socket_accept(&listener)?)?;
///     let mut buffer = Vec::new();
///     loop {
///         match connection.read(&mut buffer)? {
///             Message::Close(_) => return Ok(()),
///             message => connection.send(message)?,
///         }
///     }
/// });
///
/// let mut connection = Connection::connect(&url)?;
/// let mut buffer = Vec::new();
/// connection.send("你好")?;
/// assert_eq!(connection.read(&mut buffer)?, Message::Text("你好"));
/// connection.close(None)?;
/// assert_eq!(connection.read(&mut buffer)?, Message::Close(None));
/// server.join().expect("no panic")?;
/// # Ok::<(), ws::WebSocketError>(())
/// ```
pub struct Connection<S = Socket> {
    stream: S,
    protocol: Protocol,
    reading: Reading,
}

impl Connection<Transport> {
    /// Connects to a `ws://` URL, or with the feature `tls` a `wss://` one, with the defaults of [`Connector`].
    ///
    /// # Errors
    /// Those of [`Connector::connect`].
    pub fn connect(url: &str) -> Result<Self, WebSocketError> {
        Connector::new().connect(url)
    }

    /// Sends nothing more: what is queued is dropped, and encryption says no goodbye.
    pub(in crate::ws) fn abandon(&mut self) {
        self.protocol.encoder.abort();
        self.stream.abandon();
    }
}

impl<S: Stream> Connection<S> {
    /// Accepts a WebSocket on a connected stream, with the defaults of [`Acceptor`]; a bad request is answered by HTTP.
    ///
    /// # Errors
    /// Those of [`Acceptor::accept`].
    pub fn accept(stream: S) -> Result<Self, WebSocketError> {
        Acceptor::new().accept(stream)
    }

    /// Creates a connection from a stream on which the opening handshake is done, and from a protocol that was created with what was
    /// negotiated and [fed](Protocol::feed) the bytes read after the handshake.
    #[must_use]
    pub fn new(stream: S, protocol: Protocol) -> Self {
        let mut connection = Self { stream, protocol, reading: Reading::new() };
        // A non-blocking stream waits for nothing; should it become a blocking one, its first read tells it. So it does
        // when this fails.
        if connection.stream.is_blocking() != Some(false) {
            let (reading, mut endpoint) = connection.parts();
            let _ = reading.tell(&mut endpoint);
        }
        connection
    }

    fn parts(&mut self) -> (&mut Reading, Unsplit<'_, S>) {
        (&mut self.reading, Unsplit { stream: &mut self.stream, protocol: &mut self.protocol, closing: false })
    }

    #[inline]
    fn outgoing(&mut self) -> Outgoing<'_, S> {
        Outgoing::new(&mut self.stream, &mut self.protocol.encoder, &mut self.protocol.outbox)
    }

    /// Sets how long [`read`](Self::read) waits on a blocking stream, `None` for ever. When the time is over it fails with an error
    /// for which [`would_block`](super::WebSocketError::would_block) is true, and nothing is lost. Pings that arrive meanwhile can
    /// double the time.
    ///
    /// # Errors
    /// [`WebSocketError::Io`] from the stream, [`Unsupported`](std::io::ErrorKind::Unsupported) if it has no
    /// [timeouts](Stream::set_read_timeout). A timeout below one millisecond counts as one, zero as well.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use php_sockets::{ws::Connection, *};
    ///
    /// # let listener = socket_create_listen(0, None)?;
    /// # let url = format!("ws://127.0.0.1:{}/", socket_getsockname(&listener)?.1);
    /// # let client = std::thread::spawn(move || Connection::connect(&url));
    /// let mut connection = Connection::accept(socket_accept(&listener)?)?;
    /// # let _client = client.join().expect("no panic")?;
    /// connection.set_read_timeout(Duration::from_millis(10))?;
    /// let error = connection.read(&mut Vec::new()).expect_err("the client says nothing");
    /// assert!(error.would_block() && connection.is_open());
    /// # Ok::<(), ws::WebSocketError>(())
    /// ```
    pub fn set_read_timeout(&mut self, timeout: impl Into<Option<Duration>>) -> Result<(), WebSocketError> {
        let (reading, mut endpoint) = self.parts();
        Ok(reading.set_timeout(&mut endpoint, timeout.into())?)
    }

    /// Waits for the next text, binary or Close message.
    ///
    /// The message borrows from `buffer`, which should be reused from call to call; see [`Protocol::next`]. Pings are answered
    /// meanwhile.
    ///
    /// # Errors
    /// [`WebSocketError::Protocol`], of which the peer is informed. [`WebSocketError::Timeout`]. [`WebSocketError::Closed`] after the
    /// last message. [`WebSocketError::Io`]: if it [`would_block`](super::WebSocketError::would_block), nothing is lost.
    #[inline]
    pub fn read<'b>(&mut self, buffer: &'b mut Vec<u8>) -> Result<Message<'b>, WebSocketError> {
        let (reading, mut endpoint) = self.parts();
        reading.read_message(&mut endpoint, buffer)
    }

    /// Waits for the next part of a message; see [`Protocol::next_part`]. The [`Message::Close`] with which the connection ends
    /// may come in the middle of a message.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    ///
    /// # Examples
    /// A message of any length, which is never in memory as a whole:
    /// ```
    /// use php_sockets::{ws::{Config, Connection, Message, Protocol, Role}, *};
    /// let [one, two] = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;
    /// let mut client = Connection::new(one, Protocol::new(Role::Client, Config::client()));
    /// let mut server = Connection::new(two, Protocol::new(Role::Server, Config::server()));
    /// let sending = std::thread::spawn(move || client.send(&vec![7; 1_000_000]));
    /// let mut buffer = Vec::new();
    /// let mut length = 0;
    /// loop {
    ///     let part = server.read_part(&mut buffer)?;
    ///     let Message::Binary(bytes) = part.message() else { panic!("it is cut off: {part:?}") };
    ///     length += bytes.len();
    ///     if part.is_last() {
    ///         break;
    ///     }
    /// }
    /// assert_eq!(length, 1_000_000);
    /// sending.join().expect("no panic")?;
    /// # Ok::<(), ws::WebSocketError>(())
    /// ```
    pub fn read_part<'b>(&mut self, buffer: &'b mut Vec<u8>) -> Result<Part<'b>, WebSocketError> {
        let (reading, mut endpoint) = self.parts();
        let received = reading.read(&mut endpoint, buffer, true)?;
        let message = reading.message(&mut endpoint, received, buffer)?;
        Ok(received.map_or(Part::Last(message), |received| received.part(message)))
    }

    /// Reads from the stream once and returns how many bytes arrived: 0 if there were none, or if the stream has ended, which
    /// [`next`](Self::next) reports.
    ///
    /// # Errors
    /// [`WebSocketError::Io`].
    #[inline(always)]
    pub fn receive(&mut self) -> Result<usize, WebSocketError> {
        let (reading, mut endpoint) = self.parts();
        reading.receive(&mut endpoint)
    }

    /// Returns the next message among the bytes that have been received; never reads from the stream.
    ///
    /// `None` means that another [`receive`](Self::receive) is needed; what was queued meanwhile has then been written, as far as the
    /// stream took it.
    ///
    /// # Errors
    /// [`WebSocketError::Protocol`], of which the peer is informed.
    ///
    /// # Examples
    /// A non-blocking server with one connection. One with many waits with `poll` instead, as the example `ws_poll` does.
    /// ```
    /// use std::time::Instant;
    /// use php_sockets::{ws::{Config, Connection, Message, Protocol, Role}, *};
    /// let [one, two] = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;
    /// let mut client = Connection::new(one, Protocol::new(Role::Client, Config::client()));
    /// let mut server = Connection::new(two, Protocol::new(Role::Server, Config::server()));
    /// client.send("你好")?;
    /// client.close(None)?;
    /// socket_set_nonblock(server.stream())?;
    /// let mut buffer = Vec::new();
    /// while server.is_open() {
    ///     let (interest, socket) = (server.interest(), server.stream().clone());
    ///     let mut read: Vec<_> = interest.reads().then(|| socket.clone()).into_iter().collect();
    ///     let mut write: Vec<_> = interest.writes().then_some(socket).into_iter().collect();
    ///     socket_select(&mut read, &mut write, None, 1, None)?;
    ///     server.flush()?;
    ///     server.receive()?;
    ///     while let Some(message) = server.next(&mut buffer)? {
    ///         if message.is_data() {
    ///             server.send(message)?;
    ///         }
    ///     }
    ///     server.check_deadlines(Instant::now())?;
    /// }
    /// assert_eq!(client.read(&mut buffer)?, Message::Text("你好"));
    /// # Ok::<(), ws::WebSocketError>(())
    /// ```
    #[inline]
    pub fn next<'b>(&mut self, buffer: &'b mut Vec<u8>) -> Result<Option<Message<'b>>, WebSocketError> {
        self.reading.drains = true;
        match self.protocol.inbound.decoder.whole() {
            Some(whole) => match self.protocol.take(whole, buffer) {
                // Taken apart and put together again: or else it would pass through the memory of a result.
                Ok(Message::Text(text)) => Ok(Some(Message::Text(text))),
                Ok(message) => Ok(Some(Message::Binary(message.as_bytes()))),
                Err(error) => {
                    self.conclude();
                    Err(error)
                }
            },
            // As nearly always after the last message.
            None if self.protocol.inbound.decoder.is_idle() && self.is_quiet() => Ok(None),
            None => self.next_of_any_kind(buffer),
        }
    }

    /// Returns whether there is nothing to write and the stream has not ended.
    #[inline]
    fn is_quiet(&self) -> bool {
        !self.reading.is_ended() && !self.protocol.encoder.corked && !self.wants_write()
    }

    /// The peer has made a mistake, and is told so.
    #[cold]
    fn conclude(&mut self) {
        reading::conclude(&mut self.parts().1, End::Finished);
    }

    /// Kept apart from the whole messages, so that the compiler does not have them pass through memory.
    #[inline(never)]
    fn next_of_any_kind<'b>(&mut self, buffer: &'b mut Vec<u8>) -> Result<Option<Message<'b>>, WebSocketError> {
        match self.poll(buffer, false)? {
            None if !self.idle() => Ok(None),
            received => {
                let (reading, mut endpoint) = self.parts();
                reading.message(&mut endpoint, received, buffer).map(Some)
            }
        }
    }

    /// Returns the next part of a message among the bytes that have been received; see [`Protocol::next_part`].
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub fn next_part<'b>(&mut self, buffer: &'b mut Vec<u8>) -> Result<Option<Part<'b>>, WebSocketError> {
        self.reading.drains = true;
        match self.poll(buffer, true)? {
            None if !self.idle() => Ok(None),
            received => {
                let (reading, mut endpoint) = self.parts();
                let message = reading.message(&mut endpoint, received, buffer)?;
                Ok(Some(received.map_or(Part::Last(message), |received| received.part(message))))
            }
        }
    }

    #[inline]
    fn poll(&mut self, buffer: &mut Vec<u8>, parts: bool) -> Result<Option<Received>, WebSocketError> {
        if self.protocol.inbound.decoder.is_idle() {
            return Ok(None);
        }
        let (reading, mut endpoint) = self.parts();
        reading.poll(&mut endpoint, buffer, parts)
    }

    /// There is nothing to decode: writes what waited for that, gives memory back. `true` when the stream was cut off.
    #[inline]
    fn idle(&mut self) -> bool {
        // An error closes the encoder, and the next read tells it.
        let _ = self.flush();
        self.protocol.inbound.decoder.settle();
        self.reading.is_ended() && !self.protocol.is_finished()
    }

    /// Sends a message.
    ///
    /// On a blocking stream it returns when all of it is written;
    /// [`Config::send_timeout`](super::Config::send_timeout) limits the wait for a peer that reads nothing. On a non-blocking
    /// stream, what the stream does not take is queued, up to
    /// [`Config::send_buffer_limit`](super::Config::send_buffer_limit).
    ///
    /// # Errors
    /// [`WebSocketError::Unsendable`], [`WebSocketError::Closed`] after a Close,
    /// [`Timeout::Send`](super::Timeout::Send), [`WebSocketError::Io`].
    #[inline]
    pub fn send<'m>(&mut self, message: impl Into<Message<'m>>) -> Result<(), WebSocketError> {
        self.send_message(message.into())
    }

    #[inline(never)]
    fn send_message(&mut self, message: Message<'_>) -> Result<(), WebSocketError> {
        let hold = self.reading.drains && self.protocol.inbound.decoder.is_ready();
        if self.protocol.encoder.take_whole(message) {
            return if self.protocol.encoder.holds(hold) { Ok(()) } else { self.write_at_once().map(|_| ()) };
        }
        self.send_of_any_kind(message, hold)
    }

    /// Sends a message without compression, even if it was negotiated: for data that is already compressed, and for secrets next to
    /// text that somebody else can choose (the CRIME attack).
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn send_uncompressed<'m>(&mut self, message: impl Into<Message<'m>>) -> Result<(), WebSocketError> {
        let hold = self.reading.drains && self.protocol.inbound.decoder.is_ready();
        self.outgoing().send_uncompressed(message.into(), hold)
    }

    #[inline(never)]
    fn send_of_any_kind(&mut self, message: Message<'_>, hold: bool) -> Result<(), WebSocketError> {
        self.outgoing().send(message, hold)
    }

    #[inline(never)]
    fn write_queued(&mut self) -> Result<bool, WebSocketError> {
        self.write_at_once()
    }

    /// Writes what is queued, which is taken at once nearly always: the same as [`Outgoing::write_queued`], at a fraction of
    /// the cost.
    #[inline(always)]
    fn write_at_once(&mut self) -> Result<bool, WebSocketError> {
        let Protocol { encoder, outbox, .. } = &mut self.protocol;
        let output = encoder.output();
        let length = output.len();
        if length == 0 {
            return self.outgoing().write_queued(false);
        }
        match self.stream.write(output) {
            Ok(count) if count == length && outbox.is_empty() && self.stream.flush().is_ok() => {
                encoder.consumed_all();
                encoder.unflushed = false;
                Ok(true)
            }
            result => self.outgoing().go_on(result),
        }
    }

    /// Sends a part of a message. All parts of a message must have the same type. If compression was negotiated they are compressed,
    /// unless the first has 4 KiB or more and looks compressed or encrypted already.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    ///
    /// # Examples
    /// ```
    /// use php_sockets::{ws::{Config, Connection, Message, Part, Protocol, Role}, *};
    /// let [one, two] = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;
    /// let mut client = Connection::new(one, Protocol::new(Role::Client, Config::client()));
    /// let mut server = Connection::new(two, Protocol::new(Role::Server, Config::server()));
    /// for line in ["床前明月光，", "疑是地上霜。"] {
    ///     server.send_part(Part::more(line))?;
    /// }
    /// server.send_part(Part::last(""))?;
    /// assert_eq!(client.read(&mut Vec::new())?, Message::Text("床前明月光，疑是地上霜。"));
    /// # Ok::<(), ws::WebSocketError>(())
    /// ```
    pub fn send_part(&mut self, part: Part<'_>) -> Result<(), WebSocketError> {
        self.outgoing().send_part(part)
    }

    /// Sends a message that was encoded before.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn send_prepared(&mut self, prepared: &Prepared) -> Result<(), WebSocketError> {
        self.outgoing().send_prepared(prepared)
    }

    /// Sends a Ping of at most 125 bytes.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn ping(&mut self, payload: &[u8]) -> Result<(), WebSocketError> {
        self.send(Message::Ping(payload))
    }

    /// Starts the closing handshake: sends a Close frame and returns. Does nothing if one was sent before.
    ///
    /// The peer's answer is the last message to read.
    ///
    /// # Errors
    /// [`Unsendable::CloseCode`](super::Unsendable::CloseCode),
    /// [`Unsendable::ControlTooLong`](super::Unsendable::ControlTooLong), [`WebSocketError::Io`].
    pub fn close<'f>(&mut self, frame: impl Into<Option<CloseFrame<'f>>>) -> Result<(), WebSocketError> {
        self.outgoing().close(frame.into())
    }

    /// Ends the connection in an orderly way: sends a Close frame if none was sent, then reads and discards until the peer has ended
    /// the connection too, for at most [`Config::close_timeout`](super::Config::close_timeout) and 16 MiB.
    ///
    /// For blocking streams. If a socket is closed immediately instead, the peer may lose the last data, because a reset overtakes it.
    ///
    /// # Errors
    /// [`Timeout::Close`](super::Timeout::Close), [`WebSocketError::Io`], with
    /// [`InvalidInput`](std::io::ErrorKind::InvalidInput) for a non-blocking stream.
    pub fn finish(mut self) -> Result<(), WebSocketError> {
        self.finish_here()
    }

    /// Does the same for who asks afterwards whether it [`has_lost`](Self::has_lost) something.
    pub(in crate::ws) fn finish_here(&mut self) -> Result<(), WebSocketError> {
        let (reading, mut endpoint) = self.parts();
        endpoint.closing = true;
        reading.finish(&mut endpoint)
    }

    /// Holds messages back until [`flush`](Self::flush), until 56 KiB are queued, or until nothing is left to read.
    ///
    /// # Examples
    /// ```
    /// use php_sockets::{ws::{Config, Connection, Message, Protocol, Role}, *};
    /// let [one, two] = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;
    /// let mut client = Connection::new(one, Protocol::new(Role::Client, Config::client()));
    /// let mut server = Connection::new(two, Protocol::new(Role::Server, Config::server()));
    /// server.cork();
    /// for number in 1..=3 {
    ///     server.send(&number.to_string())?;
    /// }
    /// assert_eq!(server.buffered_amount(), 9);
    /// server.flush()?; // one system call
    /// for number in ["1", "2", "3"] {
    ///     assert_eq!(client.read(&mut Vec::new())?, Message::Text(number));
    /// }
    /// # Ok::<(), ws::WebSocketError>(())
    /// ```
    pub fn cork(&mut self) {
        self.protocol.encoder.corked = true;
    }

    /// Writes what is queued; returns `false` if the stream did not take all of it.
    ///
    /// # Errors
    /// [`WebSocketError::Io`]: the connection is lost.
    pub fn flush(&mut self) -> Result<bool, WebSocketError> {
        self.protocol.encoder.corked = false;
        if self.wants_write() { self.write_queued() } else { Ok(true) }
    }

    /// Returns what to wait for before the next [`flush`](Self::flush) and [`receive`](Self::receive).
    ///
    /// Once 64 KiB wait for a peer that does not read, nothing more is read from it either, so that memory stays bounded.
    #[must_use]
    pub fn interest(&self) -> Interest {
        match self.buffered_amount() {
            0 if !self.wants_write() => Interest::Read,
            0..MUCH => Interest::ReadWrite,
            _ => Interest::Write,
        }
    }

    /// Returns whether bytes wait for the stream to become writable.
    #[inline]
    #[must_use]
    pub fn wants_write(&self) -> bool {
        self.protocol.encoder.wants_write() || self.stream.wants_write()
    }

    /// Returns how many bytes wait to be written.
    #[must_use]
    pub fn buffered_amount(&self) -> usize {
        self.protocol.output().len()
    }

    /// Returns whether what waited to be written was dropped by the last call, as the connection is lost.
    pub(in crate::ws) fn has_lost(&self) -> bool {
        self.protocol.encoder.has_lost()
    }

    /// Checks the deadlines; see [`Protocol::check_deadlines`].
    ///
    /// # Errors
    /// [`WebSocketError::Timeout`]: drop the connection.
    pub fn check_deadlines(&mut self, now: Instant) -> Result<(), WebSocketError> {
        let (reading, mut endpoint) = self.parts();
        reading.check(&mut endpoint, now)
    }

    /// Returns when [`check_deadlines`](Self::check_deadlines) has something to do next, as of the last check.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.protocol.deadline()
    }

    /// Returns whether messages can be sent: no Close frame has gone out.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.protocol.is_open()
    }

    /// Returns whether the stream has ended: there is nothing more to wait for.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        self.reading.is_ended()
    }

    /// Returns the subprotocol that was negotiated.
    #[must_use]
    pub fn subprotocol(&self) -> Option<&str> {
        self.protocol.subprotocol()
    }

    /// Returns the stream.
    #[must_use]
    pub fn stream(&self) -> &S {
        &self.stream
    }

    /// Returns the stream. Bytes that you read from it or write to it are missing from the conversation.
    #[must_use]
    pub fn stream_mut(&mut self) -> &mut S {
        &mut self.stream
    }

    /// Splits the connection into halves that two threads can use at the same time; see [`Writer`].
    ///
    /// A clone of the stream must be the same stream, as it is for [`Socket`] and `&TcpStream`.
    #[must_use]
    pub fn split(self) -> (Reader<S>, Writer<S>)
    where
        S: Clone,
    {
        split::split(self.stream, self.protocol, self.reading)
    }
}

impl<S: fmt::Debug + Stream> fmt::Debug for Connection<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("stream", &self.stream)
            .field("subprotocol", &self.subprotocol())
            .finish_non_exhaustive()
    }
}

impl From<crate::Error> for WebSocketError {
    fn from(error: crate::Error) -> Self {
        Self::Io(error.into())
    }
}
