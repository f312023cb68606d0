use std::{mem, sync::Arc};

use super::{
    CloseCode, CloseFrame, Config, Message, Opcode, Part, ProtocolError, Role,
    deflate::{Boxed, Inflate},
    frame::{Head, Whole, is_whole},
    memory::{Buffer, grow},
    partial::{PART, Partial, fits},
    utf8,
};
use crate::sys;

/// A message, part or control frame that lies in the caller's buffer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Received {
    length: usize,
    /// The opcode, never a continuation, and [`LAST`] when the message is complete. As wide as the length: a result with
    /// padding inside would be copied byte by byte.
    kind: usize,
}

const LAST: usize = 0x100;

impl Received {
    #[inline]
    pub(super) fn new(opcode: Opcode, length: usize, last: bool) -> Self {
        Self { length, kind: opcode as usize | if last { LAST } else { 0 } }
    }

    #[inline]
    pub(super) fn is_last(self) -> bool {
        self.kind & LAST != 0
    }

    /// Returns the message that it holds as a part.
    pub(super) fn part(self, message: Message<'_>) -> Part<'_> {
        if self.is_last() { Part::Last(message) } else { Part::More(message) }
    }

    #[inline]
    pub(super) fn is(self, opcode: Opcode) -> bool {
        self.kind & 0xF == opcode as usize
    }

    #[inline]
    pub(super) fn payload(self, buffer: &[u8]) -> &[u8] {
        &buffer[..self.length]
    }

    /// Returns it as a message when it is binary or valid text.
    #[inline]
    pub(super) fn data(self, buffer: &[u8]) -> Option<Message<'_>> {
        let payload = self.payload(buffer);
        if self.is(Opcode::Text) {
            utf8::text(payload).ok().map(Message::Text)
        } else if self.is(Opcode::Binary) {
            Some(Message::Binary(payload))
        } else {
            None
        }
    }
}

/// Bytes in, messages and control frames out.
#[derive(Debug)]
pub(super) struct Decoder {
    config: Arc<Config>,
    /// Read and not yet decoded.
    input: Buffer,
    /// The message in progress.
    partial: Option<Box<Partial>>,
    inflate: Option<Boxed<Inflate>>,
    /// How many bytes have come since it is closed.
    discarded: u32,
    role: Role,
    /// A Close frame or an error has come: what follows is discarded.
    closed: bool,
    /// Something has arrived since [`Decoder::take_progress`] asked.
    heard: bool,
    /// A message or part has been completed since then.
    completed: bool,
}

/// What happened since the last look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Progress {
    pub(super) heard: bool,
    pub(super) completed: bool,
    /// A message or frame has begun and not ended.
    pub(super) partial: bool,
    /// In the middle of a data frame, where no Pong can come.
    pub(super) in_frame: bool,
}

impl Decoder {
    pub(super) fn new(role: Role, config: Arc<Config>, inflate: Option<Boxed<Inflate>>) -> Self {
        Self {
            config,
            input: Buffer::default(),
            partial: None,
            inflate,
            discarded: 0,
            role,
            closed: false,
            heard: false,
            completed: false,
        }
    }

    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    pub(super) fn role(&self) -> Role {
        self.role
    }

    /// Has `read` put the next bytes where they belong, and returns how many it says it has put there.
    #[inline(always)]
    pub(super) fn receive<E>(&mut self, read: impl FnOnce(&mut [u8]) -> Result<usize, E>) -> Result<usize, E> {
        let step = self.direct_step();
        let count = match &mut self.partial {
            Some(partial) if step > 0 => {
                let space = partial.space(step);
                let count = read(space)?.min(space.len());
                partial.arrived(count);
                count
            }
            _ => {
                let space = self.input.room(1);
                let length = space.len();
                match read(space) {
                    Ok(count @ 1..) => {
                        let count = count.min(length);
                        self.input.advance(count);
                        count
                    }
                    // Who waits now holds no memory for what may come.
                    nothing => {
                        self.input.settle();
                        return nothing;
                    }
                }
            }
        };
        self.heard |= count > 0;
        if self.closed {
            self.discard(count);
        }
        Ok(count)
    }

    #[cold]
    fn discard(&mut self, count: usize) {
        self.input.clear();
        self.discarded = self.discarded.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
    }

