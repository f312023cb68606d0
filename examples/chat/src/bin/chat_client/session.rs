//! What the client knows: who it is, where it is, what has not been acknowledged. Knows no socket and no terminal.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use chat_protocol::{About, Event, LOBBY, Reason, Request, Said, Told, fold};

pub(crate) const HELP: &str = "\
/nick NAME        take another name
/join ROOM        go to a room; what you type goes there
/leave            leave the room
/msg NAME TEXT    tell somebody something privately
/who              who is here
/rooms            which rooms there are
/quit             leave; Ctrl-D too";

/// How many ids of private messages are remembered.
const TOLD: usize = 1000;

/// What the user typed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Nothing,
    Say(String),
    Nick(String),
    Join(String),
    Leave,
    Tell(String, String),
    Who,
    Rooms,
    Help,
    Quit,
    Unknown,
}

/// Reads a line.
pub(crate) fn command(line: &str) -> Command {
    let line = line.trim();
    let Some(words) = line.strip_prefix('/') else {
        return if line.is_empty() { Command::Nothing } else { Command::Say(line.to_owned()) };
    };
    let (name, rest) = words.split_once(' ').unwrap_or((words, ""));
    let rest = rest.trim();
    match (name, rest.split_once(' ')) {
        ("nick", _) if !rest.is_empty() => Command::Nick(rest.into()),
        ("join", _) if !rest.is_empty() => Command::Join(fold(rest)),
        ("msg", Some((to, text))) => Command::Tell(to.into(), text.trim().into()),
        ("leave", None) => Command::Leave,
        ("who", None) => Command::Who,
        ("rooms", None) => Command::Rooms,
        ("help", None) => Command::Help,
        ("quit", None) => Command::Quit,
        _ => Command::Unknown,
    }
}

/// A message that has not been acknowledged, or a question that has not been answered.
#[derive(Debug)]
struct Waiting {
    id: String,
    request: Request,
    /// It is on its way on this connection.
    sent: bool,
}

#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) name: String,
    secret: String,
    /// Where what is typed goes to.
    pub(crate) room: String,
    /// The rooms to be in, and the `seq` of the last message heard in each; 0 when there was none.
    rooms: BTreeMap<String, Option<i64>>,
    /// The rooms that the server knows it to be in.
    inside: BTreeSet<String>,
    /// What the server has not said back or answered, in order.
    outbox: VecDeque<Waiting>,
    /// The ids of private messages heard lately.
    told: VecDeque<String>,
    /// The `seq` of the last one; 0 when there was none.
    last_told: i64,
    welcome: bool,
    /// The name that it asked for was refused, and it has no other one.
    nameless: bool,
    /// Something has been refused, and is not to be sent again yet.
    refused: bool,
    count: u64,
}

impl Session {
    /// Creates a session; `secret` is random.
    pub(crate) fn new(name: String, room: String, secret: String) -> Self {
        let room = fold(&room);
        let rooms = BTreeMap::from([(room.clone(), None)]);
        Self {
            name,
            secret,
            room,
            rooms,
            inside: BTreeSet::new(),
            outbox: VecDeque::new(),
            told: VecDeque::new(),
            last_told: 0,
            welcome: false,
            nameless: false,
            refused: false,
            count: 0,
        }
    }

    /// Returns how much of what was typed has not been said or answered.
    pub(crate) fn waiting(&self) -> usize {
        self.outbox.len()
    }

    /// Says whether nothing goes on before the user takes another name.
    pub(crate) fn is_stuck(&self) -> bool {
        self.nameless
    }

    /// A connection has been made: returns what to send first.
    pub(crate) fn connected(&self) -> Vec<Request> {
        vec![self.hello(self.name.clone())]
    }

    /// The connection is gone: what has not been acknowledged or answered waits for the next one.
    pub(crate) fn lost(&mut self) {
        self.inside.clear();
        self.welcome = false;
        self.refused = false;
        self.outbox.iter_mut().for_each(|waiting| waiting.sent = false);
    }

