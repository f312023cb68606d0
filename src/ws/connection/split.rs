use std::{
    io, mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{
    outgoing::{Link, Outgoing},
    reading::Reading,
};
use crate::ws::{CloseCode, CloseFrame, Message, Prepared, Result, Stream, incoming::Answer, received::Received};

pub(super) fn split<S: Stream + Clone>(reading: Reading, outgoing: Outgoing<S>) -> (Reader<S>, Writer<S>) {
    let stream = outgoing.stream.clone();
    let shared = Arc::new(Shared { outgoing: Mutex::new(outgoing), answers: Mutex::default() });
    let reader = Reader { reading, link: SharedLink { stream, shared: Arc::clone(&shared) } };
    (reader, Writer { shared })
}

/// The receiving half of a split connection.
///
/// Its thread waits in [`read`](Self::read) while others send: Pings are answered all the same, between two frames of a
/// [`Writer`] and never in the middle of one. When it finds by a deadline that the peer is gone, a writer that waits for the
/// peer fails as well.
#[derive(Debug)]
pub struct Reader<S = crate::Socket> {
    reading: Reading,
    link: SharedLink<S>,
}

/// The sending half of a split connection; its clones may be used by any number of threads.
///
/// A whole frame is written under one lock. The connection's stream is closed when the [`Reader`] and all writers are
/// dropped.
///
/// # Examples
/// ```
/// use php_sockets::{ws::{Connection, Message}, *};
///
/// let listener = socket_create_listen(0, None)?;
/// let url = format!("ws://127.0.0.1:{}/", socket_getsockname(&listener)?.1);
/// let server = std::thread::spawn(move || -> ws::Result<()> {
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
pub struct Writer<S = crate::Socket> {
    shared: Arc<Shared<S>>,
}

#[derive(Debug)]
struct Shared<S> {
    outgoing: Mutex<Outgoing<S>>,
    /// What the reader has to say and could not while somebody was writing.
    answers: Mutex<Answers>,
}

/// At most one of each kind: of several Pings only the latest has to be answered.
#[derive(Debug, Default)]
struct Answers {
    pong: Option<Box<[u8]>>,
    ping: Option<Box<[u8]>>,
    close: Option<Option<CloseCode>>,
}

#[derive(Debug)]
struct SharedLink<S> {
    stream: S,
    shared: Arc<Shared<S>>,
}

impl<S: Stream> Reader<S> {
    /// Waits for the next text, binary or Close message; see [`Connection::read`](super::Connection::read).
    ///
    /// # Errors
    /// As there.
    pub fn read<'b>(&mut self, buffer: &'b mut Vec<u8>) -> Result<Message<'b>> {
        let received = self.reading.read(&mut self.link, buffer, false)?;
        self.reading.message(&mut self.link, received, buffer)
    }

    /// Waits for the next part of a message; see [`Connection::read_part`](super::Connection::read_part).
    ///
    /// # Errors
    /// As there.
    pub fn read_part<'b>(&mut self, buffer: &'b mut Vec<u8>) -> Result<(Message<'b>, bool)> {
        let received = self.reading.read(&mut self.link, buffer, true)?;
        let message = self.reading.message(&mut self.link, received, buffer)?;
        Ok((message, received.is_none_or(Received::is_last)))
    }

    /// Looks at the deadlines; see [`Connection::check`](super::Connection::check).
    ///
    /// # Errors
    /// As there.
    pub fn check(&mut self, now: Instant) -> Result<()> {
        self.reading.check(&mut self.link, now)
    }

    /// Ends the connection in good order; see [`Connection::finish`](super::Connection::finish).
    ///
    /// # Errors
    /// As there.
    pub fn finish(mut self) -> Result<()> {
        self.reading.finish(&mut self.link)
    }
}

