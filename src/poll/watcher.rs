//! One watched socket.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::driver::Key;
use super::shared::Shared;
use super::{Error, Event, Events, Result, check};
use crate::Socket;

/// A socket that a [`Context`](super::Context) watches, with data of the caller: a handle that is cheap to clone.
///
/// ```text
/// final class Io\Poll\Watcher
/// ```
///
/// All clones are the same watcher: `==` and [`Hash`] go by identity. The context keeps it, and with it the socket, until
/// [`remove`](Watcher::remove), `socket_close`, or the end of the context. It does not keep the context. Data that holds
/// its own watcher or a context keeps itself alive, as a cycle of [`Arc`] does: Rust has no collector to find it.
///
/// See <https://wiki.php.net/rfc/poll_api>.
///
/// # Examples
///
/// ```
/// use php_sockets::*;
/// use php_sockets::poll::{Context, Event};
///
/// let context = Context::new()?;
/// let listener = socket_create_listen(0, None)?;
/// let watcher = context.add(&listener, Event::Read, "小明".to_owned())?;
/// watcher.data().push('！');
/// assert!(watcher.handle() == &listener && *watcher.data() == "小明！");
/// watcher.remove()?;
/// assert!(!watcher.is_active());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Watcher<T>(pub(super) Arc<Registration<T>>);

/// What all clones of a watcher share.
pub(super) struct Registration<T> {
    context: Weak<Shared<T>>,
    socket: Socket,
    generation: u32,
    watched: AtomicU8,
    triggered: AtomicU8,
    /// The context has it. Only changed while the context's table is locked.
    active: AtomicBool,
    data: Mutex<T>,
}

impl<T> Registration<T> {
    pub(super) fn new(context: Weak<Shared<T>>, socket: Socket, key: Key, events: Events, data: T) -> Self {
        Self {
            context,
            socket,
            generation: key.generation,
            watched: AtomicU8::new(events.bits()),
            triggered: AtomicU8::new(0),
            active: AtomicBool::new(true),
            data: Mutex::new(data),
        }
    }

    pub(super) fn key(&self) -> Key {
        Key::new(&self.socket, self.generation)
    }

    pub(super) fn socket(&self) -> &Socket {
        &self.socket
    }

    /// Records what a wait has found.
    pub(super) fn trigger(&self, events: Events) {
        self.triggered.store(events.bits(), Ordering::Relaxed);
    }

    pub(super) fn deactivate(&self) {
        self.active.store(false, Ordering::Relaxed);
    }

    fn is_active(&self) -> bool {
        self.active.load(Ordering::Relaxed) && !self.socket.is_closed()
    }
}

impl<T> Watcher<T> {
    /// Returns the socket, PHP's `getHandle()`.
    pub fn handle(&self) -> &Socket {
        &self.0.socket
    }

    /// Returns what it watches for, PHP's `getWatchedEvents()`.
    pub fn watched_events(&self) -> Events {
        Events::from_bits(self.0.watched.load(Ordering::Relaxed))
    }

    /// Returns what the last wait that returned this watcher has found, PHP's `getTriggeredEvents()`.
    pub fn triggered_events(&self) -> Events {
        Events::from_bits(self.0.triggered.load(Ordering::Relaxed))
    }

    /// Tells whether the last wait that returned this watcher has found `event`, PHP's `hasTriggered()`.
    pub fn has_triggered(&self, event: Event) -> bool {
        self.triggered_events().contains(event)
    }

