use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<()> {
    let socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    socket_set_option(&socket, SOL_SOCKET, SO_RCVBUF, 16384)?;
    socket_set_option(&socket, SOL_SOCKET, SO_SNDBUF, 16384)?;
    show(socket_get_option(&socket, SOL_SOCKET, SO_MEMINFO));
    Ok(())
}
