//! A page by axum, and a WebSocket on a connection that axum has upgraded: `Protocol` takes it over.
//!
//! ```sh
//! cargo run --release -p with_axum                             # then open http://127.0.0.1:9005
//! ```
//!
//! Or: `cargo run --release --example ws_client -- ws://127.0.0.1:9005/ws`, and type a line.

use std::time::{Duration, Instant};

use axum::{Router, body::Body, extract::Request, response::Html, response::Response, routing::get};
use hyper_util::rt::TokioIo;
use php_sockets::ws::{Config, Protocol, Role, WebSocketError, handshake};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{interval, timeout};

const PAGE: &str = "<!DOCTYPE html><script>const ws = new WebSocket(`ws://${location.host}/ws`);\
ws.onopen = () => ws.send('你好'); ws.onmessage = event => document.body.append(event.data)</script><body>";

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:9005".into());
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("listening on ws://{}", listener.local_addr()?);
    axum::serve(listener, Router::new().route("/", get(Html(PAGE))).route("/ws", get(upgrade))).await
}

async fn upgrade(mut request: Request) -> Response {
    let asked = handshake::Request::new(request.method(), request.uri().to_string(), request.headers());
    let decision = asked.and_then(|asked| handshake::Server::new().accept(&asked));
    let answer = decision.as_ref().map_or_else(|error| error.response(), |(answer, _)| answer.clone());
    let response = answer
        .headers()
        .fold(Response::builder().status(answer.status()), |all, (name, value)| all.header(name, value));
    if let Ok((_, negotiated)) = decision {
        let protocol = Protocol::negotiated(Role::Server, Config::server(), negotiated);
        let upgraded = hyper::upgrade::on(&mut request);
        tokio::spawn(
            async move { echo(TokioIo::new(upgraded.await.map_err(|_| WebSocketError::Closed)?), protocol).await },
        );
    }
    response.body(Body::from(answer.body().to_vec())).unwrap_or_default()
}

async fn echo(mut stream: impl AsyncRead + AsyncWrite + Unpin, mut protocol: Protocol) -> Result<(), WebSocketError> {
    let (mut buffer, mut second) = (Vec::new(), interval(Duration::from_secs(1)));
    let (mut result, mut space) = (Ok(()), vec![0; 16 << 10]);
    loop {
        while let (Ok(()), Some(message)) = (&result, protocol.next(&mut buffer).unwrap_or(None)) {
            result = if message.is_data() { protocol.send(message) } else { Ok(()) };
        }
        let written = timeout(Duration::from_secs(60), stream.write_all(protocol.output())).await;
        written.map_err(|_| WebSocketError::Closed)??;
        protocol.written(protocol.output().len())?;
        if protocol.is_finished() || result.is_err() {
            return Ok(stream.shutdown().await?);
        }
        tokio::select! {
            read = stream.read(&mut space) => match read? { 0 => return Ok(()), count => protocol.feed(&space[..count]) },
            _ = second.tick() => result = protocol.check_deadlines(Instant::now()), // Pings, and who does not answer them
        }
    }
}
