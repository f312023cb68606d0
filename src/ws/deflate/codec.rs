//! The codec on zlib-rs.

use std::{fmt, io, mem};

use zlib_rs::{DeflateFlush, InflateFlush, Status};

use super::{
    Parameters,
    lent::{self, Context, Kind},
    window::Window,
};
use crate::ws::{ProtocolError, Role, memory::grow};

/// What a sender strips from the end of a message and a receiver appends (RFC 7692, section 7.2).
const TAIL: [u8; 4] = [0x00, 0x00, 0xFF, 0xFF];
/// Messages of fewer bytes are sent as they are: they would rarely get shorter.
const THRESHOLD: usize = 64;
/// The fewest and the most bytes by which output memory grows.
const STEP: (usize, usize) = (1024, 64 * 1024);
/// The most of its context that is kept for a compressor which has lost it to others, in bytes; of a longer message all. More
/// would make messages hardly shorter.
const REMINDER: usize = 4096;
/// How much of that it is primed with: so many bytes for each byte of the message, and so many at least. That takes about as long
/// as to compress the message.
const PRIMING: (usize, usize) = (4, 1024);

/// Where a connection holds its codecs.
pub(in crate::ws) type Boxed<T> = Box<T>;

/// Inflates received messages.
pub(in crate::ws) struct Inflate {
    bits: u8,
    /// What names the context to the thread; none without context takeover.
    context: Option<Context>,
    /// What the next message may refer to, unless `inner` is kept.
    window: Window,
    /// Lent by the thread, during a message; kept when it is `dedicated`.
    inner: Option<Box<zlib_rs::Inflate>>,
    dedicated: bool,
    /// The sender ended its DEFLATE stream; what follows is a new one.
    ended: bool,
    /// How much of the tail has been appended.
    tail: usize,
}

impl Inflate {
    #[expect(clippy::unnecessary_wraps, reason = "without the feature there is none")]
    pub(in crate::ws) fn new(parameters: &Parameters, receiver: Role, dedicated: bool) -> Option<Boxed<Self>> {
        let (bits, no_context_takeover) = match receiver {
            Role::Server => (parameters.client_max_window_bits, parameters.client_no_context_takeover),
            Role::Client => (parameters.server_max_window_bits, parameters.server_no_context_takeover),
        };
        let bits = bits.clamp(9, 15); // senders whose compressor has no smaller window use 9 for 8
        let (context, dedicated) = kept(no_context_takeover, dedicated);
        Some(Box::new(Self { bits, context, window: Window::default(), inner: None, dedicated, ended: false, tail: 0 }))
    }

    /// Inflates `input` behind the first `filled` bytes of `message`, up to `limit` bytes; returns how much was used.
    ///
    /// Less than all is used only when the limit is reached.
    pub(in crate::ws) fn run(
        &mut self,
        input: &[u8],
        message: &mut Vec<u8>,
        filled: &mut usize,
        limit: usize,
    ) -> Result<usize, ProtocolError> {
        let inner = match &mut self.inner {
            Some(inner) => inner,
            none => {
                let (mut inner, knows) = lent::decompressor(self.context);
                for piece in self.window.pieces().filter(|_| !knows) {
                    inner.set_dictionary(piece).map_err(|_| ProtocolError::InvalidDeflate)?;
                }
                none.insert(inner)
            }
        };
        let mut used = 0;
        while *filled < limit {
            if self.ended {
                if used == input.len() {
                    break;
                }
                inner.reset(false);
                self.window.clear();
                self.ended = false;
            }
            if *filled == message.len() {
                let step = (2 * (input.len() - used)).max(*filled / 2).clamp(STEP.0, STEP.1);
                grow(message, limit.min(*filled + step));
            }
            let room = message.len().min(limit);
            let before = (inner.total_in(), inner.total_out());
            let status = inner
                .decompress(&input[used..], &mut message[*filled..room], InflateFlush::SyncFlush)
                .map_err(|_| ProtocolError::InvalidDeflate)?;
            let (taken, made) = (since(inner.total_in(), before.0), since(inner.total_out(), before.1));
            used += taken;
            if self.context.is_some() {
                self.window.push(&message[*filled..*filled + made], 1 << self.bits);
            }
            *filled += made;
            self.ended = status == Status::StreamEnd;
            // With room left it has used all that it was given.
            if !self.ended && *filled < room {
                break;
            }
        }
        Ok(used)
    }

