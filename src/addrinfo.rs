//! Lookup of host and service names, and sockets made from what it finds.

use std::net::SocketAddr;

use crate::{AF_INET, AF_INET6, AF_UNSPEC, Error, Result, Socket, address, sys};

/// One address that [`socket_addrinfo_lookup`] has found, ready to bind or to connect to.
///
/// See <https://www.php.net/class.addressinfo>.
#[derive(Clone, Debug)]
pub struct AddressInfo {
    info: sys::AddrInfo,
    address: SocketAddr,
}

/// What [`socket_addrinfo_lookup`] shall find: the keys of PHP's `$hints`. The default is anything.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct AddrInfoHints {
    /// `AI_*` flags.
    pub ai_flags: i32,
    /// [`AF_INET`], [`AF_INET6`], or [`AF_UNSPEC`] for both.
    pub ai_family: i32,
    /// A `SOCK_*` constant, or 0 for every type.
    pub ai_socktype: i32,
    /// The number of a protocol, or 0 for every one.
    pub ai_protocol: i32,
}

/// What an [`AddressInfo`] holds: the keys of the array that PHP's `socket_addrinfo_explain` returns.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct AddrInfo {
    /// The `AI_*` flags of the lookup.
    pub ai_flags: i32,
    /// [`AF_INET`] or [`AF_INET6`].
    pub ai_family: i32,
    /// A `SOCK_*` constant.
    pub ai_socktype: i32,
    /// The number of the protocol.
    pub ai_protocol: i32,
    /// The host's canonical name, in the first result of a lookup with [`AI_CANONNAME`](crate::AI_CANONNAME).
    pub ai_canonname: Option<String>,
    /// The address and the port.
    pub ai_addr: Sockaddr,
}

/// An address and a port: PHP's `ai_addr`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Sockaddr {
    /// IPv4.
    In {
        /// The port.
        sin_port: u16,
        /// The address.
        sin_addr: String,
    },
    /// IPv6.
    In6 {
        /// The port.
        sin6_port: u16,
        /// The address.
        sin6_addr: String,
    },
}

/// Looks up the addresses of a host and a service, with getaddrinfo(3).
///
/// ```text
/// socket_addrinfo_lookup(string $host, ?string $service = null, array $hints = [], &$error_code = null): array|false
/// ```
///
/// `service` is a name or a port number: `None`, `Some("http")`, or just `"http"`. `hints` is an [`AddrInfoHints`] or `None`.
/// As in PHP only IPv4 and IPv6 addresses are returned, one for each type of socket that the hints allow, and the last
/// error is left alone. PHP 8.6's `$error_code` is the code of the error. Unlike in PHP, a
/// port outside 16 bits is [`EAI_SERVICE`](crate::EAI_SERVICE), not its lower 16 bits, and a NUL byte does not end a text: a host
/// with one is [`EAI_NONAME`](crate::EAI_NONAME).
///
/// # Errors
/// [`Error::Lookup`], silent, with an `EAI_*` number such as [`EAI_NONAME`](crate::EAI_NONAME) or
/// [`EAI_AGAIN`](crate::EAI_AGAIN). `ValueError` for a negative hint, or an `ai_family` other than [`AF_INET`],
/// [`AF_INET6`] and [`AF_UNSPEC`].
///
/// # Platforms
/// Without hints Windows returns each address once, with an `ai_socktype` of 0.
///
/// See <https://www.php.net/socket_addrinfo_lookup>.
///
/// # Examples
/// ```
/// use php_sockets::*;
///
/// let hints = AddrInfoHints { ai_socktype: SOCK_STREAM, ai_flags: AI_NUMERICHOST, ..Default::default() };
/// let addresses = socket_addrinfo_lookup("127.0.0.1", "8001", hints)?;
/// let info = socket_addrinfo_explain(&addresses[0]);
/// assert_eq!(info.ai_addr, Sockaddr::In { sin_port: 8001, sin_addr: "127.0.0.1".to_owned() });
///
/// let error = socket_addrinfo_lookup("no address", None, hints).expect_err("not a number");
/// assert_eq!(error.code(), EAI_NONAME);
/// # Ok::<(), Error>(())
/// ```
pub fn socket_addrinfo_lookup<'a>(
    host: &str,
    service: impl Into<Option<&'a str>>,
    hints: impl Into<Option<AddrInfoHints>>,
) -> Result<Vec<AddressInfo>> {
    let hints = hints.into().unwrap_or_default();
    check(&hints)?;
    let hints = sys::AddrInfo {
        flags: hints.ai_flags,
        family: hints.ai_family,
        socktype: hints.ai_socktype,
        protocol: hints.ai_protocol,
        ..sys::AddrInfo::default()
    };
    let service = service.into();
    let found = sys::getaddrinfo(host, service, &hints).map_err(|code| Error::Lookup { code })?;
    if service.is_some_and(|service| port(service).is_some_and(|port| !(0..=65_535).contains(&port))) {
        return Err(Error::Lookup { code: crate::EAI_SERVICE });
    }
    let internet = |info: sys::AddrInfo| {
        let address = info.address.as_ref()?.as_socket()?;
        Some(AddressInfo { info, address })
    };
    Ok(found.into_iter().filter_map(internet).collect())
}

/// The number that a service is, by the rules of strtoul(3), with which getaddrinfo(3) reads it and takes the lower 16 bits.
fn port(service: &str) -> Option<i64> {
    let text = service.trim_ascii_start();
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(i64::MAX))
}

