//! Memory for large messages that arrive on several connections at once.

use std::cell::RefCell;

/// The most memory that a thread keeps in one piece, in bytes.
const SIZE: usize = 2 << 20;
/// The most pieces that a thread keeps.
const KEPT: usize = 4;

thread_local! {
    static SPARE: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// Returns memory whose length says how much of it is initialised, or an empty vector.
///
/// A connection in the middle of a message holds the memory that the application passed; the next one would have to ask
/// the system for its own, which clears each page first.
pub(super) fn take() -> Vec<u8> {
    let spare = SPARE.try_with(|spare| spare.borrow_mut().pop());
    spare.ok().flatten().unwrap_or_default()
}

/// Keeps memory for the next large message.
pub(super) fn give(bytes: Vec<u8>) {
    if (1..=SIZE).contains(&bytes.capacity()) {
        // The thread's memory is gone when the thread is ending.
        let _ = SPARE.try_with(|spare| {
            let mut spare = spare.borrow_mut();
            if spare.len() < KEPT {
                spare.push(bytes);
            }
        });
    }
}
