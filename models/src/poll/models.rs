//! A socket ends after all who watch it have let go, and nobody begins to watch one that has ended.

use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use loom::sync::Mutex;
use loom::thread;

use super::backend::Backend;
use super::driver::{Driver, Key, Report};
use super::event::{Event, Events};
use super::shared::{Owned, Registration};
use crate::Socket;

/// What the system knows of the one socket.
#[derive(Default)]
struct Kernel(Mutex<bool>);

impl Kernel {
    fn watches(&self) -> bool {
        *self.0.lock().expect("nobody panics")
    }
}

impl Driver for Kernel {
    fn add(&self, socket: &Socket, _: Key, _: Events) -> io::Result<()> {
        assert!(socket.is_open(), "a socket that has ended is watched");
        *self.0.lock().expect("nobody panics") = true;
        Ok(())
    }

    fn modify(&self, socket: &Socket, _: Key, _: Events) -> io::Result<()> {
        assert!(socket.is_open() && self.watches(), "a watch that has ended is changed");
        Ok(())
    }

    fn remove(&self, socket: &Socket, _: Key) -> io::Result<()> {
        assert!(socket.is_open(), "a socket has ended before its watch");
        assert!(std::mem::take(&mut *self.0.lock().expect("nobody panics")), "a watch ends twice");
        Ok(())
    }

    fn wait(&self, _: NonZeroUsize, _: Option<Duration>, _: &mut Report<'_>) -> io::Result<()> {
        unreachable!("nobody waits in these models")
    }
}

#[derive(Clone)]
struct Context {
    kernel: Arc<Kernel>,
    shared: Arc<Owned<()>>,
}

impl Context {
    fn new() -> Self {
        let kernel = Arc::<Kernel>::default();
        Self { shared: Arc::new(Owned::new(Backend, kernel.clone())), kernel }
    }

    fn add(&self, socket: &Socket) -> Option<Arc<Registration<()>>> {
        self.shared.add(socket, Event::Read.into(), (), None).ok()
    }
}

fn close(socket: &Socket, contexts: &[Context]) -> bool {
    socket.close(|| assert!(contexts.iter().all(|context| !context.kernel.watches()), "it ends while it is watched"))
}

/// After all threads: nobody watches, or believes to.
fn is_over(registration: Option<Arc<Registration<()>>>, context: &Context) {
    assert!(!context.kernel.watches(), "it is watched behind its end");
    assert!(registration.is_none_or(|registration| !registration.is_active()), "who watched does not know");
}

pub(crate) fn add() {
    let (socket, context) = (Socket::new(3), Context::new());
    let watcher = thread::spawn({
        let (socket, context) = (socket.clone(), context.clone());
        move || {
            let registration = context.add(&socket);
            // Armed again while it is closed: that works or is an error.
            let _ = registration.as_ref().map(|registration| registration.rearm(Event::Write.into()));
            registration
        }
    });
    assert!(close(&socket, std::slice::from_ref(&context)));
    is_over(watcher.join().expect("no panic"), &context);
}

pub(crate) fn add_twice() {
    let (socket, contexts) = (Socket::new(3), [Context::new(), Context::new()]);
    let watchers = contexts.clone().map(|context| {
        let socket = socket.clone();
        thread::spawn(move || context.add(&socket))
    });
    assert!(close(&socket, &contexts));
    for (watcher, context) in watchers.into_iter().zip(&contexts) {
        is_over(watcher.join().expect("no panic"), context);
    }
}

pub(crate) fn remove_and_add() {
    let (socket, contexts) = (Socket::new(3), [Context::new(), Context::new()]);
    let first = contexts[0].add(&socket).expect("it is open");
    let remover = thread::spawn({
        let first = first.clone();
        move || first.remove()
    });
    let adder = thread::spawn({
        let (socket, context) = (socket.clone(), contexts[1].clone());
        move || context.add(&socket)
    });
    assert!(close(&socket, &contexts));
    remover.join().expect("no panic");
    is_over(Some(first), &contexts[0]);
    is_over(adder.join().expect("no panic"), &contexts[1]);
}

pub(crate) fn close_twice() {
    let (socket, context) = (Socket::new(3), Context::new());
    let registration = context.add(&socket);
    let other = thread::spawn({
        let (socket, context) = (socket.clone(), context.clone());
        move || close(&socket, &[context])
    });
    let closed = close(&socket, std::slice::from_ref(&context));
    assert!(closed != other.join().expect("no panic"), "it is closed once");
    is_over(registration, &context);
}
