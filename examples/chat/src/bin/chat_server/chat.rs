//! Who is where: names, rooms, and what each request leads to. Knows no socket, no clock and no file.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use chat_protocol::{About, Event, LOBBY, MAX_ID, MAX_NAME, MAX_TEXT, Reason, Request, Room, Said};

/// The most rooms that one client is in.
const MAX_ROOMS: usize = 16;
/// The most rooms that are listed.
const MAX_LISTED: usize = 100;

/// A connection, for as long as the server runs: numbers are not used again.
pub(crate) type ClientId = u64;

/// What is to be done, in this order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// One client is to hear this.
    Tell(ClientId, Event),
    /// Everybody in a room, except for one client, is to hear this.
    TellRoom { room: String, except: Option<ClientId>, event: Event },
    /// The history is to keep this, then [`Chat::said`] tells it.
    Keep { client: ClientId, id: String, room: String, from: String, text: String },
    /// The history is to look up what was said, then [`Chat::enter`] lets the client in.
    Load { client: ClientId, room: String, after: Option<i64> },
    /// The connection has been replaced by another one.
    Replace(ClientId),
}

/// Everybody who has a name, and the rooms that they are in.
#[derive(Debug, Default)]
pub(crate) struct Chat {
    people: HashMap<ClientId, Person>,
    /// Who has a name, by the name in lower case.
    names: HashMap<String, ClientId>,
    rooms: BTreeMap<String, BTreeSet<ClientId>>,
    guests: u64,
    messages: u64,
}

#[derive(Debug)]
struct Person {
    name: String,
    session: Option<String>,
    rooms: BTreeSet<String>,
}

type Outcome = Result<(), Reason>;

