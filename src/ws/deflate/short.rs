//! Short messages, one block each with DEFLATE's fixed codes
//! ([RFC 1951, section 3.2.6](https://www.rfc-editor.org/rfc/rfc1951#section-3.2.6)).
//!
//! zlib-rs zeroes 140 KiB before a message that begins with no context, or with another one than the last: that takes longer than
//! to compress a short one, and leaves nothing else in the processor's cache.

/// The most bytes of a message.
pub(super) const LONGEST: usize = 256;
/// The most bytes before it that it may refer to.
pub(super) const HISTORY: usize = 1024;

/// The shortest piece that is referred to instead of being repeated.
const SHORTEST: usize = 4;
/// How many earlier places are looked at for the longest piece.
const TRIES: usize = 16;
/// What comes of a message must be at most 5 of 8 bytes. Otherwise codes made for the message would make it shorter still.
const SHARE: (usize, usize) = (5, 8);

/// Compresses `message` behind what is in `output`, up to where a sender leaves out `00 00 FF FF`. What the peer has of `history`,
/// which is given in pieces, is within `reach`, its window. `false`, and nothing is written, if that is better done with other codes.
pub(super) fn compress<'h>(
    history: impl Iterator<Item = &'h [u8]>,
    message: &[u8],
    reach: usize,
    output: &mut Vec<u8>,
) -> bool {
    if message.len() > LONGEST {
        return false;
    }
    let mut text = [0; HISTORY + LONGEST];
    let mut start = 0;
    for piece in history {
        let Some(room) = text[..HISTORY].get_mut(start..start + piece.len()) else { return false };
        room.copy_from_slice(piece);
        start += piece.len();
    }
    let end = start + message.len();
    text[start..end].copy_from_slice(message);
    let text = &text[..end];

    let before = output.len();
    let most = before + message.len() * SHARE.0 / SHARE.1;
    let mut places = Places::new();
    for at in 0..start {
        places.enter(text, at);
    }
    let mut bits = Bits { output, held: 0, count: 0 };
    bits.put(0b010, 3); // not the last block; fixed codes
    let mut at = start;
    while at < end && bits.output.len() <= most {
        let last = places.enter(text, at);
        match places.longest(text, at, last, reach) {
            Some((length, distance)) => {
                bits.put_length(length);
                bits.put_distance(distance);
                (at + 1..at + length).for_each(|at| _ = places.enter(text, at));
                at += length;
            }
            None => {
                bits.put_symbol(text[at].into());
                at += 1;
            }
        }
    }
    bits.put_symbol(END);
    bits.put(0b000, 3); // not the last block; stored
    bits.end();
    let is_short = at == end && output.len() <= most;
    if !is_short {
        output.truncate(before);
    }
    is_short
}

/// Where each beginning of [`SHORTEST`] bytes has been seen: the last place, and from each place the one before. Numbered from 1.
struct Places {
    last: [u16; 1 << HASH_BITS],
    previous: [u16; HISTORY + LONGEST],
}

const HASH_BITS: u32 = 10;

impl Places {
    const fn new() -> Self {
        Self { last: [0; 1 << HASH_BITS], previous: [0; HISTORY + LONGEST] }
    }

    /// Enters a place, and returns the last one that begins as it does, or 0.
    #[inline]
    fn enter(&mut self, text: &[u8], at: usize) -> u16 {
        let Some(start) = text[at..].first_chunk::<SHORTEST>() else { return 0 };
        let hash = u32::from_le_bytes(*start).wrapping_mul(0x9E37_79B1) >> (u32::BITS - HASH_BITS);
        #[expect(clippy::cast_possible_truncation, reason = "a text is far shorter")]
        let last = std::mem::replace(&mut self.last[hash as usize], at as u16 + 1);
        self.previous[at] = last;
        last
    }

