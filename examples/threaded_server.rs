//! A thread for each connection: the server accepts a client, gives it to a new thread, and waits for the next one.
//!
//! ```sh
//! cargo run --release --example threaded_server                    # 127.0.0.1:8001
//! ```
//!
//! Then, in as many terminals as you like: `nc 127.0.0.1 8001`. Each line comes back; `quit` ends the connection.

mod support;

use std::error::Error;
use std::io::{Write, stderr, stdout};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use php_sockets::*;
use support::Arguments;

fn main() -> ExitCode {
    support::run(include_str!("threaded_server.rs"), serve)
}

fn serve(arguments: &mut Arguments) -> Result<(), Box<dyn Error>> {
    let (ip, port) = arguments.address("127.0.0.1:8001")?;

    // 服务器监听: the server's socket waits for whoever may come.
    let listener = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_set_option(&listener, SOL_SOCKET, SO_REUSEADDR, 1)?;
    socket_bind(&listener, &ip, port)?;
    socket_listen(&listener, SOMAXCONN)?;
    let (ip, port) = socket_getsockname(&listener)?;
    writeln!(stdout(), "listening on {ip}:{port}")?;
    loop {
        if let Err(error) = accept(&listener) {
            report(&*error);
            // No descriptors or threads are left, most likely. Those who leave make room.
            thread::sleep(Duration::from_secs(1));
        }
    }
}

fn accept(listener: &Socket) -> Result<(), Box<dyn Error>> {
    // 客户端请求: a client has connected.
    let client = socket_accept(listener)?;
    // 连接确认: it gets a thread of its own, and the server listens on.
    thread::Builder::new().spawn(move || {
        if let Err(error) = converse(&client) {
            report(&error);
        }
    })?;
    Ok(())
}

/// Says what befell one client; it does not matter when nobody listens.
fn report(error: &dyn Error) {
    let _ = writeln!(stderr(), "{error}");
}

/// Sends each line back until the client says `quit` or goes away.
fn converse(client: &Socket) -> Result<()> {
    loop {
        let line = match socket_read(client, 2048, PHP_NORMAL_READ) {
            Err(error) if error.code() == SOCKET_ECONNRESET => return Ok(()),
            line => line?,
        };
        if line.trim_ascii() == b"quit" {
            return socket_close(client);
        }
        let mut rest = &line[..];
        while !rest.is_empty() {
            rest = &rest[socket_write(client, rest, None)?..];
        }
    }
}
