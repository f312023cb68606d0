//! PHP's functions and WebSocket in one line: `use php_sockets::ws::prelude::*`.
//!
//! The two have three names in common, which two separate globs would leave ambiguous: `Error`, `Result` and `Message`. Here
//! they are those of [`ws`](super), into whose error PHP's turns by itself; PHP's stay in reach as `php_sockets::Error`.
//!
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

pub use super::{Error, Message, Result};

pub use super::*;
pub use crate::*;
