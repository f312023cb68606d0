//! The codecs themselves, which a thread lends for the time of a message: they are ten times as large as what has to be
//! remembered between two.

use std::{
    cell::{Cell, RefCell},
    sync::atomic::{AtomicU64, Ordering},
};

use zlib_rs::{Deflate, DeflateConfig, Inflate};

/// The most compressors of one thread, of up to 290 KiB each.
const MOST: usize = 16;
/// Of the compressors that did not hold their connection's context, one in so many is kept as if it had.
const CHOSEN: u8 = 8;

thread_local! {
    /// The one that was used last, and whose context it holds.
    static DECOMPRESS: Cell<Option<(Option<Context>, Box<Inflate>)>> = const { Cell::new(None) };
    /// The first one is the first to go, see [`give_back_compressor`].
    static COMPRESS: RefCell<Vec<Lent>> = const { RefCell::new(Vec::new()) };
    /// How many were given back whose context had not been known.
    static UNKNOWN: Cell<u8> = const { Cell::new(0) };
}

/// Returns a decompressor, and whether it still holds this context, as when messages of one connection follow each other;
/// otherwise it knows nothing.
pub(super) fn decompressor(context: Option<Context>) -> (Box<Inflate>, bool) {
    // One with a larger window than the sender's inflates as well, and of one size there is always a spare.
    let Some((known, mut decompress)) = DECOMPRESS.try_with(Cell::take).ok().flatten() else {
        return (Box::new(Inflate::new(false, 15)), false);
    };
    let knows = context.is_some() && known == context;
    if !knows {
        decompress.reset(false);
    }
    (decompress, knows)
}

/// Keeps a decompressor, and with `context` what it knows.
pub(super) fn give_back_decompressor(context: Option<Context>, decompress: Box<Inflate>) {
    let _ = DECOMPRESS.try_with(|place| place.set(Some((context, decompress))));
}

/// What a compressor was made for: the bits of its window and the level.
pub(super) type Kind = (u8, u8);

/// How much memory a compressor has for a block, as zlib counts it. With its usual 8 a block has up to 16,384 symbols, and
/// zlib-rs zeroes 48 KiB for each, however short; with 6 it is a quarter of both.
const MEMORY_LEVEL: i32 = 6;

fn new_compressor((bits, level): Kind) -> Box<Deflate> {
    let window_bits = -i32::from(bits); // negative: without zlib's header
    let config =
        DeflateConfig { level: level.into(), window_bits, mem_level: MEMORY_LEVEL, ..DeflateConfig::default() };
    Box::new(Deflate::new_with_config(config))
}

/// Whose context a codec holds, and after how many messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Context {
    owner: u64,
    messages: u64,
}

impl Context {
    /// The context of a connection on which nothing has been sent.
    pub(super) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self { owner: NEXT.fetch_add(1, Ordering::Relaxed), messages: 0 }
    }

    /// No codec knows it as it is from here on.
    pub(super) fn advance(&mut self) {
        self.messages += 1;
    }
}

/// A compressor that nobody is using.
struct Lent {
    kind: Kind,
    /// None when it is worth nothing to anybody.
    context: Option<Context>,
    compress: Box<Deflate>,
}

/// Returns a compressor, and whether it still holds this context; otherwise it knows nothing.
pub(super) fn compressor(kind: Kind, context: Option<Context>) -> (Box<Deflate>, bool) {
    let found = COMPRESS.try_with(|spares| {
        let spares = &mut *spares.borrow_mut();
        let own = context.and_then(|context| spares.iter().rposition(|spare| spare.context == Some(context)));
        if let Some(own) = own.filter(|own| spares[*own].kind == kind) {
            return Some((spares.remove(own).compress, true));
        }
        let free = spares.iter().position(|spare| spare.kind == kind && spare.context.is_none());
        let first = || spares.iter().position(|spare| spare.kind == kind);
        let spare = free.or_else(|| if spares.len() < MOST { None } else { first().or(Some(0)) })?;
        let Lent { kind: other, mut compress, .. } = spares.remove(spare);
        compress.reset();
        (other == kind).then_some((compress, false))
    });
    found.ok().flatten().unwrap_or_else(|| (new_compressor(kind), false))
}

/// Keeps a compressor, and with `context` what it knows. `knew` says whether it had been found with the context.
///
/// It goes last then. Otherwise it is nearly always the next to go: where more connections take turns than there are compressors,
/// each would lose its own before it speaks again, and each message would clear memory that has long left the processor's cache.
/// So most compressors stay with whom they are, and the others share one. One in eight stays as well, so that new
/// connections come to have theirs and those that have become silent lose it.
pub(super) fn give_back_compressor(kind: Kind, context: Option<Context>, compress: Box<Deflate>, knew: bool) {
    let _ = COMPRESS.try_with(|spares| {
        let spares = &mut *spares.borrow_mut();
        if spares.len() == MOST {
            spares.remove(0);
        }
        let stays = knew
            || context.is_some() && {
                UNKNOWN.set((UNKNOWN.get() + 1) % CHOSEN);
                UNKNOWN.get() == 0
            };
        spares.insert(if stays { spares.len() } else { 0 }, Lent { kind, context, compress });
    });
}

