//! Frames that are too large to copy.

use super::Encoder;
use crate::ws::{frame::EncodedHeader, mask};

/// From this many bytes on a server's payload is written from where it lies instead of being copied.
pub(super) const LARGE: usize = 8 * 1024;

/// A client's payload is masked in pieces of this many bytes, each written while it is in the processor's cache.
pub(in crate::ws) const PIECE: usize = 64 * 1024;

/// A frame too large to copy: to be written from where it lies, or masked piece by piece.
#[derive(Debug)]
#[must_use]
pub(in crate::ws) struct Large<'a> {
    pub(super) header: Option<EncodedHeader>,
    pub(in crate::ws) mask: Option<[u8; 4]>,
    pub(in crate::ws) payload: &'a [u8],
}

impl Large<'_> {
    pub(in crate::ws) fn header(&self) -> &[u8] {
        self.header.as_ref().map_or(&[], AsRef::as_ref)
    }
}

impl Encoder {
    /// Queues what the transport did not take of a large frame: all but its first `taken` bytes.
    pub(in crate::ws) fn queue(&mut self, large: &Large<'_>, taken: usize) {
        let header = large.header();
        self.output.push(header.get(taken..).unwrap_or_default());
        let taken = taken.saturating_sub(header.len());
        let payload = large.payload.get(taken..).unwrap_or_default();
        match large.mask {
            None => self.output.push(payload),
            // Of a masked one whole pieces are taken: the key begins with its first byte.
            Some(key) => self.queue_masked(payload, key),
        }
    }

    /// Queues a piece of a large frame's payload, masked with the key for its place.
    pub(in crate::ws) fn queue_masked(&mut self, payload: &[u8], key: [u8; 4]) {
        mask::copy(payload, self.output.room(payload.len()), key);
        self.output.advance(payload.len());
    }
}
