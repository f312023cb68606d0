//! What an inbox is given and what it wakes.

use loom::sync::Notify;

#[path = "../../../src/ws/server/inbox.rs"]
#[allow(dead_code, reason = "of the crate")]
mod inbox;
pub(crate) mod models;

/// What ends the wait of the thread that the inbox is of.
#[derive(Clone, Debug)]
pub(crate) struct Notifier(std::sync::Arc<Notify>);

impl Notifier {
    pub(crate) fn notify(&self) -> std::io::Result<()> {
        self.0.notify();
        Ok(())
    }
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct ClientId(u64);

impl ClientId {
    fn thread(self) -> usize {
        0
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct CloseCode;

#[derive(Clone, Debug)]
pub(crate) struct Prepared(std::sync::Arc<[u8]>);

impl Prepared {
    pub(crate) fn payload(&self) -> &[u8] {
        &self.0
    }
}