    /// Ends a message; `false` when the limit was reached before its end.
    pub(in crate::ws) fn finish(
        &mut self,
        message: &mut Vec<u8>,
        filled: &mut usize,
        limit: usize,
    ) -> Result<bool, ProtocolError> {
        // A stream that its sender ended without the padding block has no place for the tail.
        if !self.ended || self.tail > 0 {
            self.tail += self.run(&TAIL[self.tail..], message, filled, limit)?;
            if *filled == limit {
                return Ok(false);
            }
        }
        self.tail = 0;
        if mem::take(&mut self.ended) {
            self.window.clear();
        }
        if let Some(context) = &mut self.context {
            context.advance();
        }
        if let Some(inner) = self.inner.take_if(|_| !self.dedicated) {
            lent::give_back_decompressor(self.context, inner);
        }
        Ok(true)
    }
}

/// Compresses messages to be sent.
pub(in crate::ws) struct Deflate {
    kind: Kind,
    /// What names the context to the thread; none without context takeover.
    context: Option<Context>,
    /// The end of the context, unless `inner` is kept.
    window: Window,
    /// Lent by the thread, during a message; kept when it is `dedicated`.
    inner: Option<Box<zlib_rs::Deflate>>,
    dedicated: bool,
    /// `inner` was lent with the own context.
    knew: bool,
    /// The fragmented message that is being sent is not compressed.
    leaves: bool,
}

impl Deflate {
    pub(in crate::ws) fn new(parameters: &Parameters, sender: Role, level: u8, dedicated: bool) -> Option<Boxed<Self>> {
        let (bits, no_context_takeover) = match sender {
            Role::Server => (parameters.server_max_window_bits, parameters.server_no_context_takeover),
            Role::Client => (parameters.client_max_window_bits, parameters.client_no_context_takeover),
        };
        // The compressor has no window of 2^8: everything is sent as it is, which is always allowed.
        let (context, dedicated) = kept(no_context_takeover, dedicated);
        let kind = (bits, level.clamp(1, 9));
        (9..=15).contains(&bits).then(|| Box::new(Self::with(kind, context, dedicated)))
    }

    fn with(kind: Kind, context: Option<Context>, dedicated: bool) -> Self {
        Self { kind, context, window: Window::default(), inner: None, dedicated, knew: false, leaves: false }
    }

    /// Says whether a message is worth compressing.
    pub(in crate::ws) fn wants(&self, payload: &[u8]) -> bool {
        is_worthwhile(payload)
    }

    /// Says whether a fragment is to be compressed: all of a message are, or none. The `first` one decides; all are where it is too
    /// short to tell.
    pub(in crate::ws) fn wants_part(&mut self, payload: &[u8], first: bool) -> bool {
        if first {
            self.leaves = is_noise(payload);
        }
        !self.leaves
    }

    /// Says whether the peer can inflate a message that another compressor made; if so, forgets the own window, which does
    /// not hold that message.
    pub(in crate::ws) fn takes_foreign(&mut self) -> bool {
        if self.kind.0 < 15 {
            return false;
        }
        if let Some(context) = &mut self.context {
            lent::forget(*context);
            context.advance();
        }
        if let Some(inner) = self.inner.take() {
            lent::give_back_compressor(self.kind, None, inner, false);
        }
        self.window.clear();
        true
    }

