use std::fmt;

/// The number of a client, never used again for another one.
///
/// Who has left is nobody: whatever is sent to the number goes nowhere, without an error.
///
/// # Examples
/// ```
/// use std::collections::HashMap;
/// use php_sockets::ws::server::ClientId;
///
/// let nicknames: HashMap<String, ClientId> = HashMap::new();
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(u64);

/// A thread's number takes 10 bits, the place in it 22, and how often that place was taken the others.
const PLACE_BITS: u32 = 22;
const THREAD_BITS: u32 = 10;

/// The most clients of one thread.
pub(super) const MAX_PLACES: usize = 1 << PLACE_BITS;
/// The most threads.
pub(super) const MAX_THREADS: usize = 1 << THREAD_BITS;

impl ClientId {
    pub(super) fn new(thread: u16, place: u32, generation: u32) -> Self {
        Self(u64::from(generation) << (PLACE_BITS + THREAD_BITS) | u64::from(thread) << PLACE_BITS | u64::from(place))
    }

    pub(super) fn thread(self) -> usize {
        usize::try_from(self.0 >> PLACE_BITS & (MAX_THREADS as u64 - 1)).unwrap_or(0)
    }

    pub(super) fn place(self) -> u32 {
        u32::try_from(self.0 & (MAX_PLACES as u64 - 1)).unwrap_or(0)
    }

    pub(super) fn generation(self) -> u32 {
        u32::try_from(self.0 >> (PLACE_BITS + THREAD_BITS)).unwrap_or(0)
    }

    /// Returns the number.
    #[must_use]
    pub fn get(self) -> u64 {
        self.0
    }
}

/// For those who keep the [number](ClientId::get). One that was nobody's is nobody.
impl From<u64> for ClientId {
    fn from(id: u64) -> Self {
        Self(id)
    }
}

impl From<ClientId> for u64 {
    fn from(id: ClientId) -> Self {
        id.0
    }
}

impl fmt::Debug for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClientId({})", self.0)
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_come_back() {
        for (thread, place, generation) in [(0, 0, 0), (1, 2, 3), (1023, (1 << 22) - 1, u32::MAX)] {
            let id = ClientId::new(thread, place, generation);
            assert_eq!((id.thread(), id.place(), id.generation()), (usize::from(thread), place, generation));
        }
    }
}
