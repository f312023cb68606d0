//! The fragment of `docs/behind-a-proxy.md`, with what it needs around it.

use php_sockets::ws::server::{Callbacks, Server};
use php_sockets::ws::{Connector, WebSocketError};
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
