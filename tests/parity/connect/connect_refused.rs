use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<()> {
    // Nobody listens on a port that is bound, and nobody else can take it.
    let bound = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_bind(&bound, "127.0.0.1", 0)?;
    let (_, port) = socket_getsockname(&bound)?;

    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    show(socket_connect(&socket, "127.0.0.1", port));
    show(socket_last_error(&socket) == SOCKET_ECONNREFUSED);
    show(socket_connect(&socket, "127.0.0.1", port).is_ok());
    if socket_connect(&socket, "localhost", port).is_err() {
        echo!("socket_connect() 失败：", socket_strerror(socket_last_error(&socket)), "\n");
    }
    show(socket_connect(&socket, "0", port));
    show(socket_connect(&socket, "127.0.0.1", 0));

    // A datagram socket hears of it with the next call. The other one keeps its port, and hears itself alone.
    let bound = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    socket_bind(&bound, "127.0.0.1", 0)?;
    let (_, port) = socket_getsockname(&bound)?;
    socket_connect(&bound, "127.0.0.1", port)?;
    let socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    socket_connect(&socket, "127.0.0.1", port)?;
    show(socket_write(&socket, "hello", None));
    show(socket_read(&socket, 10, None));
    show(socket_last_error(&socket));
    Ok(())
}
