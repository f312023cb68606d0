use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<()> {
    // No descriptor is left.
    let listener = socket_create_listen(0, None)?;
    let (_, port) = socket_getsockname(&listener)?;
    let client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_connect(&client, "127.0.0.1", port)?;
    let hints = AddrInfoHints { ai_socktype: SOCK_STREAM, ..AddrInfoHints::default() };
    let address = &socket_addrinfo_lookup("127.0.0.1", "0", hints)?[0];
    let multicast = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    let mut sockets = Vec::new();
    while let Ok(socket) = socket_create(AF_UNIX, SOCK_DGRAM, 0) {
        sockets.push(socket);
    }
    show(socket_last_error(None) == SOCKET_EMFILE);
    show(socket_create(AF_INET, SOCK_STREAM, SOL_TCP));
    show(socket_create_listen(0, None));
    show(socket_create_pair(AF_UNIX, SOCK_STREAM, 0));
    show(socket_accept(&listener));
    show(socket_addrinfo_bind(address));
    show(socket_addrinfo_connect(address));
    show(socket_last_error(None));

    // The socket itself knows the interfaces' addresses.
    show(socket_set_option(&multicast, IPPROTO_IP, IP_MULTICAST_IF, 1));
    show(socket_get_option(&multicast, IPPROTO_IP, IP_MULTICAST_IF));
    show(socket_set_option(&multicast, IPPROTO_IP, IP_MULTICAST_IF, 9999));

    // One of them closed, and there is one.
    socket_close(&sockets.remove(0))?;
    show(socket_accept(&listener));
    Ok(())
}
