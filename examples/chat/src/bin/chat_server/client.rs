//! One connection: first HTTP, then a WebSocket, at last its end. Reads, parses and writes; knows nothing of the others.

use std::time::{Duration, Instant};

use php_sockets::poll::{self, Event, Events, Watcher};
use php_sockets::ws::{self, CloseCode, CloseFrame, Connection, Message, Prepared, Upgrade, handshake::Response};

use crate::http;
use crate::rate::{Bucket, Verdict};
use crate::server::Token;
use chat_protocol::{About, Reason, Request};

/// How long an HTTP client has for its request and for taking the answer, and how long the closing handshake may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many bytes of a client that is being closed are passed over, so that it gets to read why.
const PASSED_OVER: usize = 1 << 20;

/// The connection is over: it is to be dropped.
#[derive(Debug)]
pub(crate) struct Gone;

/// What a client sent.
#[derive(Debug)]
pub(crate) enum Input<'b> {
    Request(Request),
    /// Text that is no JSON object.
    Plain(&'b str),
    /// Something that is not followed.
    Bad(Reason, About),
}

#[derive(Debug)]
pub(crate) struct Client {
    stage: Stage,
    watcher: Watcher<Token>,
    bucket: Bucket,
    /// Sent with the next flush: all that came up in one turn goes out in one write.
    pending: Vec<Prepared>,
    /// When an HTTP client, or one that is being closed, is given up.
    deadline: Instant,
    /// How many bytes came while it was being closed.
    passed_over: usize,
}

#[derive(Debug)]
enum Stage {
    /// The request, then the answer, is on its way.
    Http(Upgrade),
    WebSocket(Connection),
}

impl From<ws::Error> for Gone {
    fn from(_: ws::Error) -> Self {
        Self
    }
}

impl From<poll::Error> for Gone {
    fn from(_: poll::Error) -> Self {
        Self
    }
}

impl Client {
    pub(crate) fn new(upgrade: Upgrade, watcher: Watcher<Token>, now: Instant) -> Self {
        let stage = Stage::Http(upgrade);
        let deadline = now + PATIENCE;
        Self { stage, watcher, bucket: Bucket::new(now), pending: Vec::new(), deadline, passed_over: 0 }
    }

    /// Reads what has come, once.
    pub(crate) fn receive(&mut self) -> Result<(), Gone> {
        match &mut self.stage {
            Stage::WebSocket(connection) => {
                let received = connection.receive()?;
                if !connection.is_open() {
                    self.passed_over += received;
                    if self.passed_over > PASSED_OVER {
                        return Err(Gone);
                    }
                }
            }
            Stage::Http(upgrade) => {
                let Some(request) = upgrade.read()? else { return Ok(()) };
                if !request.is_upgrade() || request.path() != http::WEBSOCKET {
                    let response = http::answer(request).unwrap_or_else(|_| Response::new(500));
                    let written = upgrade.respond(response)?;
                    return if written { Err(Gone) } else { self.watch() };
                }
                self.stage = Stage::WebSocket(upgrade.accept()?);
            }
        }
        Ok(())
    }

