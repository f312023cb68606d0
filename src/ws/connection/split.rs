use std::{
    mem,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use super::{
    door::{Door, Inside, Room},
    outgoing::{Notice, Outgoing},
    reading::{End, Endpoint, Reading},
};
use crate::{
    Socket,
    ws::{
        CloseCode, CloseFrame, Message, Part, Prepared, Protocol, Stream, WebSocketError,
        decoder::{Decoder, Received},
        encoder::Encoder,
        frame::Whole,
        inbound::{Inbound, Outbox},
        timers::Sent,
    },
};

pub(super) fn split<S: Stream + Clone>(stream: S, protocol: Protocol, reading: Reading) -> (Reader<S>, Writer<S>) {
    let Protocol { inbound, outbox, encoder, .. } = protocol;
    let desk = Desk { closed: encoder.is_closed(), waiting: encoder.output().len(), ..Desk::default() };
    let own = stream.clone();
    let door = Arc::new(Door::new(Sending { stream, encoder, outbox, ends: false }, desk, Notice::default()));
    let half = Half { stream: own, inbound, outbox: Outbox::default(), door: Arc::clone(&door) };
    (Reader { reading, half }, Writer { door })
}

/// The receiving half of a split connection.
///
/// Its thread waits in [`read`](Self::read) while others send. Pings are answered meanwhile, between two frames of a [`Writer`] and
/// never in the middle of one. When a deadline shows the reader that the peer is gone, a writer that waits for the peer fails too;
/// after the peer's Close frame or an error a writer waits no longer than
/// [`Config::close_timeout`](crate::ws::Config::close_timeout). On Windows the writer fails only when its write ends, which the send
/// timeout ([`Config::send_timeout`](crate::ws::Config::send_timeout)) limits.
#[derive(Debug)]
pub struct Reader<S = Socket> {
    reading: Reading,
    half: Half<S>,
}

/// The sending half of a split connection; its clones may be used by any number of threads.
///
/// Frames are written one after another, each as a whole. The stream is closed when the [`Reader`] and all writers are dropped.
///
/// # Examples
/// ```
/// use php_sockets::{ws::{Connection, Message}, *};
///
/// let listener = socket_create_listen(0, None)?;
/// let url = format!("ws://127.0.0.1:{}/", socket_getsockname(&listener)?.1);
/// let server = std::thread::spawn(move || -> Result<(), ws::WebSocketError> {
///     let (mut reader, writer) = Connection::accept(socket_accept(&listener).expect("a client"))?.split();
///     let news = std::thread::spawn(move || writer.send("今日新闻"));
///     while !matches!(reader.read(&mut Vec::new())?, Message::Close(_)) {}
///     news.join().expect("no panic")
/// });
///
/// let mut client = Connection::connect(&url)?;
/// let mut buffer = Vec::new();
/// assert_eq!(client.read(&mut buffer)?, Message::Text("今日新闻"));
/// client.close(None)?;
/// server.join().expect("no panic")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Writer<S = Socket> {
    door: Arc<Door<Sending<S>, Desk, Notice>>,
}

/// The room behind the door that both halves share.
#[derive(Debug)]
struct Sending<S> {
    stream: S,
    encoder: Encoder,
    outbox: Outbox,
    /// The sending direction ends when all is written.
    ends: bool,
}

/// What one half leaves for the other.
#[derive(Debug, Default)]
struct Desk {
    /// What the reader wants answered, and how it wants the sending direction to end.
    outbox: Outbox,
    end: Option<End>,
    /// What the reader is to know, as of when somebody last left `sending`: a Close has been sent, a Ping has not, and how
    /// many bytes wait.
    closed: bool,
    ping_waits: bool,
    waiting: usize,
}

impl<S: Stream> Room for Sending<S> {
    type Desk = Desk;
    type Task = (Outbox, Option<End>);
    type Notice = Notice;

    fn look(&mut self, desk: &mut Desk) -> Option<Self::Task> {
        let end = desk.end.take();
        if desk.outbox.is_empty() && end.is_none() {
            desk.closed = self.encoder.is_closed();
            desk.ping_waits = self.encoder.has_ping() || self.outbox.has_ping();
            desk.waiting = self.encoder.output().len();
            return None;
        }
        Some((mem::take(&mut desk.outbox), end))
    }

