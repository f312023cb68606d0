//! Ctrl-C and SIGTERM as a socket that becomes readable.

use std::io;

use php_sockets::Socket;

/// Returns a socket on which a byte arrives with each signal that asks the program to end.
#[cfg(unix)]
pub(crate) fn socket() -> io::Result<Socket> {
    use signal_hook::consts::{SIGINT, SIGTERM, SIGXFSZ};
    use std::os::unix::net::UnixStream;
    use std::sync::Arc;

    let (reader, writer) = UnixStream::pair()?;
    signal_hook::low_level::pipe::register(SIGINT, writer.try_clone()?)?;
    signal_hook::low_level::pipe::register(SIGTERM, writer)?;
    // A history at the limit of a file's size is a write that fails, not the end of the program.
    signal_hook::flag::register(SIGXFSZ, Arc::default())?;
    Ok(reader.into())
}

/// Here no signal arrives; Ctrl-C ends the program at once, and the history holds what was acknowledged all the same.
#[cfg(not(unix))]
pub(crate) fn socket() -> io::Result<Socket> {
    use php_sockets::{AF_INET, SOCK_DGRAM, SOL_UDP, socket_create};
    Ok(socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?)
}