    /// Finds the longest piece that what begins at `at` has in common with what begins at `last` or at an earlier place; returns
    /// its length and distance.
    fn longest(&self, text: &[u8], at: usize, mut last: u16, reach: usize) -> Option<(usize, usize)> {
        let (mut length, mut distance) = (SHORTEST - 1, 0);
        let rest = &text[at..];
        for _ in 0..TRIES {
            let Some(place) = usize::from(last).checked_sub(1).filter(|place| at - place <= reach) else { break };
            let other = &text[place..];
            // What is to be longer has this byte in common, too.
            if rest.get(length) == other.get(length) {
                let common = common(rest, other);
                if common > length {
                    (length, distance) = (common, at - place);
                }
            }
            if length == rest.len() {
                break;
            }
            last = self.previous[place];
        }
        (distance > 0).then_some((length, distance))
    }
}

/// How many bytes two texts have in common at their beginning.
fn common(one: &[u8], other: &[u8]) -> usize {
    let mut length = 0;
    for (one, other) in one.chunks_exact(8).zip(other.chunks_exact(8)) {
        let word = |bytes: &[u8]| bytes.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        let difference = word(one) ^ word(other);
        if difference != 0 {
            return length + difference.trailing_zeros() as usize / 8;
        }
        length += 8;
    }
    length + one[length..].iter().zip(&other[length..]).take_while(|(one, other)| one == other).count()
}

/// The end of a block.
const END: usize = 256;

/// The fixed codes, with their first bit lowest, and how many bits each has.
const CODES: [(u16, u8); 286] = {
    let mut codes = [(0, 0); 286];
    let mut symbol = 0;
    while symbol < codes.len() {
        let (code, length) = match symbol {
            0..=143 => (0x30 + symbol, 8),
            144..=255 => (0x190 + symbol - 144, 9),
            256..=279 => (symbol - 256, 7),
            _ => (0xC0 + symbol - 280, 8),
        };
        #[expect(clippy::cast_possible_truncation, reason = "a code has at most 9 bits")]
        let code = (code as u16).reverse_bits() >> (16 - length);
        codes[symbol] = (code, length);
        symbol += 1;
    }
    codes
};

/// Bits on their way into bytes, the lowest first.
struct Bits<'o> {
    output: &'o mut Vec<u8>,
    held: u64,
    /// How many are held: fewer than 32.
    count: u8,
}

impl Bits<'_> {
    /// Adds at most 32 bits.
    #[inline]
    fn put(&mut self, bits: u32, count: u8) {
        self.held |= u64::from(bits) << self.count;
        self.count += count;
        if self.count >= 32 {
            let [bytes @ .., _, _, _, _] = self.held.to_le_bytes();
            self.output.extend_from_slice(&bytes);
            self.held >>= 32;
            self.count -= 32;
        }
    }

    #[inline]
    fn put_symbol(&mut self, symbol: usize) {
        let (code, count) = CODES[symbol];
        self.put(code.into(), count);
    }

    /// Adds a length of 3 to 257 (section 3.2.5).
    fn put_length(&mut self, length: usize) {
        let rest = length - 3;
        let extra = rest.checked_ilog2().unwrap_or(0).saturating_sub(2);
        self.put_symbol(257 + 4 * extra as usize + (rest >> extra));
        self.put_low(rest, extra);
    }

    fn put_distance(&mut self, distance: usize) {
        let rest = distance - 1;
        let extra = rest.checked_ilog2().unwrap_or(0).saturating_sub(1);
        let code = 2 * extra as usize + (rest >> extra);
        #[expect(clippy::cast_possible_truncation, reason = "a code of five bits")]
        self.put(((code as u8).reverse_bits() >> 3).into(), 5);
        self.put_low(rest, extra);
    }

    /// Adds the `count` lowest bits.
    #[expect(clippy::cast_possible_truncation, reason = "they are at most 13")]
    fn put_low(&mut self, bits: usize, count: u32) {
        self.put((bits & ((1 << count) - 1)) as u32, count as u8);
    }

    /// Fills the last byte.
    fn end(self) {
        let bytes = self.held.to_le_bytes();
        self.output.extend_from_slice(&bytes[..usize::from(self.count.div_ceil(8))]);
    }
}

#[cfg(test)]
mod tests {
    use zlib_rs::{Inflate, InflateFlush};

    use super::*;

