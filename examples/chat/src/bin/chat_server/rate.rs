//! How fast a client may ask: a bucket of tokens that refills by time.

use std::time::Instant;

use chat_protocol::Reason;

/// How many requests a client may save up.
const BURST: f64 = 20.0;
/// How many requests in a row may come too fast before the client is cut off.
const PATIENCE: u32 = 100;

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

    /// Lets a request through, unless it is too fast. `rate` is in requests a second; without one all are.
    pub(crate) fn take(&mut self, rate: Option<f64>, now: Instant) -> Result<(), Reason> {
        let Some(rate) = rate else { return Ok(()) };
        let elapsed = now.saturating_duration_since(self.since.replace(now).unwrap_or(now)).as_secs_f64();
        self.missing = (self.missing - elapsed * rate).max(0.0);
        if self.missing + 1.0 <= BURST.max(rate) {
            self.missing += 1.0;
            self.refused = 0;
            return Ok(());
        }
        self.refused += 1;
        Err(Reason::TooFast)
    }
}
