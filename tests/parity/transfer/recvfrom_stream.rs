use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<()> {
    let mut data = Vec::new();
    fn received(socket: &Socket, data: &mut Vec<u8>) -> Result<String> {
        let (count, address, port) = socket_recvfrom(socket, data, 100, 0)?;
        Ok(format!("{count} {} [{address}] {port}", String::from_utf8_lossy(data)))
    }

    // A connection names no sender.
    let listener = socket_create_listen(0, None)?;
    let (_, port) = socket_getsockname(&listener)?;
    let client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_connect(&client, "127.0.0.1", port)?;
    let connection = socket_accept(&listener)?;
    socket_write(&connection, "你好", None)?;
    show(received(&client, &mut data));
    socket_close(&connection)?;
    show(received(&client, &mut data));

    let listener = socket_create(AF_INET6, SOCK_STREAM, SOL_TCP)?;
    socket_bind(&listener, "::1", None)?;
    socket_listen(&listener, None)?;
    let (_, port) = socket_getsockname(&listener)?;
    let client = socket_create(AF_INET6, SOCK_STREAM, SOL_TCP)?;
    socket_connect(&client, "::1", port)?;
    let connection = socket_accept(&listener)?;
    socket_write(&connection, "hello", None)?;
    show(received(&client, &mut data));

    let pair = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;
    socket_write(&pair[0], "hello", None)?;
    show(received(&pair[1], &mut data));
    socket_close(&pair[0])?;
    show(received(&pair[1], &mut data));
    Ok(())
}
