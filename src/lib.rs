//! PHP's sockets extension for Rust.

mod address;
mod connection;
mod constants;
mod error;
#[cfg(feature = "poll")]
pub mod poll;
mod select;
mod socket;
mod sys;
mod transfer;
#[cfg(feature = "ws")]
pub mod ws;

pub use connection::*;
pub use constants::*;
pub use error::{Error, Result, socket_clear_error, socket_last_error, socket_strerror};
pub use select::{SocketSet, socket_select};
pub use socket::*;
pub use transfer::*;
