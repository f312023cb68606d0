//! One call of rustls, and what follows from it.

use rustls::{
    Error,
    unbuffered::{ConnectionState, EncodeError, EncryptError, UnbufferedStatus, WriteTraffic},
};

use super::session::RECORD;
use crate::ws::memory::Buffer;

/// More than encryption adds to a record.
const OVERHEAD: usize = 40;

/// What rustls waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// To be called again.
    Call,
    /// The peer's part of the handshake.
    Handshake,
    /// Whatever comes: the handshake is done. What there was to do is done.
    Traffic,
}

/// What is to be done as soon as the handshake is done.
pub(super) enum Task<'a> {
    Nothing,
    /// Each slice makes records of its own.
    Encrypt(&'a [&'a [u8]]),
    Close,
    #[cfg(test)]
    Refresh,
}

/// One step of rustls, and where its results go.
pub(super) struct Step<'a> {
    pub(super) space: &'a mut [u8],
    pub(super) count: usize,
    pub(super) plain: &'a mut Buffer,
    pub(super) outgoing: &'a mut Buffer,
    pub(super) is_ended: bool,
}

impl Step<'_> {
    /// Says how much of what came is done with.
    pub(super) fn take<D>(
        &mut self,
        UnbufferedStatus { mut discard, state, .. }: UnbufferedStatus<'_, '_, D>,
        task: &Task<'_>,
    ) -> (usize, Result<Next, Error>) {
        let result = match state {
            Err(error) => Err(error),
            Ok(ConnectionState::ReadTraffic(mut traffic)) => loop {
                match traffic.next_record() {
                    None => break Ok(Next::Call),
                    Some(Err(error)) => break Err(error),
                    Some(Ok(record)) => {
                        discard += record.discard;
                        self.decrypted(record.payload);
                    }
                }
            },
            // A server's configuration is not let in with that.
            Ok(ConnectionState::ReadEarlyData(_)) => Err(Error::General("early data is not supported".into())),
            Ok(ConnectionState::EncodeTlsData(mut data)) => {
                if let Err(EncodeError::InsufficientSize(size)) = data.encode(&mut []) {
                    if let Ok(count) = data.encode(self.outgoing.room(size.required_size)) {
                        self.outgoing.advance(count);
                    }
                }
                Ok(Next::Call)
            }
            Ok(ConnectionState::TransmitTlsData(data)) => {
                // The order is kept by the buffer.
                data.done();
                Ok(Next::Call)
            }
            Ok(ConnectionState::PeerClosed) => {
                self.is_ended = true;
                Ok(Next::Call)
            }
            Ok(ConnectionState::WriteTraffic(traffic)) => self.perform(traffic, task).map(|()| Next::Traffic),
            Ok(ConnectionState::Closed) => Ok(Next::Traffic),
            Ok(_) => Ok(Next::Handshake),
        };
        (discard, result)
    }

    fn decrypted(&mut self, bytes: &[u8]) {
        let count = if self.plain.is_empty() { bytes.len().min(self.space.len() - self.count) } else { 0 };
        self.space[self.count..self.count + count].copy_from_slice(&bytes[..count]);
        self.count += count;
        if count < bytes.len() {
            self.plain.push(&bytes[count..]);
        }
    }

    fn perform<D>(&mut self, mut traffic: WriteTraffic<'_, D>, task: &Task<'_>) -> Result<(), Error> {
        match task {
            Task::Nothing => Ok(()),
            Task::Encrypt(slices) => slices.iter().try_for_each(|slice| {
                let size = slice.len() + (slice.len() / RECORD + 1) * OVERHEAD;
                self.put(size, |space| traffic.encrypt(slice, space))
            }),
            Task::Close => self.put(OVERHEAD, |space| traffic.queue_close_notify(space)),
            #[cfg(test)]
            Task::Refresh => traffic.refresh_traffic_keys(),
        }
    }

    /// Encrypts into the outgoing bytes; the size is what is needed most likely.
    fn put(
        &mut self,
        size: usize,
        mut encrypt: impl FnMut(&mut [u8]) -> Result<usize, EncryptError>,
    ) -> Result<(), Error> {
        let mut result = encrypt(self.outgoing.room(size));
        if let Err(EncryptError::InsufficientSize(size)) = &result {
            result = encrypt(self.outgoing.room(size.required_size));
        }
        match result {
            Ok(count) => {
                self.outgoing.advance(count);
                Ok(())
            }
            Err(_) => Err(Error::EncryptError),
        }
    }
}
