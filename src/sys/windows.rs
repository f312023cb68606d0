//! What the crate needs of Windows beyond the standard library and socket2.
#![allow(unsafe_code, reason = "system calls")]

use std::ffi::{CString, c_char};
use std::io;
use std::net::Ipv4Addr;
use std::os::windows::io::{AsRawSocket, RawSocket};
use std::time::Duration;

use socket2::{Domain, SockAddr, Socket, Type};

mod addrinfo;
mod close;
mod option;

pub(crate) use addrinfo::*;
pub(crate) use close::*;
pub(crate) use option::*;

/// What the standard library's streams are made from and turned into.
pub(crate) use std::os::windows::io::OwnedSocket as OwnedHandle;

/// A dead peer is never a signal here.
pub(crate) const MSG_NOSIGNAL: i32 = 0;

/// The flags of a send.
pub(crate) fn send_flags(flags: i32) -> i32 {
    flags
}

/// No flag makes a receive count bytes that it has not written, as far as Microsoft's pages say; this one does elsewhere.
pub(crate) const MSG_UNWRITTEN: i32 = crate::MSG_TRUNC;

/// There is no such flag here.
pub(crate) const MSG_DONTWAIT: i32 = 0;

// The numbers of winsock2.h and ws2def.h.
pub(crate) const AF_UNSPEC: i32 = 0;
pub(crate) const AI_V4MAPPED: i32 = 0x0800;
pub(crate) const AI_ADDRCONFIG: i32 = 0x0400;
pub(crate) const ENOMEM: i32 = 10055;
pub(crate) const EAI_NONAME: i32 = 11001;
pub(crate) const EAI_AGAIN: i32 = 11002;
pub(crate) const EAI_NODATA: i32 = 11004;
pub(crate) const POLLERR: i16 = 0x0001;
pub(crate) const POLLHUP: i16 = 0x0002;
pub(crate) const POLLNVAL: i16 = 0x0004;
pub(crate) const POLLOUT: i16 = 0x0010;
pub(crate) const POLLIN: i16 = 0x0100; // POLLRDNORM: without what is out of band
pub(crate) const POLLPRI: i16 = 0x0200; // POLLRDBAND: `WSAPoll` refuses POLLPRI itself

/// The domains that `socket_create` takes.
pub(crate) const DOMAINS: &[i32] = &[crate::AF_UNIX, crate::AF_INET6, crate::AF_INET];

/// What one write takes at most: a blocking send returns here when there is room for all, and the writer could not tell a
/// slow peer from one that is gone.
pub(crate) fn part(data: &[u8]) -> &[u8] {
    &data[..data.len().min(64 << 10)]
}

/// What may be added to a socket's type.
pub(crate) const TYPE_FLAGS: i32 = 0;

/// The system's number for an open socket.
pub(crate) type Descriptor = RawSocket;

/// What `poll` passes over.
pub(crate) const NO_DESCRIPTOR: Descriptor = RawSocket::MAX;

/// WSAPOLLFD.
#[repr(C)]
pub(crate) struct PollFd {
    pub(crate) fd: RawSocket,
    pub(crate) events: i16,
    pub(crate) revents: i16,
}

#[link(name = "ws2_32")]
unsafe extern "system" {
    fn WSAPoll(descriptors: *mut PollFd, length: u32, timeout: i32) -> i32;
    fn ioctlsocket(socket: RawSocket, command: i32, argument: *mut u32) -> i32;
}

/// The descriptor of a socket, as `poll` wants it.
#[cfg(feature = "poll")]
pub(crate) fn descriptor(socket: &Socket) -> Descriptor {
    socket.as_raw_socket()
}

/// Creates a socket.
pub(crate) fn socket(domain: i32, r#type: i32, protocol: i32) -> io::Result<Socket> {
    Socket::new(domain.into(), r#type.into(), Some(protocol.into()))
}

/// Connects two stream sockets over the loopback interface.
pub(crate) fn pair(domain: i32, r#type: i32, _protocol: i32) -> io::Result<[Socket; 2]> {
    if (Domain::from(domain), Type::from(r#type)) != (Domain::IPV4, Type::STREAM) {
        return Err(io::Error::from_raw_os_error(crate::SOCKET_EOPNOTSUPP));
    }
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let one = std::net::TcpStream::connect(listener.local_addr()?)?;
    loop {
        let (other, address) = listener.accept()?;
        // Somebody else may have called in between.
        if address == one.local_addr()? {
            return Ok([one.into(), other.into()]);
        }
    }
}

/// Creates a pair for the crate's own use.
#[cfg(feature = "poll")]
pub(crate) fn private_pair() -> io::Result<[Socket; 2]> {
    pair(crate::AF_INET, crate::SOCK_STREAM, 0)
}

/// Takes the next connection.
pub(crate) fn accept(socket: &Socket) -> io::Result<Socket> {
    let (accepted, _) = socket.accept()?;
    // It inherits the listening socket's mode here.
    accepted.set_nonblocking(false)?;
    Ok(accepted)
}

/// Returns the address family of a socket, which must have an address.
pub(crate) fn family(socket: &Socket) -> io::Result<i32> {
    socket.local_addr().map(|address| address.family().into())
}

/// A Unix address's path is not read here.
pub(crate) fn path(_address: &SockAddr) -> Option<String> {
    None
}

/// Cannot be asked for here.
pub(crate) fn is_blocking(_socket: &Socket) -> Option<bool> {
    None
}

/// Makes the address of a path.
pub(crate) fn unix_address(path: &[u8]) -> io::Result<SockAddr> {
    SockAddr::unix(std::str::from_utf8(path).map_err(|_| io::ErrorKind::InvalidInput)?)
}

/// Sets the blocking mode.
pub(crate) fn set_nonblocking(socket: &Socket, nonblocking: bool) -> io::Result<()> {
    socket.set_nonblocking(nonblocking)
}

/// Waits with `WSAPoll` until one of `descriptors` is ready or `timeout` has passed; `None` waits for ever.
pub(crate) fn poll(descriptors: &mut [PollFd], timeout: Option<Duration>) -> io::Result<usize> {
    let timeout = timeout.map_or(-1, |timeout| timeout.as_nanos().div_ceil(1_000_000).try_into().unwrap_or(i32::MAX));
    let length = descriptors.len().try_into().unwrap_or(u32::MAX);
    // SAFETY: the slice's pointer and length belong together.
    let ready = unsafe { WSAPoll(descriptors.as_mut_ptr(), length, timeout) };
    usize::try_from(ready).map_err(|_| io::Error::last_os_error())
}

/// Says whether `socket` is at the out-of-band mark.
pub(crate) fn sockatmark(socket: &Socket) -> io::Result<bool> {
    /// _IOR('s', 7, `u_long`)
    const SIOCATMARK: i32 = 0x4004_7307;
    let mut none_pending = 0;
    // SAFETY: the handle is open, and SIOCATMARK writes one u_long.
    match unsafe { ioctlsocket(socket.as_raw_socket(), SIOCATMARK, &raw mut none_pending) } {
        0 => Ok(none_pending == 0),
        _ => Err(io::Error::last_os_error()),
    }
}

#[link(name = "iphlpapi")]
unsafe extern "system" {
    fn if_nametoindex(name: *const c_char) -> u32;
}

/// Returns the index of a network interface.
pub(crate) fn interface_index(name: &str) -> io::Result<u32> {
    let name = CString::new(name)?;
    // SAFETY: the name is a C string.
    match unsafe { if_nametoindex(name.as_ptr()) } {
        0 => Err(io::ErrorKind::NotFound.into()),
        index => Ok(index),
    }
}
