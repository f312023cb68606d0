use std::mem;

use super::{
    Config, Opcode, ProtocolError,
    decoder::Received,
    deflate::{Boxed, Inflate},
    frame::Head,
    mask,
    memory::{self, Buffer, Pool, grow},
    utf8,
};

/// From this many bytes on, of a message that has come and of a frame to come, payload is read straight into the
/// message.
const DIRECT: usize = 16 * 1024;
/// The most bytes that one read puts there. After each read the system tells the peer of the room that there is again, which takes
/// longer than it takes to unmask what has left the nearest cache.
const DIRECT_STEP: usize = 1024 * 1024;
/// The most bytes of one part of a message that is read part by part.
pub(super) const PART: usize = 64 * 1024;

thread_local! {
    static PARTIALS: Pool<Box<Partial>> = const { Pool::new() };
}

/// A message that has begun and not arrived in full.
///
/// Most messages come whole and need none of this, so that a connection has room for no more than a pointer to it.
#[derive(Debug)]
pub(super) struct Partial {
    opcode: Opcode,
    compressed: bool,
    /// The frame whose payload is arriving; none between two of them.
    frame: Option<Frame>,
    fragments: u32,
    /// Initialised memory, of which `..filled` has arrived.
    bytes: Vec<u8>,
    filled: usize,
    /// How much of a text is known to be UTF-8.
    checked: usize,
}

/// A data frame whose payload has not arrived in full.
#[derive(Debug)]
struct Frame {
    remaining: u64,
    key: [u8; 4],
    /// How many of the next bytes are unmasked already: those that the inflater left.
    unmasked: u32,
    fin: bool,
}

impl Partial {
    /// Begins a message in the memory of the caller's buffer.
    pub(super) fn begin(header: &Head, buffer: &mut Vec<u8>) -> Box<Self> {
        let mut bytes = mem::take(buffer);
        if header.payload >= DIRECT as u64 && bytes.capacity() < DIRECT {
            if let Some(spare) = memory::borrow_large() {
                bytes = spare;
            }
        }
        let mut partial = Self {
            opcode: header.opcode,
            compressed: header.rsv1,
            frame: None,
            fragments: 0,
            bytes,
            filled: 0,
            checked: 0,
        };
        partial.begin_frame(header);
        match memory::borrow(&PARTIALS) {
            Some(mut place) => {
                *place = partial;
                place
            }
            None => Box::new(partial),
        }
    }

    /// Keeps the place for the next message.
    pub(super) fn end(self: Box<Self>) {
        memory::give_back(&PARTIALS, self);
    }

    pub(super) fn begin_frame(&mut self, header: &Head) {
        self.fragments += 1;
        let key = header.key.to_ne_bytes();
        self.frame = Some(Frame { remaining: header.payload, key, unmasked: 0, fin: header.fin });
    }

    /// Says whether it is in the middle of a frame.
    pub(super) fn is_in_frame(&self) -> bool {
        self.frame.is_some()
    }

    /// Says whether `input` holds the rest of the message.
    pub(super) fn ends_in(&self, input: &[u8]) -> bool {
        let rest =
            |frame: &Frame| frame.fin && u64::try_from(input.len()).is_ok_and(|length| frame.remaining <= length);
        self.frame.as_ref().is_some_and(rest)
    }

    /// Holds the header of its next frame against the limits.
    pub(super) fn admit(&self, header: &Head, config: &Config, parts: bool) -> Result<(), ProtocolError> {
        if !self.compressed && !parts && !fits(header, config.max_message.saturating_sub(self.filled)) {
            return Err(ProtocolError::MessageTooBig);
        }
        if self.fragments >= config.max_fragments {
            return Err(ProtocolError::TooManyFragments);
        }
        Ok(())
    }

    /// Returns how many bytes to read straight into the message; 0 to read into the input buffer.
    pub(super) fn direct_step(&self) -> usize {
        match &self.frame {
            Some(frame) if !self.compressed && self.filled >= DIRECT => {
                let remaining = usize::try_from(frame.remaining).unwrap_or(usize::MAX);
                // Memory that is there is used at once; more of it is asked for only as fast as bytes arrive.
                let step = self.filled.max(self.bytes.len() - self.filled).min(DIRECT_STEP);
                if remaining < DIRECT { 0 } else { remaining.min(step) }
            }
            _ => 0,
        }
    }

    /// Returns where the next `step` bytes of the frame are to be put.
    pub(super) fn space(&mut self, step: usize) -> &mut [u8] {
        grow(&mut self.bytes, self.filled + step);
        &mut self.bytes[self.filled..self.filled + step]
    }

