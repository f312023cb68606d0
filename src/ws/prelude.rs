//! PHP's functions and WebSocket in one line: `use php_sockets::ws::prelude::*`.
//!
//! The two have two names in common, `Error` and `Result`, as std's `io` and `fmt` have. Here they are those of
//! [`ws`](super), into whose error PHP's turns by itself; PHP's stay in reach as `php_sockets::Error`. Two separate globs
//! leave these two ambiguous, and every other name plain: `ws::Result` and `ws::Error` are the words then. One error for
//! both would have each of PHP's functions return what only a connection can fail with, and a second name for either would
//! be a longer word for the same thing.
//!
//! # Examples
//! ```
//! use php_sockets::ws::prelude::*;
//!
//! fn serve(listener: &Socket) -> Result<()> {
//!     let mut connection = Connection::accept(socket_accept(listener)?)?;
//!     let mut buffer = Vec::new();
//!     while let Message::Text(text) = connection.read(&mut buffer)? {
//!         connection.send(text)?;
//!     }
//!     Ok(())
//! }
//!
//! fn main() -> Result<()> {
//!     let listener = socket_create_listen(0, None)?;
//!     let url = format!("ws://127.0.0.1:{}/", socket_getsockname(&listener)?.1);
//!     let server = std::thread::spawn(move || serve(&listener));
//!     let mut connection = Connection::connect(&url)?;
//!     connection.send("你好")?;
//!     assert_eq!(connection.read(&mut Vec::new())?, Message::Text("你好"));
//!     connection.finish()?;
//!     server.join().expect("no panic")
//! }
//! ```
//!
//! The same with two globs:
//! ```
//! use php_sockets::{ws::*, *};
//!
//! fn serve(listener: &Socket) -> ws::Result<()> {
//!     let mut connection = Connection::accept(socket_accept(listener)?)?;
//!     match connection.read(&mut Vec::new()) {
//!         Ok(Message::Close(_)) | Err(ws::Error::Closed) => Ok(()),
//!         Ok(message) => connection.send(message),
//!         Err(error) => Err(error),
//!     }
//! }
//! # let _ = serve;
//! ```

pub use super::{Error, Result};

pub use super::*;
pub use crate::*;
