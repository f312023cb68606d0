//! Ports for what cannot be given port 0.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU32, Ordering};

/// Returns a port that is free, and that nobody else is given before it is used, or used again: the system takes those of
/// port 0 and those of clients from 32768 on.
pub(crate) fn own_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = || std::process::id().wrapping_mul(16).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % 10_000;
    let ports = std::iter::repeat_with(|| u16::try_from(20_000 + number()).expect("below 30,000"));
    ports.take(10_000).find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).expect("one is free")
}
