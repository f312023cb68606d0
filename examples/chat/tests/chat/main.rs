//! The chat's programs as processes, and what they know without a socket.
#![cfg(target_os = "linux")]

mod abuse;
mod crowd;
mod history;
#[cfg(feature = "redis")]
mod machines;
mod operation;
#[cfg(feature = "redis")]
#[allow(dead_code, reason = "the browser's test uses the rest")]
mod redis;
mod restart;
mod rooms;
mod server;
#[cfg(feature = "redis")]
#[path = "../../../../tests/support/skip.rs"]
mod skip;
#[path = "../support/mod.rs"]
#[allow(dead_code, reason = "the browser's test uses the rest")]
mod support;
mod terminal;
