//! A first page: a browser opens a WebSocket, and the server greets it with JSON. Page and WebSocket share one port.
//!
//! ```sh
//! cargo run --release --example hello_ws                            # 127.0.0.1:8001
//! ```
//!
//! Then open <http://127.0.0.1:8001/> in a browser: the page shows the greeting and sends its thanks, which the terminal shows.

mod support;

use std::error::Error;
use std::io::{Write, stderr, stdout};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use php_sockets::ws::handshake::Response;
use php_sockets::ws::{Acceptor, Message, WebSocketError};
use php_sockets::*;
use support::Arguments;

fn main() -> ExitCode {
    support::run(include_str!("hello_ws.rs"), serve)
}

fn serve(arguments: &mut Arguments) -> Result<(), Box<dyn Error>> {
    let (ip, port) = arguments.address("127.0.0.1:8001")?;

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
    let msgsock = socket_accept(sock)?;
    // A browser opens connections that it may never use: each waits in a thread of its own.
    thread::Builder::new().spawn(move || {
        if let Err(error) = greet(msgsock) {
            report(&error);
        }
    })?;
    Ok(())
}

/// Says what befell one client; it does not matter when nobody listens.
fn report(error: &dyn Error) {
    let _ = writeln!(stderr(), "{error}");
}

fn greet(msgsock: Socket) -> Result<(), WebSocketError> {
    let mut upgrade = Acceptor::new().upgrade(msgsock);
    let (path, is_upgrade) = match upgrade.read() {
        Ok(Some(request)) => (request.path(), request.is_upgrade()),
        // The browser did not need this connection.
        Err(WebSocketError::Closed | WebSocketError::Timeout(_)) | Ok(None) => return Ok(()),
        Err(error) => return Err(error),
    };
    match path {
        "/socket_server.php" if is_upgrade => {}
        "/" => {
            return upgrade.respond(Response::new(200).with_html(include_str!("hello_ws.html"))).map(|_| ());
        }
        _ => return upgrade.respond(Response::new(404)).map(|_| ()),
    }

    let mut connection = upgrade.accept()?;
    connection.send(r#"{"msg": "测试成功！"}"#)?;
    let mut buf = Vec::new();
    loop {
        match connection.read(&mut buf)? {
            Message::Text(text) => writeln!(stdout(), "收到的信息:{text}")?,
            Message::Close(_) => return Ok(()),
            _ => {}
        }
    }
}
