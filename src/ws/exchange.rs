//! One head out, one head in with its content, one deadline over all: what a server's `Upgrade` and a client's `Opening` have in common.

use std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    Config, Protocol, Role, Status, Stream, Timeout, WebSocketError,
    error::would_block,
    handshake::{self, Content, Negotiated, Parser},
    memory::Buffer,
    timers::deadline,
};

#[cfg(test)]
mod tests;

/// What a client may wait for before it sends a body.
pub(super) const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// How long the other side has for its head, unless it is set.
pub(super) const TIMEOUT: Duration = Duration::from_secs(10);

/// How long, and for how many bytes, one who has its answer is still listened to, so that no reset overtakes the answer
/// (RFC 9112, section 9.6).
#[derive(Debug)]
pub(super) struct Linger {
    until: Instant,
    /// When it is over for one who makes headway, too.
    latest: Instant,
    discarded: usize,
    most: usize,
}

impl Linger {
    const TIME: Duration = Duration::from_secs(1);
    const MOST: usize = 256 << 10;
    /// Many a client looks for the answer only when all of its body is sent: as long as that makes headway, there is more time.
    const BODY_TIME: Duration = Duration::from_secs(60);
    const BODY_MOST: usize = 64 << 20;
    /// For so many bytes.
    const HEADWAY: usize = 16 << 10;

    /// Begins for one who has a body to send, of which not all has been read, or none.
    pub(super) fn new(has_body: bool) -> Self {
        let (longest, most) = if has_body { (Self::BODY_TIME, Self::BODY_MOST) } else { (Self::TIME, Self::MOST) };
        Self { until: deadline(Self::TIME), latest: deadline(longest), discarded: 0, most }
    }

    /// When it is over if nothing more comes.
    #[cfg(feature = "server")]
    pub(super) fn until(&self) -> Instant {
        self.until
    }

    /// How much longer; `None` when it is over.
    pub(super) fn remaining(&self) -> Option<Duration> {
        let remaining = self.until.saturating_duration_since(Instant::now());
        (self.discarded < self.most && !remaining.is_zero()).then_some(remaining)
    }

    /// Takes note that so many bytes came and were thrown away.
    pub(super) fn discard(&mut self, count: usize) {
        let before = self.discarded / Self::HEADWAY;
        self.discarded = self.discarded.saturating_add(count);
        if self.discarded / Self::HEADWAY > before {
            self.until = deadline(Self::TIME).min(self.latest);
        }
    }
}

#[derive(Debug)]
pub(super) struct Exchange<S> {
    /// Gone when it has become a connection.
    stream: Option<S>,
    config: Arc<Config>,
    deadline: Instant,
    /// What is said when that has passed.
    late: Timeout,
    parser: Parser,
    input: Buffer,
    output: Vec<u8>,
    written: usize,
    /// More than "100 Continue" was queued.
    is_answered: bool,
}

impl<S: Stream> Exchange<S> {
    pub(super) fn new(mut stream: S, config: Arc<Config>, parser: Parser, deadline: Instant) -> Self {
        // A small message must not wait for the acknowledgement of the last one. Other families have no such option.
        let _ = stream.set_nodelay();
        Self {
            stream: Some(stream),
            config,
            deadline,
            late: Timeout::Handshake,
            parser,
            input: Buffer::default(),
            output: Vec::new(),
            written: 0,
            is_answered: false,
        }
    }

    pub(super) fn stream(&self) -> Option<&S> {
        self.stream.as_ref()
    }

    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    pub(super) fn deadline(&self) -> Instant {
        self.deadline
    }

    pub(super) fn set_deadline(&mut self, timeout: Option<Duration>, late: Timeout) {
        self.deadline = deadline(timeout);
        self.late = late;
    }

    /// The time until the deadline.
    fn remaining(&self) -> Result<Duration, WebSocketError> {
        let remaining = self.deadline.saturating_duration_since(Instant::now());
        if remaining.is_zero() { Err(self.late.into()) } else { Ok(remaining) }
    }

    /// What was received and not taken yet.
    pub(super) fn input(&mut self) -> &mut Buffer {
        &mut self.input
    }

