use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<()> {
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    show(socket_get_option(&socket, SOL_TCP, TCP_NODELAY));
    show(socket_set_option(&socket, SOL_TCP, TCP_NODELAY, 1));
    show(socket_get_option(&socket, SOL_TCP, TCP_NODELAY));
    show(socket_set_option(&socket, SOL_TCP, TCP_KEEPIDLE, 30));
    show(socket_get_option(&socket, SOL_TCP, TCP_KEEPIDLE));
    show(socket_set_option(&socket, SOL_TCP, TCP_KEEPINTVL, 5));
    show(socket_get_option(&socket, SOL_TCP, TCP_KEEPINTVL));
    show(socket_set_option(&socket, SOL_TCP, TCP_KEEPCNT, 3));
    show(socket_get_option(&socket, SOL_TCP, TCP_KEEPCNT));
    show(socket_set_option(&socket, SOL_TCP, TCP_DEFER_ACCEPT, 1));
    show(socket_get_option(&socket, SOL_TCP, TCP_DEFER_ACCEPT));
    show(socket_get_option(&socket, SOL_TCP, TCP_NOTSENT_LOWAT));

    show(socket_set_option(&socket, SOL_TCP, TCP_KEEPIDLE, 0));
    show(socket_last_error(&socket) == SOCKET_EINVAL);
    show(socket_set_option(&socket, SOL_TCP, TCP_KEEPCNT, 1000));
    Ok(())
}
