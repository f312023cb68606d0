//! poll(2) and `WSAPoll`: the same everywhere, in time proportional to the number of sockets.

use std::io::{self, Read, Write};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{Driver, Found, Key, Report};
use crate::Socket;
use crate::poll::{Event, Events};
use crate::sys::{self, PollFd};

#[cfg(any(target_os = "linux", target_os = "android"))]
const POLLRDHUP: i16 = libc::POLLRDHUP;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const POLLRDHUP: i16 = 0;

/// What ends a wait for reading. `WSAPoll` does not say that the end can be read, as everybody else does.
const READABLE: i16 = if cfg!(windows) { sys::POLLIN | sys::POLLHUP } else { sys::POLLIN };

/// What poll(2) is asked for, and answers. A descriptor that was closed behind the back of its socket is an error.
const ASKED: [(Event, i16); 3] =
    [(Event::Read, sys::POLLIN), (Event::Write, sys::POLLOUT), (Event::ReadHangUp, POLLRDHUP)];
const ANSWERED: [(Event, i16); 5] = [
    (Event::Read, READABLE),
    (Event::Write, sys::POLLOUT),
    (Event::Error, sys::POLLERR | sys::POLLNVAL),
    (Event::HangUp, sys::POLLHUP),
    (Event::ReadHangUp, POLLRDHUP),
];

/// The descriptors are kept here, since poll(2) is told all of them each time.
pub(super) struct Poll {
    entries: Mutex<Vec<Entry>>,
    /// What poll(2) reads and writes; only one thread waits at a time.
    turn: Mutex<Turn>,
    /// A change must be told to the thread that waits.
    waiting: AtomicBool,
    /// `notify` was called, and no wait has ended for it yet.
    notified: AtomicBool,
    /// What is written to the second one ends a poll(2) that has the first one.
    wake: [socket2::Socket; 2],
}

#[derive(Clone, Copy, PartialEq)]
struct Entry {
    key: Key,
    events: Events,
    /// False from the report of a one-shot entry until it is modified.
    armed: bool,
}

#[derive(Default)]
struct Turn {
    /// The armed ones, and where they stand in the list.
    entries: Vec<(usize, Entry)>,
    /// That of the wake-up, then one for each entry.
    descriptors: Vec<PollFd>,
    found: Vec<(Key, Events)>,
    /// The entry to begin with, behind the last one that was reported: a small limit starves nobody.
    first: usize,
}

impl Poll {
    pub(super) fn new() -> io::Result<Self> {
        let wake = sys::private_pair()?;
        wake.iter().try_for_each(|socket| socket.set_nonblocking(true))?;
        Ok(Self {
            entries: Mutex::default(),
            turn: Mutex::default(),
            waiting: AtomicBool::new(false),
            notified: AtomicBool::new(false),
            wake,
        })
    }

    fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the poll(2) in progress or the next one.
    fn wake(&self) -> io::Result<()> {
        match (&self.wake[1]).write(&[0]) {
            // What is there already will do.
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
            _ => Ok(()),
        }
    }

    /// Lets the thread that waits, if there is one, start again with the list, which the caller has locked to change it.
    fn tell_waiting(&self) -> io::Result<()> {
        if self.waiting.load(Ordering::SeqCst) { self.wake() } else { Ok(()) }
    }

    /// One poll(2); tells whether there is anything to return for.
    fn poll(
        &self,
        turn: &mut Turn,
        limit: NonZeroUsize,
        timeout: Option<Duration>,
        report: &mut Report<'_>,
    ) -> io::Result<bool> {
        turn.entries.clear();
        turn.entries.extend(self.entries().iter().copied().enumerate().filter(|(_, entry)| entry.armed));
        turn.descriptors.clear();
        turn.descriptors.push(PollFd { fd: sys::descriptor(&self.wake[0]), events: sys::POLLIN, revents: 0 });
        turn.descriptors.extend(turn.entries.iter().map(|(_, entry)| entry.descriptor()));
        match sys::poll(&mut turn.descriptors, timeout) {
            // One of them was closed meanwhile, and is no entry any more; poll(2) itself tells that of each descriptor.
            Err(error) if error.raw_os_error() == Some(crate::SOCKET_ENOTSOCK) => return Ok(false),
            result => result?,
        };

        turn.found.clear();
        let (wake, descriptors) = turn.descriptors.split_first().ok_or(io::ErrorKind::InvalidInput)?;
        let mut entries = self.entries();
        let all = turn.entries.iter().zip(descriptors).enumerate();
        let all = all.clone().skip(turn.first).chain(all.take(turn.first));
        let ready = all.filter(|(_, (_, found))| found.revents != 0);
        let current = ready.filter(|(_, ((index, entry), _))| fire(&mut entries, *index, entry));
        for (position, ((_, entry), found)) in current.take(limit.get()) {
            turn.found.push((entry.key, to_events(found.revents)));
            turn.first = position + 1;
        }
        drop(entries);
        report(Found::Listed(&turn.found));
        Ok(wake.revents != 0 && self.take_notification() || !turn.found.is_empty())
    }

