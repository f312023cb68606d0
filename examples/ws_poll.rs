//! The echo server of `ws_echo` with its loop written by hand, over `poll` and `ws::Connection`: for programs that need a loop of
//! their own.
//!
//! ```sh
//! cargo run --release --example ws_poll                                # 127.0.0.1:9002
//! cargo run --release --features deflate --example ws_poll -- 127.0.0.1:9000
//! ```
//!
//! Then: `cargo run --release --example ws_client -- ws://127.0.0.1:9002/`, and type a line.

mod support;

use std::{
    collections::HashSet,
    error::Error,
    io::{Write, stderr, stdout},
    process::ExitCode,
    time::{Duration, Instant},
};

use php_sockets::{
    poll::{Context, Event, Watcher},
    ws::{Acceptor, Config, Connection, Upgrade, handshake},
    *,
};
use support::Arguments;

/// How often deadlines are looked at.
const CHECK: Duration = Duration::from_secs(1);
/// After a read of so many bytes there may be more to read at once.
const MUCH: usize = 64 * 1024;
/// The bytes of one client after which the others have their turn.
const TURN: usize = 1 << 20;
/// The most newcomers of one turn, so that those who are there do not wait.
const NEWCOMERS: usize = 64;

fn main() -> ExitCode {
    support::run(include_str!("ws_poll.rs"), listen)
}

fn listen(arguments: &mut Arguments) -> Result<(), Box<dyn Error>> {
    let (ip, port) = arguments.address("127.0.0.1:9002")?;
    // As many connections as the system allows.
    rlimit::increase_nofile_limit(u64::MAX)?;
    let listener = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_set_option(&listener, SOL_SOCKET, SO_REUSEADDR, 1)?;
    socket_bind(&listener, &ip, port)?;
    // The system wakes us when a client's request is there, or has not come for a second.
    #[cfg(target_os = "linux")]
    socket_set_option(&listener, SOL_TCP, TCP_DEFER_ACCEPT, 1)?;
    socket_listen(&listener, SOMAXCONN)?;
    socket_set_nonblock(&listener)?;
    let (ip, port) = socket_getsockname(&listener)?;
    writeln!(stdout(), "listening on ws://{ip}:{port}")?;

    let acceptor = acceptor()?;
    let context = Context::new()?;
    let mut listening = context.add(&listener, Event::Read, Peer::Listener)?;
    let mut peers = Peers::new();
    let mut ready = Vec::new();
    let mut buffer = Vec::new();
    let mut next_check = Instant::now() + CHECK;
    loop {
        match context.wait_into(&mut ready, CHECK, None) {
            Err(error) if error.code() == poll::Error::ERROR_INTERRUPTED => continue,
            result => result?,
        }
        for watcher in ready.drain(..) {
            if *watcher.handle() == listener {
                accept(&listener, &acceptor, &context, &mut peers, &mut buffer).or_else(|error| {
                    // No descriptors are left, most likely. Until the next check the listener would be ready all the time.
                    let _ = writeln!(stderr(), "{error}");
                    watcher.remove()
                })?;
            } else if serve(&watcher, &mut buffer).is_err() {
                // It may have been closed already.
                let _ = watcher.remove();
                peers.remove(&watcher);
            }
        }
        let now = Instant::now();
        if now >= next_check {
            next_check = now + CHECK;
            peers.retain(|watcher| {
                let stays = watcher.is_active() && watcher.with_data(|peer| peer.check(now));
                if !stays {
                    let _ = watcher.remove();
                }
                stays
            });
            if !listening.is_active() {
                listening = context.add(&listener, Event::Read, Peer::Listener)?;
            }
        }
    }
}

fn acceptor() -> Result<Acceptor, handshake::Error> {
    let server = handshake::Server::new();
    #[cfg(feature = "deflate")]
    let server = server.deflate(ws::deflate::Parameters::default())?;
    let config = Config::server().max_message(64 << 20).send_buffer_limit(65 << 20);
    Ok(Acceptor::new().handshake(server).config(config))
}

