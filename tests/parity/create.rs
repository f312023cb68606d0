//! Creating and closing sockets.

mod close;
mod flags;
mod listen;
mod pair;
mod types;