/// Takes note that a context is of no use any more: one compressor without any is kept.
pub(super) fn forget(context: Context) {
    let _ = COMPRESS.try_with(|spares| {
        let spares = &mut *spares.borrow_mut();
        if let Some(place) = spares.iter().position(|spare| spare.context == Some(context)) {
            if spares.len() > 1 {
                spares.remove(place);
            } else {
                spares[place].context = None;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: Kind = (15, 1);
    const OTHER: Kind = (9, 1);

    fn spares() -> usize {
        COMPRESS.with_borrow(Vec::len)
    }

    /// Keeps a new compressor that knows a new context.
    fn keep(kind: Kind) -> Context {
        let context = Context::new();
        give_back_compressor(kind, Some(context), new_compressor(kind), true);
        context
    }

    #[test]
    fn a_decompressor_knows_the_context_that_it_saw_last() {
        let mut context = Context::new();
        let (decompress, knows) = decompressor(Some(context));
        assert!(!knows, "a new one knows nothing");
        give_back_decompressor(Some(context), decompress);
        let (decompress, knows) = decompressor(Some(context));
        assert!(knows);
        give_back_decompressor(Some(context), decompress);
        context.advance();
        let (decompress, knows) = decompressor(Some(context));
        assert!(!knows, "a message has passed it by");
        give_back_decompressor(None, decompress);
        assert!(!decompressor(None).1, "two without a context have nothing in common");
    }

    #[test]
    fn a_compressor_goes_to_whose_context_it_holds() {
        let (first, second) = (keep(KIND), keep(KIND));
        assert!(compressor(KIND, Some(first)).1);
        assert!(!compressor(KIND, Some(first)).1, "it is taken");
        assert!(!compressor(OTHER, Some(second)).1, "one of another kind is of no use");
        assert_eq!(spares(), 1);
        let compress = compressor(KIND, Some(second)).0;
        give_back_compressor(KIND, None, compress, true);
        let known = keep(KIND);
        assert!(!compressor(KIND, None).1);
        assert!(compressor(KIND, Some(known)).1, "the one that nobody misses was taken");
        assert_eq!(spares(), 0);
    }

    #[test]
    fn the_compressor_that_is_missed_least_is_the_first_to_go() {
        let contexts: Vec<_> = (0..MOST).map(|place| keep(if place == 3 { OTHER } else { KIND })).collect();
        let newer = keep(KIND);
        assert_eq!(spares(), MOST, "one has gone");
        assert!(!compressor(OTHER, None).1, "of that kind there is but one");
        assert!(!compressor(OTHER, Some(contexts[3])).1, "that is it");
        assert_eq!(spares(), MOST - 1);
        give_back_compressor(KIND, None, new_compressor(KIND), true);
        assert!(!compressor(OTHER, None).1);
        assert_eq!(spares(), MOST - 1, "another kind's is gone for it");
        assert!(compressor(KIND, Some(contexts[MOST - 1])).1 && compressor(KIND, Some(newer)).1);
    }

    /// A message of each: returns for how many the compressor still had what they had said before.
    fn speak(contexts: &mut [Context]) -> usize {
        let known = contexts.iter_mut().map(|context| {
            let (compress, knew) = compressor(KIND, Some(*context));
            context.advance();
            give_back_compressor(KIND, Some(*context), compress, knew);
            usize::from(knew)
        });
        known.sum()
    }

    #[test]
    fn many_who_take_turns_share_one_and_a_few_have_one_each() {
        let mut many: Vec<_> = (0..2 * MOST).map(|_| Context::new()).collect();
        assert_eq!(speak(&mut many), 0);
        for _ in 0..10 {
            let known = speak(&mut many);
            assert!(known >= MOST / 2, "{known}: most compressors stay with whom they are");
        }
        // Others come, who are few and stay.
        let mut few: Vec<_> = (0..MOST).map(|_| Context::new()).collect();
        let known: Vec<_> = (0..40).map(|_| speak(&mut few)).collect();
        assert_eq!(known.last(), Some(&MOST), "{known:?}");
        assert_eq!(spares(), MOST);
    }

    #[test]
    fn a_compressor_is_of_the_kind_that_was_asked_for() {
        // A window of 512 bytes does not reach back to what a window of 32 KiB finds.
        let half = if cfg!(miri) { 700 } else { 2048 };
        let payload: Vec<u8> =
            (0..2 * half).map(|i: u32| (i % half).wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
        let length = |kind: Kind| {
            let (mut compress, _) = compressor(kind, None);
            compress.compress(&payload, &mut [0; 8192], zlib_rs::DeflateFlush::SyncFlush).expect("it compresses");
            compress.total_out()
        };
        let full = || {
            for _ in 0..MOST {
                keep(KIND);
            }
        };
        full();
        let short = length(KIND);
        full();
        let long = length(OTHER);
        assert!(short < long * 3 / 4, "{short} {long}");
    }

    #[test]
    fn of_those_whose_connection_is_gone_one_is_kept() {
        let (first, second) = (keep(KIND), keep(KIND));
        forget(first);
        assert_eq!(spares(), 1);
        forget(second);
        assert_eq!(spares(), 1);
        assert!(!compressor(KIND, Some(second)).1, "it knows nothing");
    }
}
