use std::{
    io::{self, Read as _},
    time::{Duration, Instant},
};

use super::outgoing::wait;
use crate::ws::{
    CloseCode, CloseFrame, Config, Message, Role, Stream, Timeout, WebSocketError,
    decoder::{Decoder, Received},
    error::would_block,
    frame::Whole,
    timers::deadline,
};

/// After the end of a conversation at most this many bytes are read and discarded.
const DISCARD: u32 = 16 << 20;

/// An endpoint over a stream, whole or the receiving half of it.
pub(super) trait Endpoint {
    type Stream: Stream;

    /// Returns the stream to read from, and what decodes.
    fn parts(&mut self) -> (&mut Self::Stream, &mut Decoder);
    /// Finds the next message or part for the application; what must be answered on the way is sent or queued.
    fn poll(&mut self, buffer: &mut Vec<u8>, parts: bool) -> Result<Option<Received>, WebSocketError>;
    /// Takes a message that is there whole in one frame.
    fn take<'b>(&mut self, whole: Whole, buffer: &'b mut Vec<u8>) -> Result<Message<'b>, WebSocketError>;
    /// Makes a message of what was found.
    fn message<'b>(&mut self, received: Received, buffer: &'b [u8]) -> Result<Message<'b>, WebSocketError>;
    /// Looks at the deadlines.
    fn check(&mut self, now: Instant) -> Result<(), WebSocketError>;
    /// Says whether a Close frame has been sent.
    fn is_closed(&self) -> bool;
    /// Sends a Close frame.
    fn close(&mut self, code: CloseCode);
    /// Writes what is queued, as far as the stream takes it; an error is the next sender's to see.
    fn flush(&mut self);
    /// Nothing more comes from here.
    fn end(&mut self, end: End);
    /// Sets how long a blocking write waits.
    fn set_write_timeout(&mut self, timeout: Option<Duration>);
}

/// How the sending direction ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum End {
    /// Once all is written.
    Finished,
    /// Once all is written; nobody is to wait any longer for the peer to take something.
    TimedOut,
    /// At once: what is queued is dropped.
    Lost,
}

/// How a blocking connection waits, and whether its stream has ended.
#[derive(Debug)]
pub(super) struct Reading {
    /// The longest that the application wants a blocking read to wait, in milliseconds; 0 for ever.
    timeout: u32,
    /// Blocking reads look at the deadlines. Those of non-blocking streams and ones without timeouts are left to the caller.
    keeps_deadlines: bool,
    stage: Stage,
    /// The stream has ended, or is not listened to any more.
    ended: bool,
    /// The application takes what has come by `next`, until there is no more: what it sends meanwhile may wait for that.
    pub(super) drains: bool,
}

/// Where a blocking connection is. One byte: what is idle is small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The stream does not know yet how long it may wait.
    New,
    /// It knows.
    Told,
    /// It knows, and the last read ended without a message: until the next one the application may do something else.
    Away,
}

/// At least one and at most 49 days of milliseconds.
fn milliseconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).map_or(u32::MAX, |milliseconds| milliseconds.max(1))
}

impl Reading {
    pub(super) fn new() -> Self {
        Self { timeout: 0, keeps_deadlines: true, stage: Stage::New, ended: false, drains: false }
    }

    pub(super) fn is_ended(&self) -> bool {
        self.ended
    }

    /// Has blocking reads wait for at most `timeout`, and look at the deadlines meanwhile.
    pub(super) fn set_timeout(&mut self, endpoint: &mut impl Endpoint, timeout: Option<Duration>) -> io::Result<()> {
        self.keeps_deadlines = true;
        self.timeout = timeout.map_or(0, milliseconds);
        let result = self.tell(endpoint);
        if result.is_err() {
            self.keeps_deadlines = false;
            self.timeout = 0;
        }
        result
    }

    /// Tells the stream how long it may wait.
    pub(super) fn tell(&mut self, endpoint: &mut impl Endpoint) -> io::Result<()> {
        let (stream, decoder) = endpoint.parts();
        stream.set_read_timeout(self.step(decoder.config()))?;
        if self.stage == Stage::New {
            let timeout = wait(decoder.config(), decoder.config().send_timeout);
            // Elsewhere what the opening handshake left only has a write that may wait for ever be tried again.
            if cfg!(windows) || timeout.is_some() {
                endpoint.set_write_timeout(timeout);
            }
        }
        self.stage = Stage::Told;
        Ok(())
    }

    /// Tells the stream before its first read that may wait; one without timeouts is left to the caller.
    #[cold]
    fn tell_first(&mut self, endpoint: &mut impl Endpoint) -> io::Result<()> {
        match self.tell(endpoint) {
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {
                self.keeps_deadlines = false;
                self.stage = Stage::Told;
                Ok(())
            }
            result => result,
        }
    }

