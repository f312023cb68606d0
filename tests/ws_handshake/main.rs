//! The opening handshake against a strict reading of RFC 6455 and RFC 7692, and against hostile peers.
//!
//! | What | Where |
//! |---|---|
//! | MUST 1 to 17: what a server checks and answers | `server.rs`, `must_NN_...` |
//! | MUST 18, 21 to 24, 26 to 32: what a client sends and checks | `client.rs`, `must_NN_...` |
//! | MUST 75 to 77, 80, 81: extensions and the parameters of permessage-deflate | `extensions.rs`, `must_NN_...` |
//! | S1 to S7, S19, S29: attacks, each with its bounds of time | `attacks.rs`, `sNN_...` |
//! | every prefix of a head is incomplete, every split gives the same | `splits.rs` |
//!
//! MUST 19 (one connection at a time to a host) is the application's and stands in the documentation; 20 (TLS) is in
//! `ws_examples.rs`; 25 (no data before the response) and the deadlines of S2 are in `ws_opening.rs`.

#![cfg(feature = "ws")]

mod attacks;
mod client;
mod exchange;
mod extensions;
mod server;
mod splits;
