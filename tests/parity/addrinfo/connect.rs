use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<()> {
    let listener = socket_create_listen(0, None)?;
    let (_, port) = socket_getsockname(&listener)?;
    let hints = AddrInfoHints { ai_socktype: SOCK_STREAM, ..AddrInfoHints::default() };
    let address = &socket_addrinfo_lookup("127.0.0.1", &*port.to_string(), hints)?[0];
    let client = socket_addrinfo_connect(address)?;
    show(&client);
    let connection = socket_accept(&listener)?;
    show(socket_write(&connection, "你好", None));
    show(socket_read(&client, 100, None));
    show(socket_getpeername(&client).map(|(host, there)| (host, there == port)));

    // Nobody listens.
    let bound = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_bind(&bound, "127.0.0.1", 0)?;
    let (_, port) = socket_getsockname(&bound)?;
    let address = &socket_addrinfo_lookup("127.0.0.1", &*port.to_string(), hints)?[0];
    show(socket_addrinfo_connect(address));
    show(socket_last_error(None));
    Ok(())
}