/// Takes newcomers in.
///
/// # Errors
/// Why there is room for none; what befalls one of them does not concern the others.
fn accept(
    listener: &Socket,
    acceptor: &Acceptor,
    context: &Context<Peer>,
    peers: &mut Peers,
    buffer: &mut Vec<u8>,
) -> Result<()> {
    for _ in 0..NEWCOMERS {
        let socket = match socket_accept(listener) {
            Ok(socket) => socket,
            Err(error) if error.is_silent() => break,
            Err(error) if [SOCKET_ECONNABORTED, SOCKET_ECONNRESET].contains(&error.code()) => continue,
            Err(error) => return Err(error),
        };
        if socket_set_nonblock(&socket).is_ok() {
            let mut peer = Peer::Opening(Box::new(acceptor.upgrade(socket.clone())));
            if converse(&mut peer, buffer).is_ok() {
                peers.extend(context.add(&socket, peer.event(), peer));
            }
        }
    }
    Ok(())
}

/// Everybody, to look at the deadlines.
type Peers = HashSet<Watcher<Peer>>;

/// What is watched: the listening socket, and clients before and after the opening handshake.
enum Peer {
    Listener,
    Opening(Box<Upgrade>),
    Open(Connection),
}

impl Peer {
    /// Who does not read its answers is not read from: memory stays bounded.
    fn event(&self) -> Event {
        match self {
            Self::Open(connection) if connection.wants_write() => Event::Write,
            _ => Event::Read,
        }
    }

    /// Looks at the deadlines; `false` when the client's time is over.
    fn check(&mut self, now: Instant) -> bool {
        match self {
            Self::Listener => true,
            // It is told that it took too long.
            Self::Opening(upgrade) => upgrade.check_deadlines(now).is_ok(),
            Self::Open(connection) => connection.check_deadlines(now).is_ok(),
        }
    }
}

/// The client has left, or is not to be served any more.
struct Left;

/// Does for a client what can be done without waiting.
fn serve(watcher: &Watcher<Peer>, buffer: &mut Vec<u8>) -> Result<(), Left> {
    // Reset: nobody is there to hear an answer.
    if watcher.has_triggered(Event::Error) {
        return Err(Left);
    }
    let event = watcher.with_data(|peer| converse(peer, buffer).map(|()| peer.event()))?;
    if watcher.watched_events() == event.into() { Ok(()) } else { watcher.modify_events(event).map_err(|_| Left) }
}

fn converse(peer: &mut Peer, buffer: &mut Vec<u8>) -> Result<(), Left> {
    let opened = matches!(peer, Peer::Opening(_));
    if let Peer::Opening(upgrade) = peer {
        match open(upgrade) {
            Ok(Some(connection)) => *peer = Peer::Open(connection),
            Ok(None) => return Ok(()),
            Err(_) => return Err(Left),
        }
    }
    let Peer::Open(connection) = peer else { return Ok(()) };
    // What came with the request has been read; what comes behind it wakes us again.
    let result = if opened { answer(connection, buffer) } else { echo(connection, buffer) };
    match result {
        // The client has been told what is wrong; it is listened to until it leaves.
        Ok(()) | Err(ws::WebSocketError::Protocol(_)) if !connection.is_ended() => Ok(()),
        _ => Err(Left),
    }
}

fn open(upgrade: &mut Upgrade) -> Result<Option<Connection>, ws::WebSocketError> {
    match upgrade.read()? {
        Some(_) => upgrade.accept().map(Some),
        None => Ok(None),
    }
}

fn echo(connection: &mut Connection, buffer: &mut Vec<u8>) -> Result<(), ws::WebSocketError> {
    connection.flush()?;
    let mut turn = 0;
    loop {
        let received = connection.receive()?;
        answer(connection, buffer)?;
        // A large message is best read in one go, while it is in the processor's cache; but others wait too.
        turn += received;
        if received < MUCH || turn >= TURN || connection.wants_write() {
            return Ok(());
        }
    }
}

/// Sends back all messages that have come.
fn answer(connection: &mut Connection, buffer: &mut Vec<u8>) -> Result<(), ws::WebSocketError> {
    while let Some(message) = connection.next(buffer)? {
        if message.is_data() {
            connection.send(message)?;
        }
    }
    Ok(())
}
