// The front page's programs use these features.
#![cfg_attr(feature = "server", doc = include_str!("../docs/front.md"))]
#![cfg_attr(not(feature = "server"), doc = "PHP's sockets extension for Rust.")]

mod address;
mod addrinfo;
mod connection;
pub mod constants;
#[cfg(unix)]
mod conversion;
mod error;
#[cfg(any(doc, doctest))]
pub mod guide;
mod interface;
#[cfg(unix)]
mod message;
mod options;
#[cfg(feature = "poll")]
pub mod poll;
mod select;
mod socket;
mod sync;
mod sys;
mod transfer;
#[cfg(feature = "ws")]
pub mod ws;

pub use addrinfo::*;
pub use connection::*;
#[doc(no_inline)]
pub use constants::*;
pub use error::{Error, Result, socket_strerror};
pub use interface::{In6PktInfo, InPktInfo, Interface, Timespec, Ucred};
#[cfg(unix)]
pub use message::*;
pub use options::*;
pub use select::{HasSocket, OptionalSet, SocketSet, socket_select};
pub use socket::*;
pub use transfer::*;
