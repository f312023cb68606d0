use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<()> {
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    show(socket_write(&socket, "x", None));
    show(socket_last_error(&socket) == SOCKET_EPIPE);
    let socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    show(socket_write(&socket, "x", None));
    show(socket_last_error(&socket) == SOCKET_EDESTADDRREQ);

    // The peer is gone: no signal ends the program.
    let pair = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;
    socket_close(&pair[0])?;
    show(socket_write(&pair[1], "x", None));
    show(socket_write(&pair[1], "x", None).is_ok());
    show(socket_strerror(socket_last_error(&pair[1])));
    let pair = socket_create_pair(AF_UNIX, SOCK_DGRAM, 0)?;
    socket_close(&pair[0])?;
    show(socket_write(&pair[1], "x", None));

    // Longer than a datagram can be.
    let socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    socket_connect(&socket, "127.0.0.1", 9)?;
    show(socket_write(&socket, "x".repeat(65508), None));
    Ok(())
}
