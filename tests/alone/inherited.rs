//! What a started program inherits: a socket that was created, as from PHP, and no other.

use std::os::fd::AsRawFd;
use std::process::Command;

use php_sockets::*;

use crate::support::tcp_pair;

/// Whether a program started now has this descriptor.
fn is_inherited(descriptor: &impl AsRawFd) -> std::io::Result<bool> {
    let number = descriptor.as_raw_fd().to_string();
    Ok(Command::new("sh").args(["-c", "test -e /proc/$$/fd/$0", &number]).status()?.success())
}

pub(crate) fn only_what_was_created_without_a_flag() -> Result<(), Box<dyn std::error::Error>> {
    let (created, accepted) = tcp_pair()?;
    assert!(is_inherited(&created)?);
    assert!(is_inherited(&socket_create_listen(0, None)?)?);
    assert!(is_inherited(&socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?[1])?);

    assert!(!is_inherited(&accepted)?);
    assert!(!is_inherited(&socket_create(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, SOL_TCP)?)?);
    assert!(!is_inherited(&socket_export_stream::<std::net::TcpStream>(&created)?)?);
    let clone = created.clone();
    socket_close(&created)?;
    assert!(!is_inherited(&clone)?);
    Ok(())
}
