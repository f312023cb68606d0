//! Contexts that watch sockets; their driver is the system itself.

#[path = "../../src/poll/event.rs"]
#[allow(dead_code, reason = "of the crate")]
mod event;
#[path = "../../src/poll/shared.rs"]
#[allow(dead_code, reason = "of the crate")]
mod shared;
#[path = "../../src/poll/table.rs"]
mod table;

pub(crate) mod models;
pub(crate) use crate::ws::server::Notifier;

mod backend {
    pub(crate) struct Backend;
}

mod error {
    use std::io;

    pub(crate) type Result<T> = std::result::Result<T, Error>;

    #[derive(Debug)]
    #[allow(dead_code, clippy::enum_variant_names, reason = "of the crate")]
    pub(crate) enum Error {
        FailedHandleAddException(io::Error),
        FailedWatcherModificationException(io::Error),
        FailedPollWaitException(io::Error),
        InactiveWatcherException { action: &'static str },
        HandleAlreadyWatchedException,
        InvalidHandleException,
    }
}

/// As the crate's, without the systems' own.
mod driver {
    use std::io;
    use std::num::NonZeroUsize;
    use std::time::Duration;

    use super::event::Events;
    use crate::Socket;

    pub(super) trait Driver: Send + Sync {
        fn add(&self, socket: &Socket, key: Key, events: Events) -> io::Result<()>;
        fn modify(&self, socket: &Socket, key: Key, events: Events) -> io::Result<()>;
        fn remove(&self, socket: &Socket, key: Key) -> io::Result<()>;
        fn wait(&self, limit: NonZeroUsize, timeout: Option<Duration>, report: &mut Report<'_>) -> io::Result<()>;
    }

    pub(super) trait Finder {
        fn find(&mut self, found: Found<'_>);
    }

    pub(super) fn wait(
        driver: &dyn Driver,
        limit: NonZeroUsize,
        timeout: Option<Duration>,
        finder: &mut impl Finder,
    ) -> io::Result<()> {
        driver.wait(limit, timeout, &mut |found| finder.find(found))
    }

    pub(super) type Report<'a> = dyn FnMut(Found<'_>) + 'a;

    pub(super) struct Found<'a>(&'a [(Key, Events)]);

    impl Found<'_> {
        pub(super) fn for_each(self, act: impl FnMut((Key, Events))) {
            self.0.iter().copied().for_each(act);
        }
    }

    #[derive(Clone, Copy, Debug, Eq, PartialEq)]
    pub(super) struct Key {
        pub(super) descriptor: u32,
        pub(super) generation: u32,
    }

    impl Key {
        pub(super) fn new(socket: &Socket, generation: u32) -> Self {
            Self { descriptor: number(socket), generation }
        }

        pub(super) fn next_generation(self) -> u32 {
            (self.generation + 1) % u32::MAX
        }
    }

    pub(super) fn number(socket: &Socket) -> u32 {
        socket.descriptor()
    }
}
