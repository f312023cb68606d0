use std::time::Duration;

use crate::ws::{Acceptor, Config, Overflow};

/// What a server wants of its clients; [`Server`](super::Server) has a method for each.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) acceptor: Acceptor,
    pub(super) max_connections: usize,
    pub(super) max_per_address: Option<u32>,
    pub(super) max_lifetime: Option<Duration>,
    pub(super) max_newcomers: usize,
    pub(super) max_read: usize,
    pub(super) inbox_limit: usize,
    pub(super) stop_timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        let config = Config::server().send_buffer_limit(1 << 20).overflow(Overflow::Disconnect);
        Self {
            acceptor: Acceptor::new().config(config),
            max_connections: 1_000_000,
            max_per_address: None,
            max_lifetime: None,
            max_newcomers: 64,
            max_read: 1 << 20,
            inbox_limit: 16 << 20,
            stop_timeout: Duration::from_secs(10),
        }
    }
}