    pub(super) fn queue(&mut self, bytes: Vec<u8>) {
        if self.wants_write() && !self.is_answered {
            // What the other side has seen the beginning of.
            self.output.extend_from_slice(&bytes);
        } else {
            self.output = bytes;
            self.written = 0;
        }
        self.is_answered = true;
    }

    /// Queues "100 Continue", which is no answer.
    pub(super) fn queue_continue(&mut self) {
        self.output = CONTINUE.to_vec();
        self.written = 0;
    }

    /// How many bytes were queued last, written or not.
    #[cfg(feature = "server")]
    pub(super) fn output_len(&self) -> usize {
        self.output.len()
    }

    /// Says whether an answer was queued yet, written or not.
    pub(super) fn is_answered(&self) -> bool {
        self.is_answered
    }

    pub(super) fn wants_write(&self) -> bool {
        self.written < self.output.len()
    }

    /// Says whether to wait until the stream is writable.
    pub(super) fn waits_to_write(&self) -> bool {
        self.wants_write() || self.stream.as_ref().is_some_and(Stream::wants_write)
    }

    /// Writes what is queued; `false` when the stream does not take all of it now.
    pub(super) fn flush(&mut self) -> Result<bool, WebSocketError> {
        while self.wants_write() {
            if !self.write_once()? {
                return Ok(false);
            }
        }
        let remaining = self.remaining();
        let stream = self.stream.as_mut().ok_or(WebSocketError::Closed)?;
        if stream.wants_write() && stream.is_blocking() != Some(false) {
            supported(stream.set_write_timeout(Some(remaining?)))?;
        }
        match stream.flush() {
            Err(error) if would_block(&error) => Ok(false),
            result => Ok(result.map(|()| true)?),
        }
    }