fn check(hints: &AddrInfoHints) -> Result<()> {
    const FUNCTION: &str = "socket_addrinfo_lookup";
    let rows = [("ai_flags", hints.ai_flags), ("ai_socktype", hints.ai_socktype), ("ai_protocol", hints.ai_protocol)];
    if let Some((key, _)) = rows.iter().find(|(_, value)| *value < 0) {
        let message = format!("Argument #3 ($hints) \"{key}\" key must be between 0 and {}", i32::MAX);
        return Err(Error::value(FUNCTION, message));
    }
    match hints.ai_family {
        AF_UNSPEC | AF_INET | AF_INET6 => Ok(()),
        _ => Err(Error::value(FUNCTION, "Argument #3 ($hints) \"ai_family\" key must be AF_INET or AF_INET6")),
    }
}

/// Creates a socket for the address and binds it, with socket(2) and bind(2).
///
/// ```text
/// socket_addrinfo_bind(AddressInfo $address): Socket|false
/// ```
///
/// As in PHP: a stream socket still has to listen.
///
/// # Errors
/// `Unable to create socket`; `Unable to bind address` with [`SOCKET_EADDRINUSE`](crate::SOCKET_EADDRINUSE),
/// [`SOCKET_EADDRNOTAVAIL`](crate::SOCKET_EADDRNOTAVAIL) or [`SOCKET_EACCES`](crate::SOCKET_EACCES). They are recorded for
/// the thread.
///
/// See <https://www.php.net/socket_addrinfo_bind>.
///
/// # Examples
/// ```
/// use php_sockets::*;
///
/// let hints = AddrInfoHints { ai_socktype: SOCK_STREAM, ai_flags: AI_PASSIVE, ..Default::default() };
/// let addresses = socket_addrinfo_lookup("127.0.0.1", "0", hints)?;
/// let listener = socket_addrinfo_bind(&addresses[0])?;
/// socket_listen(&listener, None)?;
/// assert_eq!(socket_getsockname(&listener)?.0, "127.0.0.1");
/// # Ok::<(), Error>(())
/// ```
pub fn socket_addrinfo_bind(address: &AddressInfo) -> Result<Socket> {
    open(address, "socket_addrinfo_bind", "Unable to bind address", socket2::Socket::bind)
}

/// Creates a socket for the address and connects it, with socket(2) and connect(2).
///
/// ```text
/// socket_addrinfo_connect(AddressInfo $address): Socket|false
/// ```
///
/// As in PHP: it waits for the connection.
///
/// # Errors
/// `Unable to create socket`; `Unable to connect address` with [`SOCKET_ECONNREFUSED`](crate::SOCKET_ECONNREFUSED),
/// [`SOCKET_ETIMEDOUT`](crate::SOCKET_ETIMEDOUT), [`SOCKET_ENETUNREACH`](crate::SOCKET_ENETUNREACH) and others. They are
/// recorded for the thread.
///
/// See <https://www.php.net/socket_addrinfo_connect>.
///
/// # Examples
/// ```
/// use php_sockets::*;
///
/// let listener = socket_create_listen(0, None)?;
/// let (_, port) = socket_getsockname(&listener)?;
/// let hints = AddrInfoHints { ai_socktype: SOCK_STREAM, ..Default::default() };
/// let addresses = socket_addrinfo_lookup("127.0.0.1", port.to_string().as_str(), hints)?;
/// let socket = socket_addrinfo_connect(&addresses[0])?;
/// assert_eq!(socket_getpeername(&socket)?, ("127.0.0.1".to_owned(), port));
/// # Ok::<(), Error>(())
/// ```
pub fn socket_addrinfo_connect(address: &AddressInfo) -> Result<Socket> {
    open(address, "socket_addrinfo_connect", "Unable to connect address", socket2::Socket::connect)
}

/// Creates the socket of an address, and does with the two what `attach` says.
fn open(
    address: &AddressInfo,
    function: &'static str,
    message: &'static str,
    attach: impl FnOnce(&socket2::Socket, &socket2::SockAddr) -> std::io::Result<()>,
) -> Result<Socket> {
    let info = &address.info;
    let socket = sys::socket(info.family, info.socktype, info.protocol)
        .map_err(|error| Error::system(function, "Unable to create socket", &error))?;
    attach(&socket, &address.address.into()).map_err(|error| Error::system(function, message, &error))?;
    Ok(Socket::new(socket, info.family))
}

/// Returns what an address holds.
///
/// ```text
/// socket_addrinfo_explain(AddressInfo $address): array
/// ```
///
/// As in PHP, the array being an [`AddrInfo`].
///
/// See <https://www.php.net/socket_addrinfo_explain>.
///
/// # Examples
/// ```
/// use php_sockets::*;
///
/// let hints = AddrInfoHints { ai_socktype: SOCK_DGRAM, ..Default::default() };
/// let info = socket_addrinfo_explain(&socket_addrinfo_lookup("::1", "53", hints)?[0]);
/// assert_eq!((info.ai_family, info.ai_socktype), (AF_INET6, SOCK_DGRAM));
/// assert_eq!(info.ai_addr, Sockaddr::In6 { sin6_port: 53, sin6_addr: "::1".to_owned() });
/// # Ok::<(), Error>(())
/// ```
#[must_use]
pub fn socket_addrinfo_explain(address: &AddressInfo) -> AddrInfo {
    let info = &address.info;
    AddrInfo {
        ai_flags: info.flags,
        ai_family: info.family,
        ai_socktype: info.socktype,
        ai_protocol: info.protocol,
        ai_canonname: info.canonname.clone(),
        ai_addr: match address.address {
            SocketAddr::V4(address) => Sockaddr::In { sin_port: address.port(), sin_addr: address.ip().to_string() },
            SocketAddr::V6(address) => {
                Sockaddr::In6 { sin6_port: address.port(), sin6_addr: address::ip_text((*address.ip()).into()) }
            }
        },
    }
}
