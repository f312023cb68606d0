use std::{
    io::{self, IoSlice},
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use super::reading::step;
use crate::ws::{
    CloseFrame, Config, Message, Part, Prepared, Stream, Timeout, WebSocketError,
    encoder::{Encoder, Large, PIECE},
    error::would_block,
    inbound::Outbox,
};

/// What the halves of a split connection tell each other at any time.
#[derive(Debug, Default)]
pub(super) struct Notice {
    /// The peer has taken something since the reader looked, who keeps the deadlines.
    pub(super) taken: AtomicBool,
    /// The connection ends: the reader keeps none any more.
    pub(super) ends: AtomicBool,
}

/// The way out for a while: the stream and what is to be written to it.
#[derive(Debug)]
pub(super) struct Outgoing<'a, S> {
    pub(super) stream: &'a mut S,
    pub(super) encoder: &'a mut Encoder,
    pub(super) outbox: &'a mut Outbox,
    /// Between this and who reads in another thread.
    pub(super) notice: Option<&'a Notice>,
    /// Whether the connection ends, so that the peer has less time to take what is written.
    pub(super) closing: bool,
    /// Since when a blocking stream has waited for the peer.
    pub(super) waiting: Option<Instant>,
}

impl<'a, S: Stream> Outgoing<'a, S> {
    #[inline]
    pub(super) fn new(stream: &'a mut S, encoder: &'a mut Encoder, outbox: &'a mut Outbox) -> Self {
        Self { stream, encoder, outbox, notice: None, closing: false, waiting: None }
    }

    /// Sends a message; with `hold` it may wait for the next one.
    pub(super) fn send(&mut self, message: Message<'_>, hold: bool) -> Result<(), WebSocketError> {
        self.make_room(message.as_bytes().len())?;
        let large = self.encoder.send(message)?;
        self.dispatch(large, hold)
    }

    pub(super) fn send_uncompressed(&mut self, message: Message<'_>, hold: bool) -> Result<(), WebSocketError> {
        self.make_room(message.as_bytes().len())?;
        let large = self.encoder.send_uncompressed(message)?;
        self.dispatch(large, hold)
    }

    pub(super) fn send_part(&mut self, part: Part<'_>) -> Result<(), WebSocketError> {
        self.make_room(part.message().as_bytes().len())?;
        let large = self.encoder.part(part)?;
        self.dispatch(large, false)
    }

    pub(super) fn send_prepared(&mut self, prepared: &Prepared) -> Result<(), WebSocketError> {
        self.make_room(prepared.payload().len())?;
        let large = self.encoder.send_prepared(prepared)?;
        self.dispatch(large, false)
    }

    /// Writes what was kept back to leave with more, when that leaves no room for a message of this size: it does not wait for the peer.
    #[inline]
    pub(super) fn make_room(&mut self, length: usize) -> Result<(), WebSocketError> {
        if self.encoder.keeps_out(length) {
            self.write_queued(false)?;
        }
        Ok(())
    }

    pub(super) fn close(&mut self, frame: Option<CloseFrame<'_>>) -> Result<(), WebSocketError> {
        self.encoder.close(frame)?;
        self.flush()?;
        Ok(())
    }

    #[inline]
    fn dispatch(&mut self, large: Option<Large<'_>>, hold: bool) -> Result<(), WebSocketError> {
        match large {
            Some(large) => self.write_large(&large)?,
            None if self.encoder.holds(hold) => return Ok(()),
            None => {}
        }
        self.write_queued(false)?;
        Ok(())
    }

    pub(super) fn wants_write(&self) -> bool {
        self.encoder.wants_write() || self.stream.wants_write()
    }

    /// Ends corking and writes what is queued; `false` when some of it has to wait.
    #[inline]
    pub(super) fn flush(&mut self) -> Result<bool, WebSocketError> {
        self.encoder.corked = false;
        if self.wants_write() { self.write_queued(false) } else { Ok(true) }
    }

    /// Writes what goes without waiting: for the reader of a split connection, whose peer may be waiting to be read.
    pub(super) fn flush_now(&mut self) {
        if self.wants_write() {
            // The error stays visible: the encoder is closed by it.
            let _ = self.write_queued(true);
        }
    }

    /// Says that nothing more will be sent, once all is written.
    pub(super) fn shut_down(&mut self) {
        if !self.wants_write() {
            // The peer may have ended the connection first.
            let _ = self.stream.shutdown_write();
        }
    }

    pub(super) fn write_queued(&mut self, now: bool) -> Result<bool, WebSocketError> {
        loop {
            return match self.try_write_queued(now) {
                Ok(()) => Ok(true),
                Err(error) if now && would_block(&error) => {
                    self.encoder.settle();
                    Ok(false)
                }
                Err(error) => {
                    if self.goes_on(error)? {
                        continue;
                    }
                    Ok(false)
                }
            };
        }
    }

    /// Goes on after a first write that has not done all that there is to do; says what [`Outgoing::write_queued`] does.
    #[inline(never)]
    pub(super) fn go_on(&mut self, first: io::Result<usize>) -> Result<bool, WebSocketError> {
        match first {
            Ok(count) => {
                self.encoder.consumed(count);
                self.encoder.unflushed |= count > 0;
                self.encoder.written(self.encoder.output().is_empty());
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                if !self.goes_on(error)? {
                    return Ok(false);
                }
            }
        }
        self.write_queued(false)
    }

