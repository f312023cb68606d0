use std::{
    num::NonZeroU64,
    sync::OnceLock,
    time::{Duration, Instant},
};

use super::{Config, Timeout, decoder::Progress};

/// The deadlines of one connection.
///
/// Nobody asks the clock on the way of a message: what happened since the last check counts from that check's time.
#[derive(Debug, Default)]
pub(super) struct Timers {
    /// When the peer last showed life, or when the Ping left that it has not answered.
    since: Option<Moment>,
    /// The payload of that Ping.
    ping: Option<[u8; 4]>,
    /// The Ping was seen waiting: the peer cannot answer it yet.
    waits: bool,
    /// When the message in progress, or the closing handshake, began.
    begun: Option<Moment>,
    closing: bool,
}

/// What the sending half has to say to the deadlines.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sent {
    /// A Close frame has been sent.
    pub(super) closed: bool,
    /// After the transport had taken less than it was given, it has taken more since the last look: the peer takes it.
    pub(super) taken: bool,
    /// A Ping is still to be sent.
    pub(super) ping_waits: bool,
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

    /// Begins anew, after a time in which the peer was not listened to.
    #[cfg(feature = "server")]
    pub(super) fn restart(&mut self) {
        *self = Self::default();
    }

    /// Looks at the clock; says whether a Ping is due.
    pub(super) fn check(
        &mut self,
        now: Instant,
        config: &Config,
        progress: Progress,
        sent: Sent,
    ) -> Result<bool, Timeout> {
        let now = Moment::of(now);
        let closing = sent.closed;
        if closing != self.closing || (progress.completed && !closing) || !(progress.partial || closing) {
            self.begun = None;
        }
        self.closing = closing;
        if closing {
            let elapsed = self.elapsed_begun(now);
            return match config.close_timeout.is_some_and(|timeout| elapsed >= timeout) {
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
        let alive = sent.taken
            || match self.ping {
                // Inside a frame the Pong cannot come.
                Some(_) if !sent.ping_waits => progress.heard && progress.in_frame,
                _ => progress.heard,
            };
        // Its time starts when it leaves.
        let left = self.waits && !sent.ping_waits;
        self.waits = self.ping.is_some() && sent.ping_waits;
        if alive || left {
            self.since = Some(now);
        }
        let elapsed = self.since.get_or_insert(now).elapsed(now);
        match self.ping {
            Some(_) if config.pong_timeout.is_some_and(|timeout| elapsed >= timeout) => Err(Timeout::Pong),
            Some(_) => Ok(false),
            None => Ok(config.keepalive.is_some_and(|interval| elapsed >= interval)),
        }
    }

    /// Takes note of the Ping that was sent because [`Timers::check`] said so.
    pub(super) fn pinged(&mut self, now: Instant, payload: [u8; 4]) {
        self.since = Some(Moment::of(now));
        self.ping = Some(payload);
        self.waits = false;
    }

    /// Returns when to check next, as of the last check.
    pub(super) fn deadline(&self, config: &Config) -> Option<Instant> {
        let wait = match self.ping {
            Some(_) => config.pong_timeout,
            None => config.keepalive,
        };
        let begun = if self.closing { config.close_timeout } else { config.message_timeout };
        let quiet = self.since.zip(wait).filter(|_| !self.closing);
        [quiet, self.begun.zip(begun)].into_iter().flatten().filter_map(|(since, wait)| since.after(wait)).min()
    }

    fn elapsed_begun(&mut self, now: Moment) -> Duration {
        self.begun.get_or_insert(now).elapsed(now)
    }
}

/// An [`Instant`] in half of its room: nanoseconds, of which [`Moment::MIDDLE`] is the first instant that was asked for.
#[derive(Debug, Clone, Copy)]
struct Moment(NonZeroU64);

static FIRST: OnceLock<Instant> = OnceLock::new();

impl Moment {
    /// 73 years from both ends.
    const MIDDLE: u64 = 1 << 61;

    fn of(instant: Instant) -> Self {
        let first = *FIRST.get_or_init(|| instant);
        let nanoseconds =
            |duration: Duration| u64::try_from(duration.as_nanos()).map_or(Self::MIDDLE, |it| it.min(Self::MIDDLE));
        let later = nanoseconds(instant.saturating_duration_since(first));
        let earlier = nanoseconds(first.saturating_duration_since(instant));
        Self(NonZeroU64::MIN.saturating_add(Self::MIDDLE + later - earlier))
    }

    fn elapsed(self, now: Self) -> Duration {
        Duration::from_nanos(now.0.get().saturating_sub(self.0.get()))
    }

    fn after(self, wait: Duration) -> Option<Instant> {
        let first = FIRST.get()?;
        let zero = Duration::from_nanos(Self::MIDDLE + 1);
        first.checked_add(Duration::from_nanos(self.0.get()).checked_add(wait)?)?.checked_sub(zero)
    }
}

/// Returns the time that is `timeout` from now. Without one it is never, and one too far to be told is as good as that.
pub(super) fn deadline(timeout: impl Into<Option<Duration>>) -> Instant {
    const NEVER: Duration = Duration::from_secs(60 * 60 * 24 * 365);
    let now = Instant::now();
    timeout.into().and_then(|timeout| now.checked_add(timeout)).unwrap_or(now + NEVER)
}

#[cfg(all(test, feature = "server"))]
mod tests {
    use super::*;

    /// The Pong may lie behind much that has not been read.
    #[test]
    fn who_was_not_listened_to_has_all_his_time_again() -> Result<(), Timeout> {
        let (config, start) = (Config::server(), Instant::now());
        let progress = Progress { heard: false, completed: false, partial: true, in_frame: false };
        let sent = Sent { closed: false, taken: false, ping_waits: false };
        let mut timers = Timers::default();
        assert!(!timers.check(start, &config, progress, sent)?);
        timers.pinged(start, [1; 4]);
        let later = start + Duration::from_secs(600);
        timers.restart();
        assert!(!timers.check(later, &config, progress, sent)?);
        assert!(timers.check(later + Duration::from_secs(20), &config, progress, sent)?);
        Ok(())
    }
}
