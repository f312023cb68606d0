mod php;

use php::*;
use php_sockets::*;

fn main() {
    let server = must(socket_create(AF_INET, SOCK_STREAM, SOL_TCP));
    warn(socket_set_option(&server, SOL_SOCKET, SO_REUSEADDR, 1));
    if warn(socket_bind(&server, "0.0.0.0", 9000)).is_none() {
        die("Could not bind\n");
    }
    warn(socket_listen(&server, None));

    let mut clients = Array::from(vec![server.clone()]);
    let mut names: Array<i64, String> = Array::default();

    let mut client;
    loop {
        let mut read = clients.clone();
        if warn(socket_select(&mut read, None, None, None, None)) < Some(1) {
            continue;
        }

        if read.contains(&server) {
            client = must(socket_accept(&server));
            clients.push(client.clone());
            let (ip, port) = warn(socket_getpeername(&client)).unwrap_or_default();
            names.insert(client.id() as i64, format!("{ip}:{port}"));
            echo!(ip, ":", port, " is here, ", clients.len() as i64 - 1, " in all\n");
            read.remove(read.search(&server).unwrap_or(0));
        }

        for next in read.values() {
            client = next.clone();
            let name = names.at(client.id() as i64);
            let data = quiet(socket_read(&client, 1024, None));
            if data.is_none() || data.as_deref() == Some(b"".as_slice()) {
                clients.remove(clients.search(&client).unwrap_or(0));
                warn(socket_close(&client));
                tell_others(&clients, &server, &client, format!("{name} has left").as_bytes());
                continue;
            }
            let line = trim(&data);
            if line.is_empty() {
                continue;
            }
            match &*line {
                b"/who" => {
                    warn(socket_write(&client, text!(implode(", ", names.values()), "\n"), None));
                }
                b"/time" => {
                    warn(socket_write(&client, format!("{}\n", date("H:i:s", None)), None));
                }
                _ => {
                    tell_others(&clients, &server, &client, &text!(name, ": ", line));
                }
            }
        }
    }
}

// Sends a line to everybody but one.
fn tell_others(clients: &Array<i64, Socket>, server: &Socket, from: &Socket, line: &[u8]) {
    for client in clients.values() {
        if client != server && client != from {
            warn(socket_write(client, text!(line, "\n"), None));
        }
    }
}
