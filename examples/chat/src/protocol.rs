//! What clients and server say to each other: one JSON object a text message, its kind in `type`.
//!
//! ```json
//! {"type":"hello","name":"小明","session":"5f1c…"}
//! {"type":"join","room":"lobby","after":1763938800000001}
//! {"type":"say","id":"9b2e…-7","room":"lobby","text":"你好"}
//! ```
//!
//! A client says `hello` first, then joins rooms. What it says it hears itself, as everybody in the room does, once it is
//! in the history: **hearing its own `said` is a client's acknowledgement**. A client that does not hear it sends it again,
//! with the same `id`, on the next connection: a message of an `id` that is in the history already is not said twice, only
//! acknowledged again. After a lost connection, `join` with `after`, the `seq` of the last message that it heard, brings
//! what it missed: in several `history` events when it is much, each of which the client answers with another `join`. A
//! `joined` whose `seq` is less than that comes from a history that has begun anew: all that it brings is news.
//!
//! Requests are followed in their order: a client may send `hello`, `join` and `say` back to back. The name of a room is the
//! same in every case and compatible form of its letters, and is told in the folded one (see [`fold`]).

#![allow(missing_docs, reason = "a field's name says it, as it does in the JSON")]

pub mod names;

pub use names::fold;
use serde::{Deserialize, Serialize};

/// The room of those who have not chosen one.
pub const LOBBY: &str = "lobby";
/// The most characters of a name, of a room's name.
pub const MAX_NAME: usize = 24;
/// The most bytes of an id, of a session.
pub const MAX_ID: usize = 64;
/// The most characters of a text.
pub const MAX_TEXT: usize = 2000;
/// The code of the Close frame to a connection whose session goes on in another one.
pub const SESSION_TAKEN: u16 = 4000;

/// What a client asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// Takes a name, or another one. Answered by [`Event::Hello`].
    Hello {
        name: String,
        /// A secret that the client made up: a new connection that knows it takes the place, name and rooms aside, of the
        /// old one, of which the server may not know yet that it is gone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        session: Option<String>,
        /// The `seq` of the last private message heard: those of this session that came after it are told again, the last
        /// ones when they are many. Without it all of them are.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<i64>,
    },
    /// Enters a room. Answered by [`Event::Joined`].
    Join {
        room: String,
        /// The `seq` of the last message heard there; without it the last few messages are brought.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<i64>,
    },
    /// Asks for what was said in a room before this `seq`. Answered by [`Event::Earlier`].
    Earlier { room: String, before: i64 },
    /// Leaves a room. Answered by [`Event::Left`].
    Leave { room: String },
    /// Says something in a room. `id` is made up by the client and never used again.
    Say { id: String, room: String, text: String },
    /// Says something to one person alone, who has to be there or to have been there a moment ago. Answered by [`Event::Told`].
    Tell { id: String, to: String, text: String },
    /// Is writing something in a room.
    Typing { room: String },
    /// Asks who is in a room. Answered by [`Event::People`].
    Who { room: String },
    /// Asks which rooms there are. Answered by [`Event::Rooms`].
    Rooms,
    /// Text that is no JSON object: what a guest says in the [`LOBBY`].
    #[serde(skip)]
    Plain { text: String },
}

/// What the server tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// The client has this name now.
    Hello { name: String },
    /// The client is in the room now; these are there, and this was said last, the oldest first: all until `seq`.
    Joined { room: String, names: Vec<String>, messages: Vec<Said>, seq: i64 },
    /// A part of what was said in the room, the oldest first. The client is not in the room yet: it asks to join again,
    /// after the last of these.
    History { room: String, messages: Vec<Said> },
    /// What was said in the room before, the oldest first, and whether there is `more` before it.
    Earlier { room: String, messages: Vec<Said>, more: bool },
    /// Somebody left the room; the client itself too.
    Left { room: String, name: String },
    /// Somebody came into the room.
    Entered { room: String, name: String },
    /// Somebody of the room has another name now.
    Renamed { room: String, from: String, to: String },
    /// Somebody said something.
    Said(Said),
    /// Somebody said something to the client alone, or the client to somebody.
    Told(Told),
    /// Somebody is writing something.
    Typing { room: String, name: String },
    /// Who is in a room.
    People { room: String, names: Vec<String> },
    /// Which rooms there are, the fullest ones first; not all when there are very many.
    Rooms { rooms: Vec<Room> },
    /// A request was not followed; the connection stays.
    Error {
        reason: Reason,
        /// The reason in English.
        text: String,
        #[serde(flatten)]
        about: About,
    },
}

