use std::{sync::Arc, time::Instant};

use super::{
    CloseFrame, Config, Message, Prepared, Result, Role,
    deflate::{Deflate, Inflate, Parameters},
    handshake::Negotiated,
    incoming::{Answer, Incoming},
    receiver::Receiver,
    sender::Sender,
};

/// A WebSocket endpoint after the opening handshake, without any I/O: bytes and messages in, messages and bytes out.
///
/// Put received bytes into [`space`](Self::space) and say [`arrived`](Self::arrived) (or [`feed`](Self::feed) a copy),
/// take messages with [`next`](Self::next) until it returns `None`, and write [`output`](Self::output), saying
/// [`written`](Self::written). Pings, Close frames and protocol errors are answered by bytes in the output.
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
/// # Ok::<(), php_sockets::ws::Error>(())
/// ```
#[derive(Debug)]
pub struct Protocol {
    pub(super) incoming: Incoming,
    pub(super) sender: Sender,
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

    /// Creates an endpoint; with `deflate` messages are compressed as the handshake agreed.
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
        let Negotiated { protocol, deflate, .. } = negotiated;
        let inflate = deflate.and_then(|parameters| Inflate::new(&parameters, role));
        let deflate = deflate.and_then(|parameters| Deflate::new(&parameters, role, config.compression_level));
        Self {
            incoming: Incoming::new(Receiver::new(role, Arc::clone(&config), inflate)),
            sender: Sender::new(role, config, deflate),
            subprotocol: protocol.map(Box::new),
        }
    }

    /// Copies received bytes in, however many; for bytes that lie somewhere already.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.incoming.receiver.feed(bytes);
    }

    /// Returns where the next received bytes are to be put: never empty, and of a large message the memory where it is
    /// assembled.
    #[inline]
    pub fn space(&mut self) -> &mut [u8] {
        self.incoming.receiver.space()
    }

    /// Takes note that `count` bytes were put into [`space`](Self::space).
    #[inline]
    pub fn arrived(&mut self, count: usize) {
        self.incoming.receiver.arrived(count);
    }

    /// Returns the next message among the bytes that have come; `None` asks for more bytes.
    ///
    /// The message lies in `buffer`, which is reused from call to call and may serve many connections; what else it
    /// holds is unspecified. While a message is incomplete the endpoint keeps the buffer's memory and leaves an empty one.
    ///
    /// Text, binary and Close messages are returned, Pings and Pongs only with [`Config::report_control`]; all are
    /// answered as the protocol wants.
    ///
    /// # Errors
    /// [`Error::Protocol`](super::Error::Protocol) after the last valid message: a Close frame is queued and what the peer
    /// sends from then on is discarded. [`Error::Io`](super::Error::Io) when the random source fails.
    #[inline]
    pub fn next<'b>(&mut self, buffer: &'b mut Vec<u8>) -> Result<Option<Message<'b>>> {
        let Some(received) = self.incoming.poll(&mut self.sender, buffer, false)? else { return Ok(None) };
        if let Some(message) = received.data(buffer) {
            return Ok(Some(message));
        }
        self.incoming.message(&mut self.sender, received, buffer).map(Some)
    }

    /// Returns the next part of a message as soon as some of it has come, and whether it is the last one.
    ///
    /// For messages that are not to be held in memory whole: parts are at most 64 KiB, a text's end between code points,
    /// [`Config::max_message`] does not apply. The last part may be empty.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub fn next_part<'b>(&mut self, buffer: &'b mut Vec<u8>) -> Result<Option<(Message<'b>, bool)>> {
        match self.incoming.poll(&mut self.sender, buffer, true)? {
            Some(received) => {
                Ok(Some((self.incoming.message(&mut self.sender, received, buffer)?, received.is_last())))
            }
            None => Ok(None),
        }
    }

    /// Queues a message for the output.
    ///
    /// # Errors
    /// [`Error::Unsendable`](super::Error::Unsendable), [`Error::Closed`](super::Error::Closed) after a Close,
    /// [`Error::Io`](super::Error::Io) when the random source fails.
    #[inline]
    pub fn send<'m>(&mut self, message: impl Into<Message<'m>>) -> Result<()> {
        let message = message.into();
        if self.sender.short(message) {
            return Ok(());
        }
        if let Some(large) = self.sender.send(message)? {
            self.sender.queue(&large, 0);
        }
        Ok(())
    }

    /// Queues one fragment of a message, `last` ends it. All fragments of a message are of the same type.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn send_fragment<'m>(&mut self, fragment: impl Into<Message<'m>>, last: bool) -> Result<()> {
        if let Some(large) = self.sender.fragment(fragment.into(), last)? {
            self.sender.queue(&large, 0);
        }
        Ok(())
    }

    /// Queues a message that was encoded before.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn send_prepared(&mut self, prepared: &Prepared) -> Result<()> {
        if let Some(large) = self.sender.send_prepared(prepared)? {
            self.sender.queue(&large, 0);
        }
        Ok(())
    }

    /// Queues a Close frame, with a code and a reason or without; does nothing when one was queued before.
    ///
    /// # Errors
    /// [`Unsendable::CloseCode`](super::Unsendable::CloseCode),
    /// [`Unsendable::ControlTooLong`](super::Unsendable::ControlTooLong).
    pub fn close(&mut self, frame: Option<CloseFrame<'_>>) -> Result<()> {
        self.sender.close(frame)
    }

    /// Returns the bytes to be sent to the peer.
    #[inline]
    #[must_use]
    pub fn output(&self) -> &[u8] {
        self.sender.output()
    }

    /// Takes note that the first `count` bytes of the output have been sent.
    ///
    /// When that is not all of them, the transport counts as stalled until it is: of the Pings that come meanwhile only
    /// the latest will be answered.
    ///
    /// # Errors
    /// The random source's, when a Pong that waited is masked.
    #[inline]
    pub fn written(&mut self, count: usize) -> Result<()> {
        self.sender.consumed(count);
        Ok(self.sender.written()?)
    }

    /// Says whether messages can be sent: no Close frame has gone out.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.sender.is_closed()
    }

    /// Says whether nothing more will be received: the peer's Close frame or an error has come.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.incoming.receiver.is_closed()
    }

    /// Looks at the deadlines: sends the keepalive Ping when it is due.
    ///
    /// Times count from the check that first sees what they are about, so that messages themselves cost no look at the
    /// clock; check about once a second, or at [`deadline`](Self::deadline).
    ///
    /// # Errors
    /// [`Error::Timeout`](super::Error::Timeout): a Close frame is queued where one makes sense, and nothing more is
    /// received.
    pub fn check(&mut self, now: Instant) -> Result<()> {
        self.incoming.check(&mut self.sender, now)
    }

    /// Returns when [`check`](Self::check) has something to do next, as far as the last check saw.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.incoming.deadline()
    }
}
