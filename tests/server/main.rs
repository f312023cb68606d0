//! `php_sockets::ws::server`, with clients over real connections.

mod attack;
mod bounds;
mod callbacks;
mod clients;
mod fairness;
#[cfg(target_os = "linux")]
mod proxy;
mod sleeping;
mod support;
mod threads;
mod topics;
#[cfg(unix)]
mod turns;
