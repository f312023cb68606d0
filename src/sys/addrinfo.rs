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

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

    use super::*;

    struct Entry {
        port: i32,
        next: *mut Self,
    }

    #[test]
    fn a_list_is_copied_to_its_end() {
        let mut entries: Vec<Entry> = (0..3).map(|port| Entry { port, next: ptr::null_mut() }).collect();
        let start = entries.as_mut_ptr();
        for place in 0..2 {
            // SAFETY: both entries are there.
            unsafe { (*start.add(place)).next = start.add(place + 1) };
        }
        let copy = |entry: &Entry| (AddrInfo { protocol: entry.port, ..AddrInfo::default() }, entry.next);
        // SAFETY: the entries live until the end of the test.
        let found = unsafe { collect(start, copy) };
        assert_eq!(found.iter().map(|info| info.protocol).collect::<Vec<_>>(), [0, 1, 2]);
        // SAFETY: null is allowed.
        assert!(unsafe { collect(ptr::null_mut(), copy) }.is_empty());
    }

    #[test]
    fn an_address_is_copied_wherever_it_lies() {
        let address = SocketAddr::from(SocketAddrV4::new(Ipv4Addr::new(192, 0, 2, 1), 8001));
        let system = SockAddr::from(address);
        let length = usize::try_from(system.len()).expect("a few bytes");
        // SAFETY: so many bytes are an address.
        let bytes = unsafe { std::slice::from_raw_parts(system.as_ptr().cast::<u8>(), length) };
        for shift in 0..8 {
            let shifted = [&vec![0xff; shift], bytes].concat();
            // SAFETY: the bytes of an address begin there.
            let copied = unsafe { copy_address(shifted[shift..].as_ptr(), length) };
            assert_eq!(copied.and_then(|copied| copied.as_socket()), Some(address));
        }
        // SAFETY: null is allowed, and nothing is read of what is too long.
        let none = unsafe { [copy_address(ptr::null(), length), copy_address(bytes.as_ptr(), 1 << 20)] };
        assert!(none.iter().all(Option::is_none));
    }
}
