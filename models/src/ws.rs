//! The halves' door, and the inboxes of the server's threads.

pub(crate) use server::{CloseCode, Prepared};

pub(crate) mod connection {
    #[path = "../../../../src/ws/connection/door.rs"]
    #[allow(dead_code, reason = "of the crate")]
    mod door;
    pub(crate) mod models;
}

pub(crate) mod server;
