//! tokio-tungstenite as its examples `echo-server` and `server` use it, in a runtime of one thread.
//!
//! ```sh
//! cargo run --release --bin tokio-tungstenite -- 127.0.0.1:9002
//! cargo run --release --bin tokio-tungstenite -- 127.0.0.1:9002 broadcast
//! cargo run --release --bin tokio-tungstenite -- 127.0.0.1:9002 tls
//! ```

use std::{
    collections::HashMap,
    error::Error,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use futures_util::{SinkExt, StreamExt, TryStreamExt, future};
use peers::server::{self, Mode};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::mpsc::{UnboundedSender, unbounded_channel},
};
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::accept_async;
use tungstenite::{Message, Result};

type Everybody = Arc<Mutex<HashMap<SocketAddr, UnboundedSender<Message>>>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::result::Result<(), Box<dyn Error>> {
    let server::Arguments { address, mode, tls, .. } = server::arguments();
    let acceptor = if tls { Some(TlsAcceptor::from(peers::tls::server_config()?)) } else { None };
    let listener = TcpListener::bind(address).await?;
    server::announce(listener.local_addr()?);
    let everybody = Everybody::default();
    loop {
        let (stream, peer) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (everybody, acceptor) = (Arc::clone(&everybody), acceptor.clone());
        tokio::spawn(async move {
            if let Some(acceptor) = acceptor {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let _ = echo(stream).await;
                return;
            }
            // An error is the client's leaving.
            let _ = match mode {
                Mode::Echo => echo(stream).await,
                Mode::Broadcast => broadcast(stream, peer, &everybody).await,
            };
        });
    }
}

fn is_data(message: &Message) -> bool {
    message.is_text() || message.is_binary()
}

async fn echo(stream: impl AsyncRead + AsyncWrite + Unpin) -> Result<()> {
    let (write, read) = accept_async(stream).await?.split();
    read.try_filter(|message| future::ready(is_data(message))).forward(write).await
}

async fn broadcast(stream: TcpStream, peer: SocketAddr, everybody: &Everybody) -> Result<()> {
    let (mut write, read) = accept_async(stream).await?.split();
    let (sender, mut receiver) = unbounded_channel();
    let lock = || everybody.lock().unwrap_or_else(PoisonError::into_inner);
    lock().insert(peer, sender);
    let reading = read.try_filter(|message| future::ready(is_data(message))).try_for_each(|message| {
        for receiver in lock().values() {
            let _ = receiver.send(message.clone());
        }
        future::ok(())
    });
    let writing = async {
        while let Some(message) = receiver.recv().await {
            write.send(message).await?;
        }
        Ok(())
    };
    let result = tokio::select! {
        result = reading => result,
        result = writing => result,
    };
    lock().remove(&peer);
    result
}
