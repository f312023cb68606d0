//! The `Socket` itself: creating, closing, and its blocking mode.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicU8};

use crate::sync::atomic::{AtomicBool, Ordering};
use crate::{Error, Result, sys};

#[cfg(feature = "poll")]
pub(crate) mod closing;
#[cfg(not(feature = "poll"))]
mod closing {
    //! Without `poll` nobody watches a socket.

    pub(super) fn begin(socket: &super::Socket) -> bool {
        !socket.0.closed.swap(true, super::Ordering::SeqCst)
    }
}
mod convert;
mod last_error;

pub use convert::{socket_export_stream, socket_import_stream};
pub use last_error::{socket_clear_error, socket_last_error};

/// A socket, as PHP's `Socket` object: a handle that is cheap to clone.
///
/// All clones are the same socket: `==` and [`Hash`] go by identity. It is closed when the last clone is dropped, or for
/// every clone at once by [`socket_close`].
///
/// It is [`Send`] and [`Sync`]: threads may use clones of one socket side by side, as they may use one descriptor.
/// [`Read`](io::Read) and [`Write`](io::Write) work on it directly; they do not touch the last error.
///
/// See <https://www.php.net/class.socket>.
///
/// # Examples
/// ```
/// use php_sockets::*;
///
/// let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
/// let same = socket.clone();
/// let other = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
/// assert!(socket == same && socket != other);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone)]
pub struct Socket(Arc<Inner>);

#[cfg(feature = "poll")]
static OBSERVERS: crate::sync::RwLock<closing::Observers> = crate::sync::RwLock::new(closing::Observers::NONE);

struct Inner {
    socket: sys::Handle,
    family: i32,
    last_error: AtomicI32,
    closed: AtomicBool,
    /// One of the modes below.
    mode: AtomicU8,
    /// Who must be told before the socket closes.
    #[cfg(feature = "poll")]
    watched_by: closing::WatchedBy,
}

/// Nobody has said here whether calls wait.
const UNKNOWN: u8 = 0;
/// As it was made, or by [`socket_set_block`].
const BLOCKING: u8 = 1;
/// By [`socket_set_nonblock`].
const NONBLOCKING: u8 = 2;

impl Socket {
    /// Takes over `socket`, which has just been made and whose address family is `family`.
    pub(crate) fn new(socket: socket2::Socket, family: i32) -> Self {
        Self::with_mode(socket, family, BLOCKING)
    }

    /// Takes over `socket`, of which somebody else may have said whether its calls wait.
    pub(crate) fn foreign(socket: socket2::Socket, family: i32) -> Self {
        Self::with_mode(socket, family, UNKNOWN)
    }

    fn with_mode(socket: socket2::Socket, family: i32, mode: u8) -> Self {
        Self(Arc::new(Inner {
            socket: sys::handle(socket),
            family,
            last_error: AtomicI32::new(0),
            closed: AtomicBool::new(false),
            mode: AtomicU8::new(mode),
            #[cfg(feature = "poll")]
            watched_by: closing::WatchedBy::default(),
        }))
    }

    /// Returns whether calls wait, as far as it is known. The system is asked unless [`socket_set_nonblock`] said it last; on
    /// Windows, where it cannot be asked, a socket that was made elsewhere is not known until one of the two functions has
    /// said it.
    pub(crate) fn is_blocking(&self) -> Option<bool> {
        match self.0.mode.load(Ordering::Relaxed) {
            NONBLOCKING => Some(false),
            mode => sys::is_blocking(&*self.open("fcntl").ok()?).or_else(|| (mode == BLOCKING).then_some(true)),
        }
    }

    /// Returns the system's socket unless it has been closed; `function` is named in the error.
    #[inline]
    pub(crate) fn open(&self, function: &'static str) -> Result<sys::Use<'_>> {
        let used = if self.is_closed() { None } else { sys::enter(&self.0.socket) };
        used.ok_or(Error::Closed { function })
    }

    #[inline]
    pub(crate) fn is_closed(&self) -> bool {
        self.0.closed.load(Ordering::Relaxed)
    }

    /// The system's number for it, which stays taken as long as a clone lives; on Windows, until it is closed.
    #[inline]
    pub(crate) fn descriptor(&self) -> sys::Descriptor {
        sys::raw(&self.0.socket)
    }

    /// Returns the number that PHP's `(int) $socket` and `spl_object_id($socket)` stand for: that of its descriptor; on
    /// Windows one of its own.
    ///
    /// All clones have the same, and no other socket has it until the last clone is dropped, even when this one was closed
    /// before: a map may use it as its key.
    ///
    /// ```
    /// use php_sockets::*;
    ///
    /// let (one, other) = (socket_create_listen(0, None)?, socket_create_listen(0, None)?);
    /// assert!(one.id() == one.clone().id() && one.id() != other.id());
    /// assert_eq!(format!("{one}"), format!("Resource id #{}", one.id()));
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn id(&self) -> u64 {
        sys::number(&self.0.socket)
    }

    /// The address family that it was created with.
    #[inline]
    pub(crate) fn family(&self) -> i32 {
        self.0.family
    }

    /// Builds the warning of a failed system call, and records its number for this socket and for the thread.
    #[cold]
    pub(crate) fn fail(&self, function: &'static str, message: &'static str, error: &io::Error) -> Error {
        self.warn(function, message, crate::error::os_code(error))
    }

    /// Builds a warning, and records its number for this socket and for the thread.
    #[cold]
    pub(crate) fn warn(&self, function: &'static str, message: &'static str, code: i32) -> Error {
        self.set_last_error(code);
        Error::warning(function, message, code)
    }

    pub(crate) fn last_error(&self) -> i32 {
        self.0.last_error.load(Ordering::Relaxed)
    }

    pub(crate) fn set_last_error(&self, code: i32) {
        self.0.last_error.store(code, Ordering::Relaxed);
    }
}

impl PartialEq for Socket {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Socket {}

impl Hash for Socket {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}

/// Writes `Resource id #5`, as PHP's `echo` did while sockets were resources.
impl fmt::Display for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Resource id #{}", self.id())
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket")
            .field("socket", &self.0.socket)
            .field("family", &self.0.family)
            .field("last_error", &self.last_error())
            .field("closed", &self.is_closed())
            .finish()
    }
}

