//! The standard library's locks and atomic numbers. What several threads share takes them from here, so that `models` can
//! build the same files on loom's, which try every order of the threads.

#[cfg(feature = "poll")]
pub(crate) use std::sync::RwLock;
#[cfg(any(feature = "poll", feature = "ws"))]
pub(crate) use std::sync::{Mutex, MutexGuard};

pub(crate) mod atomic {
    pub(crate) use std::sync::atomic::{AtomicBool, Ordering};
    #[cfg(feature = "poll")]
    pub(crate) use std::sync::atomic::{AtomicU8, AtomicU16};
}
