use std::{
    io,
    time::{Duration, Instant},
};

use super::outgoing::Link;
use crate::ws::{
    CloseFrame, Config, Error, Message, Result, Role, Timeout, error::would_block, incoming::Incoming,
    receiver::Received, timers::deadline,
};

/// After the end of a conversation at most this many bytes are read and discarded.
const DISCARD: usize = 16 << 20;

/// The receiving half over a stream: what `Connection` and `Reader` have in common.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) incoming: Incoming,
    role: Role,
    /// The stream has ended, or is not listened to any more.
    ended: bool,
    /// How many bytes have come since the receiver is closed.
    discarded: usize,
    /// How a blocking socket keeps deadlines, and whether it has been told.
    waiting: Waiting,
    told: bool,
}

/// How long a blocking read waits, in milliseconds; 0 for ever, as other streams and non-blocking sockets are left to.
#[derive(Debug, Clone, Copy, Default)]
struct Waiting {
    /// One read of the socket, which then looks at the deadlines.
    step: u32,
    /// All of them together, as the application wants it.
    timeout: u32,
}

impl Waiting {
    fn step(self) -> Option<Duration> {
        (self.step > 0).then(|| Duration::from_millis(self.step.into()))
    }

    fn timeout(self) -> Option<Duration> {
        (self.timeout > 0).then(|| Duration::from_millis(self.timeout.into()))
    }
}

/// At least one and at most 49 days of milliseconds.
fn milliseconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).map_or(u32::MAX, |milliseconds| milliseconds.max(1))
}

impl Reading {
    pub(super) fn new(incoming: Incoming, role: Role) -> Self {
        Self { incoming, role, ended: false, discarded: 0, waiting: Waiting::default(), told: true }
    }

    pub(super) fn is_ended(&self) -> bool {
        self.ended
    }

    /// Has blocking reads look at the deadlines; the socket is told by the first of them, a non-blocking one never.
    pub(super) fn keep_deadlines(&mut self) {
        self.waiting = Waiting { step: milliseconds(step(self.incoming.receiver.config())), timeout: 0 };
        self.told = false;
    }

    /// Has blocking reads wait for at most `timeout`, and look at the deadlines meanwhile.
    pub(super) fn wait(&mut self, link: &mut impl Link, timeout: Option<Duration>) -> io::Result<()> {
        let step = step(self.incoming.receiver.config());
        let step = timeout.map_or(step, |timeout| timeout.min(step));
        self.waiting = Waiting { step: milliseconds(step), timeout: timeout.map_or(0, milliseconds) };
        self.tell(link)
    }

    fn tell(&mut self, link: &mut impl Link) -> io::Result<()> {
        link.set_read_timeout(self.waiting.step())?;
        self.told = true;
        Ok(())
    }

    /// Waits for the next message or part.
    #[inline]
    pub(super) fn read(&mut self, link: &mut impl Link, buffer: &mut Vec<u8>, parts: bool) -> Result<Option<Received>> {
        let started = self.waiting.timeout().map(|_| Instant::now());
        let mut last = None;
        loop {
            if let Some(received) = self.poll(link, buffer, parts)? {
                return Ok(Some(received));
            }
            link.flush();
            if self.incoming.receiver.is_closed() {
                return Err(Error::Closed);
            }
            if self.ended {
                return Ok(None);
            }
            if self.is_over(started) {
                return Err(io::Error::from(io::ErrorKind::WouldBlock).into());
            }
            // A peer that keeps sending may never let a read time out: in the middle of a message, or while closing.
            if self.waiting.step > 0 && (self.incoming.receiver.is_partial() || link.is_closed()) {
                self.check(link, Instant::now())?;
            }
            if !self.told {
                self.tell(link)?;
            }
            match self.fill(link) {
                Ok(_) => {}
                Err(error) if self.waiting.step > 0 && would_block(&error) => {
                    let now = Instant::now();
                    if last.is_some_and(|last| now - last < Duration::from_millis(self.waiting.step.into()) / 2) {
                        // It did not wait: the socket is non-blocking.
                        self.waiting = Waiting::default();
                        return Err(error.into());
                    }
                    last = Some(now);
                    self.check(link, now)?;
                }
                Err(error) => {
                    self.incoming.receiver.settle();
                    return Err(error.into());
                }
            }
        }
    }

    /// Says whether the application has waited long enough since the read started.
    fn is_over(&self, started: Option<Instant>) -> bool {
        started.zip(self.waiting.timeout()).is_some_and(|(started, timeout)| started.elapsed() >= timeout)
    }

