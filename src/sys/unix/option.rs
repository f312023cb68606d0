//! Options: the calls, and what is laid out differently from system to system.
#![allow(unsafe_code, reason = "system calls")]

use std::net::Ipv4Addr;
use std::os::fd::AsRawFd;
use std::{io, ptr};

use socket2::Socket;

use super::super::option::Plain;

/// getsockopt(2).
///
/// # Safety
/// The contract of `sys::option`.
pub(crate) unsafe fn getsockopt(
    socket: &Socket,
    level: i32,
    option: i32,
    value: *mut u8,
    length: &mut usize,
) -> io::Result<()> {
    let mut size = libc::socklen_t::try_from(*length).unwrap_or(libc::socklen_t::MAX);
    // SAFETY: the caller keeps the contract.
    if unsafe { libc::getsockopt(socket.as_raw_fd(), level, option, value.cast(), &raw mut size) } != 0 {
        return Err(io::Error::last_os_error());
    }
    *length = (size as usize).min(*length);
    Ok(())
}

/// setsockopt(2).
///
/// # Safety
/// The contract of `sys::option`.
pub(crate) unsafe fn setsockopt(
    socket: &Socket,
    level: i32,
    option: i32,
    value: *const u8,
    length: usize,
) -> io::Result<()> {
    let length = libc::socklen_t::try_from(length).unwrap_or(libc::socklen_t::MAX);
    // SAFETY: the caller keeps the contract.
    match unsafe { libc::setsockopt(socket.as_raw_fd(), level, option, value.cast(), length) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// The value of `SO_LINGER`.
#[repr(transparent)]
pub(crate) struct Linger(libc::linger);

// SAFETY: integers all.
unsafe impl Plain for Linger {}

impl Linger {
    pub(crate) fn new(onoff: u16, seconds: u16) -> Self {
        Self(libc::linger { l_onoff: onoff.into(), l_linger: seconds.into() })
    }

    pub(crate) fn onoff_and_seconds(&self) -> (i32, i32) {
        (self.0.l_onoff, self.0.l_linger)
    }
}

/// The value of `SO_RCVTIMEO` and `SO_SNDTIMEO`.
#[repr(transparent)]
pub(crate) struct Timeout(libc::timeval);

// SAFETY: integers all.
unsafe impl Plain for Timeout {}

#[allow(clippy::useless_conversion, reason = "the system's types are narrower on some systems")]
impl Timeout {
    /// `None` where the system's type is too small.
    pub(crate) fn new(seconds: i64, microseconds: i64) -> Option<Self> {
        Some(Self(libc::timeval { tv_sec: seconds.try_into().ok()?, tv_usec: microseconds.try_into().ok()? }))
    }

    pub(crate) fn seconds_and_microseconds(&self) -> (i64, i64) {
        (self.0.tv_sec.into(), self.0.tv_usec.into())
    }
}

/// The value of `IP_MULTICAST_IF` for an interface: its IPv4 address, for which `socket` itself is asked as in PHP, so that it
/// takes no descriptor.
#[cfg(target_os = "linux")]
pub(crate) fn multicast_interface(socket: &Socket, index: u32) -> io::Result<[u8; 4]> {
    /// `SIOCGIFNAME` and `SIOCGIFADDR`, which the libc crate does not have in the type that musl's ioctl(2) takes.
    const QUESTIONS: [libc::Ioctl; 2] = [0x8910, 0x8915];
    if index == 0 {
        return Ok(Ipv4Addr::UNSPECIFIED.octets());
    }
    // SAFETY: integers and bytes are all that an ifreq is made of.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    request.ifr_ifru.ifru_ifindex = index.try_into().unwrap_or(-1);
    for question in QUESTIONS {
        // SAFETY: both calls take an ifreq and write no more than that; the first fills in the name that the second asks about.
        if unsafe { libc::ioctl(socket.as_raw_fd(), question, &raw mut request) } < 0 {
            return Err(io::Error::last_os_error());
        }
    }
    // SAFETY: the second call has written a sockaddr_in.
    let address = unsafe { (&raw const request.ifr_ifru).cast::<libc::sockaddr_in>().read_unaligned() };
    Ok(address.sin_addr.s_addr.to_ne_bytes())
}

/// The value of `IP_MULTICAST_IF` for an interface: its IPv4 address.
#[cfg(not(target_os = "linux"))]
pub(crate) fn multicast_interface(_: &Socket, index: u32) -> io::Result<[u8; 4]> {
    if index == 0 {
        return Ok(Ipv4Addr::UNSPECIFIED.octets());
    }
    let name = super::interface_name(index).map_err(|_| io::Error::from_raw_os_error(libc::ENODEV))?;
    ipv4_interfaces()?
        .into_iter()
        .find_map(|(interface, address)| (interface == name).then_some(address.octets()))
        .ok_or_else(|| io::Error::from_raw_os_error(libc::EADDRNOTAVAIL))
}

/// The interface that a value of `IP_MULTICAST_IF` stands for; `None` where none has that address. `socket` is asked as above.
#[cfg(target_os = "linux")]
pub(crate) fn multicast_interface_index(socket: &Socket, value: [u8; 4]) -> io::Result<Option<u32>> {
    /// `SIOCGIFCONF`, the list of those that have an IPv4 address, and `SIOCGIFINDEX`.
    const LIST: libc::Ioctl = 0x8912;
    const INDEX: libc::Ioctl = 0x8933;
    if Ipv4Addr::from(value).is_unspecified() {
        return Ok(Some(0));
    }
    let mut entries: Vec<libc::ifreq> = Vec::new();
    // The first time it tells the length alone.
    for _ in 0..2 {
        // SAFETY: integers and bytes are all that an ifreq is made of.
        entries.resize_with(entries.capacity(), || unsafe { std::mem::zeroed() });
        let start = if entries.is_empty() { ptr::null_mut() } else { entries.as_mut_ptr() };
        let length = i32::try_from(size_of_val(&entries[..])).unwrap_or(0);
        let ifc_ifcu = libc::__c_anonymous_ifc_ifcu { ifcu_req: start };
        let mut list = libc::ifconf { ifc_len: length, ifc_ifcu };
        // SAFETY: the call takes an ifconf, and writes no more entries than there is room for.
        if unsafe { libc::ioctl(socket.as_raw_fd(), LIST, &raw mut list) } < 0 {
            return Err(io::Error::last_os_error());
        }
        let count = usize::try_from(list.ifc_len).unwrap_or(0) / size_of::<libc::ifreq>();
        entries.reserve_exact(count.saturating_sub(entries.len()));
        entries.truncate(count);
    }
    for entry in &mut entries {
        // SAFETY: the list is of interfaces with a sockaddr_in.
        let address = unsafe { (&raw const entry.ifr_ifru).cast::<libc::sockaddr_in>().read_unaligned() };
        if address.sin_addr.s_addr.to_ne_bytes() == value {
            // SAFETY: the call takes an ifreq with a name, as the list has them, and writes no more than that.
            if unsafe { libc::ioctl(socket.as_raw_fd(), INDEX, ptr::from_mut(entry)) } < 0 {
                return Err(io::Error::last_os_error());
            }
            // SAFETY: that is what the call has written.
            return Ok(unsafe { entry.ifr_ifru.ifru_ifindex }.try_into().ok());
        }
    }
    Ok(None)
}

/// The interface that a value of `IP_MULTICAST_IF` stands for; `None` where none has that address.
#[cfg(not(target_os = "linux"))]
pub(crate) fn multicast_interface_index(_: &Socket, value: [u8; 4]) -> io::Result<Option<u32>> {
    let address = Ipv4Addr::from(value);
    if address.is_unspecified() {
        return Ok(Some(0));
    }
    let interfaces = ipv4_interfaces()?;
    let name = interfaces.iter().find_map(|(name, own)| (*own == address).then_some(name));
    name.map(|name| super::interface_index(name)).transpose()
}

/// The IPv4 addresses of this machine and the names of their interfaces, from getifaddrs(3).
#[cfg(not(target_os = "linux"))]
fn ipv4_interfaces() -> io::Result<Vec<(String, Ipv4Addr)>> {
    let mut list = ptr::null_mut();
    // SAFETY: the list is freed below.
    if unsafe { libc::getifaddrs(&raw mut list) } != 0 {
        return Err(io::Error::last_os_error());
    }
    let mut found = Vec::new();
    let mut next = list;
    // SAFETY: each pointer of the list is null or leads to an entry that lives until freeifaddrs.
    while let Some(entry) = unsafe { next.as_ref() } {
        next = entry.ifa_next;
        // SAFETY: the address is null or a sockaddr of the family that it names.
        let address = unsafe { entry.ifa_addr.as_ref() };
        if address.is_some_and(|address| i32::from(address.sa_family) == libc::AF_INET) {
            // SAFETY: the family says that it is a sockaddr_in.
            let address = unsafe { entry.ifa_addr.cast::<libc::sockaddr_in>().read_unaligned() };
            // SAFETY: an entry's name is a C string.
            let name = unsafe { std::ffi::CStr::from_ptr(entry.ifa_name) }.to_string_lossy().into_owned();
            found.push((name, Ipv4Addr::from(address.sin_addr.s_addr.to_ne_bytes())));
        }
    }
    // SAFETY: getifaddrs has allocated it, and nothing of it is used from here on.
    unsafe { libc::freeifaddrs(list) };
    Ok(found)
}

/// Lets the number that `ancillary` (`SKF_AD_*`) stands for pick one socket of a `SO_REUSEPORT` group.
#[cfg(target_os = "linux")]
pub(crate) fn attach_reuseport_cbpf(socket: &Socket, ancillary: i32) -> io::Result<()> {
    /// Load a word of the packet (or, at negative offsets, about it); return it.
    const LOAD: u32 = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
    const RETURN: u32 = libc::BPF_RET | libc::BPF_A;
    let instruction =
        |code: u32, k: u32| libc::sock_filter { code: code.try_into().unwrap_or_default(), jt: 0, jf: 0, k };
    let offset = u32::from_ne_bytes((libc::SKF_AD_OFF + ancillary).to_ne_bytes());
    let mut filter = [instruction(LOAD, offset), instruction(RETURN, 0)];
    let program = libc::sock_fprog { len: 2, filter: filter.as_mut_ptr() };
    // SAFETY: the program's length and pointer are those of `filter`, which outlives the call.
    unsafe {
        setsockopt(
            socket,
            libc::SOL_SOCKET,
            libc::SO_ATTACH_REUSEPORT_CBPF,
            (&raw const program).cast(),
            size_of_val(&program),
        )
    }
}