impl Chat {
    /// Follows a request. `now` is in microseconds since 1970.
    pub(crate) fn request(&mut self, client: ClientId, request: Request, now: i64, actions: &mut Vec<Action>) {
        let about = request.about();
        let outcome = match request {
            Request::Hello { name, session } => self.hello(client, name, session, actions),
            Request::Join { room, after } => self.join(client, room, after, actions),
            Request::Leave { room } => self.leave(client, &room, actions),
            Request::Say { id, room, text } => self.say(client, id, room, text, actions),
            Request::Tell { id, to, text } => self.tell(client, id, &to, text, now, actions),
            Request::Typing { room } => self.typing(client, room, actions),
            Request::Who { room } => {
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

    /// The connection has ended.
    pub(crate) fn depart(&mut self, client: ClientId, actions: &mut Vec<Action>) {
        let Some(person) = self.people.remove(&client) else { return };
        self.names.remove(&person.name.to_lowercase());
        for room in person.rooms {
            self.drop_from(client, &room);
            actions.push(Action::TellRoom {
                room: room.clone(),
                except: None,
                event: Event::Left { room, name: person.name.clone() },
            });
        }
    }

    /// The history has kept a message, or, when it comes `again`, had it before.
    pub(crate) fn said(&self, client: ClientId, said: Said, again: bool, actions: &mut Vec<Action>) {
        let hears = !again && self.rooms.get(&said.room).is_some_and(|people| people.contains(&client));
        if !hears {
            actions.push(Action::Tell(client, Event::Said(said.clone())));
        }
        if !again {
            actions.push(Action::TellRoom { room: said.room.clone(), except: None, event: Event::Said(said) });
        }
    }

    /// The history brings what was said in a room that a client wants to enter, and whether there is `more`.
    pub(crate) fn enter(
        &mut self,
        client: ClientId,
        room: String,
        messages: Vec<Said>,
        more: bool,
        actions: &mut Vec<Action>,
    ) {
        let Some(person) = self.people.get(&client) else { return };
        if more {
            actions.push(Action::Tell(client, Event::History { room, messages }));
        } else if person.rooms.len() >= MAX_ROOMS && !person.rooms.contains(&room) {
            actions.push(Action::Tell(client, Event::error(Reason::TooManyRooms, About::room(&room))));
        } else {
            self.enter_quietly(client, &room, actions);
            let names = self.names_in(&room);
            actions.push(Action::Tell(client, Event::Joined { room, names, messages }));
        }
    }

    /// Returns who is in a room.
    pub(crate) fn room(&self, room: &str) -> impl Iterator<Item = ClientId> {
        self.rooms.get(room).into_iter().flatten().copied()
    }

    fn hello(&mut self, client: ClientId, name: String, session: Option<String>, actions: &mut Vec<Action>) -> Outcome {
        check_name(&name)?;
        if let Some(session) = &session {
            check_id(session)?;
        }
        match self.names.get(&name.to_lowercase()) {
            Some(&other) if other != client => {
                if session.is_none() || self.people.get(&other).is_some_and(|person| person.session != session) {
                    return Err(Reason::NameTaken);
                }
                self.depart(other, actions);
                actions.push(Action::Replace(other));
            }
            _ => {}
        }
        let event = Event::Hello { name: name.clone() };
        actions.push(Action::Tell(client, event));
        let renamed = self.name(client, name.clone(), session);
        for (room, from) in renamed {
            let event = Event::Renamed { room: room.clone(), from, to: name.clone() };
            actions.push(Action::TellRoom { room, except: None, event });
        }
        Ok(())
    }

    /// Gives a client a name, which is free; returns the rooms in which it had another one.
    fn name(&mut self, client: ClientId, name: String, session: Option<String>) -> Vec<(String, String)> {
        let Some(person) = self.people.get_mut(&client) else {
            self.names.insert(name.to_lowercase(), client);
            self.people.insert(client, Person { name, session, rooms: BTreeSet::new() });
            return Vec::new();
        };
        let from = std::mem::replace(&mut person.name, name);
        person.session = session.or_else(|| person.session.take());
        self.names.remove(&from.to_lowercase());
        self.names.insert(person.name.to_lowercase(), client);
        if from == person.name {
            return Vec::new();
        }
        person.rooms.iter().map(|room| (room.clone(), from.clone())).collect()
    }

    fn join(&mut self, client: ClientId, room: String, after: Option<i64>, actions: &mut Vec<Action>) -> Outcome {
        self.person(client)?;
        check_name(&room)?;
        actions.push(Action::Load { client, room, after });
        Ok(())
    }

    fn leave(&mut self, client: ClientId, room: &str, actions: &mut Vec<Action>) -> Outcome {
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

    fn say(&mut self, client: ClientId, id: String, room: String, text: String, actions: &mut Vec<Action>) -> Outcome {
        check_id(&id)?;
        check_text(&text)?;
        let person = self.person_in(client, &room)?;
        actions.push(Action::Keep { client, id, room, from: person.name.clone(), text });
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
    ) -> Outcome {
        check_id(&id)?;
        check_text(&text)?;
        let from = self.person(client)?.name.clone();
        let other = *self.names.get(&to.to_lowercase()).ok_or(Reason::Absent)?;
        let to = self.person(other)?.name.clone();
        let event = Event::Told { id, from, to, time: now, text };
        if other != client {
            actions.push(Action::Tell(other, event.clone()));
        }
        actions.push(Action::Tell(client, event));
        Ok(())
    }

    fn typing(&mut self, client: ClientId, room: String, actions: &mut Vec<Action>) -> Outcome {
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

    fn guest_says(&mut self, client: ClientId, text: &str, now: i64, actions: &mut Vec<Action>) -> Outcome {
        check_text(text)?;
        let from = self.person_in(client, LOBBY)?.name.clone();
        self.messages += 1;
        // The guest made up no id of its own.
        let id = format!("{from}-{now}-{}", self.messages);
        actions.push(Action::Keep { client, id, room: LOBBY.into(), from, text: text.into() });
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

    fn person(&self, client: ClientId) -> Result<&Person, Reason> {
        self.people.get(&client).ok_or(Reason::NoName)
    }

    fn person_in(&self, client: ClientId, room: &str) -> Result<&Person, Reason> {
        let person = self.person(client)?;
        if person.rooms.contains(room) { Ok(person) } else { Err(Reason::NotInRoom) }
    }

    fn names_in(&self, room: &str) -> Vec<String> {
        let people = self.room(room).filter_map(|client| self.people.get(&client));
        let mut names: Vec<_> = people.map(|person| person.name.clone()).collect();
        names.sort();
        names
    }
}

/// Names are unique to the eye too, as far as that is cheap: nothing invisible, no text direction turned round.
fn check_name(name: &str) -> Outcome {
    let invisible = |c: char| {
        c.is_control()
            || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
                | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}')
    };
    let length = name.chars().take(MAX_NAME + 1).count();
    let good = (1..=MAX_NAME).contains(&length) && !name.contains(char::is_whitespace) && !name.contains(invisible);
    if good { Ok(()) } else { Err(Reason::BadName) }
}

fn check_text(text: &str) -> Outcome {
    let good = !text.trim().is_empty() && text.chars().take(MAX_TEXT + 1).count() <= MAX_TEXT;
    if good { Ok(()) } else { Err(Reason::BadText) }
}

fn check_id(id: &str) -> Outcome {
    if (1..=MAX_ID).contains(&id.len()) { Ok(()) } else { Err(Reason::BadId) }
}
