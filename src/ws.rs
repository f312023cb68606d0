//! WebSocket (RFC 6455) on top of the socket functions.
//!
//! # In scope
//! - The opening handshake of servers and clients, with origin policy, subprotocols and limits.
//! - Framing, masking, UTF-8, fragmentation, control frames, the closing handshake, deadlines and keepalive.
//! - permessage-deflate (RFC 7692), with the feature `deflate`.
//! - Blocking and non-blocking connections over any [`Stream`]: whatever reads and writes.
//!
//! # Out of scope
//! - TLS: pass a TLS stream; the examples show rustls.
//! - HTTP beyond the handshake: a plain request is handed to the application as it came.
//! - WebSocket over HTTP/2 and HTTP/3 (RFC 8441, RFC 9220).
//!
//! # Layers
//! 1. Without I/O: [`FrameHeader`], [`mask`], [`Protocol`].
//! 2. [`Connection`] over a socket or any other stream.
//! 3. [`WebSocket`], the browser's API.

mod backoff;
mod buffer;
mod client;
mod close;
mod config;
mod connection;
pub mod deflate;
mod dial;
mod error;
mod exchange;
mod frame;
pub mod handshake;
mod incoming;
pub mod mask;
mod message;
mod partial;
mod pool;
mod prepared;
mod protocol;
mod received;
mod receiver;
mod sender;
#[cfg(feature = "server")]
pub mod server;
mod spare;
mod status;
mod stream;
mod timers;
mod transport;
mod utf8;

pub use backoff::Backoff;
pub use client::{CloseEvent, Data, MessageEvent, ReadyState, WebSocket};
pub use close::{CloseCode, CloseFrame};
pub use config::{Config, Overflow, Role};
pub use connection::{Acceptor, Connection, Connector, Opening, Reader, Upgrade, Writer};
pub use error::{Error, ProtocolError, ProxyError, Result, Timeout, Unsendable};
pub use frame::{EncodedHeader, FrameHeader, OpCode};
pub use message::Message;
pub use prepared::Prepared;
pub use protocol::Protocol;
#[cfg(feature = "server")]
pub use server::Server;
pub use status::Status;
pub use stream::{ReadWrite, Stream};
pub use transport::Transport;
