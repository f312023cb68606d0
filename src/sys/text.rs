#![allow(unsafe_code, reason = "the standard library's `as_ascii` is not stable, and wide registers")]

#[cfg(target_arch = "x86_64")]
use std::sync::atomic::{AtomicBool, Ordering};

/// Copies `from` to the beginning of `to`, masked on the way, and returns what was written when it is text: ASCII, or what
/// `check` makes of it. The shorter of the two says how many bytes that are.
#[inline]
pub(crate) fn copy_text<'t>(
    from: &[u8],
    to: &'t mut [u8],
    key: u32,
    check: impl FnOnce(&'t [u8]) -> Option<&'t str>,
) -> Option<&'t str> {
    let high_bits = copy_masked(from, to, key);
    let written = &to[..from.len().min(to.len())];
    if high_bits != 0 {
        return check(written);
    }
    // SAFETY: no byte that was written has its highest bit set, and ASCII is UTF-8.
    Some(unsafe { std::str::from_utf8_unchecked(written) })
}

/// Copies `from` to the beginning of `to`, masked on the way with a key that stands here as it does in memory, and returns 0 if
/// all that was written is ASCII.
#[inline(never)]
pub(crate) fn copy_masked(from: &[u8], to: &mut [u8], key: u32) -> u64 {
    let length = from.len().min(to.len());
    let (from, to) = (&from[..length], &mut to[..length]);
    if length >= 32 {
        #[cfg(target_arch = "x86_64")]
        if HAS_AVX2.load(Ordering::Relaxed) {
            // SAFETY: the processor has AVX2, and both have the same length of 32 bytes and more.
            return unsafe { copy_widely(from, to, key) };
        }
        return copy_as_can_be(from, to, key);
    }
    let key = doubled(key);
    // The last step copies some bytes again: that is quicker than many small steps.
    let bits = match length {
        16.. => step::<16>(from, to, 0, key) | step::<16>(from, to, length - 16, key),
        8.. => step::<8>(from, to, 0, key) | step::<8>(from, to, length - 8, key),
        _ => from.iter().zip(to).zip(key.to_ne_bytes()).fold(0, |bits, ((source, target), key)| {
            *target = source ^ key;
            bits | u64::from(*target)
        }),
    };
    bits & HIGH_BITS
}

/// AVX2 has been found. To read this is quicker than to ask the standard library, which may make a call: a function that calls
/// nothing before its last step has no registers to save.
#[cfg(target_arch = "x86_64")]
static HAS_AVX2: AtomicBool = AtomicBool::new(false);

#[inline(never)]
fn copy_as_can_be(from: &[u8], to: &mut [u8], key: u32) -> u64 {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        HAS_AVX2.store(true, Ordering::Relaxed);
        // SAFETY: as in `copy_masked`.
        return unsafe { copy_widely(from, to, key) };
    }
    copy_by_32(from, to, doubled(key)) & HIGH_BITS
}

#[inline]
fn doubled(key: u32) -> u64 {
    u64::from(key) * 0x1_0000_0001
}

#[inline(never)]
fn copy_by_32(from: &[u8], to: &mut [u8], key: u64) -> u64 {
    let steps = from.len() / 32 * 32;
    let bits = copy_words(&from[..steps], &mut to[..steps], key);
    bits | step::<32>(from, to, from.len() - 32, key)
}

/// Copies `N` bytes from the middle of a payload: the key is that of its beginning.
#[inline]
fn step<const N: usize>(from: &[u8], to: &mut [u8], start: usize, key: u64) -> u64 {
    // All is read before some is written, so that the compiler takes wide registers.
    let mut masked = [0; N];
    let bits = copy_words(&from[start..start + N], &mut masked, turned(key, start));
    to[start..start + N].copy_from_slice(&masked);
    bits
}

/// The key for the bytes that begin at `start`.
#[inline]
fn turned(key: u64, start: usize) -> u64 {
    let bits = match start % 4 {
        0 => 0,
        1 => 8,
        2 => 16,
        _ => 24,
    };
    if cfg!(target_endian = "little") { key.rotate_right(bits) } else { key.rotate_left(bits) }
}

#[inline]
fn copy_words(from: &[u8], to: &mut [u8], key: u64) -> u64 {
    from.chunks_exact(8).zip(to.chunks_exact_mut(8)).fold(0, |bits, (source, target)| {
        let word = source.first_chunk().map_or(0, |word| u64::from_ne_bytes(*word)) ^ key;
        target.copy_from_slice(&word.to_ne_bytes());
        bits | word
    })
}

