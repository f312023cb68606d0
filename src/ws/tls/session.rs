//! rustls' state and the bytes around it. Knows no socket.

use std::{fmt, io};

use rustls::{CommonState, Error, client::UnbufferedClientConnection, server::UnbufferedServerConnection};

use super::step::{Next, Step, Task};
use crate::ws::memory::Buffer;

/// How many bytes are encrypted at once: what fits into a pooled buffer, with what encryption adds.
pub(super) const MAX_WRITE: usize = 64 << 10;
/// The most that a record holds.
pub(super) const RECORD: usize = 16 << 10;

/// What rustls has to say by itself is no longer than this, but for certificates.
const SHORT: usize = 4 << 10;

/// One side of a TLS connection, without I/O: encrypted bytes are [fed](Self::feed) and [taken](Self::take_outgoing), plain
/// ones [read](Self::read) and [written](Self::write).
pub(super) struct Session {
    side: Side,
    /// What came and is not decrypted.
    incoming: Buffer,
    /// What is decrypted and not read.
    plain: Buffer,
    /// What is written before the handshake is done.
    early: Vec<u8>,
    /// What is encrypted and not taken.
    outgoing: Buffer,
    /// The last read stopped because it had no more space.
    has_more: bool,
    /// Something has come.
    has_begun: bool,
    /// The peer has said that it ends, in a `close_notify`.
    is_ended: bool,
    /// The stream has ended, whether that was said or not.
    is_cut: bool,
    closing: Closing,
    failure: Option<Failure>,
}

/// How far the end of the sending direction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Closing {
    No,
    /// Wanted, but what was written before it waits for the end of the handshake.
    Wanted,
    /// Nothing is written behind what is there.
    Said,
}

enum Side {
    Client(UnbufferedClientConnection),
    Server(UnbufferedServerConnection),
}

/// Why nothing more comes or goes.
#[derive(Debug, Clone)]
enum Failure {
    Tls(Error),
    Plain(&'static str),
}

const ANSWER: &[u8] = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 60\r\n\
    Connection: close\r\n\r\nThis port speaks TLS: the address begins with https or wss.\n";

impl From<UnbufferedClientConnection> for Session {
    fn from(client: UnbufferedClientConnection) -> Self {
        Self::new(Side::Client(client))
    }
}

impl From<UnbufferedServerConnection> for Session {
    fn from(server: UnbufferedServerConnection) -> Self {
        Self::new(Side::Server(server))
    }
}

impl Session {
    fn new(side: Side) -> Self {
        Self {
            side,
            incoming: Buffer::default(),
            plain: Buffer::default(),
            early: Vec::new(),
            outgoing: Buffer::default(),
            has_more: false,
            has_begun: false,
            is_ended: false,
            is_cut: false,
            closing: Closing::No,
            failure: None,
        }
    }

    /// What rustls tells of the connection.
    pub(super) fn state(&self) -> &CommonState {
        match &self.side {
            Side::Client(client) => client,
            Side::Server(server) => server,
        }
    }

    /// Takes encrypted bytes in, of which the first `held` are those that [`held`](Self::held) showed; `bytes` is empty
    /// afterwards.
    pub(super) fn feed(&mut self, bytes: &mut Buffer, held: usize) {
        if let (false, Some(first)) = (self.has_begun, bytes.data().first()) {
            self.has_begun = true;
            self.look_at_first(*first);
        }
        if self.incoming.len() == held {
            std::mem::swap(&mut self.incoming, bytes);
        } else {
            self.incoming.push(&bytes.data()[held..]);
        }
        bytes.clear();
    }

    /// A peer that speaks HTTP where TLS is to begin is told so, a client in HTTP.
    fn look_at_first(&mut self, first: u8) {
        let why = match &self.side {
            Side::Server(_) if first.is_ascii_uppercase() => {
                self.outgoing.push(ANSWER);
                self.closing = Closing::Said;
                "the client speaks HTTP without TLS"
            }
            Side::Client(_) if first == b'H' => "the server speaks HTTP without TLS",
            _ => return,
        };
        self.failure = Some(Failure::Plain(why));
    }

    /// The stream has ended.
    pub(super) fn cut(&mut self) {
        self.is_cut = true;
    }