    /// Compresses a message, or a fragment when it is not the `last`, behind what is in `output`.
    pub(in crate::ws) fn run(&mut self, payload: &[u8], last: bool, output: &mut Vec<u8>) -> io::Result<()> {
        let inner = match &mut self.inner {
            Some(inner) => inner,
            none => {
                let (mut inner, knew) = lent::compressor(self.kind, self.context);
                self.knew = knew;
                let primed = if knew { 0 } else { PRIMING.1.max(payload.len().saturating_mul(PRIMING.0)) };
                for piece in self.window.last(primed) {
                    inner.set_dictionary(piece).map_err(failed)?;
                }
                none.insert(inner)
            }
        };
        let start = output.len();
        let (mut used, mut end) = (0, start);
        let mut room = (payload.len() / 2).clamp(STEP.0, STEP.1);
        loop {
            output.resize(end + room, 0);
            let before = (inner.total_in(), inner.total_out());
            inner.compress(&payload[used..], &mut output[end..], DeflateFlush::SyncFlush).map_err(failed)?;
            used += since(inner.total_in(), before.0);
            end += since(inner.total_out(), before.1);
            if used == payload.len() && end < output.len() {
                break;
            }
            room = STEP.0.max(end / 2);
        }
        output.truncate(end);
        if last {
            if output[start..].ends_with(&TAIL) {
                output.truncate(output.len() - TAIL.len());
            }
            if output.len() == start {
                output.push(0x00); // the header of the empty block whose rest is the tail
            }
            if let Some(context) = &mut self.context {
                context.advance();
            }
            if let Some(inner) = self.inner.take_if(|_| !self.dedicated) {
                lent::give_back_compressor(self.kind, self.context, inner, self.knew);
            }
        }
        if self.context.is_some() {
            self.window.push(payload, REMINDER.max(payload.len()).min(1 << self.kind.0));
        }
        Ok(())
    }
}

impl fmt::Debug for Inflate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inflate").field("context", &self.context).field("window", &self.window).finish_non_exhaustive()
    }
}

impl fmt::Debug for Deflate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deflate").field("kind", &self.kind).field("context", &self.context).finish_non_exhaustive()
    }
}

impl Drop for Deflate {
    fn drop(&mut self) {
        if let Some(context) = self.context {
            lent::forget(context);
        }
    }
}

/// What is kept between two messages: a context by which the thread recognises the codec that it had lent, or the codec itself,
/// or nothing.
fn kept(no_context_takeover: bool, dedicated: bool) -> (Option<Context>, bool) {
    match (no_context_takeover, dedicated) {
        (true, _) => (None, false),
        (false, true) => (None, true),
        (false, false) => (Some(Context::new()), false),
    }
}

/// Compresses a message with a window of its own, if it is worth it.
pub(in crate::ws) fn alone(payload: &[u8]) -> io::Result<Option<Vec<u8>>> {
    if !is_worthwhile(payload) {
        return Ok(None);
    }
    let mut output = Vec::new();
    Deflate::with((15, 6), None, false).run(payload, true, &mut output)?;
    Ok(Some(output))
}

/// Short messages rarely get shorter, nor does what is compressed or encrypted already.
fn is_worthwhile(payload: &[u8]) -> bool {
    payload.len() >= THRESHOLD && !is_noise(payload)
}

/// Says whether all values of a byte are about as frequent, in four samples of 1 KiB.
///
/// The sum of their squared counts is `n * n / 256 + n` for noise, and four times as much already for noise in base64.
fn is_noise(payload: &[u8]) -> bool {
    const SAMPLE: usize = 1024;
    const N: u32 = 4096;
    if payload.len() < 4 * SAMPLE {
        return false;
    }
    let mut counts = [0_u32; 256];
    for sample in payload.chunks(payload.len() / 4).take(4) {
        for byte in &sample[..SAMPLE] {
            counts[usize::from(*byte)] += 1;
        }
    }
    let squares: u32 = counts.iter().map(|count| count * count).sum();
    squares < N * N / 256 + 3 * N
}

fn failed(error: zlib_rs::DeflateError) -> io::Error {
    io::Error::other(error.as_str())
}

