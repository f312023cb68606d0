use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<()> {
    let mut data = Vec::new();
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    show(socket_recv(&socket, &mut data, 10, 0));
    show(socket_last_error(&socket) == SOCKET_ENOTCONN);
    show(socket_last_error(None) == SOCKET_ENOTCONN);

    // No out-of-band byte is there, and datagrams have none.
    let listener = socket_create_listen(0, None)?;
    let (_, port) = socket_getsockname(&listener)?;
    socket_connect(&socket, "127.0.0.1", port)?;
    show(socket_recv(&socket, &mut data, 10, MSG_OOB));
    let pair = socket_create_pair(AF_UNIX, SOCK_DGRAM, 0)?;
    show(socket_recv(&pair[0], &mut data, 10, MSG_OOB));
    show(socket_recv(&pair[0], &mut data, 10, MSG_OOB).is_ok());
    Ok(())
}
