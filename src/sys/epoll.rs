//! epoll(7) and eventfd(2), which the standard library does not offer.
#![allow(unsafe_code, reason = "system calls")]

use std::fs::File;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

// The `EPOLL*` bits, in the type of the event that they stand in.
pub(crate) const IN: u32 = libc::EPOLLIN as u32;
pub(crate) const OUT: u32 = libc::EPOLLOUT as u32;
pub(crate) const ERR: u32 = libc::EPOLLERR as u32;
pub(crate) const HUP: u32 = libc::EPOLLHUP as u32;
pub(crate) const RDHUP: u32 = libc::EPOLLRDHUP as u32;
pub(crate) const ONESHOT: u32 = libc::EPOLLONESHOT as u32;
pub(crate) const ET: u32 = 1 << 31; // libc's is negative

/// A set of descriptors that the system watches.
#[derive(Debug)]
pub(crate) struct Epoll(OwnedFd);

impl Epoll {
    pub(crate) fn new() -> io::Result<Self> {
        // SAFETY: the call takes no pointer.
        let descriptor = check(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })?;
        // SAFETY: epoll_create1(2) has just given it to us.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(descriptor) }))
    }

    /// Watches `descriptor` for `events`; `key` comes back with each of them.
    pub(crate) fn add(&self, descriptor: RawFd, events: u32, key: u64) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_ADD, descriptor, events, key)
    }

    /// Replaces what is watched for, and arms a watch for one event again.
    pub(crate) fn modify(&self, descriptor: RawFd, events: u32, key: u64) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_MOD, descriptor, events, key)
    }

    pub(crate) fn remove(&self, descriptor: RawFd) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_DEL, descriptor, 0, 0)
    }

    fn control(&self, operation: i32, descriptor: RawFd, events: u32, key: u64) -> io::Result<()> {
        let mut event = libc::epoll_event { events, u64: key };
        // SAFETY: the event outlives the call, and a descriptor that is not open is an error.
        check(unsafe { libc::epoll_ctl(self.0.as_raw_fd(), operation, descriptor, &raw mut event) })?;
        Ok(())
    }

    /// Waits for at most `milliseconds`, or for ever when they are negative, and replaces what is in `ready` by at most
    /// `limit` events.
    pub(crate) fn wait(&self, ready: &mut Ready, limit: usize, milliseconds: i32) -> io::Result<()> {
        let limit = i32::try_from(limit.min(Ready::CAPACITY)).unwrap_or(i32::MAX);
        ready.length = 0;
        // SAFETY: the buffer has room for `limit` events.
        let length = check(unsafe {
            libc::epoll_wait(self.0.as_raw_fd(), ready.events.as_mut_ptr().cast(), limit, milliseconds)
        })?;
        ready.length = usize::try_from(length).unwrap_or(0);
        Ok(())
    }
}

/// The events of one wait, on the stack and never zeroed.
pub(crate) struct Ready {
    events: [MaybeUninit<libc::epoll_event>; Self::CAPACITY],
    length: usize,
}

impl Ready {
    /// As many events as one wait can tell.
    pub(crate) const CAPACITY: usize = 1024;

    pub(crate) fn new() -> Self {
        Self { events: [const { MaybeUninit::uninit() }; Self::CAPACITY], length: 0 }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Returns the key and the bits of each event.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, u32)> + '_ {
        self.events[..self.length].iter().map(|event| {
            // SAFETY: epoll_wait(2) has written the first `length` events.
            let event = unsafe { event.assume_init_read() };
            (event.u64, event.events)
        })
    }
}

/// Creates a counter whose every increase can wake an epoll, with eventfd(2); it never blocks.
pub(crate) fn eventfd() -> io::Result<File> {
    // SAFETY: the call takes no pointer.
    let descriptor = check(unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) })?;
    // SAFETY: eventfd(2) has just given it to us.
    Ok(unsafe { File::from_raw_fd(descriptor) })
}

fn check(result: i32) -> io::Result<i32> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}
