use std::collections::BTreeMap;

use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    exchange(module_path!(), server, client, &[])
}

// Six ports, of which four are open.
fn server() -> Result<()> {
    let (mut sockets, mut ports) = (Vec::new(), Vec::new());
    for i in 0..6 {
        let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
        socket_bind(&socket, "127.0.0.1", 0)?;
        if i % 3 != 1 {
            socket_listen(&socket, 1)?;
        }
        ports.push(socket_getsockname(&socket)?.1.to_string());
        sockets.push(socket);
    }
    listening(ports.join(","));
    // The last one is told that the scan is over.
    loop {
        let connection = socket_accept(&sockets[5])?;
        let word = socket_read(&connection, 10, None)?;
        if word == b"over" {
            break;
        }
    }
    echo!("over\n");
    Ok(())
}

// All at once, without waiting for any one.
fn client() -> Result<()> {
    let ports = Vec::from_iter(argument().split(',').map(|port| port.parse::<i32>().expect("it is a port")));
    let mut pending = BTreeMap::new();
    for (i, port) in ports.iter().enumerate() {
        let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
        socket_set_nonblock(&socket)?;
        if let Err(error) = socket_connect(&socket, "127.0.0.1", *port) {
            if socket_last_error(&socket) != SOCKET_EINPROGRESS {
                return Err(error);
            }
        }
        pending.insert(i, socket);
    }
    let mut state = BTreeMap::new();
    while !pending.is_empty() {
        let mut write = pending.clone();
        if socket_select(None, &mut write, None, 20, None)? == 0 {
            break;
        }
        for (i, socket) in &write {
            let error = i32::try_from(socket_get_option(socket, SOL_SOCKET, SO_ERROR)?)?;
            state.insert(*i, if error == 0 { "开放".to_owned() } else { socket_strerror(error) });
            pending.remove(i);
            socket_close(socket)?;
        }
    }
    for (i, text) in &state {
        echo!(i, ": ", text, "\n");
    }
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_connect(&socket, "127.0.0.1", ports[5])?;
    socket_write(&socket, "over", None)?;
    Ok(())
}
