use std::{
    io::{self, IoSlice},
    time::Duration,
};

use crate::ws::{
    CloseCode, CloseFrame, Message, Prepared, Result, Stream, Timeout,
    error::would_block,
    incoming::Answer,
    sender::{Large, PIECE, Sender},
};

/// Queued frames are written when they are this many bytes, corked or not. One more of those that are copied still fits into
/// the pooled buffer.
const CORK: usize = 56 * 1024;

/// The stream and what is to be written to it.
#[derive(Debug)]
pub(super) struct Outgoing<S> {
    pub(super) stream: S,
    pub(super) sender: Sender,
}

/// The way of the receiving half to the stream and to the sending half.
pub(super) trait Link: Answer {
    /// Reads once.
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize>;
    /// Writes what is queued, as far as the stream takes it; an error is the next sender's to see.
    fn flush(&mut self);
    /// Says that nothing more will be sent, once all is written.
    fn shutdown(&mut self);
    /// Sets how long a blocking read waits.
    fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()>;
    /// Sets how long a blocking write waits.
    fn set_write_timeout(&mut self, timeout: Duration);
    /// Has nobody wait any longer for the peer to take something.
    fn wake(&mut self);
    /// Nothing will be sent any more.
    fn abort(&mut self);
}

impl<S> Outgoing<S> {
    pub(super) fn new(stream: S, sender: Sender) -> Self {
        Self { stream, sender }
    }

    pub(super) fn cork(&mut self) {
        self.sender.corked = true;
    }

    pub(super) fn wants_write(&self) -> bool {
        self.sender.unflushed || !self.sender.output().is_empty()
    }
}

impl<S: Stream> Outgoing<S> {
    /// The stream did not take what was written: a non-blocking one later may, a blocking one has waited for it.
    #[cold]
    fn stall(&mut self, error: &io::Error) -> Result<()> {
        if error.kind() == io::ErrorKind::TimedOut || self.stream.is_blocking() == Some(true) {
            self.sender.abort();
            return Err(Timeout::Send.into());
        }
        Ok(())
    }

    /// Sends a message; with `hold` it may wait for the next one.
    #[inline]
    pub(super) fn send(&mut self, message: Message<'_>, hold: bool) -> Result<()> {
        if !self.sender.short(message) {
            let large = self.sender.send(message)?;
            return self.dispatch(large, hold);
        }
        // As `dispatch` does, which would have this case pass through memory too: a tenth of its instructions.
        if self.holds(hold) {
            return Ok(());
        }
        self.write_queued(false)?;
        Ok(())
    }

    pub(super) fn send_fragment(&mut self, fragment: Message<'_>, last: bool) -> Result<()> {
        let large = self.sender.fragment(fragment, last)?;
        self.dispatch(large, false)
    }

    pub(super) fn send_prepared(&mut self, prepared: &Prepared) -> Result<()> {
        let large = self.sender.send_prepared(prepared)?;
        self.dispatch(large, false)
    }

    pub(super) fn close(&mut self, frame: Option<CloseFrame<'_>>) -> Result<()> {
        self.sender.close(frame)?;
        self.flush()?;
        Ok(())
    }

    #[inline]
    fn dispatch(&mut self, large: Option<Large<'_>>, hold: bool) -> Result<()> {
        match large {
            Some(large) => self.write_large(&large)?,
            None if self.holds(hold) => return Ok(()),
            None => {}
        }
        self.write_queued(false)?;
        Ok(())
    }

    /// Says whether what is queued may wait for more.
    #[inline]
    fn holds(&self, hold: bool) -> bool {
        (hold || self.sender.corked) && self.sender.output().len() < CORK
    }

    /// Ends corking and writes what is queued; `false` when some of it has to wait.
    pub(super) fn flush(&mut self) -> Result<bool> {
        self.sender.corked = false;
        if self.wants_write() { self.write_queued(false) } else { Ok(true) }
    }

