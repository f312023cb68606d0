//! What several test files need.

use php_sockets::*;

/// Two ends of a TCP connection over the loopback interface.
pub(crate) fn tcp_pair() -> Result<(Socket, Socket)> {
    tcp_pair_of(AF_INET, "127.0.0.1")
}

/// The same over the loopback interface's address in this family.
pub(crate) fn tcp_pair_of(family: i32, address: &str) -> Result<(Socket, Socket)> {
    let listener = socket_create(family, SOCK_STREAM, SOL_TCP)?;
    socket_bind(&listener, address, 0)?;
    socket_listen(&listener, 1)?;
    let client = socket_create(family, SOCK_STREAM, SOL_TCP)?;
    socket_connect(&client, address, socket_getsockname(&listener)?.1)?;
    Ok((client, socket_accept(&listener)?))
}
