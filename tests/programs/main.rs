//! The examples as their users run them: the programs that `cargo test` has built.
#![cfg(target_os = "linux")]

#[path = "../support/devtools.rs"]
#[cfg(feature = "ws")]
#[expect(dead_code, reason = "the chat room's test uses all of it")]
mod devtools;
#[path = "../support/port.rs"]
#[cfg(all(feature = "poll", feature = "ws"))]
mod port;
#[path = "../support/program.rs"]
mod program;
#[path = "../support/skip.rs"]
mod skip;
#[path = "../support/mod.rs"]
mod support;

mod examples;
mod guide;
mod headers;
#[cfg(feature = "poll")]
mod poll_echo;
#[cfg(all(feature = "poll", feature = "ws"))]
mod shown;
#[cfg(all(feature = "poll", feature = "ws"))]
mod ws_echo;
#[cfg(feature = "ws")]
mod ws_examples;
#[cfg(all(feature = "server", feature = "tls"))]
mod wss_echo;
