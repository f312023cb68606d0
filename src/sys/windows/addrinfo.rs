//! Name lookup with `GetAddrInfoW`.
#![allow(unsafe_code, reason = "system calls")]

use std::net::{Ipv4Addr, UdpSocket};
use std::sync::Once;
use std::{ptr, slice};

use super::super::addrinfo::{AddrInfo, collect, copy_address};

/// ADDRINFOW.
#[repr(C)]
struct Raw {
    flags: i32,
    family: i32,
    socktype: i32,
    protocol: i32,
    address_length: usize,
    canonname: *const u16,
    address: *const u8,
    next: *mut Self,
}

#[link(name = "ws2_32")]
unsafe extern "system" {
    fn GetAddrInfoW(host: *const u16, service: *const u16, hints: *const Raw, list: *mut *mut Raw) -> i32;
    fn FreeAddrInfoW(list: *mut Raw);
}

/// Looks up a host and a service; an error is one of the `EAI_*` numbers.
pub(crate) fn getaddrinfo(host: &str, service: Option<&str>, hints: &AddrInfo) -> Result<Vec<AddrInfo>, i32> {
    start_winsock();
    let host = wide(host).ok_or(crate::EAI_NONAME)?;
    let service = service.map(|service| wide(service).ok_or(crate::EAI_SERVICE)).transpose()?;
    let request = Raw {
        flags: hints.flags,
        family: hints.family,
        socktype: hints.socktype,
        protocol: hints.protocol,
        address_length: 0,
        canonname: ptr::null(),
        address: ptr::null(),
        next: ptr::null_mut(),
    };
    let mut list = ptr::null_mut();
    let service = service.as_ref().map_or(ptr::null(), |service| service.as_ptr());
    // SAFETY: the strings end with a NUL, the hints are initialised, and the list is freed below.
    let code = unsafe { GetAddrInfoW(host.as_ptr(), service, &raw const request, &raw mut list) };
    if code != 0 {
        return Err(code);
    }
    // SAFETY: each entry is one that GetAddrInfoW has made, and lives until FreeAddrInfoW; so does what it points to.
    let found = unsafe {
        collect(list, |info| {
            let found = AddrInfo {
                flags: info.flags,
                family: info.family,
                socktype: info.socktype,
                protocol: info.protocol,
                address: copy_address(info.address, info.address_length),
                canonname: text(info.canonname),
            };
            (found, info.next)
        })
    };
    // SAFETY: GetAddrInfoW has allocated it, and nothing of it is used from here on.
    unsafe { FreeAddrInfoW(list) };
    Ok(found)
}

/// The standard library starts Winsock with its first socket.
fn start_winsock() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| drop(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))));
}

/// Turns text into UTF-16 with a NUL at its end; `None` for text with a NUL in it.
fn wide(text: &str) -> Option<Vec<u16>> {
    (!text.contains('\0')).then(|| text.encode_utf16().chain([0]).collect())
}

/// Reads UTF-16 text.
///
/// # Safety
/// `start` is null, or leads to text with a NUL at its end.
unsafe fn text(start: *const u16) -> Option<String> {
    if start.is_null() {
        return None;
    }
    // SAFETY: there is a NUL, and every unit before it can be read.
    let length = (0..).take_while(|&index| unsafe { start.add(index).read() } != 0).count();
    // SAFETY: so many units can be read.
    Some(String::from_utf16_lossy(unsafe { slice::from_raw_parts(start, length) }))
}
