//! Options of a socket: one table says how the value of each goes in and comes out.

use std::io;

use socket2::SockAddr;

use crate::{AF_INET, AF_INET6, Error, Interface, Result, Socket, address, sys};

mod table;
mod value;

use table::Kind;
pub use value::{GroupReq, GroupSourceReq, Linger, MemInfo, OptionValue, Timeval};

/// Returns an option of the socket, with getsockopt(2).
///
/// ```text
/// socket_get_option(Socket $socket, int $level, int $option): array|int|false
/// ```
///
/// PHP's arrays come as structs: [`Linger`] for `SO_LINGER`, [`Timeval`] (seconds and microseconds) for `SO_RCVTIMEO` and
/// `SO_SNDTIMEO`, [`MemInfo`] (bytes) for `SO_MEMINFO`. `IP_MULTICAST_IF` gives the interface's index. Every other option
/// is an int.
///
/// Unlike PHP, an option counts only on its own level, `TCP_CONGESTION` is a string rather than an array of one, and
/// `SO_BINDTODEVICE` gives the interface's name, where PHP fails.
///
/// # Errors
///
/// `Unable to retrieve socket option` with [`SOCKET_ENOPROTOOPT`](crate::SOCKET_ENOPROTOOPT) for an option that the socket
/// does not have, [`SOCKET_EOPNOTSUPP`](crate::SOCKET_EOPNOTSUPP) for an unknown level.
///
/// See <https://www.php.net/socket_get_option>.
///
/// # Examples
///
/// ```
/// use php_sockets::*;
///
/// let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
/// assert_eq!(socket_get_option(&socket, SOL_SOCKET, SO_TYPE)?, SOCK_STREAM);
///
/// let linger: Linger = socket_get_option(&socket, SOL_SOCKET, SO_LINGER)?.try_into()?;
/// assert_eq!(linger.l_onoff, 0);
/// # Ok::<(), Error>(())
/// ```
pub fn socket_get_option(socket: &Socket, level: i32, option: i32) -> Result<OptionValue> {
    get(socket, "socket_get_option", level, option)
}

/// Is [`socket_get_option`] under its older name.
///
/// # Errors
///
/// Those of [`socket_get_option`], with this name in their text.
///
/// See <https://www.php.net/socket_getopt>.
///
/// # Examples
///
/// ```
/// use php_sockets::*;
///
/// let socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
/// assert_eq!(socket_getopt(&socket, SOL_SOCKET, SO_BROADCAST)?, false);
/// # Ok::<(), Error>(())
/// ```
pub fn socket_getopt(socket: &Socket, level: i32, option: i32) -> Result<OptionValue> {
    get(socket, "socket_getopt", level, option)
}

