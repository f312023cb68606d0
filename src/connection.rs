//! Making and ending connections: bind, listen, accept, connect, shutdown, and the two names of a socket.

use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddrV4};

use socket2::SockAddr;

use crate::{AF_INET, AF_INET6, AF_UNIX, Error, Result, Socket, address, sys};

/// Gives the socket an address of its own, with bind(2).
///
/// ```text
/// socket_bind(Socket $socket, string $address, int $port = 0): bool
/// ```
///
/// `address` is an IPv4 address or host name for [`AF_INET`] (`"0"` is every interface), an IPv6 address, an IPv4 address
/// or a host name for [`AF_INET6`], a path or `"\0name"` (abstract) for [`AF_UNIX`], an interface's name for
/// [`AF_PACKET`](crate::AF_PACKET); text, or bytes such as those that [`socket_read`](crate::socket_read) has returned.
/// `port` may be `None`, `Some(8001)`, or just `8001`; 0 lets the system choose.
///
/// Unlike PHP, the name of an interface that does not exist is an error, not every interface; and a text that is neither an
/// address nor a name, or has a NUL byte in it, has the number -10001, where PHP gives that of the last failed lookup, or
/// cuts the text there.
///
/// # Errors
/// `ValueError` for a port outside 0 to 65535, a path of 108 bytes and more, or one with a NUL byte in it.
/// `Host lookup failed` with a number below -10000. `Unable to bind address` with
/// [`SOCKET_EADDRINUSE`](crate::SOCKET_EADDRINUSE),
/// [`SOCKET_EADDRNOTAVAIL`](crate::SOCKET_EADDRNOTAVAIL), [`SOCKET_EACCES`](crate::SOCKET_EACCES),
/// [`SOCKET_EINVAL`](crate::SOCKET_EINVAL) (bound already) or `SOCKET_ENODEV` (no such interface).
///
/// See <https://www.php.net/socket_bind>.
///
/// # Examples
/// ```
/// use php_sockets::*;
///
/// let sock = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
/// socket_bind(&sock, "127.0.0.1", 0)?;
/// assert_eq!(socket_getsockname(&sock)?.0, "127.0.0.1");
/// # Ok::<(), Error>(())
/// ```
pub fn socket_bind(socket: &Socket, address: impl AsRef<[u8]>, port: impl Into<Option<i32>>) -> Result<()> {
    const FUNCTION: &str = "socket_bind";
    let address = address.as_ref();
    let system = socket.open(FUNCTION)?;
    let port = address::port(FUNCTION, 3, port.into().unwrap_or(0))?;
    let address = match socket.family() {
        AF_INET => address::inet(socket, FUNCTION, address, port)?,
        AF_INET6 => address::inet6(socket, FUNCTION, address, port)?,
        AF_UNIX => address::unix(FUNCTION, 2, address)?,
        #[cfg(target_os = "linux")]
        crate::AF_PACKET => sys::interface_index(&String::from_utf8_lossy(address))
            .map(|index| sys::packet_address(0, index.try_into().unwrap_or_default()))
            .map_err(|error| socket.fail(FUNCTION, "Unable to bind address", &error))?,
        _ => return Err(wrong_family(FUNCTION, "AF_UNIX, AF_PACKET, AF_INET, or AF_INET6")),
    };
    system.bind(&address).map_err(|error| socket.fail(FUNCTION, "Unable to bind address", &error))
}

/// Makes the socket accept connections, with listen(2).
///
/// ```text
/// socket_listen(Socket $socket, int $backlog = 0): bool
/// ```
///
/// `backlog` is how many connections may wait to be accepted: `None`, `Some(5)`, or just `5`. As in PHP its default is 0,
/// with which Linux lets one wait; [`SOMAXCONN`](crate::SOMAXCONN) is the most that the system takes.
///
/// # Errors
/// `unable to listen on socket` with [`SOCKET_EADDRINUSE`](crate::SOCKET_EADDRINUSE), on a datagram socket
/// [`SOCKET_EOPNOTSUPP`](crate::SOCKET_EOPNOTSUPP), or on a connected one [`SOCKET_EINVAL`](crate::SOCKET_EINVAL).
///
/// See <https://www.php.net/socket_listen>.
///
/// # Examples
/// ```
/// use php_sockets::*;
///
/// let sock = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
/// socket_bind(&sock, "127.0.0.1", 0)?;
/// socket_listen(&sock, 4)?;
/// # Ok::<(), Error>(())
/// ```
pub fn socket_listen(socket: &Socket, backlog: impl Into<Option<i32>>) -> Result<()> {
    const FUNCTION: &str = "socket_listen";
    let system = socket.open(FUNCTION)?;
    system
        .listen(backlog.into().unwrap_or(0))
        .map_err(|error| socket.fail(FUNCTION, "unable to listen on socket", &error))
}

