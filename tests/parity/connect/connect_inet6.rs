use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<()> {
    let listener = socket_create(AF_INET6, SOCK_STREAM, SOL_TCP)?;
    socket_bind(&listener, "::", 0)?;
    socket_listen(&listener, 4)?;
    let (address, port) = socket_getsockname(&listener)?;
    show(address);

    for host in ["::1", "127.0.0.1", "::ffff:127.0.0.1"] {
        let socket = socket_create(AF_INET6, SOCK_STREAM, SOL_TCP)?;
        show(socket_connect(&socket, host, port));
        let connection = socket_accept(&listener)?;
        show(socket_getpeername(&socket).map(|(address, there)| (address, there == port)));
        show(socket_getpeername(&connection).map(|(address, _)| address));
        show(socket_getsockname(&connection).map(|(address, _)| address));
    }

    // An IPv4 client appears with a mapped address.
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    show(socket_connect(&socket, "127.0.0.1", port));
    let connection = socket_accept(&listener)?;
    show(socket_getpeername(&connection).map(|(address, _)| address));
    Ok(())
}
