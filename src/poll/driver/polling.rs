//! kqueue(2) and I/O completion ports, through the `polling` crate.

use std::io;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ::polling::PollMode;

use super::{Driver, Key};
use crate::Socket;
use crate::poll::{Event, Events};
use crate::sys::polling::Poller;

/// As many events as one wait can tell.
const CAPACITY: usize = 1024;

pub(super) struct Polling {
    poller: Poller,
    /// What one wait has found; only one thread waits at a time.
    found: Mutex<Vec<(u64, Events)>>,
}

impl Polling {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { poller: Poller::new()?, found: Mutex::default() })
    }
}

impl Driver for Polling {
    fn add(&self, socket: &Socket, key: Key, events: Events) -> io::Result<()> {
        self.poller.add(socket, to_event(key, events)?, mode(events))
    }

    fn modify(&self, socket: &Socket, key: Key, events: Events) -> io::Result<()> {
        self.poller.modify(socket, to_event(key, events)?, mode(events))
    }

    fn remove(&self, socket: &Socket) -> io::Result<()> {
        self.poller.remove(socket)
    }

    fn wait(
        &self,
        limit: NonZeroUsize,
        timeout: Option<Duration>,
        report: &mut dyn FnMut(Key, Events),
    ) -> io::Result<()> {
        let limit = limit.min(const { NonZeroUsize::new(CAPACITY).expect("it is not 0") });
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.clear();
        self.poller.wait(limit, timeout, &mut |event| {
            // A key was made from 64 bits.
            found.push((event.key as u64, to_events(&event)));
        })?;
        // kqueue(2) reports reading and writing one after the other.
        found.sort_unstable_by_key(|(key, _)| *key);
        found.dedup_by(|(key, events), (kept, all)| {
            let same = key == kept;
            if same {
                *all |= *events;
            }
            same
        });
        found.iter().for_each(|(key, events)| report((*key).into(), *events));
        Ok(())
    }

    fn notify(&self) -> io::Result<()> {
        self.poller.notify()
    }
}

fn to_event(key: Key, events: Events) -> io::Result<::polling::Event> {
    let key = usize::try_from(u64::from(key)).map_err(|_| io::ErrorKind::Unsupported)?;
    let mut event = ::polling::Event::none(key);
    event.readable = events.contains(Event::Read);
    event.writable = events.contains(Event::Write);
    Ok(event.with_interrupt())
}

fn to_events(event: &::polling::Event) -> Events {
    let found = [
        (Event::Read, event.readable),
        (Event::Write, event.writable),
        (Event::Error, event.is_err() == Some(true)),
        (Event::HangUp, event.is_interrupt()),
    ];
    found.into_iter().filter(|(_, is)| *is).map(|(event, _)| event).collect()
}

fn mode(events: Events) -> PollMode {
    match (events.contains(Event::EdgeTriggered), events.contains(Event::OneShot)) {
        (false, false) => PollMode::Level,
        (false, true) => PollMode::Oneshot,
        (true, false) => PollMode::Edge,
        (true, true) => PollMode::EdgeOneshot,
    }
}
