//! What the crate needs of Unix beyond the standard library and socket2.
#![allow(unsafe_code, reason = "system calls")]

use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::AsRawFd;
use std::ptr;
use std::time::Duration;

#[cfg(target_os = "linux")]
use socket2::SockAddrStorage;
use socket2::{SockAddr, Socket};

use super::addrinfo::{AddrInfo, collect, copy_address};

mod close;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod locale;
mod message;
mod option;

pub(crate) use close::*;
pub(crate) use message::*;
pub(crate) use option::*;

/// What is set on every send, so that a dead peer is an error and never a signal.
#[cfg(not(target_vendor = "apple"))]
pub(crate) const MSG_NOSIGNAL: i32 = libc::MSG_NOSIGNAL;
#[cfg(target_vendor = "apple")]
pub(crate) const MSG_NOSIGNAL: i32 = 0; // SO_NOSIGPIPE does it there

/// The flags of a send. Never `MSG_ZEROCOPY`: with it the system would read the caller's memory after the call, when it may
/// hold something else.
pub(crate) fn send_flags(flags: i32) -> i32 {
    #[cfg(target_os = "linux")]
    let flags = flags & !libc::MSG_ZEROCOPY;
    flags | MSG_NOSIGNAL
}

/// The flags of a receive with which it counts bytes that it has not written: what TCP discards with `MSG_TRUNC`, and what
/// `MSG_SOCK_DEVMEM` leaves in a device's memory.
#[cfg(target_os = "linux")]
pub(crate) const MSG_UNWRITTEN: i32 = libc::MSG_TRUNC | 0x0200_0000;
#[cfg(not(target_os = "linux"))]
pub(crate) const MSG_UNWRITTEN: i32 = libc::MSG_TRUNC;

/// Makes one call return at once.
pub(crate) const MSG_DONTWAIT: i32 = libc::MSG_DONTWAIT;

pub(crate) use libc::{AF_UNSPEC, AI_ADDRCONFIG, AI_V4MAPPED, EAI_AGAIN, EAI_NONAME, ENOMEM};

#[cfg(not(target_os = "freebsd"))]
pub(crate) use libc::EAI_NODATA;
#[cfg(target_os = "freebsd")]
pub(crate) const EAI_NODATA: i32 = 7; // no longer in its headers
pub(crate) use libc::{POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT, POLLPRI, pollfd as PollFd};

/// What the standard library's streams are made from and turned into.
pub(crate) use std::os::fd::OwnedFd as OwnedHandle;

/// The system's number for an open socket.
pub(crate) type Descriptor = i32;

/// What poll(2) passes over.
pub(crate) const NO_DESCRIPTOR: Descriptor = -1;

/// The descriptor of a socket, as poll(2) wants it.
#[cfg(feature = "poll")]
pub(crate) fn descriptor(socket: &Socket) -> Descriptor {
    socket.as_raw_fd()
}

/// The domains that `socket_create` takes.
#[cfg(target_os = "linux")]
pub(crate) const DOMAINS: &[i32] = &[libc::AF_UNIX, libc::AF_PACKET, libc::AF_INET6, libc::AF_INET];
#[cfg(not(target_os = "linux"))]
pub(crate) const DOMAINS: &[i32] = &[libc::AF_UNIX, libc::AF_INET6, libc::AF_INET];

/// What one write takes at most.
#[inline]
pub(crate) fn part(data: &[u8]) -> &[u8] {
    data
}

/// What may be added to a socket's type.
#[cfg(not(target_vendor = "apple"))]
pub(crate) const TYPE_FLAGS: i32 = libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
#[cfg(target_vendor = "apple")]
pub(crate) const TYPE_FLAGS: i32 = 0;

