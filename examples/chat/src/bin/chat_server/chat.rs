//! Who is where: names, rooms, and what each request leads to. Knows no socket, no clock and no file.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use chat_protocol::{About, Event, LOBBY, MAX_ID, MAX_NAME, MAX_TEXT, Reason, Request, Room, Said, Told, fold, names};

/// The most rooms that one client is in.
const MAX_ROOMS: usize = 16;
/// The most rooms that are listed.
const MAX_LISTED: usize = 100;
/// How long somebody who has gone can be told something, in microseconds: long enough for a page to come back.
const AWAY: i64 = 120_000_000;

/// A connection, for as long as the server runs: numbers are not used again.
pub(crate) type ClientId = u64;

/// What is to be done, in this order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// One client is to hear this.
    Tell(ClientId, Event),
    /// Everybody in a room, except for one client, is to hear this.
    TellRoom { room: String, except: Option<ClientId>, event: Event },
    /// The history is to do this, then [`Chat::done`] is told.
    Ask(Job),
    /// The connection has been replaced by another one.
    Replace(ClientId),
}

/// What the history is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Job {
    /// Keeps what somebody says in a room.
    Keep { client: ClientId, id: String, room: String, from: String, text: String },
    /// Keeps what somebody tells another.
    KeepPrivate { client: ClientId, id: String, from: Party, to: Party, text: String },
    /// Looks up what was said in a room.
    Load { client: ClientId, room: String, part: Part },
    /// Looks up what was told by and to a session.
    LoadPrivate { client: ClientId, session: String, after: i64 },
}

/// Which part of what was said in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Last,
    After(i64),
    Before(i64),
}

/// One of the two who talk privately.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Party {
    pub(crate) name: String,
    /// Without one nothing is heard again.
    pub(crate) session: Option<String>,
    /// Who was there when it was told.
    pub(crate) client: Option<ClientId>,
}

/// A private message, and whose it is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Private {
    pub(crate) seq: i64,
    pub(crate) id: String,
    pub(crate) from: Party,
    pub(crate) to: Party,
    pub(crate) text: String,
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
    /// What was said in the room, the oldest first, and whether there is more.
    Loaded {
        client: ClientId,
        room: String,
        part: Part,
        messages: Vec<Said>,
        more: bool,
    },
    LoadedPrivate {
        client: ClientId,
        messages: Vec<Private>,
    },
    /// The history cannot be read or written.
    Failed(Job),
}

/// Everybody who has a name, and the rooms that they are in.
#[derive(Debug, Default)]
pub(crate) struct Chat {
    people: HashMap<ClientId, Person>,
    /// Who has a name, by the name as it is folded.
    names: HashMap<String, ClientId>,
    /// Who has a session.
    sessions: HashMap<String, ClientId>,
    /// Who had a name a moment ago, and until when that is so.
    away: HashMap<String, (Party, i64)>,
    rooms: BTreeMap<String, BTreeSet<ClientId>>,
    guests: u64,
    messages: u64,
}

#[derive(Debug)]
struct Person {
    name: String,
    session: Option<String>,
    rooms: BTreeSet<String>,
    /// The rooms that the history is asked about: the client is as good as there.
    entering: BTreeSet<String>,
    /// It has heard what was told before it came: what is told now is for it.
    caught_up: bool,
}

type Answer = Result<(), Reason>;