    /// Returns how many bytes to read straight into the message; 0 to read into the input buffer.
    #[inline]
    fn direct_step(&self) -> usize {
        match &self.partial {
            Some(partial) if self.input.is_empty() => partial.direct_step(),
            _ => 0,
        }
    }

    /// Copies bytes that the caller has read by itself behind those not yet decoded.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.heard |= !bytes.is_empty();
        if !self.closed {
            self.input.push(bytes);
        }
    }

    /// Gives pooled memory back while the connection waits.
    #[inline]
    pub(super) fn settle(&mut self) {
        self.input.settle();
    }

    /// Says whether [`Decoder::poll`] would find something without more bytes.
    #[inline]
    pub(super) fn is_ready(&self) -> bool {
        if self.is_idle() {
            return false;
        }
        let data = self.input.data();
        if let Some(partial) = self.partial.as_ref().filter(|partial| partial.is_in_frame()) {
            return partial.ends_in(data);
        }
        is_whole(data)
    }

    /// Says whether there is nothing to decode.
    #[inline]
    pub(super) fn is_idle(&self) -> bool {
        !self.is_partial()
    }

    /// Says whether a message or frame has begun and not ended.
    pub(super) fn is_partial(&self) -> bool {
        self.partial.is_some() || !self.input.is_empty()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Returns how many bytes have come since it is closed.
    pub(super) fn discarded(&self) -> u32 {
        self.discarded
    }

    /// Discards what is there and what will come.
    pub(super) fn close(&mut self) {
        self.closed = true;
        self.partial = None;
        self.input.clear();
        self.inflate = None;
    }

    pub(super) fn take_progress(&mut self) -> Progress {
        Progress {
            heard: mem::take(&mut self.heard),
            completed: mem::take(&mut self.completed),
            partial: self.is_partial(),
            in_frame: self.partial.as_ref().is_some_and(|partial| partial.is_in_frame()),
        }
    }

    /// Decodes up to the end of the next message, part or control frame, whose payload is then in `buffer`.
    ///
    /// `None` asks for more bytes. With `parts` what has arrived of a message is given out at once.
    #[inline]
    pub(super) fn poll(&mut self, buffer: &mut Vec<u8>, parts: bool) -> Result<Option<Received>, ProtocolError> {
        // A closed one keeps nothing.
        if !self.is_partial() {
            return Ok(None);
        }
        let result = self.decode(buffer, parts);
        if result.is_err() {
            self.close();
        }
        result
    }

    /// Makes a message of what [`Decoder::poll`] put into `buffer`.
    pub(super) fn message<'b>(&mut self, received: Received, buffer: &'b [u8]) -> Result<Message<'b>, ProtocolError> {
        if let Some(message) = received.data(buffer) {
            return Ok(message);
        }
        let payload = received.payload(buffer);
        if received.is(Opcode::Ping) {
            return Ok(Message::Ping(payload));
        }
        if received.is(Opcode::Pong) {
            return Ok(Message::Pong(payload));
        }
        self.close();
        if received.is(Opcode::Close) {
            close_frame(payload).map(Message::Close)
        } else {
            Err(ProtocolError::InvalidUtf8)
        }
    }

    /// Finds a message that is there whole in one frame of at most 65,535 bytes and within the limits: it is
    /// [taken](Decoder::take) at a fraction of what [`Decoder::poll`] costs.
    #[inline]
    pub(super) fn whole(&self) -> Option<Whole> {
        if self.partial.is_some() {
            return None;
        }
        let whole = Whole::find(self.input.data(), self.role)?;
        let length = whole.length();
        (length <= self.config.max_message && length as u64 <= self.config.max_frame).then_some(whole)
    }

    /// Takes what [`Decoder::whole`] has found. `None` for text that is not valid: all is left as it is then.
    #[inline(always)]
    pub(super) fn take<'b>(&mut self, whole: Whole, buffer: &'b mut Vec<u8>) -> Option<Message<'b>> {
        grow(buffer, whole.length());
        let payload = self.input.part(whole.start, whole.end);
        let message = if whole.is_text {
            Message::Text(sys::copy_text(payload, buffer, whole.key(), |bytes| utf8::any(bytes).ok())?)
        } else {
            sys::copy_masked(payload, buffer, whole.key());
            Message::Binary(&buffer[..whole.length()])
        };
        self.input.consume(whole.end);
        self.completed = true;
        Some(message)
    }

    fn decode(&mut self, buffer: &mut Vec<u8>, parts: bool) -> Result<Option<Received>, ProtocolError> {
        if let (true, Some(partial)) = (parts, &mut self.partial) {
            partial.adopt(buffer);
        }
        loop {
            if let Some(partial) = self.partial.as_mut().filter(|partial| partial.is_in_frame()) {
                let received = partial.take(&mut self.input, &mut self.inflate, &self.config, buffer, parts)?;
                if let Some(received) = received {
                    self.completed = true;
                    if let Some(ended) = self.partial.take_if(|_| received.is_last()) {
                        ended.end();
                    }
                    return Ok(Some(received));
                }
                if partial.is_in_frame() {
                    break;
                }
            }
            let data = self.input.data();
            let Some(header) = Head::decode(data)? else { break };
            header.check_mask(self.role)?;
            let start = header.start;
            let whole = usize::try_from(header.payload).ok().filter(|length| *length <= data.len() - start);
            if header.opcode.is_control() {
                let Some(length) = whole else { break };
                // What came before a Close is not lost.
                if let Some(part) = self.partial.as_mut().filter(|_| parts).and_then(|partial| partial.part(buffer)) {
                    self.completed = true;
                    return Ok(Some(part));
                }
                return Ok(Some(copy_out(&mut self.input, &header, length, buffer)));
            }
            self.admit(&header, parts)?;
            match (&mut self.partial, whole) {
                (None, Some(length)) if header.fin && !header.rsv1 && !(parts && length > PART) => {
                    self.completed = true;
                    return Ok(Some(copy_out(&mut self.input, &header, length, buffer)));
                }
                (None, _) => self.partial = Some(Partial::begin(&header, buffer)),
                (Some(partial), _) => partial.begin_frame(&header),
            }
            self.input.consume(start);
        }
        let Some(partial) = &mut self.partial else { return Ok(None) };
        partial.check_text()?;
        let part = if parts { partial.part(buffer) } else { None };
        self.completed |= part.is_some();
        Ok(part)
    }

    /// Holds a data frame's header against the sequence of frames, the extensions and the limits.
    #[inline]
    fn admit(&self, header: &Head, parts: bool) -> Result<(), ProtocolError> {
        match (header.opcode, &self.partial) {
            (Opcode::Continuation, None) => return Err(ProtocolError::UnexpectedContinuation),
            (Opcode::Text | Opcode::Binary, Some(_)) => return Err(ProtocolError::ExpectedContinuation),
            _ => {}
        }
        if header.rsv1 && self.inflate.is_none() {
            return Err(ProtocolError::ReservedBit);
        }
        if header.payload > self.config.max_frame {
            return Err(ProtocolError::FrameTooBig);
        }
        match &self.partial {
            Some(partial) => partial.admit(header, &self.config, parts),
            None if header.rsv1 || parts || fits(header, self.config.max_message) => Ok(()),
            None => Err(ProtocolError::MessageTooBig),
        }
    }
}