/// Sets an option of the socket, with setsockopt(2).
///
/// ```text
/// socket_set_option(Socket $socket, int $level, int $option, $value): bool
/// ```
///
/// `value` is a number, a boolean, a string, or the struct of the option:
///
/// | option | value |
/// |---|---|
/// | `SO_LINGER` | [`Linger`] |
/// | `SO_RCVTIMEO`, `SO_SNDTIMEO` | [`Timeval`]: seconds and microseconds |
/// | `SO_BINDTODEVICE`, `TCP_CONGESTION` | a string |
/// | `SO_ATTACH_REUSEPORT_CBPF` | `SKF_AD_CPU`, `SKF_AD_QUEUE`, or 0 to detach |
/// | `IP_MULTICAST_IF`, `IPV6_MULTICAST_IF` | the index or the name of an interface |
/// | `MCAST_JOIN_GROUP`, `MCAST_LEAVE_GROUP` | [`GroupReq`] |
/// | the other `MCAST_*` | [`GroupSourceReq`] |
/// | `IPV6_PKTINFO` | [`In6PktInfo`](crate::In6PktInfo) |
/// | any other | an int of 32 bits, signed or unsigned |
///
/// Unlike PHP, an option counts only on its own level (PHP takes `TCP_NOTSENT_LOWAT` for `SO_BINDTODEVICE`), and an int of
/// more than 32 bits is refused, not truncated. A string for an int must be a number.
///
/// # Errors
///
/// `TypeError` for a value of the wrong type; `ValueError` for one out of range or without a group. `Unable to set socket
/// option` with [`SOCKET_ENOPROTOOPT`](crate::SOCKET_ENOPROTOOPT) or [`SOCKET_EINVAL`](crate::SOCKET_EINVAL), and `EDOM`
/// (33) for a microsecond count of 1000000 and more. `No interface with name "x" could be found`. `Host lookup failed`
/// with a number below -10000 for a group or source.
///
/// # Platforms
///
/// `IPV6_PKTINFO` needs Unix, `TCP_CONGESTION` Linux or FreeBSD, the options with `SKF_AD_*` or a device Linux. Windows
/// counts timeouts in milliseconds, rounded up.
///
/// See <https://www.php.net/socket_set_option>.
///
/// # Examples
///
/// ```
/// use php_sockets::*;
///
/// let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
/// socket_set_option(&socket, SOL_SOCKET, SO_REUSEADDR, 1)?;
/// socket_set_option(&socket, SOL_TCP, TCP_NODELAY, true)?;
/// socket_set_option(&socket, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 5, usec: 0 })?;
/// socket_set_option(&socket, SOL_SOCKET, SO_LINGER, Linger { l_onoff: 1, l_linger: 0 })?;
///
/// let error = socket_set_option(&socket, SOL_SOCKET, SO_LINGER, 1).expect_err("an array is needed");
/// assert_eq!(
///     error.to_string(),
///     "socket_set_option(): Argument #4 ($value) must be of type array when argument #3 ($option) is SO_LINGER, int given"
/// );
/// # Ok::<(), Error>(())
/// ```
pub fn socket_set_option(socket: &Socket, level: i32, option: i32, value: impl Into<OptionValue>) -> Result<()> {
    set(socket, "socket_set_option", level, option, value.into())
}

/// Is [`socket_set_option`] under its older name.
///
/// # Errors
///
/// Those of [`socket_set_option`], with this name in their text.
///
/// See <https://www.php.net/socket_setopt>.
///
/// # Examples
///
/// ```
/// use php_sockets::*;
///
/// let socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
/// socket_setopt(&socket, SOL_SOCKET, SO_BROADCAST, true)?;
/// # Ok::<(), Error>(())
/// ```
pub fn socket_setopt(socket: &Socket, level: i32, option: i32, value: impl Into<OptionValue>) -> Result<()> {
    set(socket, "socket_setopt", level, option, value.into())
}

fn get(socket: &Socket, function: &'static str, level: i32, option: i32) -> Result<OptionValue> {
    let system = socket.open(function)?;
    let fail = |error: io::Error| socket.fail(function, "Unable to retrieve socket option", &error);
    match table::find(level, option).kind {
        Kind::Linger => {
            let (linger, _) = sys::get_option::<sys::Linger>(system, level, option).map_err(fail)?;
            let (l_onoff, l_linger) = linger.onoff_and_seconds();
            Ok(Linger { l_onoff, l_linger }.into())
        }
        Kind::Timeval => {
            let (timeout, _) = sys::get_option::<sys::Timeout>(system, level, option).map_err(fail)?;
            let (sec, usec) = timeout.seconds_and_microseconds();
            Ok(Timeval { sec, usec }.into())
        }
        Kind::InterfaceAddress => {
            let (address, _) = sys::get_option::<[u8; 4]>(system, level, option).map_err(fail)?;
            let index = sys::multicast_interface_index(address).map_err(fail)?;
            index.map(Into::into).ok_or_else(|| {
                let address = std::net::Ipv4Addr::from(address);
                let message = format!("The interface with IP address {address} was not found");
                Error::Failure { function, message: message.into() }
            })
        }
        #[cfg(unix)]
        Kind::In6PktInfo => match sys::get_option(system, level, option) {
            Ok((bytes, _)) => Ok(crate::In6PktInfo::from_bytes(bytes).into()),
            Err(error) => Err(socket.fail(function, "unable to get socket option", &error)),
        },
        #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
        Kind::Name => {
            /// Both an interface's name and an algorithm's, with the NUL at its end.
            const NAME_SIZE: usize = 16;
            let (name, length) = sys::get_option::<[u8; NAME_SIZE]>(system, level, option).map_err(fail)?;
            let name = name[..length].split(|&byte| byte == 0).next().unwrap_or_default();
            Ok(String::from_utf8_lossy(name).into_owned().into())
        }
        #[cfg(any(target_os = "linux", target_os = "android"))]
        Kind::MemInfo => {
            let (values, length) = sys::get_option::<[u32; 9]>(system, level, option).map_err(fail)?;
            if length != size_of_val(&values) {
                let message = "Unable to retrieve all socket meminfo data".into();
                return Err(Error::Failure { function, message });
            }
            let [rmem_alloc, rcvbuf, wmem_alloc, sndbuf, fwd_alloc, wmem_queued, optmem, backlog, drops] = values;
            let value =
                MemInfo { rmem_alloc, rcvbuf, wmem_alloc, sndbuf, fwd_alloc, wmem_queued, optmem, backlog, drops };
            Ok(value.into())
        }
        _ => {
            let (value, length) = sys::get_option::<i32>(system, level, option).map_err(fail)?;
            Ok(if length == 1 { value.to_ne_bytes()[0].into() } else { value.into() })
        }
    }
}

