//! What a backend does: one implementation for each, behind one trait.
//!
//! The `polling` crate serves the systems whose calls are many; on Linux, epoll is used without it. Its wait is five system
//! calls where one will do (it sets a timer and re-arms two registrations), goes on after a signal where PHP reports
//! it, returns nothing at once to a second thread that waits, and cannot be asked for `EPOLLRDHUP`.

use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use super::event::Events;
use crate::Socket;

#[cfg(any(target_os = "linux", target_os = "android"))]
mod epoll;
mod poll;
#[cfg(any(test, not(any(target_os = "linux", target_os = "android"))))]
mod polling;
#[cfg(test)]
mod tests;

/// Watches descriptors. All of it may be called while another thread waits.
pub(super) trait Driver: Send + Sync {
    /// Starts to watch `socket`. One that is watched already is an error of the kind `AlreadyExists`.
    fn add(&self, socket: &Socket, key: Key, events: Events) -> io::Result<()>;

    /// Replaces what `socket` is watched for, and arms it again.
    fn modify(&self, socket: &Socket, key: Key, events: Events) -> io::Result<()>;

    /// Stops watching `socket`. One that is not watched is an error.
    fn remove(&self, socket: &Socket, key: Key) -> io::Result<()>;

    /// Waits for events, for `timeout`, or for `notify`, and reports at most `limit` keys, each once.
    fn wait(&self, limit: NonZeroUsize, timeout: Option<Duration>, report: &mut Report<'_>) -> io::Result<()>;

    /// Ends the wait in progress or else the next one.
    fn notify(&self) -> io::Result<()>;

    /// Returns the driver that [`wait`] needs no call for.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn epoll(&self) -> Option<&epoll::Epoll> {
        None
    }
}

/// [`Driver::wait`]. With epoll it becomes a part of the function that calls it: a client that is alone has a wait for each message.
#[inline]
pub(super) fn wait(
    driver: &dyn Driver,
    limit: NonZeroUsize,
    timeout: Option<Duration>,
    finder: &mut impl Finder,
) -> io::Result<()> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if let Some(epoll) = driver.epoll() {
        return epoll.wait_for(limit, timeout, finder);
    }
    driver.wait(limit, timeout, &mut |found| finder.find(found))
}

/// Takes what a wait has found: as a closure does, but written out where it is called.
pub(super) trait Finder {
    fn find(&mut self, found: Found<'_>);
}

/// Takes what a wait has found.
pub(super) type Report<'a> = dyn FnMut(Found<'_>) + 'a;

/// What a wait has found, as it lies there: no call for each event, and no copy.
pub(super) enum Found<'a> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    Epoll(&'a crate::sys::epoll::Ready),
    Listed(&'a [(Key, Events)]),
}

impl Found<'_> {
    #[inline(always)]
    pub(super) fn for_each(self, act: impl FnMut((Key, Events))) {
        match self {
            #[cfg(any(target_os = "linux", target_os = "android"))]
            Self::Epoll(ready) => {
                let mut act = act;
                // The iterator's own `for_each` would be a call.
                for event in epoll::events(ready) {
                    act(event);
                }
            }
            Self::Listed(events) => events.iter().copied().for_each(act),
        }
    }
}

/// Which registration an event belongs to. A descriptor's number is used again, its generation is not, so that an event
/// that was on its way when the watcher was removed finds nobody.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Key {
    pub(super) descriptor: u32,
    pub(super) generation: u32,
}

impl Key {
    pub(super) fn new(socket: &Socket, generation: u32) -> Self {
        Self { descriptor: number(socket), generation }
    }

    /// The generation behind this one. It counts below the greatest number, which the `polling` crate keeps for itself.
    pub(super) fn next_generation(self) -> u32 {
        (self.generation + 1) % u32::MAX
    }
}

/// The number of a socket's descriptor, closed or not; of a Windows handle, the 32 bits that count.
#[allow(clippy::useless_conversion, reason = "another width elsewhere")]
pub(super) fn number(socket: &Socket) -> u32 {
    u32::try_from(socket.descriptor()).unwrap_or(u32::MAX)
}

impl From<Key> for u64 {
    fn from(key: Key) -> Self {
        Self::from(key.generation) << 32 | Self::from(key.descriptor)
    }
}

impl From<u64> for Key {
    #[allow(clippy::cast_possible_truncation, reason = "the lower half is meant")]
    fn from(bits: u64) -> Self {
        Self { descriptor: bits as u32, generation: (bits >> 32) as u32 }
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn epoll() -> io::Result<Arc<dyn Driver>> {
    Ok(Arc::new(epoll::Epoll::new()?))
}

pub(super) fn poll() -> io::Result<Arc<dyn Driver>> {
    Ok(Arc::new(poll::Poll::new()?))
}

#[cfg(any(test, not(any(target_os = "linux", target_os = "android"))))]
pub(super) fn polling() -> io::Result<Arc<dyn Driver>> {
    Ok(Arc::new(polling::Polling::new()?))
}