/// Moves a whole frame's payload from the input into the caller's buffer, unmasked on the way.
#[inline]
fn copy_out(input: &mut Buffer, header: &Head, length: usize, buffer: &mut Vec<u8>) -> Received {
    let start = header.start;
    grow(buffer, length);
    sys::copy_masked(&input.data()[start..start + length], buffer, header.key);
    input.consume(start + length);
    Received::new(header.opcode, length, true)
}

fn close_frame(body: &[u8]) -> Result<Option<CloseFrame<'_>>, ProtocolError> {
    match body {
        [] => Ok(None),
        [_] => Err(ProtocolError::CloseLength),
        &[high, low, ref reason @ ..] => {
            let code = CloseCode(u16::from_be_bytes([high, low]));
            if !code.is_sendable() {
                return Err(ProtocolError::CloseCode);
            }
            Ok(Some(CloseFrame { code, reason: utf8::text(reason)? }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoder(config: Config) -> Decoder {
        Decoder::new(Role::Client, Arc::new(config), None)
    }

    /// A server's frame with a length of eight bytes.
    fn large(first: u8, payload: &[u8]) -> Vec<u8> {
        [&[first, 127][..], &(payload.len() as u64).to_be_bytes(), payload].concat()
    }

    /// Not byte by byte: in Miri that would take minutes.
    fn payload(length: usize) -> Vec<u8> {
        let block: Vec<u8> = (0..997_usize).map(|i| i.wrapping_mul(i).to_le_bytes()[0]).collect();
        let mut payload = block.repeat(length.div_ceil(block.len()));
        payload.truncate(length);
        payload
    }

    #[test]
    fn what_has_come_may_be_a_message_or_the_end_of_one() -> Result<(), ProtocolError> {
        let (mut decoder, mut buffer) = (decoder(Config::client()), Vec::new());
        assert!(decoder.is_idle() && !decoder.is_ready());
        decoder.feed(&[0x82, 3, 1]);
        assert!(!decoder.is_idle() && !decoder.is_ready());
        assert!(decoder.poll(&mut buffer, false)?.is_none());
        assert!(!decoder.is_ready());
        decoder.feed(&[2]);
        assert!(!decoder.is_ready());
        decoder.feed(&[3]);
        assert!(decoder.is_ready());
        assert!(decoder.poll(&mut buffer, false)?.is_some());
        assert!(decoder.is_idle() && !decoder.is_ready());
        decoder.feed(&[0x02, 1, 1]);
        assert!(decoder.poll(&mut buffer, false)?.is_none());
        assert!(!decoder.is_ready() && !decoder.is_idle(), "between two frames");
        decoder.feed(&[0x80, 1, 2]);
        assert!(decoder.is_ready());
        Ok(())
    }

    #[test]
    fn a_stream_that_has_ended_is_not_heard() {
        let mut decoder = decoder(Config::client());
        assert_eq!(decoder.receive(|_| Ok::<_, ()>(0)), Ok(0));
        assert!(!decoder.take_progress().heard);
        assert_eq!(decoder.receive(|_| Ok::<_, ()>(1)), Ok(1));
        assert!(decoder.take_progress().heard);
    }

    /// The first bytes come by way of the input buffer, and are in front of those that are read in place.
    #[test]
    fn a_large_message_is_put_together_of_both_ways() -> Result<(), ProtocolError> {
        let payload = payload(300_000);
        let frame = large(0x82, &payload);
        let (mut decoder, mut buffer) = (decoder(Config::client()), Vec::new());
        let (fed, mut rest) = frame.split_at(20_000);
        decoder.feed(&fed[..19_000]);
        assert!(decoder.poll(&mut buffer, false)?.is_none());
        assert!(decoder.direct_step() > 0);
        decoder.feed(&fed[19_000..]);
        assert_eq!(decoder.direct_step(), 0, "something lies before it");
        let mut received = None;
        while received.is_none() {
            assert!(!rest.is_empty(), "all has come");
            decoder
                .receive(|space| {
                    let count = space.len().min(rest.len()).min(7_001);
                    space[..count].copy_from_slice(&rest[..count]);
                    rest = &rest[count..];
                    Ok::<_, ()>(count)
                })
                .expect("it does not fail");
            received = decoder.poll(&mut buffer, false)?;
        }
        assert_eq!(received.map(|received| received.payload(&buffer)), Some(&payload[..]));
        Ok(())
    }

    #[test]
    fn a_part_is_at_most_64_kibibytes_though_all_is_there() -> Result<(), ProtocolError> {
        let payload = payload(200_000);
        let (mut decoder, mut buffer) = (decoder(Config::client().max_message(1000)), Vec::new());
        decoder.feed(&large(0x82, &payload));
        let mut parts = Vec::new();
        let mut all = Vec::new();
        loop {
            let received = decoder.poll(&mut buffer, true)?.expect("all is there");
            all.extend_from_slice(received.payload(&buffer));
            parts.push(received.payload(&buffer).len());
            if received.is_last() {
                break;
            }
        }
        assert_eq!(parts, [PART, PART, PART, 200_000 - 3 * PART]);
        assert_eq!(all, payload);
        Ok(())
    }

    #[test]
    fn a_length_is_minimal_though_the_frame_is_there_whole() {
        let mut decoder = Decoder::new(Role::Server, Arc::new(Config::server()), None);
        decoder.feed(&[&[0x82, 0xFE, 0, 125, 1, 2, 3, 4][..], &[7; 125]].concat());
        assert!(decoder.whole().is_none());
        assert_eq!(
            decoder.poll(&mut Vec::new(), false).expect_err("125 has one byte"),
            ProtocolError::LengthNotMinimal
        );
    }
}
