//! From a host's name to a connected socket: the name is looked up, its addresses are tried, a proxy is asked. One deadline
//! holds over all of it, and a WebSocket that is closed meanwhile ends it at once. The sockets are non-blocking.

mod environment;
mod happy_eyeballs;
mod lookup;
mod proxy;
mod wait;

pub(super) use proxy::Proxy;
pub(super) use wait::Wait;

use super::{WebSocketError, handshake::Url};
use crate::Socket;

/// By which way a host is reached.
#[derive(Debug, Clone, Default)]
pub(super) enum Route {
    #[default]
    Direct,
    Proxy(Proxy),
    /// By the proxy that the environment names, if it names one.
    Environment,
}

impl Route {
    /// Connects to a URL's host.
    pub(super) fn connect(&self, url: &Url, wait: &Wait) -> Result<Socket, WebSocketError> {
        let found;
        let proxy = match self {
            Self::Direct => None,
            Self::Proxy(proxy) => Some(proxy),
            Self::Environment => {
                found = environment::proxy(url, |name| std::env::var(name).ok())?;
                found.as_ref()
            }
        };
        match proxy {
            Some(proxy) => proxy.connect(url.host(), url.port(), wait),
            None => connect_directly(url.host(), url.port(), wait),
        }
    }
}

fn connect_directly(host: &str, port: u16, wait: &Wait) -> Result<Socket, WebSocketError> {
    happy_eyeballs::connect(&lookup::lookup(host, port, wait)?, wait)
}
