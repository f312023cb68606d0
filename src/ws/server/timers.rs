use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

/// A timer of a thread: what [`Handler::ontimer`](super::Handler::ontimer) is told.
///
/// It is compared with what [`Clients::after`](super::Clients::after) and [`Clients::every`](super::Clients::every) returned,
/// or is the key of what the application does then.
///
/// # Examples
/// Rooms with a time limit each:
/// ```
/// use std::{collections::HashMap, time::Duration};
/// use php_sockets::ws::{Message, server::{Client, Clients, Handler, Timer}};
///
/// #[derive(Default)]
/// struct Rooms {
///     limits: HashMap<Timer, String>,
/// }
///
/// impl Handler for Rooms {
///     type Data = ();
///
///     fn onmessage(&mut self, client: &mut Client<'_, ()>, message: Message<'_>) {
///         let Message::Text(room) = message else { return };
///         client.subscribe(room);
///         self.limits.insert(client.clients().after(Duration::from_secs(30)), room.to_owned());
///     }
///
///     fn ontimer(&mut self, clients: &mut Clients<()>, timer: Timer) {
///         if let Some(room) = self.limits.remove(&timer) {
///             clients.publish(&room, "time is over");
///         }
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timer(u64);

/// The timers of one thread, the next one first.
#[derive(Debug, Default)]
pub(super) struct Timers {
    next: u64,
    /// Those that come again know after how long.
    queue: BTreeMap<(Instant, Timer), Option<Duration>>,
    due: HashMap<Timer, Instant>,
}

/// What comes again comes at most a thousand times a second.
const SHORTEST: Duration = Duration::from_millis(1);

impl Timers {
    pub(super) fn after(&mut self, delay: Duration) -> Timer {
        self.start(Instant::now(), delay, None)
    }

    pub(super) fn every(&mut self, period: Duration) -> Timer {
        let period = period.max(SHORTEST);
        self.start(Instant::now(), period, Some(period))
    }

    fn start(&mut self, now: Instant, delay: Duration, period: Option<Duration>) -> Timer {
        let timer = Timer(self.next);
        self.next += 1;
        self.enter(timer, now, delay, period);
        timer
    }

    /// A time that cannot be told never comes.
    fn enter(&mut self, timer: Timer, now: Instant, delay: Duration, period: Option<Duration>) {
        if let Some(at) = now.checked_add(delay) {
            self.queue.insert((at, timer), period);
            self.due.insert(timer, at);
        }
    }

    pub(super) fn cancel(&mut self, timer: Timer) {
        if let Some(at) = self.due.remove(&timer) {
            self.queue.remove(&(at, timer));
        }
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Returns when the next one is due.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.queue.first_key_value().map(|((at, _), _)| *at)
    }

    /// Takes out one that is due; what comes again is entered again, without the times that were missed.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<Timer> {
        let first = self.queue.first_entry().filter(|first| first.key().0 <= now)?;
        let ((at, timer), period) = first.remove_entry();
        self.due.remove(&timer);
        if let Some(period) = period {
            let next = at.checked_add(period).filter(|next| *next > now);
            match next {
                Some(next) => self.enter(timer, next, Duration::ZERO, Some(period)),
                None => self.enter(timer, now, period, Some(period)),
            }
        }
        Some(timer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn timers_come_in_order_and_as_often_as_they_should() {
        let start = Instant::now();
        let mut timers = Timers::default();
        let late = timers.start(start, 3 * SECOND, None);
        let again = timers.start(start, SECOND, Some(SECOND));
        assert_eq!(timers.deadline(), Some(start + SECOND));
        assert_eq!(timers.take_due(start), None);
        assert_eq!(timers.take_due(start + SECOND), Some(again));
        assert_eq!(timers.take_due(start + SECOND), None);
        // Two that were missed come as one.
        assert_eq!(timers.take_due(start + 4 * SECOND), Some(again));
        assert_eq!(timers.take_due(start + 4 * SECOND), Some(late));
        assert_eq!(timers.take_due(start + 4 * SECOND), None);
        timers.cancel(again);
        timers.cancel(again);
        assert_eq!(timers.deadline(), None);
    }

    #[test]
    fn a_time_that_cannot_be_told_never_comes() {
        let mut timers = Timers::default();
        timers.after(Duration::MAX);
        assert_eq!(timers.deadline(), None);
    }
}
