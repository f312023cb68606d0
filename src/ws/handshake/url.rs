use std::{fmt, net::Ipv6Addr, str::FromStr};

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{Error, percent};

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
    /// The user name and password, percent-encoded.
    userinfo: Option<String>,
    host: String,
    port: u16,
    target: String,
}

impl Url {
    /// Parses a URL. What a URL cannot hold in its path and query, such as spaces and other scripts, is percent-encoded.
    ///
    /// # Errors
    /// [`Error::Url`] for another scheme than `ws` or `wss`, no host, a port that is not 1 to 65535, a fragment, a host name
    /// in another script (write it in its `xn--` form), or control characters, also encoded ones in a user name or
    /// password.
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
        let (userinfo, authority) = match authority.rsplit_once('@') {
            Some((userinfo, authority)) => {
                (Some(userinfo).filter(|userinfo| !matches!(*userinfo, "" | ":")), authority)
            }
            None => (None, authority),
        };
        if let Some(why) = userinfo.and_then(userinfo_fault) {
            return fail(why);
        }
        // A colon within brackets belongs to an IPv6 address.
        let (host, port) = match authority.rfind(':').filter(|&at| !authority[at..].contains(']')) {
            Some(at) => (&authority[..at], &authority[at + 1..]),
            None => (authority, ""),
        };
        let host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(address) if address.parse::<Ipv6Addr>().is_ok() => address,
            Some(_) => return fail("the IPv6 address is malformed"),
            None if host.is_empty() => return fail("the host is missing"),
            None if host.bytes().all(is_host_byte) => host,
            None => return fail("the host has a character that host names have not"),
        };
        let port = match port {
            "" if secure => 443,
            "" => 80,
            _ if !port.bytes().all(|byte| byte.is_ascii_digit()) => {
                return fail("the port is not a number");
            }
            _ => port.parse().unwrap_or(0),
        };
        if port == 0 {
            return fail("the port is not 1 to 65535");
        }
        let userinfo = userinfo.map(encode_userinfo);
        Ok(Self { secure, userinfo, host: host.to_ascii_lowercase(), port, target: encode_target(target) })
    }

    /// Returns whether the connection uses TLS: `wss`.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// Returns the host: a name, an IPv4 address, or an IPv6 address without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns the port, by default 80 for `ws` and 443 for `wss`.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the path and query, as the request has them; `"/"` at least.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Returns the value of the `Authorization` header, when the URL has a user name or password: `Basic` with both, as
    /// [RFC 7617](https://www.rfc-editor.org/rfc/rfc7617) has it.
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
        let (user, password) = split_userinfo(self.userinfo.as_deref()?);
        let credentials = [&percent::decode(user), b":".as_slice(), &percent::decode(password)].concat();
        Some(format!("Basic {}", STANDARD.encode(credentials)))
    }

    /// Returns the value of the `Host` header: the host, and the port when it is not the scheme's default.
    #[must_use]
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let default_port = if self.secure { 443 } else { 80 };
        if self.port == default_port { host } else { format!("{host}:{}", self.port) }
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
        let (userinfo, at) = self.userinfo.as_ref().map_or(("", ""), |userinfo| (userinfo, "@"));
        write!(f, "{scheme}://{userinfo}{at}{}{}", self.authority(), self.target)
    }
}

/// As [`Display`](fmt::Display) writes it, without the password.
impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let userinfo = self.userinfo.as_ref().map(|_| "***".to_owned());
        write!(f, "Url({})", Self { userinfo, ..self.clone() })
    }
}

fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

fn split_userinfo(userinfo: &str) -> (&str, &str) {
    userinfo.split_once(':').unwrap_or((userinfo, ""))
}

/// What keeps a user name or password from being sent (RFC 7617, section 2).
fn userinfo_fault(userinfo: &str) -> Option<&'static str> {
    let (user, password) = split_userinfo(userinfo);
    let (user, password) = (percent::decode(user), percent::decode(password));
    if user.contains(&b':') {
        Some("the user name has a colon")
    } else if user.iter().chain(password.iter()).any(u8::is_ascii_control) {
        Some("it has a control character")
    } else {
        None
    }
}

/// Keeps the first colon, which ends the user name.
fn encode_userinfo(userinfo: &str) -> String {
    let keep = |byte| !b"/:;=@[\\]^|?`{}<>\"".contains(&byte);
    let (user, password) = split_userinfo(userinfo);
    let mut encoded = String::new();
    percent::encode_into(&mut encoded, user.as_bytes(), keep);
    if !password.is_empty() {
        encoded.push(':');
        percent::encode_into(&mut encoded, password.as_bytes(), keep);
    }
    encoded
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
            ("ws://[fe80::1%25eth0]/", "the IPv6 address is malformed"),
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
