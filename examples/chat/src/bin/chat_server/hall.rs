//! The chat as all threads share it: what they ask of it is followed one after the other, and everybody hears it in that order.

use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chat_protocol::Event;
use php_sockets::ws::server::{self, Handle};
use php_sockets::ws::{CloseCode, CloseFrame};

use crate::chat::{Action, Chat, ClientId, Job};
use crate::history::{self, QUEUE};

/// What is to be done for whom.
type Asked = (ClientId, Job);

pub(crate) struct Hall {
    /// The chat, and the way to the history, which is gone at the end.
    state: Mutex<(Chat, Option<SyncSender<Asked>>)>,
    pub(crate) handle: Handle,
    /// The number of this server, 0 when there are no others.
    pub(crate) server: u64,
    /// The other servers, if there are any, can be heard.
    pub(crate) hears: AtomicBool,
}

impl Hall {
    /// Creates the chat of a server of this number, 0 when there are no others, and returns where the history finds its jobs.
    pub(crate) fn new(handle: Handle, server: u64) -> (Self, Receiver<Asked>) {
        let (jobs, waiting) = sync_channel(QUEUE);
        let state = Mutex::new((Chat::new(server), Some(jobs)));
        (Self { state, handle, server, hears: AtomicBool::new(server == 0) }, waiting)
    }

    /// Returns the number of a connection among those of all servers.
    pub(crate) fn client(&self, id: server::ClientId) -> ClientId {
        ClientId::from(self.server) << 64 | ClientId::from(id.get())
    }

    /// Has the chat follow something, and does what comes of it.
    pub(crate) fn follow<T>(&self, follow: impl FnOnce(&mut Chat) -> T) -> T {
        let (chat, jobs) = &mut *self.lock();
        chat.now = history::now();
        let result = follow(chat);
        while !chat.actions.is_empty() {
            for action in std::mem::take(&mut chat.actions) {
                match action {
                    Action::Tell(clients, event) => self.tell(clients, &event),
                    Action::Ask(client, job) => {
                        if let Some((client, job)) = refused(jobs.as_ref(), (client, job)) {
                            chat.done(client, job, None);
                        }
                    }
                    Action::Close { client, code, reason } => {
                        self.handle.close(connection(client), CloseFrame { code: CloseCode(code), reason });
                    }
                }
            }
        }
        result
    }

    /// Asks the history for nothing more: it ends when it has done what it was asked for.
    pub(crate) fn close(&self) {
        self.lock().1 = None;
    }

    fn tell(&self, clients: Vec<ClientId>, event: &Event) {
        let Ok(text) = serde_json::to_string(event) else { return };
        let ids: Vec<_> = clients.into_iter().map(connection).collect();
        if self.handle.send_all(ids.iter().copied(), &text).is_err() {
            // They come back, and are told what they have missed.
            ids.into_iter().for_each(|id| self.handle.close(id, CloseCode::TRY_AGAIN_LATER));
        }
    }

    fn lock(&self) -> MutexGuard<'_, (Chat, Option<SyncSender<Asked>>)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns a client's connection to this server.
fn connection(client: ClientId) -> server::ClientId {
    u64::try_from(client & ClientId::from(u64::MAX)).unwrap_or_default().into()
}

/// Hands a job to the history; returns it when there are too many, or it has ended.
fn refused(jobs: Option<&SyncSender<Asked>>, asked: Asked) -> Option<Asked> {
    let Some(jobs) = jobs else { return Some(asked) };
    match jobs.try_send(asked) {
        Ok(()) => None,
        Err(TrySendError::Full(asked) | TrySendError::Disconnected(asked)) => Some(asked),
    }
}
