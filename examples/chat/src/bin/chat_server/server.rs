//! The one thread of all clients: waits, has them read, asks the chat and the history, has them write.

use std::collections::HashMap;
use std::error::Error;
use std::io;
use std::time::{Duration, Instant};

use php_sockets::poll::{Context, Event, Watcher};
use php_sockets::ws::{Acceptor, CloseCode, Config, Overflow, Prepared, handshake};
use php_sockets::*;

use crate::chat::{Action, Chat, ClientId, Job, Outcome};
use crate::client::{Client, Gone, Input};
use crate::history::{self, History};
use crate::options::Options;
use crate::report;
use crate::signals;
use chat_protocol::{Event as Told, SESSION_TAKEN};

/// How often the deadlines are looked at.
const TICK: Duration = Duration::from_secs(1);
/// How long clients may take to say goodbye when the server ends.
const FAREWELL: Duration = Duration::from_secs(2);
/// The most newcomers of one turn, so that those who are there do not wait.
const NEWCOMERS: usize = 64;
/// The most bytes of a message to the server: a text of the longest kind, written with escapes.
const MAX_MESSAGE: usize = 32 * 1024;
/// The most bytes that wait for a client that does not read.
const SEND_BUFFER: usize = 256 * 1024;

/// What a socket that is ready stands for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Token {
    Listener,
    Signal,
    Client(ClientId),
}

#[derive(Debug)]
pub(crate) struct Server {
    context: Context<Token>,
    listener: Socket,
    /// Not active while there are no descriptors left for newcomers.
    listening: Watcher<Token>,
    acceptor: Acceptor,
    clients: HashMap<ClientId, Client>,
    next: ClientId,
    chat: Chat,
    history: History,
    options: Options,
    /// What the chat wants done.
    actions: Vec<Action>,
    /// The clients with something to write.
    unflushed: Vec<ClientId>,
    /// Where messages are received.
    buffer: Vec<u8>,
    ticked: Instant,
    ending: bool,
}

impl Server {
    /// Listens; a port of 0 is chosen by the system.
    pub(crate) fn new(options: Options) -> Result<Self, Box<dyn Error>> {
        let family = if options.ip.contains(':') { AF_INET6 } else { AF_INET };
        let listener = socket_create(family, SOCK_STREAM, SOL_TCP)?;
        socket_set_option(&listener, SOL_SOCKET, SO_REUSEADDR, 1)?;
        socket_bind(&listener, &options.ip, options.port)?;
        socket_listen(&listener, SOMAXCONN)?;
        socket_set_nonblock(&listener)?;

        let context = Context::new()?;
        let listening = context.add(&listener, Event::Read, Token::Listener)?;
        context.add(&signals::socket()?, Event::Read, Token::Signal)?;
        let notifier = context.notifier();
        let wake = move || {
            if let Err(error) = notifier.notify() {
                report(error);
            }
        };
        let history = History::open(options.history.as_deref(), wake)?;
        let config =
            Config::server().max_message(MAX_MESSAGE).send_buffer_limit(SEND_BUFFER).overflow(Overflow::Disconnect);
        let handshake = handshake::Server::new().origin(options.origin.clone());
        Ok(Self {
            context,
            listener,
            listening,
            acceptor: Acceptor::new().handshake(handshake).config(config),
            clients: HashMap::new(),
            next: 1,
            chat: Chat::default(),
            history,
            options,
            actions: Vec::new(),
            unflushed: Vec::new(),
            buffer: Vec::new(),
            ticked: Instant::now(),
            ending: false,
        })
    }

    /// Returns the address that it listens on.
    pub(crate) fn address(&self) -> Result<String> {
        let (ip, port) = socket_getsockname(&self.listener)?;
        Ok(if ip.contains(':') { format!("[{ip}]:{port}") } else { format!("{ip}:{port}") })
    }

    /// Serves until a signal asks to end, then says goodbye.
    pub(crate) fn run(mut self) -> Result<(), Box<dyn Error>> {
        let mut ready = Vec::new();
        while !self.ending {
            self.turn(&mut ready)?;
        }
        socket_close(&self.listener)?;
        for outcome in self.history.finish() {
            self.outcome(outcome);
            self.act(Instant::now());
        }
        self.flush();
        let now = Instant::now();
        for id in self.clients.keys().copied().collect::<Vec<_>>() {
            self.with(id, |client| client.close(CloseCode::GOING_AWAY, "the server goes down", now));
        }
        while !self.clients.is_empty() && now.elapsed() < FAREWELL {
            self.turn(&mut ready)?;
        }
        Ok(())
    }

