//! What PHP turns from its arrays into the system's structures, and its warnings on the way: shared by options and messages.

use std::borrow::Cow;
use std::net::Ipv6Addr;

use crate::{Error, In6PktInfo, Interface, Result, Socket, address};

/// Size of `in6_pktinfo` in bytes: the address, then the index.
pub(crate) const IN6_PKTINFO_SIZE: usize = 20;

impl In6PktInfo {
    /// Lays it out as the system has it; `path` leads to it in PHP's warnings.
    pub(crate) fn to_bytes(
        &self,
        socket: &Socket,
        function: &'static str,
        path: &str,
    ) -> Result<[u8; IN6_PKTINFO_SIZE]> {
        if self.addr.is_empty() {
            return Err(conversion_error(function, path, "The key 'addr' is required"));
        }
        let addr = inet6(socket, function, &format!("{path} > addr"), &self.addr)?;
        let ifindex = self.ifindex.index().ok_or_else(|| {
            let text = match &self.ifindex {
                Interface::Index(index) => {
                    format!("the interface index cannot be negative or larger than {}; given {index}", u32::MAX)
                }
                Interface::Name(name) => format!("no interface with name \"{name}\" could be found"),
            };
            conversion_error(function, &format!("{path} > ifindex"), text)
        })?;
        let mut bytes = [0; IN6_PKTINFO_SIZE];
        bytes[..16].copy_from_slice(&addr.octets());
        bytes[16..].copy_from_slice(&ifindex.to_ne_bytes());
        Ok(bytes)
    }

    pub(crate) fn from_bytes(bytes: [u8; IN6_PKTINFO_SIZE]) -> Self {
        let [addr @ .., a, b, c, d] = bytes;
        let addr: [u8; 16] = addr;
        Self { addr: address::ip_text(Ipv6Addr::from(addr).into()), ifindex: u32::from_ne_bytes([a, b, c, d]).into() }
    }
}

/// Finds an IPv6 address that stands at `path` in a PHP array.
pub(crate) fn inet6(socket: &Socket, function: &'static str, path: &str, host: &str) -> Result<Ipv6Addr> {
    address::inet6(socket, function, host, 0)
        .ok()
        .and_then(|found| found.as_socket_ipv6().map(|found| *found.ip()))
        .ok_or_else(|| {
            conversion_error(function, path, format!("could not resolve address '{host}' to get an AF_INET6 address"))
        })
}

/// PHP's warning about an array that it cannot turn into the system's structure; `path` says where.
pub(crate) fn conversion_error(function: &'static str, path: &str, text: impl Into<Cow<'static, str>>) -> Error {
    Error::Failure { function, message: format!("error converting user data (path: {path}): {}", text.into()).into() }
}