    /// Returns the longest wait in the stream's own hands, after which the deadlines are looked at.
    fn step(&self, config: &Config) -> Option<Duration> {
        let step = step(config);
        self.keeps_deadlines.then(|| self.timeout().map_or(step, |timeout| timeout.min(step)))
    }

    fn timeout(&self) -> Option<Duration> {
        (self.timeout > 0).then(|| Duration::from_millis(self.timeout.into()))
    }

    /// Waits for the next message.
    #[inline]
    pub(super) fn read_message<'b>(
        &mut self,
        endpoint: &mut impl Endpoint,
        buffer: &'b mut Vec<u8>,
    ) -> Result<Message<'b>, WebSocketError> {
        if let Some(whole) = endpoint.parts().1.whole() {
            self.drains = false;
            return self.take(endpoint, whole, buffer);
        }
        let received = self.read(endpoint, buffer, false)?;
        self.message(endpoint, received, buffer)
    }

    /// Takes a message that is there whole in one frame: the way of nearly all messages.
    #[inline]
    pub(super) fn take<'b>(
        &mut self,
        endpoint: &mut impl Endpoint,
        whole: Whole,
        buffer: &'b mut Vec<u8>,
    ) -> Result<Message<'b>, WebSocketError> {
        let result = endpoint.take(whole, buffer);
        if result.is_err() {
            conclude(endpoint, End::Finished);
        }
        result
    }

    /// Waits for the next message or part.
    pub(super) fn read(
        &mut self,
        endpoint: &mut impl Endpoint,
        buffer: &mut Vec<u8>,
        parts: bool,
    ) -> Result<Option<Received>, WebSocketError> {
        // Who knows whether it reads again.
        self.drains = false;
        let started = self.timeout().map(|_| Instant::now());
        let mut last = None;
        let mut came = false;
        let was_away = self.stage == Stage::Away;
        if was_away {
            self.stage = Stage::Told;
        }
        loop {
            if let Some(received) = self.poll(endpoint, buffer, parts)? {
                return Ok(Some(received));
            }
            endpoint.flush();
            let decoder = endpoint.parts().1;
            if decoder.is_closed() {
                return Err(WebSocketError::Closed);
            }
            // A peer that keeps sending may never let a read time out: while closing, or in the middle of a message. Then what
            // has come, its Pong maybe, or its Close while nobody read, is decoded first.
            let partial = came && decoder.is_partial();
            if self.keeps_deadlines && (partial || (came || !was_away) && endpoint.is_closed()) {
                self.check(endpoint, Instant::now())?;
            }
            if self.ended {
                return Ok(None);
            }
            if self.is_over(started) {
                self.stage = Stage::Away;
                return Err(io::Error::from(io::ErrorKind::WouldBlock).into());
            }
            if self.stage == Stage::New {
                self.tell_first(endpoint)?;
            }
            match self.fill(endpoint) {
                Ok(_) => came = true,
                Err(error) if self.keeps_deadlines && would_block(&error) => {
                    let now = Instant::now();
                    let half = self.step(endpoint.parts().1.config()).unwrap_or_default() / 2;
                    if last.is_some_and(|last| now - last < half) {
                        // It did not wait: the stream is non-blocking.
                        self.keeps_deadlines = false;
                        self.timeout = 0;
                        return Err(error.into());
                    }
                    last = Some(now);
                    self.check(endpoint, now)?;
                }
                Err(error) => {
                    endpoint.parts().1.settle();
                    return Err(error.into());
                }
            }
        }
    }

    /// Says whether the application has waited long enough since the read started.
    fn is_over(&self, started: Option<Instant>) -> bool {
        started.zip(self.timeout()).is_some_and(|(started, timeout)| started.elapsed() >= timeout)
    }

    /// Decodes what has come; a failure is told to the peer first.
    pub(super) fn poll(
        &mut self,
        endpoint: &mut impl Endpoint,
        buffer: &mut Vec<u8>,
        parts: bool,
    ) -> Result<Option<Received>, WebSocketError> {
        let result = endpoint.poll(buffer, parts);
        if result.is_err() {
            conclude(endpoint, End::Finished);
        }
        result
    }

    /// Makes a message of what was received; `None` stands for the end of the stream.
    #[inline]
    pub(super) fn message<'b>(
        &mut self,
        endpoint: &mut impl Endpoint,
        received: Option<Received>,
        buffer: &'b [u8],
    ) -> Result<Message<'b>, WebSocketError> {
        if let Some(message) = received.and_then(|received| received.data(buffer)) {
            return Ok(message);
        }
        rare_message(endpoint, received, buffer)
    }

    /// Reads once, without waiting: how many bytes came.
    #[inline(always)]
    pub(super) fn receive(&mut self, endpoint: &mut impl Endpoint) -> Result<usize, WebSocketError> {
        let mut received = 0;
        loop {
            match self.fill(endpoint) {
                Ok(count) => received += count,
                Err(error) if would_block(&error) => {
                    endpoint.parts().1.settle();
                    return Ok(received);
                }
                Err(error) => return Err(error.into()),
            }
            // No wait for the stream tells of what it holds.
            if self.ended || !endpoint.parts().0.has_more() {
                return Ok(received);
            }
        }
    }

    /// Looks at the deadlines.
    pub(super) fn check(&mut self, endpoint: &mut impl Endpoint, now: Instant) -> Result<(), WebSocketError> {
        let result = endpoint.check(now);
        endpoint.flush();
        if result.is_err() {
            conclude(endpoint, End::TimedOut);
        }
        result
    }

    /// Waits until the peer has ended the connection too.
    pub(super) fn finish(&mut self, endpoint: &mut impl Endpoint) -> Result<(), WebSocketError> {
        let config = endpoint.parts().1.config();
        let (timeout, write_timeout) = (config.close_timeout, wait(config, config.close_timeout));
        let end = deadline(timeout);
        endpoint.set_write_timeout(write_timeout);
        if !endpoint.is_closed() {
            endpoint.close(CloseCode::NORMAL);
        }
        endpoint.flush();
        let mut buffer = Vec::new();
        let mut discarded = 0_usize;
        loop {
            while let Ok(Some(received)) = self.poll(endpoint, &mut buffer, true) {
                let _ = self.message(endpoint, Some(received), &buffer);
            }
            let remaining = end.saturating_duration_since(Instant::now());
            if discarded > DISCARD as usize {
                return Err(Timeout::Close.into());
            }
            if self.ended {
                return Ok(());
            }
            if remaining.is_zero() {
                return Err(Timeout::Close.into());
            }
            let waits = match endpoint.parts().0.set_read_timeout(Some(remaining)) {
                Err(error) if error.kind() == io::ErrorKind::Unsupported => false,
                result => result.map(|()| true)?,
            };
            match self.fill(endpoint) {
                Ok(count) => discarded += count,
                // Half of the time, as a timer may end a little early.
                Err(error) if waits && would_block(&error) => {
                    if end.saturating_duration_since(Instant::now()) > remaining / 2 {
                        return Err(does_not_wait().into());
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    #[inline(always)]
    fn fill(&mut self, endpoint: &mut impl Endpoint) -> io::Result<usize> {
        let (stream, decoder) = endpoint.parts();
        while !self.ended {
            match decoder.receive(|space| stream.read(space)) {
                Ok(0) => self.ended = true,
                Ok(count) => {
                    self.ended = decoder.discarded() > DISCARD;
                    return Ok(count);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if is_end(&error) => self.ended = true,
                Err(error) => return Err(error),
            }
        }
        decoder.settle();
        Ok(0)
    }
}

#[cold]
fn rare_message<'b>(
    endpoint: &mut impl Endpoint,
    received: Option<Received>,
    buffer: &'b [u8],
) -> Result<Message<'b>, WebSocketError> {
    let Some(received) = received else {
        endpoint.parts().1.close();
        endpoint.end(End::Lost);
        return Ok(Message::Close(Some(CloseFrame::ABNORMAL)));
    };
    let result = endpoint.message(received, buffer);
    if matches!(result, Err(_) | Ok(Message::Close(_))) {
        conclude(endpoint, End::Finished);
    }
    result
}

/// Nothing more comes to the application: tells the peer, and as a server ends the connection first.
#[cold]
pub(super) fn conclude(endpoint: &mut impl Endpoint, end: End) {
    endpoint.flush();
    let decoder = endpoint.parts().1;
    if end == End::TimedOut || decoder.role() == Role::Server || !decoder.is_closed() {
        endpoint.end(end);
    }
}

/// Not an error after which to try again: the connection is gone.
#[cold]
fn does_not_wait() -> io::Error {
    let text = "the stream is non-blocking: close, and go on until the connection is_ended";
    io::Error::new(io::ErrorKind::InvalidInput, text)
}

/// The ways in which a stream ends without a word.
pub(in crate::ws) fn is_end(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), ConnectionReset | ConnectionAborted | BrokenPipe | UnexpectedEof)
}

/// How often a blocking read looks at the deadlines: four times within the shortest.
pub(super) fn step(config: &Config) -> Duration {
    let pong_timeout = config.keepalive.and(config.pong_timeout);
    let all = [config.message_timeout, config.keepalive, pong_timeout, config.close_timeout];
    let shortest = all.into_iter().flatten().min().unwrap_or(Duration::MAX);
    (shortest / 4).clamp(Duration::from_millis(10), Duration::from_secs(5))
}
