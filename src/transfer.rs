//! Moving bytes: read, write, recv, send, recvfrom, sendto, and the out-of-band mark.

mod line;

use std::io;

use socket2::SockAddr;

use crate::{AF_INET, AF_INET6, AF_UNIX, Error, Result, Socket, address, sys};

/// Reads at most `length` bytes with recv(2), or one line.
///
/// ```text
/// socket_read(Socket $socket, int $length, int $mode = PHP_BINARY_READ): string|false
/// ```
///
/// `mode` is [`PHP_BINARY_READ`](crate::PHP_BINARY_READ), which `None` stands for, or
/// [`PHP_NORMAL_READ`](crate::PHP_NORMAL_READ).
///
/// * `PHP_BINARY_READ` returns what there is, `""` at the end of the connection and for an empty datagram.
/// * `PHP_NORMAL_READ` returns the text up to and including the next `\n` or `\r`, or `length` bytes of it. It makes two
///   system calls for a line of up to 4 KiB that is there, two more for each doubling and for each wait (PHP: one a byte),
///   and takes no byte behind it. At the end of the connection it is an error,
///   [`SOCKET_ECONNRESET`](crate::SOCKET_ECONNRESET), on a blocking socket and `""` on a non-blocking one, as in PHP.
///   Unlike PHP, an unfinished line is returned before that, when a timeout passes, and when a signal comes, with which PHP
///   loses it; a non-blocking socket without data is a silent [`SOCKET_EAGAIN`](crate::SOCKET_EAGAIN), not an endless loop.
///   Of a datagram or packet it returns the first line, where PHP keeps the first byte; the rest is lost in both. It looks with
///   `MSG_PEEK`, so that the option `SO_PEEK_OFF` (42), once set, moves where it looks for the end of the line.
///
/// # Errors
/// `unable to read from socket` with [`SOCKET_EAGAIN`](crate::SOCKET_EAGAIN) (silent),
/// [`SOCKET_ECONNRESET`](crate::SOCKET_ECONNRESET), [`SOCKET_ENOTCONN`](crate::SOCKET_ENOTCONN),
/// [`SOCKET_EINTR`](crate::SOCKET_EINTR) and others. [`Error::False`] for a length of 0 or of `isize::MAX` and more.
///
/// See <https://www.php.net/socket_read>.
///
/// # Examples
/// ```
/// use php_sockets::*;
///
/// # let listener = socket_create_listen(0, None)?;
/// # let server = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
/// # socket_connect(&server, "127.0.0.1", socket_getsockname(&listener)?.1)?;
/// let client = socket_accept(&listener)?;
/// socket_write(&server, "测试\nrest", None)?;
/// assert_eq!(socket_read(&client, 2048, PHP_NORMAL_READ)?, "测试\n".as_bytes());
/// assert_eq!(socket_read(&client, 2048, None)?, b"rest");
/// # Ok::<(), Error>(())
/// ```
pub fn socket_read(socket: &Socket, length: usize, mode: impl Into<Option<i32>>) -> Result<Vec<u8>> {
    const FUNCTION: &str = "socket_read";
    let system = socket.open(FUNCTION)?;
    check_length(FUNCTION, length)?;
    let read = if mode.into() == Some(crate::PHP_NORMAL_READ) {
        line::read(&system, length, || socket.is_blocking() == Some(false))
    } else {
        let mut data = Vec::new();
        sys::receive(&system, &mut data, length, 0).map(|_| data)
    };
    let mut data = read.map_err(|error| socket.fail(FUNCTION, "unable to read from socket", &error))?;
    // As PHP's string: who keeps short answers does not keep the room for long ones.
    if data.len() < data.capacity() / 2 {
        if data.capacity() < LARGE {
            data.shrink_to_fit();
        } else {
            shrink_large(&mut data);
        }
    }
    Ok(data)
}

/// So much memory the C library takes from the system for itself, and to cut it short is a system call; freed whole, it lies
/// ready for the next read.
const LARGE: usize = 128 * 1024;

#[cold]
fn shrink_large(data: &mut Vec<u8>) {
    if data.len() < LARGE / 2 {
        *data = data.as_slice().to_vec();
    } else {
        data.shrink_to_fit();
    }
}