    /// Empties the wake-up, and tells whether it was a notification.
    fn take_notification(&self) -> bool {
        while matches!((&self.wake[0]).read(&mut [0; 64]), Ok(1..)) {}
        self.notified.swap(false, Ordering::SeqCst)
    }
}

/// Says whether what was found for `entry`, which most likely stands at `index`, is to be reported: not when it has been
/// removed or modified meanwhile, and for a one-shot entry once.
fn fire(entries: &mut [Entry], index: usize, entry: &Entry) -> bool {
    let index = if entries.get(index) == Some(entry) {
        Some(index)
    } else {
        entries.iter().position(|current| current == entry)
    };
    if let Some(index) = index {
        entries[index].armed = !entry.events.contains(Event::OneShot);
    }
    index.is_some()
}

impl Entry {
    /// What poll(2) is told of it.
    #[allow(clippy::useless_conversion, clippy::unnecessary_fallible_conversions, reason = "another width elsewhere")]
    fn descriptor(&self) -> PollFd {
        let events = ASKED.iter().filter(|(event, _)| self.events.contains(*event));
        PollFd {
            fd: self.key.descriptor.try_into().unwrap_or(sys::NO_DESCRIPTOR),
            events: events.fold(0, |events, (_, bit)| events | bit),
            revents: 0,
        }
    }
}

impl Driver for Poll {
    fn add(&self, _: &Socket, key: Key, events: Events) -> io::Result<()> {
        let mut entries = self.entries();
        if entries.iter().any(|entry| entry.key.descriptor == key.descriptor) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        if events.contains(Event::EdgeTriggered) {
            return Err(io::ErrorKind::Unsupported.into());
        }
        self.tell_waiting()?;
        entries.push(Entry { key, events, armed: true });
        Ok(())
    }

    fn modify(&self, _: &Socket, key: Key, events: Events) -> io::Result<()> {
        if events.contains(Event::EdgeTriggered) {
            return Err(io::ErrorKind::Unsupported.into());
        }
        let mut entries = self.entries();
        let entry = entries.iter_mut().find(|entry| entry.key == key).ok_or(io::ErrorKind::NotFound)?;
        self.tell_waiting()?;
        *entry = Entry { key, events, armed: true };
        Ok(())
    }

    fn remove(&self, _: &Socket, key: Key) -> io::Result<()> {
        let mut entries = self.entries();
        let index = entries.iter().position(|entry| entry.key == key);
        let index = index.ok_or(io::ErrorKind::NotFound)?;
        entries.swap_remove(index);
        // A poll(2) in progress would keep a closed connection open; it is out of the list in any case.
        let _ = self.tell_waiting();
        Ok(())
    }

    fn wait(&self, limit: NonZeroUsize, timeout: Option<Duration>, report: &mut Report<'_>) -> io::Result<()> {
        // A deadline beyond the clock's end is none.
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.waiting.store(true, Ordering::SeqCst);
        let result = loop {
            let rest = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            match self.poll(&mut turn, limit, rest, report) {
                // Only the list has changed, or a time that the system can express is over.
                Ok(false) if rest != Some(Duration::ZERO) => {}
                result => break result.map(drop),
            }
        };
        self.waiting.store(false, Ordering::SeqCst);
        result
    }

    fn notify(&self) -> io::Result<()> {
        self.notified.store(true, Ordering::SeqCst);
        self.wake()
    }
}

fn to_events(bits: i16) -> Events {
    ANSWERED.iter().filter(|(_, bit)| bits & bit != 0).map(|(event, _)| *event).collect()
}
