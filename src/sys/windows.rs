//! What the crate needs of Windows beyond the standard library and socket2.
#![allow(unsafe_code, reason = "system calls")]
