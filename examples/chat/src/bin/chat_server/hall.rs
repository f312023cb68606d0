//! The chat as all threads share it: what they ask of it is followed one after the other, and everybody hears it in that order.

use std::sync::mpsc::{SyncSender, TrySendError};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chat_protocol::Event;
use php_sockets::ws::server::{self, Handle};
use php_sockets::ws::{CloseCode, CloseFrame};

use crate::chat::{Action, Chat, ClientId, Job, News, Outcome, Presence};
use crate::history;

pub(crate) struct Hall {
    state: Mutex<State>,
    handle: Handle,
    /// The number of this server, 0 when there are no others.
    pub(crate) server: u64,
}

struct State {
    chat: Chat,
    /// The way to the history; gone at the end.
    jobs: Option<SyncSender<Job>>,
    /// The history has been told that there is something to announce.
    announcing: bool,
    /// This server cannot hear the others now.
    deaf: bool,
}

impl Hall {
    /// Creates the chat of a server of this number, 0 when there are no others.
    pub(crate) fn new(handle: Handle, jobs: SyncSender<Job>, server: u64) -> Self {
        let chat = Chat::among_others(server);
        Self {
            state: Mutex::new(State { chat, jobs: Some(jobs), announcing: false, deaf: server != 0 }),
            handle,
            server,
        }
    }

    /// Returns the number of a connection among those of all servers.
    pub(crate) fn client(&self, id: server::ClientId) -> ClientId {
        ClientId::from(self.server) << 64 | ClientId::from(id.get())
    }

    /// Has the chat follow something, and tells who is to hear of it. The time is in microseconds since 1970.
    pub(crate) fn follow(&self, follow: impl FnOnce(&mut Chat, i64, &mut Vec<Action>)) {
        self.lock().follow(&self.handle, follow);
    }

    /// The history has done something.
    pub(crate) fn done(&self, outcomes: Vec<Outcome>) {
        for outcome in outcomes {
            // Others have their turn in between.
            self.follow(|chat, now, actions| chat.done(outcome, now, actions));
        }
    }

    /// Asks the history for nothing more: it ends when it has done what it was asked for.
    pub(crate) fn close(&self) {
        self.lock().jobs = None;
    }

    /// Returns how many people there are on this server, and how many rooms on all.
    pub(crate) fn size(&self) -> (usize, usize) {
        self.lock().chat.size()
    }

    /// Says whether the other servers, if there are any, can be heard.
    pub(crate) fn hears(&self) -> bool {
        !self.lock().deaf
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the history of several servers uses.
#[cfg_attr(not(feature = "redis"), allow(dead_code, reason = "there is none"))]
impl Hall {
    /// The servers have told each other something.
    pub(crate) fn hear(&self, seq: i64, news: News) {
        self.follow(|chat, now, actions| chat.hear(seq, news, now, actions));
    }

    /// This server begins to hear the others, and to know who is there.
    pub(crate) fn begin(&self, seq: i64, others: Vec<(ClientId, Presence)>) {
        self.follow(|chat, now, actions| chat.begin(seq, others, now, actions));
    }

    /// The other servers are heard, or not any more.
    pub(crate) fn set_hears(&self, hears: bool) {
        self.lock().deaf = !hears;
    }

    /// Takes some of what the other servers do not know yet.
    pub(crate) fn changes(&self, most: usize) -> Vec<(ClientId, Option<Presence>)> {
        let mut state = self.lock();
        state.announcing = false;
        state.chat.changes(most)
    }

    /// Everybody who is here is to be announced, or these once more.
    pub(crate) fn announce_again(&self, clients: Option<Vec<ClientId>>) {
        self.lock().chat.announce_again(clients);
    }
}

impl State {
    fn follow(&mut self, handle: &Handle, follow: impl FnOnce(&mut Chat, i64, &mut Vec<Action>)) {
        let mut actions = Vec::new();
        follow(&mut self.chat, history::now(), &mut actions);
        while !actions.is_empty() {
            for action in std::mem::take(&mut actions) {
                match action {
                    Action::Tell(client, event) => tell(handle, [client], &event),
                    Action::TellRoom { room, except, event } => {
                        let hearers = self.chat.hearers(&room, &event);
                        tell(handle, hearers.filter(|client| Some(*client) != except), &event);
                    }
                    Action::Ask(job) => {
                        if let Some(job) = self.refused(job) {
                            self.chat.done(Outcome::Failed(job), history::now(), &mut actions);
                        }
                    }
                    Action::Close { client, code, reason } => {
                        handle.close(connection(client), CloseFrame { code: CloseCode(code), reason });
                    }
                }
            }
        }
        if self.chat.has_changes() && !self.announcing {
            // When there are too many jobs it will be called anyway.
            self.announcing = self.refused(Job::Announce).is_none();
        }
    }

    /// Hands a job to the history; returns it when there are too many, or it has ended.
    fn refused(&self, job: Job) -> Option<Job> {
        let Some(jobs) = &self.jobs else { return Some(job) };
        match jobs.try_send(job) {
            Ok(()) => None,
            Err(TrySendError::Full(job) | TrySendError::Disconnected(job)) => Some(job),
        }
    }
}

/// Returns a client's connection to this server.
fn connection(client: ClientId) -> server::ClientId {
    u64::try_from(client & ClientId::from(u64::MAX)).unwrap_or_default().into()
}

fn tell(handle: &Handle, clients: impl IntoIterator<Item = ClientId>, event: &Event) {
    if let Ok(text) = serde_json::to_string(event) {
        let ids: Vec<_> = clients.into_iter().map(connection).collect();
        if handle.send_all(ids.iter().copied(), &text).is_err() {
            // They come back, and are told what they have missed.
            ids.into_iter().for_each(|id| handle.close(id, CloseCode::TRY_AGAIN_LATER));
        }
    }
}
