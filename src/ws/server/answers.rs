use std::collections::{BTreeMap, HashMap};

/// The answers by HTTP that clients are still to take, or to go after: all of each is in memory.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// Whose they are, the oldest first.
    order: BTreeMap<u64, u32>,
    /// Their place in that order, and their bytes.
    clients: HashMap<u32, (u64, usize)>,
    next: u64,
    bytes: usize,
}

impl Answers {
    pub(super) fn enter(&mut self, place: u32, bytes: usize) {
        self.leave(place);
        self.order.insert(self.next, place);
        self.clients.insert(place, (self.next, bytes));
        self.next += 1;
        self.bytes += bytes;
    }

    pub(super) fn leave(&mut self, place: u32) {
        if let Some((number, bytes)) = self.clients.remove(&place) {
            self.order.remove(&number);
            self.bytes -= bytes;
        }
    }

    /// Returns who has had the longest time for his, when there are more bytes than this; the last answer is always taken.
    pub(super) fn oldest_beyond(&self, limit: usize) -> Option<u32> {
        let oldest = self.order.values().next()?;
        (self.bytes > limit && self.order.len() > 1).then_some(*oldest)
    }
}
