use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    exchange(module_path!(), server, client, &[])
}

// Says nothing until it is asked a second time.
fn server() -> Result<()> {
    let listener = socket_create_listen(0, None)?;
    let (_, port) = socket_getsockname(&listener)?;
    listening(port);
    let connection = socket_accept(&listener)?;
    echo!(socket_read(&connection, 2048, PHP_NORMAL_READ)?);
    echo!(socket_read(&connection, 2048, PHP_NORMAL_READ)?);
    socket_write(&connection, "终于回答\n", None)?;
    socket_close(&connection)
}

fn client() -> Result<()> {
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_set_option(&socket, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 0, usec: 50000 })?;
    socket_set_option(&socket, SOL_SOCKET, SO_SNDTIMEO, Timeval { sec: 5, usec: 0 })?;
    socket_connect(&socket, "127.0.0.1", argument().parse::<i32>().expect("it is a port"))?;
    socket_write(&socket, "hello?\n", None)?;
    show(socket_read(&socket, 2048, None));
    if socket_last_error(&socket) == SOCKET_EWOULDBLOCK {
        echo!("超时，再试一次\n");
    }
    socket_set_option(&socket, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 10, usec: 0 })?;
    socket_write(&socket, "still there?\n", None)?;
    show(socket_read(&socket, 2048, None));
    show(socket_read(&socket, 2048, None));
    Ok(())
}
