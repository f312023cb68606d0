use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<()> {
    let socket = socket_create(AF_UNIX, SOCK_STREAM, 0)?;
    show(socket_connect(&socket, "server.sock", None));
    show(socket_last_error(&socket));
    show(socket_connect(&socket, "", None));
    show(socket_connect(&socket, "x".repeat(108), None));
    show(socket_connect(&socket, format!("\0nobody listens here {}", std::process::id()), None));

    // A file that nobody listens on, and one that is no socket.
    let listener = socket_create(AF_UNIX, SOCK_STREAM, 0)?;
    socket_bind(&listener, "server.sock", None)?;
    show(socket_connect(&socket, "server.sock", None));
    std::fs::write("plain", "").expect("the directory is ours");
    show(socket_connect(&socket, "plain", None));

    socket_listen(&listener, 1)?;
    show(socket_connect(&socket, "server.sock", None));
    let connection = socket_accept(&listener)?;
    show(socket_write(&connection, "欢迎\n", None));
    show(socket_read(&socket, 100, None));
    show(socket_getpeername(&socket).map(|(address, _)| address));
    show(socket_getpeername(&connection).map(|(address, _)| address));

    // A socket of another type.
    let datagrams = socket_create(AF_UNIX, SOCK_DGRAM, 0)?;
    show(socket_connect(&datagrams, "server.sock", None));
    show(socket_last_error(&datagrams));

    // An abstract name.
    let name = format!("\0php-sockets {}", std::process::id());
    let listener = socket_create(AF_UNIX, SOCK_STREAM, 0)?;
    socket_bind(&listener, &name, None)?;
    socket_listen(&listener, None)?;
    let socket = socket_create(AF_UNIX, SOCK_STREAM, 0)?;
    show(socket_connect(&socket, &name, None));
    Ok(())
}
