//! The chat as all threads share it: what they ask of it is followed one after the other, and everybody hears it in that order.

use std::sync::atomic::AtomicBool;
use std::sync::mpsc::TrySendError::{Disconnected, Full};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};

use chat_protocol::Event;
use php_sockets::ws::server::{self, Handle};
use php_sockets::ws::{CloseCode, CloseFrame};

use crate::chat::{Action, Chat, ClientId, Job};
use crate::history::{self, QUEUE};

pub(crate) struct Hall {
    chat: Mutex<Chat>,
    /// The way to the history.
    jobs: SyncSender<(ClientId, Job)>,
    pub(crate) handle: Handle,
    /// The number of this server, 0 when there are no others.
    pub(crate) server: u64,
    /// What is said can be kept, and heard by the other servers if there are any.
    pub(crate) works: AtomicBool,
}

impl Hall {
    /// Creates the chat of a server of this number, 0 when there are no others, and returns where the history finds its jobs.
    pub(crate) fn new(handle: Handle, server: u64) -> (Self, Receiver<(ClientId, Job)>) {
        let (jobs, waiting) = sync_channel(QUEUE);
        let (chat, works) = (Mutex::new(Chat::new(server)), AtomicBool::new(server == 0));
        (Self { chat, jobs, handle, server, works }, waiting)
    }

    /// Returns the number of a connection among those of all servers.
    pub(crate) fn client(&self, id: server::ClientId) -> ClientId {
        ClientId::from(self.server) << 64 | ClientId::from(id.get())
    }

    /// Has the chat follow something, and does what comes of it.
    pub(crate) fn follow<T>(&self, follow: impl FnOnce(&mut Chat) -> T) -> T {
        let chat = &mut *self.chat.lock().unwrap_or_else(PoisonError::into_inner);
        chat.now = history::now();
        let result = follow(chat);
        while !chat.actions.is_empty() {
            for action in std::mem::take(&mut chat.actions) {
                match action {
                    Action::Tell(clients, event) => self.tell(clients, &event),
                    Action::Ask(client, job) => {
                        // Too many wait, or it has ended.
                        if let Err(Full((client, job)) | Disconnected((client, job))) =
                            self.jobs.try_send((client, job))
                        {
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

    /// Has the history look after what has come up, if it is not at work anyway.
    #[cfg(feature = "redis")]
    pub(crate) fn wake(&self) {
        let _ = self.jobs.try_send((0, Job::LookAfter));
    }

    /// Asks the history for nothing more: it ends when it has done what it was asked for.
    pub(crate) fn close(&self) {
        let _ = self.jobs.send((0, Job::End));
    }

    fn tell(&self, clients: Vec<ClientId>, event: &Event) {
        let Ok(text) = serde_json::to_string(event) else { return };
        let ids: Vec<_> = clients.into_iter().map(connection).collect();
        if self.handle.send_all(ids.iter().copied(), &text).is_err() {
            // They come back, and are told what they have missed.
            ids.into_iter().for_each(|id| self.handle.close(id, CloseCode::TRY_AGAIN_LATER));
        }
    }
}

/// Returns a client's connection to this server.
fn connection(client: ClientId) -> server::ClientId {
    u64::try_from(client & ClientId::from(u64::MAX)).unwrap_or_default().into()
}
