// The README's programmes use the features, so it is the documentation only where they are on.
#![cfg_attr(all(feature = "poll", feature = "ws"), doc = include_str!("../README.md"))]
#![cfg_attr(not(all(feature = "poll", feature = "ws")), doc = "PHP's sockets extension for Rust.")]

mod address;
mod addrinfo;
mod connection;
mod constants;
#[cfg(unix)]
mod conversion;
#[cfg(any(doc, doctest))]
#[doc = include_str!("../docs/deviations.md")]
pub mod deviations {}
mod error;
mod interface;
#[cfg(unix)]
mod message;
mod options;
#[cfg(feature = "poll")]
pub mod poll;
#[cfg(any(doc, doctest))] // documentation only, and no name for `use php_sockets::*`
pub mod porting;
mod select;
mod socket;
mod sys;
mod transfer;
#[cfg(feature = "ws")]
pub mod ws;

pub use addrinfo::*;
pub use connection::*;
pub use constants::*;
pub use error::{Error, Result, socket_strerror};
pub use interface::{In6PktInfo, InPktInfo, Interface, Timespec, Ucred};
#[cfg(unix)]
pub use message::*;
pub use options::*;
pub use select::{HasSocket, OptionalSet, SocketSet, socket_select};
pub use socket::*;
pub use transfer::*;
