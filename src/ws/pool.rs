//! Memory that a thread keeps for the connections that need some next.

use std::{cell::Cell, thread::LocalKey};

/// The most pieces of one kind that a thread keeps.
const KEPT: usize = 4;

/// Pieces of memory of one kind, the one that was used last in front.
pub(super) struct Pool<T>([Cell<Option<T>>; KEPT]);

impl<T> Pool<T> {
    pub(super) const fn new() -> Self {
        Self([const { Cell::new(None) }; KEPT])
    }
}

/// Returns a piece, if there is any.
#[inline]
pub(super) fn take<T>(pool: &'static LocalKey<Pool<T>>) -> Option<T> {
    // The pool is gone when the thread is ending.
    pool.try_with(|pool| pool.0.iter().find_map(Cell::take)).ok().flatten()
}

/// Keeps a piece; when there are too many the oldest goes.
#[inline]
pub(super) fn give<T>(pool: &'static LocalKey<Pool<T>>, piece: T) {
    let _ = pool.try_with(|pool| {
        let mut piece = Some(piece);
        for place in &pool.0 {
            piece = place.replace(piece);
            if piece.is_none() {
                break;
            }
        }
    });
}
