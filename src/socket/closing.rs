//! Telling those who watch a socket before it closes.
//!
//! The system forgets what it watches only when the last descriptor of a connection is gone, which an exported stream or
//! a child process can put off for ever; so whoever watches must let go first. A socket that nobody watches pays two
//! bytes and one load for this, and no lock.

use std::sync::{PoisonError, Weak};

use super::{OBSERVERS, Socket};
use crate::sync::atomic::{AtomicU16, Ordering};

/// Somebody who watches sockets.
pub(crate) trait Observer: Send + Sync {
    /// `socket` counts as closed already, and its connection ends when this returns.
    fn closing(&self, socket: &Socket);
}

/// All observers there are.
pub(super) struct Observers {
    /// Everybody who watches or has watched; the one with the number n stands at n - 1.
    places: Vec<Weak<dyn Observer>>,
    /// The places of those who are gone.
    free: Vec<usize>,
}

impl Observers {
    pub(super) const NONE: Self = Self { places: Vec::new(), free: Vec::new() };
}

const NOBODY: u16 = 0;
/// More than one, or one whose number is not below this.
const SEVERAL: u16 = u16::MAX;

/// The number of the socket's observer.
#[derive(Default)]
pub(super) struct WatchedBy(AtomicU16);

/// A place among the observers, which somebody else may have when this is dropped.
#[derive(Debug)]
pub(crate) struct Place(usize);

impl Place {
    /// Takes a place for `observer`, which need not be complete yet.
    pub(crate) fn new(observer: Weak<dyn Observer>) -> Self {
        let mut observers = OBSERVERS.write().unwrap_or_else(PoisonError::into_inner);
        match observers.free.pop() {
            Some(index) => {
                observers.places[index] = observer;
                Self(index)
            }
            None => {
                observers.places.push(observer);
                Self(observers.places.len() - 1)
            }
        }
    }

    /// What stands on the sockets that its observer watches.
    fn number(&self) -> u16 {
        u16::try_from(self.0 + 1).unwrap_or(SEVERAL)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        OBSERVERS.write().unwrap_or_else(PoisonError::into_inner).free.push(self.0);
    }
}

/// Begins to close `socket`: it counts as closed, and all who watch it have let go when this returns. False: it was closed
/// before.
#[inline]
pub(super) fn begin(socket: &Socket) -> bool {
    if socket.0.closed.swap(true, Ordering::SeqCst) {
        return false;
    }
    // Sequential consistency here and in `start_watching`: either the observer sees that the socket is closed, or its
    // number is seen here.
    let number = socket.0.watched_by.0.load(Ordering::SeqCst);
    if number != NOBODY {
        tell_observers(socket, number);
    }
    true
}

#[cold]
fn tell_observers(socket: &Socket, number: u16) {
    let observers = OBSERVERS.read().unwrap_or_else(PoisonError::into_inner);
    // What an observer does may close other sockets, enter other observers, and be its own end: with nothing locked.
    if number == SEVERAL {
        let told: Vec<_> = observers.places.iter().filter_map(Weak::upgrade).collect();
        drop(observers);
        told.iter().for_each(|observer| observer.closing(socket));
    } else {
        let told = observers.places.get(usize::from(number - 1)).and_then(Weak::upgrade);
        drop(observers);
        told.iter().for_each(|observer| observer.closing(socket));
    }
}

impl Socket {
    /// Enters `observer` as one who watches, unless the socket is closed: then it returns false.
    ///
    /// The observer's `closing` must wait until what follows this is done.
    pub(crate) fn start_watching(&self, observer: &Place) -> bool {
        let watched_by = &self.0.watched_by.0;
        let number = observer.number();
        let other = watched_by.compare_exchange(NOBODY, number, Ordering::SeqCst, Ordering::SeqCst).err();
        if other.is_some_and(|other| other != number) {
            watched_by.store(SEVERAL, Ordering::SeqCst);
        }
        !self.0.closed.load(Ordering::SeqCst)
    }

    /// Returns whether closing it is told to anybody.
    #[cfg(test)]
    pub(crate) fn is_watched(&self) -> bool {
        self.0.watched_by.0.load(Ordering::SeqCst) != NOBODY
    }

    /// Takes `observer` out again if it is known to be the only one.
    pub(crate) fn stop_watching(&self, observer: &Place) {
        let number = observer.number();
        if number != SEVERAL {
            let _ = self.0.watched_by.0.compare_exchange(number, NOBODY, Ordering::SeqCst, Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Weak};

    use super::{Observer, Place, SEVERAL};
    use crate::{AF_INET, SOCK_DGRAM, SOL_UDP, Socket, socket_close, socket_create};

    /// How many closings it was told of.
    #[derive(Default)]
    struct Counter(AtomicUsize);

    impl Observer for Counter {
        fn closing(&self, _: &Socket) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// A socket can tell so many contexts apart, and there may be more.
    #[test]
    fn a_place_is_used_again_and_one_beyond_the_numbers_is_told() -> crate::Result<()> {
        for _ in 0..1000 {
            let place = Place::new(Weak::<Counter>::new());
            // Other tests have some places meanwhile.
            assert!(place.0 < 500, "places are not used again");
        }
        let counter = Arc::new(Counter::default());
        let observer: Weak<Counter> = Arc::downgrade(&counter);
        let places: Vec<_> = (0..u16::MAX).map(|_| Place::new(observer.clone())).collect();
        let last = places.iter().max_by_key(|place| place.0).expect("there are some");
        assert_eq!(last.number(), SEVERAL);
        let socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
        assert!(socket.start_watching(last));
        socket.stop_watching(last);
        socket_close(&socket)?;
        assert_eq!(counter.0.load(Ordering::SeqCst), places.len());
        Ok(())
    }
}
