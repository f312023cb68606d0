//! Other WebSocket implementations, and the suite that tests them all.

#[path = "../support/port.rs"]
#[cfg(any(all(feature = "deflate", feature = "poll", unix), all(feature = "server", target_os = "linux")))]
mod port;
#[path = "../support/skip.rs"]
mod skip;

#[cfg(all(feature = "deflate", feature = "poll", unix))]
mod autobahn;
#[cfg(all(feature = "deflate", feature = "server", feature = "tls", unix))]
mod autobahn_tls;
mod libraries;
#[path = "../support/peer.rs"]
mod peer;
mod proxies;
#[cfg(all(feature = "deflate", feature = "server", feature = "tls", unix))]
#[path = "../support/running.rs"]
mod running;
#[cfg(all(feature = "deflate", feature = "server", feature = "tls", unix))]
mod tunnel;
