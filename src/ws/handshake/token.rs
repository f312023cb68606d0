//! The two lexical elements of header values: tokens and comma lists.

use super::Error;

/// True for `1*tchar` (RFC 9110, section 5.6.2), which is RFC 6455's token as well.
pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token_byte)
}

pub(super) fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Strips optional whitespace: spaces and tabs, nothing else.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// The elements of a comma list; empty ones are skipped, as RFC 9110, section 5.6.1.2 asks of recipients.
pub(super) fn elements(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(trim).filter(|element| !element.is_empty())
}

/// Checks that subprotocols are tokens, each there once.
pub(super) fn unique<T: Into<String>>(protocols: impl IntoIterator<Item = T>) -> Result<Vec<String>, Error> {
    let protocols: Vec<String> = protocols.into_iter().map(Into::into).collect();
    for (index, protocol) in protocols.iter().enumerate() {
        if !is_token(protocol) || protocols[..index].contains(protocol) {
            return Err(Error::InvalidSubprotocol);
        }
    }
    Ok(protocols)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_have_no_separators_controls_or_other_scripts() {
        assert!(is_token("permessage-deflate"));
        assert!(is_token("v1.2+json~"));
        for text in ["", "a b", "a,b", "a\"", "(a)", "a=", "a\r", "a\0", "聊天", "a/b", "a\u{7f}"] {
            assert!(!is_token(text), "{text:?}");
        }
    }

    #[test]
    fn lists_skip_empty_elements() {
        let of = |list| elements(list).collect::<Vec<_>>();
        assert_eq!(of("keep-alive, Upgrade"), ["keep-alive", "Upgrade"]);
        assert_eq!(of(" ,\t, a ,,b,"), ["a", "b"]);
        assert!(of(",,, ,").is_empty());
    }
}
