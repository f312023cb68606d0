//! PHP 8.6's polling API: register a socket once, then wait in time proportional to what is ready.
//!
//! PHP offers it for streams; here it is for sockets, with the names and behaviour of `Io\Poll`. On Linux one wait is one
//! `epoll_wait(2)`, and a watcher costs about 70 bytes in addition to its data.
//!
//! # From `socket_select` to `poll`
//! An echo server with [`socket_select`](crate::socket_select) passes every socket to each call:
//!
//! ```no_run
//! use php_sockets::*;
//! use std::{thread::sleep, time::Duration};
//!
//! fn main() -> Result<()> {
//!     let server = socket_create_listen(8001, None)?;
//!     let mut sockets = vec![server.clone()];
//!     loop {
//!         let mut read = sockets.clone();
//!         let Ok(1..) = socket_select(&mut read, None, None, None, None) else { continue };
//!         for socket in read {
//!             if socket == server {
//!                 match accept(&server) {
//!                     Ok(client) => sockets.push(client),
//!                     Err(_) => sleep(Duration::from_millis(100)), // out of descriptors: wait until a client leaves
//!                 }
//!                 continue;
//!             }
//!             let data = socket_read(&socket, 2048, None).unwrap_or_default();
//!             if data.is_empty() || !socket_write(&socket, &data, None).is_ok_and(|sent| sent == data.len()) {
//!                 sockets.retain(|other| *other != socket);
//!                 socket_close(&socket)?;
//!             }
//!         }
//!     }
//! }
//!
//! fn accept(server: &Socket) -> Result<Socket> {
//!     let client = socket_accept(server)?;
//!     socket_set_nonblock(&client)?;
//!     Ok(client)
//! }
//! ```
//!
//! With a [`Context`] it registers each socket once, and a closed one is removed automatically:
//!
//! ```no_run
//! use php_sockets::{poll::{Context, Event}, *};
//! use std::{error::Error, thread::sleep, time::Duration};
//!
//! fn main() -> Result<(), Box<dyn Error>> {
//!     let server = socket_create_listen(8001, None)?;
//!     let context = Context::new()?;
//!     context.add(&server, Event::Read, ())?;
//!     loop {
//!         let Ok(ready) = context.wait(None, None) else { continue };
//!         for watcher in ready {
//!             let socket = watcher.handle();
//!             if *socket == server {
//!                 if accept(&server, &context).is_err() {
//!                     sleep(Duration::from_millis(100)); // out of descriptors: wait until a client leaves
//!                 }
//!                 continue;
//!             }
//!             let data = socket_read(socket, 2048, None).unwrap_or_default();
//!             if data.is_empty() || !socket_write(socket, &data, None).is_ok_and(|sent| sent == data.len()) {
//!                 socket_close(socket)?;
//!             }
//!         }
//!     }
//! }
//!
//! fn accept(server: &Socket, context: &Context<()>) -> Result<(), Box<dyn Error>> {
//!     let client = socket_accept(server)?;
//!     socket_set_nonblock(&client)?;
//!     context.add(&client, Event::Read, ())?;
//!     Ok(())
//! }
//! ```
//!
//! Both continue after a signal, which ends a wait with an error: on Linux, epoll reports even Ctrl-Z and `fg`. A connection that
//! breaks is treated like one that sends nothing more. A client that does not read is closed when the system takes no more data
//! for it. When no descriptor is left for the next client they pause, since a listening socket stays ready until its connections
//! have been accepted.
//!
//! The example `poll_echo` is the complete server: non-blocking, with partial writes and slow readers.
//!
//! # What differs from PHP
//! - The handle is the [`Socket`] itself; PHP has only `StreamPollHandle` so far.
//! - The data has a type, which must be [`Send`], since any thread may drop it.
//! - Events are a set, such as `Event::Read | Event::Write`; an array of them is accepted too.
//! - A [`Notifier`] ends a wait from another thread.
//! - One wait returns at most 1024 watchers, even without `max_events`; the next wait returns the others.
//! - A [`Duration`] is never negative, so the only `ValueError`s are those for `max_events`.
//! - [`Backend::Poll`] reports [`Event::ReadHangUp`] on Linux, which PHP does not ask poll(2) for.
//! - Windows has an additional backend, [`Backend::Iocp`].
//!
//! As in PHP, an error's [`code`](Error::code) is one of the `ERROR_*` numbers, and a signal ends a wait with
//! [`ERROR_INTERRUPTED`](Error::ERROR_INTERRUPTED). This module's [`Error`] and the crate's both convert
//! into [`std::io::Error`].
//!
//! # Processes
//! A child started with [`Command`](std::process::Command) does not affect the context, and a connection that it inherits is no
//! longer watched once its socket is closed here. A child created by fork(2) alone shares the system's list of watched sockets with
//! its parent: it must not touch the context or its sockets, and has to create its own.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::Socket;

