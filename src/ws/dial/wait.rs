//! The deadline that holds over all of connecting, and what cancels it.

use std::time::Instant;

use crate::{
    SOCKET_EINTR, Socket, socket_select,
    ws::{Timeout, WebSocketError},
};

/// How long connecting may take, and what ends it before.
#[derive(Debug)]
pub(in crate::ws) struct Wait {
    deadline: Instant,
    /// Readable when nobody waits for the connection any more.
    cancelled: Option<Socket>,
}

impl Wait {
    pub(in crate::ws) fn new(deadline: Instant, cancelled: Option<Socket>) -> Self {
        Self { deadline, cancelled }
    }

    pub(in crate::ws) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Looks whether there is any use in going on, without waiting.
    pub(in crate::ws) fn check(&self) -> Result<(), WebSocketError> {
        match &self.cancelled {
            _ if self.deadline <= Instant::now() => Err(Timeout::Handshake.into()),
            Some(cancelled) => match socket_select(&mut vec![cancelled], None, None, 0, 0)? {
                0 => Ok(()),
                _ => Err(WebSocketError::Closed),
            },
            None => Ok(()),
        }
    }

    pub(in crate::ws) fn until_readable(&self, socket: &Socket) -> Result<(), WebSocketError> {
        self.select(&mut vec![socket.clone()], &mut Vec::new(), self.deadline)
    }

    pub(in crate::ws) fn until_writable(&self, socket: &Socket) -> Result<(), WebSocketError> {
        self.select(&mut Vec::new(), &mut vec![socket.clone()], self.deadline)
    }

    /// Waits until a socket is ready or `until` has come, and leaves those in the lists that are ready.
    ///
    /// # Errors
    /// [`Timeout::Handshake`] at the deadline; [`WebSocketError::Closed`] when nobody waits for the connection any
    /// more.
    pub(in crate::ws) fn select(
        &self,
        read: &mut Vec<Socket>,
        write: &mut Vec<Socket>,
        until: Instant,
    ) -> Result<(), WebSocketError> {
        let until = until.min(self.deadline);
        let all = (read.clone(), write.clone());
        loop {
            read.extend(self.cancelled.clone());
            let left = until.saturating_duration_since(Instant::now());
            // Rounded up, so that the time has come afterwards.
            let (seconds, micros) =
                (i64::try_from(left.as_secs()).unwrap_or(i64::MAX), i64::from(left.subsec_micros()) + 1);
            let count = match socket_select(&mut *read, &mut *write, None, seconds, micros) {
                Ok(count) => count,
                Err(error) if error.code() == SOCKET_EINTR => 0,
                Err(error) => return Err(error.into()),
            };
            if self.cancelled.as_ref().is_some_and(|cancelled| read.contains(cancelled)) {
                return Err(WebSocketError::Closed);
            }
            let now = Instant::now();
            if count > 0 {
                return Ok(());
            } else if now >= self.deadline {
                return Err(Timeout::Handshake.into());
            } else if now >= until {
                return Ok(());
            }
            (*read, *write) = all.clone();
        }
    }
}