    /// Reads what has been decrypted: how many bytes, 0 at the peer's `close_notify`, `None` when more has to come first.
    ///
    /// # Errors
    /// What rustls finds wrong, as [`io::ErrorKind::InvalidData`]; [`io::ErrorKind::UnexpectedEof`] when the stream has ended
    /// without a `close_notify`.
    pub(super) fn read(&mut self, space: &mut [u8]) -> io::Result<Option<usize>> {
        let mut count = self.take_plain(space);
        let mut result = Ok(());
        while count < space.len() {
            match self.advance(&mut space[count..], &Task::Nothing) {
                Ok((more, Next::Call)) => count += more,
                Ok((more, _)) => {
                    count += more;
                    break;
                }
                Err(error) => {
                    result = Err(error);
                    break;
                }
            }
        }
        let is_full = count == space.len() && (!self.plain.is_empty() || !self.incoming.is_empty());
        // The end, too, has to be read without waiting: nothing comes behind it that would wake the reader.
        self.has_more = count > 0 && (is_full || self.is_ended || self.failure.is_some());
        if !self.has_more {
            self.incoming.settle();
        }
        match result {
            _ if count > 0 => Ok(Some(count)),
            Err(error) => Err(error),
            Ok(()) if self.is_ended => Ok(Some(0)),
            Ok(()) if self.is_cut => Err(self.end_of_file()),
            Ok(()) => Ok(None),
        }
    }

    fn end_of_file(&self) -> io::Error {
        let why = if self.state().is_handshaking() {
            "the peer ended the connection during the TLS handshake"
        } else {
            "the peer ended the connection without a close_notify of TLS"
        };
        io::Error::new(io::ErrorKind::UnexpectedEof, why)
    }

    fn take_plain(&mut self, space: &mut [u8]) -> usize {
        let count = self.plain.len().min(space.len());
        space[..count].copy_from_slice(&self.plain.data()[..count]);
        self.plain.consume(count);
        count
    }

    /// What has come of a record that is not whole: short beside what comes next, so that it is what is copied.
    pub(super) fn held(&self) -> &[u8] {
        self.incoming.data()
    }

    /// Returns whether the next read has something without anything's having come.
    pub(super) fn has_more(&self) -> bool {
        self.has_more
    }

    /// Encrypts, and says how many bytes of the slices that were: all, or [`MAX_WRITE`]. Before the handshake is done they are
    /// kept until then.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] when too much is kept; what failed before.
    pub(super) fn write(&mut self, slices: &[&[u8]]) -> io::Result<usize> {
        if self.closing != Closing::No {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        if self.settle_down(&Task::Encrypt(slices))? == Next::Traffic {
            return Ok(slices.iter().map(|slice| slice.len()).sum());
        }
        let before = self.early.len();
        for slice in slices {
            let room = MAX_WRITE - self.early.len();
            self.early.extend_from_slice(&slice[..room.min(slice.len())]);
        }
        let count = self.early.len() - before;
        if count == 0 && slices.iter().any(|slice| !slice.is_empty()) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(count)
    }

    /// Ends the sending direction: with a `close_notify`, or without where the handshake is not done and nothing is kept.
    pub(super) fn close(&mut self) {
        if self.closing == Closing::No {
            self.closing = Closing::Wanted;
            // The next read reports what is wrong.
            let _ = self.settle_down(&Task::Nothing);
            if self.early.is_empty() || self.failure.is_some() {
                self.closing = Closing::Said;
            }
        }
    }

    /// Returns whether nothing is sent behind what is in the way.
    pub(super) fn is_closed(&self) -> bool {
        self.closing == Closing::Said
    }

    /// Has new keys used from here on.
    #[cfg(test)]
    pub(super) fn refresh_keys(&mut self) -> io::Result<()> {
        self.settle_down(&Task::Refresh)?;
        self.settle_down(&Task::Nothing)?;
        Ok(())
    }

    /// The peer takes nothing any more.
    pub(super) fn abandon(&mut self) {
        self.closing = Closing::Said;
        self.outgoing.clear();
        self.early = Vec::new();
    }

    /// Returns whether there is something to take.
    pub(super) fn has_outgoing(&self) -> bool {
        !self.outgoing.is_empty()
    }

    /// Returns whether what there is to take is so short that what is written next goes with it.
    pub(super) fn takes_more(&self) -> bool {
        self.outgoing.len() <= SHORT
    }

    /// Hands encrypted bytes over to `bytes`, which is empty.
    pub(super) fn take_outgoing(&mut self, bytes: &mut Buffer) {
        std::mem::swap(&mut self.outgoing, bytes);
    }

    /// Goes on without reading: a client begins the handshake.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub(super) fn go_on(&mut self) -> io::Result<()> {
        self.settle_down(&Task::Nothing).map(drop)
    }

