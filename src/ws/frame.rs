use super::{ProtocolError, Role};

/// What a decoder found in the bytes it was given: a whole item, or only the beginning of one.
///
/// Incomplete input is not an error: more bytes complete it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status<T> {
    /// The item, and how many bytes of the input it took.
    Complete(T, usize),
    /// The input is a proper prefix of an item; decode again when more bytes have arrived.
    Partial,
}

/// The type of a frame ([RFC 6455, section 5.2](https://www.rfc-editor.org/rfc/rfc6455#section-5.2)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Opcode {
    /// The next part of a fragmented message.
    Continuation = 0x0,
    /// A text message or its first part.
    Text = 0x1,
    /// A binary message or its first part.
    Binary = 0x2,
    /// The start of the closing handshake, or the answer to it.
    Close = 0x8,
    /// Asks whether the peer is still there.
    Ping = 0x9,
    /// The answer to a Ping.
    Pong = 0xA,
}

impl Opcode {
    /// Returns whether frames of this type are control frames: never fragmented, at most 125 bytes.
    #[must_use]
    pub const fn is_control(self) -> bool {
        self as u8 & 0x8 != 0
    }

    const fn from_bits(bits: u8) -> Option<Self> {
        Some(match bits {
            0x0 => Self::Continuation,
            0x1 => Self::Text,
            0x2 => Self::Binary,
            0x8 => Self::Close,
            0x9 => Self::Ping,
            0xA => Self::Pong,
            _ => return None,
        })
    }
}

/// The header of a frame ([RFC 6455, section 5.2](https://www.rfc-editor.org/rfc/rfc6455#section-5.2)).
///
/// # Examples
/// ```
/// use php_sockets::ws::{FrameHeader, Opcode, Status};
///
/// let bytes = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
/// let Status::Complete(header, length) = FrameHeader::decode(&bytes)? else { unreachable!() };
/// assert_eq!((header.opcode, header.payload_len, length), (Opcode::Text, 5, 6));
/// assert_eq!(header.mask, Some([0x37, 0xfa, 0x21, 0x3d]));
/// assert_eq!(header.encode().as_ref(), &bytes[..6]);
/// assert_eq!(FrameHeader::decode(&bytes[..5])?, Status::Partial);
/// # Ok::<(), php_sockets::ws::ProtocolError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameHeader {
    /// The last frame of its message.
    pub fin: bool,
    /// RSV1: the message is compressed (permessage-deflate).
    pub rsv1: bool,
    /// The type of the frame.
    pub opcode: Opcode,
    /// The masking key; a client's frames have one, a server's do not.
    pub mask: Option<[u8; 4]>,
    /// The length of the payload in bytes, below 2^63.
    pub payload_len: u64,
}

/// The most bytes that a header takes.
pub(super) const MAX_HEADER: usize = 14;
/// The most bytes that a control frame's payload takes.
pub(super) const MAX_CONTROL: usize = 125;
/// The longest payload whose length the second byte tells.
pub(super) const MAX_SHORT: u8 = 125;

impl FrameHeader {
    /// Decodes the header at the beginning of `bytes`.
    ///
    /// [`Status::Complete`] holds the header and its own length, 2 to 14 bytes; the payload follows it.
    ///
    /// # Errors
    /// RSV2 or RSV3 set, a reserved opcode, a control frame that is fragmented or too long, RSV1 where it is not
    /// allowed, a length of 2^63 or more, or one not in its shortest form. Reported as soon as the bytes show it.
    pub fn decode(bytes: &[u8]) -> Result<Status<Self>, ProtocolError> {
        let Some(head) = Head::decode(bytes)? else { return Ok(Status::Partial) };
        let Head { payload, key, masked, start, fin, rsv1, opcode } = head;
        let header = Self { fin, rsv1, opcode, mask: masked.then(|| key.to_ne_bytes()), payload_len: payload };
        Ok(Status::Complete(header, start))
    }

    /// Encodes the header, its length in the fewest bytes.
    ///
    /// Only the low 63 bits of [`payload_len`](Self::payload_len) fit into a header.
    #[inline]
    #[must_use]
    pub fn encode(&self) -> EncodedHeader {
        let mut bytes = [0; MAX_HEADER];
        let end = self.encode_into(&mut bytes);
        EncodedHeader { bytes, end }
    }