/// Writes `data`, or its first `length` bytes, with one send(2), and returns how many bytes the system took.
///
/// ```text
/// socket_write(Socket $socket, string $data, ?int $length = null): int|false
/// ```
///
/// `length` may be `None` for all, `Some(n)`, or just `n`; more than there is counts as all. As in PHP, the system may take
/// less than asked, above all on a non-blocking socket: the rest is the caller's to write again.
///
/// # Errors
/// `unable to write to socket` with [`SOCKET_EAGAIN`](crate::SOCKET_EAGAIN) (silent), [`SOCKET_EPIPE`](crate::SOCKET_EPIPE)
/// (never a signal), [`SOCKET_ECONNRESET`](crate::SOCKET_ECONNRESET) and others.
///
/// See <https://www.php.net/socket_write>.
///
/// # Examples
/// ```
/// use php_sockets::*;
///
/// # let listener = socket_create_listen(0, None)?;
/// # let client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
/// # socket_connect(&client, "127.0.0.1", socket_getsockname(&listener)?.1)?;
/// let msgsock = socket_accept(&listener)?;
/// let msg = "测试成功！";
/// assert_eq!(socket_write(&msgsock, msg, msg.len())?, 15);
/// # Ok::<(), Error>(())
/// ```
pub fn socket_write(socket: &Socket, data: impl AsRef<[u8]>, length: impl Into<Option<usize>>) -> Result<usize> {
    const FUNCTION: &str = "socket_write";
    let data = data.as_ref();
    socket
        .open(FUNCTION)?
        .send_with_flags(clip(data, length.into().unwrap_or(data.len())), sys::MSG_NOSIGNAL)
        .map_err(|error| socket.fail(FUNCTION, "unable to write to socket", &error))
}

/// Replaces `data` with at most `length` bytes received with recv(2), and returns their number.
///
/// ```text
/// socket_recv(Socket $socket, &$data, int $length, int $flags): int|false
/// ```
///
/// `flags` is 0 or `MSG_*` constants joined with `|`. The capacity of `data` is reused, and nothing is zeroed. Where PHP
/// sets `$data` to null, at the end of the connection and on an error, `data` is empty. With
/// [`MSG_TRUNC`](crate::MSG_TRUNC) the result is the datagram's full length as in PHP; `data` holds `length` bytes of it
/// at most (PHP reads on behind its buffer). On a TCP socket this flag discards the bytes, and `data` holds zeroes for
/// them.
///
/// # Errors
/// `Unable to read from socket` with [`SOCKET_EAGAIN`](crate::SOCKET_EAGAIN) (silent),
/// [`SOCKET_ECONNRESET`](crate::SOCKET_ECONNRESET) and others. [`Error::False`] for a length of 0 or of `isize::MAX` and
/// more, which leaves `data` alone.
///
/// See <https://www.php.net/socket_recv>.
///
/// # Examples
/// ```
/// use php_sockets::*;
///
/// # let listener = socket_create_listen(0, None)?;
/// # let server = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
/// # socket_connect(&server, "127.0.0.1", socket_getsockname(&listener)?.1)?;
/// let client = socket_accept(&listener)?;
/// socket_write(&server, "hello", None)?;
/// let mut buf = Vec::new();
/// assert_eq!(socket_recv(&client, &mut buf, 1024, MSG_PEEK)?, 5);
/// assert_eq!(socket_recv(&client, &mut buf, 1024, 0)?, 5);
/// assert_eq!(buf, b"hello");
/// # Ok::<(), Error>(())
/// ```
pub fn socket_recv(socket: &Socket, data: &mut Vec<u8>, length: usize, flags: i32) -> Result<usize> {
    const FUNCTION: &str = "socket_recv";
    let system = socket.open(FUNCTION)?;
    check_length(FUNCTION, length)?;
    sys::receive(&system, data, length, flags)
        .map_err(|error| socket.fail(FUNCTION, "Unable to read from socket", &error))
}

/// Sends the first `length` bytes of `data` with send(2), and returns how many bytes the system took.
///
/// ```text
/// socket_send(Socket $socket, string $data, int $length, int $flags): int|false
/// ```
///
/// `flags` is 0 or `MSG_*` constants joined with `|`. As in PHP, a `length` beyond the end counts as all. Unlike in PHP,
/// `MSG_ZEROCOPY` is ignored, here as in every function that sends: with it the system would read `data` after the call.
///
/// # Errors
/// `Unable to write to socket` with [`SOCKET_EAGAIN`](crate::SOCKET_EAGAIN) (silent), [`SOCKET_EPIPE`](crate::SOCKET_EPIPE)
/// (never a signal), [`SOCKET_EMSGSIZE`](crate::SOCKET_EMSGSIZE) and others.
///
/// See <https://www.php.net/socket_send>.
///
/// # Examples
/// ```
/// use php_sockets::*;
///
/// # let listener = socket_create_listen(0, None)?;
/// # let client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
/// # socket_connect(&client, "127.0.0.1", socket_getsockname(&listener)?.1)?;
/// let buf = "Hello, 世界";
/// assert_eq!(socket_send(&client, buf, buf.len(), 0)?, 13);
/// # Ok::<(), Error>(())
/// ```
pub fn socket_send(socket: &Socket, data: impl AsRef<[u8]>, length: usize, flags: i32) -> Result<usize> {
    const FUNCTION: &str = "socket_send";
    socket
        .open(FUNCTION)?
        .send_with_flags(clip(data.as_ref(), length), sys::send_flags(flags))
        .map_err(|error| socket.fail(FUNCTION, "Unable to write to socket", &error))
}

