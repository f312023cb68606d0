use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<()> {
    let listener = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_bind(&listener, "127.0.0.1", 0)?;
    socket_listen(&listener, 4)?;
    let (address, port) = socket_getsockname(&listener)?;

    let client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_connect(&client, &address, port)?;
    let connection = socket_accept(&listener)?;
    show(&connection);
    show(connection == listener);
    show(socket_getsockname(&connection).map(|(address, here)| (address, here == port)));
    let (_, port_of_client) = socket_getsockname(&client)?;
    show(socket_getpeername(&connection).map(|(address, there)| (address, there == port_of_client)));

    // A connection is blocking even when the listener is not.
    socket_set_nonblock(&listener)?;
    let second = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    let (address, port) = socket_getsockname(&listener)?;
    socket_connect(&second, &address, port)?;
    let mut read = vec![listener.clone()];
    show(socket_select(&mut read, None, None, 5, None));
    let connection = socket_accept(&listener)?;
    show(socket_accept(&listener));
    socket_write(&second, "hello", None)?;
    let mut data = Vec::new();
    show(socket_recv(&connection, &mut data, 5, MSG_WAITALL));
    socket_close(&second)?;
    show(socket_read(&connection, 10, None));

    // The connection outlives the listener.
    socket_close(&listener)?;
    socket_write(&client, "你好", None)?;
    socket_close(&client)?;
    Ok(())
}
