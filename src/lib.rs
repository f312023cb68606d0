//! PHP's sockets extension for Rust.

#[cfg(feature = "ws")]
pub mod ws;
