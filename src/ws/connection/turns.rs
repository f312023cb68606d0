//! What [`Server`](crate::ws::Server) needs of a connection: to hear without writing, and to write at the turn's end.

use std::io::{self, IoSlice};

use super::Connection;
use crate::ws::{CloseFrame, Message, Role, Stream, WebSocketError, error::would_block};

/// How many frames leave with one write at most.
const FRAMES: usize = 32;

impl<S: Stream> Connection<S> {
    /// Returns the next message when it is there whole in one frame, as nearly always.
    #[inline(always)]
    pub(in crate::ws) fn hear_whole<'b>(&mut self, buffer: &'b mut Vec<u8>) -> Option<Message<'b>> {
        let decoder = &mut self.protocol.inbound.decoder;
        decoder.take(decoder.whole()?, buffer)
    }

    /// Returns the next message as [`next`](Self::next) does, but writes nothing: what must be answered waits for
    /// [`end_turn`](Self::end_turn), so that a Close frame follows what was sent before it came.
    #[inline(never)]
    pub(in crate::ws) fn hear<'b>(&mut self, buffer: &'b mut Vec<u8>) -> Result<Option<Message<'b>>, WebSocketError> {
        let protocol = &mut self.protocol;
        while !protocol.inbound.decoder.is_idle() {
            let Some(received) = protocol.inbound.poll(&mut protocol.outbox, buffer, false)? else { break };
            // A Pong's place among the messages is free.
            protocol.encoder.answer(&mut protocol.outbox)?;
            if protocol.inbound.is_for_the_application(received) {
                return match received.data(buffer) {
                    Some(message) => Ok(Some(message)),
                    None => protocol.inbound.message(&mut protocol.outbox, received, buffer).map(Some),
                };
            }
        }
        protocol.inbound.decoder.settle();
        if !self.reading.is_ended() || protocol.is_finished() {
            return Ok(None);
        }
        protocol.inbound.decoder.close();
        protocol.encoder.abort();
        Ok(Some(Message::Close(Some(CloseFrame::ABNORMAL))))
    }

    /// Has the deadlines begin anew, after a time in which nothing was read.
    pub(in crate::ws) fn restart_timers(&mut self) {
        self.protocol.inbound.timers.restart();
    }

    /// Says whether [`hear`](Self::hear) would find nothing now.
    #[inline]
    pub(in crate::ws) fn has_heard_all(&self) -> bool {
        self.protocol.inbound.decoder.is_idle() && !self.reading.is_ended()
    }

    /// Says whether encoded frames can be sent as they are: a server's, without compression.
    pub(in crate::ws) fn takes_frames(&self) -> bool {
        self.protocol.encoder.takes_frames()
    }

    /// Says whether a message of this size can be sent, or is the end of the connection; else it is to be left out.
    #[inline]
    pub(in crate::ws) fn leaves_no_gap(&self, length: usize) -> bool {
        self.protocol.encoder.leaves_no_gap(length)
    }

    /// Writes what this turn has queued, when that leaves no room for a message of this size.
    #[inline]
    pub(in crate::ws) fn make_room(&mut self, length: usize) -> Result<(), WebSocketError> {
        self.outgoing().make_room(length)
    }

    /// Says whether something must be answered or written at the end of the turn.
    #[inline]
    pub(in crate::ws) fn has_something_to_say(&self) -> bool {
        !self.protocol.outbox.is_empty() || self.protocol.encoder.wants_write()
    }

    /// Sends frames that lie in one piece; what the stream does not take is queued. With `waits` it is known to take nothing
    /// now.
    #[inline(always)]
    pub(in crate::ws) fn send_bytes(&mut self, frames: &[u8], waits: bool) -> Result<(), WebSocketError> {
        let encoder = &mut self.protocol.encoder;
        if waits || !encoder.output().is_empty() || encoder.is_closed() {
            return self.send_frames([frames].into_iter(), frames.len(), waits);
        }
        match self.stream.write(frames) {
            // As nearly always. A stream that holds bytes back is asked for them again at the end of the turn.
            Ok(count) if count == frames.len() => {
                encoder.unflushed = self.stream.flush().is_err();
                Ok(())
            }
            Ok(count) => {
                encoder.queue_raw(&frames[count..]);
                encoder.unflushed = true;
                encoder.written(false);
                Ok(())
            }
            Err(error) if would_block(&error) || error.kind() == io::ErrorKind::Interrupted => {
                encoder.queue_raw(frames);
                encoder.written(false);
                Ok(())
            }
            Err(error) => {
                encoder.abort();
                Err(error.into())
            }
        }
    }

    /// Sends frames that are encoded, together `length` bytes, in as few writes as can be; what the stream does not take is
    /// queued. With `waits` it is known to take nothing now.
    pub(in crate::ws) fn send_frames<'f>(
        &mut self,
        mut frames: impl Iterator<Item = &'f [u8]>,
        length: usize,
        waits: bool,
    ) -> Result<(), WebSocketError> {
        debug_assert!(self.protocol.encoder.role() == Role::Server, "a client masks each frame by itself");
        if !self.protocol.encoder.has_room(length)? {
            return Ok(());
        }
        let mut waits = waits;
        while !waits {
            let mut batch = [const { &[] as &[u8] }; FRAMES];
            let mut count = 0;
            for (place, frame) in batch.iter_mut().zip(frames.by_ref()) {
                *place = frame;
                count += 1;
            }
            if count == 0 {
                return Ok(());
            }
            waits = !self.write_frames(&batch[..count])?;
        }
        frames.for_each(|frame| self.protocol.encoder.queue_raw(frame));
        Ok(())
    }

    /// Writes what is queued and these frames; `false` when some of them had to be queued.
    fn write_frames(&mut self, frames: &[&[u8]]) -> Result<bool, WebSocketError> {
        let mut taken = 0;
        let total = frames.iter().map(|frame| frame.len()).sum();
        let result = self.try_write_frames(frames, total, &mut taken);
        let encoder = &mut self.protocol.encoder;
        encoder.written(result.is_ok());
        match result {
            Ok(()) => Ok(true),
            Err(error) if would_block(&error) => {
                for frame in frames {
                    let skipped = taken.min(frame.len());
                    taken -= skipped;
                    encoder.queue_raw(&frame[skipped..]);
                }
                Ok(false)
            }
            Err(error) => {
                encoder.abort();
                Err(error.into())
            }
        }
    }

    fn try_write_frames(&mut self, frames: &[&[u8]], total: usize, taken: &mut usize) -> io::Result<()> {
        while *taken < total {
            let queued = self.protocol.encoder.output();
            let waiting = queued.len();
            let result = match frames {
                [frame] if waiting == 0 => self.stream.write(&frame[*taken..]),
                _ => {
                    let mut slices = [IoSlice::new(&[]); FRAMES + 1];
                    slices[0] = IoSlice::new(queued);
                    let mut count = usize::from(waiting > 0);
                    let mut skipped = *taken;
                    for frame in frames {
                        let skip = skipped.min(frame.len());
                        skipped -= skip;
                        if skip < frame.len() {
                            slices[count] = IoSlice::new(&frame[skip..]);
                            count += 1;
                        }
                    }
                    self.stream.write_vectored(&slices[..count])
                }
            };
            let encoder = &mut self.protocol.encoder;
            match result {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => {
                    encoder.consumed(count);
                    *taken += count.saturating_sub(waiting);
                    encoder.unflushed = true;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Writes what is queued and what must be answered, and says whether that is all written; the server's end of the stream is
    /// shut down when that is the last.
    #[inline]
    pub(in crate::ws) fn end_turn(&mut self) -> Result<bool, WebSocketError> {
        // As nearly always.
        if !self.has_something_to_say() && !self.protocol.is_finished() {
            return Ok(true);
        }
        self.say_all()?;
        Ok(!self.wants_write())
    }

    #[inline(never)]
    fn say_all(&mut self) -> Result<(), WebSocketError> {
        if !self.protocol.outbox.is_empty() {
            self.protocol.encoder.answer(&mut self.protocol.outbox)?;
        }
        if self.protocol.encoder.wants_write() {
            self.outgoing().flush()?;
        }
        if self.protocol.is_finished() {
            self.outgoing().shut_down();
        }
        Ok(())
    }
}
