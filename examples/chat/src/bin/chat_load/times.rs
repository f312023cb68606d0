//! How long things took.

use std::fmt;
use std::time::Duration;

/// Durations, to the microsecond.
#[derive(Debug, Default)]
pub(crate) struct Times(Vec<u32>);

impl Times {
    pub(crate) fn add(&mut self, time: Duration) {
        self.0.push(u32::try_from(time.as_micros()).unwrap_or(u32::MAX));
    }
}

/// Half of them, 99 %, and all are within these, as cells of a table.
impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let at = |permille: usize| {
            let index = (sorted.len().saturating_sub(1)) * permille / 1000;
            f64::from(sorted.get(index).copied().unwrap_or(0)) / 1e3
        };
        write!(f, "{:.1} ms | {:.1} ms | {:.1} ms", at(500), at(990), at(1000))
    }
}
