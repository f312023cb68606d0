//! The fragments of `docs/behind-a-proxy.md`, with what it needs around it.

use std::{os::fd::AsFd, process::Command, time::Duration};

use php_sockets::ws::server::{Callbacks, Server};
use php_sockets::ws::{Connection, Message, WebSocketError};
use php_sockets::*;

#[test]
fn a_unix_socket() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("chat.sock");
    let path = path.to_str().ok_or("no text")?;
    for _ in 0..2 {
        // shown
        let _ = std::fs::remove_file(path); // left by the last run
        let listener = socket_create(AF_UNIX, SOCK_STREAM, 0)?;
        socket_bind(&listener, path, None)?;
        socket_listen(&listener, None)?;
        let server = Server::new(listener)?.forwarded_for([]);
        // not shown
        let handle = server.handle();
        let serving = std::thread::spawn(move || server.run(Callbacks::new()));
        let client = socket_create(AF_UNIX, SOCK_STREAM, 0)?;
        socket_connect(&client, path, None)?;
        socket_write(&client, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", None)?;
        assert!(socket_read(&client, 100, None)?.starts_with(b"HTTP/1.1 426 "));
        handle.stop();
        serving.join().expect("no panic")?;
    }
    Ok(())
}

/// The new program is this test once more: it is told so by the environment, which only it has.
#[test]
fn a_restart_without_a_gap() -> Result<(), Box<dyn std::error::Error>> {
    let (port, arguments) = (0, ["guide::behind_a_proxy::a_restart_without_a_gap", "--exact", "--quiet"]);
    // shown
    let server = match std::env::var_os("TAKES_OVER") {
        None => Server::bind("127.0.0.1", port)?,
        Some(_) => Server::new(std::io::stdin().as_fd().try_clone_to_owned()?.try_into()?)?,
    };
    let (handle, socket) = (server.handle(), server.listener().as_fd().try_clone_to_owned()?);
    let restart = move || -> std::io::Result<()> {
        let program = std::env::current_exe()?;
        Command::new(program).args(arguments).env("TAKES_OVER", "1").stdin(socket).spawn()?;
        handle.restart(Duration::from_secs(30));
        Ok(())
    };
    // not shown
    let port = server.address()?.1;
    let serving = std::thread::spawn(move || {
        server.run(
            Callbacks::new()
                .onstart(|clients| _ = clients.after(Duration::from_secs(60)))
                .ontimer(|clients, _| clients.handle().stop())
                .onopen(|client| client.send(&std::process::id().to_string()))
                .onmessage(|client, _| client.clients().handle().stop()),
        )
    });
    if std::env::var_os("TAKES_OVER").is_none() {
        let url = format!("ws://127.0.0.1:{port}/");
        let own = std::process::id().to_string();
        let mut buffer = Vec::new();
        let mut connection = Connection::connect(&url)?;
        assert_eq!(connection.read(&mut buffer)?, Message::Text(&own));
        restart()?;
        assert!(matches!(connection.read(&mut buffer)?, Message::Close(Some(frame)) if frame.code.0 == 1012));
        let mut connection = Connection::connect(&url)?;
        let Message::Text(other) = connection.read(&mut buffer)? else { panic!("a text") };
        assert_ne!(other, own);
        connection.send("stop")?;
        while !matches!(connection.read(&mut buffer)?, Message::Close(_)) {}
    }
    serving.join().expect("no panic")?;
    Ok(())
}
