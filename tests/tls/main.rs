//! `wss://`: clients and servers over TLS, blocking, non-blocking and in two halves.

mod certificates;
mod client;
mod driven;
mod halves;
mod handshake;
mod interop;
mod random;
mod server;
#[path = "../support/skip.rs"]
mod skip;
mod support;