    /// Returns the next of what has come; `None` when there is nothing any more.
    pub(crate) fn next<'b>(
        &mut self,
        buffer: &'b mut Vec<u8>,
        rate: Option<f64>,
        now: Instant,
    ) -> Result<Option<Input<'b>>, Gone> {
        let Stage::WebSocket(connection) = &mut self.stage else { return Ok(None) };
        if !connection.is_open() {
            drain(connection, buffer)?;
            return Ok(None);
        }
        let text = match connection.next(buffer) {
            Ok(None) => return Ok(None),
            Ok(Some(Message::Text(text))) => Some(text),
            Ok(Some(Message::Close(_))) => return Err(Gone),
            Ok(Some(_)) => None,
            Err(_) => {
                // It has been told why, and gets to read it.
                self.deadline = now + PATIENCE;
                return Ok(None);
            }
        };
        let input = text.map_or_else(|| Input::Bad(Reason::NotText, About::default()), parse);
        Ok(match (self.bucket.take(rate, now), input) {
            (Verdict::Follow, input) => Some(input),
            (Verdict::TooFast, Input::Request(request)) => Some(Input::Bad(Reason::TooFast, request.about())),
            (Verdict::TooFast, _) => Some(Input::Bad(Reason::TooFast, About::default())),
            (Verdict::CutOff, _) => {
                self.close(CloseCode::POLICY_VIOLATION, "too many requests", now)?;
                None
            }
        })
    }

    /// Says whether nothing more will come from the client, nor is to be sent to it.
    pub(crate) fn is_closing(&self) -> bool {
        matches!(&self.stage, Stage::WebSocket(connection) if !connection.is_open())
    }

    /// Takes a message for the next flush; `true` when it is the first.
    pub(crate) fn queue(&mut self, message: Prepared) -> bool {
        if self.is_closing() {
            return false;
        }
        self.pending.push(message);
        self.pending.len() == 1
    }

    /// Writes what waits, as far as the client takes it. A client whose buffer is full is gone.
    pub(crate) fn flush(&mut self) -> Result<(), Gone> {
        match &mut self.stage {
            Stage::Http(upgrade) => {
                if upgrade.request().is_some() && upgrade.flush()? {
                    return Err(Gone);
                }
            }
            Stage::WebSocket(connection) => write(connection, &mut self.pending)?,
        }
        self.watch()
    }

    /// Begins to close.
    pub(crate) fn close(&mut self, code: CloseCode, reason: &str, now: Instant) -> Result<(), Gone> {
        self.deadline = now + PATIENCE;
        match &mut self.stage {
            Stage::Http(_) => return Err(Gone),
            Stage::WebSocket(connection) => {
                write(connection, &mut self.pending)?;
                connection.close(CloseFrame { code, reason })?;
            }
        }
        self.watch()
    }

    /// Looks at the deadlines.
    pub(crate) fn check(&mut self, now: Instant) -> Result<(), Gone> {
        match &mut self.stage {
            Stage::WebSocket(connection) if connection.is_open() => connection.check(now)?,
            _ if now >= self.deadline => return Err(Gone),
            _ => {}
        }
        self.watch()
    }

    /// Ends it at once.
    pub(crate) fn drop_from_poll(self) {
        // A socket that has been closed is not watched any more, which is as well.
        let _ = self.watcher.remove();
    }

    /// Waits to be able to write when there is something to write.
    fn watch(&self) -> Result<(), Gone> {
        let wants_write = match &self.stage {
            Stage::Http(upgrade) => upgrade.request().is_some(),
            Stage::WebSocket(connection) => connection.wants_write(),
        };
        if wants_write != self.watcher.watched_events().contains(Event::Write) {
            let write = if wants_write { Events::from(Event::Write) } else { Events::EMPTY };
            self.watcher.modify_events(write | Event::Read)?;
        }
        Ok(())
    }
}

/// Sends what is queued in one write.
fn write(connection: &mut Connection, pending: &mut Vec<Prepared>) -> ws::Result<()> {
    connection.cork();
    for message in pending.drain(..) {
        if connection.is_open() {
            connection.send_prepared(&message)?;
        }
    }
    connection.flush()?;
    Ok(())
}

/// Who is being closed is not listened to any more: waits for its Close frame, or its end.
fn drain(connection: &mut Connection, buffer: &mut Vec<u8>) -> Result<(), Gone> {
    while let Ok(Some(message)) = connection.next(buffer) {
        if matches!(message, Message::Close(_)) {
            return Err(Gone);
        }
    }
    if connection.is_ended() { Err(Gone) } else { Ok(()) }
}

/// Reads a request; what does not look like one is plain text.
fn parse(text: &str) -> Input<'_> {
    if !text.trim_start().starts_with('{') {
        return Input::Plain(text);
    }
    serde_json::from_str(text).map_or_else(|_| Input::Bad(Reason::BadRequest, About::default()), Input::Request)
}
