//! What the functions cost over the system calls: each beside the bare call (through nix, which adds nothing to libc).
//!
//! ```sh
//! cargo bench --bench socket
//! ```
#![allow(missing_docs, reason = "criterion's macros make public functions")]

#[cfg(unix)]
#[path = "socket/unix.rs"]
mod unix;

#[cfg(unix)]
criterion::criterion_main!(unix::benches);

#[cfg(not(unix))]
fn main() {}
