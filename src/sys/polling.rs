//! The `polling` crate, whose one unsafe call this file makes safe.
#![allow(unsafe_code, reason = "a watched source must outlive its registration")]

use std::collections::HashSet;
use std::io;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use polling::{Event, Events, PollMode};

use crate::Socket;

/// A `polling::Poller` that keeps a clone of every socket it watches, so that none can go before its registration.
#[derive(Debug)]
pub(crate) struct Poller {
    // Dropped before the sockets.
    poller: polling::Poller,
    sockets: Mutex<HashSet<Socket>>,
    /// What the last wait has found.
    events: Mutex<Events>,
}

impl Poller {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { poller: polling::Poller::new()?, sockets: Mutex::default(), events: Mutex::new(Events::new()) })
    }

    /// Watches `socket`; the event's key comes back with each event.
    pub(crate) fn add(&self, socket: &Socket, event: Event, mode: PollMode) -> io::Result<()> {
        self.check(mode)?;
        let mut sockets = self.sockets.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: the clone kept here outlives the registration: `remove` ends the registration first, and the poller
        // is dropped before the sockets.
        unsafe { self.poller.add_with_mode(socket, event, mode) }?;
        sockets.insert(socket.clone());
        Ok(())
    }

    /// Edge triggering is an invalid argument to a system that has none, but not to the caller.
    fn check(&self, mode: PollMode) -> io::Result<()> {
        let edge = matches!(mode, PollMode::Edge | PollMode::EdgeOneshot);
        if edge && !self.poller.supports_edge() { Err(io::ErrorKind::Unsupported.into()) } else { Ok(()) }
    }

    /// Replaces what is watched for.
    pub(crate) fn modify(&self, socket: &Socket, event: Event, mode: PollMode) -> io::Result<()> {
        self.check(mode)?;
        self.poller.modify_with_mode(socket, event, mode)
    }

    /// Stops watching `socket`. I/O completion ports would not say that it was not watched.
    pub(crate) fn remove(&self, socket: &Socket) -> io::Result<()> {
        let mut sockets = self.sockets.lock().unwrap_or_else(PoisonError::into_inner);
        if !sockets.contains(socket) {
            return Err(io::ErrorKind::NotFound.into());
        }
        self.poller.delete(socket)?;
        sockets.remove(socket);
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
        self.poller.wait(&mut events, timeout)?;
        events.iter().for_each(visit);
        Ok(())
    }

    pub(crate) fn notify(&self) -> io::Result<()> {
        self.poller.notify()
    }
}
