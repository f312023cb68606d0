//! What waits to be sent: how much may wait, and what the transport has taken of it.

use super::{Encoder, Outbox};
use crate::ws::{Overflow, Unsendable, WebSocketError, frame::MAX_HEADER, timers::Sent};

/// Queued frames are written when they are this many bytes, corked or not. One more of those that are copied still fits into
/// the pooled buffer.
const CORK: usize = 56 * 1024;

impl Encoder {
    /// Drops what waits to be sent and sends nothing more.
    pub(in crate::ws) fn abort(&mut self) {
        self.closed = true;
        self.output.clear();
        self.deflate = None;
    }

    #[inline]
    pub(in crate::ws) fn output(&self) -> &[u8] {
        self.output.data()
    }

    /// Queues bytes in front of all frames: the end of the opening handshake.
    pub(in crate::ws) fn queue_raw(&mut self, bytes: &[u8]) {
        self.output.push(bytes);
    }

    /// Takes note that the transport took `count` bytes of what it was given.
    #[inline]
    pub(in crate::ws) fn consumed(&mut self, count: usize) {
        self.output.consume(count);
        self.took(count);
    }

    /// Takes note that the transport took all of the output at once.
    #[inline]
    pub(in crate::ws) fn consumed_all(&mut self) {
        self.output.clear();
        self.taken |= self.stalled;
        self.written(true);
    }

    /// Takes note that the transport took `count` bytes.
    #[inline]
    pub(in crate::ws) fn took(&mut self, count: usize) {
        self.taken |= self.stalled && count > 0;
    }

    /// Takes note of whether the transport has taken all that it was given.
    #[inline]
    pub(in crate::ws) fn written(&mut self, all: bool) {
        self.stalled = !all;
        self.ping &= !all;
    }

    /// Says whether the peer has taken something since the last look.
    pub(in crate::ws) fn is_taken(&self) -> bool {
        self.taken
    }

    /// Says whether a Ping is in the output.
    pub(in crate::ws) fn has_ping(&self) -> bool {
        self.ping
    }

    /// Returns what the deadlines are to know; `outbox` is what this half has still to answer.
    pub(in crate::ws) fn sent(&mut self, outbox: &Outbox) -> Sent {
        Sent { closed: self.closed, taken: std::mem::take(&mut self.taken), ping_waits: self.ping || outbox.has_ping() }
    }

    #[inline]
    pub(in crate::ws) fn wants_write(&self) -> bool {
        self.unflushed || !self.output.is_empty()
    }

    /// Says whether what is queued may wait for more: because of `hold`, or because it is kept back.
    #[inline]
    pub(in crate::ws) fn holds(&self, hold: bool) -> bool {
        (hold || self.corked) && self.output.len() < CORK
    }

    /// Says whether a message of this size is to be sent now; `false` drops it.
    #[inline]
    pub(in crate::ws) fn has_room(&mut self, length: usize) -> Result<bool, WebSocketError> {
        if self.closed {
            return Err(WebSocketError::Closed);
        }
        if self.fits(length) { Ok(true) } else { self.overflow() }
    }

    /// Says whether a message of this size stays within the limit of what may wait.
    #[inline]
    pub(super) fn fits(&self, length: usize) -> bool {
        let waiting = self.output.len();
        waiting == 0 || length.saturating_add(waiting + MAX_HEADER) <= self.config.send_buffer_limit
    }

    /// Says whether sending a message of this size leaves no gap: there is room, or else the connection ends.
    #[cfg(feature = "server")]
    #[inline]
    pub(in crate::ws) fn leaves_no_gap(&self, length: usize) -> bool {
        self.fits(length) || self.closed || self.config.overflow == Overflow::Disconnect
    }

    #[cold]
    fn overflow(&mut self) -> Result<bool, WebSocketError> {
        match self.config.overflow {
            Overflow::Refuse => Err(Unsendable::BufferFull.into()),
            Overflow::Discard => Ok(false),
            Overflow::Disconnect => {
                self.abort();
                Err(WebSocketError::Closed)
            }
        }
    }

    /// Gives pooled memory back while the connection waits.
    pub(in crate::ws) fn settle(&mut self) {
        self.output.settle();
    }
}
