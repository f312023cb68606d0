//! This crate on `ws::Server`: the broadcast, in which each message is encoded once and sent to all clients, the sender among
//! them, and the echo with permessage-deflate.
//!
//! ```sh
//! cargo run --release --bin php-sockets -- 127.0.0.1:9002 broadcast
//! cargo run --release --bin php-sockets -- 127.0.0.1:9002 deflate
//! cargo run --release --bin php-sockets -- 127.0.0.1:9002 echo 2       # on two threads
//! ```
//!
//! The plain echo beside the peers is the crate's example `ws_echo`.

use std::error::Error;

use peers::server::{self, Deflate, Mode};
use php_sockets::ws::{
    deflate::Parameters,
    handshake,
    server::{Callbacks, Server},
};

fn main() -> Result<(), Box<dyn Error>> {
    let server::Arguments { address, mode, deflate, threads, dedicated, .. } = server::arguments();
    let (ip, port) = address.rsplit_once(':').ok_or("the address is IP:PORT, as 127.0.0.1:9002")?;
    let mut handshake = handshake::Server::new();
    if let Some(deflate) = deflate {
        let alone = deflate == Deflate::Alone;
        handshake = handshake.deflate(Parameters {
            server_no_context_takeover: alone,
            client_no_context_takeover: alone,
            ..Parameters::default()
        })?;
    }
    let level = server::LEVEL.try_into()?;
    let server = Server::bind(ip, port.parse()?)?
        .handshake(handshake)
        .config(|config| config.compression_level(level).dedicated_codecs(dedicated).send_buffer_limit(16 << 20));
    let (ip, port) = server.address()?;
    println!("listening on {ip}:{port}");
    Ok(server.threads(threads).run(move || {
        Callbacks::new().onmessage(move |client, message| match mode {
            Mode::Echo => client.send(message),
            Mode::Broadcast => client.broadcast(message),
        })
    })?)
}
