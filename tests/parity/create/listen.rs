use crate::prelude::*;

const DIFFERENCES: &[Difference] = &[before(
    8,
    5,
    // The port is cut to 16 bits: 0, which is any.
    "\"127.0.0.1\"\nSocket\nSocket\n",
    "\"127.0.0.1\"\n\
     ValueError: socket_create_listen(): Argument #1 ($port) must be between 0 and 65535\n\
     ValueError: socket_create_listen(): Argument #1 ($port) must be between 0 and 65535\n",
)];

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, DIFFERENCES)
}

fn port() -> Result<()> {
    let listener = socket_create_listen(0, None)?;
    show(&listener);
    show(socket_getsockname(&listener).map(|(address, port)| (address, port > 0)));
    let (_, port) = socket_getsockname(&listener)?;
    show(socket_create_listen(port, None));
    show(socket_last_error(None));
    show(socket_last_error(&listener));
    show(socket_create_listen(0, 1));
    show(socket_create_listen(0, -1));

    let client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    show(socket_connect(&client, "127.0.0.1", port));
    let connection = socket_accept(&listener)?;
    show(socket_getpeername(&connection).map(|(address, _)| address));

    show(socket_create_listen(-65536, None));
    show(socket_create_listen(65536, None));
    Ok(())
}
