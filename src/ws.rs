//! WebSocket (RFC 6455) on top of the socket functions.

mod status;

pub mod handshake;

pub use status::Status;
