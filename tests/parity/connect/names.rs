use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<()> {
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    show(socket_getsockname(&socket));
    show(socket_getpeername(&socket));
    show(socket_last_error(&socket) == SOCKET_ENOTCONN);

    let socket = socket_create(AF_INET6, SOCK_STREAM, SOL_TCP)?;
    show(socket_getsockname(&socket));
    show(socket_getpeername(&socket));

    let socket = socket_create(AF_UNIX, SOCK_STREAM, 0)?;
    show(socket_getsockname(&socket).map(|(address, _)| address));
    show(socket_getpeername(&socket));

    let pair = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;
    show(socket_getsockname(&pair[0]).map(|(address, _)| address));
    show(socket_getpeername(&pair[0]).map(|(address, _)| address));

    // A datagram socket that sends gets a port, but no address.
    let socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    socket_sendto(&socket, "x", 1, 0, "127.0.0.1", 9)?;
    show(socket_getsockname(&socket).map(|(address, port)| (address, port > 0)));
    socket_connect(&socket, "127.0.0.1", 9)?;
    show(socket_getsockname(&socket).map(|(address, _)| address));
    show(socket_getpeername(&socket));
    Ok(())
}
