//! Messages with addresses and control messages: sendmsg, recvmsg, and the room that control messages take.

use std::io::IoSlice;

use socket2::MsgHdr;

use crate::conversion::conversion_error;
use crate::{Error, Result, Socket, sys};

mod control;
mod name;
mod types;

pub use types::{ControlData, ControlMessage, Descriptor, MessageHeader, MessageName};

/// The most bytes of data that one message may bring.
const BUFFER_SIZE_MAX: usize = 100 * 1024 * 1024;

/// Sends a message with sendmsg(2), and returns how many bytes were sent.
///
/// ```text
/// socket_sendmsg(Socket $socket, array $message, int $flags = 0): int|false
/// ```
///
/// `message` gives `name` (where to, unless the socket is connected), `iov` (the data, in any number of parts) and
/// `control`: `SCM_RIGHTS` (descriptors), `SCM_CREDENTIALS`, `IPV6_PKTINFO`, `IPV6_HOPLIMIT`, `IPV6_TCLASS`, and what PHP does
/// not know, `IP_PKTINFO`, `IP_TTL`, `IP_TOS`, `UDP_SEGMENT`. [`socket_recvmsg`] brings `SO_TIMESTAMPNS` too.
/// `flags` may be `None`, `Some(MSG_OOB)`, or just `MSG_OOB`.
///
/// As in PHP, without its mistake (up to 8.5) of sending the wrong descriptor for a socket. A closed connection is an
/// error, never a signal.
///
/// # Errors
/// `Error in sendmsg` with [`SOCKET_EAGAIN`](crate::SOCKET_EAGAIN) (silent),
/// [`SOCKET_EDESTADDRREQ`](crate::SOCKET_EDESTADDRREQ), [`SOCKET_EPIPE`](crate::SOCKET_EPIPE) and others. `error converting
/// user data (path: msghdr > …): …` for what cannot be sent, such as a closed socket among the descriptors; for a host that
/// cannot be found PHP warns `Host lookup failed` before it, and that number is recorded here, too.
///
/// # Platforms
/// Unix; credentials and what PHP does not know Linux.
///
/// See <https://www.php.net/socket_sendmsg>.
///
/// # Examples
/// ```
/// use php_sockets::*;
///
/// let [left, right] = socket_create_pair(AF_UNIX, SOCK_DGRAM, 0)?;
/// let file = std::fs::File::open("Cargo.toml")?;
/// let message = MessageHeader {
///     iov: vec!["the ".into(), "file".into()],
///     control: vec![ControlMessage::new(SOL_SOCKET, SCM_RIGHTS, vec![file])],
///     ..Default::default()
/// };
/// assert_eq!(socket_sendmsg(&left, &message, None)?, 8);
///
/// let mut message = MessageHeader { controllen: socket_cmsg_space(SOL_SOCKET, SCM_RIGHTS, 1)?, ..Default::default() };
/// assert_eq!(socket_recvmsg(&right, &mut message, None)?, 8);
/// assert_eq!(message.iov, ["the file".as_bytes()]);
/// let ControlData::Rights(descriptors) = &message.control[0].data else { panic!("descriptors were sent") };
/// assert!(matches!(descriptors[0], Descriptor::Fd(_)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn socket_sendmsg(socket: &Socket, message: &MessageHeader, flags: impl Into<Option<i32>>) -> Result<usize> {
    const FUNCTION: &str = "socket_sendmsg";
    let system = socket.open(FUNCTION)?;
    let name = message.name.as_ref().map(|name| name.to_address(socket, FUNCTION)).transpose()?;
    let parts: Vec<_> = message.iov.iter().map(|part| IoSlice::new(part)).collect();
    let control = control::encode(socket, FUNCTION, &message.control)?;
    let mut header = MsgHdr::new().with_buffers(&parts);
    if let Some(name) = &name {
        header = header.with_addr(name);
    }
    if !control.is_empty() {
        header = header.with_control(&control);
    }
    system
        .sendmsg(&header, sys::send_flags(flags.into().unwrap_or(0)))
        .map_err(|error| socket.fail(FUNCTION, "Error in sendmsg", &error))
}

