use std::borrow::Cow;

use super::{Error, token};

/// The extensions of one `Sec-WebSocket-Extensions` value, in order: an iterator.
///
/// It allocates nothing except for a quoted value with escapes. After an error the iterator ends.
///
/// See [RFC 6455, section 9.1](https://www.rfc-editor.org/rfc/rfc6455#section-9.1).
///
/// # Examples
/// ```
/// use php_sockets::ws::handshake::Extensions;
///
/// let mut extensions = Extensions::new("permessage-deflate; client_max_window_bits; server_max_window_bits=\"10\", x");
/// let deflate = extensions.next().expect("one")?;
/// assert_eq!(deflate.name(), "permessage-deflate");
/// let parameters: Vec<_> = deflate.parameters().collect();
/// assert_eq!(parameters[0], ("client_max_window_bits", None));
/// assert_eq!(parameters[1], ("server_max_window_bits", Some("10".into())));
/// assert_eq!(extensions.next().expect("another")?.name(), "x");
/// assert!(extensions.next().is_none());
/// # Ok::<(), php_sockets::ws::handshake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Extensions<'a> {
    rest: &'a str,
}

/// One extension of a list: its name and parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extension<'a> {
    name: &'a str,
    /// Validated: each parameter, with the semicolon in front of it.
    parameters: &'a str,
}

impl<'a> Extensions<'a> {
    /// Creates the iterator over a header's value.
    #[must_use]
    pub fn new(value: &'a str) -> Self {
        Self { rest: value }
    }

    fn parse_next(&mut self) -> Result<Option<Extension<'a>>, Error> {
        let mut rest = self.rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            return Ok(None);
        }
        let name = take_token(&mut rest)?;
        let parameters = skip_space(rest);
        rest = parameters;
        while rest.starts_with(';') {
            take_parameter(&mut rest)?;
            rest = skip_space(rest);
        }
        if !rest.is_empty() && !rest.starts_with(',') {
            return Err(Error::Extensions);
        }
        self.rest = rest;
        Ok(Some(Extension { name, parameters: &parameters[..parameters.len() - rest.len()] }))
    }
}

impl<'a> Iterator for Extensions<'a> {
    type Item = Result<Extension<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let result = self.parse_next();
        if result.is_err() {
            self.rest = "";
        }
        result.transpose()
    }
}

impl<'a> Extension<'a> {
    /// Returns the extension's name: `"permessage-deflate"`.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// Returns the parameters in order as (name, value); a value that was quoted comes without its quotes.
    pub fn parameters(&self) -> impl Iterator<Item = (&'a str, Option<Cow<'a, str>>)> {
        let mut rest = self.parameters;
        std::iter::from_fn(move || {
            rest = skip_space(rest);
            // Validated before: what cannot be parsed is the end.
            take_parameter(&mut rest).ok()
        })
    }
}

fn skip_space(text: &str) -> &str {
    text.trim_start_matches([' ', '\t'])
}

fn take_token<'a>(rest: &mut &'a str) -> Result<&'a str, Error> {
    let end = rest.bytes().position(|byte| !token::is_token_byte(byte)).unwrap_or(rest.len());
    let (token, behind) = rest.split_at(end);
    *rest = behind;
    if token.is_empty() { Err(Error::Extensions) } else { Ok(token) }
}

/// Takes `; name`, `; name=token` or `; name="token"`.
fn take_parameter<'a>(rest: &mut &'a str) -> Result<(&'a str, Option<Cow<'a, str>>), Error> {
    *rest = skip_space(rest.strip_prefix(';').ok_or(Error::Extensions)?);
    let name = take_token(rest)?;
    let Some(behind) = skip_space(rest).strip_prefix('=') else {
        return Ok((name, None));
    };
    *rest = skip_space(behind);
    let value = match rest.strip_prefix('"') {
        Some(quoted) => take_quoted(quoted, rest)?,
        None => Cow::Borrowed(take_token(rest)?),
    };
    Ok((name, Some(value)))
}

/// Takes a quoted string from behind its first quote. Without quotes and escapes it must be a token.
fn take_quoted<'a>(quoted: &'a str, rest: &mut &'a str) -> Result<Cow<'a, str>, Error> {
    let mut escaped = false;
    let end = quoted.bytes().position(|byte| match byte {
        b'"' if !escaped => true,
        _ => {
            escaped = byte == b'\\' && !escaped;
            false
        }
    });
    let (inner, behind) = end.map(|end| quoted.split_at(end)).ok_or(Error::Extensions)?;
    *rest = &behind[1..];
    // An escaped backslash is no token character; any other backslash is an escape and falls away.
    let value = if inner.contains('\\') { Cow::Owned(inner.replace('\\', "")) } else { Cow::Borrowed(inner) };
    if token::is_token(&value) && !inner.contains(r"\\") { Ok(value) } else { Err(Error::Extensions) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A list, flattened back to text in its plainest form.
    fn plain(value: &str) -> Result<String, Error> {
        let mut list = Vec::new();
        for extension in Extensions::new(value) {
            let extension = extension?;
            let mut text = extension.name().to_owned();
            for (name, value) in extension.parameters() {
                text = text + ";" + name + &value.map(|value| format!("={value}")).unwrap_or_default();
            }
            list.push(text);
        }
        Ok(list.join(","))
    }

    #[test]
    fn lists_follow_the_grammar() {
        for (value, expected) in [
            ("", ""),
            (" , ,\t", ""),
            ("a", "a"),
            (",a,, b ,", "a,b"),
            ("a; b; c=d", "a;b;c=d"),
            (" a ;b ; c = d , e", "a;b;c=d,e"),
            ("a;b=\"c\"", "a;b=c"),
            ("a;b=\"\\c\\d\"; e", "a;b=cd;e"),
            ("constructor; __proto__=1", "constructor;__proto__=1"),
        ] {
            assert_eq!(plain(value).as_deref(), Ok(expected), "{value:?}");
        }
    }

    #[test]
    fn everything_else_is_malformed() {
        for value in [
            ";",
            "a;",
            "a;;b",
            "a b",
            "a;b c",
            "a;=b",
            "a;b=",
            "a;b=\"",
            "a;b=\"\"",
            "a;b=\"c",
            "a;b=\"c\\\"",
            "a;b=\"c d\"",
            "a;b=\"c\"d",
            "a;b=c=d",
            "a=b",
            "\"a\"",
            "a;\"b\"",
            "聊天",
            "a;b=聊",
            "a;b=\"聊\"",
            "a\0",
            "a, ;",
            r#"a;b="\\""#,
            r#"a;b="c\\d""#,
            "a/b",
        ] {
            assert_eq!(plain(value), Err(Error::Extensions), "{value:?}");
        }
    }

    #[test]
    fn the_iterator_ends_after_an_error() {
        let mut extensions = Extensions::new("a, b c, d");
        assert!(extensions.next().is_some_and(|extension| extension.is_ok()));
        assert!(extensions.next().is_some_and(|extension| extension.is_err()));
        assert!(extensions.next().is_none());
    }
}