/// Takes the next connection from a listening socket, with accept4(2).
///
/// ```text
/// socket_accept(Socket $socket): Socket|false
/// ```
///
/// The new socket is blocking whatever the listening one is, and close-on-exec. Unlike PHP, which loses it with the
/// socket that never came to be, a failure is also recorded on the listening socket.
///
/// # Errors
/// `unable to accept incoming connection` with [`SOCKET_EAGAIN`](crate::SOCKET_EAGAIN) (silent; nobody waits, or the
/// receive timeout has passed), [`SOCKET_EINVAL`](crate::SOCKET_EINVAL) (not listening),
/// [`SOCKET_EMFILE`](crate::SOCKET_EMFILE), [`SOCKET_EINTR`](crate::SOCKET_EINTR),
/// [`SOCKET_ECONNABORTED`](crate::SOCKET_ECONNABORTED) and on Windows [`SOCKET_ECONNRESET`](crate::SOCKET_ECONNRESET) (the
/// client has left again; the next one may be there).
///
/// See <https://www.php.net/socket_accept>.
///
/// # Examples
/// ```
/// use php_sockets::*;
///
/// let listener = socket_create_listen(0, None)?;
/// let (_, port) = socket_getsockname(&listener)?;
/// let client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
/// socket_connect(&client, "127.0.0.1", port)?;
/// let msgsock = socket_accept(&listener)?;
/// assert_eq!(socket_getpeername(&msgsock)?, socket_getsockname(&client)?);
/// # Ok::<(), Error>(())
/// ```
pub fn socket_accept(socket: &Socket) -> Result<Socket> {
    const FUNCTION: &str = "socket_accept";
    sys::accept(&*socket.open(FUNCTION)?)
        .map(|accepted| Socket::new(accepted, socket.family()))
        .map_err(|error| socket.fail(FUNCTION, "unable to accept incoming connection", &error))
}

/// Connects the socket to an address, with connect(2).
///
/// ```text
/// socket_connect(Socket $socket, string $address, ?int $port = null): bool
/// ```
///
/// `address` and `port` are as for [`socket_bind`]; an internet socket needs the port. As in PHP, a non-blocking connection
/// under way is a silent [`SOCKET_EINPROGRESS`](crate::SOCKET_EINPROGRESS): once [`socket_select`](crate::socket_select)
/// says that the socket is writable, a second call succeeds, or says what went wrong. Unlike PHP, a port outside 16 bits is
/// refused, not truncated.
///
/// A blocking connection is bounded by [`SO_SNDTIMEO`](crate::SO_SNDTIMEO): when that time is up, the call is the same
/// silent `SOCKET_EINPROGRESS`, "Operation now in progress", and the connection is still being made; close the socket to
/// give it up.
///
/// # Errors
/// `ValueError` for a missing port, a port outside 0 to 65535, a path of 108 bytes and more, or one with a NUL byte in it,
/// where PHP cuts it. `Host lookup failed` with
/// a number below -10000. `unable to connect` with [`SOCKET_ECONNREFUSED`](crate::SOCKET_ECONNREFUSED),
/// [`SOCKET_ETIMEDOUT`](crate::SOCKET_ETIMEDOUT), [`SOCKET_ENETUNREACH`](crate::SOCKET_ENETUNREACH) and others.
///
/// See <https://www.php.net/socket_connect>.
///
/// # Examples
/// ```
/// use php_sockets::*;
///
/// let listener = socket_create_listen(0, None)?;
/// let (_, port) = socket_getsockname(&listener)?;
/// let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
/// socket_connect(&socket, "127.0.0.1", port)?;
///
/// let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
/// let error = socket_connect(&socket, "127.0.0.1", None).expect_err("where to?");
/// assert_eq!(
///     error.to_string(),
///     "socket_connect(): Argument #3 ($port) cannot be null when the socket type is AF_INET"
/// );
/// # Ok::<(), Error>(())
/// ```
pub fn socket_connect(socket: &Socket, address: impl AsRef<[u8]>, port: impl Into<Option<i32>>) -> Result<()> {
    const FUNCTION: &str = "socket_connect";
    let address = address.as_ref();
    let system = socket.open(FUNCTION)?;
    let port = |family: &str| match port.into() {
        Some(port) => address::port(FUNCTION, 3, port),
        None => Err(address::missing_port(FUNCTION, 3, family)),
    };
    let address = match socket.family() {
        AF_INET => address::inet(socket, FUNCTION, address, port("AF_INET")?)?,
        AF_INET6 => address::inet6(socket, FUNCTION, address, port("AF_INET6")?)?,
        AF_UNIX => address::unix(FUNCTION, 2, address)?,
        _ => return Err(wrong_family(FUNCTION, "AF_UNIX, AF_INET, or AF_INET6")),
    };
    system.connect(&address).map_err(|error| socket.fail(FUNCTION, "unable to connect", &error))
}

