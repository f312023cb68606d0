//! The door between the halves of a split connection: to be in the room behind it is to be the one who sends.
//!
//! Who sends is alone in the room, for as long as the peer lets it wait. The desk is held for moments, never while something
//! is written: the reader leaves there what must be answered, and who is in the room leaves it only after a look at the desk.

use std::sync::{PoisonError, TryLockError};

use crate::sync::{Mutex, MutexGuard};

/// What is behind a door.
pub(super) trait Room {
    /// What those outside leave for who is inside, and what they are told.
    type Desk;
    /// What one look at the desk has found to do.
    type Task;
    /// What everybody sees at any time.
    type Notice;

    /// Takes what is to be done from the desk; with `None` somebody leaves, and has written there what those outside are told.
    fn look(&mut self, desk: &mut Self::Desk) -> Option<Self::Task>;

    /// Does it, without waiting for the peer, which may be waiting to be read.
    fn answer(&mut self, task: Self::Task, notice: &Self::Notice);
}

#[derive(Debug)]
pub(super) struct Door<R, D, N> {
    room: Mutex<R>,
    desk: Mutex<D>,
    notice: N,
}

/// Who is in the room. Whoever leaves does what lies on the desk.
pub(super) struct Inside<'a, R: Room> {
    door: &'a Door<R, R::Desk, R::Notice>,
    room: MutexGuard<'a, R>,
    /// Held while the room is let go: what is put there from then on finds nobody inside.
    desk: Option<MutexGuard<'a, R::Desk>>,
}

impl<R, D, N> Door<R, D, N> {
    pub(super) fn new(room: R, desk: D, notice: N) -> Self {
        Self { room: Mutex::new(room), desk: Mutex::new(desk), notice }
    }

    pub(super) fn notice(&self) -> &N {
        &self.notice
    }

    /// The desk, for a moment.
    pub(super) fn desk(&self) -> MutexGuard<'_, D> {
        lock(&self.desk)
    }
}

impl<R: Room> Door<R, R::Desk, R::Notice> {
    /// Waits until nobody is inside.
    pub(super) fn enter(&self) -> Inside<'_, R> {
        Inside { door: self, room: lock(&self.room), desk: None }
    }

    /// Goes in if nobody is inside.
    pub(super) fn try_enter(&self) -> Option<Inside<'_, R>> {
        let room = match self.room.try_lock() {
            Ok(room) => room,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        Some(Inside { door: self, room, desk: None })
    }

    /// Leaves something on the desk. If nobody is inside, goes through the door itself; otherwise `meanwhile` is called, as
    /// long as who is inside cannot leave.
    pub(super) fn post(&self, leave: impl FnOnce(&mut R::Desk), meanwhile: impl FnOnce()) {
        let mut desk = self.desk();
        leave(&mut desk);
        // Who is inside cannot leave before the desk is free, and looks at it then.
        match self.try_enter() {
            Some(inside) => {
                drop(desk);
                drop(inside);
            }
            None => meanwhile(),
        }
    }
}

impl<'a, R: Room> Inside<'a, R> {
    pub(super) fn parts(&mut self) -> (&mut R, &'a R::Notice) {
        (&mut self.room, &self.door.notice)
    }
}

impl<R: Room> Drop for Inside<'_, R> {
    fn drop(&mut self) {
        loop {
            let mut desk = self.door.desk();
            match self.room.look(&mut desk) {
                Some(task) => {
                    drop(desk);
                    self.room.answer(task, &self.door.notice);
                }
                None => {
                    self.desk = Some(desk);
                    return;
                }
            }
        }
    }
}

/// Who panicked inside has left a whole frame or a closed encoder.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
