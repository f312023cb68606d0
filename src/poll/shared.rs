//! What all clones of a context share.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use super::driver::{self, Driver, Key};
use super::table::Table;
use super::watcher::Registration;
use super::{Backend, Error, Events, Result, Watcher};
use crate::Socket;
use crate::socket::closing;

/// A context.
pub(super) struct Shared<T> {
    pub(super) registry: Arc<Registry>,
    pub(super) backend: Backend,
    /// Its number as an observer of closing sockets.
    observer: u16,
    table: Mutex<Watchers<T>>,
}

pub(super) struct Watchers<T> {
    table: Table<Arc<Registration<T>>>,
    generation: u32,
}

/// The part of a context that does not know the type of the data, so that any thread may close a socket.
pub(super) struct Registry {
    pub(super) driver: Box<dyn Driver>,
    /// The descriptors of the sockets that were closed while they were watched; the next call that may drop the data
    /// takes their watchers out.
    closed: Mutex<Vec<u32>>,
}

impl Registry {
    fn closed(&self) -> MutexGuard<'_, Vec<u32>> {
        self.closed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl closing::Observer for Registry {
    fn closing(&self, socket: &Socket) {
        let mut closed = self.closed();
        if self.driver.remove(socket).is_ok() {
            closed.push(driver::number(socket));
        }
    }
}

impl<T> Shared<T> {
    pub(super) fn new(backend: Backend, driver: Box<dyn Driver>) -> Self {
        let registry = Arc::new(Registry { driver, closed: Mutex::default() });
        let observer: Weak<Registry> = Arc::downgrade(&registry);
        let observer = closing::observe(observer);
        Self { registry, backend, observer, table: Mutex::new(Watchers { table: Table::new(), generation: 0 }) }
    }

    /// The watchers. Nobody waits for an event or runs foreign code with them locked.
    pub(super) fn table(&self) -> MutexGuard<'_, Watchers<T>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add(self: &Arc<Self>, socket: &Socket, events: Events, data: T) -> Result<Arc<Registration<T>>> {
        let mut watchers = self.table();
        let mut closed = self.registry.closed();
        if !socket.start_watching(self.observer) {
            return Err(Error::InvalidHandleException);
        }
        let key = Key::new(socket, watchers.generation);
        self.registry.driver.add(socket, key, events).map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => Error::HandleAlreadyWatchedException,
            _ => Error::FailedHandleAddException(error),
        })?;
        let gone = watchers.take_closed(&mut closed);
        drop(closed);
        watchers.generation = watchers.generation.wrapping_add(1);
        let registration = Arc::new(Registration::new(Arc::downgrade(self), socket.clone(), key, events, data));
        watchers.table.insert(key.descriptor, Arc::clone(&registration));
        // The data of those that are gone is dropped with nothing locked.
        drop(watchers);
        drop(gone);
        Ok(registration)
    }

    /// Takes the watcher out, unless it is out already.
    pub(super) fn remove(&self, registration: &Registration<T>) -> Option<Arc<Registration<T>>> {
        let mut watchers = self.table();
        let key = registration.key();
        watchers.table.get(key.descriptor).filter(|current| current.key() == key)?;
        // A socket that is just being closed is not watched any more.
        let _ = self.registry.driver.remove(registration.socket());
        registration.socket().stop_watching(self.observer);
        registration.deactivate();
        watchers.table.remove(key.descriptor)
    }

    pub(super) fn wait(
        &self,
        ready: &mut Vec<Watcher<T>>,
        timeout: Option<Duration>,
        limit: NonZeroUsize,
    ) -> Result<()> {
        let mut locked = None;
        let result = self.registry.driver.wait(limit, timeout, &mut |key, events| {
            let watchers = locked.get_or_insert_with(|| self.table());
            let watcher = watchers.table.get(key.descriptor).filter(|watcher| watcher.key() == key);
            if let Some(watcher) = watcher.filter(|watcher| !watcher.socket().is_closed()) {
                watcher.trigger(events);
                ready.push(Watcher(Arc::clone(watcher)));
            }
        });
        let mut watchers = locked.unwrap_or_else(|| self.table());
        let gone = watchers.take_closed(&mut self.registry.closed());
        drop(watchers);
        drop(gone);
        result.map_err(Error::FailedPollWaitException)
    }
}

impl<T> Watchers<T> {
    /// Takes out the watchers of the sockets that were closed since the last time.
    fn take_closed(&mut self, closed: &mut Vec<u32>) -> Vec<Arc<Registration<T>>> {
        let gone = closed.drain(..).filter_map(|descriptor| {
            // Its number may belong to another socket by now, if the caller has removed it.
            self.table.get(descriptor).filter(|watcher| watcher.socket().is_closed())?.deactivate();
            self.table.remove(descriptor)
        });
        gone.collect()
    }
}
