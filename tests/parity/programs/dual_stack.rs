use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    exchange(module_path!(), server, client, &[])
}

// One socket for IPv4 and IPv6.
fn server() -> Result<()> {
    let listener = socket_create(AF_INET6, SOCK_STREAM, SOL_TCP)?;
    socket_set_option(&listener, IPPROTO_IPV6, IPV6_V6ONLY, 0)?;
    socket_bind(&listener, "::", 0)?;
    socket_listen(&listener, 5)?;
    let (_, port) = socket_getsockname(&listener)?;
    listening(port);
    for _ in 0..3 {
        let connection = socket_accept(&listener)?;
        let (peer, _) = socket_getpeername(&connection)?;
        echo!(&peer, "\n");
        socket_write(&connection, format!("你是 {peer}"), None)?;
        socket_close(&connection)?;
    }
    Ok(())
}

fn client() -> Result<()> {
    let port = argument().parse::<i32>().expect("it is a port");
    for (family, host) in [(AF_INET, "127.0.0.1"), (AF_INET6, "::1"), (AF_INET6, "127.0.0.1")] {
        let socket = socket_create(family, SOCK_STREAM, SOL_TCP)?;
        show(socket_connect(&socket, host, port));
        show(socket_read(&socket, 100, None));
    }
    Ok(())
}