    /// Goes on until rustls waits for something; what is decrypted on the way is kept.
    fn settle_down(&mut self, task: &Task<'_>) -> io::Result<Next> {
        loop {
            match self.advance(&mut [], task)?.1 {
                Next::Call => {}
                next => return Ok(next),
            }
        }
    }

    /// Goes on by one step; says how many bytes were put into `space`.
    fn advance(&mut self, space: &mut [u8], task: &Task<'_>) -> io::Result<(usize, Next)> {
        if let Some(failure) = &self.failure {
            return Err(failure.to_error());
        }
        let mut step = Step { space, count: 0, plain: &mut self.plain, outgoing: &mut self.outgoing, is_ended: false };
        let early = [&self.early[..]];
        let task = match task {
            // It comes first; the task is done by the next call.
            _ if !self.early.is_empty() => &Task::Encrypt(&early),
            Task::Nothing if self.closing == Closing::Wanted => &Task::Close,
            task => task,
        };
        let incoming = self.incoming.data_mut();
        let (discard, result) = match &mut self.side {
            Side::Client(client) => step.take(client.process_tls_records(incoming), task),
            Side::Server(server) => step.take(server.process_tls_records(incoming), task),
        };
        let Step { count, is_ended, .. } = step;
        self.is_ended |= is_ended;
        let was_early = !self.early.is_empty();
        let was_close = matches!(task, Task::Close);
        self.incoming.consume(discard);
        match result {
            Ok(Next::Traffic) if was_early => {
                self.early = Vec::new();
                Ok((count, Next::Call))
            }
            Ok(next) => {
                if next == Next::Traffic && was_close {
                    self.closing = Closing::Said;
                }
                Ok((count, next))
            }
            Err(error) => {
                self.fail(error);
                // What was decrypted before is read first.
                if count > 0 { Ok((count, Next::Call)) } else { self.advance(&mut [], &Task::Nothing) }
            }
        }
    }

    /// Queues the alert that tells the peer what is wrong with what it sent.
    #[cold]
    fn fail(&mut self, error: Error) {
        let mut step =
            Step { space: &mut [], count: 0, plain: &mut self.plain, outgoing: &mut self.outgoing, is_ended: false };
        // rustls must not look at what is wrong once more.
        let wants_write = |side: &Side| match side {
            Side::Client(client) => client.wants_write(),
            Side::Server(server) => server.wants_write(),
        };
        while wants_write(&self.side) {
            let incoming = self.incoming.data_mut();
            let (discard, result) = match &mut self.side {
                Side::Client(client) => step.take(client.process_tls_records(incoming), &Task::Nothing),
                Side::Server(server) => step.take(server.process_tls_records(incoming), &Task::Nothing),
            };
            self.incoming.consume(discard);
            if result.is_err() {
                break;
            }
        }
        self.incoming.clear();
        self.early = Vec::new();
        // Nothing comes behind an alert.
        self.closing = Closing::Said;
        self.failure = Some(Failure::Tls(error));
    }
}

impl Failure {
    #[cold]
    fn to_error(&self) -> io::Error {
        match self {
            Self::Tls(error) => io::Error::new(io::ErrorKind::InvalidData, error.clone()),
            Self::Plain(why) => io::Error::new(io::ErrorKind::InvalidData, *why),
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("protocol", &self.state().protocol_version())
            .field("is_handshaking", &self.state().is_handshaking())
            .field("closing", &self.closing)
            .field("failure", &self.failure)
            .finish_non_exhaustive()
    }
}
