//! tungstenite as its examples use it: one thread a connection, blocking.
//!
//! ```sh
//! cargo run --release --bin tungstenite -- 127.0.0.1:9002
//! cargo run --release --bin tungstenite -- 127.0.0.1:9002 broadcast
//! ```
//!
//! Its connections do not split; for the broadcast a second one over the same socket does the writing.

use std::{
    collections::HashMap,
    error::Error,
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use peers::server::{self, Mode};
use tungstenite::{WebSocket, accept, protocol::Role};

type Everybody = Arc<Mutex<HashMap<usize, Arc<Mutex<WebSocket<TcpStream>>>>>>;

fn main() -> Result<(), Box<dyn Error>> {
    let server::Arguments { address, mode, .. } = server::arguments();
    let listener = TcpListener::bind(address)?;
    server::announce(listener.local_addr()?);
    let everybody = Everybody::default();
    for (id, stream) in listener.incoming().enumerate() {
        let stream = stream?;
        let everybody = Arc::clone(&everybody);
        thread::spawn(move || match mode {
            // An error is the client's leaving.
            Mode::Echo => _ = echo(stream),
            Mode::Broadcast => {
                let _ = broadcast(id, stream, &everybody);
                lock(&everybody).remove(&id);
            }
        });
    }
    Ok(())
}

fn echo(stream: TcpStream) -> Result<(), Box<dyn Error>> {
    stream.set_nodelay(true)?;
    let mut websocket = accept(stream)?;
    loop {
        let message = websocket.read()?;
        if message.is_text() || message.is_binary() {
            websocket.send(message)?;
        }
    }
}

fn broadcast(id: usize, stream: TcpStream, everybody: &Everybody) -> Result<(), Box<dyn Error>> {
    stream.set_nodelay(true)?;
    let writer = stream.try_clone()?;
    let mut reader = accept(stream)?;
    let writer = WebSocket::from_raw_socket(writer, Role::Server, None);
    lock(everybody).insert(id, Arc::new(Mutex::new(writer)));
    loop {
        let message = reader.read()?;
        if message.is_text() || message.is_binary() {
            let receivers: Vec<_> = lock(everybody).values().cloned().collect();
            for receiver in receivers {
                // One that has left finds out by itself.
                let _ = lock(&receiver).send(message.clone());
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
