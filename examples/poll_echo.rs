//! An echo server for many connections in one thread: it waits with `poll`, nothing blocks, and a client that does not
//! read costs at most 16 KiB.
//!
//! ```sh
//! cargo run --release --example poll_echo                       # 127.0.0.1:8001
//! cargo run --release --example poll_echo -- 127.0.0.1:9000
//! ```
//!
//! Then, in as many other terminals as you like: `nc 127.0.0.1 8001`, type a line, press Enter.

mod support;

use std::error::Error;
use std::io::{Write, stderr, stdout};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use php_sockets::poll::{self, Context, Event, Watcher};
use php_sockets::*;
use support::Arguments;

/// The most that is read from a client before it has taken its echo, in bytes.
const CHUNK: usize = 16 * 1024;

/// How long it takes no clients when it has no descriptor left.
const PAUSE: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    support::run(include_str!("poll_echo.rs"), serve)
}

fn serve(arguments: &mut Arguments) -> Result<(), Box<dyn Error>> {
    let (ip, port) = arguments.address("127.0.0.1:8001")?;

    let server = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_set_option(&server, SOL_SOCKET, SO_REUSEADDR, 1)?;
    socket_bind(&server, &ip, port)?;
    socket_listen(&server, SOMAXCONN)?;
    socket_set_nonblock(&server)?;
    let (ip, port) = socket_getsockname(&server)?;
    writeln!(stdout(), "listening on {ip}:{port}")?;

    // The data of each client is what it has not taken yet.
    let context = Context::new()?;
    let server = context.add(&server, Event::Read, Vec::new())?;
    let mut ready = Vec::new();
    let mut buffer = Vec::new();
    let mut paused: Option<Instant> = None;
    loop {
        let timeout = paused.map(|end| end.saturating_duration_since(Instant::now()));
        match context.wait_into(&mut ready, timeout, None) {
            Err(error) if error.code() != poll::Error::ERROR_INTERRUPTED => return Err(error.into()),
            _ => {}
        }
        for watcher in &ready {
            if *watcher == server {
                if let Err(error) = accept(&context, server.handle()) {
                    report(&*error);
                    // Nothing but errors, which come unasked: the waiting clients would wake us again at once.
                    server.modify_events(Event::Error)?;
                    paused = Some(Instant::now() + PAUSE);
                }
            } else if !echo(watcher, &mut buffer) {
                socket_close(watcher.handle())?;
            }
        }
        if paused.is_some_and(|end| end <= Instant::now()) {
            server.modify_events(Event::Read)?;
            paused = None;
        }
    }
}

/// Takes all clients that have called.
fn accept(context: &Context<Vec<u8>>, server: &Socket) -> Result<(), Box<dyn Error>> {
    loop {
        match socket_accept(server) {
            Ok(client) => {
                socket_set_nonblock(&client)?;
                context.add(&client, Event::Read, Vec::new())?;
            }
            Err(error) if error.is_silent() => return Ok(()),
            // The client has gone again.
            Err(error) if [SOCKET_ECONNABORTED, SOCKET_ECONNRESET].contains(&error.code()) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Sends what the client has left, or echoes what it says; tells whether it stays.
fn echo(client: &Watcher<Vec<u8>>, buffer: &mut Vec<u8>) -> bool {
    let socket = client.handle();
    let mut unsent = client.take_data();
    if unsent.is_empty() {
        match socket_recv(socket, buffer, CHUNK, 0) {
            Ok(0) => return false,
            Ok(_) => {}
            Err(error) => return error.is_silent(),
        }
    } else {
        std::mem::swap(&mut unsent, buffer);
    }
    let sent = match socket_write(socket, &*buffer, None) {
        Ok(sent) => sent,
        Err(error) if error.is_silent() => 0,
        Err(_) => return false,
    };
    // An idle client keeps no memory.
    let unsent = buffer[sent..].to_vec();
    let event = if unsent.is_empty() { Event::Read } else { Event::Write };
    if client.watched_events() == event.into() { client.modify_data(unsent) } else { client.modify(event, unsent) }
        .is_ok()
}

/// Nobody may listen there any more, which is no reason to stop.
fn report(error: &dyn Error) {
    let _ = writeln!(stderr(), "{error}");
}
