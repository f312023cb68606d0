mod large;
mod output;

use std::{cell::RefCell, io, sync::Arc};

pub(super) use large::{Large, PIECE};

use super::{
    CloseCode, CloseFrame, Config, FrameHeader, Message, Opcode, Part, Prepared, Role, Unsendable, WebSocketError,
    close::MAX_REASON,
    deflate::{Boxed, Deflate},
    frame::{MAX_CONTROL, MAX_HEADER, ServerHeader},
    inbound::Outbox,
    mask,
    memory::{self, Buffer},
};
use large::LARGE;

/// Pings and Pongs join the output while fewer bytes than this wait in it.
const ANSWER_ROOM: usize = 16 * 1024;

/// Messages in, bytes out.
#[derive(Debug)]
pub(super) struct Encoder {
    config: Arc<Config>,
    role: Role,
    /// A Close frame has been sent or queued: nothing may follow it.
    closed: bool,
    /// The transport did not take all that it was given.
    stalled: bool,
    /// Since the last look it has taken more after it was stalled.
    taken: bool,
    /// A Ping is in the output.
    ping: bool,
    /// The transport has bytes of its own that it could not pass on.
    pub(super) unflushed: bool,
    /// The application keeps the output back. Like `unflushed` it is `Outgoing`'s, and costs no room here.
    pub(super) corked: bool,
    /// The type of the fragmented message that is being sent.
    fragmented: Option<Opcode>,
    output: Buffer,
    deflate: Option<Boxed<Deflate>>,
}

/// What the application's data is sent as; nothing for a control frame.
#[inline]
fn data(message: Message<'_>) -> Option<(Opcode, &[u8])> {
    match message {
        Message::Text(text) => Some((Opcode::Text, text.as_bytes())),
        Message::Binary(bytes) => Some((Opcode::Binary, bytes)),
        _ => None,
    }
}

