//! What all clones of a context share, and what all clones of a watcher do.

use std::num::NonZeroUsize;
use std::ops::Deref;
use std::sync::{Arc, PoisonError, Weak};
use std::time::Duration;

use super::backend::Backend;
use super::driver::{self, Driver, Finder, Found, Key};
use super::error::{Error, Result};
use super::event::Events;
use super::table::Table;
use crate::Socket;
use crate::socket::closing;
use crate::sync::atomic::{AtomicU8, Ordering};
use crate::sync::{Mutex, MutexGuard};

/// A context as long as a handle of it is there. Whoever closes a socket may hold the rest of it for a moment longer; for its
/// watchers it ends here all the same.
pub(super) struct Owned<T>(Arc<Shared<T>>);

/// What closing a socket needs of a context, too.
pub(super) struct Shared<T> {
    pub(super) driver: Arc<dyn Driver>,
    pub(super) backend: Backend,
    /// Its place among the observers of closing sockets.
    observer: closing::Place,
    registrations: Mutex<Registrations<T>>,
}

struct Registrations<T> {
    table: Table<Arc<Registration<T>>>,
    generation: u32,
}

/// A watcher.
pub(super) struct Registration<T> {
    context: Weak<Owned<T>>,
    socket: Socket,
    generation: u32,
    watched: AtomicU8,
    triggered: AtomicU8,
    /// One of the states below. Only changed while the context's table is locked.
    state: AtomicU8,
    data: Mutex<T>,
}

/// The context has it.
const WATCHED: u8 = 0;
/// It was removed.
const REMOVED: u8 = 1;
/// Its socket was closed while it was watched.
const CLOSED: u8 = 2;

impl<T: Send + 'static> Owned<T> {
    pub(super) fn new(backend: Backend, driver: Arc<dyn Driver>) -> Self {
        Self(Arc::new_cyclic(|context: &Weak<Shared<T>>| {
            let registrations = Mutex::new(Registrations { table: Table::new(), generation: 0 });
            Shared { driver, backend, observer: closing::Place::new(context.clone()), registrations }
        }))
    }
}

impl<T> Deref for Owned<T> {
    type Target = Shared<T>;

    #[inline]
    fn deref(&self) -> &Shared<T> {
        &self.0
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        let table = std::mem::replace(&mut self.registrations().table, Table::new());
        // What dropping it does is foreign code, which may need the new one.
        drop(table);
    }
}

impl<T> Owned<T> {
    /// With a `number` of the caller's, that is the generation.
    pub(super) fn add(
        self: &Arc<Self>,
        socket: &Socket,
        events: Events,
        data: T,
        number: Option<u32>,
    ) -> Result<Arc<Registration<T>>> {
        // Dropped before the data where there is an error.
        let mut registrations = self.registrations();
        if !socket.start_watching(&self.observer) {
            return Err(Error::InvalidHandleException);
        }
        let key = Key::new(socket, number.unwrap_or(registrations.generation));
        self.driver.add(socket, key, events).map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => Error::HandleAlreadyWatchedException,
            _ => Error::FailedHandleAddException(error),
        })?;
        if number.is_none() {
            registrations.generation = key.next_generation();
        }
        let registration = Arc::new(Registration {
            context: Arc::downgrade(self),
            socket: socket.clone(),
            generation: key.generation,
            watched: AtomicU8::new(events.bits()),
            triggered: AtomicU8::new(0),
            state: AtomicU8::new(WATCHED),
            data: Mutex::new(data),
        });
        registrations.table.insert(key.descriptor, Arc::clone(&registration));
        Ok(registration)
    }
}

impl<T> Shared<T> {
    /// No thread waits for an event, or runs foreign code, while they are locked.
    #[inline]
    fn registrations(&self) -> MutexGuard<'_, Registrations<T>> {
        self.registrations.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits, and hands out what was found while the table is locked.
    #[inline]
    pub(super) fn wait(
        &self,
        timeout: Option<Duration>,
        limit: NonZeroUsize,
        found: impl FnMut(&Arc<Registration<T>>),
    ) -> Result<()> {
        let result = driver::wait(&*self.driver, limit, timeout, &mut Watchers { shared: self, found });
        result.map_err(Error::FailedPollWaitException)
    }

