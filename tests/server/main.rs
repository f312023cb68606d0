//! `php_sockets::ws::server`, with clients over real connections.

mod attack;
mod bodies;
mod bounds;
mod callbacks;
mod clients;
mod fairness;
mod later;
#[cfg(target_os = "linux")]
mod proxy;
mod requests;
#[cfg(unix)]
mod restart;
#[path = "../support/running.rs"]
mod running;
#[cfg(target_os = "linux")] // the processor time of a thread is read in /proc
mod sleeping;
mod support;
mod terminate;
mod threads;
mod topics;
#[cfg(unix)]
mod turns;
mod wakes;
