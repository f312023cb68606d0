//! yawc as its documentation's server example uses it, with hyper, in a runtime of one thread.
//!
//! ```sh
//! cargo run --release --bin yawc -- 127.0.0.1:9002
//! cargo run --release --bin yawc -- 127.0.0.1:9002 deflate
//! ```
//!
//! It echoes only.

use std::error::Error;

use futures_util::{SinkExt, StreamExt};
use http_body_util::Empty;
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use peers::server::{self, Deflate};
use tokio::net::TcpListener;
use yawc::{CompressionLevel, Options, UpgradeFut, WebSocket, frame::OpCode};

/// As much as the others take.
const MOST: usize = 64 << 20;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let server::Arguments { address, deflate, .. } = server::arguments();
    let options = Options::default().with_limits(MOST, 2 * MOST).with_utf8().with_no_delay();
    let options = match deflate {
        None => options.without_compression(),
        Some(Deflate::Takeover) => options.with_compression_level(CompressionLevel::new(server::LEVEL)),
        Some(Deflate::Alone) => options
            .with_compression_level(CompressionLevel::new(server::LEVEL))
            .server_no_context_takeover()
            .client_no_context_takeover(),
    };
    let listener = TcpListener::bind(address).await?;
    server::announce(listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let options = options.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| handshake(request, options.clone()));
            // An error is the client's leaving, here and below.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades().await;
        });
    }
}

async fn handshake(mut request: Request<Incoming>, options: Options) -> yawc::Result<Response<Empty<Bytes>>> {
    let (response, websocket) = WebSocket::upgrade_with_options(&mut request, options)?;
    tokio::spawn(async move { _ = echo(websocket).await });
    Ok(response)
}

async fn echo(websocket: UpgradeFut) -> yawc::Result<()> {
    let mut websocket = websocket.await?;
    while let Some(frame) = websocket.next().await {
        if matches!(frame.opcode(), OpCode::Text | OpCode::Binary) {
            websocket.send(frame).await?;
        }
    }
    Ok(())
}