    /// Locks the data and gives access to it, PHP's `getData()`.
    ///
    /// The lock is this watcher's own, and free of charge where only one thread uses it.
    ///
    /// As with any [`Mutex`], a thread that asks for the same watcher's data while it holds the guard waits for ever, and a
    /// guard without a name lives until the end of its statement. So `watcher.modify_data(watcher.data().clone() + 1)`
    /// hangs, and `println!("{} {}", watcher.data().name, watcher.data().age)` too: change the data in place, or take the
    /// guard or the value in a statement of its own.
    ///
    /// # Examples
    ///
    /// ```
    /// use php_sockets::*;
    /// use php_sockets::poll::{Context, Event};
    ///
    /// let context = Context::new()?;
    /// let watcher = context.add(&socket_create_listen(0, None)?, Event::Read, 1)?;
    /// *watcher.data() += 1;
    /// let number = *watcher.data();
    /// watcher.modify_data(number + 1)?;
    /// assert_eq!(*watcher.data(), 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn data(&self) -> MutexGuard<'_, T> {
        self.0.data.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells whether the context still watches the socket, PHP's `isActive()`.
    ///
    /// It does until [`remove`](Watcher::remove), `socket_close`, or the end of the context; a one-shot watcher stays
    /// active after its event.
    pub fn is_active(&self) -> bool {
        self.0.is_active() && self.0.context.strong_count() > 0
    }

    /// Replaces both what it watches for and its data; where PHP leaves out the data,
    /// [`modify_events`](Watcher::modify_events) does it.
    ///
    /// # Errors
    ///
    /// Those of [`modify_events`](Watcher::modify_events); the data is then left alone.
    pub fn modify(&self, events: impl Into<Events>, data: T) -> Result<()> {
        self.rearm("Io\\Poll\\Watcher::modify", events.into())?;
        self.replace_data(data);
        Ok(())
    }

    /// Replaces what it watches for, and arms a one-shot watcher again, PHP's `modifyEvents()`.
    ///
    /// # Errors
    ///
    /// [`InactiveWatcherException`](Error::InactiveWatcherException) if it is not [active](Watcher::is_active),
    /// [`TypeError`](Error::TypeError) without any event, and
    /// [`FailedWatcherModificationException`](Error::FailedWatcherModificationException), with
    /// [`ERROR_NOSUPPORT`](Error::ERROR_NOSUPPORT) for edge triggering where the backend has none.
    ///
    /// # Examples
    ///
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
    ///
    /// [`InactiveWatcherException`](Error::InactiveWatcherException) if it is not [active](Watcher::is_active).
    pub fn modify_data(&self, data: T) -> Result<()> {
        if !self.is_active() {
            return Err(MODIFY_INACTIVE);
        }
        self.replace_data(data);
        Ok(())
    }

    /// What the old data does when it is dropped may need the lock.
    fn replace_data(&self, data: T) {
        let old = std::mem::replace(&mut *self.data(), data);
        drop(old);
    }

    /// Stops watching the socket.
    ///
    /// Without a word if the socket has been closed.
    ///
    /// # Errors
    ///
    /// [`InactiveWatcherException`](Error::InactiveWatcherException) if it was removed before or its context is gone.
    pub fn remove(&self) -> Result<()> {
        let removed = self.0.context.upgrade().and_then(|context| context.remove(&self.0));
        if removed.is_some() || self.0.socket.is_closed() {
            Ok(())
        } else {
            Err(Error::InactiveWatcherException { action: "remove" })
        }
    }

    fn rearm(&self, function: &'static str, events: Events) -> Result<()> {
        check(events, function, "Argument #1 ($events) must be array of Event enums")?;
        let context = self.0.context.upgrade().ok_or(MODIFY_INACTIVE)?;
        // With the table locked, nobody removes it meanwhile.
        let _table = context.table();
        if !self.0.is_active() {
            return Err(MODIFY_INACTIVE);
        }
        context.registry.driver.modify(&self.0.socket, self.0.key(), events).map_err(|error| {
            // socket_close may have been quicker.
            if self.0.is_active() { Error::FailedWatcherModificationException(error) } else { MODIFY_INACTIVE }
        })?;
        self.0.watched.store(events.bits(), Ordering::Relaxed);
        Ok(())
    }
}

const MODIFY_INACTIVE: Error = Error::InactiveWatcherException { action: "modify" };

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
