//! The system calls to choose from.

use std::io;
use std::sync::Arc;

use super::driver::{self, Driver};

/// The system call that a [`Context`](super::Context) waits with.
///
/// ```text
/// enum Io\Poll\Backend
/// ```
///
/// See <https://wiki.php.net/rfc/poll_api>.
///
/// # Examples
/// ```
/// use php_sockets::poll::Backend;
///
/// assert!(Backend::Auto.is_available());
/// # #[cfg(target_os = "linux")]
/// assert_eq!(Backend::available(), [Backend::Poll, Backend::Epoll]);
/// assert!(!Backend::Poll.supports_edge_triggering());
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Backend {
    /// The best available one.
    Auto,
    /// poll(2), on every Unix: a wait costs time in proportion to the number of sockets.
    Poll,
    /// epoll(7), on Linux.
    Epoll,
    /// kqueue(2), on macOS and the BSDs.
    Kqueue,
    /// Event ports, on illumos and Solaris: never available, [`Poll`](Backend::Poll) serves there.
    EventPorts,
    /// `WSAPoll`, on Windows: a wait costs time in proportion to the number of sockets.
    WSAPoll,
    /// I/O completion ports, on Windows; PHP has no such backend.
    Iocp,
}

/// What one backend is made of.
struct Choice {
    backend: Backend,
    edge_triggering: bool,
    create: fn() -> io::Result<Arc<dyn Driver>>,
}

/// In PHP's order; the last one is the best.
const CHOICES: &[Choice] = &[
    #[cfg(unix)]
    Choice { backend: Backend::Poll, edge_triggering: false, create: driver::poll },
    #[cfg(any(target_os = "linux", target_os = "android"))]
    Choice { backend: Backend::Epoll, edge_triggering: true, create: driver::epoll },
    #[cfg(any(
        target_vendor = "apple",
        target_os = "freebsd",
        target_os = "netbsd",
        target_os = "openbsd",
        target_os = "dragonfly"
    ))]
    Choice { backend: Backend::Kqueue, edge_triggering: true, create: driver::polling },
    #[cfg(windows)]
    Choice { backend: Backend::WSAPoll, edge_triggering: false, create: driver::poll },
    #[cfg(windows)]
    Choice { backend: Backend::Iocp, edge_triggering: false, create: driver::polling },
];

impl Backend {
    /// Returns the backends that can be chosen here, PHP's `getAvailableBackends()`.
    #[must_use]
    pub fn available() -> Vec<Self> {
        CHOICES.iter().map(|choice| choice.backend).collect()
    }

    /// Returns whether this backend can be chosen here; `Auto` always can.
    #[must_use]
    pub fn is_available(self) -> bool {
        self.choice().is_some()
    }

    /// Returns whether this backend supports [`EdgeTriggered`](super::Event::EdgeTriggered).
    #[must_use]
    pub fn supports_edge_triggering(self) -> bool {
        self.choice().is_some_and(|choice| choice.edge_triggering)
    }

    /// Starts the driver of this backend if it exists here, and tells which backend it is.
    pub(super) fn start(self) -> Option<io::Result<(Self, Arc<dyn Driver>)>> {
        let choice = self.choice()?;
        Some((choice.create)().map(|driver| (choice.backend, driver)))
    }

    fn choice(self) -> Option<&'static Choice> {
        match self {
            Self::Auto => CHOICES.last(),
            _ => CHOICES.iter().find(|choice| choice.backend == self),
        }
    }
}
