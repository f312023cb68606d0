//! A WebSocket echo server: one thread, thousands of connections, messages of up to 64 MiB, text stays text.
//!
//! ```sh
//! cargo run --release --example ws_echo                                # 127.0.0.1:9002
//! cargo run --release --features deflate --example ws_echo -- 127.0.0.1:9000
//! ```
//!
//! Then, in a browser's console: `ws = new WebSocket("ws://127.0.0.1:9002"); ws.onmessage = e => console.log(e.data)`,
//! and `ws.send("你好")`.

use std::{
    collections::HashMap,
    env,
    error::Error,
    io::{Write, stdout},
    process::ExitCode,
    time::{Duration, Instant},
};

use php_sockets::{
    ws::{Acceptor, Config, Connection, Upgrade, handshake},
    *,
};

/// How often deadlines are looked at.
const CHECK: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:9002".to_owned());
    if let Err(error) = serve(&address) {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn serve(address: &str) -> Result<(), Box<dyn Error>> {
    let (ip, port) = address.rsplit_once(':').ok_or("the address is IP:PORT, as 127.0.0.1:9002")?;
    let listener = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_set_option(&listener, SOL_SOCKET, SO_REUSEADDR, 1)?;
    socket_bind(&listener, ip, port.parse::<i32>()?)?;
    socket_listen(&listener, SOMAXCONN)?;
    socket_set_nonblock(&listener)?;
    let (ip, port) = socket_getsockname(&listener)?;
    writeln!(stdout(), "listening on ws://{ip}:{port}")?;

    let acceptor = acceptor()?;
    let mut peers: HashMap<Socket, Peer> = HashMap::new();
    let mut buffer = Vec::new();
    let mut checked = Instant::now();
    loop {
        // Who does not read its answers is not read from: memory stays bounded.
        let waiting = |(socket, peer): (&Socket, &Peer)| peer.wants_write().then(|| socket.clone());
        let mut write: Vec<Socket> = peers.iter().filter_map(waiting).collect();
        let mut read: Vec<Socket> = peers.keys().filter(|socket| !write.contains(socket)).cloned().collect();
        read.push(listener.clone());
        socket_select(Some(&mut read), Some(&mut write), None, 1, 0)?;

        for socket in read.into_iter().chain(write) {
            if socket == listener {
                accept(&listener, &acceptor, &mut peers);
            } else if let Some(peer) = peers.get_mut(&socket) {
                if !peer.serve(&mut buffer) {
                    peers.remove(&socket);
                }
            }
        }
        let now = Instant::now();
        if now - checked >= CHECK {
            checked = now;
            peers.retain(|_, peer| peer.check(now));
        }
    }
}

fn acceptor() -> Result<Acceptor, handshake::Error> {
    let server = handshake::Server::new();
    #[cfg(feature = "deflate")]
    let server = server.deflate(ws::deflate::Parameters::default())?;
    let config = Config { max_message: 64 << 20, send_buffer_limit: 65 << 20, ..Config::server() };
    Ok(Acceptor::new().handshake(server).config(config))
}

fn accept(listener: &Socket, acceptor: &Acceptor, peers: &mut HashMap<Socket, Peer>) {
    // An error means that nobody waits any more, or that the caller has left again.
    while let Ok(socket) = socket_accept(listener) {
        if socket_set_nonblock(&socket).is_ok() {
            peers.insert(socket.clone(), Peer::Opening(Box::new(acceptor.upgrade(socket))));
        }
    }
}

/// A client, before and after the opening handshake.
enum Peer {
    Opening(Box<Upgrade>),
    Open(Box<Connection>),
}

impl Peer {
    fn wants_write(&self) -> bool {
        matches!(self, Self::Open(connection) if connection.wants_write())
    }

    /// Does what can be done without waiting; `false` when the client has left.
    fn serve(&mut self, buffer: &mut Vec<u8>) -> bool {
        if let Self::Opening(upgrade) = self {
            match upgrade.read().map(|request| request.is_some()).and_then(|complete| match complete {
                true => upgrade.accept().map(Some),
                false => Ok(None),
            }) {
                Ok(Some(connection)) => *self = Self::Open(Box::new(connection)),
                Ok(None) => return true,
                Err(_) => return false,
            }
        }
        match self {
            Self::Open(connection) => match echo(connection, buffer) {
                // The client has been told what is wrong; it is listened to until it leaves.
                Ok(()) | Err(ws::Error::Protocol(_)) => !connection.is_ended(),
                Err(_) => false,
            },
            Self::Opening(_) => true,
        }
    }

    /// Looks at the deadlines; `false` when the client's time is over.
    fn check(&mut self, now: Instant) -> bool {
        match self {
            Self::Opening(upgrade) => now < upgrade.deadline(),
            Self::Open(connection) => connection.check(now).is_ok(),
        }
    }
}

fn echo(connection: &mut Connection, buffer: &mut Vec<u8>) -> ws::Result<()> {
    connection.flush()?;
    connection.receive()?;
    while let Some(message) = connection.next(buffer)? {
        if message.is_data() {
            connection.send(message)?;
        }
    }
    Ok(())
}
