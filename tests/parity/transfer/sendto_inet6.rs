use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<()> {
    let server = socket_create(AF_INET6, SOCK_DGRAM, SOL_UDP)?;
    socket_bind(&server, "::", 0)?;
    let (_, port) = socket_getsockname(&server)?;
    let client = socket_create(AF_INET6, SOCK_DGRAM, SOL_UDP)?;
    let mut data = Vec::new();

    for host in ["::1", "127.0.0.1", "::ffff:127.0.0.1", "::1%1"] {
        show(socket_sendto(&client, host, host.len(), 0, host, port));
        show(socket_recvfrom(&server, &mut data, 2048, 0).map(|(_, address, _)| (data.clone(), address)));
    }
    show(socket_recvfrom(&server, &mut data, 2048, MSG_DONTWAIT));
    show(socket_sendto(&client, "x", 1, 0, "::1", None));
    show(socket_sendto(&client, "x", 1, 0, "::g", port));
    show(socket_last_error(&client));
    let stream = socket_create(AF_INET6, SOCK_STREAM, SOL_TCP)?;
    show(socket_recvfrom(&stream, &mut data, 2048, 0));
    Ok(())
}
