//! What several test files need.

use php_sockets::*;

/// Two ends of a TCP connection over the loopback interface.
pub(crate) fn tcp_pair() -> Result<(Socket, Socket)> {
    let listener = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_bind(&listener, "127.0.0.1", 0)?;
    socket_listen(&listener, 1)?;
    let client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_connect(&client, "127.0.0.1", socket_getsockname(&listener)?.1)?;
    Ok((client, socket_accept(&listener)?))
}
