use std::net::Ipv6Addr;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::percent;

/// What a URL has in front of its path (RFC 3986, section 3.2): `user:password@host:port`.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::ws) struct Authority {
    /// The user name and password, percent-encoded.
    pub(super) userinfo: Option<String>,
    /// In lower case, an IPv6 address without brackets, with its zone behind a percent sign.
    pub(in crate::ws) host: String,
    pub(in crate::ws) port: u16,
}

impl Authority {
    /// # Errors
    /// What is wrong with it.
    pub(in crate::ws) fn parse(text: &str, default_port: u16) -> Result<Self, &'static str> {
        let (userinfo, text) = match text.rsplit_once('@') {
            Some((userinfo, text)) => (Some(userinfo).filter(|userinfo| !matches!(*userinfo, "" | ":")), text),
            None => (None, text),
        };
        if let Some(why) = userinfo.and_then(userinfo_fault) {
            return Err(why);
        }
        // A colon within brackets belongs to an IPv6 address.
        let (host, port) = match text.rfind(':').filter(|&at| !text[at..].contains(']')) {
            Some(at) => (&text[..at], &text[at + 1..]),
            None => (text, ""),
        };
        let host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(address) => ipv6(address).ok_or("the IPv6 address is malformed")?,
            None if host.is_empty() => return Err("the host is missing"),
            None if host.bytes().all(is_host_byte) => host.to_ascii_lowercase(),
            None => return Err("the host has a character that host names have not"),
        };
        let port = match port {
            "" => default_port,
            _ if !port.bytes().all(|byte| byte.is_ascii_digit()) => return Err("the port is not a number"),
            _ => port.parse().unwrap_or(0),
        };
        if port == 0 {
            return Err("the port is not 1 to 65535");
        }
        Ok(Self { userinfo: userinfo.map(encode_userinfo), host, port })
    }

    /// The user name and password, as bytes.
    pub(in crate::ws) fn credentials(&self) -> Option<(Vec<u8>, Vec<u8>)> {
        let (user, password) = split_userinfo(self.userinfo.as_deref()?);
        Some((percent::decode(user).into_owned(), percent::decode(password).into_owned()))
    }

    /// The value of a header that says who asks (RFC 7617).
    pub(in crate::ws) fn basic(&self) -> Option<String> {
        let (user, password) = self.credentials()?;
        Some(format!("Basic {}", STANDARD.encode([user, password].join(&b':'))))
    }

    /// The host, and the port when it is not the default one. A zone means something on this machine only.
    pub(in crate::ws) fn host_and_port(&self, default_port: u16) -> String {
        self.written(without_zone(&self.host), default_port)
    }

    /// The same with the zone, as in a URL (RFC 6874).
    pub(super) fn host_and_port_here(&self, default_port: u16) -> String {
        self.written(&self.host.replace('%', "%25"), default_port)
    }

    fn written(&self, host: &str, default_port: u16) -> String {
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        if self.port == default_port { host } else { format!("{host}:{}", self.port) }
    }

    /// Makes it fit to be shown.
    pub(in crate::ws) fn hide_password(&mut self) {
        self.userinfo = self.userinfo.as_ref().map(|_| "***".to_owned());
    }
}

/// The address and, behind a percent sign, the zone of `fe80::1%25eth0` or `fe80::1%eth0`.
fn ipv6(text: &str) -> Option<String> {
    let (address, zone) = match text.split_once('%') {
        Some((address, zone)) => (address, Some(zone.strip_prefix("25").unwrap_or(zone))),
        None => (text, None),
    };
    address.parse::<Ipv6Addr>().ok()?;
    let mut host = address.to_ascii_lowercase();
    if let Some(zone) = zone {
        // Names of interfaces differ in case.
        if zone.is_empty() || !zone.bytes().all(is_host_byte) {
            return None;
        }
        host.push('%');
        host.push_str(zone);
    }
    Some(host)
}

/// A host as others know it.
pub(in crate::ws) fn without_zone(host: &str) -> &str {
    host.split('%').next().unwrap_or_default()
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
