//! The last error of a socket and of the thread.

use super::Socket;
use crate::error;

/// Returns the number of the last error on `socket`, or of the last error on this thread with `None`.
///
/// ```text
/// socket_last_error(?Socket $socket = null): int
/// ```
///
/// A success leaves the number as it is; only [`socket_clear_error`] resets it. PHP's number without a socket belongs to
/// the process, here to the thread. For a closed socket PHP throws; here its last number is still told.
///
/// See <https://www.php.net/socket_last_error>.
///
/// # Examples
/// ```
/// use php_sockets::*;
///
/// let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
/// assert!(socket_getpeername(&socket).is_err());
/// assert_eq!(socket_last_error(&socket), SOCKET_ENOTCONN);
/// assert_eq!(socket_last_error(None), SOCKET_ENOTCONN);
/// # Ok::<(), Error>(())
/// ```
#[must_use]
pub fn socket_last_error<'a>(socket: impl Into<Option<&'a Socket>>) -> i32 {
    socket.into().map_or_else(error::last, Socket::last_error)
}

/// Resets the last error of `socket` to 0, or that of this thread with `None`.
///
/// ```text
/// socket_clear_error(?Socket $socket = null): void
/// ```
///
/// As in PHP, except that a closed socket is no error.
///
/// See <https://www.php.net/socket_clear_error>.
///
/// # Examples
/// ```
/// use php_sockets::*;
///
/// let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
/// assert!(socket_getpeername(&socket).is_err());
/// socket_clear_error(&socket);
/// socket_clear_error(None);
/// assert_eq!((socket_last_error(&socket), socket_last_error(None)), (0, 0));
/// # Ok::<(), Error>(())
/// ```
pub fn socket_clear_error<'a>(socket: impl Into<Option<&'a Socket>>) {
    match socket.into() {
        Some(socket) => socket.set_last_error(0),
        None => error::set_last(0),
    }
}
