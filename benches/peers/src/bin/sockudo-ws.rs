//! sockudo-ws as its README uses it (`feed` for an echo, `PubSub` for a broadcast, mimalloc), in a runtime of one thread.
//!
//! ```sh
//! cargo run --release --bin sockudo-ws -- 127.0.0.1:9002
//! cargo run --release --bin sockudo-ws -- 127.0.0.1:9002 broadcast
//! ```

use std::{error::Error, sync::Arc};

use futures_util::{SinkExt, StreamExt};
use peers::server::{self, Mode};
use sockudo_ws::{Config, Message, PubSub, Result, Role, WebSocketStream, handshake::server_handshake};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc::unbounded_channel,
};

const TOPIC: &str = "everybody";

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::result::Result<(), Box<dyn Error>> {
    let server::Arguments { address, mode, .. } = server::arguments();
    let listener = TcpListener::bind(address).await?;
    server::announce(listener.local_addr()?);
    let pubsub = Arc::new(PubSub::new());
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let pubsub = Arc::clone(&pubsub);
        tokio::spawn(async move {
            // An error is the client's leaving.
            let _ = match mode {
                Mode::Echo => echo(stream).await,
                Mode::Broadcast => broadcast(stream, &pubsub).await,
            };
        });
    }
}

async fn accept(mut stream: TcpStream) -> Result<WebSocketStream<TcpStream>> {
    let leftover = server_handshake(&mut stream).await?.leftover;
    Ok(WebSocketStream::from_raw_with_leftover(stream, Role::Server, Config::default(), leftover))
}

async fn echo(stream: TcpStream) -> Result<()> {
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
