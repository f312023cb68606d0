use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn states(socket: &Socket) -> Result<[usize; 4]> {
    let [mut read, mut write, mut except] = std::array::from_fn(|_| vec![socket.clone()]);
    let ready = socket_select(&mut read, &mut write, &mut except, 0, None)?;
    Ok([ready, read.len(), write.len(), except.len()])
}

fn port() -> Result<()> {
    // Never connected, listening, called, connected.
    show(states(&socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?));
    let listener = socket_create_listen(0, None)?;
    show(states(&listener));
    let (_, port) = socket_getsockname(&listener)?;
    let client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_connect(&client, "127.0.0.1", port)?;
    let mut read = vec![listener.clone()];
    socket_select(&mut read, None, None, 5, None)?;
    show(states(&listener));
    let connection = socket_accept(&listener)?;
    show(states(&listener));
    show(states(&client));
    socket_write(&connection, "x", None)?;
    let mut read = vec![client.clone()];
    socket_select(&mut read, None, None, 5, None)?;
    show(states(&client));

    // The other end has gone, half or whole.
    let pair = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;
    show(states(&pair[0]));
    socket_shutdown(&pair[1], 1)?;
    show(states(&pair[0]));
    show(states(&pair[1]));
    socket_close(&pair[1])?;
    show(states(&pair[0]));

    // Shut down on this side.
    let pair = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;
    socket_shutdown(&pair[0], None)?;
    show(states(&pair[0]));

    // A buffer that is full is not writable.
    let pair = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;
    socket_set_nonblock(&pair[0])?;
    while socket_write(&pair[0], "x".repeat(65536), None).is_ok() {}
    show(states(&pair[0]));
    show(states(&pair[1]));

    // Datagrams, and a refusal that waits.
    let socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    show(states(&socket));
    let bound = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_bind(&bound, "127.0.0.1", 0)?;
    let (_, port) = socket_getsockname(&bound)?;
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_set_nonblock(&socket)?;
    drop(socket_connect(&socket, "127.0.0.1", port));
    let mut write = vec![socket.clone()];
    socket_select(None, &mut write, None, 5, None)?;
    show(states(&socket));
    Ok(())
}
