//! PHP's sockets extension for Rust.

mod constants;
#[cfg(feature = "ws")]
pub mod ws;

pub use constants::*;
