use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<()> {
    let hints = AddrInfoHints { ai_socktype: SOCK_STREAM, ..AddrInfoHints::default() };
    let address = &socket_addrinfo_lookup("127.0.0.1", "0", hints)?[0];
    let listener = socket_addrinfo_bind(address)?;
    show(&listener);
    show(socket_getsockname(&listener).map(|(host, port)| (host, port > 0)));
    show(socket_get_option(&listener, SOL_SOCKET, SO_REUSEADDR));
    show(socket_listen(&listener, 4));

    // In use, and not this machine's.
    let (_, port) = socket_getsockname(&listener)?;
    let address = &socket_addrinfo_lookup("127.0.0.1", &*port.to_string(), hints)?[0];
    show(socket_addrinfo_bind(address));
    show(socket_last_error(None) == SOCKET_EADDRINUSE);
    let address = &socket_addrinfo_lookup("203.0.113.5", "0", hints)?[0];
    show(socket_addrinfo_bind(address));
    show(socket_last_error(None) == SOCKET_EADDRNOTAVAIL);

    let address = &socket_addrinfo_lookup("::1", "0", AddrInfoHints { ai_socktype: SOCK_DGRAM, ..hints })?[0];
    let socket = socket_addrinfo_bind(address)?;
    show(socket_getsockname(&socket).map(|(host, port)| (host, port > 0)));
    show(socket_get_option(&socket, SOL_SOCKET, SO_TYPE)? == SOCK_DGRAM);
    Ok(())
}
