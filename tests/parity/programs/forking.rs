use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    exchange(module_path!(), server, client, &[])
}

// A thread for each client where PHP has a process; it ends after three. Both `socket_close` of the copies are left out.
fn server() -> Result<()> {
    let sock = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    let Ok(()) = socket_bind(&sock, "127.0.0.1", 0) else { panic!("{}", socket_strerror(socket_last_error(None))) };
    socket_listen(&sock, None)?;
    let (_, port) = socket_getsockname(&sock)?;
    listening(port);
    let mut threads = Vec::new();
    for _ in 0..3 {
        let client = socket_accept(&sock)?;
        threads.push(std::thread::spawn(move || {
            serve(&client)?;
            socket_close(&client)
        }));
    }
    for thread in threads {
        thread.join().expect("no panic")?;
    }
    socket_close(&sock)?;
    echo!("served\n");
    Ok(())
}

fn serve(client: &Socket) -> Result<()> {
    socket_set_option(client, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 10, usec: 0 })?;
    socket_write(client, "Who is there?\n", None)?;
    while let Ok(name) = socket_read(client, 1024, PHP_NORMAL_READ) {
        let name = name.trim_ascii();
        if name == b"bye" || name.is_empty() {
            break;
        }
        socket_write(client, [b"Hello ", name, b"\n"].concat(), None)?;
    }
    socket_shutdown(client, 1)
}

fn client() -> Result<()> {
    let mut clients = Vec::new();
    for _ in 0..3 {
        let client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
        clients.push(client.clone());
        let Ok(()) = socket_connect(&client, "127.0.0.1", argument().parse::<i32>().ok()) else { panic!("no server") };
    }
    for (number, client) in clients.iter().rev().enumerate() {
        echo!(socket_read(client, 1024, PHP_NORMAL_READ)?);
        socket_write(client, format!("小明 {number}\n"), None)?;
        echo!(socket_read(client, 1024, PHP_NORMAL_READ)?);
        socket_write(client, "bye\n", None)?;
        echo!(socket_read(client, 1024, None)?.len(), "\n");
        socket_close(client)?;
    }
    Ok(())
}
