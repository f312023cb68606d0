//! What PHP's options and messages share: network interfaces, the addresses of packets, times and processes.

use std::fmt;
use std::time::{Duration, SystemTime};

use crate::{Error, sys};

/// A network interface, by index or by name. The default is index 0: the system chooses.
///
/// It prints as PHP's `echo` prints it. What the system returns is an index.
///
/// ```
/// use php_sockets::Interface;
///
/// assert_eq!(Interface::from(1), Interface::Index(1));
/// assert_eq!(Interface::from("lo"), Interface::Name("lo".to_owned()));
/// assert_eq!(Interface::from(1).to_string(), "1");
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Interface {
    /// Its index, 0 to 4294967295.
    Index(i64),
    /// Its name, such as `lo`.
    Name(String),
}

impl Interface {
    /// `None` for an index out of range and for an unknown name.
    pub(crate) fn index(&self) -> Option<u32> {
        match self {
            Self::Index(index) => (*index).try_into().ok(),
            Self::Name(name) => sys::interface_index(name).ok(),
        }
    }
}

impl fmt::Display for Interface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index(index) => index.fmt(f),
            Self::Name(name) => name.fmt(f),
        }
    }
}

impl Default for Interface {
    fn default() -> Self {
        Self::Index(0)
    }
}

impl From<i32> for Interface {
    fn from(index: i32) -> Self {
        Self::Index(index.into())
    }
}

impl From<u32> for Interface {
    fn from(index: u32) -> Self {
        Self::Index(index.into())
    }
}

impl From<i64> for Interface {
    fn from(index: i64) -> Self {
        Self::Index(index)
    }
}

impl From<&str> for Interface {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

impl From<String> for Interface {
    fn from(name: String) -> Self {
        Self::Name(name)
    }
}

/// The address and the interface of an IPv6 packet, RFC 3542's `in6_pktinfo`: the keys of PHP's array.
///
/// It is the value of the option `IPV6_PKTINFO` and of the control message of that name.
///
/// ```
/// use php_sockets::In6PktInfo;
///
/// let source = In6PktInfo { addr: "::1".to_owned(), ifindex: 1.into() };
/// assert_eq!(source.ifindex, 1.into());
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct In6PktInfo {
    /// The IPv6 address, or a host name.
    pub addr: String,
    /// The interface.
    pub ifindex: Interface,
}

/// The addresses and the interface of an IPv4 packet, the system's `in_pktinfo`: the data of the control message `IP_PKTINFO`.
///
/// To send, `spec_dst` is the source address, and `addr` does not count.
///
/// ```
/// use php_sockets::InPktInfo;
///
/// let source = InPktInfo { spec_dst: "127.0.0.1".to_owned(), ..Default::default() };
/// assert_eq!(source.ifindex, 0.into());
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct InPktInfo {
    /// The interface.
    pub ifindex: Interface,
    /// This machine's address that a reply comes from.
    pub spec_dst: String,
    /// The address in the packet's header.
    pub addr: String,
}

/// A time since 1970 in seconds and nanoseconds: the data of the control message `SO_TIMESTAMPNS`.
///
/// [`SystemTime::try_from`] converts it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Timespec {
    /// Seconds.
    pub sec: i64,
    /// Nanoseconds, 0 to 999999999.
    pub nsec: i64,
}

impl TryFrom<Timespec> for SystemTime {
    type Error = Error;

    /// Fails for a negative number, and for a time too late for the system.
    fn try_from(time: Timespec) -> Result<Self, Error> {
        let since = |sec: i64, nsec: i64| Some(Duration::new(sec.try_into().ok()?, nsec.try_into().ok()?));
        let time = since(time.sec, time.nsec).and_then(|time| Self::UNIX_EPOCH.checked_add(time));
        time.ok_or_else(|| Error::bare_value("The time is out of range"))
    }
}

/// A process: who has sent a message, or who is at the other end. These are the keys of PHP's array.
///
/// It is the data of the control message `SCM_CREDENTIALS` and the value of the option `SO_PEERCRED`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Ucred {
    /// The process.
    pub pid: i32,
    /// The user.
    pub uid: u32,
    /// The group.
    pub gid: u32,
}
