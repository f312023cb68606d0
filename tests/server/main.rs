//! `php_sockets::ws::server`, with clients over real connections.

#[path = "../support/skip.rs"]
mod skip;

/// Of six tests; all have to do with clients that do not read or are not read.
const NOT_SERVED: &str = "it fails or hangs under Wine 8; whether on Windows is not known";

mod attack;
mod bounds;
mod callbacks;
mod clients;
mod fairness;
#[cfg(target_os = "linux")]
mod proxy;
#[cfg(unix)]
mod restart;
#[path = "../support/running.rs"]
mod running;
#[cfg(target_os = "linux")] // the processor time of a thread is read in /proc
mod sleeping;
mod support;
mod threads;
mod topics;
#[cfg(unix)]
mod turns;
