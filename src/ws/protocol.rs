use std::{
    io::{self, Read},
    sync::Arc,
    time::Instant,
};

use super::{
    CloseFrame, Config, Message, Part, Prepared, Role, WebSocketError,
    decoder::{Decoder, Received},
    deflate::{Deflate, Inflate, Parameters},
    encoder::Encoder,
    frame::Whole,
    handshake::Negotiated,
    inbound::{Inbound, Outbox},
};

/// A WebSocket endpoint after the opening handshake, without any I/O: bytes and messages in, messages and bytes out.
///
/// [Receive](Self::receive) bytes (or [`feed`](Self::feed) a copy), take messages with [`next`](Self::next) until it returns
/// `None`, write the [`output`](Self::output), and report how much was [`written`](Self::written). The answers to Pings, Close frames
/// and protocol errors are part of the output.
///
/// # Examples
/// ```
/// use php_sockets::ws::{Config, Message, Protocol, Role};
///
/// let mut client = Protocol::new(Role::Client, Config::client());
/// let mut server = Protocol::new(Role::Server, Config::server());
/// client.send("你好")?;
///
/// server.feed(client.output());
/// client.written(client.output().len())?;
///
/// let mut buffer = Vec::new();
/// assert_eq!(server.next(&mut buffer)?, Some(Message::Text("你好")));
/// assert_eq!(server.next(&mut buffer)?, None);
/// # Ok::<(), php_sockets::ws::WebSocketError>(())
/// ```
#[derive(Debug)]
pub struct Protocol {
    pub(super) inbound: Inbound,
    pub(super) outbox: Outbox,
    pub(super) encoder: Encoder,
    /// Behind one pointer, as most connections have none.
    #[expect(clippy::box_collection, reason = "8 bytes instead of 24")]
    pub(super) subprotocol: Option<Box<String>>,
}

impl Protocol {
    /// Creates an endpoint without extensions.
    #[must_use]
    pub fn new(role: Role, config: impl Into<Arc<Config>>) -> Self {
        Self::with_deflate(role, config, None)
    }

    /// Creates an endpoint that compresses messages with the parameters that the handshake negotiated, if any.
    ///
    /// Without the feature `deflate` the parameters are ignored, and a compressed message is a protocol error.
    #[must_use]
    pub fn with_deflate(role: Role, config: impl Into<Arc<Config>>, deflate: Option<Parameters>) -> Self {
        Self::negotiated(role, config, Negotiated { deflate, ..Negotiated::default() })
    }

    /// Creates an endpoint for what the opening handshake negotiated.
    #[must_use]
    pub fn negotiated(role: Role, config: impl Into<Arc<Config>>, negotiated: Negotiated) -> Self {
        let config = config.into();
        let Negotiated { subprotocol, deflate, .. } = negotiated;
        let (level, dedicated) = (config.compression_level, config.dedicated_codecs);
        let inflate = deflate.and_then(|parameters| Inflate::new(&parameters, role, dedicated));
        let deflate = deflate.and_then(|parameters| Deflate::new(&parameters, role, level, dedicated));
        Self {
            inbound: Inbound::new(Decoder::new(role, Arc::clone(&config), inflate)),
            outbox: Outbox::default(),
            encoder: Encoder::new(role, config, deflate),
            subprotocol: subprotocol.map(Box::new),
        }
    }