/// What an error is about, where the client cannot tell by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The `id` of the message that was not taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The room that was not entered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,
}

/// Something that was said in a room and is in its history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// When, in microseconds since 1970, and its place in the history: greater than those of all messages before it.
    pub seq: i64,
    /// The client's own name for it.
    pub id: String,
    pub room: String,
    pub from: String,
    pub text: String,
}

/// Something that one person told another. It is kept for the two sessions, which hear it again when they come back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// As that of what is said in a room.
    pub seq: i64,
    pub id: String,
    pub from: String,
    pub to: String,
    pub text: String,
}

/// A room and how many are in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    pub room: String,
    pub people: usize,
}

/// Why a request was not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    #[error("this is not a request of this chat")]
    BadRequest,
    #[error("only text messages are understood")]
    NotText,
    #[error("say hello first")]
    NoName,
    #[error("a name has 1 to 24 characters")]
    BadName,
    #[error("a name has no blanks")]
    BlankInName,
    #[error("a name has no invisible characters")]
    InvisibleName,
    #[error("somebody else has this name")]
    NameTaken,
    #[error("a text has 1 to 2000 characters, of which one can be seen")]
    BadText,
    #[error("an id or a session has 1 to 64 bytes")]
    BadId,
    #[error("you are not in this room")]
    NotInRoom,
    #[error("you are in too many rooms")]
    TooManyRooms,
    #[error("nobody of this name is here")]
    Absent,
    #[error("this is too fast; try again in a moment")]
    TooFast,
    #[error("the history cannot take it now; try again in a moment")]
    Busy,
}

impl Reason {
    /// Says whether it is the name that is not given, or the room's that is not entered.
    #[must_use]
    pub fn is_of_a_name(self) -> bool {
        matches!(self, Self::BadName | Self::BlankInName | Self::InvisibleName | Self::NameTaken)
    }
}

impl Request {
    /// Says why nobody could have this request followed, whoever they are: what is too long, or cannot be seen.
    ///
    /// # Errors
    ///
    /// The reason that the server answers with.
    pub fn check(&self) -> Result<(), Reason> {
        match self {
            Self::Hello { name, session, .. } => {
                names::check(name).and_then(|()| session.as_deref().map_or(Ok(()), check_id))
            }
            Self::Join { room, .. } => names::check(room).and_then(|()| names::check(&fold(room))),
            Self::Say { id, text, .. } | Self::Tell { id, text, .. } => check_id(id).and_then(|()| check_text(text)),
            _ => Ok(()),
        }
    }

    /// Returns what an error is about that answers this request.
    #[must_use]
    pub fn about(&self) -> About {
        match self {
            Self::Say { id, .. } | Self::Tell { id, .. } => About::id(id),
            Self::Join { room, .. } => About::room(room),
            _ => About::default(),
        }
    }
}

impl About {
    #[must_use]
    pub fn id(id: &str) -> Self {
        Self { id: Some(id.into()), room: None }
    }

    #[must_use]
    pub fn room(room: &str) -> Self {
        Self { id: None, room: Some(room.into()) }
    }
}

impl Event {
    /// Creates the answer to a request that is not followed.
    #[must_use]
    pub fn error(reason: Reason, about: About) -> Self {
        Self::Error { reason, text: reason.to_string(), about }
    }
}

fn check_id(id: &str) -> Result<(), Reason> {
    if (1..=MAX_ID).contains(&id.len()) { Ok(()) } else { Err(Reason::BadId) }
}

fn check_text(text: &str) -> Result<(), Reason> {
    let is_good = !names::is_blank(text) && text.chars().take(MAX_TEXT + 1).count() <= MAX_TEXT;
    if is_good { Ok(()) } else { Err(Reason::BadText) }
}
