//! The connection: made again whenever it is lost, by a thread of its own.

use std::error::Error;
use std::io::ErrorKind;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use php_sockets::ws::{CloseCode, Connection, Message, Transport, WebSocketError, Writer};

use crate::session::{Command, Session};
use crate::terminal::Screen;
use chat_protocol::{Event, Reason, Request, SESSION_TAKEN};

const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// The most lines that wait to be sent: further ones are not read.
const MOST_WAITING: usize = 1000;
/// After a refusal that passes.
const RETRY: Duration = Duration::from_secs(1);

/// What the thread of the terminal and that of the network share.
pub(crate) struct Network(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    /// Something has been acknowledged or answered, and shown.
    progress: Condvar,
    screen: Screen,
}

struct State {
    session: Session,
    /// The way out while there is a connection.
    writer: Option<Writer<Transport>>,
    leaving: bool,
    /// Something refused will be sent again.
    retrying: bool,
    /// An event has been heard and is not on the screen yet.
    showing: bool,
    /// The reason of the first refusal that does not pass.
    refused: Option<Reason>,
}

impl Network {
    /// Connects, now or, if that may be possible later, then.
    pub(crate) fn start(url: String, session: Session, screen: Screen) -> Result<Self, Box<dyn Error>> {
        let first = Connection::connect(&url);
        if let Err(error) = &first {
            if is_hopeless(error) {
                return Err(format!("{url}: {error}").into());
            }
        }
        let (writer, leaving, retrying, showing, refused) = (None, false, false, false, None);
        let state = Mutex::new(State { session, writer, leaving, retrying, showing, refused });
        let shared = Arc::new(Shared { state, progress: Condvar::new(), screen });
        let network = Arc::clone(&shared);
        thread::Builder::new().name("network".into()).spawn(move || network.run(&url, first))?;
        Ok(Self(shared))
    }

    /// Follows what the user typed, now or as soon as there is a connection.
    pub(crate) fn command(&self, command: Command) {
        let state = self.0.lock();
        let wait = self
            .0
            .progress
            .wait_while(state, |state| state.session.waiting() >= MOST_WAITING && !state.session.is_stuck());
        let mut state = wait.unwrap_or_else(PoisonError::into_inner);
        match state.session.command(command) {
            Ok(requests) => state.send(&requests),
            Err(problem) => {
                drop(state);
                self.0.screen.problem(problem);
            }
        }
    }

    pub(crate) fn prompt(&self) -> String {
        format!("#{} > ", self.0.lock().session.room)
    }

    /// Waits until everything is acknowledged and shown, for at most this long for each, then leaves; returns why something
    /// was refused.
    pub(crate) fn finish(&self, patience: Duration) -> Result<Option<Reason>, &'static str> {
        let mut state = self.0.lock();
        let mut waiting = usize::MAX;
        while (state.session.waiting() < waiting || state.showing) && !state.session.is_stuck() {
            waiting = state.session.waiting();
            let is_waiting = |state: &mut State| {
                state.showing || (waiting > 0 && state.session.waiting() == waiting && !state.session.is_stuck())
            };
            let wait = self.0.progress.wait_timeout_while(state, patience, is_waiting);
            state = wait.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.leaving = true;
        if let Some(writer) = state.writer.take() {
            // Who is gone needs no goodbye.
            let _ = writer.close(CloseCode::NORMAL);
        }
        match state.refused {
            None if state.session.waiting() > 0 => Err("the server did not take everything"),
            refused => Ok(refused),
        }
    }
}

/// Says whether a server will never be one: the URL is wrong, or leads to something else.
fn is_hopeless(error: &WebSocketError) -> bool {
    match error {
        WebSocketError::Handshake(_) => true,
        WebSocketError::Refused(response) => !matches!(response.status(), 408 | 425 | 429 | 500..),
        // A certificate that is not trusted, or no TLS in this build.
        WebSocketError::Io(error) => matches!(error.kind(), ErrorKind::InvalidData | ErrorKind::Unsupported),
        _ => false,
    }
}

impl State {
    /// Sends while it can; a connection that fails is found out by its reader.
    fn send(&self, requests: &[Request]) {
        let Some(writer) = &self.writer else { return };
        for request in requests {
            if let Ok(text) = serde_json::to_string(request) {
                let _ = writer.send(&text);
            }
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Connects, listens, and connects again after a time that grows with each failure (RFC 6455, section 7.2.3).
    fn run(self: &Arc<Self>, url: &str, first: Result<Connection<Transport>, WebSocketError>) {
        let mut wait = FIRST_WAIT;
        let mut first = Some(first);
        loop {
            let connection = first.take().unwrap_or_else(|| Connection::connect(url));
            let outcome = connection.and_then(|connection| self.listen(connection, &mut wait));
            let mut state = self.lock();
            state.writer = None;
            state.session.lost();
            if state.leaving {
                return;
            }
            drop(state);
            match outcome {
                Ok(CloseCode(SESSION_TAKEN)) => return self.screen.problem("the session goes on elsewhere; /quit"),
                Ok(code) => self.screen.problem(&format!("the connection has ended ({code}); trying again")),
                Err(error) => self.screen.problem(&format!("{error}; trying again")),
            }
            let jitter = f64::from(getrandom::u32().unwrap_or(0)) / f64::from(u32::MAX);
            thread::sleep(wait.mul_f64(0.5 + jitter));
            wait = LONGEST_WAIT.min(wait * 2);
        }
    }

    /// Listens until the connection ends; returns the code with which it did.
    fn listen(
        self: &Arc<Self>,
        connection: Connection<Transport>,
        wait: &mut Duration,
    ) -> Result<CloseCode, WebSocketError> {
        let (mut reader, writer) = connection.split();
        let mut state = self.lock();
        state.writer = Some(writer);
        let requests = state.session.connected();
        state.send(&requests);
        drop(state);
        let mut buffer = Vec::new();
        loop {
            let text = match reader.read(&mut buffer)? {
                Message::Text(text) => text,
                Message::Close(frame) => return Ok(frame.map_or(CloseCode::NO_STATUS, |frame| frame.code)),
                _ => continue,
            };
            // An event of a newer server is not understood, which is no reason to leave.
            let Ok(event) = serde_json::from_str::<Event>(text) else { continue };
            if matches!(event, Event::Hello { .. }) {
                *wait = FIRST_WAIT;
            }
            self.hear(event);
        }
    }

    fn hear(self: &Arc<Self>, event: Event) {
        let mut state = self.lock();
        let refused = matches!(event, Event::Error { reason: Reason::TooFast | Reason::Busy, .. });
        let (event, requests) = state.session.hear(event);
        if let Some(Event::Error { reason, .. }) = &event {
            state.refused.get_or_insert(*reason);
        }
        state.send(&requests);
        let name = state.session.name.clone();
        let retry = refused && !std::mem::replace(&mut state.retrying, true);
        state.showing = true;
        drop(state);
        if retry {
            let shared = Arc::clone(self);
            thread::spawn(move || {
                thread::sleep(RETRY);
                let mut state = shared.lock();
                state.retrying = false;
                let requests = state.session.retry();
                state.send(&requests);
            });
        }
        if let Some(event) = event {
            self.screen.event(&event, &name);
        }
        self.lock().showing = false;
        self.progress.notify_all();
    }
}
