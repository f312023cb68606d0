//! What later messages may refer to: all that a context is, between two messages.

use std::{collections::VecDeque, fmt};

/// The last bytes of what went through a codec.
#[derive(Default)]
pub(super) struct Window(VecDeque<u8>);

impl Window {
    /// Adds bytes, and keeps the last `most` of all.
    pub(super) fn push(&mut self, bytes: &[u8], most: usize) {
        let bytes = &bytes[bytes.len().saturating_sub(most)..];
        let kept = self.0.len().min(most - bytes.len());
        self.0.drain(..self.0.len() - kept);
        let needed = kept + bytes.len();
        if self.0.capacity() > 4 * needed {
            self.0.shrink_to(needed);
        } else if self.0.capacity() < needed {
            self.0.reserve_exact(needed.next_power_of_two().min(most) - kept);
        }
        self.0.extend(bytes);
    }

    /// Forgets everything, and frees it.
    pub(super) fn clear(&mut self) {
        self.0 = VecDeque::new();
    }

    /// Returns all bytes, in two pieces.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        self.last(self.0.len())
    }

    /// Returns the last `most` bytes, in two pieces.
    pub(super) fn last(&self, most: usize) -> impl Iterator<Item = &[u8]> {
        let skipped = self.0.len().saturating_sub(most);
        let (first, second) = self.0.as_slices();
        let (in_first, in_second) = (skipped.min(first.len()), skipped.saturating_sub(first.len()));
        [&first[in_first..], &second[in_second..]].into_iter().filter(|piece| !piece.is_empty())
    }
}

impl fmt::Debug for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Window({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_bytes_are_kept() {
        let mut window = Window::default();
        let mut all = Vec::new();
        for (round, length) in [0, 5, 700, 3, 2000, 1, 999, 1000, 4, 250].into_iter().cycle().take(100).enumerate() {
            let bytes: Vec<u8> = (0..length).map(|i| (i * 7 + round).to_le_bytes()[0]).collect();
            window.push(&bytes, 1000);
            all.extend(&bytes);
            let expected = &all[all.len().saturating_sub(1000)..];
            assert_eq!(window.pieces().collect::<Vec<_>>().concat(), expected);
            for most in [0, 1, 300, 999] {
                let last = &expected[expected.len().saturating_sub(most)..];
                assert_eq!(window.last(most).collect::<Vec<_>>().concat(), last);
            }
            assert!(window.0.capacity() <= 1000);
        }
        assert_eq!(format!("{window:?}"), "Window(1000 bytes)");
        window.push(b"x", 2);
        assert!(window.0.capacity() <= 8, "{}", window.0.capacity());
    }

    #[test]
    fn its_memory_grows_by_powers_of_two_and_is_kept_until_three_quarters_are_too_much() {
        let mut window = Window::default();
        window.push(&[7; 700], 1000);
        assert_eq!(window.0.capacity(), 1000);
        window.push(&[7; 700], 250);
        assert_eq!(window.0.capacity(), 1000);
        window.push(&[7; 700], 249);
        assert_eq!(window.0.capacity(), 249);
        window.push(&[7; 51], 1000);
        assert_eq!(window.0.capacity(), 512, "300 are needed");
    }
}