impl Chat {
    /// Follows a request. `now` is in microseconds since 1970.
    pub(crate) fn request(&mut self, client: ClientId, request: Request, now: i64, actions: &mut Vec<Action>) {
        let about = request.about();
        let outcome = match request {
            Request::Hello { name, session, after } => self.hello(client, name, session, after, now, actions),
            Request::Join { room, after } => self.join(client, &room, after, actions),
            Request::Earlier { room, before } => self.earlier(client, fold(&room), before, actions),
            Request::Leave { room } => self.leave(client, &fold(&room), actions),
            Request::Say { id, room, text } => self.say(client, id, fold(&room), text, actions),
            Request::Tell { id, to, text } => self.tell(client, id, &to, text, now, actions),
            Request::Typing { room } => self.typing(client, fold(&room), actions),
            Request::Who { room } => {
                let room = fold(&room);
                let names = self.names_in(&room);
                actions.push(Action::Tell(client, Event::People { room, names }));
                Ok(())
            }
            Request::Rooms => {
                let rooms = self.rooms.iter().map(|(room, people)| Room { room: room.clone(), people: people.len() });
                let mut rooms: Vec<_> = rooms.collect();
                rooms.sort_by_key(|room| Reverse(room.people));
                rooms.truncate(MAX_LISTED);
                actions.push(Action::Tell(client, Event::Rooms { rooms }));
                Ok(())
            }
        };
        if let Err(reason) = outcome {
            actions.push(Action::Tell(client, Event::error(reason, about)));
        }
    }

    /// Takes plain text: of somebody without a name it is what a guest says in the lobby. `now` is in microseconds since 1970.
    pub(crate) fn plain(&mut self, client: ClientId, text: &str, now: i64, actions: &mut Vec<Action>) {
        let outcome = match self.people.get(&client) {
            Some(person) if !person.name.starts_with("guest-") => Err(Reason::BadRequest),
            Some(_) => self.guest_says(client, text, now, actions),
            None => check_text(text).and_then(|()| {
                let name = self.guest_name();
                self.name(client, name, None);
                self.enter_quietly(client, LOBBY, actions);
                self.guest_says(client, text, now, actions)
            }),
        };
        if let Err(reason) = outcome {
            actions.push(Action::Tell(client, Event::error(reason, About::default())));
        }
    }

    /// The connection has ended. `now` is in microseconds since 1970.
    pub(crate) fn depart(&mut self, client: ClientId, now: i64, actions: &mut Vec<Action>) {
        let Some(person) = self.people.remove(&client) else { return };
        let key = fold(&person.name);
        self.names.remove(&key);
        if let Some(session) = &person.session {
            self.sessions.remove(session);
            self.away.retain(|_, (_, until)| *until > now);
            let party = Party { name: person.name.clone(), session: person.session.clone(), client: None };
            self.away.insert(key, (party, now + AWAY));
        }
        for room in person.rooms {
            self.drop_from(client, &room);
            actions.push(Action::TellRoom {
                room: room.clone(),
                except: None,
                event: Event::Left { room, name: person.name.clone() },
            });
        }
    }

    /// The history has done something. `now` is in microseconds since 1970.
    pub(crate) fn done(&mut self, outcome: Outcome, now: i64, actions: &mut Vec<Action>) {
        match outcome {
            Outcome::Kept { client, said, again } => self.said(client, said, again, actions),
            Outcome::KeptPrivate { client, private, again } => self.told(client, private, again, actions),
            Outcome::Loaded { client, room, part: Part::Before(_), messages, more } => {
                actions.push(Action::Tell(client, Event::Earlier { room, messages, more }));
            }
            Outcome::Loaded { client, room, messages, more, .. } => self.enter(client, room, messages, more, actions),
            Outcome::LoadedPrivate { client, messages } => {
                let told: Vec<_> = messages.into_iter().map(|private| self.as_told(private)).collect();
                let Some(person) = self.people.get_mut(&client) else { return };
                person.caught_up = true;
                actions.extend(told.into_iter().map(|told| Action::Tell(client, Event::Told(told))));
            }
            // Those who are there can talk without it.
            Outcome::Failed(Job::KeepPrivate { client, id, from, to, text }) if self.receiver(&to).is_some() => {
                self.told(client, Private { seq: now, id, from, to, text }, false, actions);
            }
            Outcome::Failed(job) => self.failed(job, actions),
        }
    }

