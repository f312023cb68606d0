//! Addresses as PHP has them, a text and a port, to and from the system's `SockAddr`.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use socket2::SockAddr;

use crate::sys::{self, AddrInfo};
use crate::{Error, Result, Socket};

/// The longest `AF_UNIX` path: `sun_path` has room for one byte more.
const UNIX_PATH_MAX: usize = 108;

/// Refuses an `AF_UNIX` path that does not fit or that the system would cut; `argument` is its number in the PHP signature.
pub(crate) fn unix(function: &'static str, argument: u8, path: &[u8]) -> Result<SockAddr> {
    if has_nul(path) {
        return Err(Error::value(function, format!("Argument #{argument} ($address) must not contain any null bytes")));
    }
    if path.len() >= UNIX_PATH_MAX {
        return Err(Error::value(
            function,
            format!("Argument #{argument} ($address) must be less than {UNIX_PATH_MAX}"),
        ));
    }
    sys::unix_address(path).map_err(|error| Error::system(function, "Host lookup failed", &error))
}

/// Returns whether a path has a NUL byte, where the system takes it to end. At its beginning it makes the name an abstract one.
pub(crate) fn has_nul(path: &[u8]) -> bool {
    !path.starts_with(b"\0") && path.contains(&0)
}

/// Refuses a port outside 16 bits; `argument` is its number in the PHP signature.
pub(crate) fn port(function: &'static str, argument: u8, port: i32) -> Result<u16> {
    u16::try_from(port)
        .map_err(|_| Error::value(function, format!("Argument #{argument} ($port) must be between 0 and 65535")))
}

/// The error of an internet socket without a port; `argument` is its number in the PHP signature.
pub(crate) fn missing_port(function: &'static str, argument: u8, family: &str) -> Error {
    Error::value(function, format!("Argument #{argument} ($port) cannot be null when the socket type is {family}"))
}

/// Finds the IPv4 address of `host` by PHP's rules: an address, "127.1" and "0" included, or a name.
pub(crate) fn inet(socket: &Socket, function: &'static str, host: &[u8], port: u16) -> Result<SockAddr> {
    let host = &*String::from_utf8_lossy(host);
    let address = match host.parse::<Ipv4Addr>() {
        Ok(address) => address,
        Err(_) => look_up(host, crate::AF_INET, 0)
            .and_then(|found| found.as_socket_ipv4().map(|found| *found.ip()).ok_or(NO_DATA))
            .map_err(|code| socket.warn(function, "Host lookup failed", code))?,
    };
    Ok(SocketAddrV4::new(address, port).into())
}

/// Finds the IPv6 address of `host`, which may have a `%scope`; an IPv4 address or name becomes a v4-mapped one.
pub(crate) fn inet6(socket: &Socket, function: &'static str, host: &[u8], port: u16) -> Result<SockAddr> {
    let host = &*String::from_utf8_lossy(host);
    if let Ok(address) = host.parse::<Ipv6Addr>() {
        return Ok(SocketAddrV6::new(address, port, 0, 0).into());
    }
    let found = look_up(host, crate::AF_INET6, sys::AI_V4MAPPED | sys::AI_ADDRCONFIG)
        .and_then(|found| found.as_socket_ipv6().ok_or(NO_DATA))
        .map_err(|code| socket.warn(function, "Host lookup failed", code))?;
    Ok(SocketAddrV6::new(*found.ip(), port, found.flowinfo(), found.scope_id()).into())
}

// hstrerror(3)'s numbers as PHP reports them.
const HOST_NOT_FOUND: i32 = -10001;
const TRY_AGAIN: i32 = -10002;
const NO_RECOVERY: i32 = -10003;
const NO_DATA: i32 = -10004;

/// Looks a name up; the error is PHP's number for it.
fn look_up(host: &str, family: i32, flags: i32) -> std::result::Result<SockAddr, i32> {
    /// PHP takes no longer name.
    const NAME_MAX: usize = 255;
    let inet = family == crate::AF_INET;
    if host.len() > NAME_MAX || inet && is_strange(host) {
        return Err(HOST_NOT_FOUND);
    }
    // Digits and dots are an address or nothing: as gethostbyname(3), ask no server about them.
    let numeric = inet && host.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.'));
    let flags = if numeric { flags | crate::AI_NUMERICHOST } else { flags };
    // A socket type is named so that each address comes once.
    let hints = AddrInfo { family, flags, socktype: crate::SOCK_STREAM, ..AddrInfo::default() };
    match sys::getaddrinfo(host, None, &hints) {
        Ok(found) => found.into_iter().find_map(|info| info.address).ok_or(NO_DATA),
        Err(_) if host.is_empty() => Err(NO_RECOVERY),
        Err(_) if numeric => Err(HOST_NOT_FOUND),
        Err(sys::EAI_NONAME) => Err(HOST_NOT_FOUND),
        Err(sys::EAI_AGAIN) => Err(TRY_AGAIN),
        Err(sys::EAI_NODATA) => Err(NO_DATA),
        Err(_) => Err(NO_RECOVERY),
    }
}

/// Returns whether `host` is an IPv6 address or one with hexadecimal parts: for IPv4, getaddrinfo(3) takes some of them, PHP's
/// gethostbyname(3) none.
fn is_strange(host: &str) -> bool {
    host.contains(':')
        || host.starts_with(|first: char| first.is_ascii_digit())
            && host.split('.').any(|part| part.starts_with("0x") || part.starts_with("0X"))
}

/// Writes an address as `inet_ntop(3)` does: beside the v4-mapped addresses the v4-compatible ones end with dots, too.
pub(crate) fn ip_text(address: IpAddr) -> String {
    match address {
        IpAddr::V6(v6) => match v6.segments() {
            [0, 0, 0, 0, 0, 0, high, _] if high != 0 => format!(
                "::{}",
                Ipv4Addr::from_bits((v6.to_bits() & u128::from(u32::MAX)).try_into().unwrap_or_default())
            ),
            _ => v6.to_string(),
        },
        IpAddr::V4(v4) => v4.to_string(),
    }
}

/// Returns an address as PHP gives it: the text and the port; an IPv6 address that belongs to an interface with its index.
///
/// An `AF_UNIX` address has port 0, and is empty where it has no name. Of an `AF_PACKET` address these are the interface's
/// name and number. `None` for any other family.
pub(crate) fn text(address: &SockAddr) -> io::Result<Option<(String, i32)>> {
    if let Some(address) = address.as_socket() {
        let scope = match address {
            SocketAddr::V6(address) if address.scope_id() != 0 => format!("%{}", address.scope_id()),
            _ => String::new(),
        };
        let text = ip_text(address.ip()) + &scope;
        return Ok(Some((text, address.port().into())));
    }
    if address.is_unix() {
        return Ok(Some((sys::path(address).unwrap_or_default(), 0)));
    }
    #[cfg(target_os = "linux")]
    if i32::from(address.family()) == crate::AF_PACKET {
        let index = sys::packet_interface(address);
        let name = sys::interface_name(index.try_into().unwrap_or_default())?;
        return Ok(Some((name, index)));
    }
    Ok(None)
}
