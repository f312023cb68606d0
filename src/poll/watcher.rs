//! One watched socket.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ptr;
use std::sync::Arc;

use super::error::{Error, Result, check};
use super::event::{Event, Events};
use super::shared::Registration;
use crate::Socket;

/// A socket that a [`Context`](super::Context) watches, with the caller's data: a handle that is cheap to clone.
///
/// ```text
/// final class Io\Poll\Watcher
/// ```
///
/// All clones are the same watcher: `==` and [`Hash`] go by identity. The context keeps the watcher, and with it the socket, until
/// [`remove`](Watcher::remove), `socket_close`, or the end of the context; if no clone is left, its data is then dropped by the
/// calling thread, with nothing locked. A watcher does not keep its context alive. Data that holds its own watcher or its context is
/// never freed, like any cycle of [`Arc`]s.
///
/// See <https://wiki.php.net/rfc/poll_api>.
///
/// # Examples
/// ```
/// use php_sockets::*;
/// use php_sockets::poll::{Context, Event};
///
/// let context = Context::new()?;
/// let listener = socket_create_listen(0, None)?;
/// let watcher = context.add(&listener, Event::Read, "小明".to_owned())?;
/// watcher.modify_data(watcher.data() + "！")?;
/// assert!(watcher.handle() == &listener && watcher.data() == "小明！");
/// watcher.remove()?;
/// assert!(!watcher.is_active());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Watcher<T>(pub(super) Arc<Registration<T>>);

impl<T> Watcher<T> {
    /// Returns the socket, PHP's `getHandle()`.
    #[must_use]
    pub fn handle(&self) -> &Socket {
        self.0.socket()
    }

    /// Returns what it watches for, PHP's `getWatchedEvents()`.
    #[must_use]
    pub fn watched_events(&self) -> Events {
        self.0.watched()
    }

    /// Returns the events found by the last wait that returned this watcher, PHP's `getTriggeredEvents()`.
    #[must_use]
    pub fn triggered_events(&self) -> Events {
        self.0.triggered()
    }

    /// Returns whether the last wait that returned this watcher found `event`, PHP's `hasTriggered()`.
    #[must_use]
    pub fn has_triggered(&self, event: Event) -> bool {
        self.triggered_events().contains(event)
    }

    /// Returns a copy of the data, PHP's `getData()`.
    ///
    /// The data behaves like a [`Cell`](std::cell::Cell) that threads may share: it is copied out, [taken](Watcher::take_data) or
    /// [replaced](Watcher::modify_data), and none of these calls holds a lock for long. [`with_data`](Watcher::with_data) changes it
    /// in place.
    ///
    /// # Examples
    /// ```
    /// use php_sockets::*;
    /// use php_sockets::poll::{Context, Event};
    ///
    /// let context = Context::new()?;
    /// let watcher = context.add(&socket_create_listen(0, None)?, Event::Read, 1)?;
    /// watcher.modify_data(watcher.data() + watcher.data())?;
    /// assert_eq!(watcher.data(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn data(&self) -> T
    where
        T: Clone,
    {
        self.0.data().clone()
    }

    /// Takes the data and leaves the default value in its place, even if the watcher is no longer active.
    ///
    /// For data that is used without being copied, and then put back with [`modify_data`](Watcher::modify_data).
    ///
    /// # Examples
    /// ```
    /// use php_sockets::*;
    /// use php_sockets::poll::{Context, Event};
    ///
    /// let context = Context::new()?;
    /// let watcher = context.add(&socket_create_listen(0, None)?, Event::Read, vec![1, 2])?;
    /// let mut data = watcher.take_data();
    /// data.push(3);
    /// watcher.modify_data(data)?;
    /// assert_eq!(watcher.data(), [1, 2, 3]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn take_data(&self) -> T
    where
        T: Default,
    {
        // Made before the data is locked: it is foreign code.
        let default = T::default();
        std::mem::replace(&mut *self.0.data(), default)
    }

