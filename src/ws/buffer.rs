use std::{cell::RefCell, mem};

/// The size of a pooled buffer in bytes, what one read takes at most: 64 KiB and the headers with them.
pub(super) const SIZE: usize = 64 * 1024 + 256;
/// The most buffers that a thread keeps for its next reads and writes.
const KEPT: usize = 4;

thread_local! {
    static POOL: RefCell<Vec<Box<[u8]>>> = const { RefCell::new(Vec::new()) };
}

/// Bytes on their way in or out, in memory that is borrowed from the thread's pool for as long as there are any.
///
/// An empty buffer owns nothing, so that an idle connection costs no heap.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    /// Initialised memory; `start..end` holds data.
    bytes: Box<[u8]>,
    start: usize,
    end: usize,
}

impl Buffer {
    #[inline]
    pub(super) fn data(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    #[inline]
    pub(super) fn data_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[self.start..self.end]
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.end - self.start
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Takes at most `count` bytes off the front; the memory goes back to the pool with the last one.
    #[inline]
    pub(super) fn consume(&mut self, count: usize) {
        self.start = self.end.min(self.start + count);
        if self.start == self.end {
            self.clear();
        }
    }

    /// Drops the data and gives the memory back.
    pub(super) fn clear(&mut self) {
        self.start = 0;
        self.end = 0;
        give(mem::take(&mut self.bytes));
    }

    /// Returns room for at least `count` more bytes behind the data; [`Buffer::advance`] makes them data.
    #[inline]
    pub(super) fn room(&mut self, count: usize) -> &mut [u8] {
        if self.bytes.len() - self.end < count {
            self.make_room(count);
        }
        &mut self.bytes[self.end..]
    }

    fn make_room(&mut self, count: usize) {
        let length = self.len();
        let needed = length.saturating_add(count);
        if needed > self.bytes.len() {
            let mut bytes = take(needed.max(2 * length));
            bytes[..length].copy_from_slice(self.data());
            give(mem::replace(&mut self.bytes, bytes));
        } else {
            self.bytes.copy_within(self.start..self.end, 0);
        }
        self.start = 0;
        self.end = length;
    }

    #[inline]
    pub(super) fn advance(&mut self, count: usize) {
        self.end = self.bytes.len().min(self.end + count);
    }

    #[inline]
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.room(bytes.len())[..bytes.len()].copy_from_slice(bytes);
        self.advance(bytes.len());
    }

    /// Moves a short rest into memory of its own size: the connection has to wait, the pooled memory serves others.
    pub(super) fn settle(&mut self) {
        if self.is_empty() {
            self.clear();
        } else if self.bytes.len() == SIZE && self.len() <= SIZE / 8 {
            let rest = self.data().into();
            give(mem::replace(&mut self.bytes, rest));
            self.end -= self.start;
            self.start = 0;
        }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Returns initialised memory of at least `size` bytes.
fn take(size: usize) -> Box<[u8]> {
    if size > SIZE {
        return vec![0; size].into();
    }
    let pooled = POOL.try_with(|pool| pool.borrow_mut().pop());
    pooled.ok().flatten().unwrap_or_else(|| vec![0; SIZE].into())
}

#[inline]
fn give(bytes: Box<[u8]>) {
    if bytes.len() == SIZE {
        // The pool is gone when the thread is ending.
        let _ = POOL.try_with(|pool| {
            let mut pool = pool.borrow_mut();
            if pool.len() < KEPT {
                pool.push(bytes);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_buffer_owns_nothing() {
        let mut buffer = Buffer::default();
        buffer.push(b"Hello");
        assert_eq!(buffer.bytes.len(), SIZE);
        buffer.consume(2);
        buffer.settle();
        assert_eq!((buffer.data(), buffer.bytes.len()), (&b"llo"[..], 3));
        buffer.push(b", world");
        assert_eq!(buffer.data(), b"llo, world");
        buffer.consume(10);
        assert!(buffer.bytes.is_empty());
    }

    #[test]
    fn data_survives_compaction_and_growth() {
        let mut buffer = Buffer::default();
        let bytes: Vec<u8> = (0..SIZE).map(|i| i.to_le_bytes()[0]).collect();
        buffer.push(&bytes);
        buffer.consume(SIZE - 3);
        buffer.push(&bytes[..SIZE - 3]);
        assert_eq!(buffer.bytes.len(), SIZE);
        assert_eq!((&buffer.data()[..3], &buffer.data()[3..]), (&bytes[SIZE - 3..], &bytes[..SIZE - 3]));
        buffer.push(b"x");
        assert_eq!(buffer.data().last(), Some(&b'x'));
        assert_eq!(&buffer.data()[3..SIZE], &bytes[..SIZE - 3]);
    }
}
