use std::{fmt, io, net::Shutdown, time::Duration};

use crate::Socket;

/// What a connection does with a socket beyond reading and writing; another stream has none of it.
pub(super) struct Hooks<S> {
    /// Ends the sending direction: shutdown(2) with `SHUT_WR`.
    pub(super) shutdown_write: fn(&S) -> io::Result<()>,
    /// Sets how long a blocking read waits: `SO_RCVTIMEO`.
    pub(super) set_read_timeout: fn(&S, Option<Duration>) -> io::Result<()>,
}

pub(super) const SOCKET: Hooks<Socket> = Hooks {
    shutdown_write: |socket| socket.open("shutdown")?.shutdown(Shutdown::Write),
    set_read_timeout: |socket, timeout| socket.open("setsockopt")?.set_read_timeout(timeout),
};

impl<S> Clone for Hooks<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Hooks<S> {}

impl<S> fmt::Debug for Hooks<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hooks")
    }
}