    /// Calls `act` with the data in place, without copying or taking it, even if the watcher is no longer active.
    ///
    /// Until `act` returns, all other calls that access the data of this watcher wait. So `act` must not access it again through the
    /// watcher: that would deadlock, as with a [`Mutex`](std::sync::Mutex). It may use everything else: other watchers and their data,
    /// the context, and the other methods of this watcher.
    ///
    /// # Examples
    /// ```
    /// use php_sockets::*;
    /// use php_sockets::poll::{Context, Event};
    ///
    /// let context = Context::new()?;
    /// let watcher = context.add(&socket_create_listen(0, None)?, Event::Read, vec![1, 2])?;
    /// let length = watcher.with_data(|data| {
    ///     data.push(3);
    ///     data.len()
    /// });
    /// assert_eq!((length, watcher.data()), (3, vec![1, 2, 3]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn with_data<R>(&self, act: impl FnOnce(&mut T) -> R) -> R {
        act(&mut self.0.data())
    }

    /// Returns whether the context still watches the socket, PHP's `isActive()`.
    ///
    /// A watcher is active until [`remove`](Watcher::remove), `socket_close`, or the end of the context; a one-shot watcher stays active
    /// after its event.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.0.is_active()
    }

    /// Replaces both what it watches for and its data; where PHP leaves out the data,
    /// [`modify_events`](Watcher::modify_events) does it.
    ///
    /// # Errors
    /// Those of [`modify_events`](Watcher::modify_events); the data is then left alone.
    pub fn modify(&self, events: impl Into<Events>, data: T) -> Result<()> {
        self.rearm("Io\\Poll\\Watcher::modify", events.into())?;
        self.replace_data(data);
        Ok(())
    }

    /// Replaces what it watches for, and arms a one-shot watcher again, PHP's `modifyEvents()`.
    ///
    /// # Errors
    /// [`InactiveWatcherException`](Error::InactiveWatcherException) if it is not [active](Watcher::is_active),
    /// [`TypeError`](Error::TypeError) if `events` is empty, and
    /// [`FailedWatcherModificationException`](Error::FailedWatcherModificationException), with
    /// [`ERROR_NOSUPPORT`](Error::ERROR_NOSUPPORT) for edge triggering where the backend has none.
    ///
    /// # Examples
    /// ```
    /// use php_sockets::*;
    /// use php_sockets::poll::{Context, Event};
    ///
    /// let context = Context::new()?;
    /// let socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    /// let watcher = context.add(&socket, Event::Write | Event::OneShot, ())?;
    /// assert_eq!(context.wait(None, None)?, [watcher.clone()]);
    /// assert_eq!(context.wait(std::time::Duration::ZERO, None)?, []);
    /// watcher.modify_events([Event::Write])?;
    /// assert_eq!(context.wait(None, None)?, [watcher]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn modify_events(&self, events: impl Into<Events>) -> Result<()> {
        self.rearm("Io\\Poll\\Watcher::modifyEvents", events.into())
    }

    /// Replaces the data, PHP's `modifyData()`.
    ///
    /// # Errors
    /// [`InactiveWatcherException`](Error::InactiveWatcherException) if it is not [active](Watcher::is_active).
    pub fn modify_data(&self, data: T) -> Result<()> {
        if !self.is_active() {
            return Err(Error::InactiveWatcherException { action: "modify" });
        }
        self.replace_data(data);
        Ok(())
    }

    /// What the old data does when it is dropped may need the lock.
    fn replace_data(&self, data: T) {
        let old = std::mem::replace(&mut *self.0.data(), data);
        drop(old);
    }

    /// Stops watching the socket.
    ///
    /// Does nothing, and is no error, if the socket was closed while it was watched.
    ///
    /// # Errors
    /// [`InactiveWatcherException`](Error::InactiveWatcherException) if it was removed before or its context is gone.
    pub fn remove(&self) -> Result<()> {
        if self.0.remove() { Ok(()) } else { Err(Error::InactiveWatcherException { action: "remove" }) }
    }

    fn rearm(&self, function: &'static str, events: Events) -> Result<()> {
        self.0.rearm(check(events, function, "Argument #1 ($events) must be array of Event enums")?)
    }
}

#[cfg(feature = "server")]
impl Watcher<()> {
    /// Returns the number that it was [added](super::Context::add_numbered) with.
    #[inline]
    pub(crate) fn number(&self) -> u32 {
        self.0.generation()
    }
}

impl<T> Clone for Watcher<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> PartialEq for Watcher<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> Eq for Watcher<T> {}

impl<T> Hash for Watcher<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        ptr::from_ref(&*self.0).hash(state);
    }
}

impl<T> fmt::Debug for Watcher<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watcher")
            .field("handle", self.handle())
            .field("watched_events", &self.watched_events())
            .field("triggered_events", &self.triggered_events())
            .field("active", &self.is_active())
            .finish_non_exhaustive()
    }
}
