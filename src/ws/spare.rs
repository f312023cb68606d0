//! Memory for large messages that arrive on several connections at once.

use std::cell::RefCell;

/// What a piece of memory has to be for a thread to keep it, in bytes.
const SIZES: std::ops::RangeInclusive<usize> = 64 << 10..=2 << 20;
/// The most pieces that a thread keeps.
const KEPT: usize = 4;

thread_local! {
    static SPARE: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// Returns memory whose length says how much of it is initialised, if there is any.
///
/// A connection in the middle of a message holds the memory that the application passed; the next one would have to ask
/// the system for its own, which clears each page first.
pub(super) fn take() -> Option<Vec<u8>> {
    let spare = SPARE.try_with(|spare| spare.borrow_mut().pop());
    spare.ok().flatten()
}

/// Keeps memory for the next large message.
pub(super) fn give(bytes: Vec<u8>) {
    if SIZES.contains(&bytes.capacity()) {
        // The thread's memory is gone when the thread is ending.
        let _ = SPARE.try_with(|spare| {
            let mut spare = spare.borrow_mut();
            if spare.len() < KEPT {
                spare.push(bytes);
            }
        });
    }
}
