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

enum Peer {
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
            let served = watcher.with_data(|peer| {
                let was_open = peer.is_open();
                receive(peer, &mut buffer, &mut news).map(|()| (peer.event(), peer.is_open() && !was_open))
            });
            match served {
                Ok((event, is_new)) => {
                    if is_new {
                        everybody.push(watcher.clone());
                    }
                    watch(watcher, event)?;
                }
                Err(_) => {
                    // The client has left.
                    watcher.remove()?;
                    everybody.retain(|other| other != watcher);
                }
            }
        }
        for message in news.drain(..) {
            for watcher in &everybody {
                let event = watcher.with_data(|peer| {
                    if let Peer::Open(connection) = peer {
                        // Who is lost is found by the next wait.
                        let _ = connection.send_prepared(&message);
                    }
                    peer.event()
                });
                watch(watcher, event)?;
            }
        }
    }
}

impl Peer {
    fn is_open(&self) -> bool {
        matches!(self, Self::Open(_))
    }

    /// Who does not read is not read from.
    fn event(&self) -> Event {
        match self {
            Self::Open(connection) if connection.wants_write() => Event::Write,
            _ => Event::Read,
        }
    }
}

fn watch(watcher: &Watcher<Peer>, event: Event) -> poll::Result<()> {
    if watcher.watched_events() == event.into() { Ok(()) } else { watcher.modify_events(event) }
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
