//! Errors, the last one of the thread, and the texts of the error numbers.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::io;

/// A failed call: what PHP would have warned about or thrown.
///
/// Its [`Display`](std::fmt::Display) is PHP's text, byte for byte. Where PHP returns `false` without a word,
/// [`is_silent`](Error::is_silent) is true. Its [`Debug`](std::fmt::Debug), which `unwrap` and a `main` that returns an
/// error print, has PHP's word for it in front: `Warning: socket_bind(): ...`.
///
/// ```
/// use php_sockets::*;
///
/// let taken = socket_create_listen(0, None)?;
/// let (_, port) = socket_getsockname(&taken)?;
/// let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
/// let error = socket_bind(&socket, "0.0.0.0", port).expect_err("the port is in use");
/// # #[cfg(target_os = "linux")]
/// assert_eq!(error.to_string(), "socket_bind(): Unable to bind address [98]: Address already in use");
/// # #[cfg(target_os = "linux")]
/// assert_eq!(format!("{error:?}"), format!("Warning: {error}"));
/// assert_eq!(error.code(), SOCKET_EADDRINUSE);
/// assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A system call or a name lookup failed: PHP warns and returns `false`.
    #[error("{function}(): {message} [{code}]: {}", socket_strerror(*code))]
    #[non_exhaustive]
    Warning {
        /// The PHP function that failed.
        function: &'static str,
        /// What it could not do, in PHP's words.
        message: &'static str,
        /// The error number, one of the `SOCKET_E*` constants, or a number below -10000 from the name lookup.
        code: i32,
    },
    /// PHP warns without an error number and returns `false`.
    #[error("{function}(): {message}")]
    #[non_exhaustive]
    Failure {
        /// The PHP function that failed.
        function: &'static str,
        /// What was wrong, in PHP's words.
        message: Cow<'static, str>,
    },
    /// An argument has a value that PHP refuses with a `ValueError`.
    #[error("{}{message}", if function.is_empty() { String::new() } else { format!("{function}(): ") })]
    #[non_exhaustive]
    ValueError {
        /// The PHP function that refused it; empty for the few texts in which PHP names none.
        function: &'static str,
        /// Which argument, and what it must be, in PHP's words.
        message: Cow<'static, str>,
    },
    /// An argument has a type that PHP refuses with a `TypeError`.
    #[error("{function}(): {message}")]
    #[non_exhaustive]
    TypeError {
        /// The PHP function that refused it.
        function: &'static str,
        /// Which argument, and what it must be, in PHP's words.
        message: Cow<'static, str>,
    },
    /// The socket was closed with [`socket_close`](crate::socket_close) before: PHP throws an `Error`.
    #[error("{function}(): Argument #1 ($socket) has already been closed")]
    #[non_exhaustive]
    Closed {
        /// The PHP function that was called on it.
        function: &'static str,
    },
    /// PHP throws an `Error` for another reason, which its text tells.
    #[error("{message}")]
    #[non_exhaustive]
    Thrown {
        /// What was wrong, in PHP's words.
        message: &'static str,
    },
    /// PHP returns `false` without a warning and without an error number, as for a length of 0.
    #[error("{function}() returned false")]
    #[non_exhaustive]
    False {
        /// The PHP function that returned it.
        function: &'static str,
    },
    /// [`socket_addrinfo_lookup`](crate::socket_addrinfo_lookup) found nothing: PHP returns `false` without a warning.
    #[error("socket_addrinfo_lookup(): {} [{code}]", lookup_text(*code))]
    #[non_exhaustive]
    Lookup {
        /// The reason, one of the `EAI_*` constants: PHP 8.6's `$error_code`.
        code: i32,
    },
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let class = match self {
            Self::Warning { .. } | Self::Failure { .. } => "Warning",
            Self::ValueError { .. } => "ValueError",
            Self::TypeError { .. } => "TypeError",
            Self::Closed { .. } | Self::Thrown { .. } => "Error",
            Self::False { .. } | Self::Lookup { .. } => "false",
        };
        write!(f, "{class}: {self}")
    }
}

