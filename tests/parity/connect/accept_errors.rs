use crate::prelude::*;

/// PHP records the number on the connection that never came to be.
const DIFFERENCES: &[Difference] = &[always("22\n0\n", "22\n22\n")];

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, DIFFERENCES)
}

fn port() -> Result<()> {
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    show(socket_accept(&socket));
    show(socket_last_error(None));
    show(socket_last_error(&socket));

    let socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    show(socket_accept(&socket));
    show(socket_last_error(None));

    // Nobody waits.
    let listener = socket_create_listen(0, None)?;
    socket_set_nonblock(&listener)?;
    show(socket_accept(&listener));
    show(socket_last_error(None));

    // Nobody comes in time.
    socket_set_block(&listener)?;
    socket_set_option(&listener, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 0, usec: 20000 })?;
    socket_clear_error(None);
    show(socket_accept(&listener));
    show(socket_last_error(None));
    Ok(())
}
