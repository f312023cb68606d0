use std::{io, net::Shutdown, time::Duration};

use crate::{Socket, sys};

/// What a connection does with a socket beyond reading and writing; for another stream there is no such function.
///
/// Returns how many bytes were read or written.
pub(super) type Hook<S> = fn(&S, Control<'_>) -> io::Result<usize>;

/// A call on the socket.
#[derive(Debug)]
pub(super) enum Control<'a> {
    /// Ends the sending direction: shutdown(2) with `SHUT_WR`.
    ShutdownWrite,
    /// Sets how long a blocking read waits: `SO_RCVTIMEO`.
    ReadTimeout(Option<Duration>),
    /// Reads what has come already, also from a blocking socket.
    ReadNow(&'a mut [u8]),
    /// Sets how long a blocking write waits: `SO_SNDTIMEO`.
    WriteTimeout(Option<Duration>),
    /// Writes what goes without waiting, also to a blocking socket.
    WriteNow(&'a [u8]),
    /// Says, by 1, whether the socket is blocking, where the system tells.
    IsBlocking,
}

/// Says whether a call that would block has waited first. Of other streams nobody knows.
pub(super) fn is_blocking<S>(hook: Option<Hook<S>>, stream: &S) -> bool {
    hook.is_some_and(|hook| hook(stream, Control::IsBlocking).is_ok_and(|answer| answer == 1))
}

/// Says whether a read might wait, as far as the system tells.
pub(super) fn may_wait<S>(hook: Hook<S>, stream: &S) -> bool {
    cfg!(not(unix)) || is_blocking(Some(hook), stream)
}

/// Windows has no such flag: there it may wait.
#[cfg(unix)]
const MSG_DONTWAIT: i32 = crate::MSG_DONTWAIT;
#[cfg(not(unix))]
const MSG_DONTWAIT: i32 = 0;

/// The hook of a [`Socket`].
pub(super) fn socket(socket: &Socket, control: Control<'_>) -> io::Result<usize> {
    match control {
        Control::ShutdownWrite => socket.open("shutdown")?.shutdown(Shutdown::Write).map(|()| 0),
        Control::ReadTimeout(timeout) => socket.open("setsockopt")?.set_read_timeout(timeout).map(|()| 0),
        // Where there is no such flag, nothing counts as having come.
        Control::ReadNow(_) if MSG_DONTWAIT == 0 => Err(io::ErrorKind::WouldBlock.into()),
        Control::ReadNow(space) => sys::receive_into(socket.open("recv")?, space, MSG_DONTWAIT),
        Control::WriteTimeout(timeout) => socket.open("setsockopt")?.set_write_timeout(timeout).map(|()| 0),
        Control::IsBlocking if socket.is_known_nonblocking() => Ok(0),
        Control::IsBlocking => ask_is_blocking(socket).map(usize::from),
        Control::WriteNow(bytes) => socket.open("send")?.send_with_flags(bytes, sys::MSG_NOSIGNAL | MSG_DONTWAIT),
    }
}

#[cfg(unix)]
fn ask_is_blocking(socket: &Socket) -> io::Result<bool> {
    socket.open("fcntl")?.nonblocking().map(|nonblocking| !nonblocking)
}

/// There a write that waited in vain has an error of its own.
#[cfg(not(unix))]
fn ask_is_blocking(_: &Socket) -> io::Result<bool> {
    Ok(false)
}