thread_local! {
    /// Where a message is compressed to, before its length is known.
    static COMPRESSED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl Encoder {
    pub(super) fn new(role: Role, config: Arc<Config>, deflate: Option<Boxed<Deflate>>) -> Self {
        Self {
            config,
            role,
            closed: false,
            stalled: false,
            taken: false,
            ping: false,
            unflushed: false,
            corked: false,
            fragmented: None,
            output: Buffer::default(),
            deflate,
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    #[cfg(feature = "server")]
    pub(super) fn role(&self) -> Role {
        self.role
    }

    /// Says whether frames that are encoded can be sent as they are: nothing is masked or compressed for this peer alone.
    #[cfg(feature = "server")]
    pub(super) fn takes_frames(&self) -> bool {
        self.role == Role::Server && self.deflate.is_none() && self.fragmented.is_none()
    }

    /// Queues what is to be sent on the protocol's own behalf. While the transport is stalled Pings and Pongs wait where
    /// they are.
    #[inline]
    pub(super) fn answer(&mut self, outbox: &mut Outbox) -> io::Result<()> {
        if outbox.is_empty() { Ok(()) } else { self.empty(outbox) }
    }

    #[inline(never)]
    fn empty(&mut self, outbox: &mut Outbox) -> io::Result<()> {
        if !self.closed && !self.stalled && self.output.len() <= ANSWER_ROOM {
            if let Some(pong) = outbox.take_pong() {
                self.push(Opcode::Pong, true, false, pong.as_ref())?;
            }
            if let Some(ping) = outbox.take_ping() {
                self.push(Opcode::Ping, true, false, &ping)?;
                self.ping = true;
            }
        }
        if let Some(code) = outbox.take_close() {
            let body = code.0.to_be_bytes();
            self.end(if code == CloseCode::NO_STATUS { &[] } else { &body })?;
        }
        if self.closed {
            outbox.clear();
        }
        Ok(())
    }

    /// Queues a message that makes one frame of fewer than [`LARGE`] bytes, or leaves all as it is: what
    /// [`Encoder::send`] would do, at a fraction of the cost. Results that hold a [`Large`] pass through memory.
    #[inline(always)]
    pub(super) fn take_whole(&mut self, message: Message<'_>) -> bool {
        let Some((opcode, payload)) = data(message) else { return false };
        let usual = !self.closed && self.fragmented.is_none() && self.deflate.is_none();
        if !usual || payload.len() >= LARGE || !self.fits(payload.len()) {
            return false;
        }
        match self.role {
            Role::Server => {
                let room = self.output.room(ServerHeader::ROOM + payload.len());
                let length = ServerHeader::new(opcode, payload.len()).put(room, payload);
                self.output.advance(length);
            }
            // Should the random source fail, the other way tells it.
            Role::Client => return self.push(opcode, true, false, payload).is_ok(),
        }
        true
    }

    /// Takes one whole message: queues it, or returns it with its header when it is large enough to be written from
    /// where it lies; then [`Encoder::queue`] takes what the transport did not.
    #[inline]
    pub(super) fn send<'a>(&mut self, message: Message<'a>) -> Result<Option<Large<'a>>, WebSocketError> {
        let compress = match (&self.deflate, data(message)) {
            (Some(deflate), Some((_, payload))) => deflate.wants(payload),
            _ => false,
        };
        self.send_one(message, compress)
    }

    /// Does what [`Encoder::send`] does, without compression.
    pub(super) fn send_uncompressed<'a>(&mut self, message: Message<'a>) -> Result<Option<Large<'a>>, WebSocketError> {
        self.send_one(message, false)
    }

    fn send_one<'a>(&mut self, message: Message<'a>, compress: bool) -> Result<Option<Large<'a>>, WebSocketError> {
        let (opcode, payload) = match message {
            Message::Text(text) => (Opcode::Text, text.as_bytes()),
            Message::Binary(bytes) => (Opcode::Binary, bytes),
            Message::Ping(payload) => return self.control(Opcode::Ping, payload),
            Message::Pong(payload) => return self.control(Opcode::Pong, payload),
            Message::Close(frame) => return self.close(frame).map(|()| None),
        };
        if self.fragmented.is_some() {
            return Err(Unsendable::UnfinishedMessage.into());
        }
        if !self.has_room(payload.len())? {
            return Ok(None);
        }
        if compress || payload.len() >= LARGE {
            return self.data(opcode, payload, true, compress);
        }
        self.push(opcode, true, false, payload)?;
        Ok(None)
    }

    /// Takes a part of a message, as [`Encoder::send`] does a whole one.
    pub(super) fn part<'a>(&mut self, part: Part<'a>) -> Result<Option<Large<'a>>, WebSocketError> {
        let (message, last) = (part.message(), matches!(part, Part::Last(_)));
        let (opcode, payload) = data(message).ok_or(Unsendable::FragmentedControl)?;
        if self.fragmented.is_some_and(|begun| begun != opcode) {
            return Err(Unsendable::UnfinishedMessage.into());
        }
        if !self.has_room(payload.len())? {
            // A message with a hole would be another message.
            return Err(Unsendable::BufferFull.into());
        }
        let first = self.fragmented.is_none();
        let compress = self.deflate.as_mut().is_some_and(|deflate| deflate.wants_part(payload, first));
        let large = self.data(opcode, payload, last, compress)?;
        self.fragmented = (!last).then_some(opcode);
        Ok(large)
    }

    /// Takes a message that was encoded before.
    pub(super) fn send_prepared<'a>(&mut self, prepared: &'a Prepared) -> Result<Option<Large<'a>>, WebSocketError> {
        let payload = prepared.payload();
        if prepared.is_data() && self.fragmented.is_some() {
            return Err(Unsendable::UnfinishedMessage.into());
        }
        if !self.has_room(payload.len())? {
            return Ok(None);
        }
        if self.role == Role::Client {
            self.push(prepared.opcode(), true, false, payload)?;
            return Ok(None);
        }
        let mut frame = prepared.frame();
        if let Some(deflate) = &mut self.deflate {
            if prepared.is_data() {
                if let Some(compressed) = prepared.compressed()? {
                    if deflate.takes_foreign() {
                        frame = compressed;
                    }
                }
            }
        }
        if frame.len() >= LARGE {
            return Ok(Some(Large { header: None, mask: None, payload: frame }));
        }
        self.output.push(frame);
        Ok(None)
    }

    /// Queues a Close frame; nothing follows it. Does nothing when one has been queued before.
    pub(super) fn close(&mut self, frame: Option<CloseFrame<'_>>) -> Result<(), WebSocketError> {
        let mut body = [0; MAX_CONTROL];
        let body = match frame {
            None => &body[..0],
            Some(frame @ CloseFrame { code, reason }) => {
                check_close(self.role, frame)?;
                let end = reason.len() + 2;
                body[..2].copy_from_slice(&code.0.to_be_bytes());
                body[2..end].copy_from_slice(reason.as_bytes());
                &body[..end]
            }
        };
        Ok(self.end(body)?)
    }

    /// Queues a Close frame, unless there was one.
    fn end(&mut self, body: &[u8]) -> io::Result<()> {
        if !self.closed {
            self.push(Opcode::Close, true, false, body)?;
            self.closed = true;
            self.deflate = None;
        }
        Ok(())
    }

    fn control<'a>(&mut self, opcode: Opcode, payload: &[u8]) -> Result<Option<Large<'a>>, WebSocketError> {
        if payload.len() > MAX_CONTROL {
            return Err(Unsendable::ControlTooLong.into());
        }
        if self.has_room(payload.len())? {
            self.push(opcode, true, false, payload)?;
        }
        Ok(None)
    }

    fn data<'a>(
        &mut self,
        opcode: Opcode,
        payload: &'a [u8],
        last: bool,
        compress: bool,
    ) -> Result<Option<Large<'a>>, WebSocketError> {
        let first = self.fragmented.is_none();
        let opcode = if first { opcode } else { Opcode::Continuation };
        if let (true, Some(deflate)) = (compress, &mut self.deflate) {
            let mut bytes = COMPRESSED.take();
            bytes.clear();
            let result = deflate.run(payload, last, &mut bytes).and_then(|()| self.push(opcode, last, first, &bytes));
            if bytes.capacity() <= memory::SIZE {
                COMPRESSED.set(bytes);
            }
            return Ok(result.map(|()| None)?);
        }
        let large = match self.role {
            Role::Server => payload.len() >= LARGE,
            Role::Client => payload.len() > PIECE,
        };
        if large {
            let mask = self.fresh_mask()?;
            let header = FrameHeader { fin: last, rsv1: false, opcode, mask, payload_len: payload.len() as u64 };
            return Ok(Some(Large { header: Some(header.encode()), mask, payload }));
        }
        self.push(opcode, last, false, payload)?;
        Ok(None)
    }

    #[inline]
    fn fresh_mask(&self) -> io::Result<Option<[u8; 4]>> {
        match self.role {
            Role::Server => Ok(None),
            Role::Client => mask::fresh_key().map(Some),
        }
    }

    /// Queues one frame.
    #[inline]
    fn push(&mut self, opcode: Opcode, fin: bool, rsv1: bool, payload: &[u8]) -> io::Result<()> {
        let mask = self.fresh_mask()?;
        let header = FrameHeader { fin, rsv1, opcode, mask, payload_len: payload.len() as u64 };
        let room = self.output.room(MAX_HEADER + payload.len());
        let start = room.first_chunk_mut().map_or(0, |first| header.encode_into(first));
        let room = &mut room[start..start + payload.len()];
        match mask {
            None => room.copy_from_slice(payload),
            Some(key) => mask::copy(payload, room, key),
        }
        self.output.advance(start + payload.len());
        Ok(())
    }
}

/// Finds out whether a side may send this Close frame.
pub(super) fn check_close(role: Role, frame: CloseFrame<'_>) -> Result<(), Unsendable> {
    if !frame.code.is_sendable() || (role == Role::Server && frame.code == CloseCode::MANDATORY_EXTENSION) {
        return Err(Unsendable::CloseCode);
    }
    if frame.reason.len() > MAX_REASON { Err(Unsendable::ControlTooLong) } else { Ok(()) }
}
