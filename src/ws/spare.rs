//! Memory for large messages that arrive on several connections at once.

use super::pool::{self, Pool};

/// What a piece of memory has to be for a thread to keep it, in bytes.
const SIZES: std::ops::RangeInclusive<usize> = 64 << 10..=2 << 20;

thread_local! {
    static SPARE: Pool<Vec<u8>> = const { Pool::new() };
}

/// Returns memory whose length says how much of it is initialised, if there is any.
///
/// A connection in the middle of a message holds the memory that the application passed; the next one would have to ask
/// the system for its own, which clears each page first.
pub(super) fn take() -> Option<Vec<u8>> {
    pool::take(&SPARE)
}

/// Keeps memory for the next large message.
pub(super) fn give(bytes: Vec<u8>) {
    if SIZES.contains(&bytes.capacity()) {
        pool::give(&SPARE, bytes);
    }
}
