use crate::prelude::*;

/// PHP cuts the port to 16 bits: 0, where nobody listens, and the listener's.
const DIFFERENCES: &[Difference] = &[always(
    "false\nfalse\ntrue\n",
    "ValueError: socket_connect(): Argument #3 ($port) must be between 0 and 65535\n\
     ValueError: socket_connect(): Argument #3 ($port) must be between 0 and 65535\n\
     ValueError: socket_connect(): Argument #3 ($port) must be between 0 and 65535\n",
)];

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, DIFFERENCES)
}

fn port() -> Result<()> {
    let listener = socket_create_listen(0, None)?;
    let (_, port) = socket_getsockname(&listener)?;
    for wrong in [-65536, 65536, 65536 + port] {
        let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
        show(socket_connect(&socket, "127.0.0.1", wrong));
    }
    // AF_UNIX has no port.
    let listener = socket_create(AF_UNIX, SOCK_STREAM, 0)?;
    socket_bind(&listener, "server.sock", None)?;
    socket_listen(&listener, None)?;
    let socket = socket_create(AF_UNIX, SOCK_STREAM, 0)?;
    show(socket_connect(&socket, "server.sock", 70000));
    Ok(())
}
