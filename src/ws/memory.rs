//! Memory that a thread lends to the connections that need some next: an idle one holds none.

use std::{cell::Cell, fmt, mem, thread::LocalKey};

thread_local! {
    static BLOCKS: Pool<Box<Block>> = const { Pool::new() };
    static LARGES: Pool<Vec<u8>> = const { Pool::new() };
}

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
///
/// As all that is done for each message, it is written out where it is needed: a call would cost more than it.
#[inline(always)]
pub(super) fn borrow<T>(pool: &'static LocalKey<Pool<T>>) -> Option<T> {
    match pool.try_with(|pool| pool.0[0].take()) {
        Ok(piece @ Some(_)) => piece,
        _ => borrow_another(pool),
    }
}

#[cold]
fn borrow_another<T>(pool: &'static LocalKey<Pool<T>>) -> Option<T> {
    // The pool is gone when the thread is ending.
    pool.try_with(|pool| pool.0.iter().find_map(Cell::take)).ok().flatten()
}

/// Keeps a piece; when there are too many the oldest goes.
#[inline(always)]
pub(super) fn give_back<T>(pool: &'static LocalKey<Pool<T>>, piece: T) {
    if let Ok(Some(other)) = pool.try_with(|pool| pool.0[0].replace(Some(piece))) {
        give_back_another(pool, other);
    }
}

#[cold]
fn give_back_another<T>(pool: &'static LocalKey<Pool<T>>, piece: T) {
    let _ = pool.try_with(|pool| {
        let mut piece = Some(piece);
        for place in &pool.0[1..] {
            piece = place.replace(piece);
            if piece.is_none() {
                break;
            }
        }
    });
}

/// What a piece of memory has to be for a thread to keep it for large messages, in bytes.
const LARGE: std::ops::RangeInclusive<usize> = 64 << 10..=2 << 20;

/// Returns memory for a large message, whose length says how much of it is initialised, if there is any.
///
/// A connection in the middle of a message holds the memory that the application passed; the next one would have to ask
/// the system for its own, which clears each page first.
pub(super) fn borrow_large() -> Option<Vec<u8>> {
    borrow(&LARGES)
}

/// Keeps memory for the next large message.
pub(super) fn give_back_large(bytes: Vec<u8>) {
    if LARGE.contains(&bytes.capacity()) {
        give_back(&LARGES, bytes);
    }
}

/// Makes `bytes` at least `length` long; what is initialised already is not written again.
#[inline]
pub(super) fn grow(bytes: &mut Vec<u8>, length: usize) {
    if bytes.len() < length {
        if cfg!(miri) {
            // Which has `resize` write byte by byte: minutes for a large message.
            bytes.extend_from_slice(&vec![0; length - bytes.len()]);
        } else {
            bytes.resize(length, 0);
        }
    }
}

/// The size of a pooled buffer in bytes, what one read takes at most: 128 KiB and the headers with them, those of eight records
/// of TLS too. Large messages over TLS cost about a quarter more with half of that, for what the system tells the peer at each
/// read and for turns that others have in between, and a tenth more with twice as much, for the processor's cache.
pub(super) const SIZE: usize = 128 * 1024 + 512;

/// Bytes on their way in or out, in memory that is borrowed from the thread's pool for as long as there are any.
///
/// An empty buffer is a pointer to nothing, so that an idle connection costs no heap.
#[derive(Default)]
pub(super) struct Buffer(Option<Box<Block>>);

/// Memory that holds some data.
struct Block {
    /// Initialised memory; `start..end` holds data.
    bytes: Box<[u8]>,
    start: usize,
    end: usize,
}

impl Buffer {
    #[inline]
    pub(super) fn data(&self) -> &[u8] {
        self.0.as_deref().map_or(&[], Block::data)
    }

    /// Returns the bytes of the data from `start` to `end`, which are there.
    #[inline]
    pub(super) fn part(&self, start: usize, end: usize) -> &[u8] {
        self.0.as_deref().map_or(&[], |block| &block.bytes[block.start + start..block.start + end])
    }

