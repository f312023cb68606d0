use std::{io, net::Shutdown, time::Duration};

use crate::Socket;

/// What a connection does with a socket beyond reading and writing; for another stream there is no such function.
pub(super) type Hook<S> = fn(&S, Control) -> io::Result<()>;

/// A call on the socket.
#[derive(Debug, Clone, Copy)]
pub(super) enum Control {
    /// Ends the sending direction: shutdown(2) with `SHUT_WR`.
    ShutdownWrite,
    /// Sets how long a blocking read waits: `SO_RCVTIMEO`.
    ReadTimeout(Option<Duration>),
}

/// The hook of a [`Socket`].
pub(super) fn socket(socket: &Socket, control: Control) -> io::Result<()> {
    match control {
        Control::ShutdownWrite => socket.open("shutdown")?.shutdown(Shutdown::Write),
        Control::ReadTimeout(timeout) => socket.open("setsockopt")?.set_read_timeout(timeout),
    }
}