    /// A write failed: says whether it is to be tried again.
    #[cold]
    fn goes_on(&mut self, error: io::Error) -> Result<bool, WebSocketError> {
        if !would_block(&error) {
            self.encoder.abort();
            return Err(error.into());
        }
        self.encoder.written(false);
        let again = self.waits_on(&error)?;
        if !again {
            self.encoder.settle();
        }
        Ok(again)
    }

    #[inline]
    fn try_write_queued(&mut self, now: bool) -> io::Result<()> {
        loop {
            let result = self.write_output(now);
            self.encoder.written(result.is_ok());
            // Between two frames is the place for what waited to be answered.
            self.encoder.answer(self.outbox)?;
            result?;
            if self.encoder.output().is_empty() {
                break;
            }
        }
        if now && self.stream.wants_write() {
            self.stream.write_now(&[])?;
        } else {
            self.stream.flush()?;
        }
        self.encoder.unflushed = false;
        Ok(())
    }

    #[inline]
    fn write_output(&mut self, now: bool) -> io::Result<()> {
        while !self.encoder.output().is_empty() {
            let output = self.encoder.output();
            let length = output.len();
            match if now { self.stream.write_now(output) } else { self.stream.write(output) } {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => {
                    self.encoder.consumed(count);
                    self.took(count == length);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
            self.encoder.unflushed = true;
        }
        Ok(())
    }

    /// The stream took something: `all` that it was given, or less.
    #[inline]
    fn took(&mut self, all: bool) {
        if !all || self.waiting.is_some() {
            self.took_some();
        }
    }

    #[cold]
    fn took_some(&mut self) {
        self.waiting = None;
        self.encoder.written(false);
        if let (Some(notice), true) = (self.notice, self.encoder.is_taken()) {
            notice.taken.store(true, Ordering::Relaxed);
        }
    }

    /// The stream did not take what was written. Says whether a blocking one, which has waited for a while, is to wait
    /// again; a non-blocking one later may take it.
    #[cold]
    fn waits_on(&mut self, error: &io::Error) -> Result<bool, WebSocketError> {
        if error.kind() != io::ErrorKind::TimedOut && self.stream.is_blocking() != Some(true) {
            return Ok(false);
        }
        let config = self.encoder.config();
        let ends = self.closing || self.notice.is_some_and(|notice| notice.ends.load(Ordering::Relaxed));
        let patience = if ends { config.close_timeout } else { config.send_timeout };
        let waited = wait(config, patience).unwrap_or_default();
        let now = Instant::now();
        let since = *self.waiting.get_or_insert_with(|| now.checked_sub(waited).unwrap_or(now));
        if !cfg!(unix) || patience.is_some_and(|patience| now - since >= patience) {
            self.encoder.abort();
            return Err(Timeout::Send.into());
        }
        Ok(true)
    }

    /// Writes a large frame behind what is queued; what the stream does not take is queued.
    fn write_large(&mut self, large: &Large<'_>) -> Result<(), WebSocketError> {
        let mut taken = 0;
        loop {
            let result = match large.mask {
                None => self.write_vectored(large, &mut taken),
                Some(key) => self.write_masked(large, key, &mut taken),
            };
            return match result {
                Ok(()) => {
                    self.encoder.written(self.encoder.output().is_empty());
                    Ok(self.encoder.answer(self.outbox)?)
                }
                Err(error) if would_block(&error) => {
                    self.encoder.written(false);
                    if self.waits_on(&error)? {
                        continue;
                    }
                    self.encoder.queue(large, taken);
                    Ok(())
                }
                Err(error) => {
                    self.encoder.abort();
                    Err(error.into())
                }
            };
        }
    }

    /// Writes what is queued and the frame, without copying either.
    fn write_vectored(&mut self, large: &Large<'_>, taken: &mut usize) -> io::Result<()> {
        let header = large.header();
        while *taken < header.len() + large.payload.len() {
            let queued = self.encoder.output();
            let waiting = queued.len();
            let slices = [
                IoSlice::new(queued),
                IoSlice::new(header.get(*taken..).unwrap_or_default()),
                IoSlice::new(&large.payload[taken.saturating_sub(header.len())..]),
            ];
            // A stream without a vectored write takes the first slice that is not empty.
            let empty = slices.iter().take_while(|slice| slice.is_empty()).count();
            match self.stream.write_vectored(&slices[empty..]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => {
                    self.encoder.consumed(count);
                    *taken = taken.saturating_add(count.saturating_sub(waiting));
                    self.encoder.unflushed = true;
                    self.took(*taken == header.len() + large.payload.len());
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Writes what is queued and the frame, its payload masked piece by piece.
    fn write_masked(&mut self, large: &Large<'_>, key: [u8; 4], taken: &mut usize) -> io::Result<()> {
        let header = large.header();
        if *taken == 0 {
            self.encoder.queue_raw(header);
            *taken = header.len();
        } else {
            // What the stream did not take before.
            self.write_output(false)?;
        }
        // A piece's length is a multiple of the key's: each begins with the key's first byte.
        for piece in large.payload[*taken - header.len()..].chunks(PIECE) {
            self.encoder.queue_masked(piece, key);
            *taken += piece.len();
            self.write_output(false)?;
        }
        Ok(())
    }
}

/// Returns how long one write waits: no longer than one read, so that it is seen what the peer takes meanwhile.
pub(super) fn wait(config: &Config, patience: Option<Duration>) -> Option<Duration> {
    if !cfg!(unix) {
        return patience;
    }
    let step = config.keepalive.map(|_| step(config));
    [patience, step].into_iter().flatten().min()
}
