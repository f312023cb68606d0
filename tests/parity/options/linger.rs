use crate::prelude::*;

const DIFFERENCES: &[Difference] = &[before(
    8,
    5,
    "ValueError: socket_set_option(): Argument #4 ($value) must have key \"l_onoff\"\ntrue\ntrue\n",
    "TypeError: socket_set_option(): Argument #4 ($value) must be of type array \
     when argument #3 ($option) is SO_LINGER, int given\n\
     ValueError: socket_set_option(): Argument #4 ($value) \"l_onoff\" must be between 0 and 65535\n\
     ValueError: socket_set_option(): Argument #4 ($value) \"l_linger\" must be between 0 and 65535\n",
)];

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, DIFFERENCES)
}

fn port() -> Result<()> {
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    show(socket_get_option(&socket, SOL_SOCKET, SO_LINGER));
    show(socket_set_option(&socket, SOL_SOCKET, SO_LINGER, Linger { l_onoff: 1, l_linger: 5 }));
    show(socket_get_option(&socket, SOL_SOCKET, SO_LINGER));
    show(socket_set_option(&socket, SOL_SOCKET, SO_LINGER, Linger { l_onoff: 1, l_linger: 65535 }));
    show(socket_get_option(&socket, SOL_SOCKET, SO_LINGER));
    show(socket_set_option(&socket, SOL_SOCKET, SO_LINGER, Linger { l_onoff: 0, l_linger: 0 }));
    show(socket_get_option(&socket, SOL_SOCKET, SO_LINGER));

    // Without a time closing resets the connection.
    let listener = socket_create_listen(0, None)?;
    let (_, port) = socket_getsockname(&listener)?;
    socket_connect(&socket, "127.0.0.1", port)?;
    let connection = socket_accept(&listener)?;
    show(socket_set_option(&socket, SOL_SOCKET, SO_LINGER, Linger { l_onoff: 1, l_linger: 0 }));
    socket_close(&socket)?;
    show(socket_read(&connection, 10, None));
    show(socket_last_error(&connection));

    // Not the array that it should be.
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    show(socket_set_option(&socket, SOL_SOCKET, SO_LINGER, 5));
    show(socket_set_option(&socket, SOL_SOCKET, SO_LINGER, Linger { l_onoff: -1, l_linger: 1 }));
    show(socket_set_option(&socket, SOL_SOCKET, SO_LINGER, Linger { l_onoff: 1, l_linger: 65536 }));
    Ok(())
}
