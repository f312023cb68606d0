//! Masking, eight bytes a step ([RFC 6455, section 5.3](https://www.rfc-editor.org/rfc/rfc6455#section-5.3)).

use std::{cell::RefCell, io};

use crate::sys;

/// Masks or unmasks `bytes` in place.
///
/// To continue in the middle of a payload, pass the key that [`rotate`] returns.
///
/// # Examples
/// ```
/// use php_sockets::ws::mask;
///
/// let mut payload = [0x7f, 0x9f, 0x4d, 0x51, 0x58];
/// mask::apply(&mut payload, [0x37, 0xfa, 0x21, 0x3d]);
/// assert_eq!(&payload, b"Hello");
/// ```
#[inline]
pub fn apply(bytes: &mut [u8], key: [u8; 4]) {
    let word = twice(u32::from_ne_bytes(key));
    let mut chunks = bytes.chunks_exact_mut(8);
    for chunk in &mut chunks {
        let mut eight = [0; 8];
        eight.copy_from_slice(chunk);
        chunk.copy_from_slice(&(u64::from_ne_bytes(eight) ^ word).to_ne_bytes());
    }
    for (byte, key) in chunks.into_remainder().iter_mut().zip(word.to_ne_bytes()) {
        *byte ^= key;
    }
}

/// Copies `from` to the beginning of `to` and masks or unmasks it on the way.
///
/// The shorter of the two slices determines how many bytes are copied.
///
/// # Examples
/// ```
/// use php_sockets::ws::mask;
///
/// let mut payload = [0; 5];
/// mask::copy(b"Hello", &mut payload, [0x37, 0xfa, 0x21, 0x3d]);
/// assert_eq!(payload, [0x7f, 0x9f, 0x4d, 0x51, 0x58]);
/// ```
#[inline]
pub fn copy(from: &[u8], to: &mut [u8], key: [u8; 4]) {
    sys::copy_masked(from, to, u32::from_ne_bytes(key));
}

/// Returns the key for the bytes after the first `count` bytes of a payload.
///
/// # Examples
/// ```
/// assert_eq!(php_sockets::ws::mask::rotate([1, 2, 3, 4], 5), [2, 3, 4, 1]);
/// ```
#[inline]
#[must_use]
pub const fn rotate(key: [u8; 4], count: usize) -> [u8; 4] {
    let [a, b, c, d] = key;
    match count % 4 {
        0 => key,
        1 => [b, c, d, a],
        2 => [c, d, a, b],
        _ => [d, a, b, c],
    }
}

/// The key twice, in both orders of bytes.
const fn twice(key: u32) -> u64 {
    key as u64 * 0x1_0000_0001
}

/// Bytes of the operating system's random source, not handed out yet: one call serves 256 frames.
struct Keys {
    bytes: [u8; 1024],
    used: usize,
}

thread_local! {
    static KEYS: RefCell<Keys> = const { RefCell::new(Keys { bytes: [0; 1024], used: 1024 }) };
}

/// Returns a masking key from the operating system's random source; every call gives a fresh one.
///
/// # Errors
/// The error of the random source.
#[inline]
pub(super) fn fresh_key() -> io::Result<[u8; 4]> {
    fresh().map(u32::to_ne_bytes)
}

/// The key as a number: a result that holds an array would be copied byte by byte.
fn fresh() -> io::Result<u32> {
    KEYS.with_borrow_mut(|keys| {
        if keys.used == keys.bytes.len() {
            getrandom::fill(&mut keys.bytes).map_err(io::Error::from)?;
            keys.used = 0;
        }
        let key = keys.bytes[keys.used..].first_chunk().map_or(0, |key| u32::from_ne_bytes(*key));
        keys.used += 4;
        Ok(key)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

    #[test]
    fn every_length_and_every_cut_is_the_bytewise_result() {
        let plain: Vec<u8> = (0..=255).collect();
        for length in 0..40 {
            let expected: Vec<u8> = plain[..length].iter().zip(KEY.iter().cycle()).map(|(a, b)| a ^ b).collect();
            let mut copied = vec![0; length];
            copy(&plain[..length], &mut copied, KEY);
            assert_eq!(copied, expected);
            for cut in 0..=length {
                let mut masked = plain[..length].to_vec();
                let (head, tail) = masked.split_at_mut(cut);
                apply(head, KEY);
                apply(tail, rotate(KEY, cut));
                assert_eq!(masked, expected, "{length} bytes cut at {cut}");
            }
        }
    }

    /// Of each thread's keys the very first one too.
    #[test]
    fn no_key_is_known() {
        const KEYS: usize = if cfg!(miri) { 300 } else { 1000 };
        let keys = || (0..KEYS).map(|_| fresh_key().expect("there is a random source")).collect::<HashSet<_>>();
        for keys in (0..2).map(|_| std::thread::spawn(keys).join().expect("no panic")) {
            assert!(keys.len() > KEYS - 10 && !keys.contains(&[0; 4]), "{}", keys.len());
        }
    }

    #[test]
    fn a_copy_ends_with_the_shorter_slice() {
        let mut short = [0; 3];
        copy(b"Hello", &mut short, [0; 4]);
        assert_eq!(&short, b"Hel");
        let mut long = [9; 6];
        copy(b"Hello", &mut long, [0; 4]);
        assert_eq!(&long, b"Hello\x09");
    }
}
