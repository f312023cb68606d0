//! What is kept, what the chat asks of the history, and what the servers tell each other.

use std::collections::BTreeSet;

use chat_protocol::Said;
use serde::{Deserialize, Serialize};

/// How many messages a newcomer is brought, and who reads further up.
const GREETING: usize = 50;
/// The most messages of one answer, and the bytes of text after which it ends.
const PAGE: (usize, usize) = (200, 32 * 1024);

/// A connection to any of the servers: the server's number, and in the lower half the connection's there. It is not used again.
pub(crate) type ClientId = u128;

/// Something that was said in a room, or told in private, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Message {
    pub(crate) seq: i64,
    pub(crate) id: String,
    pub(crate) from: Party,
    pub(crate) to: Address,
    pub(crate) text: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Address {
    Room(String),
    Person(Party),
}

/// Somebody who speaks, or is spoken to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Party {
    pub(crate) name: String,
    /// Whose it is, when it is private; without one nothing is heard again.
    pub(crate) session: Option<String>,
    /// Who was there when it was told.
    pub(crate) client: Option<ClientId>,
}

/// What belongs together in the history, in one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stream {
    Room(String),
    /// What was told by and to a session.
    Session(String),
}

/// A part of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Range {
    /// The last messages.
    Last,
    /// The last ones before a place.
    Before(i64),
    /// The first ones after a place.
    After(i64),
    /// The last ones of those after a place.
    LastAfter(i64),
}

/// What the history is to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Job {
    /// Keeps a message, whose `seq` is still to be given.
    Keep(Message),
    /// Looks up what is kept.
    Load { of: Stream, range: Range },
    /// Gives the client a name that nobody has on any server, and the session that it may have had on another one; `after` is
    /// its request's.
    Claim { presence: Presence, after: Option<i64> },
    /// Tells the other servers what is kept nowhere.
    Tell(News),
    /// Tells the other servers that the client is here like this, or has gone.
    Announce(Option<Presence>),
    /// Does what has come up meanwhile, as [`super::Chat::changes`].
    LookAfter,
    /// There will be nothing more to do.
    End,
}

/// What has become of a job that has not failed.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The message is kept, or, when it comes `again`, one of its id was kept before: that one.
    Kept { message: Message, again: bool },
    /// Messages, the oldest first, and whether there are more.
    Found { messages: Vec<Message>, more: bool },
    /// The name and the session are the client's.
    Given,
    /// The name is somebody else's.
    Taken,
    /// The session goes on in another connection.
    Lost,
}

/// What all servers know of a person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Presence {
    pub(crate) name: String,
    pub(crate) session: Option<String>,
    pub(crate) rooms: BTreeSet<String>,
}

/// What the servers tell each other; all hear it in one order, each its own too.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum News {
    Kept(Message),
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

impl Message {
    /// Returns what is heard of it in a room.
    pub(crate) fn said(self, room: String) -> Said {
        Said { seq: self.seq, id: self.id, room, from: self.from.name, text: self.text }
    }

    /// Returns where it belongs.
    pub(crate) fn streams(&self) -> Vec<Stream> {
        match &self.to {
            Address::Room(room) => vec![Stream::Room(room.clone())],
            Address::Person(to) => {
                let other = to.session.as_ref().filter(|session| Some(*session) != self.from.session.as_ref());
                self.from.session.iter().chain(other).cloned().map(Stream::Session).collect()
            }
        }
    }
}

impl Answer {
    /// Answers with what was found, in the order in which it is read.
    pub(crate) fn found(range: Range, mut messages: Vec<Message>) -> Self {
        let (.., is_backwards, most) = range.bounds();
        let (all, mut bytes) = (messages.len(), 0);
        let fills = |message: &Message| {
            bytes += message.text.len();
            bytes > PAGE.1
        };
        messages.truncate(most);
        let last = messages.iter().position(fills).unwrap_or(all);
        messages.truncate(last + 1);
        let more = messages.len() < all;
        if is_backwards {
            messages.reverse();
        }
        Self::Found { messages, more }
    }
}

impl Range {
    /// Returns the places between which messages are, which are none of them; whether it is read from its end on; the most
    /// messages of it.
    pub(crate) fn bounds(self) -> (i64, i64, bool, usize) {
        match self {
            Self::Last => (0, i64::MAX, true, GREETING),
            Self::Before(seq) => (0, seq.max(1), true, GREETING),
            Self::After(seq) => (seq.max(0), i64::MAX, false, PAGE.0),
            Self::LastAfter(seq) => (seq.max(0), i64::MAX, true, PAGE.0),
        }
    }
}
