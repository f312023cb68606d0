use std::{
    io,
    time::{Duration, Instant},
};

use super::outgoing::Link;
use crate::ws::{
    CloseFrame, Config, Error, Message, Result, Role, Timeout, error::would_block, incoming::Incoming,
    received::Received, timers::deadline,
};

/// After the end of a conversation at most this many bytes are read and discarded.
const DISCARD: u32 = 16 << 20;

/// The receiving half over a stream: what `Connection` and `Reader` have in common.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) incoming: Incoming,
    /// The longest that the application wants a blocking read to wait, in milliseconds; 0 for ever.
    timeout: u32,
    /// Blocking reads look at the deadlines. Those of non-blocking streams and ones without timeouts are left to the caller.
    keeps_deadlines: bool,
    /// The stream knows how long it may wait.
    told: bool,
    /// The stream has ended, or is not listened to any more.
    ended: bool,
}

/// At least one and at most 49 days of milliseconds.
fn milliseconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).map_or(u32::MAX, |milliseconds| milliseconds.max(1))
}

impl Reading {
    pub(super) fn new(incoming: Incoming) -> Self {
        Self { incoming, timeout: 0, keeps_deadlines: true, told: false, ended: false }
    }

    pub(super) fn is_ended(&self) -> bool {
        self.ended
    }

    /// Has blocking reads wait for at most `timeout`, and look at the deadlines meanwhile.
    pub(super) fn wait(&mut self, link: &mut impl Link, timeout: Option<Duration>) -> io::Result<()> {
        self.keeps_deadlines = true;
        self.timeout = timeout.map_or(0, milliseconds);
        let result = self.tell(link);
        if result.is_err() {
            self.keeps_deadlines = false;
            self.timeout = 0;
        }
        result
    }

    /// Tells the stream how long it may wait.
    pub(super) fn tell(&mut self, link: &mut impl Link) -> io::Result<()> {
        link.set_read_timeout(self.step())?;
        if let (false, Some(timeout)) = (self.told, self.incoming.receiver.config().send_timeout) {
            link.set_write_timeout(timeout);
        }
        self.told = true;
        Ok(())
    }

    /// Tells the stream before its first read that may wait; one without timeouts is left to the caller.
    #[cold]
    fn tell_first(&mut self, link: &mut impl Link) -> io::Result<()> {
        match self.tell(link) {
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {
                self.keeps_deadlines = false;
                self.told = true;
                Ok(())
            }
            result => result,
        }
    }

    /// Returns the longest wait in the stream's own hands, after which the deadlines are looked at.
    fn step(&self) -> Option<Duration> {
        let step = step(self.incoming.receiver.config());
        self.keeps_deadlines.then(|| self.timeout().map_or(step, |timeout| timeout.min(step)))
    }

    fn timeout(&self) -> Option<Duration> {
        (self.timeout > 0).then(|| Duration::from_millis(self.timeout.into()))
    }

    /// Waits for the next message or part.
    #[inline]
    pub(super) fn read(&mut self, link: &mut impl Link, buffer: &mut Vec<u8>, parts: bool) -> Result<Option<Received>> {
        if let Some(short) = self.incoming.receiver.short(buffer) {
            return Ok(Some(short));
        }
        let started = self.timeout().map(|_| Instant::now());
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
            if !self.told {
                self.tell_first(link)?;
            }
            // A peer that keeps sending may never let a read time out: in the middle of a message, or while closing.
            if self.keeps_deadlines && (self.incoming.receiver.is_partial() || link.is_closed()) {
                self.check(link, Instant::now())?;
            }
            match self.fill(link) {
                Ok(_) => {}
                Err(error) if self.keeps_deadlines && would_block(&error) => {
                    let now = Instant::now();
                    let half = self.step().unwrap_or_default() / 2;
                    if last.is_some_and(|last| now - last < half) {
                        // It did not wait: the socket is non-blocking.
                        self.keeps_deadlines = false;
                        self.timeout = 0;
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
        started.zip(self.timeout()).is_some_and(|(started, timeout)| started.elapsed() >= timeout)
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
        let mut discarded = 0_usize;
        loop {
            while let Ok(Some(received)) = self.poll(link, &mut buffer, true) {
                let _ = self.message(link, Some(received), &buffer);
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
            let waits = match link.set_read_timeout(Some(remaining)) {
                Err(error) if error.kind() == io::ErrorKind::Unsupported => false,
                result => result.map(|()| true)?,
            };
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
                    self.incoming.receiver.arrived(count);
                    self.ended = self.incoming.receiver.discarded() > DISCARD;
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
        if self.incoming.receiver.role() == Role::Server || !self.incoming.receiver.is_closed() {
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
