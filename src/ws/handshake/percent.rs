//! Percent-encoding (RFC 3986, section 2.1) in what a handshake carries.

use std::borrow::Cow;

/// Decodes `%41` to `A`; a percent sign without two digits behind it stays.
pub(super) fn decode(text: &str) -> Cow<'_, [u8]> {
    let bytes = text.as_bytes();
    if !bytes.contains(&b'%') {
        return Cow::Borrowed(bytes);
    }
    let digit = |at: usize| bytes.get(at).and_then(|&byte| char::from(byte).to_digit(16));
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                // Two digits are one byte.
                decoded.push(u8::try_from(16 * high + low).unwrap_or(0));
                at += 3;
            }
            _ => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    Cow::Owned(decoded)
}

/// Decodes one name or value of a form or query, where a plus sign is a space
/// (<https://url.spec.whatwg.org/#application/x-www-form-urlencoded>); what is not UTF-8 reads as U+FFFD.
pub(super) fn decode_form(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(String::from_utf8_lossy(&decode(&text.replace('+', " "))).into_owned())
}

/// Appends `bytes` with all that `keep` does not hold, and all that is not printable ASCII, percent-encoded.
pub(super) fn encode_into(encoded: &mut String, bytes: &[u8], keep: impl Fn(u8) -> bool) {
    for &byte in bytes {
        if byte.is_ascii_graphic() && keep(byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_decoded() {
        for (text, bytes, form) in [
            ("", "", ""),
            ("a+b", "a+b", "a b"),
            ("%41%e8%81%8A", "A聊", "A聊"),
            ("%2B+%2b", "+++", "+ +"),
            ("100%", "100%", "100%"),
            ("%4", "%4", "%4"),
            ("%zz%+1", "%zz%+1", "%zz% 1"),
            ("%25%32%35", "%25", "%25"),
        ] {
            assert_eq!((decode(text).as_ref(), decode_form(text).as_ref()), (bytes.as_bytes(), form), "{text}");
        }
        assert_eq!((decode("%ff").as_ref(), decode_form("%ff").as_ref()), (&[0xff][..], "\u{fffd}"));
    }
}
