use std::time::Duration;

/// The second step of who does not wait the first time.
const LEAST: Duration = Duration::from_millis(100);

/// How long a client waits before it connects again: longer after each failure, and random, so that the clients of a restarted server
/// do not all return at once. It is an endless iterator of [`Duration`]s.
///
/// The first wait is between zero and `shortest`; each later one is between half and all of a step that doubles up to `longest`.
///
/// See [RFC 6455, section 7.2.3](https://www.rfc-editor.org/rfc/rfc6455#section-7.2.3).
///
/// # Examples
/// A client that always reconnects:
/// ```no_run
/// use php_sockets::ws::{Backoff, Connection, Message, WebSocketError};
///
/// fn main() -> Result<(), WebSocketError> {
///     let mut backoff = Backoff::default();
///     let mut buffer = Vec::new();
///     loop {
///         if let Ok(mut connection) = Connection::connect("ws://127.0.0.1:8001/") {
///             backoff.reset();
///             while let Ok(Message::Text(text)) = connection.read(&mut buffer) {
///                 println!("{text}");
///             }
///         }
///         std::thread::sleep(backoff.next_wait());
///     }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backoff {
    shortest: Duration,
    longest: Duration,
    /// The next step; `None` before the first.
    step: Option<Duration>,
}

impl Default for Backoff {
    /// The first wait is up to 5 seconds, as RFC 6455 suggests, and later ones are at most a minute.
    fn default() -> Self {
        Self::new(Duration::from_secs(5), Duration::from_secs(60))
    }
}

impl Backoff {
    /// Creates one whose first wait is at most `shortest`, and every later one at most `longest`. If `shortest` is zero, the second
    /// wait is up to a tenth of a second; if `longest` is, it never waits.
    #[must_use]
    pub fn new(shortest: Duration, longest: Duration) -> Self {
        Self { shortest: shortest.min(longest), longest, step: None }
    }

    /// Starts again from `shortest`: call it when a connection has opened.
    pub fn reset(&mut self) {
        self.step = None;
    }

    /// Returns how long to wait this time.
    pub fn next_wait(&mut self) -> Duration {
        let (least, most) = match self.step {
            None => (Duration::ZERO, self.shortest),
            Some(step) => (step / 2, step),
        };
        let next = if most.is_zero() { LEAST } else { most.saturating_mul(2) };
        self.step = Some(next.min(self.longest));
        least + (most - least).mul_f64(random())
    }
}

impl Iterator for Backoff {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        Some(self.next_wait())
    }
}

/// Between 0 and 1; the middle when the system has no random bytes.
fn random() -> f64 {
    let mut bytes = [0; 4];
    match getrandom::fill(&mut bytes) {
        Ok(()) => f64::from(u32::from_ne_bytes(bytes)) / f64::from(u32::MAX),
        Err(_) => 0.5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_grow_up_to_the_longest_and_are_random() {
        let seconds = Duration::from_secs;
        for _ in 0..if cfg!(miri) { 10 } else { 100 } {
            let times: Vec<_> = Backoff::default().take(8).collect();
            for (time, (least, most)) in
                times.iter().zip([(0, 5), (5, 10), (10, 20), (20, 40), (30, 60), (30, 60), (30, 60), (30, 60)])
            {
                assert!((seconds(least)..=seconds(most)).contains(time), "{times:?}");
            }
        }
        let first: Vec<_> = (0..100).map(|_| Backoff::default().next_wait()).collect();
        assert!(
            first.iter().any(|time| *time < seconds(2)) && first.iter().any(|time| *time > seconds(3)),
            "{first:?}"
        );
        let mut backoff = Backoff::default();
        let _ = backoff.nth(5);
        backoff.reset();
        assert_eq!(backoff, Backoff::default());
    }

    #[test]
    fn no_times_are_too_long_or_too_short() {
        assert_eq!(Backoff::new(Duration::ZERO, Duration::ZERO).nth(100), Some(Duration::ZERO));
        // Whoever wants to connect again at once does not mean for ever.
        let waits: Vec<_> = Backoff::new(Duration::ZERO, Duration::from_secs(1)).take(6).collect();
        assert!(waits[0].is_zero() && waits[1] >= LEAST / 2 && waits[5] >= Duration::from_millis(500), "{waits:?}");
        let longest = Backoff::new(Duration::MAX, Duration::MAX).nth(100);
        assert!(longest >= Some(Duration::MAX / 2), "{longest:?}");
        assert!(Backoff::new(Duration::from_secs(9), Duration::from_secs(1)).next() <= Some(Duration::from_secs(1)));
    }
}
