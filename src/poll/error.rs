//! PHP's polling exceptions.

use std::io;

use super::backend::Backend;
use super::event::Events;

/// A failed call of this module: each variant is the exception that PHP throws, and its
/// [`Display`](std::fmt::Display) is PHP's text.
///
/// Where a system call failed, [`source`](std::error::Error::source) is the error of the system, and
/// [`code`](Error::code) PHP's number for it.
///
/// # Examples
/// ```
/// use php_sockets::*;
/// use php_sockets::poll::{Context, Error, Event};
///
/// let context = Context::new()?;
/// let socket = socket_create_listen(0, None)?;
/// context.add(&socket, Event::Read, ())?;
/// let error = context.add(&socket, Event::Read, ()).expect_err("it is watched");
/// assert!(matches!(error, Error::HandleAlreadyWatchedException));
/// assert_eq!(error.to_string(), "Handle already added");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The system has refused what a new context needs.
    #[error("Failed to initialize polling context")]
    FailedContextInitializationException(#[source] io::Error),
    /// The system or the backend has refused to watch a socket.
    #[error("Failed to add handle")]
    FailedHandleAddException(#[source] io::Error),
    /// The system or the backend has refused to change what is watched for.
    #[error("Failed to modify watcher in polling system")]
    FailedWatcherModificationException(#[source] io::Error),
    /// A wait has failed: most often a signal has interrupted it, [`ERROR_INTERRUPTED`](Error::ERROR_INTERRUPTED).
    #[error("Poll wait failed")]
    FailedPollWaitException(#[source] io::Error),
    /// The backend does not exist here.
    #[error("Backend {0:?} not available")]
    BackendUnavailableException(Backend),
    /// The watcher was removed, its socket was closed, or its context is gone.
    #[error("Cannot {action} inactive watcher")]
    #[non_exhaustive]
    InactiveWatcherException {
        /// What was to be done: `modify` or `remove`.
        action: &'static str,
    },
    /// The context watches this socket already.
    #[error("Handle already added")]
    HandleAlreadyWatchedException,
    /// The socket has been closed.
    #[error("Invalid handle for polling")]
    InvalidHandleException,
    /// An argument has a value that PHP refuses with a `ValueError`.
    #[error("{function}(): {message}")]
    #[non_exhaustive]
    ValueError {
        /// The PHP method that refused it.
        function: &'static str,
        /// Which argument, and what it must be, in PHP's words.
        message: &'static str,
    },
    /// The set of events is empty: PHP throws a `TypeError`.
    #[error("{function}(): {message}")]
    #[non_exhaustive]
    TypeError {
        /// The PHP method that refused it.
        function: &'static str,
        /// Which argument, and what it must be, in PHP's words.
        message: &'static str,
    },
}

/// The result of every call of this module that can fail.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// No failed system call.
    pub const ERROR_NONE: i32 = 0;
    /// Any other error of the system.
    pub const ERROR_SYSTEM: i32 = 1;
    /// The system is out of memory.
    pub const ERROR_NOMEM: i32 = 2;
    /// The descriptor or an argument is not valid.
    pub const ERROR_INVALID: i32 = 3;
    /// The descriptor is watched already.
    pub const ERROR_EXISTS: i32 = 4;
    /// The descriptor is not watched.
    pub const ERROR_NOTFOUND: i32 = 5;
    /// The time is over.
    pub const ERROR_TIMEOUT: i32 = 6;
    /// A signal has interrupted the call.
    pub const ERROR_INTERRUPTED: i32 = 7;
    /// The system does not allow it.
    pub const ERROR_PERMISSION: i32 = 8;
    /// The process or the system has no descriptor left.
    pub const ERROR_TOOBIG: i32 = 9;
    /// The resource is not there for the moment.
    pub const ERROR_AGAIN: i32 = 10;
    /// The backend or the system cannot do it.
    pub const ERROR_NOSUPPORT: i32 = 11;

    /// Returns PHP's number of a failed system call, one of the `ERROR_*` constants, or 0 for any other error.
    #[must_use]
    pub fn code(&self) -> i32 {
        let Some(error) = self.system() else { return Self::ERROR_NONE };
        match error.raw_os_error() {
            Some(crate::SOCKET_EBADF | crate::SOCKET_EINVAL) => Self::ERROR_INVALID,
            Some(crate::SOCKET_EMFILE) => Self::ERROR_TOOBIG,
            #[cfg(unix)]
            Some(crate::SOCKET_ENFILE) => Self::ERROR_TOOBIG,
            _ => match error.kind() {
                io::ErrorKind::OutOfMemory => Self::ERROR_NOMEM,
                io::ErrorKind::InvalidInput => Self::ERROR_INVALID,
                io::ErrorKind::AlreadyExists => Self::ERROR_EXISTS,
                io::ErrorKind::NotFound => Self::ERROR_NOTFOUND,
                io::ErrorKind::TimedOut => Self::ERROR_TIMEOUT,
                io::ErrorKind::Interrupted => Self::ERROR_INTERRUPTED,
                io::ErrorKind::PermissionDenied => Self::ERROR_PERMISSION,
                io::ErrorKind::WouldBlock => Self::ERROR_AGAIN,
                io::ErrorKind::Unsupported => Self::ERROR_NOSUPPORT,
                _ => Self::ERROR_SYSTEM,
            },
        }
    }

    /// Returns the kind of error that the standard library gives it.
    #[must_use]
    pub fn kind(&self) -> io::ErrorKind {
        match self {
            Self::BackendUnavailableException(_) => io::ErrorKind::Unsupported,
            Self::HandleAlreadyWatchedException => io::ErrorKind::AlreadyExists,
            Self::InactiveWatcherException { .. } | Self::InvalidHandleException => io::ErrorKind::NotConnected,
            _ => self.system().map_or(io::ErrorKind::InvalidInput, io::Error::kind),
        }
    }

    fn system(&self) -> Option<&io::Error> {
        match self {
            Self::FailedContextInitializationException(error)
            | Self::FailedHandleAddException(error)
            | Self::FailedWatcherModificationException(error)
            | Self::FailedPollWaitException(error) => Some(error),
            _ => None,
        }
    }
}

/// Returns `events` unless there is none, which PHP's methods refuse.
pub(super) fn check(events: Events, function: &'static str, message: &'static str) -> Result<Events> {
    if events.is_empty() { Err(Error::TypeError { function, message }) } else { Ok(events) }
}

impl From<Error> for io::Error {
    /// Keeps the PHP text; [`kind`](io::Error::kind) is [`Error::kind`].
    fn from(error: Error) -> Self {
        Self::new(error.kind(), error)
    }
}