    /// Decodes what has come; a failure is told to the peer first.
    #[inline]
    pub(super) fn poll(&mut self, link: &mut impl Link, buffer: &mut Vec<u8>, parts: bool) -> Result<Option<Received>> {
        let result = self.incoming.poll(link, buffer, parts);
        if result.is_err() {
            self.conclude(link);
        }
        result
    }

    /// Makes a message of what was received; `None` stands for the end of the stream.
    #[inline]
    pub(super) fn message<'b>(
        &mut self,
        link: &mut impl Link,
        received: Option<Received>,
        buffer: &'b [u8],
    ) -> Result<Message<'b>> {
        if let Some(message) = received.and_then(|received| received.data(buffer)) {
            return Ok(message);
        }
        self.rare_message(link, received, buffer)
    }

    #[cold]
    fn rare_message<'b>(
        &mut self,
        link: &mut impl Link,
        received: Option<Received>,
        buffer: &'b [u8],
    ) -> Result<Message<'b>> {
        let Some(received) = received else {
            self.incoming.receiver.close();
            link.abort();
            return Ok(Message::Close(Some(CloseFrame::ABNORMAL)));
        };
        let result = self.incoming.message(link, received, buffer);
        if matches!(result, Err(_) | Ok(Message::Close(_))) {
            self.conclude(link);
        }
        result
    }

    /// Reads once, without waiting: how many bytes came.
    pub(super) fn receive(&mut self, link: &mut impl Link) -> Result<usize> {
        match self.fill(link) {
            Ok(count) => Ok(count),
            Err(error) if would_block(&error) => {
                self.incoming.receiver.settle();
                Ok(0)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Says whether the end of the stream has come unannounced and not been told yet.
    pub(super) fn is_cut(&self) -> bool {
        self.ended && !self.incoming.receiver.is_closed()
    }

    pub(super) fn check(&mut self, link: &mut impl Link, now: Instant) -> Result<()> {
        let result = self.incoming.check(link, now);
        link.flush();
        if result.is_err() {
            self.conclude(link);
            link.wake();
        }
        result
    }

    /// Waits until the peer has ended the connection too.
    pub(super) fn finish(&mut self, link: &mut impl Link) -> Result<()> {
        let timeout = self.incoming.receiver.config().close_timeout;
        let end = deadline(timeout);
        link.set_write_timeout(timeout);
        if !link.is_closed() {
            link.close(Some(crate::ws::CloseCode::NORMAL))?;
        }
        link.flush();
        let mut buffer = Vec::new();
        let mut discarded = 0;
        loop {
            while let Ok(Some(received)) = self.poll(link, &mut buffer, true) {
                let _ = self.message(link, Some(received), &buffer);
            }
            let remaining = end.saturating_duration_since(Instant::now());
            if discarded > DISCARD {
                return Err(Timeout::Close.into());
            }
            if self.ended {
                return Ok(());
            }
            if remaining.is_zero() {
                return Err(Timeout::Close.into());
            }
            let waits = link.set_read_timeout(Some(remaining))?;
            match self.fill(link) {
                Ok(count) => discarded += count,
                Err(error) if waits && would_block(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn fill(&mut self, link: &mut impl Link) -> io::Result<usize> {
        while !self.ended {
            match link.read(self.incoming.receiver.space()) {
                Ok(0) => self.ended = true,
                Ok(count) => {
                    if self.incoming.receiver.is_closed() {
                        self.discarded = self.discarded.saturating_add(count);
                        self.ended = self.discarded > DISCARD;
                    }
                    self.incoming.receiver.arrived(count);
                    return Ok(count);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if is_end(&error) => self.ended = true,
                Err(error) => return Err(error),
            }
        }
        self.incoming.receiver.settle();
        Ok(0)
    }

    /// Nothing more comes to the application: tells the peer, and as a server ends the connection first.
    #[cold]
    fn conclude(&mut self, link: &mut impl Link) {
        link.flush();
        if self.role == Role::Server || !self.incoming.receiver.is_closed() {
            link.shutdown();
        }
    }
}

/// The ways in which a stream ends without a word.
fn is_end(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), ConnectionReset | ConnectionAborted | BrokenPipe | UnexpectedEof)
}

/// How often a blocking read looks at the deadlines: four times within the shortest.
fn step(config: &Config) -> Duration {
    let pong_timeout = config.keepalive.map(|_| config.pong_timeout);
    let others = [config.message_timeout, config.keepalive, pong_timeout].into_iter().flatten();
    let shortest = others.fold(config.close_timeout, Duration::min);
    (shortest / 4).clamp(Duration::from_millis(10), Duration::from_secs(5))
}
