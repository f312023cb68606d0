#[cfg(feature = "tls")]
use std::sync::Arc;
use std::time::Duration;

use super::proxy::Proxies;
#[cfg(feature = "tls")]
use crate::ws::tls::rustls::ServerConfig;
use crate::{
    Socket,
    ws::{Acceptor, Config, Overflow, Transport, WebSocketError},
};

/// What a server wants of its clients; [`Server`](super::Server) has a method for each.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) config: Config,
    pub(super) acceptor: Acceptor,
    #[cfg(feature = "tls")]
    pub(super) tls: Option<Arc<ServerConfig>>,
    pub(super) handshake_timeout: Option<Duration>,
    /// Who speaks for others.
    pub(super) proxies: Option<Proxies>,
    /// The same, by a header field of each request.
    pub(super) forwarders: Option<Proxies>,
    pub(super) max_connections: usize,
    pub(super) max_per_address: Option<u32>,
    pub(super) shares_listener: bool,
    pub(super) keeps_requests: bool,
    pub(super) max_lifetime: Option<Duration>,
    pub(super) max_topics: usize,
    pub(super) max_accepts_per_turn: usize,
    pub(super) max_read_per_turn: usize,
    pub(super) inbox_limit: usize,
    pub(super) answer_limit: usize,
    pub(super) stop_timeout: Option<Duration>,
}

impl Default for Settings {
    fn default() -> Self {
        let config = Config::server().max_message(1 << 20).send_buffer_limit(1 << 20).overflow(Overflow::Disconnect);
        Self {
            acceptor: Acceptor::new().config(config.clone()),
            config,
            #[cfg(feature = "tls")]
            tls: None,
            handshake_timeout: Some(Duration::from_secs(10)),
            proxies: None,
            forwarders: None,
            max_connections: 1_000_000,
            max_per_address: None,
            shares_listener: false,
            keeps_requests: false,
            max_lifetime: None,
            max_topics: 10_000,
            max_accepts_per_turn: 64,
            max_read_per_turn: 1 << 20,
            inbox_limit: 16 << 20,
            answer_limit: 64 << 20,
            stop_timeout: Some(Duration::from_secs(10)),
        }
    }
}

impl Settings {
    /// Says whether it matters where a connection comes from.
    pub(super) fn wants_address(&self) -> bool {
        self.max_per_address.is_some() || self.proxies.is_some()
    }

    /// Makes what a client's connection runs over.
    #[cfg(feature = "tls")]
    pub(super) fn transport(&self, socket: Socket) -> Result<Transport, WebSocketError> {
        match &self.tls {
            Some(config) => Transport::tls_server(socket, Arc::clone(config)),
            None => Ok(socket.into()),
        }
    }

    #[cfg(not(feature = "tls"))]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "as with TLS")]
    pub(super) fn transport(&self, socket: Socket) -> Result<Transport, WebSocketError> {
        Ok(socket.into())
    }
}
