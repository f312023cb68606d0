//! Real PHP beside this crate: every `NAME.php` of these directories has a Rust port in `NAME.rs`, line for line, and
//! both must print the same, byte for byte. A client and a server talk to each other in all four combinations of PHP and
//! Rust.
//!
//! A pair's known differences are named as data beside its port: the line that PHP prints, the line that this crate
//! prints, and the version of PHP that came to print the same, if there is one. A difference that PHP no longer shows
//! fails the test, as does one that is not listed.
//!
//! A new pair is `TOPIC/NAME.php`, `TOPIC/NAME.rs` and a line in `TOPIC.rs`; a client and a server are `NAME_server.php`,
//! `NAME_client.php` and two functions in one `NAME.rs`. Scripts print what is the same in every run: no port that the system
//! chose, no process number, no time.
//!
//! PHP is Debian's `php-cli` (8.2 or later), and PHP 8.6 as `tools/php86` brings it: each pair runs with both. Without one of
//! them the list at the end of `cargo test` says so; with `CI=true` the tests fail.

#![cfg(target_os = "linux")]

mod constants;
mod coverage;
mod describe;
mod harness;
mod prelude;
mod reflection;
#[path = "../support/skip.rs"]
mod skip;

mod addrinfo;
mod connect;
mod create;
mod errors;
mod message;
mod options;
#[cfg(feature = "poll")]
mod poll;
mod programs;
mod random;
mod select;
mod stream;
mod transfer;
