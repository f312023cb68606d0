//! `Sec-WebSocket-Key` and `Sec-WebSocket-Accept`.

use base64::{Engine, engine::general_purpose::STANDARD};
use sha1::{Digest, Sha1};

use super::Error;

const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Computes the `Sec-WebSocket-Accept` value for a `Sec-WebSocket-Key`: base64 of SHA-1 of the key and a fixed GUID.
///
/// See [RFC 6455, section 4.2.2](https://www.rfc-editor.org/rfc/rfc6455#section-4.2.2).
///
/// # Examples
/// ```
/// use php_sockets::ws::handshake::accept_key;
///
/// assert_eq!(accept_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
/// ```
#[must_use]
pub fn accept_key(key: &str) -> String {
    let digest = Sha1::new().chain_update(key).chain_update(GUID).finalize();
    STANDARD.encode(digest)
}

/// Draws 16 random bytes from the operating system.
pub(super) fn random_key() -> Result<[u8; 16], Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| Error::Random)?;
    Ok(bytes)
}

/// Writes a key as the header has it: 24 characters.
pub(super) fn encode_key(bytes: [u8; 16]) -> String {
    STANDARD.encode(bytes)
}

/// True when the text is 16 bytes in base64: 22 digits and two signs of padding. The four bits that the last digit has
/// too many are not looked at, as they never reach the 16 bytes.
pub(super) fn is_key(text: &str) -> bool {
    let is_digit = |byte| matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/');
    text.len() == 24 && text.ends_with("==") && text.bytes().take(22).all(is_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_16_bytes_in_base64() {
        assert!(is_key("dGhlIHNhbXBsZSBub25jZQ=="));
        assert!(is_key(&encode_key([0xff; 16])));
        let long = "A".repeat(15_000);
        for text in [
            "",
            "dGhlIHNhbXBsZSBub25jZQ",
            "dGhlIHNhbXBsZSBub25jZQ= ",
            "dGhlIHNhbXBsZSBub25j",     // 15 bytes
            "dGhlIHNhbXBsZSBub25jZXM=", // 17 bytes
            "dGhlIHNhbXBsZSBub25j-_==", // the URL alphabet
            "dGhlIHNhbXBsZSBub25jZ=Q=",
            "聊天聊天聊天聊==", // 24 bytes or so, not base64
            &long,
        ] {
            assert!(!is_key(text), "{text:?}");
        }
    }

    #[test]
    fn random_keys_differ() -> Result<(), Error> {
        assert_ne!(random_key()?, random_key()?);
        Ok(())
    }
}
