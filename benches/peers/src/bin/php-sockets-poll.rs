//! This crate's broadcast with its loop written by hand: each message is encoded once and sent to all clients, the sender among them.
//!
//! ```sh
//! cargo run --release --bin php-sockets-poll -- 127.0.0.1:9002
//! ```
//!
//! The echo beside the peers is the crate's example `ws_poll`.

use std::error::Error;

use php_sockets::{
    poll::{Context, Event, Watcher},
    ws::{Acceptor, Connection, Prepared, Upgrade},
    *,
};

#[derive(Default)]
enum Peer {
    #[default]
    Listener,
    Opening(Upgrade),
    Open(Connection),
}

fn main() -> std::result::Result<(), Box<dyn Error>> {
    let address = peers::server::arguments().address;
    let (ip, port) = address.rsplit_once(':').ok_or("the address is IP:PORT, as 127.0.0.1:9002")?;
    let listener = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_bind(&listener, ip, port.parse::<i32>()?)?;
    socket_listen(&listener, SOMAXCONN)?;
    socket_set_nonblock(&listener)?;
    let (ip, port) = socket_getsockname(&listener)?;
    println!("listening on {ip}:{port}");

    let acceptor = Acceptor::new();
    let context = Context::new()?;
    context.add(&listener, Event::Read, Peer::Listener)?;
    let mut everybody: Vec<Watcher<Peer>> = Vec::new();
    let (mut ready, mut buffer, mut news) = (Vec::new(), Vec::new(), Vec::new());
    loop {
        context.wait_into(&mut ready, None, None)?;
        for watcher in &ready {
            if *watcher.handle() == listener {
                while let Ok(socket) = socket_accept(&listener) {
                    socket_set_nonblock(&socket)?;
                    context.add(&socket, Event::Read, Peer::Opening(acceptor.upgrade(socket.clone())))?;
                }
                continue;
            }
            let mut peer = watcher.take_data();
            let was_open = matches!(peer, Peer::Open(_));
            if receive(&mut peer, &mut buffer, &mut news).is_err() {
                // The client has left.
                watcher.remove()?;
                everybody.retain(|other| other != watcher);
            } else {
                if matches!(peer, Peer::Open(_)) && !was_open {
                    everybody.push(watcher.clone());
                }
                put_back(watcher, peer)?;
            }
        }
        for message in news.drain(..) {
            for watcher in &everybody {
                let mut peer = watcher.take_data();
                if let Peer::Open(connection) = &mut peer {
                    // Who is lost is found by the next wait.
                    let _ = connection.send_prepared(&message);
                }
                put_back(watcher, peer)?;
            }
        }
    }
}

/// Who does not read is not read from.
fn put_back(watcher: &Watcher<Peer>, peer: Peer) -> poll::Result<()> {
    let event = match &peer {
        Peer::Open(connection) if connection.wants_write() => Event::Write,
        _ => Event::Read,
    };
    if watcher.watched_events() == event.into() { watcher.modify_data(peer) } else { watcher.modify(event, peer) }
}

/// Does what can be done without waiting; adds the messages that have come to `news`.
fn receive(peer: &mut Peer, buffer: &mut Vec<u8>, news: &mut Vec<Prepared>) -> Result<(), ws::WebSocketError> {
    if let Peer::Opening(upgrade) = peer {
        if upgrade.read()?.is_none() {
            return Ok(());
        }
        *peer = Peer::Open(upgrade.accept()?);
    }
    let Peer::Open(connection) = peer else { return Ok(()) };
    connection.flush()?;
    connection.receive()?;
    while let Some(message) = connection.next(buffer)? {
        if message.is_data() {
            news.push(Prepared::new(message)?);
        }
    }
    if connection.is_ended() { Err(ws::WebSocketError::Closed) } else { Ok(()) }
}