fn set(socket: &Socket, function: &'static str, level: i32, option: i32, value: OptionValue) -> Result<()> {
    let system = socket.open(function)?;
    let row = table::find(level, option);
    let argument = Argument { socket, function, option: row.name };
    let result = match (row.kind, value) {
        (Kind::Int, value) => {
            let value = argument.int(&value, i32::MIN.into(), u32::MAX.into())?;
            sys::set_option(system, level, option, &value)
        }
        (Kind::IntWithin(least, most), value) => {
            sys::set_option(system, level, option, &argument.int(&value, least, most)?)
        }
        (Kind::ByteWithin(least, most), value) => {
            let [value, ..] = argument.int(&value, least, most)?.to_le_bytes();
            sys::set_option(system, level, option, &value)
        }
        (Kind::Flag, value) => sys::set_option(system, level, option, &i32::from(argument.flag(&value)?)),
        (Kind::ByteFlag, value) => sys::set_option(system, level, option, &u8::from(argument.flag(&value)?)),
        (Kind::Linger, OptionValue::Linger(value)) => sys::set_option(system, level, option, &argument.linger(value)?),
        (Kind::Timeval, OptionValue::Timeval(value)) => {
            sys::set_option(system, level, option, &argument.timeout(value)?)
        }
        (Kind::Interface, value) => sys::set_option(system, level, option, &argument.interface(value)?),
        (Kind::InterfaceAddress, value) => {
            let address = argument.interface_address(value)?;
            sys::set_option(system, level, option, &address)
        }
        (Kind::Group, OptionValue::GroupReq(value)) => {
            let group = argument.address("group", &value.group)?;
            let request = sys::GroupRequest::new(argument.index(&value.interface)?, group);
            sys::set_option(system, level, option, &request)
        }
        (Kind::GroupSource, OptionValue::GroupSourceReq(value)) => {
            let group = argument.address("group", &value.group)?;
            let source = argument.address("source", &value.source)?;
            let request = sys::GroupSourceRequest::new(argument.index(&value.interface)?, group, source);
            sys::set_option(system, level, option, &request)
        }
        #[cfg(unix)]
        (Kind::In6PktInfo, OptionValue::In6PktInfo(value)) => {
            sys::set_option(system, level, option, &value.to_bytes(socket, function, "in6_pktinfo")?)
        }
        #[cfg(unix)]
        (Kind::In6PktInfo, _) => {
            return Err(crate::conversion::conversion_error(function, "in6_pktinfo", "expected an array here"));
        }
        #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
        (Kind::Name, OptionValue::String(value)) => sys::set_option(system, level, option, value.as_bytes()),
        #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
        (Kind::Name, value) => return Err(argument.wrong_type("string", &value)),
        #[cfg(any(target_os = "linux", target_os = "android"))]
        (Kind::MemInfo, _) => sys::set_option(system, level, option, &0),
        #[cfg(any(target_os = "linux", target_os = "android"))]
        (Kind::ReuseportFilter, OptionValue::Int(value)) => argument.reuseport_filter(system, value)?,
        #[cfg(any(target_os = "linux", target_os = "android"))]
        (Kind::ReuseportFilter, value) => return Err(argument.wrong_type("int", &value)),
        (_, value) => return Err(argument.wrong_type("array", &value)),
    };
    result.map_err(|error| socket.fail(function, "Unable to set socket option", &error))
}

