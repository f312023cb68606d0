//! Options: the calls, and what is laid out differently from system to system.
#![allow(unsafe_code, reason = "system calls")]

use std::io;
use std::os::windows::io::{AsRawSocket, RawSocket};

use socket2::Socket;

use super::super::option::Plain;

#[link(name = "ws2_32")]
unsafe extern "system" {
    #[link_name = "getsockopt"]
    fn ws_getsockopt(socket: RawSocket, level: i32, option: i32, value: *mut u8, length: *mut i32) -> i32;
    #[link_name = "setsockopt"]
    fn ws_setsockopt(socket: RawSocket, level: i32, option: i32, value: *const u8, length: i32) -> i32;
}

/// getsockopt.
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
    let mut size = i32::try_from(*length).unwrap_or(i32::MAX);
    // SAFETY: the caller keeps the contract.
    if unsafe { ws_getsockopt(socket.as_raw_socket(), level, option, value, &raw mut size) } != 0 {
        return Err(io::Error::last_os_error());
    }
    *length = usize::try_from(size).unwrap_or_default().min(*length);
    Ok(())
}

/// setsockopt.
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
    let length = i32::try_from(length).unwrap_or(i32::MAX);
    // SAFETY: the caller keeps the contract.
    match unsafe { ws_setsockopt(socket.as_raw_socket(), level, option, value, length) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// The value of `SO_LINGER`.
#[repr(C)]
pub(crate) struct Linger {
    onoff: u16,
    seconds: u16,
}

// SAFETY: integers all.
unsafe impl Plain for Linger {}

impl Linger {
    pub(crate) fn new(onoff: u16, seconds: u16) -> Self {
        Self { onoff, seconds }
    }

    pub(crate) fn onoff_and_seconds(&self) -> (i32, i32) {
        (self.onoff.into(), self.seconds.into())
    }
}

/// The value of `SO_RCVTIMEO` and `SO_SNDTIMEO`: milliseconds.
#[repr(transparent)]
pub(crate) struct Timeout(u32);

// SAFETY: integers all.
unsafe impl Plain for Timeout {}

impl Timeout {
    /// `None` where the system's type is too small. A part of a millisecond counts as a whole one, since 0 is for ever.
    pub(crate) fn new(seconds: i64, microseconds: i64) -> Option<Self> {
        let milliseconds = u64::try_from(microseconds).ok()?.div_ceil(1000);
        let milliseconds = u64::try_from(seconds).ok()?.checked_mul(1000)?.checked_add(milliseconds)?;
        Some(Self(milliseconds.try_into().ok()?))
    }

    pub(crate) fn seconds_and_microseconds(&self) -> (i64, i64) {
        (i64::from(self.0 / 1000), i64::from(self.0 % 1000 * 1000))
    }
}

/// The value of `IP_MULTICAST_IF` for an interface: an address of the form 0.x.x.x is its index.
pub(crate) fn multicast_interface(_: &Socket, index: u32) -> io::Result<[u8; 4]> {
    Ok(index.to_be_bytes())
}

/// The interface that a value of `IP_MULTICAST_IF` stands for; `None` for an address.
pub(crate) fn multicast_interface_index(_: &Socket, value: [u8; 4]) -> io::Result<Option<u32>> {
    Ok((value[0] == 0).then(|| u32::from_be_bytes(value)))
}
