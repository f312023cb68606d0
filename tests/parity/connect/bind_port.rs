use crate::prelude::*;

const DIFFERENCES: &[Difference] = &[before(
    8,
    5,
    // The port is cut to 16 bits: 0, which is any.
    "true\ntrue\ntrue\ntrue\ntrue\ntrue\ntrue\n",
    "ValueError: socket_bind(): Argument #3 ($port) must be between 0 and 65535\n\
     ValueError: socket_bind(): Argument #3 ($port) must be between 0 and 65535\n\
     ValueError: socket_bind(): Argument #3 ($port) must be between 0 and 65535\n\
     ValueError: socket_bind(): Argument #3 ($port) must be between 0 and 65535\n\
     ValueError: socket_bind(): Argument #3 ($port) must be between 0 and 65535\n\
     ValueError: socket_bind(): Argument #3 ($port) must be between 0 and 65535\n\
     true\n",
)];

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, DIFFERENCES)
}

fn port() -> Result<()> {
    for port in [-65536, 65536, 131072] {
        let socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
        show(socket_bind(&socket, "127.0.0.1", port));
        let socket = socket_create(AF_INET6, SOCK_DGRAM, SOL_UDP)?;
        show(socket_bind(&socket, "::1", port));
    }
    // Whatever the number, AF_UNIX has no port; from PHP 8.5 on it must be one all the same.
    let socket = socket_create(AF_UNIX, SOCK_STREAM, 0)?;
    show(socket_bind(&socket, "server.sock", 65535));
    Ok(())
}
