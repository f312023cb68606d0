//! From a host's name to a connected socket: the name is looked up, its addresses are tried. One deadline holds over all of
//! it, and a WebSocket that is closed meanwhile ends it at once. The sockets are non-blocking.

mod happy_eyeballs;
mod lookup;
mod wait;

pub(super) use wait::Wait;

use super::Result;
use crate::Socket;

/// Connects to a host.
pub(super) fn connect(host: &str, port: u16, wait: &Wait) -> Result<Socket> {
    happy_eyeballs::connect(&lookup::lookup(host, port, wait)?, wait)
}
