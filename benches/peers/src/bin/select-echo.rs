//! An echo server with `socket_select`: `php/select_echo.php` ported line for line.
//!
//! ```sh
//! cargo run --release --bin select-echo -- 127.0.0.1:8001
//! ```

use std::collections::BTreeMap;

use php_sockets::*;

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let address = peers::server::arguments().address;
    let (ip, port) = address.split_once(':').ok_or("the address is IP:PORT, as 127.0.0.1:8001")?;
    let server = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_set_option(&server, SOL_SOCKET, SO_REUSEADDR, 1)?;
    socket_bind(&server, ip, port.parse::<i32>()?)?;
    socket_listen(&server, SOMAXCONN)?;
    let (ip, port) = socket_getsockname(&server)?;
    println!("listening on {ip}:{port}");

    let mut next = 1;
    let mut sockets = BTreeMap::from([(0, server.clone())]);
    loop {
        let mut read = sockets.clone();
        socket_select(&mut read, None, None, None, None)?;
        for (key, socket) in read {
            if socket == server {
                let client = socket_accept(&server)?;
                socket_set_option(&client, SOL_TCP, TCP_NODELAY, 1)?;
                sockets.insert(next, client);
                next += 1;
                continue;
            }
            let mut data = socket_read(&socket, 16384, None).unwrap_or_default();
            if data.is_empty() {
                sockets.remove(&key);
                socket_close(&socket)?;
                continue;
            }
            while !data.is_empty() {
                let sent = socket_write(&socket, &data, None).unwrap_or(data.len());
                data.drain(..sent);
            }
        }
    }
}
