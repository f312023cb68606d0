//! How every server of this package is started: `NAME ADDRESS [broadcast]`, and a first line that ends with its port.

use std::{env, net::SocketAddr};

/// What a server does with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Sends it back.
    Echo,
    /// Sends it to all clients, the sender among them.
    Broadcast,
}

/// Returns the address to listen on, `127.0.0.1:0` unless one is given, and the mode.
pub fn arguments() -> (String, Mode) {
    let mut arguments = env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:0".to_owned());
    let mode = if arguments.next().as_deref() == Some("broadcast") { Mode::Broadcast } else { Mode::Echo };
    (address, mode)
}

/// Says that clients may come.
pub fn announce(address: SocketAddr) {
    println!("listening on {address}");
}
