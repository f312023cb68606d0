//! The `polling` crate, whose one unsafe call this file makes safe.
#![allow(unsafe_code, reason = "a watched source must outlive its registration")]

use std::collections::HashSet;
use std::hash::Hash;
use std::io;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use polling::{Event, Events, PollMode};

use super::Descriptor;

/// A `polling::Poller` that keeps every source it watches, with its descriptor, so that none can go before its registration.
/// A source that is watched is removed before it is closed.
#[derive(Debug)]
pub(crate) struct Poller<S> {
    // Dropped before the sources.
    poller: polling::Poller,
    sources: Mutex<HashSet<S>>,
    /// What the last wait has found.
    events: Mutex<Events>,
    /// A thread waits, or is about to.
    is_waiting: AtomicBool,
    /// `notify` was called, and no wait has ended for it yet.
    is_notified: AtomicBool,
}

#[cfg(unix)]
use std::os::fd::BorrowedFd as Borrowed;
#[cfg(windows)]
use std::os::windows::io::BorrowedSocket as Borrowed;

/// The descriptor of a source that is watched, or was until now, as the poller wants it.
fn borrowed<'a>(descriptor: Descriptor) -> Borrowed<'a> {
    // SAFETY: the source is open as long as it is watched, and the caller keeps it meanwhile.
    unsafe { Borrowed::borrow_raw(descriptor) }
}

impl<S: Eq + Hash> Poller<S> {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            poller: polling::Poller::new()?,
            sources: Mutex::default(),
            events: Mutex::new(Events::new()),
            is_waiting: AtomicBool::new(false),
            is_notified: AtomicBool::new(false),
        })
    }

    /// Watches `source`; the event's key comes back with each event.
    pub(crate) fn add(&self, source: S, descriptor: Descriptor, event: Event, mode: PollMode) -> io::Result<()> {
        self.check(mode)?;
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: the source is kept here for longer than the registration: `remove` ends the registration first, and the
        // poller is dropped before the sources.
        unsafe { self.poller.add_with_mode(descriptor, event, mode) }?;
        sources.insert(source);
        self.show_change()
    }

    /// Edge triggering is an invalid argument to a system that has none, but not to the caller.
    fn check(&self, mode: PollMode) -> io::Result<()> {
        let edge = matches!(mode, PollMode::Edge | PollMode::EdgeOneshot);
        if edge && !self.poller.supports_edge() { Err(io::ErrorKind::Unsupported.into()) } else { Ok(()) }
    }

    /// Replaces what is watched for.
    pub(crate) fn modify(&self, descriptor: Descriptor, event: Event, mode: PollMode) -> io::Result<()> {
        self.check(mode)?;
        self.poller.modify_with_mode(borrowed(descriptor), event, mode)?;
        self.show_change()
    }

    /// Has the waiting thread look at what has changed. With I/O completion ports the crate puts a change off to the next wait when
    /// there is none; one that has begun meanwhile would not see it until something else happens (polling 3.11).
    fn show_change(&self) -> io::Result<()> {
        if cfg!(windows) && self.is_waiting.load(Ordering::SeqCst) { self.poller.notify() } else { Ok(()) }
    }

    /// Stops watching `source`. I/O completion ports would not say that it was not watched.
    pub(crate) fn remove(&self, source: &S, descriptor: Descriptor) -> io::Result<()> {
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        if !sources.contains(source) {
            return Err(io::ErrorKind::NotFound.into());
        }
        self.poller.delete(borrowed(descriptor))?;
        sources.remove(source);
        Ok(())
    }

    /// Waits until there are events or `timeout` has passed, and shows at most `limit` of them to `visit`.
    ///
    /// One thread at a time: others wait for it to return.
    pub(crate) fn wait(
        &self,
        limit: NonZeroUsize,
        timeout: Option<Duration>,
        visit: &mut dyn FnMut(Event),
    ) -> io::Result<()> {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        if events.capacity() == limit {
            events.clear();
        } else {
            *events = Events::with_capacity(limit);
        }
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        loop {
            let rest = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            self.is_waiting.store(true, Ordering::SeqCst);
            let result = self.poller.wait(&mut events, rest);
            self.is_waiting.store(false, Ordering::SeqCst);
            result?;
            // A wait that only a change has ended goes on.
            let is_over = !events.is_empty() || rest == Some(Duration::ZERO) || !cfg!(windows);
            if self.is_notified.swap(false, Ordering::SeqCst) || is_over {
                break;
            }
        }
        events.iter().for_each(visit);
        Ok(())
    }

    pub(crate) fn notify(&self) -> io::Result<()> {
        self.is_notified.store(true, Ordering::SeqCst);
        self.poller.notify()
    }
}