    /// Follows a command: returns what to send now, if there is a connection, or why it cannot be followed.
    pub(crate) fn command(&mut self, command: Command) -> Result<Vec<Request>, &'static str> {
        let room = self.room.clone();
        Ok(match command {
            Command::Say(text) => self.post(|id| Request::Say { id, room, text }),
            Command::Tell(to, text) => self.post(|id| Request::Tell { id, to, text }),
            Command::Nick(name) if self.welcome => {
                let hello = self.hello(name);
                self.post(|_| hello)
            }
            // The name that this session has asked for so far may be the reason why it is not welcome.
            Command::Nick(name) => {
                self.name = name;
                self.nameless = false;
                self.connected()
            }
            Command::Join(room) => {
                self.room.clone_from(&room);
                let after = *self.rooms.entry(room.clone()).or_default();
                if self.inside.contains(&room) || !self.welcome {
                    Vec::new()
                } else {
                    vec![Request::Join { room, after }]
                }
            }
            Command::Leave if self.rooms.len() == 1 => return Err("there is no other room; /join one first, or /quit"),
            Command::Leave => {
                let inside = self.inside.contains(&room);
                self.forget(&room);
                if inside { vec![Request::Leave { room }] } else { Vec::new() }
            }
            Command::Who => self.post(|_| Request::Who { room }),
            Command::Rooms => self.post(|_| Request::Rooms),
            Command::Nothing | Command::Help | Command::Quit | Command::Unknown => Vec::new(),
        })
    }

    /// Takes an event in: drops from it what was heard before, `None` when that is all; returns what to send.
    pub(crate) fn hear(&mut self, event: Event) -> (Option<Event>, Vec<Request>) {
        match event {
            Event::Hello { ref name } => {
                self.name.clone_from(name);
                self.nameless = false;
                self.answered(|request| matches!(request, Request::Hello { name: asked, .. } if asked == name));
                let first = !std::mem::replace(&mut self.welcome, true);
                let joins = self.rooms.iter().map(|(room, after)| Request::Join { room: room.clone(), after: *after });
                let mut requests: Vec<_> = if first { joins.collect() } else { Vec::new() };
                requests.extend(self.due());
                (Some(event), requests)
            }
            // It has been left meanwhile.
            Event::Joined { room, .. } | Event::History { room, .. } if !self.rooms.contains_key(&room) => {
                (None, vec![Request::Leave { room }])
            }
            Event::Joined { room, names, messages, seq } => {
                // When the history has begun anew, nothing of it has been heard.
                self.rooms.entry(room.clone()).and_modify(|heard| *heard = heard.filter(|heard| *heard <= seq));
                let messages = self.news(messages);
                self.rooms.insert(room.clone(), Some(seq));
                self.inside.insert(room.clone());
                (Some(Event::Joined { room, names, messages, seq }), self.due())
            }
            Event::History { room, messages } => {
                let messages = self.news(messages);
                let after = self.rooms.get(&room).copied().flatten();
                (Some(Event::History { room: room.clone(), messages }), vec![Request::Join { room, after }])
            }
            Event::Said(said) => (self.news(vec![said]).pop().map(Event::Said), self.due()),
            Event::Told(Told { ref id, seq, .. }) => {
                self.acknowledge(id);
                self.last_told = seq;
                if self.told.contains(id) {
                    return (None, self.due());
                }
                self.told.push_back(id.clone());
                if self.told.len() > TOLD {
                    self.told.pop_front();
                }
                (Some(event), self.due())
            }
            Event::People { ref room, .. } => {
                self.answered(|request| matches!(request, Request::Who { room: asked } if asked == room));
                (Some(event), self.due())
            }
            Event::Rooms { .. } => {
                self.answered(|request| *request == Request::Rooms);
                (Some(event), self.due())
            }
            // Not now: it waits for `retry`, which is no news. What has no id may be any of those that have none.
            Event::Error { reason: Reason::TooFast | Reason::Busy, about, .. } => {
                let refused = |waiting: &&mut Waiting| match &about.id {
                    Some(id) => waiting.id == *id,
                    None => about.room.is_none() && waiting.request.about() == About::default(),
                };
                self.outbox.iter_mut().filter(refused).for_each(|waiting| waiting.sent = false);
                self.refused = true;
                (None, Vec::new())
            }
            Event::Error { reason, ref about, .. } => {
                if let Some(id) = &about.id {
                    self.acknowledge(id);
                }
                if reason.is_of_a_name() && about.room.is_none() {
                    self.nameless = !self.welcome;
                    self.answered(|request| matches!(request, Request::Hello { .. }));
                }
                let mut requests = about.room.as_ref().map(|room| self.forget(room)).unwrap_or_default();
                requests.extend(self.due());
                (Some(event), requests)
            }
            event => (Some(event), Vec::new()),
        }
    }

    /// Returns what is to be sent some time after a refusal that passes.
    pub(crate) fn retry(&mut self) -> Vec<Request> {
        self.refused = false;
        if !self.welcome {
            return self.connected();
        }
        let outside = self.rooms.iter().filter(|(room, _)| !self.inside.contains(*room));
        let mut requests: Vec<_> =
            outside.map(|(room, after)| Request::Join { room: room.clone(), after: *after }).collect();
        requests.extend(self.due());
        requests
    }

    /// Returns what is to be sent now, of what waits: one at a time keeps the order, whatever is refused.
    fn due(&mut self) -> Vec<Request> {
        if self.refused || self.outbox.iter().any(|waiting| waiting.sent) {
            return Vec::new();
        }
        for waiting in &mut self.outbox {
            let possible = match &waiting.request {
                Request::Say { room, .. } | Request::Who { room } => self.inside.contains(room),
                // The room that one is in is one of them.
                Request::Rooms => self.inside.contains(&self.room),
                _ => self.welcome,
            };
            if possible {
                waiting.sent = true;
                return vec![waiting.request.clone()];
            }
        }
        Vec::new()
    }

    /// Is not in a room any more, nor says there what has not been said; returns what to send if no other room is left.
    fn forget(&mut self, room: &str) -> Vec<Request> {
        self.rooms.remove(room);
        self.inside.remove(room);
        let there =
            |request: &Request| matches!(request, Request::Say { room: r, .. } | Request::Who { room: r } if r == room);
        self.outbox.retain(|waiting| !there(&waiting.request));
        if self.room != room {
            return Vec::new();
        }
        if let Some(other) = self.rooms.keys().next() {
            self.room.clone_from(other);
            return Vec::new();
        }
        self.room = LOBBY.into();
        self.rooms.insert(LOBBY.into(), None);
        if room == LOBBY { Vec::new() } else { vec![Request::Join { room: LOBBY.into(), after: None }] }
    }

    /// Keeps those that have not been heard before, and takes note of them.
    fn news(&mut self, mut messages: Vec<Said>) -> Vec<Said> {
        messages.retain(|said| {
            self.acknowledge(&said.id);
            let Some(heard) = self.rooms.get_mut(&said.room) else { return false };
            let new = heard.is_none_or(|heard| said.seq > heard);
            if new {
                *heard = Some(said.seq);
            }
            new
        });
        messages
    }

    fn acknowledge(&mut self, id: &str) {
        self.outbox.retain(|waiting| waiting.id != id);
    }

    fn answered(&mut self, question: impl Fn(&Request) -> bool) {
        if let Some(index) = self.outbox.iter().position(|waiting| waiting.sent && question(&waiting.request)) {
            self.outbox.remove(index);
        }
    }

    fn post(&mut self, request: impl FnOnce(String) -> Request) -> Vec<Request> {
        self.count += 1;
        let id = format!("{}-{}", self.secret.get(..16).unwrap_or(&self.secret), self.count);
        self.outbox.push_back(Waiting { request: request(id.clone()), id, sent: false });
        self.due()
    }

    fn hello(&self, name: String) -> Request {
        Request::Hello { name, session: Some(self.secret.clone()), after: Some(self.last_told) }
    }
}

/// Returns a random text.
pub(crate) fn random() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 24];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
