//! The values of options: PHP's int, string and arrays.

use std::fmt;
use std::time::Duration;

use crate::{Error, In6PktInfo, Interface, Ucred};

/// The value of an option: an int, a string, or one of PHP's arrays as a struct.
///
/// Whatever an option can be set to turns into it with [`From`]; [`TryFrom`] turns it back. It compares with integers,
/// booleans and strings, and prints as PHP's `echo` prints it.
///
/// # Examples
/// ```
/// use php_sockets::*;
///
/// let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
/// socket_set_option(&socket, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 5, usec: 0 })?;
///
/// let timeout: Timeval = socket_get_option(&socket, SOL_SOCKET, SO_RCVTIMEO)?.try_into()?;
/// assert_eq!(timeout.sec, 5);
/// assert!(socket_get_option(&socket, SOL_SOCKET, SO_TYPE)? == SOCK_STREAM);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum OptionValue {
    /// An integer: what every option without a type of its own gives.
    Int(i64),
    /// A boolean, on the way in; as an integer it is 1 or 0.
    Bool(bool),
    /// A string: the name of an interface or of an algorithm.
    String(String),
    /// The value of `SO_LINGER`.
    Linger(Linger),
    /// The value of `SO_RCVTIMEO` and `SO_SNDTIMEO`.
    Timeval(Timeval),
    /// The value of `SO_MEMINFO`.
    MemInfo(MemInfo),
    /// The value of `SO_PEERCRED`.
    Ucred(Ucred),
    /// The value of `MCAST_JOIN_GROUP` and `MCAST_LEAVE_GROUP`.
    GroupReq(GroupReq),
    /// The value of `MCAST_JOIN_SOURCE_GROUP` and the others with a source.
    GroupSourceReq(GroupSourceReq),
    /// The value of `IPV6_PKTINFO`.
    In6PktInfo(In6PktInfo),
}

/// The value of [`SO_LINGER`](crate::SO_LINGER): whether closing waits for unsent data, and for how long.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Linger {
    /// 1 to wait, 0 not to; up to 65535.
    pub l_onoff: i32,
    /// How many seconds to wait, up to 65535; with 0 the connection is reset.
    pub l_linger: i32,
}

/// A time span in seconds and microseconds, the value of [`SO_RCVTIMEO`](crate::SO_RCVTIMEO) and
/// [`SO_SNDTIMEO`](crate::SO_SNDTIMEO); 0 is for ever.
///
/// It converts from a [`Duration`], rounded up to microseconds, and back.
///
/// ```
/// use std::time::Duration;
/// use php_sockets::{Error, Timeval};
///
/// assert_eq!(Timeval::from(Duration::from_millis(1500)), Timeval { sec: 1, usec: 500_000 });
/// assert_eq!(Duration::try_from(Timeval { sec: 1, usec: 500_000 })?, Duration::from_millis(1500));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Timeval {
    /// Seconds.
    pub sec: i64,
    /// Microseconds, 0 to 999999.
    pub usec: i64,
}

/// The value of `SO_MEMINFO`: the memory that a socket occupies, in bytes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct MemInfo {
    /// Received data that waits to be read.
    pub rmem_alloc: u32,
    /// Size of the receive buffer.
    pub rcvbuf: u32,
    /// Sent data that the network has not taken yet.
    pub wmem_alloc: u32,
    /// Size of the send buffer.
    pub sndbuf: u32,
    /// Memory set aside for what comes next.
    pub fwd_alloc: u32,
    /// Data in the send queue.
    pub wmem_queued: u32,
    /// Memory for options.
    pub optmem: u32,
    /// Received data that is not processed yet.
    pub backlog: u32,
    /// Packets that were dropped: a number, not bytes.
    pub drops: u32,
}

/// The value of [`MCAST_JOIN_GROUP`](crate::MCAST_JOIN_GROUP) and [`MCAST_LEAVE_GROUP`](crate::MCAST_LEAVE_GROUP).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct GroupReq {
    /// The multicast address, or a name that stands for it.
    pub group: String,
    /// The interface; by default the system chooses.
    pub interface: Interface,
}

/// The value of [`MCAST_JOIN_SOURCE_GROUP`](crate::MCAST_JOIN_SOURCE_GROUP),
/// [`MCAST_LEAVE_SOURCE_GROUP`](crate::MCAST_LEAVE_SOURCE_GROUP), [`MCAST_BLOCK_SOURCE`](crate::MCAST_BLOCK_SOURCE) and
/// [`MCAST_UNBLOCK_SOURCE`](crate::MCAST_UNBLOCK_SOURCE).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct GroupSourceReq {
    /// The multicast address, or a name that stands for it.
    pub group: String,
    /// The sender's address or host name.
    pub source: String,
    /// The interface; by default the system chooses.
    pub interface: Interface,
}

