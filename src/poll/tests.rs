//! What no real system does on demand.

use std::io;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::driver::{Driver, Found, Key, Report};
use super::{Backend, Context, Event, Events, Owned};
use crate::{AF_INET, SOCK_DGRAM, SOL_UDP, Socket, socket_create};

/// Reports every socket that was ever added, removed or not: the events that were on their way.
#[derive(Default)]
struct Late(Mutex<Vec<Key>>);

impl Late {
    fn keys(&self) -> std::sync::MutexGuard<'_, Vec<Key>> {
        self.0.lock().expect("nobody panics")
    }
}

impl Driver for Late {
    fn add(&self, _: &Socket, key: Key, _: Events) -> io::Result<()> {
        self.keys().push(key);
        Ok(())
    }

    fn modify(&self, _: &Socket, _: Key, _: Events) -> io::Result<()> {
        Ok(())
    }

    fn remove(&self, _: &Socket, _: Key) -> io::Result<()> {
        Ok(())
    }

    fn wait(&self, _: NonZeroUsize, _: Option<Duration>, report: &mut Report<'_>) -> io::Result<()> {
        let found: Vec<_> = self.keys().iter().map(|key| (*key, Event::Read.into())).collect();
        report(Found::Listed(&found));
        Ok(())
    }

    fn notify(&self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_late_event_finds_nobody() -> Result<(), Box<dyn std::error::Error>> {
    let context = Context(Arc::new(Owned::new(Backend::Auto, Arc::new(Late::default()))));
    let socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    let old = context.add(&socket, Event::Read, "old")?;
    assert_eq!(context.wait(None, None)?, std::slice::from_ref(&old));
    old.remove()?;
    assert_eq!(context.wait(None, None)?, []);
    // The number is in use again; the event of the old watcher comes too.
    let new = context.add(&socket, Event::Read, "new")?;
    assert_eq!(context.wait(None, None)?, [new]);
    Ok(())
}

/// Closing a socket that nobody watches costs one load, also when somebody has watched it.
#[test]
fn a_socket_is_watched_as_long_as_it_has_a_watcher() -> Result<(), Box<dyn std::error::Error>> {
    let socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    let context = Context::new()?;
    for _ in 0..2 {
        assert!(!socket.is_watched());
        let watcher = context.add(&socket, Event::Read, ())?;
        assert!(socket.is_watched());
        watcher.remove()?;
    }
    assert!(!socket.is_watched());
    Ok(())
}
