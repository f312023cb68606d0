//! A socket that can be watched and closed, on a system with one descriptor a socket.

use std::sync::Arc;

use crate::sync::RwLock;
use crate::sync::atomic::AtomicBool;
use crate::sync::atomic::Ordering::SeqCst;

#[path = "../../src/socket/closing.rs"]
pub(crate) mod closing;

loom::lazy_static! {
    static ref OBSERVERS: RwLock<closing::Observers> = RwLock::new(closing::Observers::NONE);
}

#[derive(Clone)]
pub struct Socket(Arc<Inner>);

struct Inner {
    number: u32,
    /// As the system has it.
    is_open: AtomicBool,
    closed: AtomicBool,
    watched_by: closing::WatchedBy,
}

impl PartialEq for Socket {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Socket {
    pub(crate) fn new(number: u32) -> Self {
        let (is_open, closed) = (AtomicBool::new(true), AtomicBool::new(false));
        Self(Arc::new(Inner { number, is_open, closed, watched_by: closing::WatchedBy::default() }))
    }

    pub(crate) fn descriptor(&self) -> u32 {
        self.0.number
    }

    pub(crate) fn is_open(&self) -> bool {
        self.0.is_open.load(SeqCst)
    }

    /// As `socket_close`; the system's part of it is `end`.
    pub(crate) fn close(&self, end: impl FnOnce()) -> bool {
        let begun = closing::begin(self);
        if begun {
            self.0.is_open.store(false, SeqCst);
            end();
        }
        begun
    }
}
