//! Creating and closing sockets.

mod close;
mod exhausted;
mod flags;
mod listen;
mod pair;
mod types;
