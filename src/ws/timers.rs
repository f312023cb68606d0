use std::time::{Duration, Instant};

use super::{Config, Timeout, receiver::Progress};

/// The deadlines of one connection.
///
/// Nobody asks the clock on the way of a message: what happened since the last check counts from that check's time.
#[derive(Debug, Default)]
pub(super) struct Timers {
    /// When the peer was last heard, or when it was sent the Ping it has not answered.
    since: Option<Instant>,
    /// The payload of that Ping.
    ping: Option<[u8; 4]>,
    /// When the message in progress, or the closing handshake, began.
    begun: Option<Instant>,
    closing: bool,
}

impl Timers {
    /// Ends the wait for a Pong, when this is the one.
    #[inline]
    pub(super) fn pong(&mut self, payload: &[u8]) {
        if self.ping.is_some_and(|ping| ping == payload) {
            self.ping = None;
            self.since = None;
        }
    }

    /// Looks at the clock; says whether a Ping is due.
    pub(super) fn check(
        &mut self,
        now: Instant,
        config: &Config,
        progress: Progress,
        closing: bool,
    ) -> Result<bool, Timeout> {
        if closing != self.closing || (progress.completed && !closing) || !(progress.partial || closing) {
            self.begun = None;
        }
        self.closing = closing;
        if closing {
            return match self.elapsed_begun(now) >= config.close_timeout {
                true => Err(Timeout::Close),
                false => Ok(false),
            };
        }
        if progress.partial {
            let elapsed = self.elapsed_begun(now);
            if config.message_timeout.is_some_and(|timeout| elapsed >= timeout) {
                return Err(Timeout::Message);
            }
        }
        let alive = match self.ping {
            // Inside a frame the Pong cannot come.
            Some(_) => progress.heard && progress.in_frame,
            None => progress.heard,
        };
        if alive {
            self.since = Some(now);
        }
        let elapsed = now.saturating_duration_since(*self.since.get_or_insert(now));
        match self.ping {
            Some(_) if elapsed >= config.pong_timeout => Err(Timeout::Pong),
            Some(_) => Ok(false),
            None => Ok(config.keepalive.is_some_and(|interval| elapsed >= interval)),
        }
    }

    /// Takes note of the Ping that was sent because [`Timers::check`] said so.
    pub(super) fn pinged(&mut self, now: Instant, payload: [u8; 4]) {
        self.since = Some(now);
        self.ping = Some(payload);
    }

    /// Returns when to check next, as of the last check.
    pub(super) fn deadline(&self, config: &Config) -> Option<Instant> {
        let wait = match self.ping {
            Some(_) => Some(config.pong_timeout),
            None => config.keepalive,
        };
        let begun = if self.closing { Some(config.close_timeout) } else { config.message_timeout };
        let quiet = self.since.zip(wait).filter(|_| !self.closing);
        [quiet, self.begun.zip(begun)].into_iter().flatten().filter_map(|(since, wait)| since.checked_add(wait)).min()
    }

    fn elapsed_begun(&mut self, now: Instant) -> Duration {
        now.saturating_duration_since(*self.begun.get_or_insert(now))
    }
}

/// Returns the time that is `timeout` from now; one too far to be told is as good as never.
pub(super) fn deadline(timeout: Duration) -> Instant {
    const NEVER: Duration = Duration::from_secs(60 * 60 * 24 * 365);
    let now = Instant::now();
    now.checked_add(timeout).unwrap_or(now + NEVER)
}
