/// What a connection waits for: to be passed to `poll`, `socket_select`, or an async runtime.
///
/// # Examples
/// ```
/// use php_sockets::ws::Interest;
///
/// assert!(Interest::ReadWrite.reads() && Interest::ReadWrite.writes());
/// # #[cfg(feature = "poll")]
/// assert_eq!(php_sockets::poll::Events::from(Interest::Read), php_sockets::poll::Event::Read.into());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Interest {
    /// To be readable.
    Read,
    /// To be writable. So much waits to be sent that nothing is read before some of it has gone.
    Write,
    /// Either.
    ReadWrite,
}

impl Interest {
    /// Returns whether to wait until the stream is readable.
    #[must_use]
    pub const fn reads(self) -> bool {
        matches!(self, Self::Read | Self::ReadWrite)
    }

    /// Returns whether to wait until the stream is writable.
    #[must_use]
    pub const fn writes(self) -> bool {
        matches!(self, Self::Write | Self::ReadWrite)
    }
}

#[cfg(feature = "poll")]
impl From<Interest> for crate::poll::Events {
    fn from(interest: Interest) -> Self {
        use crate::poll::Event;
        match interest {
            Interest::Read => Event::Read.into(),
            Interest::Write => Event::Write.into(),
            Interest::ReadWrite => [Event::Read, Event::Write].into(),
        }
    }
}
