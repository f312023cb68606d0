//! An echo server on tokio: its tasks read and write, `Protocol` does the WebSocket.
//!
//! ```sh
//! cargo run --release -p with_tokio                            # 127.0.0.1:9004
//! ```
//!
//! Then: `cargo run --release --example ws_client -- ws://127.0.0.1:9004/`, and type a line. `echo.rs` is what serves a client.

mod echo;

use std::time::Duration;

use tokio::{net::TcpListener, time::sleep};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:9004".into());
    let listener = TcpListener::bind(address).await?;
    println!("listening on ws://{}", listener.local_addr()?);
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(echo::serve(stream))),
            Err(_) => sleep(Duration::from_millis(100)).await, // no descriptor is left: those who leave make room
        }
    }
}