    /// Waits once and does all that is to be done.
    fn turn(&mut self, ready: &mut Vec<Watcher<Token>>) -> Result<(), Box<dyn Error>> {
        let left = TICK.saturating_sub(self.ticked.elapsed());
        match self.context.wait_into(ready, left, None) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => result?,
        }
        let now = Instant::now();
        for watcher in ready.drain(..) {
            let token = watcher.data();
            match token {
                Token::Listener => self.accept(now)?,
                Token::Signal => {
                    // Nobody reads the byte: it would be ready all the time that the others take to leave.
                    watcher.remove()?;
                    self.ending = true;
                }
                Token::Client(id) => self.serve(id, &watcher, now),
            }
        }
        while let Some(outcomes) = self.history.outcomes() {
            for outcome in outcomes {
                self.outcome(outcome);
                self.act(now);
            }
        }
        if now - self.ticked >= TICK {
            self.tick(now);
        }
        self.flush();
        Ok(())
    }

    /// Takes newcomers in.
    fn accept(&mut self, now: Instant) -> Result<(), Box<dyn Error>> {
        for _ in 0..NEWCOMERS {
            let socket = match socket_accept(&self.listener) {
                Ok(socket) => socket,
                Err(error) if error.is_silent() => break,
                Err(error) if error.code() == SOCKET_ECONNABORTED => continue,
                Err(error) => {
                    // No descriptors left, most likely: the next tick tries again. Until then the listener would be ready
                    // all the time.
                    report(error);
                    self.listening.remove()?;
                    break;
                }
            };
            if self.clients.len() >= self.options.clients || socket_set_nonblock(&socket).is_err() {
                continue;
            }
            let id = self.next;
            self.next += 1;
            let Ok(watcher) = self.context.add(&socket, Event::Read, Token::Client(id)) else { continue };
            self.clients.insert(id, Client::new(self.acceptor.upgrade(socket), watcher, now));
        }
        Ok(())
    }

    /// A client is ready to be read from or written to.
    fn serve(&mut self, id: ClientId, watcher: &Watcher<Token>, now: Instant) {
        if watcher.has_triggered(Event::Write) {
            self.with(id, Client::flush);
        }
        // An error or a hang-up shows when reading.
        if watcher.triggered_events() == Event::Write.into() || !self.with(id, Client::receive) {
            return;
        }
        let mut buffer = std::mem::take(&mut self.buffer);
        while let Some(client) = self.clients.get_mut(&id) {
            match client.next(&mut buffer, self.options.rate, now) {
                Ok(Some(Input::Request(request))) => {
                    self.chat.request(id, request, history::now(), &mut self.actions);
                }
                Ok(Some(Input::Plain(text))) => self.chat.plain(id, text, history::now(), &mut self.actions),
                Ok(Some(Input::Bad(reason, about))) => {
                    self.actions.push(Action::Tell(id, Told::error(reason, about)));
                }
                Ok(None) => {
                    if client.is_closing() {
                        self.chat.depart(id, history::now(), &mut self.actions);
                    }
                    self.act(now);
                    break;
                }
                Err(Gone) => self.remove(id),
            }
            self.act(now);
        }
        self.buffer = buffer;
    }

    /// The history is done with something.
    fn outcome(&mut self, outcome: Outcome) {
        self.chat.done(outcome, history::now(), &mut self.actions);
    }

    /// Does what the chat wants done.
    fn act(&mut self, now: Instant) {
        let mut actions = std::mem::take(&mut self.actions);
        while !actions.is_empty() {
            for action in actions.drain(..) {
                match action {
                    Action::Tell(client, event) => self.tell([client], &event),
                    Action::TellRoom { room, except, event } => {
                        let people = self.chat.room(&room).filter(|client| Some(*client) != except).collect::<Vec<_>>();
                        self.tell(people, &event);
                    }
                    Action::Ask(job) => self.submit(job),
                    Action::Replace(client) => {
                        let code = CloseCode(SESSION_TAKEN);
                        self.with(client, |client| client.close(code, "the session goes on elsewhere", now));
                    }
                }
            }
            std::mem::swap(&mut actions, &mut self.actions);
        }
        self.actions = actions;
    }

    fn submit(&mut self, job: Job) {
        if let Some(failed) = self.history.submit(job) {
            self.outcome(failed);
        }
    }

    /// Encodes an event once and queues it for everybody who is to hear it.
    fn tell(&mut self, clients: impl IntoIterator<Item = ClientId>, event: &Told) {
        let text = serde_json::to_string(event).map(|text| Prepared::new(&text));
        let Ok(Ok(message)) = text else { return };
        for id in clients {
            if self.clients.get_mut(&id).is_some_and(|client| client.queue(message.clone())) {
                self.unflushed.push(id);
            }
        }
    }

    /// Writes what is queued. Who is found gone then is a piece of news, to be written too.
    fn flush(&mut self) {
        while let Some(id) = self.unflushed.pop() {
            self.with(id, Client::flush);
        }
    }

    /// Looks at the deadlines, and listens again.
    fn tick(&mut self, now: Instant) {
        self.ticked = now;
        for id in self.clients.keys().copied().collect::<Vec<_>>() {
            self.with(id, |client| client.check(now));
        }
        if !self.listening.is_active() && !self.ending {
            if let Ok(listening) = self.context.add(&self.listener, Event::Read, Token::Listener) {
                self.listening = listening;
            }
        }
    }

    /// Does something with a client, and drops it when it is gone; says whether it is there still.
    fn with(&mut self, id: ClientId, job: impl FnOnce(&mut Client) -> Result<(), Gone>) -> bool {
        match self.clients.get_mut(&id).map(job) {
            Some(Ok(())) => true,
            Some(Err(Gone)) => {
                self.remove(id);
                self.act(Instant::now());
                false
            }
            None => false,
        }
    }

    fn remove(&mut self, id: ClientId) {
        if let Some(client) = self.clients.remove(&id) {
            client.drop_from_poll();
        }
        self.chat.depart(id, history::now(), &mut self.actions);
    }
}
