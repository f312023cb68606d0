use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<()> {
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    show(socket_get_option(&socket, SOL_SOCKET, 9999));
    show(socket_last_error(&socket));
    show(socket_last_error(None));
    show(socket_set_option(&socket, SOL_SOCKET, 9999, 1));
    show(socket_last_error(&socket) == SOCKET_ENOPROTOOPT);
    show(socket_get_option(&socket, 99, 1));
    show(socket_set_option(&socket, 99, 1, 1));
    show(socket_set_option(&socket, SOL_SOCKET, SO_TYPE, SOCK_DGRAM));
    show(socket_get_option(&socket, SOL_SOCKET, SO_PASSCRED));
    show(socket_set_option(&socket, IPPROTO_IPV6, IPV6_V6ONLY, 1));
    show(socket_get_option(&socket, IPPROTO_IPV6, IPV6_V6ONLY));

    // The other names warn as themselves.
    show(socket_getopt(&socket, SOL_SOCKET, 9999));
    show(socket_setopt(&socket, SOL_SOCKET, 9999, 1));
    show(socket_last_error(&socket));

    let socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    show(socket_get_option(&socket, SOL_TCP, TCP_NODELAY));
    show(socket_set_option(&socket, SOL_TCP, TCP_NODELAY, 1));
    show(socket_set_option(&socket, IPPROTO_IP, 2, 300));
    let socket = socket_create(AF_INET6, SOCK_DGRAM, SOL_UDP)?;
    show(socket_set_option(&socket, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 256));
    show(socket_get_option(&socket, IPPROTO_IPV6, IPV6_PKTINFO));
    Ok(())
}
