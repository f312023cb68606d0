//! This crate's broadcast on `ws::Server`: each message is encoded once and sent to all clients, the sender among them.
//!
//! ```sh
//! cargo run --release --bin php-sockets -- 127.0.0.1:9002
//! ```
//!
//! The echo beside the peers is the crate's example `ws_echo`.

use std::error::Error;

use php_sockets::ws::server::{Callbacks, Server};

fn main() -> Result<(), Box<dyn Error>> {
    let (address, _) = peers::server::arguments();
    let (ip, port) = address.rsplit_once(':').ok_or("the address is IP:PORT, as 127.0.0.1:9002")?;
    let server = Server::bind(ip, port.parse()?)?.config(|config| config.send_buffer_limit(16 << 20));
    let (ip, port) = server.address()?;
    println!("listening on {ip}:{port}");
    Ok(server.run(Callbacks::<()>::new().onmessage(|client, message| client.broadcast(message)))?)
}