    /// Writes what goes without waiting: for the reader of a split connection, whose peer may be waiting to be read.
    pub(super) fn flush_now(&mut self) {
        if self.wants_write() {
            // The error stays visible: the sender is closed by it.
            let _ = self.write_queued(true);
        }
    }

    #[inline]
    fn write_queued(&mut self, now: bool) -> Result<bool> {
        let result = self.try_write_queued(now);
        match result {
            Ok(()) => Ok(true),
            Err(error) if would_block(&error) => {
                if !now {
                    self.stall(&error)?;
                }
                self.sender.settle();
                Ok(false)
            }
            Err(error) => {
                self.sender.abort();
                Err(error.into())
            }
        }
    }

    fn try_write_queued(&mut self, now: bool) -> io::Result<()> {
        loop {
            let result = self.write_output(now);
            // Between two frames is the place for a Pong that waited.
            self.sender.written()?;
            result?;
            if self.sender.output().is_empty() {
                break;
            }
        }
        self.stream.flush()?;
        self.sender.unflushed = false;
        Ok(())
    }

    fn write_output(&mut self, now: bool) -> io::Result<()> {
        while !self.sender.output().is_empty() {
            let output = self.sender.output();
            match if now { self.stream.write_now(output) } else { self.stream.write(output) } {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => self.sender.consumed(count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
            self.sender.unflushed = true;
        }
        Ok(())
    }

    /// Writes a large frame behind what is queued; what the stream does not take is queued.
    fn write_large(&mut self, large: &Large<'_>) -> Result<()> {
        let mut taken = 0;
        let result = match large.mask {
            None => self.write_vectored(large, &mut taken),
            Some(key) => self.write_masked(large, key, &mut taken),
        };
        match result {
            Ok(()) => Ok(self.sender.written()?),
            Err(error) if would_block(&error) => {
                self.stall(&error)?;
                self.sender.queue(large, taken);
                Ok(())
            }
            Err(error) => {
                self.sender.abort();
                Err(error.into())
            }
        }
    }

    /// Writes what is queued and the frame, without copying either.
    fn write_vectored(&mut self, large: &Large<'_>, taken: &mut usize) -> io::Result<()> {
        let header = large.header();
        while *taken < header.len() + large.payload.len() {
            let queued = self.sender.output();
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
                    self.sender.consumed(count.min(waiting));
                    *taken += count.saturating_sub(waiting);
                    self.sender.unflushed = true;
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
        self.sender.queue_raw(header);
        *taken = header.len();
        // A piece's length is a multiple of the key's: each begins with the key's first byte.
        for piece in large.payload.chunks(PIECE) {
            self.sender.queue_masked(piece, key);
            *taken += piece.len();
            self.write_output(false)?;
        }
        Ok(())
    }
}

impl<S: Stream> Answer for Outgoing<S> {
    #[inline]
    fn pong(&mut self, payload: &[u8]) -> Result<()> {
        self.sender.pong(payload)
    }

    fn ping(&mut self, payload: &[u8]) -> Result<()> {
        self.sender.ping(payload)
    }

    fn close(&mut self, code: Option<CloseCode>) -> Result<()> {
        Answer::close(&mut self.sender, code)
    }

    fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }
}

impl<S: Stream> Link for Outgoing<S> {
    #[inline]
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        self.stream.read(space)
    }

    #[inline]
    fn flush(&mut self) {
        // The error stays visible: the sender is closed by it.
        let _ = self.flush();
    }

    fn shutdown(&mut self) {
        if !self.wants_write() {
            // The peer may have ended the connection first.
            let _ = self.stream.shutdown_write();
        }
    }

    fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.stream.set_read_timeout(timeout)
    }

    fn set_write_timeout(&mut self, timeout: Duration) {
        // A socket that is closed already does not wait, and a stream without timeouts is left to the application.
        let _ = self.stream.set_write_timeout(Some(timeout));
    }

    fn wake(&mut self) {
        // Who would wait is here.
    }

    fn abort(&mut self) {
        self.sender.abort();
    }
}
