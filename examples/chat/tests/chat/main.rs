//! The chat's programs as processes, and what they know without a socket.
#![cfg(target_os = "linux")]

mod abuse;
mod history;
mod operation;
mod restart;
mod rooms;
mod server;
#[path = "../support/mod.rs"]
#[allow(dead_code, reason = "the browser's test uses the rest")]
mod support;
mod terminal;
