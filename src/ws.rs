//! WebSocket (RFC 6455) on top of the socket functions.
//!
//! # In scope
//! - The opening handshake of servers and clients, with origin policy, subprotocols and limits.
//! - Framing, masking, UTF-8, fragmentation, control frames, the closing handshake, deadlines and keepalive.
//! - permessage-deflate (RFC 7692), with the feature `deflate`.
//! - TLS, with the feature `tls`: `wss://` for clients and servers.
//! - Blocking and non-blocking connections over any [`Stream`]: whatever reads and writes.
//!
//! # Out of scope
//! - HTTP beyond the handshake: a plain request is handed to the application as it came.
//! - WebSocket over HTTP/2 and HTTP/3 (RFC 8441, RFC 9220).
//!
//! # Layers
//! 1. Without I/O: [`FrameHeader`], [`mask`], [`Protocol`].
//! 2. [`Connection`] over a socket or any other stream.
//! 3. [`WebSocket`], the browser's API.
//! 4. `server`: many clients.
//!
//! # Examples
//! A thread for each connection:
//! ```no_run
//! use php_sockets::{ws::*, *};
//! use std::{thread, time::Duration};
//!
//! fn main() -> Result<()> {
//!     let server = socket_create_listen(9002, None)?;
//!     loop {
//!         if accept(&server).is_err() {
//!             thread::sleep(Duration::from_millis(100)); // no descriptor or thread is left: those who leave make room
//!         }
//!     }
//! }
//!
//! fn accept(server: &Socket) -> Result<(), Box<dyn std::error::Error>> {
//!     let socket = socket_accept(server)?;
//!     thread::Builder::new().spawn(|| echo(socket))?;
//!     Ok(())
//! }
//!
//! fn echo(socket: Socket) -> Result<(), WebSocketError> {
//!     let mut connection = Connection::accept(socket)?;
//!     let mut buffer = Vec::new();
//!     loop {
//!         match connection.read(&mut buffer)? {
//!             Message::Close(_) => return Ok(()),
//!             message => connection.send(message)?,
//!         }
//!     }
//! }
//! ```

mod backoff;
mod client;
mod close;
mod config;
mod connection;
mod decoder;
pub mod deflate;
mod dial;
mod encoder;
mod error;
mod exchange;
mod frame;
pub mod handshake;
mod inbound;
mod interest;
pub mod mask;
mod memory;
mod message;
mod partial;
mod prepared;
mod protocol;
#[cfg(feature = "server")]
pub mod server;
mod stream;
mod timers;
#[cfg(feature = "tls")]
pub mod tls;
mod transport;
mod utf8;

pub use backoff::Backoff;
pub use client::{CloseEvent, Data, MessageEvent, ReadyState, WebSocket};
pub use close::{CloseCode, CloseFrame};
pub use config::{Config, Overflow, Role};
pub use connection::{Acceptor, Connection, Connector, Opening, Reader, Upgrade, Writer};
pub use error::{ProtocolError, ProxyError, Timeout, Unsendable, WebSocketError};
pub use frame::{EncodedHeader, FrameHeader, Opcode, Status};
pub use interest::Interest;
pub use message::{Message, Part};
pub use prepared::Prepared;
pub use protocol::Protocol;
#[cfg(feature = "server")]
pub use server::Server;
pub use stream::{ReadWrite, Stream};
pub use transport::Transport;
