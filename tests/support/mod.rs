//! What several test files need.
#![allow(dead_code, reason = "each test binary uses a part")]

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

/// A port of this machine on which nobody listens as long as the socket is there: a port that is bound is given to nobody
/// else, as one that was closed could be.
pub(crate) fn nobody_listens() -> Result<(Socket, i32)> {
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_bind(&socket, "127.0.0.1", 0)?;
    let (_, port) = socket_getsockname(&socket)?;
    Ok((socket, port))
}

/// The same for datagrams: the socket hears itself alone, so that the system tells others that nobody does.
pub(crate) fn nobody_hears() -> Result<(Socket, i32)> {
    let socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    socket_bind(&socket, "127.0.0.1", 0)?;
    let (_, port) = socket_getsockname(&socket)?;
    socket_connect(&socket, "127.0.0.1", port)?;
    Ok((socket, port))
}
