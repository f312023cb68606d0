use crate::prelude::*;

/// PHP loses a line that the end cuts off.
const DIFFERENCES: &[Difference] = &[always(
    "\"last line\\n\"\n\
     Warning: socket_read(): unable to read from socket [104]: Connection reset by peer\n\
     false\n\
     Warning: socket_read(): unable to read from socket [104]: Connection reset by peer\n\
     false\n",
    "\"last line\\n\"\n\
     Warning: socket_read(): unable to read from socket [104]: Connection reset by peer\n\
     false\n\
     \"no newline\"\n",
)];

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, DIFFERENCES)
}

fn ended(data: &str) -> Result<Socket> {
    let pair = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;
    socket_write(&pair[0], data, None)?;
    socket_close(&pair[0])?;
    Ok(pair[1].clone())
}

fn port() -> Result<()> {
    // Blocking: the end is an error.
    let socket = ended("")?;
    show(socket_read(&socket, 100, PHP_NORMAL_READ));
    show(socket_last_error(&socket) == SOCKET_ECONNRESET);
    show(socket_last_error(None) == SOCKET_ECONNRESET);
    show(socket_read(&socket, 100, PHP_NORMAL_READ));
    show(socket_read(&socket, 100, None));
    let socket = ended("last line\n")?;
    show(socket_read(&socket, 100, PHP_NORMAL_READ));
    show(socket_read(&socket, 100, PHP_NORMAL_READ));

    // A line that the end cuts off, and one that has just the length.
    let socket = ended("no newline")?;
    show(socket_read(&socket, 100, PHP_NORMAL_READ));
    show(socket_read(&socket, 100, PHP_NORMAL_READ));
    let socket = ended("exactly")?;
    show(socket_read(&socket, 7, PHP_NORMAL_READ));

    // Non-blocking: the end is an empty string.
    let socket = ended("")?;
    socket_set_nonblock(&socket)?;
    show(socket_read(&socket, 100, PHP_NORMAL_READ));
    show(socket_last_error(&socket));
    let socket = ended("没有换行")?;
    socket_set_nonblock(&socket)?;
    show(socket_read(&socket, 100, PHP_NORMAL_READ));
    show(socket_read(&socket, 100, PHP_NORMAL_READ));
    Ok(())
}
