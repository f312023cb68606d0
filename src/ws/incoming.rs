use std::time::Instant;

use super::{
    CloseCode, Message, OpCode, ProtocolError, Result, Timeout, mask, received::Received, receiver::Receiver,
    timers::Timers,
};

/// Where the receiving half sends what the protocol wants answered.
pub(super) trait Answer {
    /// Answers a Ping.
    fn pong(&mut self, payload: &[u8]) -> Result<()>;
    /// Sends a Ping.
    fn ping(&mut self, payload: &[u8]) -> Result<()>;
    /// Sends a Close frame, with a code or without.
    fn close(&mut self, code: Option<CloseCode>) -> Result<()>;
    /// Says whether a Close frame has been sent.
    fn is_closed(&self) -> bool;
}

/// The receiving half of an endpoint: decodes, has answered what the protocol wants answered, watches the deadlines.
#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) receiver: Receiver,
    timers: Timers,
}

impl Incoming {
    pub(super) fn new(receiver: Receiver) -> Self {
        Self { receiver, timers: Timers::default() }
    }

    /// Finds the next message or part for the application among the bytes that have come.
    #[inline]
    pub(super) fn poll(
        &mut self,
        answer: &mut impl Answer,
        buffer: &mut Vec<u8>,
        parts: bool,
    ) -> Result<Option<Received>> {
        loop {
            let received = match self.receiver.poll(buffer, parts) {
                Ok(Some(received)) => received,
                Ok(None) => return Ok(None),
                Err(error) => return fail(answer, error),
            };
            if received.is(OpCode::Ping) {
                answer.pong(received.payload(buffer))?;
            } else if received.is(OpCode::Pong) {
                self.timers.pong(received.payload(buffer));
            } else {
                return Ok(Some(received));
            }
            if self.receiver.config().report_control {
                return Ok(Some(received));
            }
        }
    }

    /// Makes a message of what [`Incoming::poll`] found, when it is not simply [data](Received::data).
    pub(super) fn message<'b>(
        &mut self,
        answer: &mut impl Answer,
        received: Received,
        buffer: &'b [u8],
    ) -> Result<Message<'b>> {
        match self.receiver.message(received, buffer) {
            Ok(message) => {
                if let Message::Close(frame) = message {
                    answer.close(frame.map(|frame| frame.code))?;
                }
                Ok(message)
            }
            Err(error) => fail(answer, error),
        }
    }

    /// Looks at the deadlines.
    pub(super) fn check(&mut self, answer: &mut impl Answer, now: Instant) -> Result<()> {
        let progress = self.receiver.take_progress();
        match self.timers.check(now, self.receiver.config(), progress, answer.is_closed()) {
            Ok(false) => Ok(()),
            Ok(true) => {
                let payload = mask::fresh_key()?;
                self.timers.pinged(now, payload);
                answer.ping(&payload)
            }
            Err(timeout) => {
                self.receiver.close();
                if timeout == Timeout::Message {
                    answer.close(Some(CloseCode::POLICY_VIOLATION))?;
                }
                Err(timeout.into())
            }
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.timers.deadline(self.receiver.config())
    }
}

/// Tells the peer what it did wrong, then the caller.
#[cold]
fn fail<T>(answer: &mut impl Answer, error: ProtocolError) -> Result<T> {
    answer.close(Some(error.close_code()))?;
    Err(error.into())
}
