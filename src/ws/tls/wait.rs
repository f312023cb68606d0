use std::{
    io,
    time::{Duration, Instant},
};

use crate::{Socket, ws::Stream};

/// How long a call may wait in all, with its reads.
pub(super) struct Wait {
    timeout: Option<Duration>,
    /// When that is over, from the first wait on.
    end: Option<Instant>,
    /// The socket was told of a shorter one.
    pub(super) is_shorter: bool,
}

impl Wait {
    pub(super) fn new(timeout: Option<Duration>) -> Self {
        Self { timeout, end: None, is_shorter: false }
    }

    pub(super) fn start(&mut self) {
        if let (None, Some(timeout)) = (self.end, self.timeout) {
            self.end = Instant::now().checked_add(timeout);
        }
    }

    pub(super) fn remaining(&self) -> Option<Duration> {
        // Zero would be for ever.
        self.end.map(|end| end.saturating_duration_since(Instant::now()).max(Duration::from_millis(1)))
    }

    pub(super) fn shorten(&mut self, socket: &Socket) -> io::Result<()> {
        match self.end {
            Some(end) if end <= Instant::now() => Err(io::ErrorKind::WouldBlock.into()),
            Some(_) => {
                self.is_shorter = true;
                socket.clone().set_read_timeout(self.remaining())
            }
            None => Ok(()),
        }
    }
}
