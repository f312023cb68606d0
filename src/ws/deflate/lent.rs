//! The codecs themselves, which a thread lends for the time of a message: they are ten times as large as what has to be
//! remembered between two.

use std::{
    cell::{Cell, RefCell},
    sync::atomic::{AtomicU64, Ordering},
};

use zlib_rs::{Deflate, DeflateConfig, Inflate};

/// The most compressors of one thread, of up to 290 KiB each.
const MOST: usize = 16;

thread_local! {
    /// The one that was used last, and whose context it holds.
    static DECOMPRESS: Cell<Option<(Option<Context>, Box<Inflate>)>> = const { Cell::new(None) };
    /// The one that was used last is the last.
    static COMPRESS: RefCell<Vec<Lent>> = const { RefCell::new(Vec::new()) };
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
        let oldest = || spares.iter().position(|spare| spare.kind == kind);
        let spare = free.or_else(|| if spares.len() < MOST { None } else { oldest().or(Some(0)) })?;
        let Lent { kind: other, mut compress, .. } = spares.remove(spare);
        compress.reset();
        (other == kind).then_some((compress, false))
    });
    found.ok().flatten().unwrap_or_else(|| (new_compressor(kind), false))
}

/// Keeps a compressor, and with `context` what it knows.
pub(super) fn give_back_compressor(kind: Kind, context: Option<Context>, compress: Box<Deflate>) {
    let _ = COMPRESS.try_with(|spares| {
        let spares = &mut *spares.borrow_mut();
        if spares.len() == MOST {
            spares.remove(0);
        }
        spares.push(Lent { kind, context, compress });
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