    #[inline]
    pub(super) fn data_mut(&mut self) -> &mut [u8] {
        self.0.as_deref_mut().map_or(&mut [], |block| &mut block.bytes[block.start..block.end])
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.0.as_deref().map_or(0, |block| block.end - block.start)
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes at most `count` bytes off the front; the memory goes back to the pool with the last one.
    #[inline(always)]
    pub(super) fn consume(&mut self, count: usize) {
        if let Some(block) = &mut self.0 {
            block.start = block.end.min(block.start + count);
            if block.start == block.end {
                self.clear();
            }
        }
    }

    /// Drops the data and gives the memory back.
    #[inline]
    pub(super) fn clear(&mut self) {
        if let Some(block) = self.0.take() {
            give(block);
        }
    }

    /// Returns room for at least `count` more bytes behind the data; [`Buffer::advance`] makes them data.
    #[inline(always)]
    pub(super) fn room(&mut self, count: usize) -> &mut [u8] {
        let block = self.0.get_or_insert_with(|| take(count));
        if block.bytes.len() - block.end < count {
            block.make_room(count);
        }
        &mut block.bytes[block.end..]
    }

    #[inline]
    pub(super) fn advance(&mut self, count: usize) {
        if let Some(block) = &mut self.0 {
            block.end = block.bytes.len().min(block.end + count);
        }
    }

    #[inline]
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.room(bytes.len())[..bytes.len()].copy_from_slice(bytes);
        self.advance(bytes.len());
    }

    /// Moves a short rest into memory of its own size: the connection has to wait, the pooled memory serves others.
    #[inline]
    pub(super) fn settle(&mut self) {
        if self.0.is_some() {
            self.shrink();
        }
    }

    fn shrink(&mut self) {
        match &mut self.0 {
            Some(block) if block.start == block.end => self.clear(),
            Some(block) if block.bytes.len() == SIZE && block.end - block.start <= SIZE / 2 => {
                let rest = Block::new(block.data().into(), block.end - block.start);
                give(mem::replace(block, Box::new(rest)));
            }
            _ => {}
        }
    }
}

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.data().fmt(f)
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        self.clear();
    }
}

impl Block {
    /// `..end` holds data.
    fn new(bytes: Box<[u8]>, end: usize) -> Self {
        Self { bytes, start: 0, end }
    }

