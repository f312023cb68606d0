//! A WebSocket echo server: thousands of connections, messages of up to 64 MiB, text stays text.
//!
//! ```sh
//! cargo run --release --example ws_echo                                # 127.0.0.1:9002
//! cargo run --release --features deflate --example ws_echo -- 127.0.0.1:9000
//! cargo run --release --example ws_echo -- 127.0.0.1:9002 4            # on four threads
//! ```
//!
//! Then: `cargo run --release --example ws_client -- ws://127.0.0.1:9002/`, and type a line. `ws_poll` is the same server
//! with its loop written by hand.

mod support;

use std::{error::Error, process::ExitCode};

use php_sockets::ws::{
    handshake,
    server::{Callbacks, Server},
};
use support::Arguments;

fn main() -> ExitCode {
    support::run(include_str!("ws_echo.rs"), serve)
}

fn serve(arguments: &mut Arguments) -> Result<(), Box<dyn Error>> {
    // As many connections as the system allows.
    rlimit::increase_nofile_limit(u64::MAX)?;
    let [address, threads] = arguments.values()?;
    let (ip, port) = arguments.address_of(address, "127.0.0.1:9002")?;
    let threads = threads.map_or(Ok(1), |threads| threads.to_string_lossy().parse());
    let threads = threads.map_err(|_| "how many threads there are to be is a number")?;

    let handshake = handshake::Server::new();
    #[cfg(feature = "deflate")]
    let handshake = handshake.deflate(php_sockets::ws::deflate::Parameters::default())?;
    let server = Server::bind(&ip, port)?.handshake(handshake);
    let server = server.config(|config| config.max_message(64 << 20).send_buffer_limit(65 << 20));
    let server = support::announce(server)?;
    Ok(server.threads(threads).run(|| Callbacks::new().onmessage(|client, message| client.send(message)))?)
}
