use crate::prelude::*;

const DIFFERENCES: &[Difference] = &[before(
    8,
    6,
    "Warning: socket_shutdown(): Unable to shutdown socket [22]: Invalid argument\n\
     false\n\
     Warning: socket_shutdown(): Unable to shutdown socket [22]: Invalid argument\n\
     false\n",
    "ValueError: socket_shutdown(): Argument #2 ($mode) must be one of SHUT_RD, SHUT_WR or SHUT_RDWR\n\
     ValueError: socket_shutdown(): Argument #2 ($mode) must be one of SHUT_RD, SHUT_WR or SHUT_RDWR\n",
)];

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, DIFFERENCES)
}

fn port() -> Result<()> {
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    show(socket_shutdown(&socket, None));
    show(socket_last_error(&socket));

    // 0 reading, 1 writing, 2 both.
    let pair = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;
    socket_write(&pair[0], "last words", None)?;
    show(socket_shutdown(&pair[0], 1));
    show(socket_write(&pair[0], "x", None));
    show(socket_read(&pair[1], 100, None));
    show(socket_read(&pair[1], 100, None));
    show(socket_write(&pair[1], "answer", None));
    show(socket_read(&pair[0], 100, None));
    show(socket_shutdown(&pair[0], 0));
    show(socket_read(&pair[0], 100, None));
    show(socket_shutdown(&pair[1], None));
    show(socket_write(&pair[1], "x", None));
    show(socket_shutdown(&pair[1], 2));

    let pair = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;
    show(socket_shutdown(&pair[0], 3));
    show(socket_shutdown(&pair[0], -1));
    Ok(())
}
