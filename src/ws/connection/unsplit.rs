use std::time::{Duration, Instant};

use super::{
    outgoing::Outgoing,
    reading::{End, Endpoint},
};
use crate::ws::{
    CloseCode, Message, Protocol, Stream, WebSocketError,
    decoder::{Decoder, Received},
    frame,
};

/// A connection that is not split, as an endpoint.
pub(super) struct Unsplit<'a, S> {
    pub(super) stream: &'a mut S,
    pub(super) protocol: &'a mut Protocol,
    pub(super) closing: bool,
}

impl<S: Stream> Unsplit<'_, S> {
    pub(super) fn outgoing(&mut self) -> Outgoing<'_, S> {
        let Protocol { encoder, outbox, .. } = self.protocol;
        Outgoing { closing: self.closing, ..Outgoing::new(self.stream, encoder, outbox) }
    }
}

impl<S: Stream> Endpoint for Unsplit<'_, S> {
    type Stream = S;

    #[inline]
    fn parts(&mut self) -> (&mut S, &mut Decoder) {
        (self.stream, &mut self.protocol.inbound.decoder)
    }

    fn poll(&mut self, buffer: &mut Vec<u8>, parts: bool) -> Result<Option<Received>, WebSocketError> {
        self.protocol.poll(buffer, parts)
    }

    #[inline]
    fn take<'b>(&mut self, whole: frame::Whole, buffer: &'b mut Vec<u8>) -> Result<Message<'b>, WebSocketError> {
        self.protocol.take(whole, buffer)
    }

    fn message<'b>(&mut self, received: Received, buffer: &'b [u8]) -> Result<Message<'b>, WebSocketError> {
        self.protocol.message(received, buffer)
    }

    fn check(&mut self, now: Instant) -> Result<(), WebSocketError> {
        self.protocol.check_deadlines(now)
    }

    fn is_closed(&self) -> bool {
        !self.protocol.is_open()
    }

    fn close(&mut self, code: CloseCode) {
        // An error closes the encoder, which is what was wanted.
        let _ = self.outgoing().close(code.into());
    }

    fn flush(&mut self) {
        let _ = self.outgoing().flush();
    }

    fn end(&mut self, end: End) {
        match end {
            End::Finished | End::TimedOut => self.outgoing().shut_down(),
            End::Lost => self.protocol.encoder.abort(),
        }
    }

    fn set_write_timeout(&mut self, timeout: Option<Duration>) {
        // A stream that is closed already does not wait, and one without timeouts is left to the application.
        let _ = self.stream.set_write_timeout(timeout);
    }
}