    /// Takes out the registration that has the number `descriptor` if `is_it`, ends what the system knows of it, puts it into
    /// `state`, and returns it: what dropping it does is foreign code, which may need the table.
    fn take(
        &self,
        descriptor: u32,
        is_it: impl Fn(&Registration<T>) -> bool,
        state: u8,
    ) -> Option<Arc<Registration<T>>> {
        let mut registrations = self.registrations();
        let registration = registrations.table.get(descriptor).filter(|current| is_it(current))?;
        // An error: the descriptor was closed behind the back of its socket.
        let _ = self.driver.remove(&registration.socket, registration.key());
        registration.socket.stop_watching(&self.observer);
        registration.state.store(state, Ordering::Relaxed);
        registrations.table.remove(descriptor)
    }
}

/// Finds the watchers that a wait tells of.
struct Watchers<'s, T, F> {
    shared: &'s Shared<T>,
    found: F,
}

impl<T, F: FnMut(&Arc<Registration<T>>)> Finder for Watchers<'_, T, F> {
    #[inline(always)]
    fn find(&mut self, found: Found<'_>) {
        let registrations = self.shared.registrations();
        found.for_each(|(key, events)| {
            let current = registrations.table.get(key.descriptor);
            if let Some(registration) = current.filter(|current| current.generation == key.generation) {
                registration.triggered.store(events.bits(), Ordering::Relaxed);
                (self.found)(registration);
            }
        });
    }
}

impl<T: Send> closing::Observer for Shared<T> {
    fn closing(&self, socket: &Socket) {
        drop(self.take(driver::number(socket), |current| current.socket == *socket, CLOSED));
    }
}

impl<T> Registration<T> {
    fn key(&self) -> Key {
        Key::new(&self.socket, self.generation)
    }

    #[cfg(feature = "server")]
    pub(super) fn generation(&self) -> u32 {
        self.generation
    }

    pub(super) fn socket(&self) -> &Socket {
        &self.socket
    }

    pub(super) fn watched(&self) -> Events {
        Events::from_bits(self.watched.load(Ordering::Relaxed))
    }

    /// What the last wait that returned it has found.
    pub(super) fn triggered(&self) -> Events {
        Events::from_bits(self.triggered.load(Ordering::Relaxed))
    }

    pub(super) fn is_active(&self) -> bool {
        self.state.load(Ordering::Relaxed) == WATCHED && self.context.strong_count() > 0
    }

    /// The data, locked: for a moment, and while nothing runs that is not the data's own, unless the caller asks for that.
    #[inline]
    pub(super) fn data(&self) -> MutexGuard<'_, T> {
        self.data.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces what is watched for, and arms it again.
    pub(super) fn rearm(&self, events: Events) -> Result<()> {
        const INACTIVE: Error = Error::InactiveWatcherException { action: "modify" };
        let context = self.context.upgrade().ok_or(INACTIVE)?;
        // With the table locked, nobody removes it meanwhile, and no close gets further than to ask for the table.
        let _registrations = context.registrations();
        if !self.is_active() {
            return Err(INACTIVE);
        }
        let result = context.driver.modify(&self.socket, self.key(), events);
        result.map_err(Error::FailedWatcherModificationException)?;
        self.watched.store(events.bits(), Ordering::Relaxed);
        Ok(())
    }

    /// Ends the watch; returns whether there was one, or there had been until the socket was closed.
    pub(super) fn remove(&self) -> bool {
        let key = self.key();
        let context = self.context.upgrade();
        context.is_some_and(|context| context.take(key.descriptor, |current| current.key() == key, REMOVED).is_some())
            || self.state.load(Ordering::Relaxed) == CLOSED
    }
}
