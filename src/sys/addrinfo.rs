//! What a lookup of names is asked for and finds, and how its list is gone through.
#![allow(unsafe_code, reason = "a list of the system, linked by pointers")]

use std::ptr;

use socket2::{SockAddr, SockAddrStorage};

/// One result of a lookup, or what is asked of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct AddrInfo {
    pub(crate) flags: i32,
    pub(crate) family: i32,
    pub(crate) socktype: i32,
    pub(crate) protocol: i32,
    pub(crate) address: Option<SockAddr>,
    pub(crate) canonname: Option<String>,
}

/// Copies each entry of the list that begins with `next`; `copy` returns the copy and the next entry.
///
/// # Safety
/// `next`, and each pointer that `copy` returns, is null or leads to an entry that lives until this returns.
pub(super) unsafe fn collect<Raw>(mut next: *mut Raw, copy: impl Fn(&Raw) -> (AddrInfo, *mut Raw)) -> Vec<AddrInfo> {
    let mut found = Vec::new();
    // SAFETY: the caller's promise.
    while let Some(entry) = unsafe { next.as_ref() } {
        let (info, following) = copy(entry);
        found.push(info);
        next = following;
    }
    found
}

/// Copies an address; `None` for one that is null or too long.
///
/// # Safety
/// `start` is null, or leads to `length` bytes that are an address of the family that they name.
pub(super) unsafe fn copy_address(start: *const u8, length: usize) -> Option<SockAddr> {
    let mut storage = SockAddrStorage::zeroed();
    if start.is_null() || length > size_of_val(&storage) {
        return None;
    }
    let size = length.try_into().ok()?;
    // SAFETY: the bytes are readable and fit into the storage; the two do not overlap.
    unsafe { ptr::copy_nonoverlapping(start, (&raw mut storage).cast(), length) };
    // SAFETY: the bytes and the length are those of an address.
    Some(unsafe { SockAddr::new(storage, size) })
}
