//! Other WebSocket implementations, and the suite that tests them all.

#[path = "../support/skip.rs"]
mod skip;

#[cfg(all(feature = "deflate", feature = "poll", unix))]
mod autobahn;
mod libraries;
mod proxies;