    /// Takes note that `count` bytes have been put there.
    pub(super) fn arrived(&mut self, count: usize) {
        if let Some(frame) = &mut self.frame {
            mask::apply(&mut self.bytes[self.filled..self.filled + count], frame.key);
            frame.advance(count);
            self.filled += count;
        }
    }

    /// Moves payload of the frame from the input into the message.
    ///
    /// Returns the message when it is complete, or with `parts` a part of it that is large enough.
    pub(super) fn take(
        &mut self,
        input: &mut Buffer,
        inflate: &mut Option<Boxed<Inflate>>,
        config: &Config,
        buffer: &mut Vec<u8>,
        parts: bool,
    ) -> Result<Option<Received>, ProtocolError> {
        let Some(frame) = &mut self.frame else {
            return Ok(None);
        };
        let available = input.len();
        let count = usize::try_from(frame.remaining).map_or(available, |remaining| remaining.min(available));
        if self.compressed {
            let Some(inflate) = inflate else {
                return Err(ProtocolError::ReservedBit);
            };
            let limit = if parts { PART } else { config.max_message.saturating_add(1) };
            let data = &mut input.data_mut()[..count];
            let unmasked = frame.unmasked as usize;
            mask::apply(&mut data[unmasked..], mask::rotate(frame.key, unmasked));
            let used = inflate.run(data, &mut self.bytes, &mut self.filled, limit)?;
            frame.advance(used);
            frame.unmasked = u32::try_from(count - used).unwrap_or(u32::MAX);
            input.consume(used);
            let mut full = self.filled == limit;
            if !full && frame.remaining == 0 && frame.fin {
                full = !inflate.finish(&mut self.bytes, &mut self.filled, limit)?;
            }
            if full {
                self.check_text()?;
                return if parts { Ok(self.part(buffer)) } else { Err(ProtocolError::MessageTooBig) };
            }
        } else {
            let count = if parts { count.min(PART.saturating_sub(self.filled)) } else { count };
            let end = self.filled + count;
            grow(&mut self.bytes, end);
            mask::copy(&input.data()[..count], &mut self.bytes[self.filled..end], frame.key);
            frame.advance(count);
            self.filled = end;
            input.consume(count);
        }
        if frame.remaining == 0 {
            let fin = frame.fin;
            self.frame = None;
            if fin {
                return Ok(Some(self.finish(buffer)));
            }
            self.check_text()?;
        }
        Ok(None)
    }

    /// Checks what has come of a text.
    pub(super) fn check_text(&mut self) -> Result<(), ProtocolError> {
        if self.opcode == Opcode::Text {
            self.checked = utf8::advance(&self.bytes[..self.filled], self.checked)?;
        }
        Ok(())
    }

    /// Hands the message over as complete.
    fn finish(&mut self, buffer: &mut Vec<u8>) -> Received {
        memory::give_back_large(mem::replace(buffer, mem::take(&mut self.bytes)));
        Received::new(self.opcode, self.filled, true)
    }

    /// Hands over what has arrived, of a text up to the last whole code point.
    pub(super) fn part(&mut self, buffer: &mut Vec<u8>) -> Option<Received> {
        let length = if self.opcode == Opcode::Text { self.checked } else { self.filled };
        if length == 0 {
            return None;
        }
        let rest = self.bytes[length..self.filled].to_vec();
        mem::swap(&mut self.bytes, buffer);
        self.filled = rest.len();
        self.bytes = rest;
        self.checked = 0;
        Some(Received::new(self.opcode, length, false))
    }

    /// Continues in the caller's buffer, when that is the larger one.
    pub(super) fn adopt(&mut self, buffer: &mut Vec<u8>) {
        if buffer.capacity() > self.bytes.capacity() {
            grow(buffer, self.filled);
            buffer[..self.filled].copy_from_slice(&self.bytes[..self.filled]);
            mem::swap(&mut self.bytes, buffer);
        }
    }
}

impl Frame {
    #[inline]
    fn advance(&mut self, count: usize) {
        self.remaining -= count as u64;
        self.key = mask::rotate(self.key, count);
    }
}