/// Creates a socket that listens on every IPv4 interface: socket(2), bind(2) and listen(2) in one.
///
/// ```text
/// socket_create_listen(int $port, int $backlog = SOMAXCONN): Socket|false
/// ```
///
/// `backlog` may be `None`, `Some(5)`, or just `5`. As in PHP 8.4 and later, its default is [`SOMAXCONN`](crate::SOMAXCONN);
/// the address may not be in use, for `SO_REUSEADDR` is not set: a server that is started again finds its port taken for as
/// long as connections of the one before are on their way out. To set it, take the three steps one by one:
/// [`socket_create`](crate::socket_create), [`socket_set_option`](crate::socket_set_option), [`socket_bind`] and
/// [`socket_listen`]. Of the flags of a type, the socket has `SOCK_CLOEXEC`, unlike in PHP;
/// [`socket_set_nonblock`](crate::socket_set_nonblock) is `SOCK_NONBLOCK` afterwards.
///
/// # Errors
/// `ValueError` for a port outside 0 to 65535. `unable to create listening socket`, `unable to bind to given address`
/// with [`SOCKET_EADDRINUSE`](crate::SOCKET_EADDRINUSE) or [`SOCKET_EACCES`](crate::SOCKET_EACCES),
/// `unable to listen on socket`; they are recorded for the thread.
///
/// See <https://www.php.net/socket_create_listen>.
///
/// # Examples
/// ```
/// use php_sockets::*;
///
/// let sock = socket_create_listen(0, None)?;
/// assert_eq!(socket_getsockname(&sock)?.0, "0.0.0.0");
/// # Ok::<(), Error>(())
/// ```
pub fn socket_create_listen(port: i32, backlog: impl Into<Option<i32>>) -> Result<Socket> {
    const FUNCTION: &str = "socket_create_listen";
    let fail = |message| move |error: io::Error| Error::system(FUNCTION, message, &error);
    let port = address::port(FUNCTION, 1, port)?;
    let socket = sys::socket(AF_INET, crate::SOCK_STREAM, 0).map_err(fail("unable to create listening socket"))?;
    socket
        .bind(&SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port).into())
        .map_err(fail("unable to bind to given address"))?;
    socket.listen(backlog.into().unwrap_or(crate::SOMAXCONN)).map_err(fail("unable to listen on socket"))?;
    Ok(Socket::new(socket, AF_INET))
}

/// Ends one or both directions of a connection for every clone and process that has it, with shutdown(2).
///
/// ```text
/// socket_shutdown(Socket $socket, int $mode = 2): bool
/// ```
///
/// `mode` is [`SHUT_RD`](crate::SHUT_RD), [`SHUT_WR`](crate::SHUT_WR) or, with `None`, [`SHUT_RDWR`](crate::SHUT_RDWR).
/// As in PHP. It wakes the threads that wait in a call on the socket.
///
/// # Errors
/// `ValueError` for another mode. `Unable to shutdown socket` with [`SOCKET_ENOTCONN`](crate::SOCKET_ENOTCONN).
///
/// See <https://www.php.net/socket_shutdown>.
///
/// # Examples
/// ```
/// use php_sockets::*;
///
/// # let listener = socket_create_listen(0, None)?;
/// # let client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
/// # socket_connect(&client, "127.0.0.1", socket_getsockname(&listener)?.1)?;
/// let server = socket_accept(&listener)?;
/// socket_write(&client, "那就这样", None)?;
/// socket_shutdown(&client, SHUT_WR)?;
/// assert_eq!(socket_read(&server, 2048, None)?, "那就这样".as_bytes());
/// assert_eq!(socket_read(&server, 2048, None)?, b"");
/// # Ok::<(), Error>(())
/// ```
pub fn socket_shutdown(socket: &Socket, mode: impl Into<Option<i32>>) -> Result<()> {
    const FUNCTION: &str = "socket_shutdown";
    let system = socket.open(FUNCTION)?;
    let mode = match mode.into() {
        Some(crate::SHUT_RD) => Shutdown::Read,
        Some(crate::SHUT_WR) => Shutdown::Write,
        Some(crate::SHUT_RDWR) | None => Shutdown::Both,
        Some(_) => {
            return Err(Error::value(FUNCTION, "Argument #2 ($mode) must be one of SHUT_RD, SHUT_WR or SHUT_RDWR"));
        }
    };
    system.shutdown(mode).map_err(|error| socket.fail(FUNCTION, "Unable to shutdown socket", &error))
}

