use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<()> {
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    show(socket_connect(&socket, "127.0.0.1", None));
    show(socket_connect(&socket, "", None));
    show(socket_connect(&socket, "", 1));
    show(socket_last_error(&socket));

    let socket = socket_create(AF_INET6, SOCK_STREAM, SOL_TCP)?;
    show(socket_connect(&socket, "::1", None));

    // A connected socket.
    let listener = socket_create_listen(0, None)?;
    let (_, port) = socket_getsockname(&listener)?;
    let client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    show(socket_connect(&client, "127.0.0.1", port));
    show(socket_connect(&client, "127.0.0.1", port));
    show(socket_last_error(&client));

    // A datagram socket connects to anybody.
    let socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    show(socket_connect(&socket, "127.0.0.1", 9));
    show(socket_getpeername(&socket));
    Ok(())
}
