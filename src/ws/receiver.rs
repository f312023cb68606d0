use std::{mem, sync::Arc};

use super::{
    CloseCode, CloseFrame, Config, Message, OpCode, ProtocolError, Role, buffer::Buffer, deflate::Inflate, frame::Head,
    mask, spare, utf8,
};

/// From this many bytes on, of a message that has come and of a frame to come, payload is read straight into the
/// message.
const DIRECT: usize = 16 * 1024;
/// The most bytes that one read puts there, so that unmasking finds them in the processor's cache.
const DIRECT_STEP: usize = 256 * 1024;
/// The most bytes of one part of a message that is read part by part.
const PART: usize = 64 * 1024;

/// The receiving half of the protocol: bytes in, messages out.
#[derive(Debug)]
pub(super) struct Receiver {
    config: Arc<Config>,
    role: Role,
    /// A Close frame or an error has come: what follows is discarded.
    closed: bool,
    /// Something has arrived since [`Receiver::take_progress`] asked.
    heard: bool,
    /// A message or part has been completed since then.
    completed: bool,
    /// The type of the message in progress.
    kind: Option<OpCode>,
    compressed: bool,
    /// The frame whose payload is arriving.
    frame: Option<Frame>,
    fragments: u32,
    /// Read and not yet decoded.
    input: Buffer,
    /// The message in progress: initialised memory, of which `..filled` has arrived.
    message: Vec<u8>,
    filled: usize,
    /// How much of a text is known to be UTF-8.
    checked: usize,
    inflate: Option<Box<Inflate>>,
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
    fn new(opcode: OpCode, length: usize, last: bool) -> Self {
        Self { length, kind: opcode as usize | if last { LAST } else { 0 } }
    }

    #[inline]
    pub(super) fn is_last(self) -> bool {
        self.kind & LAST != 0
    }

    #[inline]
    pub(super) fn is(self, opcode: OpCode) -> bool {
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
        if self.is(OpCode::Text) {
            utf8::text(payload).ok().map(Message::Text)
        } else if self.is(OpCode::Binary) {
            Some(Message::Binary(payload))
        } else {
            None
        }
    }
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

impl Receiver {
    pub(super) fn new(role: Role, config: Arc<Config>, inflate: Option<Box<Inflate>>) -> Self {
        Self {
            config,
            role,
            closed: false,
            heard: false,
            completed: false,
            kind: None,
            compressed: false,
            frame: None,
            fragments: 0,
            input: Buffer::default(),
            message: Vec::new(),
            filled: 0,
            checked: 0,
            inflate,
        }
    }

    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    /// Returns where the next bytes are to be put; [`Receiver::arrived`] says how many were.
    #[inline]
    pub(super) fn space(&mut self) -> &mut [u8] {
        let step = self.direct_step();
        if step == 0 {
            return self.input.room(1);
        }
        grow(&mut self.message, self.filled + step);
        &mut self.message[self.filled..self.filled + step]
    }

    #[inline]
    pub(super) fn arrived(&mut self, count: usize) {
        self.heard |= count > 0;
        let step = self.direct_step();
        if step == 0 {
            self.input.advance(count);
        } else if let Some(frame) = &mut self.frame {
            let count = count.min(step);
            mask::apply(&mut self.message[self.filled..self.filled + count], frame.key);
            frame.advance(count);
            self.filled += count;
        }
        if self.closed {
            self.input.clear();
        }
    }

