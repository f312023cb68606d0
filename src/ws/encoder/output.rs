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
        self.stalled |= !self.output.is_empty();
        self.output.clear();
        self.deflate = None;
    }

    /// Says whether what waited to be sent has just been dropped.
    pub(in crate::ws) fn has_lost(&self) -> bool {
        self.closed && self.stalled && self.output.is_empty()
    }

    #[inline]
    pub(in crate::ws) fn output(&self) -> &[u8] {
        self.output.data()
    }

    /// Queues bytes in front of all frames: the end of the opening handshake.
    pub(in crate::ws) fn queue_raw(&mut self, bytes: &[u8]) {
        self.output.push(bytes);
    }

    /// Takes note that the transport took `count` bytes of what it was given: first of the output, which it is given first.
    #[inline]
    pub(in crate::ws) fn consumed(&mut self, count: usize) {
        self.output.consume(count.min(self.output.len()));
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

    /// Says whether what is queued leaves no room for a message of this size, though the transport has taken all that it was given.
    #[inline]
    pub(in crate::ws) fn keeps_out(&self, length: usize) -> bool {
        !self.stalled && !self.closed && !self.fits(length)
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

#[cfg(test)]
mod tests {
    use std::{
        sync::Arc,
        time::{Duration, Instant},
    };

    use super::*;
    use crate::ws::{
        CloseCode, Config, Message, Part, Prepared, Role,
        decoder::Decoder,
        inbound::{Inbound, Outbox},
        memory::SIZE,
    };

    fn encoder(role: Role, config: Config) -> Encoder {
        Encoder::new(role, config.into(), None)
    }

    #[test]
    fn the_peer_has_taken_something_when_it_was_given_too_much_before() {
        let mut encoder = encoder(Role::Server, Config::server());
        encoder.queue_raw(&[7; 100]);
        encoder.consumed(10);
        assert!(!encoder.is_taken(), "it takes what it is given");
        encoder.written(false);
        encoder.took(0);
        assert!(!encoder.is_taken());
        encoder.consumed(10);
        assert!(encoder.is_taken());
        assert!(encoder.sent(&Outbox::default()).taken);
        assert!(!encoder.is_taken(), "it was looked at");
        encoder.consumed_all();
        assert!(encoder.is_taken() && !encoder.wants_write());
        encoder.sent(&Outbox::default());
        encoder.consumed_all();
        assert!(!encoder.is_taken(), "it is stalled no more");
    }

    #[test]
    fn a_ping_is_in_the_output_until_all_is_taken() -> Result<(), WebSocketError> {
        let config = Arc::new(Config::server());
        let mut encoder = Encoder::new(Role::Server, Arc::clone(&config), None);
        let mut inbound = Inbound::new(Decoder::new(Role::Server, config, None));
        let (mut outbox, start) = (Outbox::default(), Instant::now());
        for time in [start, start + Duration::from_secs(20)] {
            let sent = encoder.sent(&outbox);
            inbound.check(&mut outbox, sent, time)?;
        }
        assert!(!encoder.has_ping() && encoder.sent(&outbox).ping_waits);
        encoder.answer(&mut outbox)?;
        assert!(encoder.has_ping() && encoder.sent(&outbox).ping_waits);
        encoder.written(false);
        assert!(encoder.has_ping());
        encoder.written(true);
        assert!(!encoder.has_ping() && !encoder.sent(&outbox).ping_waits);
        Ok(())
    }

    #[test]
    fn what_is_kept_back_is_limited() {
        let mut encoder = encoder(Role::Server, Config::server());
        assert!(encoder.holds(true) && !encoder.holds(false));
        encoder.corked = true;
        encoder.queue_raw(&[7; CORK - 1]);
        assert!(encoder.holds(false));
        encoder.queue_raw(&[7]);
        assert!(!encoder.holds(false) && !encoder.holds(true));
    }

    /// The memory of the thread ends where the frame begins.
    #[test]
    fn a_frame_without_a_payload_has_room_for_its_header() -> Result<(), WebSocketError> {
        let mut encoder = encoder(Role::Server, Config::server());
        encoder.queue_raw(&[7; SIZE - 1]);
        encoder.close(None)?;
        assert_eq!(encoder.output()[SIZE - 1..], [0x88, 0]);
        Ok(())
    }

    #[test]
    fn what_cannot_be_answered_any_more_is_dropped() -> Result<(), WebSocketError> {
        let mut encoder = encoder(Role::Server, Config::server());
        encoder.close(None)?;
        let mut outbox = Outbox::default();
        outbox.put_close(CloseCode::NORMAL);
        encoder.answer(&mut outbox)?;
        assert!(outbox.is_empty());
        assert_eq!(encoder.output(), [0x88, 0], "one Close");
        Ok(())
    }

    #[test]
    fn a_prepared_ping_may_stand_between_two_parts() -> Result<(), WebSocketError> {
        let mut encoder = encoder(Role::Server, Config::server());
        let _ = encoder.part(Part::More(Message::Text("a")))?;
        let _ = encoder.send_prepared(&Prepared::new(Message::Ping(b"?"))?)?;
        assert_eq!(encoder.output(), [0x01, 1, b'a', 0x89, 1, b'?']);
        let error = encoder.send_prepared(&Prepared::new("b")?).expect_err("the message is not finished");
        assert!(matches!(error, WebSocketError::Unsendable(Unsendable::UnfinishedMessage)));
        Ok(())
    }

    #[cfg(feature = "server")]
    #[test]
    fn frames_are_for_everybody_who_gets_them_as_they_are() -> Result<(), WebSocketError> {
        assert!(!encoder(Role::Client, Config::client()).takes_frames());
        let mut encoder = encoder(Role::Server, Config::server());
        assert!(encoder.takes_frames());
        let _ = encoder.part(Part::More(Message::Text("a")))?;
        assert!(!encoder.takes_frames());
        #[cfg(feature = "deflate")]
        {
            let deflate = crate::ws::deflate::Deflate::new(&Default::default(), Role::Server, 1, false);
            assert!(!Encoder::new(Role::Server, Config::server().into(), deflate).takes_frames());
        }
        Ok(())
    }
}