    /// Copies received bytes in, any number of them; [`receive`](Self::receive) avoids the copy.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.inbound.decoder.feed(bytes);
    }

    /// Calls `read` to place the next received bytes where they belong, and returns how many it reports.
    ///
    /// The slice is never empty; for a large message it is where the message is assembled.
    ///
    /// # Errors
    /// Those of `read`, which leave everything unchanged.
    ///
    /// # Examples
    /// ```
    /// use std::io::Read;
    /// use php_sockets::ws::{Config, Message, Protocol, Role};
    ///
    /// let mut stream = &b"\x81\x06\xe4\xbd\xa0\xe5\xa5\xbd"[..];
    /// let mut client = Protocol::new(Role::Client, Config::client());
    /// assert_eq!(client.receive(|space| stream.read(space))?, 8);
    /// assert_eq!(client.next(&mut Vec::new())?, Some(Message::Text("你好")));
    /// # Ok::<(), php_sockets::ws::WebSocketError>(())
    /// ```
    #[inline]
    pub fn receive<E>(&mut self, read: impl FnOnce(&mut [u8]) -> Result<usize, E>) -> Result<usize, E> {
        self.inbound.decoder.receive(read)
    }

    /// Reads once from a stream and returns how many bytes arrived, 0 at its end.
    ///
    /// # Errors
    /// Those of the stream, which leave everything unchanged.
    #[inline]
    pub fn read_from(&mut self, stream: &mut impl Read) -> io::Result<usize> {
        self.receive(|space| stream.read(space))
    }

    /// Returns the next message among the bytes received so far, or `None` if more bytes are needed.
    ///
    /// The message borrows from `buffer`, which should be reused from call to call and may serve many connections; its other content
    /// is unspecified. While a message is incomplete the endpoint keeps the buffer's memory and leaves an empty one.
    ///
    /// Text, binary and Close messages are returned, Pings and Pongs only with [`Config::report_control`]; all are answered as the
    /// protocol requires.
    ///
    /// # Errors
    /// [`WebSocketError::Protocol`] after the last valid message: a Close frame is queued, and what the peer sends from then on is
    /// discarded. [`WebSocketError::Io`] if the system's random source fails.
    #[inline]
    pub fn next<'b>(&mut self, buffer: &'b mut Vec<u8>) -> Result<Option<Message<'b>>, WebSocketError> {
        match self.inbound.decoder.whole() {
            Some(whole) => Ok(Some(self.take(whole, buffer)?)),
            None => self.next_of_any_kind(buffer),
        }
    }

    #[inline(never)]
    fn next_of_any_kind<'b>(&mut self, buffer: &'b mut Vec<u8>) -> Result<Option<Message<'b>>, WebSocketError> {
        match self.poll(buffer, false)? {
            Some(received) => self.message(received, buffer).map(Some),
            None => Ok(None),
        }
    }

    /// Returns the next part of a message as soon as some of it has arrived.
    ///
    /// For messages too large to hold in memory: a part is at most 64 KiB, and ends between code points in a text.
    /// [`Config::max_fragments`] applies, [`Config::max_message`] does not. The last part may be empty.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub fn next_part<'b>(&mut self, buffer: &'b mut Vec<u8>) -> Result<Option<Part<'b>>, WebSocketError> {
        match self.poll(buffer, true)? {
            Some(received) => self.message(received, buffer).map(|message| Some(received.part(message))),
            None => Ok(None),
        }
    }

    /// Takes a message that is there whole in one frame: the way of nearly all messages.
    #[inline]
    pub(super) fn take<'b>(&mut self, whole: Whole, buffer: &'b mut Vec<u8>) -> Result<Message<'b>, WebSocketError> {
        let result = self.inbound.take(&mut self.outbox, whole, buffer);
        if result.is_err() {
            self.encoder.answer(&mut self.outbox)?;
        }
        result
    }

    /// Finds the next message or part for the application; what must be answered on the way is queued.
    pub(super) fn poll(&mut self, buffer: &mut Vec<u8>, parts: bool) -> Result<Option<Received>, WebSocketError> {
        loop {
            let result = self.inbound.poll(&mut self.outbox, buffer, parts);
            self.encoder.answer(&mut self.outbox)?;
            match result? {
                Some(received) if !self.inbound.is_for_the_application(received) => {}
                received => return Ok(received),
            }
        }
    }

    /// Makes a message of what was found.
    #[inline]
    pub(super) fn message<'b>(&mut self, received: Received, buffer: &'b [u8]) -> Result<Message<'b>, WebSocketError> {
        if let Some(message) = received.data(buffer) {
            return Ok(message);
        }
        let result = self.inbound.message(&mut self.outbox, received, buffer);
        self.encoder.answer(&mut self.outbox)?;
        result
    }

    /// Queues a message for the output.
    ///
    /// # Errors
    /// [`WebSocketError::Unsendable`], [`WebSocketError::Closed`] after a Close,
    /// [`WebSocketError::Io`] if the system's random source fails.
    #[inline]
    pub fn send<'m>(&mut self, message: impl Into<Message<'m>>) -> Result<(), WebSocketError> {
        let message = message.into();
        if self.encoder.take_whole(message) {
            return Ok(());
        }
        if let Some(large) = self.encoder.send(message)? {
            self.encoder.queue(&large, 0);
        }
        Ok(())
    }

    /// Queues a message without compression, even if it was negotiated.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn send_uncompressed<'m>(&mut self, message: impl Into<Message<'m>>) -> Result<(), WebSocketError> {
        if let Some(large) = self.encoder.send_uncompressed(message.into())? {
            self.encoder.queue(&large, 0);
        }
        Ok(())
    }

    /// Queues a part of a message; see [`Connection::send_part`](super::Connection::send_part).
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn send_part(&mut self, part: Part<'_>) -> Result<(), WebSocketError> {
        if let Some(large) = self.encoder.part(part)? {
            self.encoder.queue(&large, 0);
        }
        Ok(())
    }

    /// Queues a message that was encoded before.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn send_prepared(&mut self, prepared: &Prepared) -> Result<(), WebSocketError> {
        if let Some(large) = self.encoder.send_prepared(prepared)? {
            self.encoder.queue(&large, 0);
        }
        Ok(())
    }

    /// Queues a Close frame, with a code and a reason or without; does nothing if one was queued before.
    ///
    /// # Errors
    /// [`Unsendable::CloseCode`](super::Unsendable::CloseCode),
    /// [`Unsendable::ControlTooLong`](super::Unsendable::ControlTooLong).
    pub fn close<'f>(&mut self, frame: impl Into<Option<CloseFrame<'f>>>) -> Result<(), WebSocketError> {
        self.encoder.close(frame.into())
    }

    /// Returns the bytes to be sent to the peer.
    #[inline]
    #[must_use]
    pub fn output(&self) -> &[u8] {
        self.encoder.output()
    }

    /// Records that the first `count` bytes of the output have been sent.
    ///
    /// If output is left, the transport counts as stalled until all of it is written: of the Pings that arrive meanwhile only the
    /// latest will be answered, and each further byte that is sent shows that the peer is alive.
    ///
    /// # Errors
    /// [`WebSocketError::Io`] if the system's random source fails when a Pong that waited is masked.
    #[inline]
    pub fn written(&mut self, count: usize) -> Result<(), WebSocketError> {
        self.encoder.consumed(count);
        self.encoder.written(self.encoder.output().is_empty());
        Ok(self.encoder.answer(&mut self.outbox)?)
    }

    /// Returns whether messages can be sent: no Close frame has gone out.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.encoder.is_closed()
    }

    /// Returns whether nothing more will be received: the peer's Close frame or an error has come.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.inbound.decoder.is_closed()
    }

    /// Returns the subprotocol that was negotiated.
    #[must_use]
    pub fn subprotocol(&self) -> Option<&str> {
        self.subprotocol.as_deref().map(String::as_str)
    }

    /// Checks the deadlines: sends the keepalive Ping when it is due.
    ///
    /// A time starts at the check that first sees its cause, so that messages themselves do not read the clock; check about once a
    /// second, or at [`deadline`](Self::deadline). A peer that takes output counts as alive, as one that sends does; its time to
    /// answer a Ping starts when the Ping has been written.
    ///
    /// # Errors
    /// [`WebSocketError::Timeout`]: a Close frame is queued if it can still reach the peer, and nothing more is received.
    pub fn check_deadlines(&mut self, now: Instant) -> Result<(), WebSocketError> {
        let sent = self.encoder.sent(&self.outbox);
        let result = self.inbound.check(&mut self.outbox, sent, now);
        self.encoder.answer(&mut self.outbox)?;
        result
    }

    /// Returns when [`check_deadlines`](Self::check_deadlines) has something to do next, as of the last check.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.inbound.deadline()
    }
}