    #[inline]
    fn data(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    #[cold]
    fn make_room(self: &mut Box<Self>, count: usize) {
        let length = self.end - self.start;
        let needed = length.saturating_add(count);
        if needed > self.bytes.len() {
            let mut larger = take(needed.max(2 * length));
            larger.bytes[..length].copy_from_slice(self.data());
            larger.end = length;
            give(mem::replace(self, larger));
        } else {
            self.bytes.copy_within(self.start..self.end, 0);
            self.start = 0;
            self.end = length;
        }
    }
}

/// Returns an empty block of at least `size` bytes.
#[inline(always)]
fn take(size: usize) -> Box<Block> {
    let pooled = if size <= SIZE { borrow(&BLOCKS) } else { None };
    pooled.unwrap_or_else(|| allocate(size))
}

#[cold]
fn allocate(size: usize) -> Box<Block> {
    Box::new(Block::new(vec![0; size.max(SIZE)].into(), 0))
}

#[inline(always)]
fn give(mut block: Box<Block>) {
    if block.bytes.len() == SIZE {
        block.start = 0;
        block.end = 0;
        give_back(&BLOCKS, block);
    } else {
        discard(block);
    }
}

#[cold]
fn discard(block: Box<Block>) {
    drop(block);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(buffer: &Buffer) -> Option<usize> {
        buffer.0.as_ref().map(|block| block.bytes.len())
    }

    #[test]
    fn an_empty_buffer_owns_nothing() {
        let mut buffer = Buffer::default();
        buffer.push(b"Hello");
        assert_eq!(size(&buffer), Some(SIZE));
        buffer.consume(2);
        buffer.settle();
        assert_eq!((buffer.data(), size(&buffer)), (&b"llo"[..], Some(3)));
        buffer.push(b", world");
        assert_eq!(buffer.data(), b"llo, world");
        buffer.consume(10);
        assert_eq!(size(&buffer), None);
    }

    fn lent() -> usize {
        BLOCKS.with(|pool| {
            let pieces: Vec<_> = pool.0.iter().map(Cell::take).collect();
            let count = pieces.iter().flatten().count();
            pool.0.iter().zip(pieces).for_each(|(place, piece)| place.set(piece));
            count
        })
    }

    #[test]
    fn a_thread_keeps_a_few_pieces_and_lends_them_again() {
        thread_local! {
            static PIECES: Pool<usize> = const { Pool::new() };
        }
        assert_eq!(borrow(&PIECES), None);
        for piece in 0..6 {
            give_back(&PIECES, piece);
        }
        let lent: Vec<_> = (0..6).map(|_| borrow(&PIECES)).collect();
        assert_eq!(lent, [Some(5), Some(4), Some(3), Some(2), None, None], "the oldest are gone");
    }

    #[test]
    fn large_memory_is_kept_unless_it_is_too_large() {
        for size in [LARGE.start() - 1, LARGE.end() + 1, 0] {
            give_back_large(Vec::with_capacity(size));
            assert_eq!(borrow_large(), None);
        }
        let bytes = vec![7; *LARGE.start()];
        give_back_large(bytes.clone());
        assert_eq!(borrow_large(), Some(bytes));
        assert_eq!(borrow_large(), None);
    }

    #[test]
    fn a_block_goes_back_to_the_thread() {
        let mut buffer = Buffer::default();
        buffer.push(b"Hello");
        assert_eq!(lent(), 0);
        drop(buffer);
        assert_eq!(lent(), 1);
        let mut waiting = Buffer::default();
        assert_eq!(waiting.room(1).len(), SIZE, "it is the same one, empty");
        assert_eq!(lent(), 0);
        waiting.settle();
        assert_eq!((size(&waiting), lent()), (None, 1), "nothing came");
    }

    #[test]
    fn a_long_rest_stays_where_it_is() {
        let mut buffer = Buffer::default();
        for (length, settled) in [(SIZE / 2 + 1, SIZE), (SIZE / 2, SIZE / 2), (SIZE + 1, SIZE + 1), (SIZE, SIZE)] {
            buffer.clear();
            buffer.push(&vec![7; length]);
            buffer.settle();
            assert_eq!((size(&buffer), buffer.len()), (Some(settled), length));
        }
        // What the block is short of, not what was read of it, decides.
        buffer.consume(SIZE - 10);
        buffer.settle();
        assert_eq!(size(&buffer), Some(10));
        // One that is not the pool's is as good as any.
        let mut large = Buffer::default();
        large.push(&vec![7; 2 * SIZE]);
        large.consume(2 * SIZE - 10);
        large.settle();
        assert_eq!(size(&large), Some(2 * SIZE));
    }

    #[test]
    fn it_grows_by_doubling() {
        let mut buffer = Buffer::default();
        buffer.push(&vec![7; SIZE]);
        buffer.push(b"x");
        assert_eq!(size(&buffer), Some(2 * SIZE));
    }

    #[test]
    fn data_survives_compaction_and_growth() {
        let mut buffer = Buffer::default();
        let bytes: Vec<u8> = (0..SIZE).map(|i| i.to_le_bytes()[0]).collect();
        buffer.push(&bytes);
        buffer.consume(SIZE - 3);
        buffer.push(&bytes[..SIZE - 3]);
        assert_eq!(size(&buffer), Some(SIZE));
        assert_eq!((&buffer.data()[..3], &buffer.data()[3..]), (&bytes[SIZE - 3..], &bytes[..SIZE - 3]));
        buffer.push(b"x");
        assert_eq!(buffer.data().last(), Some(&b'x'));
        assert_eq!(&buffer.data()[3..SIZE], &bytes[..SIZE - 3]);
    }
}
