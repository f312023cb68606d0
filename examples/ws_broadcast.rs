//! Everybody hears everybody: twelve lines, any number of clients, those dropped who read too slowly.
//!
//! ```sh
//! cargo run --release --example ws_broadcast                   # 127.0.0.1:8080
//! ```
//!
//! Then, in two or more terminals: `cargo run --release --example ws_client -- ws://127.0.0.1:8080/`.

use php_sockets::ws::{
    Result,
    server::{Callbacks, Server},
};

fn main() -> Result<()> {
    let chat = Callbacks::<()>::new()
        .onopen(|client| client.broadcast("joined"))
        .onmessage(|client, message| client.broadcast(message))
        .onclose(|client, _| client.broadcast("left"));
    Server::bind("127.0.0.1", 8080)?.run(chat)
}
