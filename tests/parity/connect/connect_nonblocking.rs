use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<()> {
    let listener = socket_create_listen(0, None)?;
    let (_, port) = socket_getsockname(&listener)?;

    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    show(socket_set_nonblock(&socket));
    show(socket_connect(&socket, "127.0.0.1", port));
    show(socket_last_error(&socket) == SOCKET_EINPROGRESS);
    show(socket_last_error(None) == SOCKET_EINPROGRESS);
    let mut write = vec![socket.clone()];
    show(socket_select(None, &mut write, None, 5, None));
    show(socket_get_option(&socket, SOL_SOCKET, SO_ERROR));

    // Asked again, it says yes once.
    show(socket_connect(&socket, "127.0.0.1", port));
    show(socket_connect(&socket, "127.0.0.1", port));
    show(socket_last_error(&socket));

    // Refused: the number waits in SO_ERROR, or for the next call.
    let bound = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_bind(&bound, "127.0.0.1", 0)?;
    let (_, port) = socket_getsockname(&bound)?;
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_set_nonblock(&socket)?;
    show(socket_connect(&socket, "127.0.0.1", port));
    let mut write = vec![socket.clone()];
    show(socket_select(None, &mut write, None, 5, None));
    show(socket_get_option(&socket, SOL_SOCKET, SO_ERROR));
    show(socket_get_option(&socket, SOL_SOCKET, SO_ERROR));
    show(socket_last_error(&socket) == SOCKET_EINPROGRESS);
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_set_nonblock(&socket)?;
    show(socket_connect(&socket, "127.0.0.1", port));
    let mut write = vec![socket.clone()];
    show(socket_select(None, &mut write, None, 5, None));
    show(socket_connect(&socket, "127.0.0.1", port));
    Ok(())
}
