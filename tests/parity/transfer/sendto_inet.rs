use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<()> {
    let server = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    socket_bind(&server, "127.0.0.1", 0)?;
    let (_, port) = socket_getsockname(&server)?;
    let client = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    socket_bind(&client, "127.0.0.1", 0)?;
    let (_, port_of_client) = socket_getsockname(&client)?;

    let msg = "你好，世界";
    show(socket_sendto(&client, msg, msg.len(), 0, "127.0.0.1", port));
    show(socket_sendto(&client, msg, 6, 0, "localhost", port));
    show(socket_sendto(&client, msg, 1000, MSG_DONTWAIT, "127.1", port));
    show(socket_sendto(&client, "", 0, 0, "127.0.0.1", port));
    show(socket_sendto(&client, "cut off", 7, 0, "127.0.0.1", port));

    fn received(socket: &Socket, length: usize, flags: i32, port: i32) -> Result<Answer> {
        let mut data = Vec::new();
        let (count, address, from) = socket_recvfrom(socket, &mut data, length, flags)?;
        Ok(Answer::of((count, &data, address, from == port)))
    }

    show(received(&server, 2048, MSG_PEEK, port_of_client));
    show(received(&server, 2048, 0, port_of_client));
    show(received(&server, 2048, 0, port_of_client));
    show(received(&server, 2048, 0, port_of_client));
    show(received(&server, 2048, 0, port_of_client));
    show(received(&server, 3, 0, port_of_client));
    show(received(&server, 2048, MSG_DONTWAIT, port_of_client));
    show(socket_last_error(&server) == SOCKET_EAGAIN);

    // A reply, to the address that came with the datagram.
    socket_sendto(&client, "ping", 4, 0, "127.0.0.1", port)?;
    let mut data = Vec::new();
    let (_, address, from) = socket_recvfrom(&server, &mut data, 2048, 0)?;
    data.extend(b" pong");
    show(socket_sendto(&server, &data, 9, 0, &address, from));
    show(received(&client, 2048, 0, port));
    Ok(())
}