    fn failed(&mut self, job: Job, actions: &mut Vec<Action>) {
        let (client, about) = match job {
            Job::Keep { client, id, .. } | Job::KeepPrivate { client, id, .. } => (client, About::id(&id)),
            Job::Load { client, part: Part::Before(_), .. } => (client, About::default()),
            Job::Load { client, room, .. } => {
                if let Some(person) = self.people.get_mut(&client) {
                    person.entering.remove(&room);
                }
                (client, About::room(&room))
            }
            // It is asked for again by the next `hello`.
            Job::LoadPrivate { client, .. } => {
                if let Some(person) = self.people.get_mut(&client) {
                    person.caught_up = true;
                }
                (client, About::default())
            }
        };
        actions.push(Action::Tell(client, Event::error(Reason::Busy, about)));
    }

    /// The history has kept a message, or, when it comes `again`, had it before.
    fn said(&self, client: ClientId, said: Said, again: bool, actions: &mut Vec<Action>) {
        let hears = !again && self.rooms.get(&said.room).is_some_and(|people| people.contains(&client));
        if !hears {
            actions.push(Action::Tell(client, Event::Said(said.clone())));
        }
        if !again {
            actions.push(Action::TellRoom { room: said.room.clone(), except: None, event: Event::Said(said) });
        }
    }

    /// As [`Chat::said`]. Who has not heard yet what was told before finds this among it.
    fn told(&self, client: ClientId, private: Private, again: bool, actions: &mut Vec<Action>) {
        let to = self.receiver(&private.to).filter(|to| !again && *to != client);
        let event = Event::Told(self.as_told(private));
        actions.extend(to.map(|to| Action::Tell(to, event.clone())));
        actions.push(Action::Tell(client, event));
    }

    /// Returns who is there to be told something, and does not find it among what was told before.
    fn receiver(&self, to: &Party) -> Option<ClientId> {
        let client = to.session.as_ref().map_or(to.client, |session| self.sessions.get(session).copied())?;
        self.people.get(&client).is_some_and(|person| person.caught_up).then_some(client)
    }

    /// Returns what the two hear: their names are those that they have now.
    fn as_told(&self, private: Private) -> Told {
        let name = |party: Party| {
            let client = party.session.and_then(|session| self.sessions.get(&session));
            client.and_then(|client| self.people.get(client)).map_or(party.name, |person| person.name.clone())
        };
        let Private { seq, id, from, to, text } = private;
        Told { seq, id, from: name(from), to: name(to), text }
    }

    /// The history brings what was said in a room that a client wants to enter, and whether there is `more`.
    fn enter(&mut self, client: ClientId, room: String, messages: Vec<Said>, more: bool, actions: &mut Vec<Action>) {
        let Some(person) = self.people.get_mut(&client) else { return };
        person.entering.remove(&room);
        if more {
            actions.push(Action::Tell(client, Event::History { room, messages }));
        } else {
            self.enter_quietly(client, &room, actions);
            let names = self.names_in(&room);
            actions.push(Action::Tell(client, Event::Joined { room, names, messages }));
        }
    }

    /// Returns how many people there are, in how many rooms.
    pub(crate) fn size(&self) -> (usize, usize) {
        (self.people.len(), self.rooms.len())
    }

    /// Returns who is in a room.
    pub(crate) fn room(&self, room: &str) -> impl Iterator<Item = ClientId> {
        self.rooms.get(room).into_iter().flatten().copied()
    }

