use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<()> {
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    show(socket_read(&socket, 10, None));
    show(socket_last_error(&socket) == SOCKET_ENOTCONN);
    show(socket_read(&socket, 10, PHP_NORMAL_READ));

    let listener = socket_create_listen(0, None)?;
    show(socket_read(&listener, 10, None));

    // A connection that the peer resets.
    let (_, port) = socket_getsockname(&listener)?;
    let client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_connect(&client, "127.0.0.1", port)?;
    let connection = socket_accept(&listener)?;
    socket_write(&connection, "never read", None)?;
    socket_close(&client)?;
    show(socket_read(&connection, 10, None));
    show(socket_last_error(&connection) == SOCKET_ECONNRESET);
    show(socket_read(&connection, 10, None));
    Ok(())
}
