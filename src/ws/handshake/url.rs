use std::{fmt, str::FromStr};

use super::{Error, authority::Authority, percent};

/// A WebSocket URL: `ws://[user[:password]@]host[:port]/path[?query]`, or `wss://` for TLS.
///
/// See [RFC 6455, section 3](https://www.rfc-editor.org/rfc/rfc6455#section-3).
///
/// # Examples
/// ```
/// use php_sockets::ws::handshake::Url;
///
/// let url = Url::parse("ws://[::1]:8080/chat?room=聊天")?;
/// assert!(!url.is_secure());
/// assert_eq!((url.host(), url.port()), ("::1", 8080));
/// assert_eq!(url.target(), "/chat?room=%E8%81%8A%E5%A4%A9");
/// assert_eq!(url.to_string(), "ws://[::1]:8080/chat?room=%E8%81%8A%E5%A4%A9");
/// # Ok::<(), php_sockets::ws::handshake::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Url {
    secure: bool,
    authority: Authority,
    target: String,
}

impl Url {
    /// Parses a URL. Characters that are not allowed in its path and query, such as spaces and non-ASCII letters, are
    /// percent-encoded.
    ///
    /// # Errors
    /// [`Error::Url`] for a scheme other than `ws` or `wss`, no host, a port outside 1 to 65535, a fragment, a host name that is not
    /// ASCII (write it in its `xn--` form), or control characters, including encoded ones in a user name or password.
    pub fn parse(url: &str) -> Result<Self, Error> {
        let fail = |why| Err(Error::Url(why));
        if url.bytes().any(|byte| byte.is_ascii_control()) {
            return fail("it has a control character");
        }
        if url.contains('#') {
            return fail("it has a fragment (#)");
        }
        let secure = match url.split_once("://") {
            Some((scheme, _)) if scheme.eq_ignore_ascii_case("ws") => false,
            Some((scheme, _)) if scheme.eq_ignore_ascii_case("wss") => true,
            _ => return fail("it starts with neither ws:// nor wss://"),
        };
        let rest = url.split_once("://").map_or("", |(_, rest)| rest);
        let (authority, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let authority = Authority::parse(authority, default_port(secure)).map_err(Error::Url)?;
        Ok(Self { secure, authority, target: encode_target(target) })
    }

    /// Returns whether the connection uses TLS: `wss`.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// Returns the host: a name, an IPv4 address, or an IPv6 address without brackets, with its zone if the URL has one:
    /// `"fe80::1%eth0"` of `ws://[fe80::1%25eth0]/` ([RFC 6874](https://www.rfc-editor.org/rfc/rfc6874)).
    #[must_use]
    pub fn host(&self) -> &str {
        &self.authority.host
    }

    /// Returns the port, by default 80 for `ws` and 443 for `wss`.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.authority.port
    }

    /// Returns the path and query, as the request has them; at least `"/"`.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Returns the value of the `Authorization` header if the URL has a user name or password: `Basic` with both, as in
    /// [RFC 7617](https://www.rfc-editor.org/rfc/rfc7617).
    ///
    /// # Examples
    /// ```
    /// use php_sockets::ws::handshake::Url;
    ///
    /// let url = Url::parse("wss://Aladdin:open%20sesame@example.com/")?;
    /// assert_eq!(url.authorization().as_deref(), Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
    /// # Ok::<(), php_sockets::ws::handshake::Error>(())
    /// ```
    #[must_use]
    pub fn authorization(&self) -> Option<String> {
        self.authority.basic()
    }

    /// Returns the value of the `Host` header: the host, without a zone, and the port if it is not the scheme's default.
    #[must_use]
    pub fn authority(&self) -> String {
        self.authority.host_and_port(default_port(self.secure))
    }
}

impl FromStr for Url {
    type Err = Error;

    fn from_str(url: &str) -> Result<Self, Error> {
        Self::parse(url)
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "wss" } else { "ws" };
        let host = self.authority.host_and_port_here(default_port(self.secure));
        let (userinfo, at) = self.authority.userinfo.as_ref().map_or(("", ""), |userinfo| (userinfo, "@"));
        write!(f, "{scheme}://{userinfo}{at}{host}{}", self.target)
    }
}

/// As [`Display`](fmt::Display) writes it, without the password.
impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut url = self.clone();
        url.authority.hide_password();
        write!(f, "Url({url})")
    }
}

fn default_port(secure: bool) -> u16 {
    if secure { 443 } else { 80 }
}