/// Replaces `data` with at most `length` bytes received with recvfrom(2), and returns their number and the sender's
/// address and port.
///
/// ```text
/// socket_recvfrom(Socket $socket, &$data, int $length, int $flags, &$address, &$port = null): int|false
/// ```
///
/// PHP's two variables are returned. The address is as [`socket_getsockname`](crate::socket_getsockname) gives it; on a
/// connected stream, where the system tells none, it is `"0.0.0.0"` or `"::"`. The capacity of `data` is reused; unlike in
/// PHP, it is empty after an error. [`MSG_TRUNC`](crate::MSG_TRUNC) is as for [`socket_recv`]. A packet of type 10, the
/// `SOCK_PACKET` of old, comes without an address; PHP loses it.
///
/// # Errors
/// `Unable to recvfrom` with [`SOCKET_EAGAIN`](crate::SOCKET_EAGAIN) (silent) and others; `unable to recvfrom` on
/// `AF_INET6` and `AF_PACKET`. [`Error::False`] for a length of 0 or of `isize::MAX` and more. `ValueError` for a socket of
/// another family, and for `MSG_TRUNC` and other flags on one of `AF_PACKET`.
///
/// See <https://www.php.net/socket_recvfrom>.
///
/// # Examples
/// ```
/// use php_sockets::*;
///
/// let server = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
/// socket_bind(&server, "127.0.0.1", 0)?;
/// let (_, port) = socket_getsockname(&server)?;
/// let client = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
/// socket_sendto(&client, "你好", 6, 0, "127.0.0.1", port)?;
/// let mut buf = Vec::new();
/// let (length, from, port) = socket_recvfrom(&server, &mut buf, 512, 0)?;
/// assert_eq!((length, &*buf, &*from), (6, "你好".as_bytes(), "127.0.0.1"));
/// # Ok::<(), Error>(())
/// ```
pub fn socket_recvfrom(socket: &Socket, data: &mut Vec<u8>, length: usize, flags: i32) -> Result<(usize, String, i32)> {
    const FUNCTION: &str = "socket_recvfrom";
    let system = socket.open(FUNCTION)?;
    #[cfg(target_os = "linux")]
    if socket.family() == crate::AF_PACKET {
        check_packet_flags(FUNCTION, flags)?;
    }
    check_length(FUNCTION, length)?;
    let (message, unknown) = match socket.family() {
        AF_INET => ("Unable to recvfrom", "0.0.0.0"),
        AF_UNIX => ("Unable to recvfrom", ""),
        AF_INET6 => ("unable to recvfrom", "::"),
        family if sys::DOMAINS.contains(&family) => ("unable to recvfrom", ""),
        _ => {
            let message = "Argument #1 ($socket) must be one of AF_UNIX, AF_PACKET, AF_INET, or AF_INET6";
            return Err(Error::value(FUNCTION, message));
        }
    };
    let fail = |error: io::Error| socket.fail(FUNCTION, message, &error);
    let (received, address) = sys::receive_from(&system, data, length, flags).map_err(fail)?;
    let (address, port) = address::text(&address)
        .map_err(|error| socket.fail(FUNCTION, "unable to get the interface name", &error))?
        .unwrap_or_else(|| (unknown.to_owned(), 0));
    Ok((received, address, port))
}

/// Sends the first `length` bytes of `data` to an address with sendto(2), and returns how many bytes the system took.
///
/// ```text
/// socket_sendto(Socket $socket, string $data, int $length, int $flags, string $address, ?int $port = null): int|false
/// ```
///
/// `address` and `port` are as for [`socket_bind`](crate::socket_bind); an internet socket needs the port. Unlike PHP, an
/// abstract `AF_UNIX` name can be reached. On an `AF_PACKET` socket the port is the interface's index, and the address is
/// ignored.
///
/// # Errors
/// `ValueError` for a missing port, a port outside 0 to 65535, a path of 108 bytes and more, or one with a NUL byte in it.
/// `Host lookup failed` with a number below -10000. `Unable to write to socket` with [`SOCKET_EMSGSIZE`](crate::SOCKET_EMSGSIZE),
/// [`SOCKET_EACCES`](crate::SOCKET_EACCES) (broadcast without `SO_BROADCAST`) and others.
///
/// See <https://www.php.net/socket_sendto>.
///
/// # Examples
/// ```
/// use php_sockets::*;
///
/// let socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
/// let error = socket_sendto(&socket, "hi", 2, 0, "127.0.0.1", None).expect_err("where to?");
/// assert_eq!(
///     error.to_string(),
///     "socket_sendto(): Argument #6 ($port) cannot be null when the socket type is AF_INET"
/// );
/// # Ok::<(), Error>(())
/// ```
pub fn socket_sendto(
    socket: &Socket,
    data: impl AsRef<[u8]>,
    length: usize,
    flags: i32,
    address: impl AsRef<[u8]>,
    port: impl Into<Option<i32>>,
) -> Result<usize> {
    const FUNCTION: &str = "socket_sendto";
    let system = socket.open(FUNCTION)?;
    let address = destination(FUNCTION, socket, address.as_ref(), port.into())?;
    system
        .send_to_with_flags(clip(data.as_ref(), length), &address, sys::send_flags(flags))
        .map_err(|error| socket.fail(FUNCTION, "Unable to write to socket", &error))
}

