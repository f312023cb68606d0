//! What the library's `src/sync.rs` is.

use std::ops::{Deref, DerefMut};
use std::sync::{LockResult, TryLockError, TryLockResult};

pub(crate) use loom::sync::RwLock;

/// loom's own mutex has a thread wait in `try_lock`, too, so this one is made of it and of a condition.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T> {
    is_held: loom::sync::Mutex<bool>,
    released: loom::sync::Condvar,
    value: std::sync::Mutex<T>,
}

#[derive(Debug)]
pub(crate) struct MutexGuard<'a, T> {
    mutex: &'a Mutex<T>,
    value: Option<std::sync::MutexGuard<'a, T>>,
}

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { is_held: loom::sync::Mutex::new(false), released: loom::sync::Condvar::new(), value: value.into() }
    }

    pub(crate) fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        let mut is_held = self.is_held.lock().expect("no panic");
        while *is_held {
            is_held = self.released.wait(is_held).expect("no panic");
        }
        *is_held = true;
        Ok(self.guard())
    }

    pub(crate) fn try_lock(&self) -> TryLockResult<MutexGuard<'_, T>> {
        let mut is_held = self.is_held.lock().expect("no panic");
        if *is_held {
            return Err(TryLockError::WouldBlock);
        }
        *is_held = true;
        Ok(self.guard())
    }

    fn guard(&self) -> MutexGuard<'_, T> {
        MutexGuard { mutex: self, value: Some(self.value.try_lock().expect("one has it")) }
    }
}

impl<T> Drop for MutexGuard<'_, T> {
    fn drop(&mut self) {
        self.value = None;
        *self.mutex.is_held.lock().expect("no panic") = false;
        self.mutex.released.notify_one();
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value.as_ref().expect("it is held")
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.value.as_mut().expect("it is held")
    }
}

pub(crate) mod atomic {
    use loom::sync::atomic::fence;
    pub(crate) use loom::sync::atomic::{AtomicU8, Ordering};

    /// loom takes sequentially consistent loads and stores for acquiring and releasing ones, and knows the order of
    /// fences alone: so there is one behind each change and before each load. A store is an exchange, since loom would have
    /// one come between what an exchange of another thread reads and what it writes.
    macro_rules! atomic {
        ($name:ident, $number:ty) => {
            #[derive(Debug, Default)]
            pub(crate) struct $name(loom::sync::atomic::$name);

            #[allow(dead_code, reason = "each has what one of the files uses")]
            impl $name {
                pub(crate) fn new(value: $number) -> Self {
                    Self(loom::sync::atomic::$name::new(value))
                }

                pub(crate) fn load(&self, order: Ordering) -> $number {
                    before(order);
                    self.0.load(order)
                }

                pub(crate) fn store(&self, value: $number, order: Ordering) {
                    self.swap(value, order);
                }

                pub(crate) fn swap(&self, value: $number, order: Ordering) -> $number {
                    let found = self.0.swap(value, order);
                    before(order);
                    found
                }

                pub(crate) fn compare_exchange(
                    &self,
                    current: $number,
                    new: $number,
                    order: Ordering,
                    failure: Ordering,
                ) -> Result<$number, $number> {
                    let found = self.0.compare_exchange(current, new, order, failure);
                    before(order);
                    found
                }
            }
        };
    }

    /// Before what comes in the order of those that are sequentially consistent.
    fn before(order: Ordering) {
        if order == Ordering::SeqCst {
            fence(Ordering::SeqCst);
        }
    }

    atomic!(AtomicBool, bool);
    atomic!(AtomicU16, u16);
}