/// Returns the socket's own address and port, with getsockname(2).
///
/// ```text
/// socket_getsockname(Socket $socket, &$address, &$port = null): bool
/// ```
///
/// PHP's two variables are returned. For [`AF_UNIX`] the address is the path, empty where the socket has no name, and the
/// port, which PHP leaves alone, is 0. An abstract name comes as it goes in, `"\0name"`, and a link-local IPv6 address with
/// its scope, `"fe80::1%2"`, so that both can be connected to; PHP has neither. For [`AF_PACKET`](crate::AF_PACKET) they are the
/// interface's name and index. A path that is no UTF-8 has its strange bytes replaced with U+FFFD.
///
/// # Errors
/// `unable to retrieve socket name` with the system's error number. `ValueError` for a socket of another family, and
/// [`Error::Thrown`], `invalid interface index`, for one of `AF_PACKET` that is bound to no interface.
///
/// See <https://www.php.net/socket_getsockname>.
///
/// # Examples
/// ```
/// use php_sockets::*;
///
/// let socket = socket_create_listen(0, None)?;
/// let (address, port) = socket_getsockname(&socket)?;
/// assert!(address == "0.0.0.0" && port > 0);
/// # Ok::<(), Error>(())
/// ```
pub fn socket_getsockname(socket: &Socket) -> Result<(String, i32)> {
    const FUNCTION: &str = "socket_getsockname";
    let address = socket.open(FUNCTION)?.local_addr();
    name(socket, FUNCTION, "unable to retrieve socket name", "AF_UNIX, AF_PACKET, AF_INET, or AF_INET6", address)
}

/// Returns the address and port of the other end, with getpeername(2).
///
/// ```text
/// socket_getpeername(Socket $socket, &$address, &$port = null): bool
/// ```
///
/// The result is as for [`socket_getsockname`]; the peer of an accepted [`AF_UNIX`] socket is normally unnamed, `""`.
///
/// An [`AF_INET6`] socket that listens on `"::"` takes IPv4 connections too, whose peer is a mapped address such as
/// `"::ffff:192.0.2.1"`. With [`IPV6_V6ONLY`](crate::IPV6_V6ONLY) set before it is bound it takes none.
///
/// # Errors
/// `unable to retrieve peer name` with [`SOCKET_ENOTCONN`](crate::SOCKET_ENOTCONN). `ValueError` for a socket of another
/// family.
///
/// See <https://www.php.net/socket_getpeername>.
///
/// # Examples
/// ```
/// use php_sockets::*;
///
/// # let listener = socket_create_listen(0, None)?;
/// # let client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
/// # socket_connect(&client, "127.0.0.1", socket_getsockname(&listener)?.1)?;
/// let msgsock = socket_accept(&listener)?;
/// let (ip, port) = socket_getpeername(&msgsock)?;
/// assert!(ip == "127.0.0.1" && port > 0);
/// # Ok::<(), Error>(())
/// ```
pub fn socket_getpeername(socket: &Socket) -> Result<(String, i32)> {
    const FUNCTION: &str = "socket_getpeername";
    let address = socket.open(FUNCTION)?.peer_addr();
    name(socket, FUNCTION, "unable to retrieve peer name", "AF_UNIX, AF_INET, or AF_INET6", address)
}

fn name(
    socket: &Socket,
    function: &'static str,
    message: &'static str,
    families: &str,
    address: io::Result<SockAddr>,
) -> Result<(String, i32)> {
    let address = address.map_err(|error| socket.fail(function, message, &error))?;
    match address::text(&address) {
        Ok(Some(name)) => Ok(name),
        Ok(None) => Err(wrong_family(function, families)),
        Err(_) => Err(Error::Thrown { message: "invalid interface index" }),
    }
}

fn wrong_family(function: &'static str, families: &str) -> Error {
    Error::value(function, format!("Argument #1 ($socket) must be one of {families}"))
}
