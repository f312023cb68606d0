//! tokio-websockets as its example `echo_server` uses it, in a runtime of one thread.
//!
//! ```sh
//! cargo run --release --bin tokio-websockets -- 127.0.0.1:9002
//! cargo run --release --bin tokio-websockets -- 127.0.0.1:9002 broadcast
//! ```

use std::{
    collections::HashMap,
    error::Error,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use futures_util::{SinkExt, StreamExt};
use peers::server::{self, Mode};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc::{UnboundedSender, unbounded_channel},
    task,
};
use tokio_websockets::{Config, Error as WebSocketError, Limits, Message, ServerBuilder, WebSocketStream};

type Everybody = Arc<Mutex<HashMap<SocketAddr, UnboundedSender<Message>>>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let server::Arguments { address, mode, .. } = server::arguments();
    let listener = TcpListener::bind(address).await?;
    server::announce(listener.local_addr()?);
    let everybody = Everybody::default();
    loop {
        let (stream, peer) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let everybody = Arc::clone(&everybody);
        tokio::spawn(task::unconstrained(async move {
            // An error is the client's leaving.
            let _ = match mode {
                Mode::Echo => echo(stream).await,
                Mode::Broadcast => broadcast(stream, peer, &everybody).await,
            };
        }));
    }
}

async fn accept(stream: TcpStream) -> Result<WebSocketStream<TcpStream>, WebSocketError> {
    let config = Config::default().frame_size(usize::MAX);
    Ok(ServerBuilder::new().config(config).limits(Limits::unlimited()).accept(stream).await?.1)
}

fn is_data(message: &Message) -> bool {
    message.is_text() || message.is_binary()
}

async fn echo(stream: TcpStream) -> Result<(), WebSocketError> {
    let mut websocket = accept(stream).await?;
    while let Some(message) = websocket.next().await {
        let message = message?;
        if is_data(&message) {
            websocket.send(message).await?;
        }
    }
    Ok(())
}

async fn broadcast(stream: TcpStream, peer: SocketAddr, everybody: &Everybody) -> Result<(), WebSocketError> {
    let mut websocket = accept(stream).await?;
    let (sender, mut receiver) = unbounded_channel();
    let lock = || everybody.lock().unwrap_or_else(PoisonError::into_inner);
    lock().insert(peer, sender);
    let result = loop {
        tokio::select! {
            message = websocket.next() => match message {
                Some(Ok(message)) if is_data(&message) => {
                    for receiver in lock().values() {
                        let _ = receiver.send(message.clone());
                    }
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => break Err(error),
                None => break Ok(()),
            },
            Some(message) = receiver.recv() => {
                if let Err(error) = websocket.send(message).await {
                    break Err(error);
                }
            }
        }
    };
    lock().remove(&peer);
    result
}
