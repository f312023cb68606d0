//! How every server of this package is started: `NAME ADDRESS [echo | broadcast | deflate | deflate-alone | tls] [THREADS | dedicated]`, and a
//! first line that ends with its port.

use std::{env, net::SocketAddr};

/// How hard each server compresses that can be told: zlib's usual level.
pub const LEVEL: u32 = 6;

/// What a server does with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Sends it back.
    Echo,
    /// Sends it to all clients, the sender among them.
    Broadcast,
}

/// With permessage-deflate, of the client's and the server's messages alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deflate {
    /// A message may refer to those before it.
    Takeover,
    /// Each message stands alone.
    Alone,
}

pub struct Arguments {
    /// Where to listen, `127.0.0.1:0` unless one is given.
    pub address: String,
    pub mode: Mode,
    pub deflate: Option<Deflate>,
    /// On how many threads; for the one server that can choose.
    pub threads: usize,
    /// With `dedicated_codecs`; for the same.
    pub dedicated: bool,
    /// Over TLS, with the certificate of [`tls`](crate::tls).
    pub tls: bool,
}

pub fn arguments() -> Arguments {
    let mut arguments = env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:0".to_owned());
    let word = arguments.next().unwrap_or_default();
    let mode = if word == "broadcast" { Mode::Broadcast } else { Mode::Echo };
    let deflate = match &*word {
        "deflate" => Some(Deflate::Takeover),
        "deflate-alone" => Some(Deflate::Alone),
        _ => None,
    };
    let more = arguments.next().unwrap_or_default();
    let (threads, dedicated) = (more.parse().unwrap_or(1), more == "dedicated");
    Arguments { address, mode, deflate, threads, dedicated, tls: word == "tls" }
}

/// Says that clients may come.
pub fn announce(address: SocketAddr) {
    println!("listening on {address}");
}
