//! kqueue(2) and I/O completion ports, through the `polling` crate.

use std::collections::HashMap;
use std::io;
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ::polling::PollMode;

use super::{Driver, Found, Key, Report};
use crate::Socket;
use crate::poll::{Event, Events};
use crate::sys::polling::Poller;

/// As many events as one wait can tell.
const CAPACITY: usize = 1024;

pub(super) struct Polling {
    poller: Poller<Socket>,
    /// The keys by their generation, which is what the poller knows of them: a `usize` may have 32 bits.
    keys: Mutex<HashMap<usize, Key>>,
    /// What one wait has found; only one thread waits at a time.
    turn: Mutex<Turn>,
}

#[derive(Default)]
struct Turn {
    /// As the poller tells it.
    told: Vec<(usize, Events)>,
    /// Each key once.
    found: Vec<(Key, Events)>,
}

impl Polling {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { poller: Poller::new()?, keys: Mutex::default(), turn: Mutex::default() })
    }

    fn keys(&self) -> MutexGuard<'_, HashMap<usize, Key>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Driver for Polling {
    fn add(&self, socket: &Socket, key: Key, events: Events) -> io::Result<()> {
        let mut keys = self.keys();
        self.poller.add(socket.clone(), socket.descriptor(), to_event(key, events), mode(events))?;
        keys.insert(number(key), key);
        Ok(())
    }

    fn modify(&self, socket: &Socket, key: Key, events: Events) -> io::Result<()> {
        self.poller.modify(socket.descriptor(), to_event(key, events), mode(events))
    }

    fn remove(&self, socket: &Socket, key: Key) -> io::Result<()> {
        let mut keys = self.keys();
        self.poller.remove(socket, socket.descriptor())?;
        keys.remove(&number(key));
        Ok(())
    }

    fn wait(&self, limit: NonZeroUsize, timeout: Option<Duration>, report: &mut Report<'_>) -> io::Result<()> {
        let limit = limit.min(const { NonZeroUsize::new(CAPACITY).expect("it is not 0") });
        let Turn { told, found } = &mut *self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        told.clear();
        self.poller.wait(limit, timeout, &mut |event| told.push((event.key, to_events(&event))))?;
        // kqueue(2) reports reading and writing one after the other.
        told.sort_unstable_by_key(|(number, _)| *number);
        told.dedup_by(|(number, events), (kept, all)| {
            let same = number == kept;
            if same {
                *all |= *events;
            }
            same
        });
        // What was removed meanwhile is left out.
        found.clear();
        {
            let keys = self.keys();
            found.extend(told.iter().filter_map(|(number, events)| Some((*keys.get(number)?, *events))));
        }
        report(Found::Listed(found));
        Ok(())
    }

    fn notify(&self) -> io::Result<()> {
        self.poller.notify()
    }
}

/// What the poller knows a registration by.
fn number(key: Key) -> usize {
    usize::try_from(key.generation).unwrap_or(usize::MAX)
}

fn to_event(key: Key, events: Events) -> ::polling::Event {
    let mut event = ::polling::Event::none(number(key));
    event.readable = events.contains(Event::Read);
    event.writable = events.contains(Event::Write);
    event.with_interrupt()
}

fn to_events(event: &::polling::Event) -> Events {
    let found = [
        (Event::Read, event.readable),
        (Event::Write, event.writable),
        // Completion ports have no word of its own for a reset: it is the hang-up that comes unasked, where an end in order does
        // not.
        (Event::Error, event.is_err() == Some(true) || cfg!(windows) && event.is_interrupt()),
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