mod backend;
mod driver;
mod error;
mod event;
mod shared;
mod table;
#[cfg(test)]
mod tests;
mod watcher;

pub use backend::Backend;
pub use error::{Error, Result};
pub use event::{Event, Events};
pub use watcher::Watcher;

use driver::Driver;
use shared::Owned;

/// More than this may not be asked for: a C int counts them.
const MAX_EVENTS: usize = 0x7fff_ffff;

/// A set of watched sockets that can be waited for, with data of type `T` for each: a handle that is cheap to clone.
///
/// ```text
/// final class Io\Poll\Context
/// ```
///
/// One thread may wait while others add, modify, remove and close. When the last clone is dropped the context ends, and its
/// watchers become inactive. Any of these threads may drop data, which therefore must be [`Send`] and `'static`.
///
/// See <https://wiki.php.net/rfc/poll_api>.
///
/// # Examples
/// ```
/// use php_sockets::*;
/// use php_sockets::poll::{Context, Event};
///
/// let listener = socket_create_listen(0, None)?;
/// let client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
/// socket_connect(&client, "127.0.0.1", socket_getsockname(&listener)?.1)?;
///
/// let context = Context::new()?;
/// context.add(&listener, Event::Read, "server")?;
/// context.add(&client, Event::Read | Event::Write, "client")?;
/// for watcher in context.wait(None, None)? {
///     println!("{}: {:?}", watcher.data(), watcher.triggered_events());
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Context<T>(Arc<Owned<T>>);

impl<T: Send + 'static> Context<T> {
    /// Creates a context with the best backend: `new Io\Poll\Context()`.
    ///
    /// # Errors
    /// [`FailedContextInitializationException`](Error::FailedContextInitializationException) if there is no descriptor left.
    pub fn new() -> Result<Self> {
        Self::with_backend(Backend::Auto)
    }

    /// Creates a context with the given backend: `new Io\Poll\Context($backend)`.
    ///
    /// # Errors
    /// [`BackendUnavailableException`](Error::BackendUnavailableException) for one that does not exist here, and
    /// [`FailedContextInitializationException`](Error::FailedContextInitializationException) if there is no descriptor left.
    pub fn with_backend(backend: Backend) -> Result<Self> {
        let started = backend.start().ok_or(Error::BackendUnavailableException(backend))?;
        let (backend, driver) = started.map_err(Error::FailedContextInitializationException)?;
        Ok(Self(Arc::new(Owned::new(backend, driver))))
    }
}

impl<T> Context<T> {
    /// Starts watching a socket for `events`, and stores `data` with it.
    ///
    /// ```text
    /// public function add(Io\Poll\Handle $handle, array $events, mixed $data = null): Io\Poll\Watcher
    /// ```
    ///
    /// `events` is an [`Event`], several joined by `|`, or an array of them. The default is level-triggered: an event is
    /// reported as long as the condition lasts. The context keeps the socket open until the watcher is
    /// [removed](Watcher::remove) or the socket is closed with `socket_close`.
    ///
    /// # Errors
    /// [`InvalidHandleException`](Error::InvalidHandleException) for a closed socket, [`TypeError`](Error::TypeError)
    /// if `events` is empty, [`HandleAlreadyWatchedException`](Error::HandleAlreadyWatchedException) for a socket that this
    /// context watches already, and [`FailedHandleAddException`](Error::FailedHandleAddException), with
    /// [`ERROR_NOSUPPORT`](Error::ERROR_NOSUPPORT) for edge triggering where the backend has none.
    pub fn add(&self, socket: &Socket, events: impl Into<Events>, data: T) -> Result<Watcher<T>> {
        let events = events.into();
        let events =
            error::check(events, "Io\\Poll\\Context::add", "Argument #2 ($events) must be array of Event enums")?;
        if socket.is_closed() {
            return Err(Error::InvalidHandleException);
        }
        self.0.add(socket, events, data, None).map(Watcher)
    }