    fn answer(&mut self, (mut outbox, end): Self::Task, notice: &Notice) {
        self.outbox.add(&mut outbox);
        self.ends |= end.is_some();
        if end == Some(End::Lost) {
            self.encoder.abort();
        }
        if self.encoder.answer(&mut self.outbox).is_err() {
            // Nothing goes out without random bytes.
            self.encoder.abort();
        }
        let ends = self.ends;
        let mut outgoing = self.outgoing(notice);
        outgoing.flush_now();
        if ends {
            outgoing.shut_down();
        }
    }
}

impl<S: Stream> Sending<S> {
    fn outgoing<'a>(&'a mut self, notice: &'a Notice) -> Outgoing<'a, S> {
        let Self { stream, encoder, outbox, .. } = self;
        Outgoing { notice: Some(notice), ..Outgoing::new(stream, encoder, outbox) }
    }
}

impl<S: Stream> Inside<'_, Sending<S>> {
    fn outgoing(&mut self) -> Outgoing<'_, S> {
        let (sending, notice) = self.parts();
        sending.outgoing(notice)
    }
}

/// The receiving half as an endpoint.
#[derive(Debug)]
struct Half<S> {
    stream: S,
    inbound: Inbound,
    outbox: Outbox,
    door: Arc<Door<Sending<S>, Desk, Notice>>,
}

impl<S: Stream> Half<S> {
    /// Has what must be answered sent by who is inside, or else by this thread.
    fn post(&mut self, end: Option<End>) {
        if end.is_some() || self.outbox.has_close() {
            self.door.notice().ends.store(true, Ordering::Relaxed);
        }
        let leave = |desk: &mut Desk| {
            desk.outbox.add(&mut self.outbox);
            desk.end = desk.end.max(end);
        };
        self.door.post(leave, || {
            if end > Some(End::Finished) {
                // A writer may be in the middle of a frame, which ends there.
                let _ = self.stream.shutdown_write();
            }
        });
    }

    fn answer(&mut self) {
        if !self.outbox.is_empty() {
            self.post(None);
        }
    }
}

impl<S: Stream> Endpoint for Half<S> {
    type Stream = S;

    fn parts(&mut self) -> (&mut S, &mut Decoder) {
        (&mut self.stream, &mut self.inbound.decoder)
    }

    fn poll(&mut self, buffer: &mut Vec<u8>, parts: bool) -> Result<Option<Received>, WebSocketError> {
        loop {
            let result = self.inbound.poll(&mut self.outbox, buffer, parts);
            self.answer();
            match result? {
                Some(received) if !self.inbound.is_for_the_application(received) => {}
                received => return Ok(received),
            }
        }
    }

    fn take<'b>(&mut self, whole: Whole, buffer: &'b mut Vec<u8>) -> Result<Message<'b>, WebSocketError> {
        let result = self.inbound.take(&mut self.outbox, whole, buffer);
        self.answer();
        result
    }

    fn message<'b>(&mut self, received: Received, buffer: &'b [u8]) -> Result<Message<'b>, WebSocketError> {
        let result = self.inbound.message(&mut self.outbox, received, buffer);
        self.answer();
        result
    }

    fn check(&mut self, now: Instant) -> Result<(), WebSocketError> {
        let sent = {
            let desk = self.door.desk();
            let taken = self.door.notice().taken.swap(false, Ordering::Relaxed);
            Sent { closed: desk.closed, taken, ping_waits: desk.ping_waits || desk.outbox.has_ping() }
        };
        let result = self.inbound.check(&mut self.outbox, sent, now);
        self.answer();
        result
    }

    fn is_closed(&self) -> bool {
        self.door.desk().closed
    }

    fn close(&mut self, code: CloseCode) {
        self.outbox.put_close(code);
        self.answer();
    }

    fn flush(&mut self) {
        // Who is inside writes.
        if let Some(mut inside) = self.door.try_enter() {
            inside.outgoing().flush_now();
        }
    }

    fn end(&mut self, end: End) {
        self.post(Some(end));
    }

    fn set_write_timeout(&mut self, timeout: Option<Duration>) {
        // A stream that is closed already does not wait, and one without timeouts is left to the application.
        let _ = self.stream.set_write_timeout(timeout);
    }
}

