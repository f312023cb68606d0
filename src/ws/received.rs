use super::{Message, OpCode, utf8};

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
    pub(super) fn new(opcode: OpCode, length: usize, last: bool) -> Self {
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
