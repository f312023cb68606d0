//! The connection: made again whenever it is lost, by a thread of its own.

use std::collections::VecDeque;
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
/// How long a prompt waits for the room that it names: a line goes there, and a server may be busy.
const PROMPT_WAIT: Duration = Duration::from_secs(10);
/// How long each line that has been heard has to be shown before a prompt: what began above the last line may need the next one.
const SHOWING_WAIT: Duration = Duration::from_millis(200);
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
    /// What is to go that way, which nobody waits for who has this state: the server may take nothing for a while.
    outgoing: VecDeque<String>,
    /// There is a connection, or will be in a moment.
    connected: bool,
    leaving: bool,
    /// Something refused will be sent again.
    retrying: bool,
    /// The reason of the first refusal that does not pass.
    refused: Option<String>,
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
        let state = Mutex::new(State {
            session,
            writer: None,
            outgoing: VecDeque::new(),
            connected: first.is_ok(),
            leaving: false,
            retrying: false,
            refused: None,
        });
        let shared = Arc::new(Shared { state, progress: Condvar::new(), screen });
        let (network, sender) = (Arc::clone(&shared), Arc::clone(&shared));
        thread::Builder::new().name("network".into()).spawn(move || network.run(&url, first))?;
        thread::Builder::new().name("sender".into()).spawn(move || sender.send())?;
        Ok(Self(shared))
    }

    /// Follows what the user typed, now or as soon as there is a connection.
    pub(crate) fn command(&self, command: Command) {
        let state = self.0.lock();
        let wait = self.0.progress.wait_while(state, |state| {
            let is_full = state.session.waiting().max(state.outgoing.len()) >= MOST_WAITING;
            is_full && !state.session.is_stuck()
        });
        let mut state = wait.unwrap_or_else(PoisonError::into_inner);
        match state.session.command(command) {
            Ok(requests) => self.0.queue(&mut state, &requests),
            Err(problem) => {
                drop(state);
                self.refuse(problem.into());
            }
        }
    }

    /// Says why something that was typed comes to nothing.
    pub(crate) fn refuse(&self, problem: String) {
        self.0.screen.problem(&problem);
        self.0.lock().refused.get_or_insert(problem);
    }

    /// Returns what is before what the user types: the room where it goes to, once that is sure.
    pub(crate) fn prompt(&self) -> String {
        let is_unsure = |state: &mut State| state.connected && !state.leaving && !state.session.is_settled();
        drop(self.0.progress.wait_timeout_while(self.0.lock(), PROMPT_WAIT, is_unsure));
        self.0.screen.finish(SHOWING_WAIT);
        let mut state = self.0.lock();
        let requests = state.session.go_back();
        self.0.queue(&mut state, &requests);
        format!("#{} > ", state.session.room)
    }

    /// Waits until everything is acknowledged and shown, for at most this long for each, then leaves; returns why something
    /// was refused.
    pub(crate) fn finish(&self, patience: Duration) -> Result<Option<String>, &'static str> {
        let mut state = self.0.lock();
        let mut waiting = usize::MAX;
        while state.session.waiting() < waiting && !state.session.is_stuck() {
            waiting = state.session.waiting();
            let is_waiting =
                |state: &mut State| waiting > 0 && state.session.waiting() == waiting && !state.session.is_stuck();
            let wait = self.0.progress.wait_timeout_while(state, patience, is_waiting);
            state = wait.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.leaving = true;
        let (writer, refused, waiting) = (state.writer.take(), state.refused.take(), state.session.waiting());
        drop(state);
        self.0.progress.notify_all();
        self.0.screen.finish(patience);
        if let Some(writer) = writer {
            // Who is gone needs no goodbye.
            let _ = writer.close(CloseCode::NORMAL);
        }
        match refused {
            None if waiting > 0 => Err("the server did not take everything"),
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

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has requests sent while there is a connection.
    fn queue(&self, state: &mut State, requests: &[Request]) {
        if state.writer.is_some() {
            state.outgoing.extend(requests.iter().filter_map(|request| serde_json::to_string(request).ok()));
            self.progress.notify_all();
        }
    }

    /// Sends what is queued until the end; a connection that fails is found out by its reader.
    fn send(&self) {
        loop {
            let wait = self.progress.wait_while(self.lock(), |state| state.outgoing.is_empty() && !state.leaving);
            let mut state = wait.unwrap_or_else(PoisonError::into_inner);
            if state.leaving {
                return;
            }
            let (texts, writer) = (std::mem::take(&mut state.outgoing), state.writer.clone());
            drop(state);
            self.progress.notify_all();
            for text in texts {
                let _ = writer.as_ref().map(|writer| writer.send(&text));
            }
        }
    }

    /// Connects, listens, and connects again after a time that grows with each failure (RFC 6455, section 7.2.3).
    fn run(self: &Arc<Self>, url: &str, first: Result<Connection<Transport>, WebSocketError>) {
        let mut wait = FIRST_WAIT;
        let mut first = Some(first);
        let mut told = String::new();
        loop {
            let connection = first.take().unwrap_or_else(|| Connection::connect(url));
            let outcome = connection.and_then(|connection| self.listen(connection, &mut wait));
            let mut state = self.lock();
            state.writer = None;
            state.outgoing.clear();
            state.connected = false;
            state.session.lost();
            if state.leaving {
                return;
            }
            drop(state);
            self.progress.notify_all();
            let problem = match outcome {
                Ok(CloseCode(SESSION_TAKEN)) => return self.screen.problem("the session goes on elsewhere; /quit"),
                Ok(code) => format!("the connection has ended ({code}); trying again"),
                Err(error) => format!("{error}; trying again"),
            };
            // A server that is away for a night is news once.
            if wait == FIRST_WAIT || problem != told {
                self.screen.problem(&problem);
            }
            told = problem;
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
        state.connected = true;
        let requests = state.session.connected();
        self.queue(&mut state, &requests);
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
        if let (Some(Event::Error { reason, .. }), false) = (&event, refused) {
            state.refused.get_or_insert_with(|| reason.to_string());
        }
        self.queue(&mut state, &requests);
        // Before anybody sees that it was heard.
        if let Some(event) = event {
            self.screen.event(&event, &state.session.name);
        }
        let retry = refused && !std::mem::replace(&mut state.retrying, true);
        drop(state);
        if retry {
            let shared = Arc::clone(self);
            thread::spawn(move || {
                thread::sleep(RETRY);
                let mut state = shared.lock();
                state.retrying = false;
                let requests = state.session.retry();
                shared.queue(&mut state, &requests);
            });
        }
        self.progress.notify_all();
        self.screen.wait_for_space();
    }
}
