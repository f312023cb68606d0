//! A chat for telnet in one thread: clients in a map by their number, one `socket_select` for all of them.
//!
//! ```sh
//! cargo run --release --example select_chat                    # 127.0.0.1:9050
//! ```
//!
//! Then, in two or more terminals: `nc 127.0.0.1 9050`. What one types, the others read; `quit` leaves.

mod support;

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{Write, stderr, stdout};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use php_sockets::*;
use support::Arguments;

fn main() -> ExitCode {
    support::run(include_str!("select_chat.rs"), serve)
}

fn serve(arguments: &mut Arguments) -> Result<(), Box<dyn Error>> {
    let (ip, port) = arguments.address("127.0.0.1:9050")?;

    let listener = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_set_option(&listener, SOL_SOCKET, SO_REUSEADDR, 1)?;
    socket_bind(&listener, &ip, port)?;
    socket_listen(&listener, SOMAXCONN)?;
    let (ip, port) = socket_getsockname(&listener)?;
    writeln!(stdout(), "listening on {ip}:{port}")?;

    // $clients = array($listener); new ones are put behind, and keep their key until they leave.
    let mut clients = BTreeMap::from([(0_u64, listener.clone())]);
    let mut next = 1;
    let mut full = false;
    loop {
        let mut read = clients.clone();
        if full {
            // The listener is ready as long as nobody takes those who call: it is left alone for a second.
            read.remove(&0);
        }
        if read.is_empty() {
            // Without anybody to wait for, socket_select does not wait.
            thread::sleep(Duration::from_secs(1));
        }
        let seconds = full.then_some(1);
        full = false;
        // A signal ends the wait with an error.
        let Ok(1..) = socket_select(&mut read, None, None, seconds, None) else { continue };
        for (key, socket) in read {
            if socket == listener {
                match welcome(&listener, clients.len()) {
                    Ok(newcomer) => {
                        broadcast(&clients, &listener, next, &format!("{next} has joined\n"));
                        clients.insert(next, newcomer);
                        next += 1;
                    }
                    Err(error) => {
                        let _ = writeln!(stderr(), "{error}");
                        full = true;
                    }
                }
            } else if let Some(line) = read_line(&socket) {
                broadcast(&clients, &listener, key, &format!("{key}: {line}\n"));
            } else {
                clients.remove(&key);
                broadcast(&clients, &listener, key, &format!("{key} has left\n"));
            }
        }
    }
}

/// Takes a newcomer in.
///
/// # Errors
/// It is gone again already, or there is no descriptor for it.
fn welcome(listener: &Socket, others: usize) -> Result<Socket> {
    let client = socket_accept(listener)?;
    // Nobody waits for somebody who does not read, or who sends half a line and pauses.
    socket_set_nonblock(&client)?;
    let msg = format!("欢迎！There are {} others here.\n", others - 1);
    socket_write(&client, &msg, msg.len())?;
    Ok(client)
}

/// Returns what a client says without its line end, or `None` when it leaves.
fn read_line(client: &Socket) -> Option<String> {
    match socket_read(client, 1024, PHP_NORMAL_READ) {
        // A non-blocking socket gives "" at the end of the connection.
        Ok(line) if line.is_empty() || line.trim_ascii() == b"quit" => None,
        Ok(line) => Some(String::from_utf8_lossy(line.trim_ascii()).into_owned()),
        Err(error) if error.is_silent() => Some(String::new()),
        Err(_) => None,
    }
}

/// Tells everybody but `from`, who is told nothing new. Empty lines are nobody's news.
fn broadcast(clients: &BTreeMap<u64, Socket>, listener: &Socket, from: u64, text: &str) {
    if text.ends_with(": \n") {
        return;
    }
    for (key, client) in clients {
        if client != listener && *key != from {
            // A client whose buffer is full misses the line; one that is gone is found out by select.
            let _ = socket_write(client, text, text.len());
        }
    }
}
