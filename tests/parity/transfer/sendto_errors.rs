use crate::prelude::*;

const DIFFERENCES: &[Difference] = &[before(
    8,
    5,
    // The port is cut to 16 bits.
    "already connected\nfalse\n1\n1\n",
    "already connected\nfalse\n\
     ValueError: socket_sendto(): Argument #6 ($port) must be between 0 and 65535\n\
     ValueError: socket_sendto(): Argument #6 ($port) must be between 0 and 65535\n",
)];

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, DIFFERENCES)
}

fn port() -> Result<()> {
    let socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    show(socket_sendto(&socket, "x", 1, 0, "127.0.0.1", None));
    show(socket_sendto(&socket, "x", 1, 0, "", 9));
    show(socket_last_error(&socket));
    show(socket_sendto(&socket, "x".repeat(65508), 65508, 0, "127.0.0.1", 9));
    show(socket_last_error(&socket) == SOCKET_EMSGSIZE);
    show(socket_sendto(&socket, "x", 1, MSG_OOB, "127.0.0.1", 9));

    // A broadcast needs the option.
    show(socket_sendto(&socket, "x", 1, 0, "127.255.255.255", 9));
    show(socket_last_error(&socket) == SOCKET_EACCES);

    // A connection has its address.
    let stream = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    show(socket_sendto(&stream, "x", 1, 0, "127.0.0.1", 9));
    let pair = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;
    show(socket_sendto(&pair[0], "x", 1, 0, "server.sock", None));

    show(socket_sendto(&socket, "x", 1, 0, "127.0.0.1", -1));
    show(socket_sendto(&socket, "x", 1, 0, "127.0.0.1", 70000));
    Ok(())
}
