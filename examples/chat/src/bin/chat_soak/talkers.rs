//! Those who talk all the time, in one thread, and look whether everybody hears everything once and in the same order.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use chat_protocol::{Event as Heard, Request, Said};
use php_sockets::poll::{Context, Error, Event, Watcher};
use php_sockets::socket_set_nonblock;
use php_sockets::ws::{Connection, Message, Transport};

use crate::flood::send;
use crate::{Outcome, PATIENCE};

/// How many there are.
pub(crate) const COUNT: usize = 20;
/// The room of all who talk.
pub(crate) const ROOM: &str = "talk";
/// How often one of them says something, in turn: each once a second.
const PACE: Duration = Duration::from_millis(50);

pub(crate) struct Talkers {
    context: Context<usize>,
    ready: Vec<Watcher<usize>>,
    buffer: Vec<u8>,
    talkers: Vec<Talker>,
    /// What was heard in the room and not by all yet: ids by their place in the history.
    heard: VecDeque<(i64, String)>,
    /// The place of the last of them.
    last: i64,
    /// How many were heard by all before these.
    forgotten: usize,
    /// What was said and not acknowledged, and since when.
    waiting: HashMap<String, Instant>,
    said: usize,
    due: Instant,
}

struct Talker {
    connection: Connection<Transport>,
    _watcher: Watcher<usize>,
    joined: bool,
    /// How many messages of the room it heard.
    heard: usize,
    /// Who is in the room, when it asked.
    people: Option<Vec<String>>,
}

impl Talkers {
    pub(crate) fn connect(url: &str) -> Outcome<Self> {
        let context = Context::new()?;
        let mut talkers = Vec::new();
        for number in 0..COUNT {
            let mut connection = Connection::connect(url)?;
            socket_set_nonblock(connection.stream().socket())?;
            let watcher = context.add(connection.stream().socket(), Event::Read, number)?;
            send(&mut connection, &Request::Hello { name: name(number), session: None, after: None })?;
            send(&mut connection, &Request::Join { room: ROOM.into(), after: None })?;
            talkers.push(Talker { connection, _watcher: watcher, joined: false, heard: 0, people: None });
        }
        let mut all = Self {
            context,
            ready: Vec::new(),
            buffer: Vec::new(),
            talkers,
            heard: VecDeque::new(),
            last: 0,
            forgotten: 0,
            waiting: HashMap::new(),
            said: 0,
            due: Instant::now(),
        };
        all.listen_until("who talks does not come into the room", |all| all.talkers.iter().all(|one| one.joined))?;
        Ok(all)
    }

    /// Listens for a moment; says something when it is time.
    pub(crate) fn turn(&mut self) -> Outcome {
        self.listen()?;
        let now = Instant::now();
        if self.due <= now {
            // What was missed while everything stood still is not made up for: it would be too fast.
            self.due = now + PACE;
            let number = self.said % COUNT;
            let id = format!("talker-{}", self.said);
            self.said += 1;
            self.waiting.insert(id.clone(), now);
            let text = format!("{id} says 你好 {}", "and goes on ".repeat(self.said % 30));
            send(&mut self.talkers[number].connection, &Request::Say { id, room: ROOM.into(), text })?;
        }
        if let Some((id, since)) = self.waiting.iter().min_by_key(|(_, since)| **since) {
            if since.elapsed() > PATIENCE {
                return Err(format!("{id} was not acknowledged within {PATIENCE:?}").into());
            }
        }
        Ok(())
    }

    /// Waits until everybody has heard everything and nobody else is there; returns how many messages they said.
    pub(crate) fn finish(mut self) -> Outcome<usize> {
        self.listen_until("what was said does not come to all", |all| all.waiting.is_empty() && all.heard.is_empty())?;
        send(&mut self.talkers[0].connection, &Request::Who { room: ROOM.into() })?;
        self.listen_until("nobody says who is there", |all| all.talkers[0].people.is_some())?;
        let mut people = self.talkers[0].people.take().unwrap_or_default();
        let mut expected: Vec<_> = (0..COUNT).map(name).collect();
        people.sort();
        expected.sort();
        if people != expected {
            return Err(format!("those who talk are to be alone in the end, but there are {people:?}").into());
        }
        Ok(self.said)
    }

    fn listen_until(&mut self, otherwise: &str, done: impl Fn(&Self) -> bool) -> Outcome {
        let begun = Instant::now();
        while !done(self) {
            if begun.elapsed() > PATIENCE {
                return Err(format!("{otherwise}, within {PATIENCE:?}").into());
            }
            self.listen()?;
        }
        Ok(())
    }

    fn listen(&mut self) -> Outcome {
        let timeout = self.due.saturating_duration_since(Instant::now()).min(PACE).max(Duration::from_millis(1));
        match self.context.wait_into(&mut self.ready, timeout, None) {
            // A server stopped or went on, which is a signal to its parent.
            Err(error) if error.code() == Error::ERROR_INTERRUPTED => self.ready.clear(),
            waited => waited?,
        }
        for at in 0..self.ready.len() {
            let number = self.ready[at].data();
            let lost = |error| format!("{} lost its connection: {error}", name(number));
            self.talkers[number].connection.receive().map_err(lost)?;
            loop {
                let talker = &mut self.talkers[number];
                let event = match talker.connection.next(&mut self.buffer).map_err(lost)? {
                    None => break,
                    Some(Message::Text(text)) => serde_json::from_str(text)?,
                    Some(other) => return Err(format!("{} got {other:?}", name(number)).into()),
                };
                match event {
                    Heard::Said(said) => self.hears(number, said)?,
                    Heard::Joined { .. } => talker.joined = true,
                    Heard::People { names, .. } => talker.people = Some(names),
                    Heard::Error { text, .. } => return Err(format!("{} was refused: {text}", name(number)).into()),
                    _ => {}
                }
            }
        }
        while self.heard.front().is_some() && self.talkers.iter().all(|talker| talker.heard > self.forgotten) {
            self.heard.pop_front();
            self.forgotten += 1;
        }
        Ok(())
    }

    fn hears(&mut self, number: usize, said: Said) -> Outcome {
        let talker = &mut self.talkers[number];
        let place = talker.heard - self.forgotten;
        talker.heard += 1;
        let heard = (said.seq, said.id);
        if let Some(expected) = self.heard.get(place) {
            if *expected != heard {
                return Err(format!("{} hears {heard:?} where another heard {expected:?}", name(number)).into());
            }
        } else {
            // The first to hear it.
            if self.last >= heard.0 {
                return Err(format!("{heard:?} comes after one of place {}", self.last).into());
            }
            self.last = heard.0;
            self.heard.push_back(heard.clone());
        }
        if said.from == name(number) && self.waiting.remove(&heard.1).is_none() {
            return Err(format!("{} hears its own {heard:?} once more", name(number)).into());
        }
        Ok(())
    }
}

fn name(number: usize) -> String {
    format!("talker-{number}")
}
