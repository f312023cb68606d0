//! Two threads on one connection: one waits for the client and answers it, the other sends the news when there is some.
//!
//! ```sh
//! cargo run --release --example ws_threads                            # 127.0.0.1:9003
//! ```
//!
//! Then: `cargo run --release --example ws_client -- ws://127.0.0.1:9003/`, and type while the seconds go by.

mod support;

use std::error::Error;
use std::io::{Write, stderr, stdout};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use php_sockets::ws::{Connection, Message, WebSocketError, Writer};
use php_sockets::*;
use support::Arguments;

fn main() -> ExitCode {
    support::run(include_str!("ws_threads.rs"), serve)
}

fn serve(arguments: &mut Arguments) -> Result<(), Box<dyn Error>> {
    let (ip, port) = arguments.address("127.0.0.1:9003")?;

    let sock = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_set_option(&sock, SOL_SOCKET, SO_REUSEADDR, 1)?;
    socket_bind(&sock, &ip, port)?;
    socket_listen(&sock, SOMAXCONN)?;
    let (ip, port) = socket_getsockname(&sock)?;
    writeln!(stdout(), "listening on {ip}:{port}")?;
    loop {
        if let Err(error) = accept(&sock) {
            report(&*error);
            // No descriptors or threads are left, most likely. Those who leave make room.
            thread::sleep(Duration::from_secs(1));
        }
    }
}

fn accept(sock: &Socket) -> Result<(), Box<dyn Error>> {
    let client = socket_accept(sock)?;
    thread::Builder::new().spawn(move || {
        if let Err(error) = converse(client) {
            report(&error);
        }
    })?;
    Ok(())
}

/// Says what befell one client; it does not matter when nobody listens.
fn report(error: &dyn Error) {
    let _ = writeln!(stderr(), "{error}");
}

/// The reading thread. It answers Pings too, although the other thread may be writing.
fn converse(client: Socket) -> Result<(), WebSocketError> {
    let (mut reader, writer) = Connection::accept(client)?.split();
    let news = writer.clone();
    thread::Builder::new().spawn(move || tell(&news))?;

    let mut buffer = Vec::new();
    loop {
        match reader.read(&mut buffer)? {
            Message::Text(text) => writer.send(&format!("you said: {text}"))?,
            Message::Close(_) => return Ok(()),
            message => writer.send(message)?,
        }
    }
}

/// The writing thread: it ends when the connection is closed.
fn tell(writer: &Writer) {
    let start = Instant::now();
    while writer.send(&format!("{} s", start.elapsed().as_secs())).is_ok() {
        thread::sleep(Duration::from_secs(1));
    }
}
