use std::os::fd::OwnedFd;

use crate::prelude::*;

const DIFFERENCES: &[Difference] = &[
    // Nothing is returned, but there may be an error.
    always("null\n", "true\n"),
    always("Error: socket_last_error(): Argument #1 ($socket) has already been closed\n", "0\n"),
];

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, DIFFERENCES)
}

fn port() -> Result<()> {
    let mut data = Vec::new();
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    let same = socket.clone();
    show(socket_close(&socket));

    // Closed for every clone.
    show(socket_close(&same));
    show(socket_bind(&same, "127.0.0.1", 0));
    show(socket_listen(&same, None));
    show(socket_accept(&same));
    show(socket_connect(&same, "127.0.0.1", 1));
    show(socket_read(&same, 1, None));
    show(socket_write(&same, "x", None));
    show(socket_recv(&same, &mut data, 1, 0));
    show(socket_send(&same, "x", 1, 0));
    show(socket_recvfrom(&same, &mut data, 1, 0));
    show(socket_sendto(&same, "x", 1, 0, "127.0.0.1", 1));
    show(socket_set_block(&same));
    show(socket_set_nonblock(&same));
    show(socket_shutdown(&same, None));
    show(socket_getsockname(&same));
    show(socket_getpeername(&same));
    show(socket_export_stream::<OwnedFd>(&same).map(|_| "stream"));
    show(socket_last_error(&same));

    // The peer sees the end, and the errors of both stay as they were.
    let pair = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;
    socket_close(&pair[0])?;
    show(socket_read(&pair[1], 10, None));
    show(socket_last_error(&pair[1]));
    show(socket_last_error(None));

    // The last clone to go closes it, too.
    let [left, right] = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;
    drop(left);
    show(socket_read(&right, 10, None));
    Ok(())
}
