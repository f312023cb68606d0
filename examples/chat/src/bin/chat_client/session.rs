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
/quit             leave; Ctrl-D too
//TEXT            say something that begins with a slash";

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
    /// It cannot be followed, for this reason.
    Wrong(String),
}

/// Reads a line.
pub(crate) fn command(line: &str) -> Command {
    let line = line.trim();
    if !line.starts_with('/') || line.starts_with("//") {
        let text = line.strip_prefix('/').unwrap_or(line);
        return if text.is_empty() { Command::Nothing } else { Command::Say(text.to_owned()) };
    }
    let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
    let rest = rest.trim();
    match (name, rest, rest.split_once(' ')) {
        ("/nick", name, _) if !name.is_empty() => Command::Nick(name.into()),
        ("/join", room, _) if !room.is_empty() => Command::Join(fold(room)),
        ("/msg", _, Some((to, text))) => Command::Tell(to.into(), text.trim().into()),
        ("/leave", "", _) => Command::Leave,
        ("/who", "", _) => Command::Who,
        ("/rooms", "", _) => Command::Rooms,
        ("/help", "", _) => Command::Help,
        ("/quit", "", _) => Command::Quit,
        _ => {
            let mut usages = HELP.lines().filter_map(|line| line.split("  ").next());
            let usage = usages.find(|usage| usage.split(' ').next() == Some(name));
            let unknown = || "there is no such command; /help lists them".to_owned();
            Command::Wrong(usage.map_or_else(unknown, |usage| format!("the command is {usage}")))
        }
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
    /// Where what is typed goes to. When it could not be entered it is none of `rooms`.
    pub(crate) room: String,
    /// Where one was before.
    before: String,
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
    /// It is known that the server is busy.
    busy: bool,
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
            before: LOBBY.into(),
            rooms,
            inside: BTreeSet::new(),
            outbox: VecDeque::new(),
            told: VecDeque::new(),
            last_told: 0,
            welcome: false,
            nameless: false,
            refused: false,
            busy: false,
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

    /// Says whether it is known if one is in the room that was asked for.
    pub(crate) fn is_settled(&self) -> bool {
        self.nameless || self.inside.contains(&self.room) || !self.rooms.contains_key(&self.room)
    }

    /// Goes back to where one was, if the room could not be entered; returns what to send.
    pub(crate) fn go_back(&mut self) -> Vec<Request> {
        if self.rooms.contains_key(&self.room) {
            return Vec::new();
        }
        let other = if self.rooms.contains_key(&self.before) { Some(&self.before) } else { self.rooms.keys().next() };
        let room = other.cloned().unwrap_or_else(|| LOBBY.into());
        self.join(room)
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
        let is_there = self.rooms.contains_key(&room);
        Ok(match command {
            // It was meant for that room, and for no other one.
            Command::Say(_) | Command::Who if !is_there => return Err("you are in no room; /join one"),
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
            Command::Join(room) => self.join(room),
            Command::Leave if !is_there => self.go_back(),
            Command::Leave if self.rooms.len() == 1 => return Err("there is no other room; /join one first, or /quit"),
            Command::Leave => {
                let inside = self.inside.contains(&room);
                self.forget(&room);
                self.go_back();
                if inside { vec![Request::Leave { room }] } else { Vec::new() }
            }
            Command::Who => self.post(|_| Request::Who { room }),
            Command::Rooms => self.post(|_| Request::Rooms),
            Command::Nothing | Command::Help | Command::Quit | Command::Wrong(_) => Vec::new(),
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
            // Not now: it waits for `retry`. What has no id may be any of those that have none.
            Event::Error { reason: Reason::TooFast | Reason::Busy, ref about, .. } => {
                let refused = |waiting: &&mut Waiting| match &about.id {
                    Some(id) => waiting.id == *id,
                    None => about.room.is_none() && waiting.request.about() == About::default(),
                };
                self.outbox.iter_mut().filter(refused).for_each(|waiting| waiting.sent = false);
                self.refused = true;
                // That may last, and is news once.
                let is_busy = matches!(event, Event::Error { reason: Reason::Busy, .. });
                let is_news = is_busy && !std::mem::replace(&mut self.busy, true);
                (is_news.then_some(event), Vec::new())
            }
            Event::Error { reason, ref about, .. } => {
                if let Some(id) = &about.id {
                    self.acknowledge(id);
                }
                if reason.is_of_a_name() && about.room.is_none() {
                    self.nameless = !self.welcome;
                    self.answered(|request| matches!(request, Request::Hello { .. }));
                }
                about.room.iter().for_each(|room| self.forget(room));
                (Some(event), self.due())
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
        let is_settled = self.is_settled();
        for waiting in &mut self.outbox {
            let possible = match &waiting.request {
                Request::Say { room, .. } | Request::Who { room } => self.inside.contains(room),
                // The room that one is in is one of them.
                Request::Rooms => self.welcome && is_settled,
                _ => self.welcome,
            };
            if possible {
                waiting.sent = true;
                return vec![waiting.request.clone()];
            }
        }
        Vec::new()
    }

    /// Goes to a room; returns what to send.
    fn join(&mut self, room: String) -> Vec<Request> {
        if self.rooms.contains_key(&self.room) && self.room != room {
            self.before.clone_from(&self.room);
        }
        self.room.clone_from(&room);
        let after = *self.rooms.entry(room.clone()).or_default();
        if self.inside.contains(&room) || !self.welcome { Vec::new() } else { vec![Request::Join { room, after }] }
    }

    /// Is not in a room any more, nor says there what has not been said.
    fn forget(&mut self, room: &str) {
        self.rooms.remove(room);
        self.inside.remove(room);
        let there =
            |request: &Request| matches!(request, Request::Say { room: r, .. } | Request::Who { room: r } if r == room);
        self.outbox.retain(|waiting| !there(&waiting.request));
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
        self.busy = false;
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
