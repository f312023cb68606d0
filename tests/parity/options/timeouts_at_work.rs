use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<()> {
    let timeout = Timeval { sec: 0, usec: 30000 };
    let mut data = Vec::new();
    let pair = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;
    socket_set_option(&pair[0], SOL_SOCKET, SO_RCVTIMEO, timeout)?;
    show(socket_read(&pair[0], 10, None));
    show(socket_last_error(&pair[0]));
    show(socket_recv(&pair[0], &mut data, 10, MSG_WAITALL));
    show(socket_recvfrom(&pair[0], &mut data, 10, 0));

    // What came in time is not lost.
    socket_write(&pair[1], "一半", None)?;
    show(joined(socket_recv(&pair[0], &mut data, 12, MSG_WAITALL), &data));

    let server = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    socket_bind(&server, "127.0.0.1", 0)?;
    socket_set_option(&server, SOL_SOCKET, SO_RCVTIMEO, timeout)?;
    show(socket_recvfrom(&server, &mut data, 10, 0));
    show(socket_last_error(&server) == SOCKET_EAGAIN);

    let listener = socket_create_listen(0, None)?;
    socket_set_option(&listener, SOL_SOCKET, SO_RCVTIMEO, timeout)?;
    show(socket_accept(&listener));
    show(socket_last_error(None) == SOCKET_EWOULDBLOCK);

    // Not in the way of what is there.
    let (_, port) = socket_getsockname(&listener)?;
    let client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_connect(&client, "127.0.0.1", port)?;
    show(socket_accept(&listener));
    Ok(())
}
