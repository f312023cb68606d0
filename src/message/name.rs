//! The address of a message, to and from the system's `SockAddr`.

use std::net::{SocketAddrV4, SocketAddrV6};

use socket2::SockAddr;

use super::MessageName;
use crate::conversion::{conversion_error, inet, inet6};
use crate::{AF_INET, AF_INET6, AF_UNIX, Result, Socket, address, sys};

/// Where it stands in PHP's array.
const PATH: &str = "msghdr > name";

/// The longest path of a Unix address in bytes.
#[cfg(target_os = "linux")]
const UNIX_PATH_MAX: usize = 107;
#[cfg(not(target_os = "linux"))]
const UNIX_PATH_MAX: usize = 103;

impl MessageName {
    /// The family that it has on `socket`, which must be one that the socket can take.
    pub(super) fn family_on(&self, socket: &Socket, function: &'static str) -> Result<i32> {
        let own = socket.family();
        let family = self.family.unwrap_or(own);
        let text = match (family, own) {
            (AF_INET, AF_INET | AF_INET6) | (AF_INET6, AF_INET6) | (AF_UNIX, AF_UNIX) => return Ok(family),
            (AF_INET, _) => format!("the specified family (number {family}) is not supported on this socket"),
            (AF_INET6, _) => "the specified family (AF_INET6) is not supported on this socket".to_owned(),
            (AF_UNIX, _) => "the specified family (AF_UNIX) is not supported on this socket".to_owned(),
            _ => "the only families currently supported are AF_INET, AF_INET6 and AF_UNIX".to_owned(),
        };
        Err(conversion_error(function, PATH, text))
    }

    pub(super) fn to_address(&self, socket: &Socket, function: &'static str) -> Result<SockAddr> {
        match self.family_on(socket, function)? {
            AF_INET => {
                let host = if self.addr.is_empty() { "0.0.0.0" } else { &self.addr };
                let found = inet(socket, function, &format!("{PATH} > addr"), host)?;
                Ok(SocketAddrV4::new(found, self.port(function)?).into())
            }
            AF_INET6 => {
                let host = if self.addr.is_empty() { "::" } else { &self.addr };
                let found = inet6(socket, function, &format!("{PATH} > addr"), host)?;
                Ok(SocketAddrV6::new(found, self.port(function)?, self.flowinfo, self.scope_id).into())
            }
            _ => self.unix(function),
        }
    }

    fn port(&self, function: &'static str) -> Result<u16> {
        u16::try_from(self.port).map_err(|_| {
            let text = "given PHP integer is out of bounds for an unsigned 16-bit integer";
            conversion_error(function, &format!("{PATH} > port"), text)
        })
    }

    fn unix(&self, function: &'static str) -> Result<SockAddr> {
        let too_long = || format!("the path is too long, the maximum permitted length is {UNIX_PATH_MAX}");
        let text = match self.path.len() {
            // As PHP puts it.
            0 => "the path is must not be empty".to_owned(),
            _ if address::has_nul(self.path.as_bytes()) => "the path must not contain any null bytes".to_owned(),
            1..=UNIX_PATH_MAX => match SockAddr::unix(&self.path) {
                Ok(address) => return Ok(address),
                Err(_) => too_long(),
            },
            _ => too_long(),
        };
        Err(conversion_error(function, &format!("{PATH} > path"), text))
    }

    /// Reads a sender's address; `None` for a family that PHP does not read.
    pub(super) fn from_address(address: &SockAddr) -> Option<Self> {
        let family = Some(i32::from(address.family()));
        if let Some(address) = address.as_socket_ipv4() {
            let (addr, port) = (address.ip().to_string(), address.port().into());
            return Some(Self { family, addr, port, ..Self::default() });
        }
        if let Some(address) = address.as_socket_ipv6() {
            let (addr, port) = (address::ip_text((*address.ip()).into()), address.port().into());
            let (flowinfo, scope_id) = (address.flowinfo(), address.scope_id());
            return Some(Self { family, addr, port, flowinfo, scope_id, ..Self::default() });
        }
        address.is_unix().then(|| Self { family, path: sys::path(address).unwrap_or_default(), ..Self::default() })
    }
}
