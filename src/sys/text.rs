#![allow(unsafe_code, reason = "the standard library's `as_ascii` is not stable")]

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
    words.fold(0, |bits, word| bits | word) & 0x8080_8080_8080_8080
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_byte_anywhere_makes_it_something_else() {
        for length in 0..200 {
            let text = vec![b'x'; length];
            assert_eq!(ascii(&text).map(str::len), Some(length));
            for place in 0..length {
                let mut other = text.clone();
                other[place] = 0x80;
                assert_eq!(ascii(&other), None, "{place} of {length}");
            }
        }
    }
}
