//! Memory that a thread keeps for the connections that need some next.

use std::{cell::RefCell, thread::LocalKey};

/// The most pieces of one kind that a thread keeps.
const KEPT: usize = 4;

/// Pieces of memory of one kind.
pub(super) struct Pool<T>(RefCell<Vec<T>>);

impl<T> Pool<T> {
    pub(super) const fn new() -> Self {
        Self(RefCell::new(Vec::new()))
    }
}

/// Returns a piece, if there is any.
#[inline]
pub(super) fn take<T>(pool: &'static LocalKey<Pool<T>>) -> Option<T> {
    // The pool is gone when the thread is ending.
    pool.try_with(|pool| pool.0.borrow_mut().pop()).ok().flatten()
}

/// Keeps a piece, unless there are enough.
#[inline]
pub(super) fn give<T>(pool: &'static LocalKey<Pool<T>>, piece: T) {
    let _ = pool.try_with(|pool| {
        let mut pieces = pool.0.borrow_mut();
        if pieces.len() < KEPT {
            pieces.push(piece);
        }
    });
}