impl<S: Stream> Writer<S> {
    /// Sends a message; see [`Connection::send`](super::Connection::send).
    ///
    /// # Errors
    /// As there.
    pub fn send<'m>(&self, message: impl Into<Message<'m>>) -> Result<()> {
        self.shared.with(|outgoing| outgoing.send(message.into(), false))
    }

    /// Sends one fragment of a message, `last` ends it; see
    /// [`Connection::send_fragment`](super::Connection::send_fragment). Of several writers one at a time may do that.
    ///
    /// # Errors
    /// As there.
    pub fn send_fragment<'m>(&self, fragment: impl Into<Message<'m>>, last: bool) -> Result<()> {
        self.shared.with(|outgoing| outgoing.send_fragment(fragment.into(), last))
    }

    /// Sends a message that was encoded before.
    ///
    /// # Errors
    /// As [`Connection::send`](super::Connection::send).
    pub fn send_prepared(&self, prepared: &Prepared) -> Result<()> {
        self.shared.with(|outgoing| outgoing.send_prepared(prepared))
    }

    /// Sends a Ping of at most 125 bytes.
    ///
    /// # Errors
    /// As [`Connection::send`](super::Connection::send).
    pub fn ping(&self, payload: &[u8]) -> Result<()> {
        self.send(Message::Ping(payload))
    }

    /// Begins the closing handshake; see [`Connection::close`](super::Connection::close).
    ///
    /// # Errors
    /// As there.
    pub fn close<'f>(&self, frame: impl Into<Option<CloseFrame<'f>>>) -> Result<()> {
        self.shared.with(|outgoing| outgoing.close(frame.into()))
    }

    /// Writes what is queued; `false` when the stream did not take all of it.
    ///
    /// # Errors
    /// [`Error::Io`](crate::ws::Error::Io): the connection is lost.
    pub fn flush(&self) -> Result<bool> {
        self.shared.with(|outgoing| outgoing.flush())
    }

    /// Returns how many bytes wait to be written.
    #[must_use]
    pub fn buffered_amount(&self) -> usize {
        lock(&self.shared.outgoing).sender.output().len()
    }

    /// Says whether messages can be sent: no Close frame has gone out.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !lock(&self.shared.outgoing).sender.is_closed()
    }
}

impl<S> Clone for Writer<S> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<S: Stream> Shared<S> {
    /// Writes under the lock, then gives what the reader has to say its turn.
    fn with<T>(&self, write: impl FnOnce(&mut Outgoing<S>) -> Result<T>) -> Result<T> {
        let result = write(&mut lock(&self.outgoing));
        self.answer()?;
        result
    }

    /// Sends the reader's answers, unless somebody is writing: who holds the lock does it after letting go.
    fn answer(&self) -> Result<()> {
        while !lock(&self.answers).is_empty() {
            let Some(mut outgoing) = try_lock(&self.outgoing) else { return Ok(()) };
            let answers = mem::take(&mut *lock(&self.answers));
            answers.send(&mut *outgoing)?;
            outgoing.flush_now();
        }
        Ok(())
    }
}

impl Answers {
    fn is_empty(&self) -> bool {
        self.pong.is_none() && self.ping.is_none() && self.close.is_none()
    }

    fn send(self, answer: &mut impl Answer) -> Result<()> {
        if let Some(payload) = self.pong {
            answer.pong(&payload)?;
        }
        if let Some(payload) = self.ping {
            answer.ping(&payload)?;
        }
        if let Some(code) = self.close {
            answer.close(code)?;
        }
        Ok(())
    }
}

impl<S: Stream> Answer for SharedLink<S> {
    fn pong(&mut self, payload: &[u8]) -> Result<()> {
        lock(&self.shared.answers).pong = Some(payload.into());
        self.shared.answer()
    }

    fn ping(&mut self, payload: &[u8]) -> Result<()> {
        lock(&self.shared.answers).ping = Some(payload.into());
        self.shared.answer()
    }

    fn close(&mut self, code: Option<CloseCode>) -> Result<()> {
        lock(&self.shared.answers).close = Some(code);
        self.shared.answer()
    }

    fn is_closed(&self) -> bool {
        // Who is writing has not closed.
        try_lock(&self.shared.outgoing).is_some_and(|outgoing| outgoing.sender.is_closed())
    }
}

impl<S: Stream> Link for SharedLink<S> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        self.stream.read(space)
    }

    fn flush(&mut self) {
        if let Some(mut outgoing) = try_lock(&self.shared.outgoing) {
            outgoing.flush_now();
        }
    }

    fn shutdown(&mut self) {
        if let Some(mut outgoing) = try_lock(&self.shared.outgoing) {
            outgoing.shutdown();
        }
    }

    fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.stream.set_read_timeout(timeout)
    }

    fn set_write_timeout(&mut self, _: Duration) {
        // The reader writes without waiting.
    }

    fn wake(&mut self) {
        if try_lock(&self.shared.outgoing).is_none() {
            // A writer is in the middle of a frame, which ends there.
            let _ = self.stream.shutdown_write();
        }
    }

    fn abort(&mut self) {
        if let Some(mut outgoing) = try_lock(&self.shared.outgoing) {
            outgoing.abort();
        }
    }
}

/// A writer that panicked has left a whole frame or a closed sender.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn try_lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(std::sync::TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(std::sync::TryLockError::WouldBlock) => None,
    }
}