/// How many bytes the counter moved: at most the length of a slice.
fn since(now: u64, before: u64) -> usize {
    usize::try_from(now - before).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inflate() -> Box<Inflate> {
        Inflate::new(&Parameters::default(), Role::Server, false).expect("there is one")
    }

    /// The sender leaves a stored block of four bytes open, so that the tail is data: the limit is reached inside.
    #[test]
    fn a_limit_inside_the_tail_is_taken_up_again() -> Result<(), ProtocolError> {
        let (mut inflate, mut message, mut filled) = (inflate(), Vec::new(), 0);
        inflate.run(&[0x00, 0x04, 0x00, 0xFB, 0xFF], &mut message, &mut filled, 2)?;
        assert!(!inflate.finish(&mut message, &mut filled, 2)?);
        assert_eq!(message[..filled], [0x00, 0x00]);
        assert!(inflate.finish(&mut message, &mut filled, 10)?);
        assert_eq!(message[..filled], [0x00, 0x00, 0xFF, 0xFF]);
        Ok(())
    }

    /// The same with a last block of two bytes: behind the end of the stream the rest of the tail is no block.
    #[test]
    fn a_stream_that_ends_inside_the_tail_is_invalid() -> Result<(), ProtocolError> {
        let (mut inflate, mut message, mut filled) = (inflate(), Vec::new(), 0);
        inflate.run(&[0x01, 0x02, 0x00, 0xFD, 0xFF], &mut message, &mut filled, 2)?;
        let result =
            inflate.finish(&mut message, &mut filled, 2).and_then(|_| inflate.finish(&mut message, &mut filled, 10));
        assert!(result.is_err());
        Ok(())
    }

    /// With the memory full the inflater may hold some of a message whose last byte it has been given.
    #[test]
    fn a_message_is_inflated_whole_however_little_memory_there_is() -> Result<(), Box<dyn std::error::Error>> {
        let length = if cfg!(miri) { 10_000 } else { 100_000 };
        let (payload, mut compressed) = (vec![7; length], Vec::new());
        let mut deflate = Deflate::new(&Parameters::default(), Role::Client, 9, false).expect("there is one");
        deflate.run(&payload, true, &mut compressed)?;
        let (mut inflate, mut message, mut filled) = (inflate(), Vec::new(), 0);
        assert_eq!(inflate.run(&compressed, &mut message, &mut filled, usize::MAX)?, compressed.len());
        assert!(filled > length - 1000, "{filled}: it waits for no more");
        assert!(inflate.finish(&mut message, &mut filled, usize::MAX)?);
        assert_eq!(message[..filled], payload);
        assert!(message.len() <= filled * 3 / 2 + STEP.0, "{}", message.len());
        Ok(())
    }

    /// The sender may end its stream with each message, and go on with another.
    #[test]
    fn a_decompressor_at_the_end_of_its_stream_begins_anew() -> Result<(), ProtocolError> {
        let (mut inflate, mut message) = (inflate(), Vec::new());
        for _ in 0..3 {
            let mut filled = 0;
            inflate.run(&[0x01, 0x02, 0x00, 0xFD, 0xFF, b'h', b'i'], &mut message, &mut filled, 10)?;
            assert!(inflate.finish(&mut message, &mut filled, 10)?);
            assert_eq!(message[..filled], *b"hi");
        }
        Ok(())
    }

    /// A thread's decompressor goes from one connection to the next.
    #[test]
    fn what_one_connection_was_told_is_out_of_reach_of_the_others() -> Result<(), Box<dyn std::error::Error>> {
        /// A last block: the three bytes that stand 100 bytes back.
        const BACK: [u8; 4] = [0x03, 0xDA, 0x01, 0x00];
        let alone = Parameters { client_no_context_takeover: true, ..Parameters::default() };
        let mut compressed = Vec::new();
        let mut deflate = Deflate::new(&Parameters::default(), Role::Client, 6, false).expect("there is one");
        deflate.run(&b"secret".repeat(20), true, &mut compressed)?;
        for (parameters, reaches) in [(Parameters::default(), true), (alone, false)] {
            let mut told = Inflate::new(&parameters, Role::Server, false).expect("there is one");
            let (mut message, mut filled) = (Vec::new(), 0);
            told.run(&compressed, &mut message, &mut filled, 1000)?;
            assert!(told.finish(&mut message, &mut filled, 1000)?);
            let mut read = |inflate: &mut Inflate| {
                filled = 0;
                inflate.run(&BACK, &mut message, &mut filled, 1000).map(|_| message[..filled].to_vec())
            };
            for parameters in [Parameters::default(), alone] {
                let mut other = Inflate::new(&parameters, Role::Server, false).expect("there is one");
                assert!(read(&mut other).is_err());
            }
            assert_eq!(read(&mut told).ok().as_deref(), reaches.then_some(&b"cre"[..]));
        }
        Ok(())
    }

    #[test]
    fn a_connection_that_ends_leaves_its_compressor_to_others() -> io::Result<()> {
        let parameters = Parameters::default();
        let mut connections: Vec<_> =
            (0..3).filter_map(|_| Deflate::new(&parameters, Role::Server, 1, false)).collect();
        for deflate in &mut connections {
            deflate.run(b"Hello, hello, hello", true, &mut Vec::new())?;
        }
        let contexts: Vec<_> = connections.iter().filter_map(|deflate| deflate.context).collect();
        let kind = connections[0].kind;
        drop(connections);
        assert_eq!(contexts.len(), 3);
        assert!(contexts.iter().all(|context| !lent::compressor(kind, Some(*context)).1));
        Ok(())
    }

    /// More connections than a thread keeps compressors for, and messages longer than what one is reminded of.
    #[test]
    fn dedicated_codecs_forget_nothing() -> Result<(), Box<dyn std::error::Error>> {
        let size: u32 = if cfg!(miri) { 1000 } else { 10_000 };
        let payload: Vec<u8> =
            (0..2 * size).map(|i| i.wrapping_mul(2_654_435_761).wrapping_mul(i).to_be_bytes()[0]).collect();
        let parameters = Parameters::default();
        let connection = || {
            let deflate = Deflate::new(&parameters, Role::Server, 1, true).expect("there is one");
            (deflate, Inflate::new(&parameters, Role::Client, true).expect("there is one"))
        };
        let mut connections: Vec<_> = (0..if cfg!(miri) { 2 } else { 20 }).map(|_| connection()).collect();
        let pass = |deflate: &mut Deflate, inflate: &mut Inflate, payload: &[u8]| {
            let (mut compressed, mut message, mut filled) = (Vec::new(), Vec::new(), 0);
            deflate.run(payload, true, &mut compressed)?;
            inflate.run(&compressed, &mut message, &mut filled, usize::MAX)?;
            assert!(inflate.finish(&mut message, &mut filled, usize::MAX)?);
            assert_eq!(message[..filled], *payload);
            Ok::<_, Box<dyn std::error::Error>>(compressed.len())
        };
        let (first, second) = payload.split_at(payload.len() / 2);
        for _ in 0..2 {
            for (deflate, inflate) in &mut connections {
                pass(deflate, inflate, first)?;
                pass(deflate, inflate, second)?;
            }
        }
        for (deflate, inflate) in &mut connections {
            let length = pass(deflate, inflate, first)?;
            assert!(length < first.len() / 20, "{length}: it is all in the window");
        }
        let (deflate, inflate) = &mut connections[0];
        assert!(deflate.takes_foreign());
        let length = pass(deflate, inflate, first)?;
        assert!(length > first.len() / 2, "{length}: what came before the other's message is out of reach");
        Ok(())
    }

    #[test]
    fn without_context_takeover_nothing_is_dedicated() -> io::Result<()> {
        let parameters = Parameters { server_no_context_takeover: true, ..Parameters::default() };
        let mut deflate = Deflate::new(&parameters, Role::Server, 1, true).expect("there is one");
        deflate.run(b"Hello, hello, hello", true, &mut Vec::new())?;
        assert!(deflate.inner.is_none());
        Ok(())
    }

    /// What is noise depends on how often each byte comes in 4 KiB.
    #[test]
    fn noise_has_each_byte_about_as_often() {
        let bytes = |rich: usize| {
            let mut counts = [16; 256];
            counts[..rich].fill(32);
            counts[256 - rich..].fill(0);
            let spread = |(value, count): (usize, &usize)| vec![value.to_le_bytes()[0]; *count];
            let sorted: Vec<u8> = counts.iter().enumerate().flat_map(spread).collect();
            assert_eq!(sorted.len(), 4096);
            sorted
        };
        assert!(is_noise(&bytes(0)));
        assert!(is_noise(&bytes(12)) && is_noise(&bytes(23)));
        assert!(!is_noise(&bytes(24)), "exactly at the limit");
        assert!(!is_noise(&bytes(60)));
        assert!(!is_noise(&bytes(0)[1..]), "too short to tell");
    }
}