    fn hello(
        &mut self,
        client: ClientId,
        name: String,
        session: Option<String>,
        after: Option<i64>,
        now: i64,
        actions: &mut Vec<Action>,
    ) -> Answer {
        check_name(&name)?;
        if let Some(session) = &session {
            check_id(session)?;
        }
        let owner = self.names.get(&fold(&name)).copied().filter(|other| *other != client);
        let before = session.as_ref().and_then(|session| self.sessions.get(session)).copied();
        let before = before.filter(|other| *other != client);
        if owner.is_some() && owner != before {
            return Err(Reason::NameTaken);
        }
        if let Some(before) = before {
            self.depart(before, now, actions);
            actions.push(Action::Replace(before));
        }
        actions.push(Action::Tell(client, Event::Hello { name: name.clone() }));
        self.away.remove(&fold(&name));
        let renamed = self.name(client, name.clone(), session.clone());
        for (room, from) in renamed {
            let event = Event::Renamed { room: room.clone(), from, to: name.clone() };
            actions.push(Action::TellRoom { room, except: None, event });
        }
        let Some(person) = self.people.get_mut(&client).filter(|person| !person.caught_up) else { return Ok(()) };
        match session {
            Some(session) => {
                actions.push(Action::Ask(Job::LoadPrivate { client, session, after: after.unwrap_or(0) }));
            }
            None => person.caught_up = true,
        }
        Ok(())
    }

    /// Gives a client a name, which is free; returns the rooms in which it had another one.
    fn name(&mut self, client: ClientId, name: String, session: Option<String>) -> Vec<(String, String)> {
        let key = fold(&name);
        if let Some(session) = &session {
            self.sessions.insert(session.clone(), client);
        }
        let Some(person) = self.people.get_mut(&client) else {
            let person = Person { name, session, rooms: BTreeSet::new(), entering: BTreeSet::new(), caught_up: false };
            self.names.insert(key, client);
            self.people.insert(client, person);
            return Vec::new();
        };
        let from = std::mem::replace(&mut person.name, name);
        if session.is_some() && session != person.session {
            person.caught_up = false;
            if let Some(old) = std::mem::replace(&mut person.session, session) {
                self.sessions.remove(&old);
            }
        }
        self.names.remove(&fold(&from));
        self.names.insert(key, client);
        if from == person.name {
            return Vec::new();
        }
        person.rooms.iter().map(|room| (room.clone(), from.clone())).collect()
    }

    fn join(&mut self, client: ClientId, asked: &str, after: Option<i64>, actions: &mut Vec<Action>) -> Answer {
        let person = self.people.get_mut(&client).ok_or(Reason::NoName)?;
        check_name(asked)?;
        let room = fold(asked);
        check_name(&room)?;
        if !person.rooms.contains(&room) && person.rooms.union(&person.entering).count() >= MAX_ROOMS {
            return Err(Reason::TooManyRooms);
        }
        person.entering.insert(room.clone());
        actions.push(Action::Ask(Job::Load { client, room, part: after.map_or(Part::Last, Part::After) }));
        Ok(())
    }

    fn earlier(&mut self, client: ClientId, room: String, before: i64, actions: &mut Vec<Action>) -> Answer {
        self.person_in(client, &room)?;
        actions.push(Action::Ask(Job::Load { client, room, part: Part::Before(before) }));
        Ok(())
    }

    fn leave(&mut self, client: ClientId, room: &str, actions: &mut Vec<Action>) -> Answer {
        let person = self.people.get_mut(&client).ok_or(Reason::NoName)?;
        if !person.rooms.remove(room) {
            return Err(Reason::NotInRoom);
        }
        let event = Event::Left { room: room.to_owned(), name: person.name.clone() };
        self.drop_from(client, room);
        actions.push(Action::Tell(client, event.clone()));
        actions.push(Action::TellRoom { room: room.to_owned(), except: None, event });
        Ok(())
    }

    fn say(&mut self, client: ClientId, id: String, room: String, text: String, actions: &mut Vec<Action>) -> Answer {
        check_id(&id)?;
        check_text(&text)?;
        let person = self.person_in(client, &room)?;
        actions.push(Action::Ask(Job::Keep { client, id, room, from: person.name.clone(), text }));
        Ok(())
    }

