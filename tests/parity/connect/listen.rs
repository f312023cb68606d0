use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<()> {
    // Without an address the system chooses one.
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    show(socket_listen(&socket, None));
    show(socket_getsockname(&socket).map(|(address, port)| (address, port > 0)));
    show(socket_listen(&socket, 5));
    show(socket_listen(&socket, SOMAXCONN));
    show(socket_listen(&socket, -1));

    let socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    show(socket_listen(&socket, None));
    show(socket_last_error(&socket));

    let socket = socket_create(AF_UNIX, SOCK_STREAM, 0)?;
    show(socket_listen(&socket, 4));
    show(socket_last_error(&socket));

    // A connected socket does not listen.
    let listener = socket_create_listen(0, None)?;
    let (_, port) = socket_getsockname(&listener)?;
    let client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_connect(&client, "127.0.0.1", port)?;
    show(socket_listen(&client, 4));
    Ok(())
}