impl<S: Stream> Reader<S> {
    /// Waits for the next text, binary or Close message; see [`Connection::read`](super::Connection::read).
    ///
    /// # Errors
    /// As there.
    pub fn read<'b>(&mut self, buffer: &'b mut Vec<u8>) -> Result<Message<'b>, WebSocketError> {
        self.reading.read_message(&mut self.half, buffer)
    }

    /// Waits for the next part of a message; see [`Connection::read_part`](super::Connection::read_part).
    ///
    /// # Errors
    /// As there.
    pub fn read_part<'b>(&mut self, buffer: &'b mut Vec<u8>) -> Result<Part<'b>, WebSocketError> {
        let received = self.reading.read(&mut self.half, buffer, true)?;
        let message = self.reading.message(&mut self.half, received, buffer)?;
        Ok(received.map_or(Part::Last(message), |received| received.part(message)))
    }

    /// Sets how long [`read`](Self::read) waits; see [`Connection::set_read_timeout`](super::Connection::set_read_timeout).
    ///
    /// # Errors
    /// As there.
    pub fn set_read_timeout(&mut self, timeout: impl Into<Option<Duration>>) -> Result<(), WebSocketError> {
        Ok(self.reading.set_timeout(&mut self.half, timeout.into())?)
    }

    /// Checks the deadlines; see [`Connection::check_deadlines`](super::Connection::check_deadlines).
    ///
    /// # Errors
    /// As there.
    pub fn check_deadlines(&mut self, now: Instant) -> Result<(), WebSocketError> {
        self.reading.check(&mut self.half, now)
    }

    /// Ends the connection in an orderly way; see [`Connection::finish`](super::Connection::finish).
    ///
    /// # Errors
    /// As there.
    pub fn finish(mut self) -> Result<(), WebSocketError> {
        self.reading.finish(&mut self.half)
    }
}

impl<S: Stream> Writer<S> {
    /// Sends a message; see [`Connection::send`](super::Connection::send).
    ///
    /// # Errors
    /// As there.
    pub fn send<'m>(&self, message: impl Into<Message<'m>>) -> Result<(), WebSocketError> {
        self.door.enter().outgoing().send(message.into(), false)
    }

    /// Sends a message without compression; see [`Connection::send_uncompressed`](super::Connection::send_uncompressed).
    ///
    /// # Errors
    /// As there.
    pub fn send_uncompressed<'m>(&self, message: impl Into<Message<'m>>) -> Result<(), WebSocketError> {
        self.door.enter().outgoing().send_uncompressed(message.into(), false)
    }

    /// Sends a part of a message; see [`Connection::send_part`](super::Connection::send_part). Only one writer at a
    /// time may send a message in parts.
    ///
    /// # Errors
    /// As there.
    pub fn send_part(&self, part: Part<'_>) -> Result<(), WebSocketError> {
        self.door.enter().outgoing().send_part(part)
    }

    /// Sends a message that was encoded before.
    ///
    /// # Errors
    /// As [`Connection::send`](super::Connection::send).
    pub fn send_prepared(&self, prepared: &Prepared) -> Result<(), WebSocketError> {
        self.door.enter().outgoing().send_prepared(prepared)
    }

    /// Sends a Ping of at most 125 bytes.
    ///
    /// # Errors
    /// As [`Connection::send`](super::Connection::send).
    pub fn ping(&self, payload: &[u8]) -> Result<(), WebSocketError> {
        self.send(Message::Ping(payload))
    }

    /// Starts the closing handshake; see [`Connection::close`](super::Connection::close).
    ///
    /// # Errors
    /// As there.
    pub fn close<'f>(&self, frame: impl Into<Option<CloseFrame<'f>>>) -> Result<(), WebSocketError> {
        self.door.enter().outgoing().close(frame.into())
    }

    /// Writes what is queued; returns `false` if the stream did not take all of it.
    ///
    /// # Errors
    /// [`WebSocketError::Io`]: the connection is lost.
    pub fn flush(&self) -> Result<bool, WebSocketError> {
        self.door.enter().outgoing().flush()
    }

    /// Returns how many bytes wait to be written, not counting those that a blocked writer is about to write.
    #[must_use]
    pub fn buffered_amount(&self) -> usize {
        self.door.desk().waiting
    }

    /// Returns whether messages can be sent: no Close frame has gone out.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.door.desk().closed
    }
}

impl<S> Clone for Writer<S> {
    fn clone(&self) -> Self {
        Self { door: Arc::clone(&self.door) }
    }
}
