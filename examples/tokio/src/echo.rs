//! One client: the handshake, then each message back to it.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use php_sockets::ws::handshake::{Parser, Server};
use php_sockets::ws::{Config, Protocol, Role, Status, WebSocketError};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{interval, timeout};

pub(crate) async fn serve(mut stream: TcpStream) -> Result<(), WebSocketError> {
    stream.set_nodelay(true)?; // what is written leaves at once
    let mut protocol =
        timeout(Duration::from_secs(10), open(&mut stream)).await.map_err(|_| WebSocketError::Closed)??;
    let (mut buffer, mut second) = (Vec::new(), interval(Duration::from_secs(1)));
    let mut result = Ok(());
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
            count = receive(&mut stream, &mut protocol) => if count? == 0 { return Ok(()) },
            _ = second.tick() => result = protocol.check_deadlines(Instant::now()), // Pings, and who does not answer them
        }
    }
}

/// Reads once, to where the protocol wants it; an idle client has no buffer.
async fn receive(stream: &mut TcpStream, protocol: &mut Protocol) -> std::io::Result<usize> {
    poll_fn(|context| {
        let read = protocol.receive(|space| {
            let mut space = ReadBuf::new(space);
            match Pin::new(&mut *stream).poll_read(context, &mut space) {
                Poll::Ready(Ok(())) => Ok(space.filled().len()),
                not_yet_or_failed => Err(not_yet_or_failed),
            }
        });
        read.map_or_else(|other| other.map_ok(|()| 0), |count| Poll::Ready(Ok(count)))
    })
    .await
}

async fn open(stream: &mut TcpStream) -> Result<Protocol, WebSocketError> {
    let (mut parser, mut input) = (Parser::new(), Vec::new());
    let decision = loop {
        match parser.request(&input) {
            Ok(Status::Complete(request, end)) => break Server::new().accept(&request).map(|answer| (answer, end)),
            Ok(Status::Partial) if stream.read_buf(&mut input).await? == 0 => return Err(WebSocketError::Closed),
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
