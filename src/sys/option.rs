//! getsockopt(2) and setsockopt(2) with values of any type that is made of integers.
//!
//! The contract of the two calls that each platform has: as many bytes as the length says can be written to the value, or
//! read from it; it is bytes that the option counts; and where they hold pointers for this option, these are valid during
//! the call, and the system keeps none of them. `getsockopt` returns in `length` how many bytes it has written.
#![allow(unsafe_code, reason = "the calls take pointers")]

use std::{io, mem, ptr};

use socket2::{SockAddr, SockAddrStorage, Socket};

use super::{getsockopt, setsockopt};

/// The value of an option, as the system has it.
///
/// # Safety
/// The type is made of integers: any bytes are a value, and none of them is a pointer.
pub(crate) unsafe trait Plain {}

// SAFETY: integers all.
unsafe impl Plain for u8 {}
// SAFETY: integers all.
unsafe impl Plain for i32 {}
// SAFETY: integers all.
unsafe impl Plain for u32 {}
// SAFETY: integers all.
unsafe impl<T: Plain> Plain for [T] {}
// SAFETY: integers all.
unsafe impl<T: Plain, const N: usize> Plain for [T; N] {}

/// Reads an option; the second value is how many bytes the system has written.
pub(crate) fn get_option<T: Plain>(socket: &Socket, level: i32, option: i32) -> io::Result<(T, usize)> {
    // The length of this one counts instructions, not bytes: the system would write beyond the value.
    #[cfg(target_os = "linux")]
    if (level, option) == (libc::SOL_SOCKET, libc::SO_GET_FILTER) {
        return Err(io::Error::from_raw_os_error(libc::ENOPROTOOPT));
    }
    // SAFETY: zeroes are a value of T.
    let mut value: T = unsafe { mem::zeroed() };
    let mut length = size_of::<T>();
    // SAFETY: `length` bytes can be written there, whatever is written is a value of T, and the length is in bytes.
    unsafe { getsockopt(socket, level, option, (&raw mut value).cast(), &mut length) }?;
    Ok((value, length))
}

/// Sets an option.
pub(crate) fn set_option<T: Plain + ?Sized>(socket: &Socket, level: i32, option: i32, value: &T) -> io::Result<()> {
    // SAFETY: that many bytes can be read there, and none of them is a pointer.
    unsafe { setsockopt(socket, level, option, ptr::from_ref(value).cast(), size_of_val(value)) }
}

/// `group_req`: a multicast group, and the interface that joins it.
#[repr(C)]
#[cfg_attr(target_vendor = "apple", repr(packed(4)))]
pub(crate) struct GroupRequest {
    interface: u32,
    group: SockAddrStorage,
}

// SAFETY: integers all.
unsafe impl Plain for GroupRequest {}

impl GroupRequest {
    pub(crate) fn new(interface: u32, group: SockAddr) -> Self {
        Self { interface, group: group.as_storage() }
    }
}

/// `group_source_req`: a group, one of its senders, and the interface.
#[repr(C)]
#[cfg_attr(target_vendor = "apple", repr(packed(4)))]
pub(crate) struct GroupSourceRequest {
    interface: u32,
    group: SockAddrStorage,
    source: SockAddrStorage,
}

// SAFETY: integers all.
unsafe impl Plain for GroupSourceRequest {}

impl GroupSourceRequest {
    pub(crate) fn new(interface: u32, group: SockAddr, source: SockAddr) -> Self {
        Self { interface, group: group.as_storage(), source: source.as_storage() }
    }
}
