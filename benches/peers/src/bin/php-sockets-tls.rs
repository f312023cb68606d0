//! This crate's `ws::Server` over TLS: an echo with the limits of the example `ws_echo`.
//!
//! ```sh
//! cargo run --release --features tls --bin php-sockets-tls -- 127.0.0.1:9002 tls
//! ```

use std::error::Error;

use peers::{server, tls};
use php_sockets::ws::server::{Callbacks, Server};

fn main() -> Result<(), Box<dyn Error>> {
    let address = server::arguments().address;
    let (ip, port) = address.rsplit_once(':').ok_or("the address is IP:PORT, as 127.0.0.1:9002")?;
    let server = Server::bind(ip, port.parse()?)?
        .tls(tls::server_config()?)
        .config(|config| config.max_message(64 << 20).send_buffer_limit(65 << 20));
    let (ip, port) = server.address()?;
    println!("listening on {ip}:{port}");
    Ok(server.run(Callbacks::new().onmessage(|client, message| client.send(message)))?)
}