/// Receives a message with recvmsg(2), and returns how many bytes it had.
///
/// ```text
/// socket_recvmsg(Socket $socket, array &$message, int $flags = 0): int|false
/// ```
///
/// `message` says what to receive: `controllen` (bytes of control messages, must be given), `buffer_size` (bytes of data,
/// 8192 by default), and with `Some(MessageName::default())` for `name`, the sender's address. On success its `name`,
/// `iov`, `control` and `flags` are replaced; the memory of the first part in `iov` is used again. On failure only `iov` is
/// emptied. `flags` may be `None`, `Some(MSG_PEEK)`, or just `MSG_PEEK`.
///
/// Received descriptors are close-on-exec, and those that do not fit into `controllen` are closed by the system.
///
/// Unlike PHP, a call that would block is silent and recorded on the socket, too; a control message that PHP does not
/// know, or that was cut short, comes as [`ControlData::Bytes`], where PHP loses the whole message.
/// [`MSG_TRUNC`](crate::MSG_TRUNC) is as for [`socket_recv`](crate::socket_recv).
///
/// # Errors
/// `Error in recvmsg` with [`SOCKET_EAGAIN`](crate::SOCKET_EAGAIN) (silent), [`SOCKET_EINTR`](crate::SOCKET_EINTR) and
/// others. `error converting user data (path: msghdr > …): …` for a `controllen` of 0 or above 4294967295, a `buffer_size`
/// above 104857600, or a family that the socket does not have.
///
/// # Platforms
/// Unix.
///
/// See <https://www.php.net/socket_recvmsg>.
///
/// # Examples
/// ```
/// use php_sockets::*;
///
/// let receiver = socket_create(AF_INET6, SOCK_DGRAM, SOL_UDP)?;
/// socket_bind(&receiver, "::1", 0)?;
/// let (_, port) = socket_getsockname(&receiver)?;
/// socket_set_option(&receiver, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1)?;
///
/// let sender = socket_create(AF_INET6, SOCK_DGRAM, SOL_UDP)?;
/// socket_sendto(&sender, "你好", 6, 0, "::1", port)?;
///
/// let mut message = MessageHeader {
///     name: Some(MessageName::default()),
///     controllen: socket_cmsg_space(IPPROTO_IPV6, IPV6_HOPLIMIT, None)?,
///     ..Default::default()
/// };
/// assert_eq!(socket_recvmsg(&receiver, &mut message, None)?, 6);
/// assert_eq!(message.iov, ["你好".as_bytes()]);
/// assert!(message.name.is_some_and(|name| name.addr == "::1"));
/// assert!(matches!(message.control[0].data, ControlData::Int(1..=255)));
/// # Ok::<(), Error>(())
/// ```
pub fn socket_recvmsg(socket: &Socket, message: &mut MessageHeader, flags: impl Into<Option<i32>>) -> Result<usize> {
    const FUNCTION: &str = "socket_recvmsg";
    /// Bytes of data, unless the message says it.
    const BUFFER_SIZE: usize = 8192;
    let system = socket.open(FUNCTION)?;
    if let Some(name) = &message.name {
        name.family_on(socket, FUNCTION)?;
    }
    let size = message.buffer_size.unwrap_or(BUFFER_SIZE);
    if size > BUFFER_SIZE_MAX {
        let text = format!("the buffer size must be between 1 and {BUFFER_SIZE_MAX}; given {size}");
        return Err(conversion_error(FUNCTION, "msghdr > buffer_size", text));
    }
    match u32::try_from(message.controllen) {
        Ok(1..) => {}
        Ok(0) => return Err(conversion_error(FUNCTION, "msghdr > controllen", "controllen cannot be 0")),
        Err(_) => {
            let text = "given PHP integer is out of bounds for an unsigned 32-bit integer";
            return Err(conversion_error(FUNCTION, "msghdr > controllen", text));
        }
    }
    let mut data = message.iov.drain(..).next().unwrap_or_default();
    let flags = flags.into().unwrap_or(0);
    let (family, with_name) = (socket.family(), message.name.is_some());
    let received = sys::receive_message(&system, family, &mut data, size, with_name, message.controllen, flags)
        .map_err(|error| socket.fail(FUNCTION, "Error in recvmsg", &error))?;
    message.name = received.name.as_ref().and_then(MessageName::from_address);
    message.control = received.control.into_iter().map(control::decode).collect();
    message.flags = received.flags;
    if !data.is_empty() {
        message.iov.push(data);
    }
    Ok(received.length)
}

/// Returns how many bytes of [`MessageHeader::controllen`] a control message takes: `CMSG_SPACE`.
///
/// ```text
/// socket_cmsg_space(int $level, int $type, int $num = 0): int
/// ```
///
/// `num` is how many descriptors `SCM_RIGHTS` shall have room for: `None`, `Some(3)`, or just `3`; the other types have one
/// size. As in PHP.
///
/// # Errors
/// `ValueError` for a pair of level and type that is not one of [`socket_sendmsg`]'s, and for a negative `num` or one whose
/// size does not fit into memory.
///
/// # Platforms
/// Unix.
///
/// See <https://www.php.net/socket_cmsg_space>.
///
/// # Examples
/// ```
/// use php_sockets::*;
///
/// # #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
/// assert_eq!(socket_cmsg_space(SOL_SOCKET, SCM_RIGHTS, 3)?, 32);
/// let error = socket_cmsg_space(SOL_SOCKET, 99, None).expect_err("there is no such type");
/// assert_eq!(error.to_string(), format!("Pair level {SOL_SOCKET} and/or type 99 is not supported"));
/// # Ok::<(), Error>(())
/// ```
pub fn socket_cmsg_space(level: i32, r#type: i32, num: impl Into<Option<i32>>) -> Result<usize> {
    const FUNCTION: &str = "socket_cmsg_space";
    let num = usize::try_from(num.into().unwrap_or(0))
        .map_err(|_| Error::value(FUNCTION, "Argument #3 ($num) must be greater than or equal to 0"))?;
    let kind = control::find(level, r#type)
        .ok_or_else(|| Error::bare_value(format!("Pair level {level} and/or type {type} is not supported")))?;
    kind.size(num).and_then(sys::control_space).ok_or_else(|| Error::value(FUNCTION, "Argument #3 ($num) is too large"))
}