/// The address that `socket_sendto` sends to.
fn destination(function: &'static str, socket: &Socket, address: &[u8], port: Option<i32>) -> Result<SockAddr> {
    let missing = |family| move || address::missing_port(function, 6, family);
    #[cfg(target_os = "linux")]
    if socket.family() == crate::AF_PACKET {
        return Ok(sys::packet_address(0, port.ok_or_else(missing("AF_PACKET"))?));
    }
    // Whether the family has ports or not.
    let port = port.map(|port| address::port(function, 6, port)).transpose()?;
    match socket.family() {
        AF_INET => address::inet(socket, function, address, port.ok_or_else(missing("AF_INET"))?),
        AF_INET6 => address::inet6(socket, function, address, port.ok_or_else(missing("AF_INET6"))?),
        AF_UNIX => address::unix(function, 5, address),
        _ => {
            let message = "Argument #1 ($socket) must be one of AF_UNIX, AF_PACKET, AF_INET, or AF_INET6";
            Err(Error::value(function, message))
        }
    }
}

/// Returns whether the next byte to read is the one at the out-of-band mark, with sockatmark(3).
///
/// ```text
/// socket_atmark(Socket $socket): bool
/// ```
///
/// As in PHP.
///
/// # Errors
/// `Unable to apply sockmark` with the system's error number, where PHP returns `false` too.
///
/// See <https://www.php.net/socket_atmark>.
///
/// # Examples
/// ```
/// use php_sockets::*;
///
/// # let listener = socket_create_listen(0, None)?;
/// # let client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
/// # socket_connect(&client, "127.0.0.1", socket_getsockname(&listener)?.1)?;
/// let msgsock = socket_accept(&listener)?;
/// assert!(!socket_atmark(&msgsock)?);
/// socket_send(&client, "!", 1, MSG_OOB)?;
/// assert_eq!(socket_select(None, None, &mut vec![msgsock.clone()], 5, None)?, 1);
/// assert!(socket_atmark(&msgsock)?);
/// # Ok::<(), Error>(())
/// ```
pub fn socket_atmark(socket: &Socket) -> Result<bool> {
    const FUNCTION: &str = "socket_atmark";
    sys::sockatmark(&*socket.open(FUNCTION)?).map_err(|error| socket.fail(FUNCTION, "Unable to apply sockmark", &error))
}

/// Refuses the lengths to read for which PHP returns `false`: what is not above 0 in its int, and that int's greatest.
fn check_length(function: &'static str, length: usize) -> Result<()> {
    match isize::try_from(length) {
        Ok(1..isize::MAX) => Ok(()),
        _ => Err(Error::False { function }),
    }
}

/// Refuses the flags that PHP keeps from packet sockets.
#[cfg(target_os = "linux")]
fn check_packet_flags(function: &'static str, flags: i32) -> Result<()> {
    use crate::constants::{MSG_CMSG_CLOEXEC, MSG_DONTWAIT, MSG_ERRQUEUE, MSG_OOB, MSG_PEEK, MSG_WAITALL};

    if flags & !(MSG_OOB | MSG_PEEK | MSG_WAITALL | MSG_DONTWAIT | MSG_ERRQUEUE | MSG_CMSG_CLOEXEC) == 0 {
        return Ok(());
    }
    Err(Error::value(
        function,
        "Argument #4 ($flags) must be a combination of MSG_OOB, MSG_PEEK, MSG_WAITALL, MSG_DONTWAIT, MSG_ERRQUEUE, and \
         MSG_CMSG_CLOEXEC for AF_PACKET sockets",
    ))
}

fn clip(data: &[u8], length: usize) -> &[u8] {
    &data[..length.min(data.len())]
}
