//! The chat as all threads share it: what they ask of it is followed one after the other, and everybody hears it in that order.

use std::sync::mpsc::{SyncSender, TrySendError};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chat_protocol::{Event, SESSION_TAKEN};
use php_sockets::ws::server::Handle;
use php_sockets::ws::{CloseCode, CloseFrame};

use crate::chat::{Action, Chat, ClientId, Job, Outcome};
use crate::history;

pub(crate) struct Hall {
    state: Mutex<State>,
    handle: Handle,
}

struct State {
    chat: Chat,
    /// The way to the history; gone at the end.
    jobs: Option<SyncSender<Job>>,
}

impl Hall {
    pub(crate) fn new(handle: Handle, jobs: SyncSender<Job>) -> Self {
        Self { state: Mutex::new(State { chat: Chat::default(), jobs: Some(jobs) }), handle }
    }

    /// Has the chat follow something, and tells who is to hear of it. The time is in microseconds since 1970.
    pub(crate) fn follow(&self, follow: impl FnOnce(&mut Chat, i64, &mut Vec<Action>)) {
        self.lock().follow(&self.handle, follow);
    }

    /// The history has done something.
    pub(crate) fn done(&self, outcomes: Vec<Outcome>) {
        for outcome in outcomes {
            // Others have their turn in between.
            self.lock().follow(&self.handle, |chat, now, actions| chat.done(outcome, now, actions));
        }
    }

    /// Asks the history for nothing more: it ends when it has done what it was asked for.
    pub(crate) fn close(&self) {
        self.lock().jobs = None;
    }

    /// Returns how many people there are, in how many rooms.
    pub(crate) fn size(&self) -> (usize, usize) {
        self.lock().chat.size()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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
                        tell(handle, self.chat.room(&room).filter(|client| Some(*client) != except), &event);
                    }
                    Action::Ask(job) => {
                        if let Some(job) = self.refused(job) {
                            self.chat.done(Outcome::Failed(job), history::now(), &mut actions);
                        }
                    }
                    Action::Replace(client) => {
                        let (code, reason) = (CloseCode(SESSION_TAKEN), "the session goes on elsewhere");
                        handle.close(client.into(), CloseFrame { code, reason });
                    }
                }
            }
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

fn tell(handle: &Handle, clients: impl IntoIterator<Item = ClientId>, event: &Event) {
    if let Ok(text) = serde_json::to_string(event) {
        let ids: Vec<_> = clients.into_iter().map(Into::into).collect();
        if handle.send_all(ids.iter().copied(), &text).is_err() {
            // They come back, and are told what they have missed.
            ids.into_iter().for_each(|id| handle.close(id, CloseCode::TRY_AGAIN_LATER));
        }
    }
}
