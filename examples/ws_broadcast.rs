//! Every message goes to all clients; those that read too slowly are dropped.
//!
//! ```sh
//! cargo run --release --example ws_broadcast                   # 127.0.0.1:8080
//! ```
//!
//! Then, in two or more terminals: `cargo run --release --example ws_client -- ws://127.0.0.1:8080/`.

mod support;

use std::process::ExitCode;

use php_sockets::ws::server::{Callbacks, Server};

fn main() -> ExitCode {
    support::run(include_str!("ws_broadcast.rs"), |arguments| {
        let (ip, port) = arguments.address("127.0.0.1:8080")?;
        let chat = Callbacks::new()
            .onopen(|client| client.broadcast("joined"))
            .onmessage(|client, message| client.broadcast(message))
            .onclose(|client, _| client.broadcast("left"));
        Ok(support::announce(Server::bind(&ip, port)?)?.run(chat)?)
    })
}
