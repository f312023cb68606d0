//! What a watcher is woken for.

use std::fmt;
use std::ops::{BitOr, BitOrAssign};

/// Something to watch a socket for, or a way of watching it.
///
/// ```text
/// enum Io\Poll\Event
/// ```
///
/// [`Error`](Event::Error) and [`HangUp`](Event::HangUp) are reported without being asked for.
/// [`OneShot`](Event::OneShot) and [`EdgeTriggered`](Event::EdgeTriggered) say how to watch and are never reported.
///
/// See <https://wiki.php.net/rfc/poll_api>.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive] // PHP 8.7 plans more of them
#[repr(u8)]
pub enum Event {
    /// There is data to read, or a connection to accept, or the peer will send no more.
    Read = 1 << 0,
    /// Sending will not wait, or a connection attempt has ended.
    Write = 1 << 1,
    /// The socket has a pending error: `socket_get_option` with [`SO_ERROR`](crate::SO_ERROR) gives its number.
    Error = 1 << 2,
    /// The connection is over in both directions.
    HangUp = 1 << 3,
    /// The peer will send no more; reported only by backends that know it.
    ReadHangUp = 1 << 4,
    /// Reports once, then stays silent until [`modify_events`](super::Watcher::modify_events).
    OneShot = 1 << 5,
    /// Reports only what is new since the last report; the socket must then be read or written until it would block.
    EdgeTriggered = 1 << 6,
}

impl Event {
    /// In PHP's order.
    const ALL: [Self; 7] =
        [Self::Read, Self::Write, Self::Error, Self::HangUp, Self::ReadHangUp, Self::OneShot, Self::EdgeTriggered];
}

/// A set of [`Event`]s, PHP's `array` of them, in one byte.
///
/// Where a function takes `impl Into<Events>`, pass an event, an array of them, or `Event::Read | Event::Write`.
///
/// # Examples
/// ```
/// use php_sockets::poll::{Event, Events};
///
/// let events = Event::Write | Event::Read;
/// assert!(events.contains(Event::Read) && !events.contains(Event::HangUp));
/// assert_eq!(events, Events::from([Event::Read, Event::Write, Event::Read]));
/// assert_eq!(events.iter().collect::<Vec<_>>(), [Event::Read, Event::Write]);
/// ```
#[derive(Clone, Copy, Default, Eq, Hash, PartialEq)]
pub struct Events(u8);

impl Events {
    /// No event at all.
    pub const EMPTY: Self = Self(0);

    /// Returns whether the set is empty.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns whether `event` is in the set.
    #[must_use]
    pub const fn contains(self, event: Event) -> bool {
        self.0 & event as u8 != 0
    }

    /// Returns the events in PHP's order.
    pub fn iter(self) -> impl Iterator<Item = Event> {
        Event::ALL.into_iter().filter(move |event| self.contains(*event))
    }

    pub(super) const fn bits(self) -> u8 {
        self.0
    }

    pub(super) const fn from_bits(bits: u8) -> Self {
        Self(bits)
    }
}

impl From<Event> for Events {
    fn from(event: Event) -> Self {
        Self(event as u8)
    }
}

impl<const N: usize> From<[Event; N]> for Events {
    fn from(events: [Event; N]) -> Self {
        events.into_iter().collect()
    }
}

impl FromIterator<Event> for Events {
    fn from_iter<I: IntoIterator<Item = Event>>(events: I) -> Self {
        events.into_iter().fold(Self::EMPTY, |events, event| events | event)
    }
}

impl<E: Into<Self>> BitOr<E> for Events {
    type Output = Self;

    fn bitor(self, other: E) -> Self {
        Self(self.0 | other.into().0)
    }
}

impl<E: Into<Self>> BitOrAssign<E> for Events {
    fn bitor_assign(&mut self, other: E) {
        *self = *self | other;
    }
}

impl<E: Into<Events>> BitOr<E> for Event {
    type Output = Events;

    fn bitor(self, other: E) -> Events {
        Events::from(self) | other
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
