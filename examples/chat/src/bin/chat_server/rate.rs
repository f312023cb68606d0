//! How fast a client may ask: a bucket of tokens that refills by time.

use std::time::Instant;

/// How many requests a client may save up.
const BURST: f64 = 20.0;
/// How many requests in a row may come too fast before the client is cut off.
const PATIENCE: u32 = 100;

/// What to do with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Follow,
    TooFast,
    CutOff,
}

/// One client's bucket.
#[derive(Debug, Default)]
pub(crate) struct Bucket {
    /// How many of its tokens are missing, since when.
    missing: f64,
    since: Option<Instant>,
    refused: u32,
}

impl Bucket {
    /// Says whether the client is cut off: nothing is heard of it any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.refused > PATIENCE
    }

    /// Judges a request. `rate` is in requests a second; without one all is followed.
    pub(crate) fn take(&mut self, rate: Option<f64>, now: Instant) -> Verdict {
        let Some(rate) = rate else { return Verdict::Follow };
        let elapsed = now.saturating_duration_since(self.since.replace(now).unwrap_or(now)).as_secs_f64();
        self.missing = (self.missing - elapsed * rate).max(0.0);
        if self.missing + 1.0 <= BURST.max(rate) {
            self.missing += 1.0;
            self.refused = 0;
            return Verdict::Follow;
        }
        self.refused += 1;
        if self.is_closed() { Verdict::CutOff } else { Verdict::TooFast }
    }
}