    /// Writes once, before the deadline; `false` when the stream takes nothing now.
    pub(super) fn write_once(&mut self) -> Result<bool, WebSocketError> {
        loop {
            let remaining = self.remaining()?;
            let stream = self.stream.as_mut().ok_or(WebSocketError::Closed)?;
            let bytes = &self.output[self.written..];
            if cfg!(windows) && stream.is_blocking() != Some(false) {
                // There is no call that never waits.
                supported(stream.set_write_timeout(Some(remaining)))?;
            }
            let result = match uninterrupted(|| stream.write_now(bytes)) {
                // What the stream takes at once needs no timeout, and a non-blocking stream never does.
                Err(error) if would_block(&error) && stream.is_blocking() != Some(false) => {
                    supported(stream.set_write_timeout(Some(remaining)))?;
                    uninterrupted(|| stream.write(bytes))
                }
                result => result,
            };
            match result {
                Ok(0) => return Err(io::Error::from(io::ErrorKind::WriteZero).into()),
                Ok(count) => {
                    self.written = self.written.saturating_add(count);
                    return Ok(true);
                }
                // A timer may end a little early.
                Err(error) if is_early(&error, stream) => {}
                Err(error) if would_block(&error) => return self.remaining().map(|_| false),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Reads until a head is there; `None` when the stream has no more bytes now.
    pub(super) fn read_head<H>(
        &mut self,
        parse: impl Fn(&mut Parser, &[u8]) -> Result<Status<H>, handshake::Error>,
    ) -> Result<Option<H>, WebSocketError> {
        loop {
            if !self.input.is_empty() {
                if let Status::Complete(head, consumed) = parse(&mut self.parser, self.input.data())? {
                    self.input.consume(consumed);
                    self.parser.restart();
                    return Ok(Some(head));
                }
            }
            match self.fill()? {
                Some(0) => return Err(WebSocketError::Closed),
                Some(_) => {}
                None => return Ok(None),
            }
        }
    }

    /// Takes what was received of a content; `true` when it is complete.
    pub(super) fn take_content(&mut self, content: &mut Content) -> Result<bool, WebSocketError> {
        let taken = content.feed(self.input.data())?;
        self.input.consume(taken);
        Ok(content.is_complete())
    }

    /// Reads until a content is there, or as much as a turn is for; `false` when the stream has no more bytes now, or that much was
    /// read.
    pub(super) fn read_content(&mut self, content: &mut Content, turn: usize) -> Result<bool, WebSocketError> {
        let mut received = 0_usize;
        loop {
            if self.take_content(content)? {
                return Ok(true);
            }
            if received > 0 {
                // Who always has something to send does not run into it otherwise.
                self.remaining()?;
                // No wait for the stream tells of what it holds.
                if received >= turn && !self.stream.as_ref().is_some_and(Stream::has_more) {
                    return Ok(false);
                }
            }
            if self.wants_write() {
                // The other side may wait for it; who does not take it may go on all the same.
                self.flush()?;
            }
            match self.fill()? {
                Some(0) => return Err(WebSocketError::Closed),
                Some(count) => received = received.saturating_add(count),
                None => return Ok(false),
            }
        }
    }

    /// Reads once, before the deadline: how many bytes, 0 at the stream's end, or `None` when there was nothing.
    pub(super) fn fill(&mut self) -> Result<Option<usize>, WebSocketError> {
        loop {
            let remaining = self.remaining();
            let stream = self.stream.as_mut().ok_or(WebSocketError::Closed)?;
            let space = self.input.room(1);
            // What is there has come in time, though it is read late.
            let result = match uninterrupted(|| stream.read_now(space)) {
                // It needs no timeout, and a non-blocking stream never does.
                Err(error) if would_block(&error) && stream.is_blocking() != Some(false) => {
                    supported(stream.set_read_timeout(Some(remaining?)))?;
                    uninterrupted(|| stream.read(space))
                }
                result => result,
            };
            match result {
                Ok(count) => {
                    self.input.advance(count);
                    return Ok(Some(count));
                }
                // A timer may end a little early.
                Err(error) if is_early(&error, stream) => {}
                Err(error) if would_block(&error) => {
                    self.input.settle();
                    return self.remaining().map(|_| None);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Makes what a connection needs: the stream, and an endpoint to which belongs what was read behind the head.
    pub(super) fn finish(&mut self, role: Role, negotiated: Negotiated) -> Result<(S, Protocol), WebSocketError> {
        let mut stream = self.stream.take().ok_or(WebSocketError::Closed)?;
        // No wait for the stream tells of what it holds.
        while stream.has_more() {
            match uninterrupted(|| stream.read_now(self.input.room(1))) {
                Ok(count) if count > 0 => self.input.advance(count),
                // The connection's next read tells how it ended.
                _ => break,
            }
        }
        let mut protocol = Protocol::negotiated(role, Arc::clone(&self.config), negotiated);
        protocol.feed(self.input.data());
        self.input.clear();
        Ok((stream, protocol))
    }

    /// Ends the sending direction and discards what the other side still sends. It does not wait on a non-blocking stream.
    pub(super) fn linger(&mut self, mut linger: Linger) {
        let Some(stream) = &mut self.stream else { return };
        if stream.shutdown_write().is_err() {
            return;
        }
        let mut sink = [0; 4096];
        while let Some(remaining) = linger.remaining() {
            if stream.set_read_timeout(Some(remaining)).is_err() {
                return;
            }
            match uninterrupted(|| stream.read(&mut sink)) {
                Ok(count) if count > 0 => linger.discard(count),
                _ => return,
            }
        }
    }

    /// Drops the stream: it is of no use any more.
    pub(super) fn end(&mut self) {
        self.stream = None;
        self.input.clear();
    }

    /// Takes the stream and what was read behind the head.
    pub(super) fn into_parts(self) -> (Option<S>, Vec<u8>) {
        (self.stream, self.input.data().to_vec())
    }
}

/// Says whether a blocking call has ended by its timeout, which Windows tells from a call that does not wait.
fn is_early(error: &io::Error, stream: &impl Stream) -> bool {
    error.kind() == io::ErrorKind::TimedOut || would_block(error) && stream.is_blocking() == Some(true)
}

/// A stream without timeouts is left to the application.
fn supported(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::Unsupported => Ok(()),
        result => result,
    }
}

/// Calls again after each signal.
fn uninterrupted(mut call: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