    /// Encodes the header where it is to stand, and returns its length.
    #[inline]
    pub(super) fn encode_into(&self, bytes: &mut [u8; MAX_HEADER]) -> usize {
        bytes[0] = u8::from(self.fin) << 7 | u8::from(self.rsv1) << 6 | self.opcode as u8;
        let masked = u8::from(self.mask.is_some()) << 7;
        let length = self.payload_len.to_be_bytes();
        let mut end = match self.payload_len {
            0..=125 => {
                bytes[1] = masked | length[7];
                2
            }
            126..=0xFFFF => {
                bytes[1] = masked | 126;
                bytes[2..4].copy_from_slice(&length[6..]);
                4
            }
            _ => {
                bytes[1] = masked | 127;
                bytes[2..10].copy_from_slice(&length);
                10
            }
        };
        if let Some(key) = self.mask {
            bytes[end..end + 4].copy_from_slice(&key);
            end += 4;
        }
        end
    }
}

/// The header of a whole message of at most 65,535 bytes, as a server sends it: unmasked.
#[derive(Debug, Clone, Copy)]
pub(super) struct ServerHeader {
    bytes: [u8; Self::ROOM],
    length: usize,
}

impl ServerHeader {
    /// The most bytes that it takes.
    pub(super) const ROOM: usize = 4;

    /// Of a length only the low 16 bits count.
    #[inline]
    pub(super) fn new(opcode: Opcode, payload: usize) -> Self {
        let first = 0x80 | opcode as u8;
        let [.., high, low] = payload.to_be_bytes();
        if payload <= usize::from(MAX_SHORT) {
            Self { bytes: [first, low, 0, 0], length: 2 }
        } else {
            Self { bytes: [first, 126, high, low], length: 4 }
        }
    }

    /// Puts it and the payload at the beginning of `room`, which has [`ROOM`](Self::ROOM) more bytes than the payload, and
    /// returns how many bytes they are.
    #[inline]
    pub(super) fn put(self, room: &mut [u8], payload: &[u8]) -> usize {
        let end = self.length + payload.len();
        // All of it is one step; what is too much of it lies under the payload.
        if let Some(first) = room.first_chunk_mut() {
            *first = self.bytes;
        }
        room[self.length..end].copy_from_slice(payload);
        end
    }
}

/// A decoded header in the shape that the receiver works with: every field fits a register.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    pub(super) payload: u64,
    /// The masking key as it stands in memory, or 0.
    pub(super) key: u32,
    pub(super) masked: bool,
    /// Where the payload begins.
    pub(super) start: usize,
    pub(super) fin: bool,
    pub(super) rsv1: bool,
    pub(super) opcode: Opcode,
}

/// A whole message in one frame whose length takes one byte or two: what nearly all messages are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Whole {
    pub(super) is_text: bool,
    /// The masking key as it stands in memory, or 0; as wide as the rest, so that each has a register of its own.
    key: u64,
    /// Where the payload begins, and the frame ends.
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Whole {
    /// Finds one that the peer of `receiver` has sent at the beginning of `bytes`.
    #[inline]
    pub(super) fn find(bytes: &[u8], receiver: Role) -> Option<Self> {
        let &[first, second, ref rest @ ..] = bytes else { return None };
        let is_text = match first {
            0x81 => true,
            0x82 => false,
            _ => return None,
        };
        let mask = match receiver {
            Role::Server => 0x80,
            Role::Client => 0,
        };
        let (length, rest) = match second ^ mask {
            short @ 0..=MAX_SHORT => (usize::from(short), rest),
            126 => {
                let (length, rest) = rest.split_first_chunk()?;
                let length = usize::from(u16::from_be_bytes(*length));
                (length > usize::from(MAX_SHORT)).then_some((length, rest))?
            }
            _ => return None,
        };
        let (key, rest) = match receiver {
            Role::Server => rest.split_first_chunk().map(|(key, rest)| (u32::from_ne_bytes(*key).into(), rest))?,
            Role::Client => (0, rest),
        };
        let start = bytes.len() - rest.len();
        (length <= rest.len()).then_some(Self { is_text, key, start, end: start + length })
    }

    /// Returns the masking key as it stands in memory, or 0.
    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "it was one")]
    pub(super) fn key(&self) -> u32 {
        self.key as u32
    }

    /// Returns the length of the payload.
    #[inline]
    pub(super) fn length(&self) -> usize {
        self.end - self.start
    }
}

/// Returns whether `bytes` begin with a whole frame, of whatever kind.
#[inline]
pub(super) fn is_whole(bytes: &[u8]) -> bool {
    let &[_, second, ref rest @ ..] = bytes else { return false };
    let key = usize::from(second >> 7) * 4;
    let (length, room) = match second & 0x7F {
        126 => match rest.first_chunk() {
            Some(length) => (u64::from(u16::from_be_bytes(*length)), rest.len() - 2),
            None => return false,
        },
        127 => match rest.first_chunk() {
            Some(length) => (u64::from_be_bytes(*length), rest.len() - 8),
            None => return false,
        },
        short => (u64::from(short), rest.len()),
    };
    room.checked_sub(key).is_some_and(|room| length <= room as u64)
}

