use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<()> {
    let pair = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;
    show(socket_set_nonblock(&pair[0]));
    show(socket_read(&pair[0], 10, None));
    show(socket_last_error(&pair[0]) == SOCKET_EWOULDBLOCK);
    show(socket_set_block(&pair[0]));
    socket_clear_error(&pair[0]);
    socket_set_option(&pair[0], SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 0, usec: 20000 })?;
    show(socket_read(&pair[0], 10, None));
    show(socket_last_error(&pair[0]) == SOCKET_EAGAIN);

    // The mode is this end's own.
    socket_set_nonblock(&pair[0])?;
    socket_write(&pair[0], "x", None)?;
    show(socket_read(&pair[1], 10, None));
    show(socket_set_nonblock(&pair[0]));
    show(socket_set_block(&pair[0]));
    show(socket_set_block(&pair[0]));
    Ok(())
}
