//! `wss://`: clients and servers over TLS, blocking, non-blocking and in two halves.

mod certificates;
mod client;
#[path = "../support/devtools.rs"]
#[expect(dead_code, reason = "the chat room's test uses all of it")]
mod devtools;
mod driven;
mod halves;
mod handshake;
mod interop;
#[path = "../support/peer.rs"]
mod peer;
mod random;
#[path = "../support/running.rs"]
mod running;
mod server;
#[path = "../support/skip.rs"]
mod skip;
mod support;