impl Head {
    /// Does what [`FrameHeader::decode`] does.
    #[inline]
    pub(super) fn decode(bytes: &[u8]) -> Result<Option<Self>, ProtocolError> {
        let &[first, second, ref rest @ ..] = bytes else { return Ok(None) };
        if first & 0x30 != 0 {
            return Err(ProtocolError::ReservedBit);
        }
        let opcode = Opcode::from_bits(first & 0x0F).ok_or(ProtocolError::ReservedOpcode)?;
        let fin = first & 0x80 != 0;
        let rsv1 = first & 0x40 != 0;
        if rsv1 && !matches!(opcode, Opcode::Text | Opcode::Binary) {
            return Err(ProtocolError::ReservedBit);
        }
        let short = second & 0x7F;
        if opcode.is_control() {
            if !fin {
                return Err(ProtocolError::FragmentedControl);
            }
            if usize::from(short) > MAX_CONTROL {
                return Err(ProtocolError::ControlTooLong);
            }
        }
        let (payload, rest) = match short {
            126 => {
                let Some((length, rest)) = rest.split_first_chunk() else { return Ok(None) };
                let length = u16::from_be_bytes(*length);
                if length < 126 {
                    return Err(ProtocolError::LengthNotMinimal);
                }
                (u64::from(length), rest)
            }
            127 => {
                let Some((length, rest)) = rest.split_first_chunk() else { return Ok(None) };
                let length = u64::from_be_bytes(*length);
                if length >> 63 != 0 {
                    return Err(ProtocolError::LengthTooLarge);
                }
                if length <= 0xFFFF {
                    return Err(ProtocolError::LengthNotMinimal);
                }
                (length, rest)
            }
            _ => (u64::from(short), rest),
        };
        let masked = second & 0x80 != 0;
        let (key, rest) = if masked {
            let Some((key, rest)) = rest.split_first_chunk() else { return Ok(None) };
            (u32::from_ne_bytes(*key), rest)
        } else {
            (0, rest)
        };
        Ok(Some(Self { payload, key, masked, start: bytes.len() - rest.len(), fin, rsv1, opcode }))
    }

    /// A server must not accept an unmasked frame, nor a client a masked one (section 5.1).
    #[inline]
    pub(super) fn check_mask(&self, receiver: Role) -> Result<(), ProtocolError> {
        match (receiver, self.masked) {
            (Role::Server, true) | (Role::Client, false) => Ok(()),
            (Role::Server, false) => Err(ProtocolError::Unmasked),
            (Role::Client, true) => Err(ProtocolError::Masked),
        }
    }
}

/// The bytes of an encoded [`FrameHeader`].
#[derive(Debug, Clone, Copy)]
pub struct EncodedHeader {
    bytes: [u8; MAX_HEADER],
    end: usize,
}

