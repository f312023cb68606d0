use std::{fmt, time::Instant};

use super::{
    CloseCode, Message, Opcode, ProtocolError, Timeout, WebSocketError,
    decoder::{Decoder, Received},
    frame::{MAX_CONTROL, Whole},
    mask,
    memory::{self, Pool},
    timers::{Sent, Timers},
};

/// What comes in: decoded, held against the deadlines, and what must be answered put into an [`Outbox`].
#[derive(Debug)]
pub(super) struct Inbound {
    pub(super) decoder: Decoder,
    pub(super) timers: Timers,
}

impl Inbound {
    pub(super) fn new(decoder: Decoder) -> Self {
        Self { decoder, timers: Timers::default() }
    }

    /// Finds the next message, part or control frame among the bytes that have come.
    ///
    /// After each the outbox is to be emptied. An error ends what comes in.
    #[inline]
    pub(super) fn poll(
        &mut self,
        outbox: &mut Outbox,
        buffer: &mut Vec<u8>,
        parts: bool,
    ) -> Result<Option<Received>, WebSocketError> {
        match self.decoder.poll(buffer, parts) {
            Ok(Some(received)) => {
                if received.is(Opcode::Ping) {
                    outbox.put_pong(received.payload(buffer));
                } else if received.is(Opcode::Pong) {
                    self.timers.pong(received.payload(buffer));
                }
                Ok(Some(received))
            }
            Ok(None) => Ok(None),
            Err(error) => fail(outbox, error),
        }
    }

    /// Takes a message that [`Decoder::whole`] has found.
    #[inline]
    pub(super) fn take<'b>(
        &mut self,
        outbox: &mut Outbox,
        whole: Whole,
        buffer: &'b mut Vec<u8>,
    ) -> Result<Message<'b>, WebSocketError> {
        match self.decoder.take(whole, buffer) {
            // Taken apart and put together again: or else it would pass through the memory of the call's result.
            Some(Message::Text(text)) => Ok(Message::Text(text)),
            Some(message) => Ok(Message::Binary(message.as_bytes())),
            None => {
                self.decoder.close();
                fail(outbox, ProtocolError::InvalidUtf8)
            }
        }
    }

    /// Says whether the application is to see this.
    #[inline]
    pub(super) fn is_for_the_application(&self, received: Received) -> bool {
        !(received.is(Opcode::Ping) || received.is(Opcode::Pong)) || self.decoder.config().report_control
    }

    /// Makes a message of what [`Inbound::poll`] found, when it is not simply [data](Received::data).
    pub(super) fn message<'b>(
        &mut self,
        outbox: &mut Outbox,
        received: Received,
        buffer: &'b [u8],
    ) -> Result<Message<'b>, WebSocketError> {
        match self.decoder.message(received, buffer) {
            Ok(message) => {
                if let Message::Close(frame) = message {
                    // The peer may send a code that we may not: a client 1010 to its server.
                    let code = frame.map_or(CloseCode::NO_STATUS, |frame| frame.code);
                    outbox.put_close(if code == CloseCode::MANDATORY_EXTENSION { CloseCode::NO_STATUS } else { code });
                }
                Ok(message)
            }
            Err(error) => fail(outbox, error),
        }
    }

    /// Looks at the deadlines, after what has come was decoded.
    pub(super) fn check(&mut self, outbox: &mut Outbox, sent: Sent, now: Instant) -> Result<(), WebSocketError> {
        let progress = self.decoder.take_progress();
        match self.timers.check(now, self.decoder.config(), progress, sent) {
            Ok(false) => Ok(()),
            Ok(true) => {
                let payload = mask::fresh_key()?;
                self.timers.pinged(now, payload);
                outbox.put_ping(payload);
                Ok(())
            }
            Err(timeout) => {
                self.decoder.close();
                if timeout == Timeout::Message {
                    outbox.put_close(CloseCode::POLICY_VIOLATION);
                }
                Err(timeout.into())
            }
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.timers.deadline(self.decoder.config())
    }
}

/// Tells the peer what it did wrong, then the caller.
#[cold]
fn fail<T>(outbox: &mut Outbox, error: ProtocolError) -> Result<T, WebSocketError> {
    outbox.put_close(error.close_code());
    Err(error.into())
}

/// What must be sent on the protocol's own behalf: at most one Pong, of several Pings only the latest has to be answered
/// (section 5.5.3), one Ping and one Close. It is nearly always empty and then owns nothing.
#[derive(Default)]
pub(super) struct Outbox(Option<Box<Answers>>);

#[derive(Debug)]
struct Answers {
    pong: Option<Payload>,
    ping: Option<[u8; 4]>,
    /// [`CloseCode::NO_STATUS`] stands for a Close without a code.
    close: Option<CloseCode>,
}

const NOTHING: Answers = Answers { pong: None, ping: None, close: None };

thread_local! {
    static ANSWERS: Pool<Box<Answers>> = const { Pool::new() };
}

/// What a control frame holds.
#[derive(Debug)]
pub(super) struct Payload {
    bytes: [u8; MAX_CONTROL],
    length: usize,
}

impl AsRef<[u8]> for Payload {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

impl Outbox {
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    pub(super) fn clear(&mut self) {
        if let Some(mut answers) = self.0.take() {
            *answers = NOTHING;
            memory::give_back(&ANSWERS, answers);
        }
    }

    fn answers(&mut self) -> &mut Answers {
        self.0.get_or_insert_with(|| memory::borrow(&ANSWERS).unwrap_or_else(|| Box::new(NOTHING)))
    }

    /// Takes one of them; the memory goes back with the last.
    fn take<T>(&mut self, take: impl FnOnce(&mut Answers) -> Option<T>) -> Option<T> {
        let answers = self.0.as_deref_mut()?;
        let taken = take(answers);
        if answers.pong.is_none() && answers.ping.is_none() && answers.close.is_none() {
            self.clear();
        }
        taken
    }

    fn put_pong(&mut self, payload: &[u8]) {
        let mut bytes = [0; MAX_CONTROL];
        let length = payload.len().min(MAX_CONTROL);
        bytes[..length].copy_from_slice(&payload[..length]);
        self.answers().pong = Some(Payload { bytes, length });
    }

    pub(super) fn take_pong(&mut self) -> Option<Payload> {
        self.take(|answers| answers.pong.take())
    }

    fn put_ping(&mut self, payload: [u8; 4]) {
        self.answers().ping = Some(payload);
    }

    pub(super) fn take_ping(&mut self) -> Option<[u8; 4]> {
        self.take(|answers| answers.ping.take())
    }

    pub(super) fn has_ping(&self) -> bool {
        self.0.as_ref().is_some_and(|answers| answers.ping.is_some())
    }

    pub(super) fn has_close(&self) -> bool {
        self.0.as_ref().is_some_and(|answers| answers.close.is_some())
    }

    pub(super) fn put_close(&mut self, code: CloseCode) {
        self.answers().close.get_or_insert(code);
    }

    pub(super) fn take_close(&mut self) -> Option<CloseCode> {
        self.take(|answers| answers.close.take())
    }

    /// Puts what another one holds here; of two of a kind the later Pong and Ping and the first Close stay.
    pub(super) fn add(&mut self, other: &mut Self) {
        let Some(other) = &mut other.0 else { return };
        let answers = self.answers();
        if other.pong.is_some() {
            answers.pong = other.pong.take();
        }
        answers.ping = other.ping.take().or(answers.ping);
        answers.close = answers.close.or(other.close);
    }
}

impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