/// The result of every function of this crate that can fail.
///
/// With a second parameter it is the standard library's, so that `use php_sockets::*` takes nothing away.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Builds a warning from the error of a system call, and records its number as the thread's last error.
    pub(crate) fn system(function: &'static str, message: &'static str, error: &io::Error) -> Self {
        Self::warning(function, message, os_code(error))
    }

    /// Builds a warning, and records `code` as the thread's last error.
    pub(crate) fn warning(function: &'static str, message: &'static str, code: i32) -> Self {
        LAST_ERROR.set(code);
        Self::Warning { function, message, code }
    }

    pub(crate) fn value(function: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::ValueError { function, message: message.into() }
    }

    /// Builds a `ValueError` whose text does not begin with the function's name.
    pub(crate) fn bare_value(message: impl Into<Cow<'static, str>>) -> Self {
        Self::value("", message)
    }

    pub(crate) fn type_(function: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::TypeError { function, message: message.into() }
    }

    /// Returns the error number: what [`socket_last_error`](crate::socket_last_error) gives after the failure, `EAI_*` for
    /// a failed [`socket_addrinfo_lookup`](crate::socket_addrinfo_lookup), or 0 where PHP gives none.
    #[must_use]
    pub fn code(&self) -> i32 {
        match self {
            Self::Warning { code, .. } | Self::Lookup { code } => *code,
            _ => 0,
        }
    }

    /// Returns the kind of error that the standard library gives this error number.
    #[must_use]
    pub fn kind(&self) -> io::ErrorKind {
        match self {
            Self::Warning { code, .. } if *code > 0 => io::Error::from_raw_os_error(*code).kind(),
            Self::Warning { .. } | Self::Lookup { .. } => io::ErrorKind::NotFound,
            Self::ValueError { .. } | Self::TypeError { .. } | Self::False { .. } => io::ErrorKind::InvalidInput,
            Self::Closed { .. } => io::ErrorKind::NotConnected,
            Self::Failure { .. } | Self::Thrown { .. } => io::ErrorKind::Other,
        }
    }

    /// Returns whether PHP throws: a `ValueError`, a `TypeError`, or an `Error` as for a closed socket. Otherwise it returns
    /// `false`, with a warning unless [`is_silent`](Error::is_silent) is true.
    ///
    /// ```
    /// use php_sockets::*;
    ///
    /// let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    /// assert!(socket_bind(&socket, "127.0.0.1", 65_536).is_err_and(|error| error.is_thrown()));
    /// assert!(socket_bind(&socket, "no.such.address.invalid", 0).is_err_and(|error| !error.is_thrown()));
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn is_thrown(&self) -> bool {
        matches!(self, Self::ValueError { .. } | Self::TypeError { .. } | Self::Closed { .. } | Self::Thrown { .. })
    }

    /// Returns the name of the constant that the error number has, such as `SOCKET_EPIPE` for 32 on Linux.
    ///
    /// ```
    /// use php_sockets::*;
    ///
    /// let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    /// let error = socket_getpeername(&socket).expect_err("it is not connected");
    /// assert_eq!(error.constant(), Some("SOCKET_ENOTCONN"));
    /// assert_eq!(Error::constant_of(socket_last_error(None)), Some("SOCKET_ENOTCONN"));
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn constant(&self) -> Option<&'static str> {
        match self {
            Self::Warning { code, .. } => Self::constant_of(*code),
            _ => None,
        }
    }

    /// Returns the name of the constant that an error number has. Of two names for one number it is the one that PHP's
    /// manual has first: `SOCKET_EAGAIN`, not `SOCKET_EWOULDBLOCK`.
    #[must_use]
    pub fn constant_of(code: i32) -> Option<&'static str> {
        crate::constants::errno_name(code)
    }

    /// Returns whether PHP returns `false` without a warning: the call would block, a connection is in progress, or the
    /// requested length is 0.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        match self {
            Self::Warning { code, function, .. } => {
                *function != "socket_select"
                    && [crate::SOCKET_EAGAIN, crate::SOCKET_EWOULDBLOCK, crate::SOCKET_EINPROGRESS].contains(code)
            }
            Self::Lookup { .. } | Self::False { .. } => true,
            _ => false,
        }
    }
}

impl From<Error> for io::Error {
    /// Keeps the PHP text; [`kind`](io::Error::kind) is [`Error::kind`].
    fn from(error: Error) -> Self {
        Self::new(error.kind(), error)
    }
}

/// Returns the number of a system call's error; an error that the standard library made itself counts as EINVAL.
pub(crate) fn os_code(error: &io::Error) -> i32 {
    error.raw_os_error().unwrap_or(crate::SOCKET_EINVAL)
}

thread_local! {
    static LAST_ERROR: Cell<i32> = const { Cell::new(0) };
}

/// The number of this thread's last error.
pub(crate) fn last() -> i32 {
    LAST_ERROR.get()
}

/// Sets the number of this thread's last error.
pub(crate) fn set_last(code: i32) {
    LAST_ERROR.set(code);
}

/// Returns the text of one of the `EAI_*` numbers.
fn lookup_text(code: i32) -> String {
    #[cfg(unix)]
    return crate::sys::gai_strerror(code);
    // There they are error numbers as all others.
    #[cfg(not(unix))]
    return socket_strerror(code);
}

/// Returns the text of an error number, as strerror(3) has it; a number below -10000 is one of the name lookup.
///
/// ```text
/// socket_strerror(int $error_code): string
/// ```
///
/// As in PHP; the `ValueError` for a number outside 32 bits cannot occur.
///
/// See <https://www.php.net/socket_strerror>.
///
/// # Examples
/// ```
/// use php_sockets::*;
///
/// # #[cfg(target_os = "linux")]
/// assert_eq!(socket_strerror(SOCKET_ECONNREFUSED), "Connection refused");
/// assert_eq!(socket_strerror(-10001), "Unknown host");
/// ```
#[must_use]
pub fn socket_strerror(error_code: i32) -> String {
    /// hstrerror(3), whose numbers start at 0.
    const LOOKUP: [&str; 5] = [
        "Resolver Error 0 (no error)",
        "Unknown host",
        "Host name lookup failure",
        "Unknown server error",
        "No address associated with name",
    ];
    if error_code < -10000 {
        let number = usize::try_from(-10000 - i64::from(error_code)).unwrap_or(usize::MAX);
        return LOOKUP.get(number).map_or_else(|| "Unknown resolver error".to_owned(), |text| (*text).to_owned());
    }
    // The standard library asks strerror_r(3) and puts the number behind its text.
    let text = io::Error::from_raw_os_error(error_code).to_string();
    match text.strip_suffix(&format!(" (os error {error_code})")) {
        Some(text) => text.to_owned(),
        None => text,
    }
}