/// Says whether the frame's payload is at most `room` bytes.
#[inline]
pub(super) fn fits(header: &Head, room: usize) -> bool {
    usize::try_from(header.payload).is_ok_and(|length| length <= room)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ws::Role;

    fn head(first: u8, payload: usize) -> Head {
        let mut bytes = vec![first, 127];
        bytes.extend((payload as u64).to_be_bytes());
        Head::decode(&bytes).expect("it is valid").expect("it is there")
    }

    const BINARY: u8 = 0x82;
    const COMPRESSED: u8 = 0xC2;

    #[test]
    fn a_large_message_borrows_memory_unless_the_caller_has_some() {
        let kept = 100 << 10;
        memory::give_back_large(Vec::with_capacity(kept));
        let capacity =
            |payload, caller| Partial::begin(&head(BINARY, payload), &mut Vec::with_capacity(caller)).bytes.capacity();
        assert_eq!(capacity(70_000, DIRECT), DIRECT);
        assert_eq!(capacity(70_000, DIRECT + 1), DIRECT + 1);
        assert_eq!(capacity(70_000, DIRECT - 1), kept);
        memory::give_back_large(Vec::with_capacity(kept));
        // Head::decode wants the fewest bytes for a length, so that this is the shortest of its form.
        let mut short = head(BINARY, 70_000);
        short.payload = DIRECT as u64;
        assert_eq!(Partial::begin(&short, &mut Vec::new()).bytes.capacity(), kept);
        memory::give_back_large(Vec::with_capacity(kept));
        short.payload -= 1;
        assert_eq!(Partial::begin(&short, &mut Vec::new()).bytes.capacity(), 0);
    }

    #[test]
    fn its_place_serves_the_next_message() {
        let place = Partial::begin(&head(BINARY, 70_000), &mut Vec::new());
        let address = &raw const *place;
        place.end();
        let place = memory::borrow(&PARTIALS).expect("it was kept");
        assert_eq!(&raw const *place, address);
    }

    #[test]
    fn the_rest_of_a_large_message_is_read_in_place() {
        let mut partial = Partial::begin(&head(BINARY, 2 * DIRECT_STEP), &mut Vec::new());
        assert_eq!(partial.direct_step(), 0, "nothing has come");
        partial.space(DIRECT - 1);
        partial.arrived(DIRECT - 1);
        assert_eq!(partial.direct_step(), 0);
        partial.space(1)[0] = 7;
        partial.arrived(1);
        assert_eq!((partial.direct_step(), partial.bytes[DIRECT - 1]), (DIRECT, 7), "as much as has come");
        partial.bytes.resize(3 * DIRECT, 0);
        assert_eq!(partial.direct_step(), 2 * DIRECT, "there is memory");
        partial.bytes = vec![0; 2 * DIRECT_STEP];
        assert_eq!(partial.direct_step(), DIRECT_STEP);
        partial.compressed = true;
        assert_eq!(partial.direct_step(), 0);
    }

    #[test]
    fn a_larger_buffer_is_adopted_with_what_has_come() {
        let mut partial = Partial::begin(&head(BINARY, 70_000), &mut Vec::new());
        partial.space(3).copy_from_slice(b"abc");
        partial.arrived(3);
        let mut smaller = Vec::with_capacity(2);
        partial.adopt(&mut smaller);
        assert!(smaller.capacity() < 8);
        let mut larger = Vec::with_capacity(1000);
        partial.adopt(&mut larger);
        assert_eq!((partial.bytes.capacity(), &partial.bytes[..3]), (1000, &b"abc"[..]));
    }

    /// The quick ways know nothing of a message that has begun.
    #[test]
    fn a_message_ends_in_what_holds_the_rest_of_its_last_frame() {
        let mut header = head(BINARY, 70_000);
        let mut partial = Partial::begin(&header, &mut Vec::new());
        assert!(partial.ends_in(&[0; 70_000]) && !partial.ends_in(&[0; 69_999]));
        header.fin = false;
        partial.begin_frame(&header);
        assert!(!partial.ends_in(&[0; 70_000]));
        partial.frame = None;
        assert!(!partial.ends_in(&[]));
    }

    #[test]
    fn a_compressed_message_may_be_of_exactly_the_limit() {
        let config = Config::new(Role::Client).max_message(10);
        let mut partial = Partial::begin(&head(COMPRESSED, 70_000), &mut Vec::new());
        assert_eq!(partial.admit(&head(COMPRESSED, 70_000), &config, false), Ok(()), "its size is not known");
        partial.compressed = false;
        assert_eq!(partial.admit(&head(BINARY, 70_000), &config, false), Err(ProtocolError::MessageTooBig));
        assert_eq!(partial.admit(&head(BINARY, 70_000), &config, true), Ok(()));
    }
}
