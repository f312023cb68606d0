//! Options of a socket: one table says how the value of each goes in and comes out.

use crate::{Result, Socket};

mod get;
mod set;
mod table;
mod value;

use get::get;
use set::set;
pub use value::{GroupReq, GroupSourceReq, Linger, MemInfo, OptionValue, Timeval};

/// Returns an option of the socket, with getsockopt(2).
///
/// ```text
/// socket_get_option(Socket $socket, int $level, int $option): array|int|false
/// ```
///
/// PHP's arrays come as structs: [`Linger`] for `SO_LINGER`, [`Timeval`] (seconds and microseconds) for `SO_RCVTIMEO` and
/// `SO_SNDTIMEO`, [`MemInfo`] (bytes) for `SO_MEMINFO`, [`Ucred`](crate::Ucred) for `SO_PEERCRED`, which PHP has not.
/// `IP_MULTICAST_IF` gives the interface's index. Every other option is an int.
///
/// Unlike PHP, an option counts only on its own level, `TCP_CONGESTION` is a string rather than an array of one, and
/// `SO_BINDTODEVICE` gives the interface's name, where PHP fails.
///
/// # Errors
/// `Unable to retrieve socket option` with [`SOCKET_ENOPROTOOPT`](crate::SOCKET_ENOPROTOOPT) for an option that the socket
/// does not have, [`SOCKET_EOPNOTSUPP`](crate::SOCKET_EOPNOTSUPP) for an unknown level; that of `IPV6_PKTINFO` is `unable to
/// get socket option`. `The interface with IP address 192.0.2.1 was not found` of `IP_MULTICAST_IF`. On Linux `SO_GET_FILTER` (26) is one
/// that no socket has: read as an int, it would overwrite memory, as it does in PHP.
///
/// See <https://www.php.net/socket_get_option>.
///
/// # Examples
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
/// ```text
/// socket_getopt(Socket $socket, int $level, int $option): array|int|false
/// ```
///
/// # Errors
/// Those of [`socket_get_option`], with this name in their text.
///
/// See <https://www.php.net/socket_getopt>.
///
/// # Examples
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
/// | `SO_RCVTIMEO`, `SO_SNDTIMEO` | [`Timeval`]: seconds and microseconds; or a [`Duration`](std::time::Duration) |
/// | `SO_BINDTODEVICE`, `TCP_CONGESTION` | a string |
/// | `SO_ATTACH_REUSEPORT_CBPF` | `SKF_AD_CPU`, `SKF_AD_QUEUE`, or 0 to detach |
/// | `IP_MULTICAST_IF`, `IPV6_MULTICAST_IF` | the index or the name of an interface |
/// | `MCAST_JOIN_GROUP`, `MCAST_LEAVE_GROUP` | [`GroupReq`] |
/// | the other `MCAST_*` | [`GroupSourceReq`] |
/// | `IPV6_PKTINFO` | [`In6PktInfo`](crate::In6PktInfo) |
/// | any other | an int of 32 bits, signed or unsigned |
///
/// Unlike PHP, an option counts only on its own level (PHP takes `TCP_NOTSENT_LOWAT` for `SO_BINDTODEVICE`), and an int of
/// more than 32 bits is refused, not truncated. A string for an int must be a number, and an
/// array is no interface's name. `IP_MULTICAST_IF` works on an `AF_INET6` socket, too.
///
/// The level of the multicast options is that of the socket's own family: `IPPROTO_IP` on an [`AF_INET`](crate::AF_INET)
/// socket, `IPPROTO_IPV6` on an [`AF_INET6`](crate::AF_INET6) one, which joins groups of IPv6 alone. On the other level the
/// system refuses a group, with `SOCKET_EINVAL` or `SOCKET_ENOPROTOOPT`, and may take a number such as `IP_MULTICAST_TTL` that
/// then does nothing for the socket's own packets.
///
/// No option is passed on whose value leads to memory, such as a packet filter's: as an int it is too short for the system.
///
/// # Errors
/// `TypeError` for a value of the wrong type; `ValueError` for one out of range or without a group. `Unable to set socket
/// option` with [`SOCKET_ENOPROTOOPT`](crate::SOCKET_ENOPROTOOPT) or [`SOCKET_EINVAL`](crate::SOCKET_EINVAL), and `EDOM`
/// (33) for a microsecond count of 1000000 and more. `Host lookup failed` with a number below -10000 for a group or source.
///
/// Without a number of their own: `No interface with name "x" could be found`, `Failed obtaining address for interface 2:
/// error 99` of `IP_MULTICAST_IF`, `Unsupported CBPF filter`, and `error converting user data (path: in6_pktinfo > …): …` of
/// `IPV6_PKTINFO`.
///
/// # Platforms
/// `IPV6_PKTINFO` needs Unix, `TCP_CONGESTION` Linux or FreeBSD, the options with `SKF_AD_*` or a device Linux. Windows
/// counts timeouts in milliseconds, rounded up.
///
/// See <https://www.php.net/socket_set_option>.
///
/// # Examples
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
/// ```text
/// socket_setopt(Socket $socket, int $level, int $option, $value): bool
/// ```
///
/// # Errors
/// Those of [`socket_set_option`], with this name in their text.
///
/// See <https://www.php.net/socket_setopt>.
///
/// # Examples
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
