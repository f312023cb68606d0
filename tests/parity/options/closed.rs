use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<()> {
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_close(&socket)?;
    show(socket_get_option(&socket, SOL_SOCKET, SO_TYPE));
    show(socket_set_option(&socket, SOL_SOCKET, SO_REUSEADDR, 1));
    show(socket_getopt(&socket, SOL_SOCKET, SO_TYPE));
    show(socket_setopt(&socket, SOL_SOCKET, SO_REUSEADDR, 1));
    Ok(())
}
