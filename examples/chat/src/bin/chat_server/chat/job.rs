//! What the chat asks of the history, what it answers, and what it tells of other servers.

use std::collections::BTreeSet;

use chat_protocol::{Reason, Said};
use serde::{Deserialize, Serialize};

/// A connection to any of the servers: the server's number, and in the lower half the connection's there. It is not used again.
pub(crate) type ClientId = u128;

/// What the history is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Job {
    /// Keeps what somebody says in a room; its `seq` is still to be given.
    Keep { client: ClientId, said: Said },
    /// Keeps what somebody tells another.
    KeepPrivate { client: ClientId, private: Private },
    /// Looks up what was said in a room.
    Load { client: ClientId, room: String, part: Part },
    /// Looks up what was told by and to a session.
    LoadPrivate { client: ClientId, session: String, after: i64 },
    /// Gives a client a name that nobody has on any server, and the session that it may have had on another one; `after` is
    /// its request's.
    Claim { client: ClientId, presence: Presence, after: Option<i64> },
    /// Tells the other servers who is writing.
    Typing { client: ClientId, room: String, name: String },
    /// Tells the other servers what [`Chat::changes`](super::Chat::changes) has.
    Announce,
}

/// Which part of what was said in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Last,
    After(i64),
    Before(i64),
}

/// One of the two who talk privately.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Party {
    pub(crate) name: String,
    /// Without one nothing is heard again.
    pub(crate) session: Option<String>,
    /// Who was there when it was told.
    pub(crate) client: Option<ClientId>,
}

/// A private message, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Private {
    pub(crate) seq: i64,
    pub(crate) id: String,
    pub(crate) from: Party,
    pub(crate) to: Party,
    pub(crate) text: String,
}

/// What all servers know of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Presence {
    pub(crate) name: String,
    pub(crate) session: Option<String>,
    pub(crate) rooms: BTreeSet<String>,
}

/// What has become of a job. They come in the order of the jobs.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The message is in the history, or was there before: `again`.
    Kept {
        client: ClientId,
        said: Said,
        again: bool,
    },
    KeptPrivate {
        client: ClientId,
        private: Private,
        again: bool,
    },
    /// What was said in the room, the oldest first, and whether there is more. All until `upto` was looked at.
    Loaded {
        client: ClientId,
        room: String,
        part: Part,
        messages: Vec<Said>,
        more: bool,
        upto: i64,
    },
    LoadedPrivate {
        client: ClientId,
        messages: Vec<Private>,
        upto: i64,
    },
    /// The name is the client's, or why it is not.
    Claimed {
        client: ClientId,
        presence: Presence,
        after: Option<i64>,
        refused: Option<Reason>,
    },
    /// Somebody who is here has lost the name or the session to somebody on another server, while this one was not heard of.
    Lost {
        client: ClientId,
        session: bool,
    },
    /// The history cannot be read or written.
    Failed(Job),
}

/// What the servers tell each other; all hear it in one order, each its own too.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum News {
    Said(Said),
    Told(Private),
    /// Somebody is there, under this name and in these rooms.
    Here {
        client: ClientId,
        presence: Presence,
    },
    Gone {
        client: ClientId,
    },
    /// The session goes on in another connection.
    Replaced {
        client: ClientId,
    },
    Typing {
        client: ClientId,
        room: String,
        name: String,
    },
    /// A server has ended, with all who were there.
    Ended {
        server: u64,
    },
}
