//! What a started program inherits: no socket.

use std::os::fd::AsRawFd;
use std::process::Command;

use php_sockets::*;

use crate::support::tcp_pair;

/// Whether a program started now has this descriptor.
fn is_inherited(descriptor: &impl AsRawFd) -> std::io::Result<bool> {
    let number = descriptor.as_raw_fd().to_string();
    Ok(Command::new("sh").args(["-c", "test -e /proc/$$/fd/$0", &number]).status()?.success())
}

pub(crate) fn no_socket() -> Result<(), Box<dyn std::error::Error>> {
    let (created, accepted) = tcp_pair()?;
    let [one, other] = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;
    let listener = socket_create_listen(0, None)?;
    let hints = AddrInfoHints { ai_socktype: SOCK_STREAM, ..Default::default() };
    let bound = socket_addrinfo_bind(&socket_addrinfo_lookup("127.0.0.1", "0", hints)?[0])?;
    let flagged = socket_create(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, SOL_TCP)?;
    for socket in [&created, &accepted, &one, &other, &listener, &bound, &flagged] {
        assert!(!is_inherited(socket)?);
    }
    assert!(!is_inherited(&socket_export_stream::<std::net::TcpStream>(&created)?)?);
    let clone = created.clone();
    socket_close(&created)?;
    assert!(!is_inherited(&clone)?);
    Ok(())
}