    /// Waits until there are events, and returns their watchers.
    ///
    /// ```text
    /// public function wait(?Time\Duration $timeout = null, ?int $maxEvents = null): array
    /// ```
    ///
    /// `timeout` is `None` to wait for ever, a [`Duration`], or `Some` of one. `max_events` is the greatest number of watchers to
    /// return, or `None` for 1024; the next wait returns the others. The result is empty if the time is over, if a [`Notifier`] has
    /// ended the wait, or if another thread has removed the watchers that were found. A context without watchers waits too.
    ///
    /// A watcher occurs once in the result, with [all its events](Watcher::triggered_events): errors and hang-ups are always
    /// reported, asked for or not. The order of the watchers is the system's.
    ///
    /// # Errors
    /// [`FailedPollWaitException`](Error::FailedPollWaitException) with [`ERROR_INTERRUPTED`](Error::ERROR_INTERRUPTED)
    /// after a signal; [`ValueError`](Error::ValueError) if `max_events` is 0 or more than 2147483647.
    ///
    /// # Platforms
    /// The timeout has nanoseconds; Linux before 5.11 rounds it up to milliseconds. On Linux several threads may wait on one context at
    /// the same time; with other backends one waits after the other. Kqueue and Iocp continue to wait after a signal. Kqueue treats a
    /// one-shot watcher's reading and writing as two events, each of which is reported once.
    pub fn wait(
        &self,
        timeout: impl Into<Option<Duration>>,
        max_events: impl Into<Option<usize>>,
    ) -> Result<Vec<Watcher<T>>> {
        let mut ready = Vec::new();
        self.wait_into(&mut ready, timeout, max_events)?;
        Ok(ready)
    }

    /// Waits like [`wait`](Context::wait), but replaces the content of a vector and reuses its capacity, so that a loop does not
    /// allocate.
    ///
    /// # Errors
    /// Those of [`wait`](Context::wait); `ready` is then empty.
    ///
    /// # Examples
    /// ```
    /// use php_sockets::*;
    /// use php_sockets::poll::{Context, Event};
    /// use std::time::Duration;
    ///
    /// let context = Context::new()?;
    /// context.add(&socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?, Event::Write, 7)?;
    /// let mut ready = Vec::with_capacity(64);
    /// for _ in 0..3 {
    ///     context.wait_into(&mut ready, Duration::from_millis(200), 64)?;
    ///     assert_eq!(ready[0].data(), 7);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn wait_into(
        &self,
        ready: &mut Vec<Watcher<T>>,
        timeout: impl Into<Option<Duration>>,
        max_events: impl Into<Option<usize>>,
    ) -> Result<()> {
        ready.clear();
        let refused = |message| Error::ValueError { function: "Io\\Poll\\Context::wait", message };
        let limit = max_events.into().unwrap_or(MAX_EVENTS);
        if limit > MAX_EVENTS {
            return Err(refused("Argument #2 ($maxEvents) must be less than or equal to 2147483647"));
        }
        let limit = NonZeroUsize::new(limit);
        let limit = limit.ok_or_else(|| refused("Argument #2 ($maxEvents) must be greater than 0"))?;
        self.0.wait(timeout.into(), limit, |registration| ready.push(Watcher(Arc::clone(registration))))
    }

    /// Returns the backend in use, never `Auto`: PHP's `getBackend()`.
    #[must_use]
    pub fn backend(&self) -> Backend {
        self.0.backend
    }

    /// Returns a handle that lets any thread end a wait.
    #[must_use]
    pub fn notifier(&self) -> Notifier {
        Notifier(Arc::downgrade(&self.0.driver))
    }
}

#[cfg(feature = "server")]
impl Context<()> {
    /// Starts watching a socket under a number of the caller's, which [`Watcher::number`] tells without a lock. No other watcher of
    /// this context has it, and it is not the greatest one.
    ///
    /// It is for who waits in one thread, and so never finds an event of a watcher that has been removed meanwhile.
    pub(crate) fn add_numbered(&self, socket: &Socket, events: Event, number: u32) -> Result<Watcher<()>> {
        if socket.is_closed() {
            return Err(Error::InvalidHandleException);
        }
        self.0.add(socket, events.into(), (), Some(number)).map(Watcher)
    }
}

impl<T> Clone for Context<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> fmt::Debug for Context<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("backend", &self.backend()).finish_non_exhaustive()
    }
}

/// Ends the waits of a [`Context`] from any thread, whatever the type of its data; PHP plans a `NotifyHandle` for it.
///
/// # Examples
/// ```
/// use php_sockets::poll::Context;
///
/// let context = Context::<()>::new()?;
/// let notifier = context.notifier();
/// let thread = std::thread::spawn(move || notifier.notify());
/// assert_eq!(context.wait(None, None)?, []);
/// # thread.join().expect("it does not panic")?;
/// # Ok::<(), php_sockets::poll::Error>(())
/// ```
#[derive(Clone)]
pub struct Notifier(Weak<dyn Driver>);

impl Notifier {
    /// Ends the wait in progress, or otherwise the next one; several calls may together end a single wait.
    ///
    /// Does nothing if the context no longer exists.
    ///
    /// # Errors
    /// [`FailedPollWaitException`](Error::FailedPollWaitException) if the system refuses, which is not known to happen.
    pub fn notify(&self) -> Result<()> {
        let driver = self.0.upgrade();
        driver.map_or(Ok(()), |driver| driver.notify()).map_err(Error::FailedPollWaitException)
    }
}

impl fmt::Debug for Notifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notifier").finish_non_exhaustive()
    }
}
