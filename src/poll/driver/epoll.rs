//! Linux: one `epoll_wait(2)` a wait, and nothing else.

use std::fs::File;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::os::fd::AsRawFd;
use std::time::Duration;

use super::{Driver, Finder, Found, Key, Report};
use crate::Socket;
use crate::poll::{Event, Events};
use crate::sys::epoll;

/// The key of the wake-up; no descriptor has this number.
const WAKE: u64 = u64::MAX;

const BITS: [(Event, u32); 7] = [
    (Event::Read, epoll::IN),
    (Event::Write, epoll::OUT),
    (Event::Error, epoll::ERR),
    (Event::HangUp, epoll::HUP),
    (Event::ReadHangUp, epoll::RDHUP),
    (Event::OneShot, epoll::ONESHOT),
    (Event::EdgeTriggered, epoll::ET),
];

pub(in crate::poll) struct Epoll {
    epoll: epoll::Epoll,
    wake: File,
}

impl Epoll {
    pub(super) fn new() -> io::Result<Self> {
        let epoll = epoll::Epoll::new()?;
        let wake = epoll::eventfd()?;
        // Edge-triggered, each increase of the counter wakes one wait, and nobody has to read it.
        epoll.add(wake.as_raw_fd(), epoll::IN | epoll::ET, WAKE)?;
        Ok(Self { epoll, wake })
    }

    /// [`Driver::wait`], as a part of the function that calls it.
    #[inline(always)]
    pub(super) fn wait_for(
        &self,
        limit: NonZeroUsize,
        timeout: Option<Duration>,
        finder: &mut impl Finder,
    ) -> io::Result<()> {
        let mut ready = epoll::Ready::new();
        self.fill(&mut ready, limit, timeout)?;
        finder.find(Found::Epoll(&ready));
        Ok(())
    }

    #[inline(always)]
    fn fill(&self, ready: &mut epoll::Ready, limit: NonZeroUsize, timeout: Option<Duration>) -> io::Result<()> {
        let mut rest = timeout;
        loop {
            self.epoll.wait(ready, limit.get(), rest)?;
            // A wait that is longer than the system's longest is several.
            if !ready.is_empty() || rest.is_some_and(|rest| rest <= epoll::Epoll::LONGEST) {
                return Ok(());
            }
            rest = rest.map(|rest| rest - epoll::Epoll::LONGEST);
        }
    }
}

impl Driver for Epoll {
    fn add(&self, socket: &Socket, key: Key, events: Events) -> io::Result<()> {
        self.epoll.add(socket.as_raw_fd(), to_bits(events), key.into())
    }

    fn modify(&self, socket: &Socket, key: Key, events: Events) -> io::Result<()> {
        self.epoll.modify(socket.as_raw_fd(), to_bits(events), key.into())
    }

    fn remove(&self, socket: &Socket, _: Key) -> io::Result<()> {
        self.epoll.remove(socket.as_raw_fd())
    }

    fn wait(&self, limit: NonZeroUsize, timeout: Option<Duration>, report: &mut Report<'_>) -> io::Result<()> {
        let mut ready = epoll::Ready::new();
        self.fill(&mut ready, limit, timeout)?;
        report(Found::Epoll(&ready));
        Ok(())
    }

    fn epoll(&self) -> Option<&Epoll> {
        Some(self)
    }

    fn notify(&self) -> io::Result<()> {
        (&self.wake).write_all(&1_u64.to_ne_bytes())
    }
}

/// Returns what a wait has found, but for the wake-up.
#[inline]
pub(super) fn events(ready: &epoll::Ready) -> impl Iterator<Item = (Key, Events)> + '_ {
    ready.iter().filter(|(key, _)| *key != WAKE).map(|(key, bits)| (key.into(), to_events(bits)))
}

fn to_bits(events: Events) -> u32 {
    BITS.iter().filter(|(event, _)| events.contains(*event)).fold(0, |bits, (_, bit)| bits | bit)
}

#[inline]
fn to_events(bits: u32) -> Events {
    // Nearly always, and in fewer steps.
    if bits == epoll::IN {
        return Event::Read.into();
    }
    BITS.iter().filter(|(_, bit)| bits & bit != 0).map(|(event, _)| *event).collect()
}