/// Does what [`copy_masked`] does with 32 bytes a step.
///
/// # Safety
/// The processor has AVX2, and both slices have the same length, 32 bytes at least.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn copy_widely(from: &[u8], to: &mut [u8], key: u32) -> u64 {
    use std::arch::x86_64::{_mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi32};

    let length = from.len();
    let (source, target) = (from.as_ptr(), to.as_mut_ptr());
    // The last steps copy some bytes again, which is quicker than to find out how many are left; their key begins where they do.
    #[allow(clippy::cast_possible_truncation, reason = "the lowest two bits count")]
    let keys = [key, key.rotate_right((length as u32).wrapping_mul(8))];
    // SAFETY: a step begins 32 bytes before the end or further before it, and four of them 128 bytes.
    unsafe {
        let [first, last] = keys.map(|key| _mm256_set1_epi32(i32::from_ne_bytes(key.to_ne_bytes())));
        let step = |start, key| step_widely(source.add(start), target.add(start), key);
        let four = |start, key| {
            let [a, b, c, d] = [start, start + 32, start + 64, start + 96].map(|start| step(start, key));
            _mm256_or_si256(_mm256_or_si256(a, b), _mm256_or_si256(c, d))
        };
        let mut bits;
        if length >= 128 {
            bits = _mm256_or_si256(four(0, first), four(length - 128, last));
            let mut start = 128;
            while start < length - 128 {
                bits = _mm256_or_si256(bits, four(start, first));
                start += 128;
            }
        } else {
            bits = _mm256_or_si256(step(0, first), step(length - 32, last));
            if length > 64 {
                bits = _mm256_or_si256(bits, _mm256_or_si256(step(32, first), step(length - 64, last)));
            }
        }
        u32::from_ne_bytes(_mm256_movemask_epi8(bits).to_ne_bytes()).into()
    }
}

/// Copies 32 bytes, masked, and returns them.
///
/// # Safety
/// The processor has AVX2, and so many bytes can be read and written there.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
unsafe fn step_widely(
    source: *const u8,
    target: *mut u8,
    key: std::arch::x86_64::__m256i,
) -> std::arch::x86_64::__m256i {
    use std::arch::x86_64::{_mm256_loadu_si256, _mm256_storeu_si256, _mm256_xor_si256};
    // SAFETY: the caller says so.
    unsafe {
        let masked = _mm256_xor_si256(_mm256_loadu_si256(source.cast()), key);
        _mm256_storeu_si256(target.cast(), masked);
        masked
    }
}

const HIGH_BITS: u64 = 0x8080_8080_8080_8080;

/// Returns `bytes` as text when they are ASCII.
#[inline]
pub(crate) fn ascii(bytes: &[u8]) -> Option<&str> {
    let mut blocks = bytes.chunks_exact(64);
    for block in &mut blocks {
        if high_bits(block) != 0 {
            return None;
        }
    }
    // What is left, with some of what is not: two steps of a width that fits are quicker than many.
    let rest = match bytes.len() {
        0..8 => bytes.iter().fold(0, |bits, byte| bits | u64::from(byte & 0x80)),
        8..16 => high_bits(&bytes[..8]) | high_bits(&bytes[bytes.len() - 8..]),
        16..32 => high_bits(&bytes[..16]) | high_bits(&bytes[bytes.len() - 16..]),
        32..64 => high_bits(&bytes[..32]) | high_bits(&bytes[bytes.len() - 32..]),
        _ => high_bits(&bytes[bytes.len() - 64..]),
    };
    if rest != 0 {
        return None;
    }
    // SAFETY: no byte has its highest bit set, and ASCII is UTF-8.
    Some(unsafe { std::str::from_utf8_unchecked(bytes) })
}

/// Returns the highest bits of whole words of bytes.
#[inline]
fn high_bits(bytes: &[u8]) -> u64 {
    let words = bytes.chunks_exact(8).map(|word| word.first_chunk().map_or(0, |word| u64::from_ne_bytes(*word)));
    words.fold(0, |bits, word| bits | word) & HIGH_BITS
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every how many lengths and places are tried: Miri takes some thousand times as long.
    const STEP: usize = if cfg!(miri) { 13 } else { 1 };

    #[test]
    fn a_masked_copy_is_the_bytewise_result_and_text_if_all_of_it_is_ascii() {
        let key = [0x37, 0xfa, 0x21, 0x3d];
        // Wide registers take 128 bytes at a time from 128 on, and come back to that from 257 on.
        for length in (0..200).step_by(STEP).chain((200..420).step_by(17 * STEP)) {
            let masked = |text: &[u8]| text.iter().zip(key.iter().cycle()).map(|(a, b)| a ^ b).collect::<Vec<_>>();
            let text: Vec<u8> = (0..length).map(|number: usize| number.to_le_bytes()[0] & 0x7f).collect();
            let mut copied = vec![0xff; 420];
            let found = copy_text(&masked(&text), &mut copied, u32::from_ne_bytes(key), |_| None);
            assert_eq!(found.map(str::as_bytes), Some(&text[..]));
            if length >= 32 {
                // What a processor without wide registers does.
                let mut other = vec![0xff; text.len()];
                let key = doubled(u32::from_ne_bytes(key));
                assert_eq!(copy_by_32(&masked(&text), &mut other, key) & HIGH_BITS, 0);
                assert_eq!(other, text);
            }
            assert!(copied[text.len()..].iter().all(|byte| *byte == 0xff));
            for place in (0..text.len()).step_by(STEP) {
                let mut other = text.clone();
                other[place] |= 0x80;
                let mut asked = Vec::new();
                let found = copy_text(&masked(&other), &mut copied, u32::from_ne_bytes(key), |bytes| {
                    asked.extend_from_slice(bytes);
                    Some("checked")
                });
                assert_eq!((found, &asked), (Some("checked"), &other));
            }
        }
    }

    #[test]
    fn one_byte_anywhere_makes_it_something_else() {
        for length in (0..200).step_by(STEP) {
            let text = vec![b'x'; length];
            assert_eq!(ascii(&text).map(str::len), Some(length));
            for place in (0..length).step_by(STEP) {
                let mut other = text.clone();
                other[place] = 0x80;
                assert_eq!(ascii(&other), None, "{place} of {length}");
            }
        }
    }
}
