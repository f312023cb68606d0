//! An echo server on tokio: its tasks read and write, `Protocol` does the WebSocket.
//!
//! ```sh
//! cargo run --release -p with_tokio                            # 127.0.0.1:9004
//! ```
//!
//! Then: `cargo run --release --example ws_client -- ws://127.0.0.1:9004/`, and type a line.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use php_sockets::ws::handshake::{Parser, Server};
use php_sockets::ws::{Config, Error, Protocol, Result, Role, Status};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{interval, sleep, timeout};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:9004".into());
    let listener = TcpListener::bind(address).await?;
    println!("listening on ws://{}", listener.local_addr()?);
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(serve(stream))),
            Err(_) => sleep(Duration::from_millis(100)).await, // no descriptor is left: those who leave make room
        }
    }
}

async fn serve(mut stream: TcpStream) -> Result<()> {
    let mut protocol = timeout(Duration::from_secs(10), open(&mut stream)).await.map_err(|_| Error::Closed)??;
    let (mut buffer, mut second) = (Vec::new(), interval(Duration::from_secs(1)));
    let mut result = Ok(());
    loop {
        while let (Ok(()), Some(message)) = (&result, protocol.next(&mut buffer).unwrap_or(None)) {
            result = if message.is_data() { protocol.send(message) } else { Ok(()) };
        }
        let written = timeout(Duration::from_secs(60), stream.write_all(protocol.output())).await;
        written.map_err(|_| Error::Closed)??;
        protocol.written(protocol.output().len())?;
        if protocol.is_finished() || result.is_err() {
            return Ok(stream.shutdown().await?);
        }
        tokio::select! {
            _ = stream.readable() => match protocol.receive(|space| stream.try_read(space)) {
                Ok(0) => return Ok(()),
                Err(error) if error.kind() != ErrorKind::WouldBlock => return Err(error.into()),
                _ => {}
            },
            _ = second.tick() => result = protocol.check(Instant::now()), // Pings, and who does not answer them
        }
    }
}

async fn open(stream: &mut TcpStream) -> Result<Protocol> {
    let (mut parser, mut input) = (Parser::new(), Vec::new());
    let decision = loop {
        match parser.request(&input) {
            Ok(Status::Complete(request, end)) => break Server::new().accept(&request).map(|answer| (answer, end)),
            Ok(Status::Partial) if stream.read_buf(&mut input).await? == 0 => return Err(Error::Closed),
            Ok(Status::Partial) => {}
            Err(error) => break Err(error),
        }
    };
    let answer = decision.as_ref().map_or_else(|error| error.response(), |((response, _), _)| response.clone());
    stream.write_all(&answer.into_bytes()).await?;
    let ((_, negotiated), end) = decision?;
    let mut protocol = Protocol::negotiated(Role::Server, Config::server(), negotiated);
    protocol.feed(&input[end..]);
    Ok(protocol)
}
