use std::{
    io,
    sync::{Arc, OnceLock},
};

use super::{FrameHeader, Message, Opcode, Unsendable, deflate, frame::MAX_CONTROL};

/// A message encoded once, to be sent to many connections: the same bytes serve every server connection, without a copy
/// or an allocation for each.
///
/// Cheap to clone. A client's connection masks a copy of its own. For connections with compression a compressed variant is created
/// once, when the first of them needs it.
///
/// # Examples
/// ```
/// use php_sockets::ws::{Config, Prepared, Protocol, Role};
///
/// let news = Prepared::new("大家好")?;
/// let mut connection = Protocol::new(Role::Server, Config::server());
/// connection.send_prepared(&news)?;
/// assert_eq!(connection.output(), news.frame());
/// # Ok::<(), php_sockets::ws::WebSocketError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Prepared(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    frame: Box<[u8]>,
    /// Where the payload begins in `frame`.
    start: usize,
    opcode: Opcode,
    /// Nothing when it would not get shorter.
    compressed: OnceLock<Option<Box<[u8]>>>,
}

impl Prepared {
    /// Encodes a text or binary message, a Ping or a Pong.
    ///
    /// # Errors
    /// [`Unsendable::ControlTooLong`]; [`Unsendable::CloseCode`] for a Close, which belongs to a single connection.
    pub fn new<'a>(message: impl Into<Message<'a>>) -> Result<Self, Unsendable> {
        let message = message.into();
        let opcode = match message {
            Message::Text(_) => Opcode::Text,
            Message::Binary(_) => Opcode::Binary,
            Message::Ping(_) => Opcode::Ping,
            Message::Pong(_) => Opcode::Pong,
            Message::Close(_) => return Err(Unsendable::CloseCode),
        };
        let payload = message.as_bytes();
        if opcode.is_control() && payload.len() > MAX_CONTROL {
            return Err(Unsendable::ControlTooLong);
        }
        let (frame, start) = encode(opcode, false, payload);
        Ok(Self(Arc::new(Inner { frame, start, opcode, compressed: OnceLock::new() })))
    }

    /// Returns the frame as a server sends it, uncompressed.
    #[must_use]
    pub fn frame(&self) -> &[u8] {
        &self.0.frame
    }

    pub(super) fn payload(&self) -> &[u8] {
        &self.0.frame[self.0.start..]
    }

    pub(super) fn opcode(&self) -> Opcode {
        self.0.opcode
    }

    pub(super) fn is_data(&self) -> bool {
        !self.0.opcode.is_control()
    }

    /// Returns the frame compressed with a window of its own, if that is shorter.
    pub(super) fn compressed(&self) -> io::Result<Option<&[u8]>> {
        if let Some(frame) = self.0.compressed.get() {
            return Ok(frame.as_deref());
        }
        let payload = deflate::alone(self.payload())?;
        let frame = payload.map(|payload| encode(self.0.opcode, true, &payload).0);
        let frame = frame.filter(|frame| frame.len() < self.0.frame.len());
        Ok(self.0.compressed.get_or_init(|| frame).as_deref())
    }
}

fn encode(opcode: Opcode, rsv1: bool, payload: &[u8]) -> (Box<[u8]>, usize) {
    let header = FrameHeader { fin: true, rsv1, opcode, mask: None, payload_len: payload.len() as u64 }.encode();
    let header = header.as_ref();
    ([header, payload].concat().into(), header.len())
}
