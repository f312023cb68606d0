//! This crate's protocol without I/O on tokio: the connection of `examples/tokio`, in a runtime of one thread as the others'.
//!
//! ```sh
//! cargo run --release --bin php-sockets-tokio -- 127.0.0.1:9002
//! ```

#[path = "../../../../examples/tokio/src/echo.rs"]
mod echo;

use std::error::Error;

use peers::server;
use tokio::net::TcpListener;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let server::Arguments { address, .. } = server::arguments();
    let listener = TcpListener::bind(address).await?;
    server::announce(listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(echo::serve(stream));
    }
}