fn encode_target(target: &str) -> String {
    let mut encoded = String::with_capacity(target.len() + 1);
    if !target.starts_with('/') {
        encoded.push('/');
    }
    percent::encode_into(&mut encoded, target.as_bytes(), |byte| !b"\"<>\\^`{|}".contains(&byte));
    encoded
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::STANDARD};

    use super::*;

    #[test]
    fn parts_have_their_defaults() -> Result<(), Error> {
        for (text, secure, host, port, target, authority) in [
            ("ws://example.com", false, "example.com", 80, "/", "example.com"),
            ("WSS://Example.com/a", true, "example.com", 443, "/a", "example.com"),
            ("ws://example.com:80/", false, "example.com", 80, "/", "example.com"),
            ("ws://example.com:443/", false, "example.com", 443, "/", "example.com:443"),
            ("wss://example.com:443", true, "example.com", 443, "/", "example.com"),
            ("ws://example.com:/", false, "example.com", 80, "/", "example.com"),
            ("ws://127.0.0.1:8001/socket_server.php", false, "127.0.0.1", 8001, "/socket_server.php", "127.0.0.1:8001"),
            ("ws://localhost?a=b:c/d", false, "localhost", 80, "/?a=b:c/d", "localhost"),
            ("ws://[::1]", false, "::1", 80, "/", "[::1]"),
            ("ws://[2001:DB8::1]:9001/x", false, "2001:db8::1", 9001, "/x", "[2001:db8::1]:9001"),
            ("ws://[FE80::1%25Eth0]/", false, "fe80::1%Eth0", 80, "/", "[fe80::1]"),
            ("wss://[fe80::1%eth0.2]:9001", true, "fe80::1%eth0.2", 9001, "/", "[fe80::1]:9001"),
            ("ws://[fe80::1%252]/", false, "fe80::1%2", 80, "/", "[fe80::1]"),
            ("ws://a/b c/聊", false, "a", 80, "/b%20c/%E8%81%8A", "a"),
            ("ws://a/?\"<{}>%41", false, "a", 80, "/?%22%3C%7B%7D%3E%41", "a"),
            ("ws://a//b@c:d", false, "a", 80, "//b@c:d", "a"),
        ] {
            let url = Url::parse(text)?;
            let parts = (url.is_secure(), url.host(), url.port(), url.target(), &*url.authority());
            assert_eq!(parts, (secure, host, port, target, authority), "{text}");
            assert_eq!(Url::parse(&url.to_string())?, url, "{text}");
        }
        Ok(())
    }

    #[test]
    fn user_names_and_passwords_are_sent_as_basic() -> Result<(), Error> {
        for (text, plain, normal) in [
            ("ws://user:pass@a/", Some("user:pass"), "ws://user:pass@a/"),
            ("ws://user@a/", Some("user:"), "ws://user@a/"),
            ("ws://user:@a/", Some("user:"), "ws://user@a/"),
            ("ws://:pass@a/", Some(":pass"), "ws://:pass@a/"),
            ("ws://u:p:q@r@a/", Some("u:p:q@r"), "ws://u:p%3Aq%40r@a/"),
            ("ws://%E8%81%8A:%2F%40@[::1]:81/", Some("聊:/@"), "ws://%E8%81%8A:%2F%40@[::1]:81/"),
            ("ws://@a/", None, "ws://a/"),
            ("ws://:@a/", None, "ws://a/"),
            ("ws://a/@b", None, "ws://a/@b"),
        ] {
            let url = Url::parse(text)?;
            let basic = plain.map(|plain| format!("Basic {}", STANDARD.encode(plain)));
            assert_eq!((url.authorization(), url.to_string()), (basic, normal.to_owned()), "{text}");
            assert_eq!(Url::parse(normal)?, url, "{text}");
            assert!(!url.authority().contains('@') || text.ends_with("@b"), "{text}");
        }
        assert_eq!(format!("{:?}", Url::parse("ws://user:secret@a/")?), "Url(ws://***@a/)");
        Ok(())
    }

    #[test]
    fn faults_are_named() {
        for (text, why) in [
            ("", "it starts with neither ws:// nor wss://"),
            ("example.com", "it starts with neither ws:// nor wss://"),
            ("http://example.com", "it starts with neither ws:// nor wss://"),
            ("ws:/example.com", "it starts with neither ws:// nor wss://"),
            ("ws://", "the host is missing"),
            ("ws:///path", "the host is missing"),
            ("ws://:80/", "the host is missing"),
            ("ws://a#b", "it has a fragment (#)"),
            ("ws://a/#", "it has a fragment (#)"),
            ("ws://a%3Ab@a/", "the user name has a colon"),
            ("ws://a%0d%0aX:b@a/", "it has a control character"),
            ("ws://a:b%00@a/", "it has a control character"),
            ("ws://a:b@", "the host is missing"),
            ("ws://a:0/", "the port is not 1 to 65535"),
            ("ws://a:65536/", "the port is not 1 to 65535"),
            ("ws://a:99999999999999999999/", "the port is not 1 to 65535"),
            ("ws://a:b/", "the port is not a number"),
            ("ws://a:+80/", "the port is not a number"),
            ("ws://[::1", "the host has a character that host names have not"),
            ("ws://::1/", "the host has a character that host names have not"),
            ("ws://[fe80::1%]/", "the IPv6 address is malformed"),
            ("ws://[fe80::1%25]/", "the IPv6 address is malformed"),
            ("ws://[fe80::1%25a b]/", "the IPv6 address is malformed"),
            ("ws://[fe80::1%25a%25b]/", "the IPv6 address is malformed"),
            ("ws://[%25eth0]/", "the IPv6 address is malformed"),
            ("ws://a%25eth0/", "the host has a character that host names have not"),
            ("ws://[]/", "the IPv6 address is malformed"),
            ("ws://聊天.com/", "the host has a character that host names have not"),
            ("ws://a b/", "the host has a character that host names have not"),
            ("ws://a/\r\nX: y", "it has a control character"),
            ("ws://a/\0", "it has a control character"),
        ] {
            assert_eq!(Url::parse(text), Err(Error::Url(why)), "{text:?}");
        }
    }
}
