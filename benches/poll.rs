//! What waiting costs: one ready socket among many, and a 64-byte ping-pong beside a bare epoll loop.
//!
//! ```sh
//! cargo bench --bench poll
//! ```
#![allow(missing_docs, reason = "criterion's macros make public functions")]

#[cfg(target_os = "linux")]
#[path = "poll/linux.rs"]
mod linux;

#[cfg(target_os = "linux")]
criterion::criterion_main!(linux::benches);

#[cfg(not(target_os = "linux"))]
fn main() {}