impl OptionValue {
    /// What PHP calls its type.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Int(_) => "int",
            Self::Bool(true) => "true",
            Self::Bool(false) => "false",
            Self::String(_) => "string",
            _ => "array",
        }
    }

    /// Says whether it is one of PHP's arrays.
    pub(super) fn is_array(&self) -> bool {
        self.type_name() == "array"
    }

    /// The number that it is.
    fn number(&self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(*value),
            Self::Bool(value) => Some((*value).into()),
            _ => None,
        }
    }

    /// The number that it is or, in decimal digits, says.
    pub(super) fn to_int(&self) -> Option<i64> {
        match self {
            Self::String(text) => text.trim().parse().ok(),
            other => other.number(),
        }
    }
}

/// The interface that an int or a string names.
impl TryFrom<OptionValue> for Interface {
    type Error = Error;

    fn try_from(value: OptionValue) -> Result<Self, Error> {
        match value {
            OptionValue::Int(index) => Ok(Self::Index(index)),
            OptionValue::String(name) => Ok(Self::Name(name)),
            other => Err(wrong_type("string", &other)),
        }
    }
}

impl From<Interface> for OptionValue {
    fn from(interface: Interface) -> Self {
        match interface {
            Interface::Index(index) => Self::Int(index),
            Interface::Name(name) => Self::String(name),
        }
    }
}

/// Converts integers, both ways.
macro_rules! integers {
    ($into_int:expr => $($integer:ty),+) => {$(
        impl From<$integer> for OptionValue {
            fn from(value: $integer) -> Self {
                Self::Int($into_int(value))
            }
        }

        impl TryFrom<OptionValue> for $integer {
            type Error = Error;

            /// Fails for a string, an array, and an int that the type cannot hold.
            fn try_from(value: OptionValue) -> Result<Self, Error> {
                let number = value.number().ok_or_else(|| wrong_type("int", &value))?;
                Self::try_from(number).map_err(|_| wrong_type(stringify!($integer), &value))
            }
        }

        impl PartialEq<$integer> for OptionValue {
            fn eq(&self, other: &$integer) -> bool {
                self.number().is_some_and(|number| <$integer>::try_from(number) == Ok(*other))
            }
        }
    )+};
}

integers!(i64::from => u8, u16, i32, u32, i64);
// What is too great for PHP's int is too great for every option.
integers!(|value| i64::try_from(value).unwrap_or(i64::MAX) => usize);

/// Converts the variants that hold a type of their own, both ways.
macro_rules! variants {
    ($($variant:ident: $name:literal),+) => {$(
        impl From<$variant> for OptionValue {
            fn from(value: $variant) -> Self {
                Self::$variant(value)
            }
        }

        impl TryFrom<OptionValue> for $variant {
            type Error = Error;

            /// Fails for a value of another type.
            fn try_from(value: OptionValue) -> Result<Self, Error> {
                match value {
                    OptionValue::$variant(value) => Ok(value),
                    other => Err(wrong_type($name, &other)),
                }
            }
        }
    )+};
}

variants!(
    String: "string",
    Linger: "array",
    Timeval: "array",
    MemInfo: "array",
    Ucred: "array",
    GroupReq: "array",
    GroupSourceReq: "array",
    In6PktInfo: "array"
);

/// Rounds up: 0 would be for ever.
impl From<Duration> for Timeval {
    fn from(time: Duration) -> Self {
        let time = time.saturating_add(Duration::from_nanos(999));
        Self { sec: time.as_secs().try_into().unwrap_or(i64::MAX), usec: time.subsec_micros().into() }
    }
}

impl TryFrom<Timeval> for Duration {
    type Error = Error;

    /// Fails for a negative number.
    fn try_from(time: Timeval) -> Result<Self, Error> {
        match (u64::try_from(time.sec), u64::try_from(time.usec)) {
            (Ok(sec), Ok(usec)) => Ok(Self::from_secs(sec).saturating_add(Self::from_micros(usec))),
            _ => Err(Error::bare_value("A time span must not be negative")),
        }
    }
}

/// The [`Timeval`] of it.
impl From<Duration> for OptionValue {
    fn from(time: Duration) -> Self {
        Timeval::from(time).into()
    }
}

impl From<bool> for OptionValue {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<&str> for OptionValue {
    fn from(value: &str) -> Self {
        Self::String(value.to_owned())
    }
}

impl PartialEq<bool> for OptionValue {
    fn eq(&self, other: &bool) -> bool {
        *self == i32::from(*other)
    }
}

impl PartialEq<str> for OptionValue {
    fn eq(&self, other: &str) -> bool {
        matches!(self, Self::String(value) if value == other)
    }
}

impl PartialEq<&str> for OptionValue {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

/// Prints what PHP's `echo` prints: an int, a string, nothing for `false`, or `Array`.
impl fmt::Display for OptionValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(value) => value.fmt(f),
            Self::Bool(true) => 1.fmt(f),
            Self::Bool(false) => Ok(()),
            Self::String(value) => value.fmt(f),
            _ => "Array".fmt(f),
        }
    }
}

fn wrong_type(expected: &str, value: &OptionValue) -> Error {
    Error::type_("socket_get_option", format!("Return value is of type {}, {expected} expected", value.type_name()))
}