    fn tell(
        &mut self,
        client: ClientId,
        id: String,
        to: &str,
        text: String,
        now: i64,
        actions: &mut Vec<Action>,
    ) -> Answer {
        check_id(&id)?;
        check_text(&text)?;
        let from = self.party(client)?;
        let key = fold(to);
        let to = match (self.names.get(&key), self.away.get(&key)) {
            (Some(other), _) => self.party(*other)?,
            (None, Some((party, until))) if *until > now => party.clone(),
            _ => return Err(Reason::Absent),
        };
        actions.push(Action::Ask(Job::KeepPrivate { client, id, from, to, text }));
        Ok(())
    }

    fn typing(&mut self, client: ClientId, room: String, actions: &mut Vec<Action>) -> Answer {
        let name = self.person_in(client, &room)?.name.clone();
        let event = Event::Typing { room: room.clone(), name };
        actions.push(Action::TellRoom { room, except: Some(client), event });
        Ok(())
    }

    fn guest_name(&mut self) -> String {
        loop {
            self.guests += 1;
            let name = format!("guest-{}", self.guests);
            if !self.names.contains_key(&name) {
                return name;
            }
        }
    }

    fn guest_says(&mut self, client: ClientId, text: &str, now: i64, actions: &mut Vec<Action>) -> Answer {
        check_text(text)?;
        let from = self.person_in(client, LOBBY)?.name.clone();
        self.messages += 1;
        // The guest made up no id of its own.
        let id = format!("{from}-{now}-{}", self.messages);
        actions.push(Action::Ask(Job::Keep { client, id, room: LOBBY.into(), from, text: text.into() }));
        Ok(())
    }

    /// Puts a client into a room and tells the others.
    fn enter_quietly(&mut self, client: ClientId, room: &str, actions: &mut Vec<Action>) {
        let Some(person) = self.people.get_mut(&client) else { return };
        if person.rooms.insert(room.to_owned()) {
            self.rooms.entry(room.to_owned()).or_default().insert(client);
            let event = Event::Entered { room: room.to_owned(), name: person.name.clone() };
            actions.push(Action::TellRoom { room: room.to_owned(), except: Some(client), event });
        }
    }

    fn drop_from(&mut self, client: ClientId, room: &str) {
        if let Some(people) = self.rooms.get_mut(room) {
            people.remove(&client);
            if people.is_empty() {
                self.rooms.remove(room);
            }
        }
    }

    fn party(&self, client: ClientId) -> Result<Party, Reason> {
        let person = self.person(client)?;
        Ok(Party { name: person.name.clone(), session: person.session.clone(), client: Some(client) })
    }

    fn person(&self, client: ClientId) -> Result<&Person, Reason> {
        self.people.get(&client).ok_or(Reason::NoName)
    }

    fn person_in(&self, client: ClientId, room: &str) -> Result<&Person, Reason> {
        let person = self.person(client)?;
        if person.rooms.contains(room) || person.entering.contains(room) { Ok(person) } else { Err(Reason::NotInRoom) }
    }

    fn names_in(&self, room: &str) -> Vec<String> {
        let people = self.room(room).filter_map(|client| self.people.get(&client));
        let mut names: Vec<_> = people.map(|person| person.name.clone()).collect();
        names.sort();
        names
    }
}

/// Names are unique to the eye too, as far as that is cheap: nothing invisible, no text direction turned round.
fn check_name(name: &str) -> Answer {
    match name.chars().take(MAX_NAME + 1).count() {
        1..=MAX_NAME if name.contains(char::is_whitespace) => Err(Reason::BlankInName),
        1..=MAX_NAME if names::is_invisible(name) => Err(Reason::InvisibleName),
        1..=MAX_NAME => Ok(()),
        _ => Err(Reason::BadName),
    }
}

fn check_text(text: &str) -> Answer {
    let good = !names::is_blank(text) && text.chars().take(MAX_TEXT + 1).count() <= MAX_TEXT;
    if good { Ok(()) } else { Err(Reason::BadText) }
}

fn check_id(id: &str) -> Answer {
    if (1..=MAX_ID).contains(&id.len()) { Ok(()) } else { Err(Reason::BadId) }
}
