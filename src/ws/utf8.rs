//! UTF-8 of a message that is still arriving.

use super::ProtocolError;
use crate::sys;

/// So many bytes are first held to be ASCII, as most short messages are; more are checked by the widest registers at once.
const SHORT: usize = 1024;

/// Returns `bytes` as text.
#[inline]
pub(super) fn text(bytes: &[u8]) -> Result<&str, ProtocolError> {
    if bytes.len() <= SHORT {
        if let Some(text) = sys::ascii(bytes) {
            return Ok(text);
        }
    }
    any(bytes)
}

/// Returns bytes that are not all ASCII as text.
///
/// The vectorised check pays from 64 bytes on and is the standard library's below that.
#[inline(never)]
pub(super) fn any(bytes: &[u8]) -> Result<&str, ProtocolError> {
    simdutf8::basic::from_utf8(bytes).map_err(|_| ProtocolError::InvalidUtf8)
}

/// Checks what has arrived of a text behind its valid prefix of `checked` bytes, and returns the longer valid prefix.
///
/// A code point may be unfinished at the end; one that no further byte can make valid is an error at once.
pub(super) fn advance(text: &[u8], checked: usize) -> Result<usize, ProtocolError> {
    match simdutf8::compat::from_utf8(&text[checked..]) {
        Ok(_) => Ok(text.len()),
        Err(error) if error.error_len().is_none() => Ok(checked + error.valid_up_to()),
        Err(_) => Err(ProtocolError::InvalidUtf8),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_valid_until_a_byte_makes_it_invalid() {
        // Overlong, surrogate, above U+10FFFF, lone continuation, a byte that UTF-8 never has: (bytes, the first bad one).
        let cases: &[(&[u8], usize)] = &[
            (b"\xc0\xaf", 0),
            (b"\xe0\x80\xaf", 1),
            (b"\xf0\x80\x80\xaf", 1),
            (b"\xed\xa0\x80", 1),
            (b"\xf4\x90\x80\x80", 1),
            (b"\x80", 0),
            (b"\xff", 0),
            (b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xf4\x90", 12),
        ];
        for (bytes, bad) in cases {
            for end in 0..=bytes.len() {
                assert_eq!(advance(&bytes[..end], 0).is_ok(), end <= *bad, "{bytes:x?} cut at {end}");
            }
        }
    }

    #[test]
    fn a_text_fed_byte_by_byte_is_checked_once() -> Result<(), ProtocolError> {
        let text = "aé你好🦀z".as_bytes();
        let mut checked = 0;
        for end in 0..=text.len() {
            checked = advance(&text[..end], checked)?;
            assert!(end - checked <= 3);
        }
        assert_eq!(checked, text.len());
        Ok(())
    }
}
