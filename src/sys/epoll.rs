//! epoll(7) and eventfd(2), which the standard library does not offer.
#![allow(unsafe_code, reason = "system calls")]

use std::fs::File;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

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
pub(crate) struct Epoll {
    descriptor: OwnedFd,
    /// The kernel has no `epoll_pwait2(2)`, as has been found.
    coarse: AtomicBool,
}

impl Epoll {
    pub(crate) fn new() -> io::Result<Self> {
        // SAFETY: the call takes no pointer.
        let descriptor = check(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })?;
        // SAFETY: epoll_create1(2) has just given it to us.
        Ok(Self { descriptor: unsafe { OwnedFd::from_raw_fd(descriptor) }, coarse: AtomicBool::new(false) })
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
        check(unsafe { libc::epoll_ctl(self.descriptor.as_raw_fd(), operation, descriptor, &raw mut event) })?;
        Ok(())
    }

    /// Waits for events, at most for `timeout` or [`LONGEST`](Self::LONGEST), and replaces what is in `ready` by at most
    /// `limit` of them.
    ///
    /// Milliseconds are `epoll_wait(2)`'s. What is finer takes `epoll_pwait2(2)`, and is rounded up where a kernel has none.
    #[inline]
    pub(crate) fn wait(&self, ready: &mut Ready, limit: usize, timeout: Option<Duration>) -> io::Result<()> {
        let limit = i32::try_from(limit.min(Ready::CAPACITY)).unwrap_or(i32::MAX);
        ready.length = 0;
        let length = match timeout {
            Some(timeout) if timeout.subsec_nanos() % 1_000_000 != 0 && timeout < Self::LONGEST => {
                self.wait_finely(ready, limit, timeout)
            }
            _ => self.wait_coarsely(ready, limit, timeout.map_or(-1, milliseconds)),
        }?;
        ready.length = usize::try_from(length).unwrap_or(0);
        Ok(())
    }

    /// The longest that one wait can take.
    pub(crate) const LONGEST: Duration = Duration::from_millis(i32::MAX as u64);

    #[inline]
    fn wait_coarsely(&self, ready: &mut Ready, limit: i32, milliseconds: i32) -> io::Result<i32> {
        // SAFETY: the buffer has room for `limit` events.
        check(unsafe {
            libc::epoll_wait(self.descriptor.as_raw_fd(), ready.events.as_mut_ptr().cast(), limit, milliseconds)
        })
    }

    #[inline(never)]
    #[allow(clippy::useless_conversion, reason = "a long has another width elsewhere")]
    fn wait_finely(&self, ready: &mut Ready, limit: i32, timeout: Duration) -> io::Result<i32> {
        /// The kernel's own, of 64 bits each on every machine.
        #[repr(C)]
        struct Timespec {
            seconds: i64,
            nanoseconds: i64,
        }

        if self.coarse.load(Ordering::Relaxed) {
            return self.wait_coarsely(ready, limit, rounded_up(timeout));
        }
        let seconds = timeout.as_secs().try_into().unwrap_or(i64::MAX);
        let timespec = Timespec { seconds, nanoseconds: timeout.subsec_nanos().into() };
        let no_mask = ptr::null::<libc::sigset_t>();
        // SAFETY: the buffer has room for `limit` events, the time outlives the call, and no signal is masked.
        let result = unsafe {
            libc::syscall(
                libc::SYS_epoll_pwait2,
                self.descriptor.as_raw_fd(),
                ready.events.as_mut_ptr().cast::<libc::epoll_event>(),
                limit,
                &raw const timespec,
                no_mask,
                0_usize,
            )
        };
        match check(i32::try_from(result).unwrap_or(-1)) {
            // Linux before 5.11 does not know it, and a filter for system calls may not.
            Err(error) if matches!(error.raw_os_error(), Some(libc::ENOSYS | libc::EPERM)) => {
                self.coarse.store(true, Ordering::Relaxed);
                self.wait_coarsely(ready, limit, rounded_up(timeout))
            }
            result => result,
        }
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
            // SAFETY: the wait has written the first `length` events.
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

/// The whole milliseconds of a time, at most as many as one wait can take.
#[inline]
fn milliseconds(time: Duration) -> i32 {
    let seconds = u32::try_from(time.as_secs()).unwrap_or(u32::MAX);
    i32::try_from(u64::from(seconds) * 1000 + u64::from(time.subsec_millis())).unwrap_or(i32::MAX)
}

fn rounded_up(time: Duration) -> i32 {
    milliseconds(time.saturating_add(Duration::from_nanos(999_999)))
}

#[inline]
fn check(result: i32) -> io::Result<i32> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    /// As on a kernel without `epoll_pwait2(2)`.
    #[test]
    fn a_time_that_is_too_fine_is_rounded_up() -> io::Result<()> {
        let epoll = Epoll::new()?;
        epoll.coarse.store(true, Ordering::Relaxed);
        for timeout in [Duration::from_nanos(1), Duration::from_micros(1500)] {
            let start = Instant::now();
            epoll.wait(&mut Ready::new(), 1, Some(timeout))?;
            assert!(start.elapsed() >= timeout.max(Duration::from_millis(1)));
        }
        Ok(())
    }
}
