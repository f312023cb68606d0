//! What PHP turns from its arrays into the system's structures, and its warnings on the way: shared by options and messages.

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::{Error, In6PktInfo, Interface, Result, Socket, address};
#[cfg(target_os = "linux")]
use crate::{InPktInfo, Ucred};

/// What is wrong with the array of `in6_pktinfo` that has no address.
pub(crate) const NO_ADDRESS: &str = "The key 'addr' is required";

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
            return Err(conversion_error(function, path, NO_ADDRESS));
        }
        let addr = inet6(socket, function, &format!("{path} > addr"), &self.addr)?;
        let ifindex = index(&self.ifindex, function, path)?;
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

/// The system's `ucred`: three numbers of four bytes.
#[cfg(target_os = "linux")]
impl Ucred {
    pub(crate) const SIZE: usize = 12;

    pub(crate) fn to_bytes(self) -> [u8; Self::SIZE] {
        let mut bytes = [0; Self::SIZE];
        bytes[..4].copy_from_slice(&self.pid.to_ne_bytes());
        bytes[4..8].copy_from_slice(&self.uid.to_ne_bytes());
        bytes[8..].copy_from_slice(&self.gid.to_ne_bytes());
        bytes
    }

    pub(crate) fn from_bytes(bytes: [u8; Self::SIZE]) -> Self {
        let [p1, p2, p3, p4, u1, u2, u3, u4, g1, g2, g3, g4] = bytes;
        Self {
            pid: i32::from_ne_bytes([p1, p2, p3, p4]),
            uid: u32::from_ne_bytes([u1, u2, u3, u4]),
            gid: u32::from_ne_bytes([g1, g2, g3, g4]),
        }
    }
}

/// Size of `in_pktinfo` in bytes: the index, then the two addresses.
#[cfg(target_os = "linux")]
pub(crate) const IN_PKTINFO_SIZE: usize = 12;

#[cfg(target_os = "linux")]
impl InPktInfo {
    /// Lays it out as the system has it; `path` leads to it in the texts of errors.
    pub(crate) fn to_bytes(
        &self,
        socket: &Socket,
        function: &'static str,
        path: &str,
    ) -> Result<[u8; IN_PKTINFO_SIZE]> {
        let address = |key: &str, host: &str| match host {
            "" => Ok(Ipv4Addr::UNSPECIFIED),
            _ => inet(socket, function, &format!("{path} > {key}"), host),
        };
        let index = index(&self.ifindex, function, path)?;
        let mut bytes = [0; IN_PKTINFO_SIZE];
        bytes[..4].copy_from_slice(&index.to_ne_bytes());
        bytes[4..8].copy_from_slice(&address("spec_dst", &self.spec_dst)?.octets());
        bytes[8..].copy_from_slice(&address("addr", &self.addr)?.octets());
        Ok(bytes)
    }

    pub(crate) fn from_bytes(bytes: [u8; IN_PKTINFO_SIZE]) -> Self {
        let [a, b, c, d, s1, s2, s3, s4, a1, a2, a3, a4] = bytes;
        Self {
            ifindex: u32::from_ne_bytes([a, b, c, d]).into(),
            spec_dst: Ipv4Addr::new(s1, s2, s3, s4).to_string(),
            addr: Ipv4Addr::new(a1, a2, a3, a4).to_string(),
        }
    }
}

/// Finds the index of the interface of packet information; `path` leads to that.
fn index(interface: &Interface, function: &'static str, path: &str) -> Result<u32> {
    interface.index().ok_or_else(|| {
        let text = match interface {
            Interface::Index(index) => {
                format!("the interface index cannot be negative or larger than {}; given {index}", u32::MAX)
            }
            Interface::Name(name) => format!("no interface with name \"{name}\" could be found"),
        };
        conversion_error(function, &format!("{path} > ifindex"), text)
    })
}

/// Finds an IPv4 address that stands at `path` in a PHP array.
pub(crate) fn inet(socket: &Socket, function: &'static str, path: &str, host: &str) -> Result<Ipv4Addr> {
    address::inet(socket, function, host.as_bytes(), 0)
        .ok()
        .and_then(|found| found.as_socket_ipv4().map(|found| *found.ip()))
        .ok_or_else(|| {
            conversion_error(function, path, format!("could not resolve address '{host}' to get an AF_INET address"))
        })
}

/// Finds an IPv6 address that stands at `path` in a PHP array.
pub(crate) fn inet6(socket: &Socket, function: &'static str, path: &str, host: &str) -> Result<Ipv6Addr> {
    address::inet6(socket, function, host.as_bytes(), 0)
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