impl AsRef<[u8]> for EncodedHeader {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..self.end]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type TestResult = Result<(), ProtocolError>;

    fn decode(bytes: &[u8]) -> Result<Status<FrameHeader>, ProtocolError> {
        FrameHeader::decode(bytes)
    }

    /// RFC 6455, section 5.7, plus the edges of the three length forms: (bytes, header).
    const EXAMPLES: &[(&[u8], FrameHeader)] = &[
        (&[0x81, 0x05], FrameHeader { fin: true, rsv1: false, opcode: Opcode::Text, mask: None, payload_len: 5 }),
        (
            &[0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d],
            FrameHeader {
                fin: true,
                rsv1: false,
                opcode: Opcode::Text,
                mask: Some([0x37, 0xfa, 0x21, 0x3d]),
                payload_len: 5,
            },
        ),
        (&[0x01, 0x03], FrameHeader { fin: false, rsv1: false, opcode: Opcode::Text, mask: None, payload_len: 3 }),
        (
            &[0x80, 0x02],
            FrameHeader { fin: true, rsv1: false, opcode: Opcode::Continuation, mask: None, payload_len: 2 },
        ),
        (&[0x89, 0x05], FrameHeader { fin: true, rsv1: false, opcode: Opcode::Ping, mask: None, payload_len: 5 }),
        (&[0x8a, 0x7d], FrameHeader { fin: true, rsv1: false, opcode: Opcode::Pong, mask: None, payload_len: 125 }),
        (&[0x88, 0x00], FrameHeader { fin: true, rsv1: false, opcode: Opcode::Close, mask: None, payload_len: 0 }),
        (&[0xc1, 0x07], FrameHeader { fin: true, rsv1: true, opcode: Opcode::Text, mask: None, payload_len: 7 }),
        (
            &[0x82, 0x7E, 0x01, 0x00],
            FrameHeader { fin: true, rsv1: false, opcode: Opcode::Binary, mask: None, payload_len: 256 },
        ),
        (
            &[0x82, 0x7E, 0xFF, 0xFF],
            FrameHeader { fin: true, rsv1: false, opcode: Opcode::Binary, mask: None, payload_len: 65535 },
        ),
        (
            &[0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0],
            FrameHeader { fin: true, rsv1: false, opcode: Opcode::Binary, mask: None, payload_len: 65536 },
        ),
    ];

    #[test]
    fn examples_decode_and_encode() -> TestResult {
        for (bytes, header) in EXAMPLES {
            assert_eq!(decode(bytes)?, Status::Complete(*header, bytes.len()));
            assert_eq!(header.encode().as_ref(), *bytes);
            for end in 0..bytes.len() {
                assert_eq!(decode(&bytes[..end])?, Status::Partial, "{bytes:x?} cut at {end}");
                assert!(!is_whole(&bytes[..end]), "{bytes:x?} cut at {end}");
            }
            let payload = usize::try_from(header.payload_len).unwrap_or_default();
            let frame = [bytes, &vec![0; payload][..]].concat();
            assert!(is_whole(&frame) && (payload == 0 || !is_whole(&frame[..frame.len() - 1])));
        }
        Ok(())
    }

    #[test]
    #[cfg_attr(miri, ignore = "it is half a million heads")]
    fn whole_frames_are_what_heads_say() {
        let key = [0x37, 0xfa, 0x21, 0x3d];
        let mut found = 0;
        for (receiver, first, second) in [Role::Server, Role::Client].into_iter().flat_map(|role| {
            (0..=u8::MAX).flat_map(move |first| (0..=u8::MAX).map(move |second| (role, first, second)))
        }) {
            for length in [0_u16, 125, 126, 200] {
                let mut bytes = vec![first, second];
                bytes.extend(length.to_be_bytes());
                bytes.extend(key);
                bytes.extend([7; 200]);
                let head = Head::decode(&bytes).ok().flatten().filter(|head| {
                    head.check_mask(receiver).is_ok() && head.fin && !head.rsv1 && head.payload <= 0xFFFF
                });
                let head = head.filter(|head| matches!(head.opcode, Opcode::Text | Opcode::Binary));
                let whole = Whole::find(&bytes, receiver);
                assert_eq!(head.is_some(), whole.is_some(), "{first:x} {second:x} {length}");
                let (Some(head), Some(whole)) = (head, whole) else { continue };
                assert_eq!((whole.is_text, whole.key()), (head.opcode == Opcode::Text, head.key));
                assert_eq!((whole.start, whole.length() as u64), (head.start, head.payload));
                assert!(Whole::find(&bytes[..whole.end], receiver).is_some() && is_whole(&bytes[..whole.end]));
                assert!(Whole::find(&bytes[..whole.end - 1], receiver).is_none());
                assert!(!is_whole(&bytes[..whole.end - 1]));
                found += 1;
            }
        }
        // Both roles and both types: 126 short lengths four times, and two longer ones.
        assert_eq!(found, 2 * 2 * (4 * 126 + 2));
    }

    #[test]
    fn errors_are_told_as_soon_as_they_show() {
        let cases: &[(&[u8], ProtocolError)] = &[
            (&[0xA1, 0], ProtocolError::ReservedBit),
            (&[0x91, 0], ProtocolError::ReservedBit),
            (&[0xC0, 0], ProtocolError::ReservedBit),
            (&[0xC9, 0], ProtocolError::ReservedBit),
            (&[0x83, 0], ProtocolError::ReservedOpcode),
            (&[0x8F, 0], ProtocolError::ReservedOpcode),
            (&[0x09, 0], ProtocolError::FragmentedControl),
            (&[0x89, 126], ProtocolError::ControlTooLong),
            (&[0x88, 0xFF], ProtocolError::ControlTooLong),
            (&[0x82, 126, 0, 125], ProtocolError::LengthNotMinimal),
            (&[0x82, 127, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], ProtocolError::LengthNotMinimal),
            (&[0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0], ProtocolError::LengthTooLarge),
            (&[0x82, 127, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], ProtocolError::LengthTooLarge),
        ];
        for (bytes, error) in cases {
            assert_eq!(decode(bytes), Err(*error), "{bytes:x?}");
        }
    }
}