    /// Returns how many bytes to read straight into the message; 0 to read into the input buffer.
    #[inline]
    fn direct_step(&self) -> usize {
        match &self.frame {
            Some(frame) if !self.compressed && self.filled >= DIRECT && self.input.is_empty() => {
                let remaining = usize::try_from(frame.remaining).unwrap_or(usize::MAX);
                // Memory that is there is used at once; more of it is asked for only as fast as bytes arrive.
                let step = self.filled.max(self.message.len() - self.filled).min(DIRECT_STEP);
                if remaining < DIRECT { 0 } else { remaining.min(step) }
            }
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

    /// Says whether [`Receiver::poll`] would find something without more bytes.
    #[inline]
    pub(super) fn is_ready(&self) -> bool {
        let data = self.input.data();
        if let Some(frame) = &self.frame {
            return frame.fin && u64::try_from(data.len()).is_ok_and(|length| frame.remaining <= length);
        }
        match Head::decode(data) {
            Ok(Some(head)) => u64::try_from(data.len() - head.start).is_ok_and(|length| head.payload <= length),
            Ok(None) => false,
            Err(_) => true,
        }
    }

    /// Says whether a message or frame has begun and not ended.
    pub(super) fn is_partial(&self) -> bool {
        self.kind.is_some() || !self.input.is_empty()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Discards what is there and what will come.
    pub(super) fn close(&mut self) {
        self.closed = true;
        self.kind = None;
        self.frame = None;
        self.input.clear();
        self.message = Vec::new();
        self.filled = 0;
        self.inflate = None;
    }

    pub(super) fn take_progress(&mut self) -> Progress {
        Progress {
            heard: mem::take(&mut self.heard),
            completed: mem::take(&mut self.completed),
            partial: self.is_partial(),
            in_frame: self.frame.is_some(),
        }
    }

    /// Decodes up to the end of the next message, part or control frame, whose payload is then in `buffer`.
    ///
    /// `None` asks for more bytes. With `parts` what has arrived of a message is given out at once.
    #[inline]
    pub(super) fn poll(&mut self, buffer: &mut Vec<u8>, parts: bool) -> Result<Option<Received>, ProtocolError> {
        if self.closed {
            return Ok(None);
        }
        let result = self.decode(buffer, parts);
        if result.is_err() {
            self.close();
        }
        result
    }

    /// Makes a message of what [`Receiver::poll`] put into `buffer`.
    pub(super) fn message<'b>(&mut self, received: Received, buffer: &'b [u8]) -> Result<Message<'b>, ProtocolError> {
        if let Some(message) = received.data(buffer) {
            return Ok(message);
        }
        let payload = received.payload(buffer);
        if received.is(OpCode::Ping) {
            return Ok(Message::Ping(payload));
        }
        if received.is(OpCode::Pong) {
            return Ok(Message::Pong(payload));
        }
        self.close();
        if received.is(OpCode::Close) {
            close_frame(payload).map(Message::Close)
        } else {
            Err(ProtocolError::InvalidUtf8)
        }
    }

    fn decode(&mut self, buffer: &mut Vec<u8>, parts: bool) -> Result<Option<Received>, ProtocolError> {
        if parts && self.kind.is_some() {
            self.adopt(buffer);
        }
        loop {
            if self.frame.is_some() {
                if let Some(received) = self.payload(buffer, parts)? {
                    return Ok(Some(received));
                }
                if self.frame.is_some() {
                    break;
                }
            }
            let data = self.input.data();
            let Some(header) = Head::decode(data)? else { break };
            header.check_mask(self.role)?;
            let (start, key) = (header.start, header.key.to_ne_bytes());
            let whole = usize::try_from(header.payload).ok().filter(|length| *length <= data.len() - start);
            if header.opcode.is_control() {
                let Some(length) = whole else { break };
                return Ok(Some(copy_out(&mut self.input, start, length, key, header.opcode, buffer)));
            }
            self.admit(&header, parts)?;
            match whole {
                Some(length) if header.fin && !header.rsv1 && self.kind.is_none() && !(parts && length > PART) => {
                    self.completed = true;
                    return Ok(Some(copy_out(&mut self.input, start, length, key, header.opcode, buffer)));
                }
                _ => {
                    self.input.consume(start);
                    self.begin(&header, key, buffer);
                }
            }
        }
        self.check_text()?;
        Ok(if parts { self.part(buffer) } else { None })
    }

    /// Holds a data frame's header against the sequence of frames, the extensions and the limits.
    #[inline]
    fn admit(&self, header: &Head, parts: bool) -> Result<(), ProtocolError> {
        match (header.opcode, self.kind) {
            (OpCode::Continuation, None) => return Err(ProtocolError::UnexpectedContinuation),
            (OpCode::Text | OpCode::Binary, Some(_)) => {
                return Err(ProtocolError::ExpectedContinuation);
            }
            _ => {}
        }
        if header.rsv1 && self.inflate.is_none() {
            return Err(ProtocolError::ReservedBit);
        }
        if header.payload > self.config.max_frame {
            return Err(ProtocolError::FrameTooBig);
        }
        let compressed = header.rsv1 || (self.kind.is_some() && self.compressed);
        let room = self.config.max_message.saturating_sub(self.filled);
        if !compressed && !parts && usize::try_from(header.payload).map_or(true, |length| length > room) {
            return Err(ProtocolError::MessageTooBig);
        }
        if self.kind.is_some() && self.fragments >= self.config.max_fragments {
            return Err(ProtocolError::TooManyFragments);
        }
        Ok(())
    }

    fn begin(&mut self, header: &Head, key: [u8; 4], buffer: &mut Vec<u8>) {
        if self.kind.is_none() {
            self.kind = Some(header.opcode);
            self.compressed = header.rsv1;
            self.fragments = 0;
            self.checked = 0;
            mem::swap(&mut self.message, buffer);
            let grows = header.payload >= DIRECT as u64 && self.message.capacity() < DIRECT;
            if let Some(spare) = grows.then(spare::take).flatten() {
                self.message = spare;
            }
        }
        self.fragments += 1;
        self.frame = Some(Frame { remaining: header.payload, key, unmasked: 0, fin: header.fin });
    }

    /// Moves payload from the input into the message.
    fn payload(&mut self, buffer: &mut Vec<u8>, parts: bool) -> Result<Option<Received>, ProtocolError> {
        let Some(frame) = &mut self.frame else {
            return Ok(None);
        };
        let available = self.input.len();
        let count = usize::try_from(frame.remaining).map_or(available, |remaining| remaining.min(available));
        if self.compressed {
            let Some(inflate) = &mut self.inflate else {
                return Err(ProtocolError::ReservedBit);
            };
            let limit = if parts { PART } else { self.config.max_message.saturating_add(1) };
            let data = &mut self.input.data_mut()[..count];
            let unmasked = frame.unmasked as usize;
            mask::apply(&mut data[unmasked..], mask::rotate(frame.key, unmasked));
            let used = inflate.run(data, &mut self.message, &mut self.filled, limit)?;
            frame.advance(used);
            frame.unmasked = u32::try_from(count - used).unwrap_or(u32::MAX);
            self.input.consume(used);
            let mut full = self.filled == limit;
            if !full && frame.remaining == 0 && frame.fin {
                full = !inflate.finish(&mut self.message, &mut self.filled, limit)?;
            }
            if full {
                self.check_text()?;
                return if parts { Ok(self.part(buffer)) } else { Err(ProtocolError::MessageTooBig) };
            }
        } else {
            let count = if parts { count.min(PART.saturating_sub(self.filled)) } else { count };
            let end = self.filled + count;
            grow(&mut self.message, end);
            mask::copy(&self.input.data()[..count], &mut self.message[self.filled..end], frame.key);
            frame.advance(count);
            self.filled = end;
            self.input.consume(count);
        }
        if frame.remaining == 0 {
            let fin = frame.fin;
            self.frame = None;
            if fin {
                return Ok(Some(self.finish(buffer)));
            }
            self.check_text()?;
        } else if parts && self.filled >= PART {
            self.check_text()?;
            return Ok(self.part(buffer));
        }
        Ok(None)
    }

    fn check_text(&mut self) -> Result<(), ProtocolError> {
        if self.kind == Some(OpCode::Text) && self.checked < self.filled {
            self.checked = utf8::advance(&self.message[..self.filled], self.checked)?;
        }
        Ok(())
    }

    /// Hands the message in progress over as complete.
    fn finish(&mut self, buffer: &mut Vec<u8>) -> Received {
        self.completed = true;
        mem::swap(&mut self.message, buffer);
        spare::give(mem::take(&mut self.message));
        let opcode = self.kind.take().unwrap_or(OpCode::Binary);
        Received::new(opcode, mem::take(&mut self.filled), true)
    }

    /// Hands over what has arrived of the message in progress, up to the last whole code point of a text.
    fn part(&mut self, buffer: &mut Vec<u8>) -> Option<Received> {
        let opcode = self.kind?;
        let length = if opcode == OpCode::Text { self.checked } else { self.filled };
        if length == 0 {
            return None;
        }
        self.completed = true;
        let rest = self.message[length..self.filled].to_vec();
        mem::swap(&mut self.message, buffer);
        self.filled = rest.len();
        self.message = rest;
        self.checked = 0;
        Some(Received::new(opcode, length, false))
    }

    /// Continues the message in the caller's buffer, when that is the larger one.
    fn adopt(&mut self, buffer: &mut Vec<u8>) {
        if buffer.capacity() > self.message.capacity() {
            grow(buffer, self.filled);
            buffer[..self.filled].copy_from_slice(&self.message[..self.filled]);
            mem::swap(&mut self.message, buffer);
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

/// Makes `bytes` at least `length` long; what is initialised already is not written again.
#[inline]
pub(super) fn grow(bytes: &mut Vec<u8>, length: usize) {
    if bytes.len() < length {
        bytes.resize(length, 0);
    }
}

/// Moves a whole frame's payload from the input into the caller's buffer, unmasked on the way.
#[inline]
fn copy_out(
    input: &mut Buffer,
    start: usize,
    length: usize,
    key: [u8; 4],
    opcode: OpCode,
    buffer: &mut Vec<u8>,
) -> Received {
    grow(buffer, length);
    mask::copy(&input.data()[start..start + length], buffer, key);
    input.consume(start + length);
    Received::new(opcode, length, true)
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
