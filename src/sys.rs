//! The only unsafe code of the crate: what neither the standard library nor socket2 offers safely.
//!
//! One file a platform, with the same function names in each; `addrinfo`, `buffer` and `option` are the same on all of them.

mod addrinfo;
mod buffer;
mod option;
pub(crate) use addrinfo::AddrInfo;
#[cfg(feature = "ws")]
mod text;
#[cfg(feature = "ws")]
pub(crate) use buffer::receive_into;
pub(crate) use buffer::{append, receive, receive_from};
pub(crate) use option::{GroupRequest, GroupSourceRequest, Plain, get_option, set_option};
#[cfg(feature = "ws")]
pub(crate) use text::{ascii, copy_masked, copy_text};

#[cfg(all(feature = "poll", any(target_os = "linux", target_os = "android")))]
pub(crate) mod epoll;
#[cfg(all(feature = "poll", any(test, not(any(target_os = "linux", target_os = "android")))))]
pub(crate) mod polling;

#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub(crate) use unix::*;

#[cfg(windows)]
mod windows;
#[cfg(windows)]
pub(crate) use windows::*;
