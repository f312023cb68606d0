//! `php_sockets::ws::server`, with clients over real connections.

mod bounds;
mod callbacks;
mod support;
mod threads;
mod topics;
#[cfg(unix)]
mod turns;
