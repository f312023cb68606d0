//! The opening handshake against a strict reading of RFC 6455 and RFC 7692, and against hostile peers.
//!
//! The table of all numbers is in `tests/project/ws_requirements.rs`.

mod attacks;
mod client;
mod exchange;
mod extensions;
mod server;
mod splits;