/// The argument `$value` of a call, which is checked and converted for the option.
struct Argument<'a> {
    socket: &'a Socket,
    function: &'static str,
    /// Its name, as the table has it.
    option: &'static str,
}

impl Argument<'_> {
    fn wrong_type(&self, expected: &str, value: &OptionValue) -> Error {
        let given = value.type_name();
        let message = match self.option {
            "" => format!("Argument #4 ($value) must be of type {expected}, {given} given"),
            option => format!(
                "Argument #4 ($value) must be of type {expected} when argument #3 ($option) is {option}, {given} given"
            ),
        };
        Error::type_(self.function, message)
    }

    fn out_of_range(&self, key: &str, least: i64, most: i64) -> Error {
        Error::value(self.function, format!("Argument #4 ($value) {key}must be between {least} and {most}"))
    }

    /// The bits of a C int, or of an unsigned one.
    fn int(&self, value: &OptionValue, least: i64, most: i64) -> Result<i32> {
        let value = value.to_int().ok_or_else(|| self.wrong_type("int", value))?;
        if !(least..=most).contains(&value) {
            return Err(self.out_of_range("", least, most));
        }
        let [a, b, c, d, ..] = value.to_le_bytes();
        Ok(i32::from_le_bytes([a, b, c, d]))
    }

    fn flag(&self, value: &OptionValue) -> Result<bool> {
        value.to_int().map(|value| value != 0).ok_or_else(|| self.wrong_type("int", value))
    }

    fn linger(&self, value: Linger) -> Result<sys::Linger> {
        let within = |key, value| u16::try_from(value).map_err(|_| self.out_of_range(key, 0, u16::MAX.into()));
        Ok(sys::Linger::new(within("\"l_onoff\" ", value.l_onoff)?, within("\"l_linger\" ", value.l_linger)?))
    }

    fn timeout(&self, value: Timeval) -> Result<sys::Timeout> {
        sys::Timeout::new(value.sec, value.usec)
            .ok_or_else(|| self.out_of_range("\"sec\" ", 0, (u32::MAX / 1000).into()))
    }

    fn interface(&self, value: OptionValue) -> Result<u32> {
        let wrong_type = self.wrong_type("string", &value);
        self.index(&Interface::try_from(value).map_err(|_| wrong_type)?)
    }

    fn index(&self, interface: &Interface) -> Result<u32> {
        interface.index().ok_or_else(|| match interface {
            Interface::Index(_) => Error::bare_value(format!("Index must be between 0 and {}", u32::MAX)),
            Interface::Name(name) => self.failure(format!("No interface with name \"{name}\" could be found")),
        })
    }

    fn interface_address(&self, value: OptionValue) -> Result<[u8; 4]> {
        let index = self.interface(value)?;
        sys::multicast_interface(index).map_err(|error| {
            let code = crate::error::os_code(&error);
            self.failure(format!("Failed obtaining address for interface {index}: error {code}"))
        })
    }

    /// The address at `key` of PHP's array, in the socket's family; an empty one stands for a missing key.
    fn address(&self, key: &str, host: &str) -> Result<SockAddr> {
        if host.is_empty() {
            return Err(Error::bare_value(format!("No key \"{key}\" passed in optval")));
        }
        match self.socket.family() {
            AF_INET => address::inet(self.socket, self.function, host, 0),
            AF_INET6 => address::inet6(self.socket, self.function, host, 0),
            _ => Err(Error::bare_value("IP address used in the context of an unexpected type of socket")),
        }
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn reuseport_filter(&self, system: &socket2::Socket, value: i64) -> Result<io::Result<()>> {
        match i32::try_from(value) {
            Ok(0) => Ok(sys::set_option(system, crate::SOL_SOCKET, sys::SO_DETACH_REUSEPORT_BPF, &1)),
            Ok(value @ (crate::SKF_AD_CPU | crate::SKF_AD_QUEUE)) => Ok(sys::attach_reuseport_cbpf(system, value)),
            _ => Err(self.failure("Unsupported CBPF filter".to_owned())),
        }
    }

    fn failure(&self, message: String) -> Error {
        Error::Failure { function: self.function, message: message.into() }
    }
}
