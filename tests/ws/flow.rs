//! Slow, silent, flooding and leaving peers, over real sockets.
//!
//! The table of all numbers is in `tests/project/ws_requirements.rs`.

mod backpressure;
mod closing;
mod deadlines;
mod keepalive;
mod streams;
mod threads;

use std::{net::TcpStream, thread, time::Duration};

use php_sockets::{
    ws::{Config, Connection, Protocol, Role, WebSocketError},
    *,
};

use crate::support::tcp_pair;

/// What takes so long waits for ever.
const LONG: Duration = Duration::from_secs(60);

/// A server's connection, and the peer as a plain stream that does what the test wants.
fn server(config: Config) -> Result<(Connection, TcpStream), WebSocketError> {
    let (socket, peer) = tcp_pair()?;
    let peer = TcpStream::try_from(peer)?;
    peer.set_read_timeout(Some(Duration::from_secs(60)))?;
    Ok((Connection::new(socket, Protocol::new(Role::Server, config)), peer))
}

fn nonblocking(config: Config) -> Result<(Connection, TcpStream), WebSocketError> {
    let (connection, peer) = server(config)?;
    socket_set_nonblock(connection.stream())?;
    Ok((connection, peer))
}

/// Both ends by way of the opening handshake, which sets up the deadlines.
fn handshaken(server: Config, client: Config) -> Result<(Connection, Connection), WebSocketError> {
    let listener = socket_create_listen(0, None)?;
    let url = format!("ws://127.0.0.1:{}/", socket_getsockname(&listener)?.1);
    let acceptor = ws::Acceptor::new().config(server);
    let accepting = thread::spawn(move || acceptor.accept(socket_accept(&listener)?));
    let url = ws::handshake::Url::parse(&url)?;
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_connect(&socket, url.host(), i32::from(url.port()))?;
    let client = ws::Connector::new().config(client).open(socket, &url)?.advance()?;
    Ok((accepting.join().expect("no panic")?, client.expect("a blocking socket waits")))
}

/// Runs something that must not wait for ever.
fn in_time<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = std::sync::mpsc::channel();
    thread::spawn(move || sender.send(run()));
    receiver.recv_timeout(Duration::from_secs(60)).expect("it ends")
}
