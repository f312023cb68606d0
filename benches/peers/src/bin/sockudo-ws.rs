//! sockudo-ws as its README uses it (`feed` for an echo, `PubSub` for a broadcast, mimalloc), in a runtime of one thread.
//!
//! ```sh
//! cargo run --release --bin sockudo-ws -- 127.0.0.1:9002
//! cargo run --release --bin sockudo-ws -- 127.0.0.1:9002 broadcast
//! cargo run --release --bin sockudo-ws -- 127.0.0.1:9002 deflate
//! cargo run --release --bin sockudo-ws -- 127.0.0.1:9002 tls
//! ```
//!
//! `server_handshake` agrees to no compression, only the extractor for axum does; here its steps are taken one by one.

use std::{error::Error, sync::Arc};

use futures_util::{SinkExt, StreamExt};
use peers::server::{self, Deflate, Mode};
use sockudo_ws::{
    CompressedWebSocketStream, Config, DeflateConfig, Error as WebSocketError, Message, PubSub, Result, Role,
    WebSocketStream,
    deflate::negotiate_server_deflate,
    handshake::{build_response, generate_accept_key, parse_request, server_handshake},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc::unbounded_channel,
};
use tokio_rustls::TlsAcceptor;

const TOPIC: &str = "everybody";

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::result::Result<(), Box<dyn Error>> {
    let server::Arguments { address, mode, deflate, tls, .. } = server::arguments();
    let acceptor = if tls { Some(TlsAcceptor::from(peers::tls::server_config()?)) } else { None };
    let listener = TcpListener::bind(address).await?;
    server::announce(listener.local_addr()?);
    let pubsub = Arc::new(PubSub::new());
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (pubsub, acceptor) = (Arc::clone(&pubsub), acceptor.clone());
        tokio::spawn(async move {
            if let Some(acceptor) = acceptor {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let _ = echo(stream).await;
                return;
            }
            // An error is the client's leaving.
            let _ = match (mode, deflate) {
                (Mode::Echo, None) => echo(stream).await,
                (Mode::Echo, Some(deflate)) => compressed(stream, deflate).await,
                (Mode::Broadcast, _) => broadcast(stream, &pubsub).await,
            };
        });
    }
}

async fn accept<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S) -> Result<WebSocketStream<S>> {
    let leftover = server_handshake(&mut stream).await?.leftover;
    Ok(WebSocketStream::from_raw_with_leftover(stream, Role::Server, Config::default(), leftover))
}

async fn echo(stream: impl AsyncRead + AsyncWrite + Unpin) -> Result<()> {
    let mut websocket = accept(stream).await?;
    while let Some(message) = websocket.next().await {
        match message? {
            message @ (Message::Text(_) | Message::Binary(_)) => websocket.feed(message).await?,
            Message::Close(_) => return Ok(()),
            _ => {}
        }
    }
    Ok(())
}

async fn compressed(mut stream: TcpStream, deflate: Deflate) -> Result<()> {
    let alone = deflate == Deflate::Alone;
    let policy = DeflateConfig {
        server_no_context_takeover: alone,
        client_no_context_takeover: alone,
        compression_level: server::LEVEL,
        ..DeflateConfig::default()
    };
    let mut request = Vec::new();
    let negotiated = loop {
        if stream.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
        if let Some((asked, _)) = parse_request(&request)? {
            let negotiated = asked.extensions.and_then(|offers| negotiate_server_deflate(offers, &policy));
            let negotiated = negotiated.ok_or(WebSocketError::HandshakeFailed("no permessage-deflate is offered"))?;
            let extensions = negotiated.to_response_header();
            stream.write_all(&build_response(&generate_accept_key(asked.key), None, Some(&extensions))).await?;
            break negotiated.config;
        }
    };
    // The load sends nothing before it has the answer.
    let mut websocket = CompressedWebSocketStream::server(stream, Config::default(), negotiated);
    while let Some(message) = websocket.next().await {
        match message? {
            message @ (Message::Text(_) | Message::Binary(_)) => websocket.feed(message).await?,
            Message::Close(_) => return Ok(()),
            _ => {}
        }
    }
    Ok(())
}

async fn broadcast(stream: TcpStream, pubsub: &PubSub) -> Result<()> {
    let (mut reader, mut writer) = accept(stream).await?.split();
    let (sender, mut receiver) = unbounded_channel();
    let id = pubsub.create_subscriber(sender);
    pubsub.subscribe(id, TOPIC);
    let result = loop {
        tokio::select! {
            message = reader.next() => match message {
                Some(Ok(message @ (Message::Text(_) | Message::Binary(_)))) => _ = pubsub.publish(TOPIC, message),
                Some(Ok(Message::Close(_))) | None => break Ok(()),
                Some(Ok(_)) => {}
                Some(Err(error)) => break Err(error),
            },
            Some(message) = receiver.recv() => {
                if let Err(error) = writer.send(message).await {
                    break Err(error);
                }
            }
        }
    };
    pubsub.remove_subscriber(id);
    result
}
