//! `php_sockets::ws`. The table of the numbers in the tests' names is in `tests/project/ws_requirements.rs`.

#[path = "../support/skip.rs"]
mod skip;
#[path = "../support/stream.rs"]
mod stream;
#[path = "../support/mod.rs"]
mod support;

mod bodies;
mod client;
#[cfg(feature = "deflate")]
mod deflate;
mod flow;
mod frames;
mod handshake;
mod opening;
mod protocol;
mod proxy;
mod values;
