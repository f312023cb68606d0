//! This crate's blocking connections: one thread each, as tungstenite's.
//!
//! ```sh
//! cargo run --release --bin php-sockets-threads -- 127.0.0.1:9002
//! cargo run --release --bin php-sockets-threads -- 127.0.0.1:9002 broadcast
//! ```

use std::{
    collections::HashMap,
    error::Error,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use peers::server::{self, Mode};
use php_sockets::{
    ws::{self, Connection, Message, Prepared, Writer},
    *,
};

type Everybody = Arc<Mutex<HashMap<usize, Writer>>>;

fn main() -> std::result::Result<(), Box<dyn Error>> {
    let server::Arguments { address, mode, .. } = server::arguments();
    let (ip, port) = address.rsplit_once(':').ok_or("the address is IP:PORT, as 127.0.0.1:9002")?;
    let listener = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_bind(&listener, ip, port.parse::<i32>()?)?;
    socket_listen(&listener, SOMAXCONN)?;
    let (ip, port) = socket_getsockname(&listener)?;
    println!("listening on {ip}:{port}");
    let everybody = Everybody::default();
    for id in 0.. {
        let socket = socket_accept(&listener)?;
        let everybody = Arc::clone(&everybody);
        thread::spawn(move || match mode {
            // An error is the client's leaving.
            Mode::Echo => _ = echo(socket),
            Mode::Broadcast => {
                let _ = broadcast(id, socket, &everybody);
                lock(&everybody).remove(&id);
            }
        });
    }
    Ok(())
}

fn echo(socket: Socket) -> Result<(), ws::WebSocketError> {
    let mut connection = Connection::accept(socket)?;
    let mut buffer = Vec::new();
    loop {
        match connection.read(&mut buffer)? {
            Message::Close(_) => return Ok(()),
            message => {
                // Those that have come already are answered in one write, before the next wait.
                connection.cork();
                connection.send(message)?;
            }
        }
    }
}

fn broadcast(id: usize, socket: Socket, everybody: &Everybody) -> Result<(), ws::WebSocketError> {
    let (mut reader, writer) = Connection::accept(socket)?.split();
    lock(everybody).insert(id, writer);
    let mut buffer = Vec::new();
    loop {
        let message = reader.read(&mut buffer)?;
        if !message.is_data() {
            return Ok(());
        }
        let message = Prepared::new(message)?;
        let receivers: Vec<_> = lock(everybody).values().cloned().collect();
        for receiver in receivers {
            // One that has left finds out by itself.
            let _ = receiver.send_prepared(&message);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