    /// Compresses a message, and has zlib-rs, which has the same history, inflate it.
    fn pass(history: &[u8], message: &[u8], bits: u8) -> Option<usize> {
        let mut compressed = vec![7];
        let (one, other) = history.split_at(history.len() / 3);
        if !compress([one, other].into_iter(), message, 1 << bits, &mut compressed) {
            assert_eq!(compressed, [7]);
            return None;
        }
        let length = compressed.len() - 1;
        assert!(length <= message.len() * SHARE.0 / SHARE.1);
        compressed.extend([0x00, 0x00, 0xFF, 0xFF]);
        let mut inflate = Inflate::new(false, bits);
        if !history.is_empty() {
            inflate.set_dictionary(history).expect("it takes one");
        }
        let mut inflated = vec![0; message.len() + 100];
        inflate.decompress(&compressed[1..], &mut inflated, InflateFlush::SyncFlush).expect("it is valid");
        assert_eq!(inflate.total_in(), compressed.len() as u64 - 1);
        assert_eq!(inflated[..usize::try_from(inflate.total_out()).unwrap_or(0)], *message);
        Some(length)
    }

    /// Bytes that never come again soon.
    fn noise(length: usize, seed: u32) -> Vec<u8> {
        let mut state = seed.wrapping_mul(2_654_435_761) | 1;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state.to_be_bytes()[0]
        };
        (0..length).map(|_| next()).collect()
    }

    #[test]
    fn each_length_and_distance_comes_back() {
        let history = noise(HISTORY, 1);
        let step = if cfg!(miri) { 61 } else { 1 };
        for length in (12..=LONGEST).step_by(step) {
            for start in [0, 1, 7, HISTORY - length] {
                assert!(pass(&history, &history[start..start + length], 15).is_some(), "{length} {start}");
            }
        }
        for start in (0..HISTORY - 16).step_by(step) {
            assert_eq!(
                pass(&history, &history[start..start + 16], 15).map(|length| length <= 6),
                Some(true),
                "{start}"
            );
        }
        for distance in 1..=LONGEST - 16 {
            let message = [&noise(distance, 2)[..], &noise(distance, 2)].concat().repeat(3);
            pass(&[], &message[..message.len().min(LONGEST)], 15);
        }
        assert_eq!(pass(&[], &[b'a'; LONGEST], 9), Some(5));
    }

    #[test]
    fn what_is_out_of_reach_is_not_referred_to() {
        let history = noise(HISTORY, 3);
        assert!(pass(&history[HISTORY - 512..], &history[..100], 9).is_none());
        for bits in 9..=15 {
            for start in [HISTORY - (1 << bits).min(HISTORY), HISTORY - 100] {
                let message = [&history[start..start + 100], &history[start..start + 100]].concat();
                let known = &history[HISTORY - (1_usize << bits).min(HISTORY)..];
                assert!(pass(known, &message, bits).is_some(), "{bits} {start}");
            }
        }
    }

    #[test]
    fn any_text_comes_back() {
        let rounds = if cfg!(miri) { 20 } else { 3000 };
        let mut shorter = 0;
        for round in 0..rounds {
            let noise = noise(HISTORY + LONGEST, round);
            // From noise to a few different bytes.
            let values = [1, 2, 3, 5, 20, 256][round as usize % 6];
            let text: Vec<u8> =
                noise.iter().map(|byte| (usize::from(*byte) % values).to_le_bytes()[0] ^ 0x8E).collect();
            let (history, message) = text.split_at(usize::from(noise[0]) * 4);
            let length = usize::from(noise[1]);
            shorter += usize::from(pass(history, &message[..length], 9 + noise[2] % 7).is_some());
        }
        assert!(shorter > rounds as usize / 4, "{shorter}");
    }

    #[test]
    fn what_does_not_shrink_much_is_left() {
        assert_eq!(pass(&[], &noise(LONGEST, 4), 15), None);
        assert_eq!(pass(&[], b"", 15), None);
        assert_eq!(pass(&[], &[b'a'; LONGEST + 1], 15), None);
    }
}