/// Creates a socket with socket(2).
///
/// ```text
/// socket_create(int $domain, int $type, int $protocol): Socket|false
/// ```
///
/// `domain` is [`AF_UNIX`](crate::AF_UNIX), [`AF_INET`](crate::AF_INET), [`AF_INET6`](crate::AF_INET6) or, on Linux,
/// [`AF_PACKET`](crate::AF_PACKET). `r#type` is a `SOCK_*` constant; [`SOCK_CLOEXEC`](crate::SOCK_CLOEXEC) and
/// [`SOCK_NONBLOCK`](crate::SOCK_NONBLOCK) may be added with `|`.
///
/// Unlike in PHP, the socket is close-on-exec without that flag, too: a program that is started does not inherit it, and
/// cannot keep its port or its connection open. To hand it over, make it a [`Stdio`](std::process::Stdio) by way of
/// [`socket_export_stream`](crate::socket_export_stream).
///
/// # Errors
/// `ValueError` for another domain or a type above 10. `Unable to create socket` with, among others,
/// [`SOCKET_EPROTONOSUPPORT`](crate::SOCKET_EPROTONOSUPPORT), [`SOCKET_EMFILE`](crate::SOCKET_EMFILE), or
/// [`SOCKET_EPERM`](crate::SOCKET_EPERM) (raw and packet sockets without the privilege); it is recorded for the thread.
///
/// See <https://www.php.net/socket_create>.
///
/// # Examples
/// ```
/// use php_sockets::*;
///
/// let sock = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
/// let error = socket_create(AF_INET, 11, 0).expect_err("there is no type 11");
/// assert!(error.to_string().starts_with("socket_create(): Argument #2 ($type) must be one of SOCK_STREAM"));
/// # Ok::<(), Error>(())
/// ```
pub fn socket_create(domain: i32, r#type: i32, protocol: i32) -> Result<Socket> {
    const FUNCTION: &str = "socket_create";
    if !sys::DOMAINS.contains(&domain) {
        return Err(Error::value(
            FUNCTION,
            "Argument #1 ($domain) must be one of AF_UNIX, AF_PACKET, AF_INET6, or AF_INET",
        ));
    }
    check_type(FUNCTION, r#type)?;
    sys::socket(domain, r#type, protocol)
        .map(|socket| Socket::new(socket, domain))
        .map_err(|error| Error::system(FUNCTION, "Unable to create socket", &error))
}

/// Creates two sockets that are connected to each other, with socketpair(2).
///
/// ```text
/// socket_create_pair(int $domain, int $type, int $protocol, &$pair): bool
/// ```
///
/// PHP's `$pair` is returned. Linux knows pairs of [`AF_UNIX`](crate::AF_UNIX) only. As for [`socket_create`],
/// [`SOCK_NONBLOCK`](crate::SOCK_NONBLOCK) may be added to the type, and both sockets are close-on-exec, unlike in PHP.
///
/// # Errors
/// `ValueError` for another domain or a type above 10. `Unable to create socket pair`, with
/// [`SOCKET_EOPNOTSUPP`](crate::SOCKET_EOPNOTSUPP) for a domain that has no pairs; it is recorded for the thread.
///
/// # Platforms
/// Windows has no socketpair; as in PHP, an `AF_INET` stream pair is connected over the loopback interface there.
///
/// See <https://www.php.net/socket_create_pair>.
///
/// # Examples
/// ```
/// # #[cfg(unix)] {
/// use php_sockets::*;
///
/// let pair = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;
/// socket_write(&pair[0], "测试成功！", None)?;
/// assert_eq!(socket_read(&pair[1], 2048, None)?, "测试成功！".as_bytes());
/// # }
/// # Ok::<(), php_sockets::Error>(())
/// ```
pub fn socket_create_pair(domain: i32, r#type: i32, protocol: i32) -> Result<[Socket; 2]> {
    const FUNCTION: &str = "socket_create_pair";
    if ![crate::AF_UNIX, crate::AF_INET6, crate::AF_INET].contains(&domain) {
        return Err(Error::value(FUNCTION, "Argument #1 ($domain) must be one of AF_UNIX, AF_INET6, or AF_INET"));
    }
    check_type(FUNCTION, r#type)?;
    sys::pair(domain, r#type, protocol)
        .map(|pair| pair.map(|socket| Socket::new(socket, domain)))
        .map_err(|error| Error::system(FUNCTION, "Unable to create socket pair", &error))
}

fn check_type(function: &'static str, r#type: i32) -> Result<()> {
    /// PHP refuses what is greater, and leaves the rest to the system.
    const GREATEST: i32 = 10;
    if r#type & !sys::TYPE_FLAGS > GREATEST {
        return Err(Error::value(
            function,
            "Argument #2 ($type) must be one of SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_RAW, or SOCK_RDM \
             optionally OR'ed with SOCK_CLOEXEC, SOCK_NONBLOCK",
        ));
    }
    Ok(())
}

/// Closes the connection now, for every clone of the socket, with close(2).
///
/// ```text
/// socket_close(Socket $socket): void
/// ```
///
/// As in PHP: every later call on any clone is an error. The descriptor's number stays taken until the last clone is
/// dropped, so that no clone can ever reach somebody else's file.
///
/// As with close(2), it does not end a call that another thread has in progress, which goes on waiting on the old connection,
/// for ever if nothing comes: wake it with [`socket_shutdown`](crate::socket_shutdown) first.
///
/// # Errors
/// `Argument #1 ($socket) has already been closed` for the second close.
///
/// # Platforms
/// On Unix the first close of a process takes three descriptors for a moment. Where none is left, the connection ends at once,
/// but a UDP socket's port stays in use until the last clone is dropped.
///
/// On Windows a call that another thread has in progress keeps a listener's or a UDP socket's port until it ends. A socket
/// whose handle was lent out (`as_socket`, `as_raw_socket`) is shut down at once there, and closed with the last clone.
///
/// See <https://www.php.net/socket_close>.
///
/// # Examples
/// ```
/// use php_sockets::*;
///
/// let socket = socket_create_listen(0, None)?;
/// let clone = socket.clone();
/// socket_close(&socket)?;
/// let error = socket_accept(&clone).expect_err("closed");
/// assert_eq!(error.to_string(), "socket_accept(): Argument #1 ($socket) has already been closed");
/// # Ok::<(), Error>(())
/// ```
pub fn socket_close(socket: &Socket) -> Result<()> {
    if !closing::begin(socket) {
        return Err(Error::Closed { function: "socket_close" });
    }
    sys::close(&socket.0.socket);
    Ok(())
}

/// Makes calls on the socket wait until they can be served, the state of every new socket.
///
/// ```text
/// socket_set_block(Socket $socket): bool
/// ```
///
/// As in PHP.
///
/// # Errors
/// `unable to set blocking mode`, with the system's error number.
///
/// See <https://www.php.net/socket_set_block>.
///
/// # Examples
/// ```
/// use php_sockets::*;
///
/// let socket = socket_create_listen(0, None)?;
/// socket_set_nonblock(&socket)?;
/// socket_set_block(&socket)?;
/// # Ok::<(), Error>(())
/// ```
pub fn socket_set_block(socket: &Socket) -> Result<()> {
    const FUNCTION: &str = "socket_set_block";
    sys::set_nonblocking(&*socket.open(FUNCTION)?, false)
        .map(|()| socket.0.mode.store(BLOCKING, Ordering::Relaxed))
        .map_err(|error| socket.fail(FUNCTION, "unable to set blocking mode", &error))
}

/// Makes calls on the socket return at once: where they would wait they are a silent error,
/// [`SOCKET_EAGAIN`](crate::SOCKET_EAGAIN) or, for a connection under way, [`SOCKET_EINPROGRESS`](crate::SOCKET_EINPROGRESS).
///
/// ```text
/// socket_set_nonblock(Socket $socket): bool
/// ```
///
/// As in PHP.
///
/// # Errors
/// `unable to set nonblocking mode`, with the system's error number.
///
/// See <https://www.php.net/socket_set_nonblock>.
///
/// # Examples
/// ```
/// use php_sockets::*;
///
/// let socket = socket_create_listen(0, None)?;
/// socket_set_nonblock(&socket)?;
/// let error = socket_accept(&socket).expect_err("nobody has called");
/// assert!(error.code() == SOCKET_EWOULDBLOCK && error.is_silent());
/// # Ok::<(), Error>(())
/// ```
pub fn socket_set_nonblock(socket: &Socket) -> Result<()> {
    const FUNCTION: &str = "socket_set_nonblock";
    sys::set_nonblocking(&*socket.open(FUNCTION)?, true)
        .map(|()| socket.0.mode.store(NONBLOCKING, Ordering::Relaxed))
        .map_err(|error| socket.fail(FUNCTION, "unable to set nonblocking mode", &error))
}