/// Creates a socket with socket(2), close-on-exec.
pub(crate) fn socket(domain: i32, r#type: i32, protocol: i32) -> io::Result<Socket> {
    #[cfg(target_os = "linux")]
    let protocol = match (domain, u16::try_from(protocol)) {
        (libc::AF_PACKET, Ok(protocol)) => protocol.to_be().into(),
        _ => protocol,
    };
    Socket::new(domain.into(), r#type.into(), Some(protocol.into()))
}

/// Creates a pair with socketpair(2), close-on-exec.
pub(crate) fn pair(domain: i32, r#type: i32, protocol: i32) -> io::Result<[Socket; 2]> {
    Socket::pair(domain.into(), r#type.into(), Some(protocol.into())).map(<[Socket; 2]>::from)
}

/// Creates a pair for the crate's own use.
#[cfg(feature = "poll")]
pub(crate) fn private_pair() -> io::Result<[Socket; 2]> {
    pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)
}

/// Takes the next connection with accept4(2), close-on-exec.
pub(crate) fn accept(socket: &Socket) -> io::Result<Socket> {
    let (accepted, _) = socket.accept()?;
    // There is no accept4(2) there, and accept(2) hands the listening socket's mode on.
    #[cfg(target_vendor = "apple")]
    accepted.set_nonblocking(false)?;
    Ok(accepted)
}

/// Returns the address family of a socket.
#[cfg(target_os = "linux")]
pub(crate) fn family(socket: &Socket) -> io::Result<i32> {
    socket.domain().map(i32::from)
}

/// Returns the address family of a socket; where it cannot be asked for, its own address tells.
#[cfg(not(target_os = "linux"))]
pub(crate) fn family(socket: &Socket) -> io::Result<i32> {
    socket.local_addr().map(|address| address.family().into())
}

/// Returns the path of a Unix address, or its abstract name with a NUL byte in front; `None` where it has neither.
pub(crate) fn path(address: &SockAddr) -> Option<String> {
    if let Some(path) = address.as_pathname() {
        return Some(path.to_string_lossy().into_owned());
    }
    address.as_abstract_namespace().map(|name| format!("\0{}", String::from_utf8_lossy(name)))
}

/// Makes the address of a path or, with a NUL byte in front, of an abstract name.
pub(crate) fn unix_address(path: &[u8]) -> io::Result<SockAddr> {
    use std::os::unix::ffi::OsStrExt;

    SockAddr::unix(std::ffi::OsStr::from_bytes(path))
}

/// Says whether calls on the socket wait.
pub(crate) fn is_blocking(socket: &Socket) -> Option<bool> {
    socket.nonblocking().ok().map(|nonblocking| !nonblocking)
}

/// Sets the blocking mode with one ioctl(2), where fcntl(2) takes two calls.
pub(crate) fn set_nonblocking(socket: &Socket, nonblocking: bool) -> io::Result<()> {
    let mut value = libc::c_int::from(nonblocking);
    // SAFETY: the descriptor is open, and FIONBIO reads one int.
    match unsafe { libc::ioctl(socket.as_raw_fd(), libc::FIONBIO, &raw mut value) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// Waits until one of `descriptors` is ready or `timeout` has passed; `None` waits for ever.
///
/// Milliseconds are poll(2)'s. Only what is finer takes ppoll(2), which costs a little more.
pub(crate) fn poll(descriptors: &mut [PollFd], timeout: Option<Duration>) -> io::Result<usize> {
    let milliseconds = match timeout {
        None => -1,
        Some(timeout) => {
            let (milliseconds, rest) = (timeout.as_millis(), timeout.subsec_nanos() % 1_000_000);
            match libc::c_int::try_from(milliseconds) {
                Ok(milliseconds) if rest == 0 => milliseconds,
                _ => return poll_finely(descriptors, timeout),
            }
        }
    };
    let length = descriptors.len().try_into().unwrap_or(libc::nfds_t::MAX);
    // SAFETY: the slice's pointer and length belong together.
    let ready = unsafe { libc::poll(descriptors.as_mut_ptr(), length, milliseconds) };
    usize::try_from(ready).map_err(|_| io::Error::last_os_error())
}

#[cfg(not(target_vendor = "apple"))]
fn poll_finely(descriptors: &mut [PollFd], timeout: Duration) -> io::Result<usize> {
    let timeout = libc::timespec {
        tv_sec: timeout.as_secs().try_into().unwrap_or_else(|_| i32::MAX.into()),
        tv_nsec: i32::try_from(timeout.subsec_nanos()).unwrap_or_default().into(),
    };
    let length = descriptors.len().try_into().unwrap_or(libc::nfds_t::MAX);
    // SAFETY: the slice's pointer and length belong together, and the timeout outlives the call.
    let ready = unsafe { libc::ppoll(descriptors.as_mut_ptr(), length, &raw const timeout, ptr::null()) };
    usize::try_from(ready).map_err(|_| io::Error::last_os_error())
}

/// Where there is no ppoll(2), milliseconds must do, rounded up so that a short wait never spins.
#[cfg(target_vendor = "apple")]
fn poll_finely(descriptors: &mut [PollFd], timeout: Duration) -> io::Result<usize> {
    let milliseconds = u64::try_from(timeout.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX).min(i32::MAX as u64);
    poll(descriptors, Some(Duration::from_millis(milliseconds)))
}

// POSIX has it, the libc crate does not.
unsafe extern "C" {
    #[link_name = "sockatmark"]
    safe fn posix_sockatmark(descriptor: libc::c_int) -> libc::c_int;
}

/// Says whether `socket` is at the out-of-band mark, with sockatmark(3).
pub(crate) fn sockatmark(socket: &Socket) -> io::Result<bool> {
    match posix_sockatmark(socket.as_raw_fd()) {
        -1 => Err(io::Error::last_os_error()),
        at_mark => Ok(at_mark != 0),
    }
}

/// Returns the index of a network interface, with `if_nametoindex(3)`.
pub(crate) fn interface_index(name: &str) -> io::Result<u32> {
    let name = CString::new(name).map_err(|_| io::Error::from_raw_os_error(libc::ENODEV))?;
    // SAFETY: the name is a C string.
    match unsafe { libc::if_nametoindex(name.as_ptr()) } {
        0 => Err(io::Error::last_os_error()),
        index => Ok(index),
    }
}

/// Returns the name of a network interface, with `if_indextoname(3)`.
pub(crate) fn interface_name(index: u32) -> io::Result<String> {
    let mut name = [0; libc::IF_NAMESIZE];
    // SAFETY: the buffer has the size that the call demands.
    if unsafe { libc::if_indextoname(index, name.as_mut_ptr()) }.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: on success the call has written a C string.
    Ok(unsafe { CStr::from_ptr(name.as_ptr()) }.to_string_lossy().into_owned())
}

/// Builds the link-layer address of an interface, for packet sockets.
#[cfg(target_os = "linux")]
pub(crate) fn packet_address(protocol: u16, interface: i32) -> SockAddr {
    let mut storage = SockAddrStorage::zeroed();
    // SAFETY: sockaddr_ll fits into the storage, and all its fields are integers.
    let address = unsafe { storage.view_as::<libc::sockaddr_ll>() };
    address.sll_family = libc::AF_PACKET.try_into().unwrap_or_default();
    address.sll_protocol = protocol.to_be();
    address.sll_ifindex = interface;
    let length = size_of::<libc::sockaddr_ll>();
    // SAFETY: the family and the length are those of the sockaddr_ll just written.
    unsafe { SockAddr::new(storage, length.try_into().unwrap_or_default()) }
}

/// Returns the interface index of a link-layer address.
#[cfg(target_os = "linux")]
pub(crate) fn packet_interface(address: &SockAddr) -> i32 {
    let mut storage = address.clone().as_storage();
    // SAFETY: sockaddr_ll fits into the storage, and all its fields are integers.
    unsafe { storage.view_as::<libc::sockaddr_ll>() }.sll_ifindex
}

/// Looks up a host and a service with getaddrinfo(3); an error is one of the `EAI_*` numbers.
pub(crate) fn getaddrinfo(host: &str, service: Option<&str>, hints: &AddrInfo) -> Result<Vec<AddrInfo>, i32> {
    let host = CString::new(host).map_err(|_| EAI_NONAME)?;
    let service = service.map(CString::new).transpose().map_err(|_| libc::EAI_SERVICE)?;
    // SAFETY: integers and null pointers are all that an addrinfo is made of.
    let mut request: libc::addrinfo = unsafe { std::mem::zeroed() };
    request.ai_flags = hints.flags;
    request.ai_family = hints.family;
    request.ai_socktype = hints.socktype;
    request.ai_protocol = hints.protocol;
    let mut list = ptr::null_mut();
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    let _utf8 = (hints.flags & (crate::AI_IDN | crate::AI_CANONIDN) != 0).then(locale::Utf8::begin);
    let service = service.as_ref().map_or(ptr::null(), |service| service.as_ptr());
    // SAFETY: the strings are C strings or null, the hints are initialised, and the list is freed below.
    let code = unsafe { libc::getaddrinfo(host.as_ptr(), service, &raw const request, &raw mut list) };
    if code != 0 {
        return Err(code);
    }
    // SAFETY: each entry is one that getaddrinfo has made, and lives until freeaddrinfo; so does what it points to.
    let found = unsafe {
        collect(list, |info| {
            let found = AddrInfo {
                flags: info.ai_flags,
                family: info.ai_family,
                socktype: info.ai_socktype,
                protocol: info.ai_protocol,
                address: copy_address(info.ai_addr.cast(), info.ai_addrlen as usize),
                canonname: (!info.ai_canonname.is_null())
                    .then(|| CStr::from_ptr(info.ai_canonname).to_string_lossy().into_owned()),
            };
            (found, info.ai_next)
        })
    };
    // SAFETY: getaddrinfo has allocated it, and nothing of it is used from here on.
    unsafe { libc::freeaddrinfo(list) };
    Ok(found)
}

/// Returns the text of one of the `EAI_*` numbers.
pub(crate) fn gai_strerror(code: i32) -> String {
    // SAFETY: the call returns a C string that lives as long as the program.
    unsafe { CStr::from_ptr(libc::gai_strerror(code)) }.to_string_lossy().into_owned()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_link_layer_address_has_its_interface() {
        let address = packet_address(3, 7);
        assert_eq!((i32::from(address.family()), packet_interface(&address)), (libc::AF_PACKET, 7));
        assert_eq!(path(&address), None);
    }

    #[test]
    fn a_unix_address_has_its_path() -> io::Result<()> {
        for name in ["/tmp/聊天", "\0abstract"] {
            assert_eq!(path(&unix_address(name.as_bytes())?).as_deref(), Some(name));
        }
        assert!(unix_address(&[b'x'; 200]).is_err());
        Ok(())
    }
}
