//! Telling those who watch a socket before it closes.
//!
//! The system forgets what it watches only when the last descriptor of a connection is gone, which an exported stream or
//! a child process can put off for ever; so whoever watches must let go first. A socket that nobody watches pays two
//! bytes and one load for this, and no lock.

use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{PoisonError, RwLock, Weak};

use super::Socket;

/// Somebody who watches sockets.
pub(crate) trait Observer: Send + Sync {
    /// `socket` counts as closed already, and its connection ends when this returns.
    fn closing(&self, socket: &Socket);
}

/// Everybody who watches; the one with the number n stands at n - 1.
static OBSERVERS: RwLock<Vec<Weak<dyn Observer>>> = RwLock::new(Vec::new());

const NOBODY: u16 = 0;
/// More than one, or one whose number is not below this.
const SEVERAL: u16 = u16::MAX;

/// The number of the socket's observer.
#[derive(Default)]
pub(super) struct WatchedBy(AtomicU16);

/// Enters an observer, and returns its number.
pub(crate) fn observe(observer: Weak<dyn Observer>) -> u16 {
    let mut observers = OBSERVERS.write().unwrap_or_else(PoisonError::into_inner);
    let free = observers.iter().position(|observer| observer.strong_count() == 0);
    let index = free.unwrap_or(observers.len());
    match free {
        Some(free) => observers[free] = observer,
        None => observers.push(observer),
    }
    u16::try_from(index + 1).unwrap_or(SEVERAL)
}

/// Tells all who watch `socket` that it closes.
pub(super) fn tell(socket: &Socket) {
    // Sequential consistency here and in `start_watching`: either the observer sees that the socket is closed, or its
    // number is seen here.
    let number = socket.0.watched_by.0.load(Ordering::SeqCst);
    if number == NOBODY {
        return;
    }
    let observers = OBSERVERS.read().unwrap_or_else(PoisonError::into_inner);
    let told = match number {
        SEVERAL => &observers[..],
        _ => observers.get(usize::from(number - 1)..usize::from(number)).unwrap_or_default(),
    };
    told.iter().filter_map(Weak::upgrade).for_each(|observer| observer.closing(socket));
}

impl Socket {
    /// Enters `observer` as one who watches, unless the socket is closed: then it returns false.
    ///
    /// The observer's `closing` must wait until what follows this is done.
    pub(crate) fn start_watching(&self, observer: u16) -> bool {
        let watched_by = &self.0.watched_by.0;
        let other = watched_by.compare_exchange(NOBODY, observer, Ordering::SeqCst, Ordering::SeqCst).err();
        if other.is_some_and(|other| other != observer) {
            watched_by.store(SEVERAL, Ordering::SeqCst);
        }
        !self.0.closed.load(Ordering::SeqCst)
    }

    /// Takes `observer` out again if it is the only one.
    pub(crate) fn stop_watching(&self, observer: u16) {
        if observer == SEVERAL {
            return;
        }
        let _ = self.0.watched_by.0.compare_exchange(observer, NOBODY, Ordering::SeqCst, Ordering::SeqCst);
    }
}
