//! Who is where: names, rooms, and what each request leads to. Knows no socket, no clock and no file.
//!
//! With other servers a name is given when none of them has it, and what is said or told is heard from them all, in their common
//! order, by those who are here; who enters or leaves here is announced to the others.

mod directory;
mod job;
mod others;

use std::collections::{BTreeSet, HashMap, VecDeque};

use chat_protocol::{
    About, Event, LOBBY, MAX_ID, MAX_NAME, MAX_TEXT, Reason, Request, SESSION_TAKEN, Said, fold, names,
};

use directory::{Directory, Told};
pub(crate) use job::{ClientId, Job, News, Outcome, Part, Party, Presence, Private};

/// The most rooms that one client is in.
const MAX_ROOMS: usize = 16;
/// The most requests of a client that wait until it has its name.
const MAX_HELD: usize = 64;
/// How many messages are remembered for those whose history was looked up just before them.
const RECENT: usize = 1024;
/// The code of the Close frame to a client that is to come back at once.
const COME_BACK: u16 = 1012;

/// What is to be done, in this order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// One client is to hear this.
    Tell(ClientId, Event),
    /// Everybody in a room, except for one client, is to hear this.
    TellRoom { room: String, except: Option<ClientId>, event: Event },
    /// The history is to do this, then [`Chat::done`] is told.
    Ask(Job),
    /// The connection is to end.
    Close { client: ClientId, code: u16, reason: &'static str },
}

/// Everybody who has a name, and what they wait for.
#[derive(Debug, Default)]
pub(crate) struct Chat {
    directory: Directory,
    /// Requests of those who wait for their names.
    held: HashMap<ClientId, VecDeque<Request>>,
    guests: u64,
    messages: u64,
    /// Whom the other servers do not know as they are now.
    changed: BTreeSet<ClientId>,
    /// The `seq` of the last news of all servers.
    heard: i64,
    /// The last messages among them, and the `seq` of the last one that is not remembered any more.
    recent: VecDeque<Said>,
    forgotten: i64,
}

type Answer = Result<(), Reason>;

impl Chat {
    /// Creates the chat of one server among several; its number is random, and not 0.
    pub(crate) fn among_others(server: u64) -> Self {
        Self { directory: Directory::new(server), ..Self::default() }
    }

    fn has_others(&self) -> bool {
        self.directory.server != 0
    }

    /// Follows a request. `now` is in microseconds since 1970.
    pub(crate) fn request(&mut self, client: ClientId, request: Request, now: i64, actions: &mut Vec<Action>) {
        let about = request.about();
        let outcome = match self.held.get_mut(&client) {
            Some(held) if held.len() < MAX_HELD => {
                held.push_back(request);
                Ok(())
            }
            Some(_) => Err(Reason::Busy),
            None => self.follow(client, request, now, actions),
        };
        if let Err(reason) = outcome {
            actions.push(Action::Tell(client, Event::error(reason, about)));
        }
    }

    fn follow(&mut self, client: ClientId, request: Request, now: i64, actions: &mut Vec<Action>) -> Answer {
        match request {
            Request::Hello { name, session, after } => return self.hello(client, name, session, after, now, actions),
            Request::Join { room, after } => return self.join(client, &room, after, actions),
            Request::Earlier { room, before } => {
                let room = fold(&room);
                self.name_in(client, &room)?;
                actions.push(Action::Ask(Job::Load { client, room, part: Part::Before(before) }));
            }
            Request::Leave { room } => {
                let room = fold(&room);
                self.directory.get(client).ok_or(Reason::NoName)?;
                let name = self.directory.leave(client, &room).ok_or(Reason::NotInRoom)?;
                self.announce(client);
                let event = Event::Left { room: room.clone(), name };
                actions.push(Action::Tell(client, event.clone()));
                actions.push(Action::TellRoom { room, except: None, event });
            }
            Request::Say { id, room, text } => {
                let room = fold(&room);
                check_id(&id)?;
                check_text(&text)?;
                let from = self.name_in(client, &room)?;
                actions.push(Action::Ask(Job::Keep { client, said: Said { seq: 0, id, room, from, text } }));
            }
            Request::Tell { id, to, text } => {
                check_id(&id)?;
                check_text(&text)?;
                let from = self.directory.as_party(client).ok_or(Reason::NoName)?;
                let to = self.directory.party(&to, now).ok_or(Reason::Absent)?;
                let private = Private { seq: 0, id, from, to, text };
                actions.push(Action::Ask(Job::KeepPrivate { client, private }));
            }
            Request::Typing { room } => {
                let room = fold(&room);
                let name = self.name_in(client, &room)?;
                if self.has_others() {
                    actions.push(Action::Ask(Job::Typing { client, room: room.clone(), name: name.clone() }));
                }
                let event = Event::Typing { room: room.clone(), name };
                actions.push(Action::TellRoom { room, except: Some(client), event });
            }
            Request::Who { room } => {
                let room = fold(&room);
                let names = self.directory.names_in(&room);
                actions.push(Action::Tell(client, Event::People { room, names }));
            }
            Request::Rooms => actions.push(Action::Tell(client, Event::Rooms { rooms: self.directory.list() })),
        }
        Ok(())
    }

    /// Takes plain text: of somebody without a name it is what a guest says in the lobby. `now` is in microseconds since 1970.
    pub(crate) fn plain(&mut self, client: ClientId, text: &str, now: i64, actions: &mut Vec<Action>) {
        let name = self.directory.get(client).map(|person| &person.presence.name);
        let outcome = match name {
            Some(name) if !name.starts_with("guest-") => Err(Reason::BadRequest),
            _ => check_text(text),
        };
        if let Err(reason) = outcome {
            return actions.push(Action::Tell(client, Event::error(reason, About::default())));
        }
        if name.is_none() && !self.held.contains_key(&client) {
            let name = self.guest_name();
            if self.has_others() {
                self.request(client, Request::Hello { name, session: None, after: None }, now, actions);
                self.request(client, Request::Join { room: LOBBY.into(), after: None }, now, actions);
            } else {
                self.directory.name(client, name, None);
                self.enter(client, LOBBY, 0, actions);
            }
        }
        self.messages += 1;
        // The guest made up no id of its own.
        let id = format!("{client:x}-{now}-{}", self.messages);
        self.request(client, Request::Say { id, room: LOBBY.into(), text: text.into() }, now, actions);
    }

    fn guest_name(&mut self) -> String {
        loop {
            self.guests += 1;
            // Other servers have guests too.
            let name = match self.directory.server >> 48 {
                0 => format!("guest-{}", self.guests),
                server => format!("guest-{server:x}-{}", self.guests),
            };
            if self.directory.named(&name).is_none() {
                return name;
            }
        }
    }

    /// The connection has ended. `now` is in microseconds since 1970.
    pub(crate) fn depart(&mut self, client: ClientId, now: i64, actions: &mut Vec<Action>) {
        self.held.remove(&client);
        let Some(presence) = self.directory.remove(client, now) else { return };
        self.announce(client);
        let Presence { name, rooms, .. } = presence;
        for room in rooms {
            let event = Event::Left { room: room.clone(), name: name.clone() };
            actions.push(Action::TellRoom { room, except: None, event });
        }
    }

    /// The history has done something. `now` is in microseconds since 1970.
    pub(crate) fn done(&mut self, outcome: Outcome, now: i64, actions: &mut Vec<Action>) {
        match outcome {
            Outcome::Kept { client, said, again } => self.kept(client, said, again, actions),
            Outcome::KeptPrivate { client, private, again } => {
                // Else it is heard in its turn.
                if !self.has_others() || again && private.seq <= self.heard {
                    self.told(client, private, again, actions);
                }
            }
            Outcome::Loaded { client, room, part: Part::Before(_), messages, more, .. } => {
                actions.push(Action::Tell(client, Event::Earlier { room, messages, more }));
            }
            Outcome::Loaded { client, room, messages, more, upto, .. } => {
                self.entered(client, room, messages, (!more).then_some(upto), actions);
            }
            Outcome::LoadedPrivate { client, messages, upto } => {
                let told: Vec<_> = messages.into_iter().map(|private| self.as_told(private)).collect();
                actions.extend(told.into_iter().map(|told| Action::Tell(client, Event::Told(told))));
                self.look_up_told(client, upto, actions);
            }
            Outcome::Claimed { client, presence, after, refused } => {
                let Some(held) = self.held.remove(&client) else { return self.announce(client) };
                let (name, session) = (presence.name, presence.session);
                match refused {
                    None => self.welcome(client, name, session, after, now, actions),
                    Some(reason) => actions.push(Action::Tell(client, Event::error(reason, About::default()))),
                }
                for request in held {
                    self.request(client, request, now, actions);
                }
            }
            Outcome::Lost { client, session } => self.replaced(client, session, now, actions),
            // Those who are there can talk without it.
            Outcome::Failed(Job::KeepPrivate { client, private })
                if !self.has_others() && self.receiver(&private.to).is_some() =>
            {
                self.told(client, Private { seq: now, ..private }, false, actions);
            }
            Outcome::Failed(job) => self.failed(job, actions),
        }
    }

    fn failed(&mut self, job: Job, actions: &mut Vec<Action>) {
        let (client, about) = match job {
            Job::Keep { client, said } => (client, About::id(&said.id)),
            Job::KeepPrivate { client, private } => (client, About::id(&private.id)),
            Job::Load { client, part: Part::Before(_), .. } => (client, About::default()),
            Job::Load { client, room, .. } => {
                if let Some(person) = self.directory.get_mut(client) {
                    person.entering.remove(&room);
                }
                (client, About::room(&room))
            }
            // It is asked for again by the next `hello`.
            Job::LoadPrivate { client, .. } => {
                if let Some(person) = self.directory.get_mut(client) {
                    person.told = Told::UpTo(0);
                }
                (client, About::default())
            }
            Job::Claim { client, .. } => {
                // It may have the name all the same.
                self.announce(client);
                for request in self.held.remove(&client).unwrap_or_default() {
                    actions.push(Action::Tell(client, Event::error(Reason::Busy, request.about())));
                }
                (client, About::default())
            }
            Job::Typing { .. } | Job::Announce => return,
        };
        actions.push(Action::Tell(client, Event::error(Reason::Busy, about)));
    }

    /// The history has kept a message, or, when it comes `again`, had it before.
    fn kept(&mut self, client: ClientId, said: Said, again: bool, actions: &mut Vec<Action>) {
        // Who is in the room hears it in its turn: before it may come what others said.
        let hears = match self.directory.since(&said.room, client) {
            Some(since) if self.has_others() => !again || said.seq > since.max(self.heard),
            inside => !again && inside.is_some(),
        };
        if !hears {
            actions.push(Action::Tell(client, Event::Said(said.clone())));
        }
        if !self.has_others() && !again {
            actions.push(Action::TellRoom { room: said.room.clone(), except: None, event: Event::Said(said) });
        }
    }

    /// Something is told privately, or, when it comes `again`, was told before: its sender hears it then alone.
    fn told(&self, client: ClientId, private: Private, again: bool, actions: &mut Vec<Action>) {
        let to = self.receiver(&private.to).filter(|to| !again && *to != client);
        let event = Event::Told(self.as_told(private));
        actions.extend(to.map(|to| Action::Tell(to, event.clone())));
        actions.push(Action::Tell(client, event));
    }

    /// Returns who is there to be told something, and does not find it among what was told before.
    fn receiver(&self, to: &Party) -> Option<ClientId> {
        let client = self.connected(to)?;
        matches!(self.directory.get(client)?.told, Told::UpTo(_)).then_some(client)
    }

    fn connected(&self, party: &Party) -> Option<ClientId> {
        party.session.as_ref().map_or(party.client, |session| self.directory.with_session(session))
    }

    /// Returns what the two hear: their names are those that they have now.
    fn as_told(&self, private: Private) -> chat_protocol::Told {
        let name = |party: Party| {
            let client = party.session.as_ref().and_then(|session| self.directory.with_session(session));
            let person = client.and_then(|client| self.directory.get(client));
            person.map_or(party.name, |person| person.presence.name.clone())
        };
        let Private { seq, id, from, to, text } = private;
        chat_protocol::Told { seq, id, from: name(from), to: name(to), text }
    }

    /// A client has been brought what was told before `upto`; what came while that was looked up is looked up in turn.
    fn look_up_told(&mut self, client: ClientId, upto: i64, actions: &mut Vec<Action>) {
        let Some(person) = self.directory.get_mut(client) else { return };
        match (&person.presence.session, person.told) {
            (Some(session), Told::Asked { missed: true }) => {
                person.told = Told::Asked { missed: false };
                actions.push(Action::Ask(Job::LoadPrivate { client, session: session.clone(), after: upto }));
            }
            _ => person.told = Told::UpTo(upto),
        }
    }

    /// The history brings what was said in a room until `upto`; without that there is more.
    fn entered(
        &mut self,
        client: ClientId,
        room: String,
        mut messages: Vec<Said>,
        upto: Option<i64>,
        actions: &mut Vec<Action>,
    ) {
        let Some(person) = self.directory.get_mut(client) else { return };
        person.entering.remove(&room);
        let Some(upto) = upto else { return actions.push(Action::Tell(client, Event::History { room, messages })) };
        // Others here have heard this already.
        if upto < self.forgotten {
            return actions.push(Action::Tell(client, Event::error(Reason::Busy, About::room(&room))));
        }
        messages.extend(self.recent.iter().filter(|said| said.seq > upto && said.room == room).cloned());
        self.enter(client, &room, upto.max(self.heard), actions);
        let names = self.directory.names_in(&room);
        actions.push(Action::Tell(client, Event::Joined { room, names, messages }));
    }

    /// Puts a client into a room and tells the others.
    fn enter(&mut self, client: ClientId, room: &str, since: i64, actions: &mut Vec<Action>) {
        if let Some(name) = self.directory.enter(client, room, since) {
            self.announce(client);
            let event = Event::Entered { room: room.to_owned(), name };
            actions.push(Action::TellRoom { room: room.to_owned(), except: Some(client), event });
        }
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
        if self.has_others() {
            let before = self.directory.get(client).map(|person| person.presence.clone());
            let Presence { session: own, rooms, .. } =
                before.unwrap_or_else(|| Presence { name: String::new(), session: None, rooms: BTreeSet::new() });
            self.held.insert(client, VecDeque::new());
            let presence = Presence { name, session: session.or(own), rooms };
            actions.push(Action::Ask(Job::Claim { client, presence, after }));
            return Ok(());
        }
        let owner = self.directory.named(&fold(&name)).filter(|other| *other != client);
        if owner.is_some() && owner != session.as_ref().and_then(|session| self.directory.with_session(session)) {
            return Err(Reason::NameTaken);
        }
        self.welcome(client, name, session, after, now, actions);
        Ok(())
    }

    /// The name is the client's.
    fn welcome(
        &mut self,
        client: ClientId,
        name: String,
        session: Option<String>,
        after: Option<i64>,
        now: i64,
        actions: &mut Vec<Action>,
    ) {
        let before = session.as_ref().and_then(|session| self.directory.with_session(session));
        if let Some(before) = before.filter(|before| *before != client) {
            self.replaced(before, true, now, actions);
        }
        actions.push(Action::Tell(client, Event::Hello { name: name.clone() }));
        self.name(client, name, session, actions);
        let Some(person) = self.directory.get_mut(client) else { return };
        match &person.presence.session {
            _ if matches!(person.told, Told::UpTo(_)) => {}
            Some(session) => {
                let job = Job::LoadPrivate { client, session: session.clone(), after: after.unwrap_or(0) };
                actions.push(Action::Ask(job));
            }
            None => person.told = Told::UpTo(0),
        }
    }

    /// Gives a client a name; the rooms in which it had another one are told.
    fn name(&mut self, client: ClientId, name: String, session: Option<String>, actions: &mut Vec<Action>) {
        let before = self.directory.name(client, name.clone(), session);
        self.announce(client);
        let (Some(from), Some(person)) = (before.filter(|from| *from != name), self.directory.get(client)) else {
            return;
        };
        for room in person.presence.rooms.clone() {
            let event = Event::Renamed { room: room.clone(), from: from.clone(), to: name.clone() };
            actions.push(Action::TellRoom { room, except: None, event });
        }
    }

    /// The session, or if not that the name, has gone to another connection.
    fn replaced(&mut self, client: ClientId, session: bool, now: i64, actions: &mut Vec<Action>) {
        if self.directory.get(client).is_none() {
            return;
        }
        self.depart(client, now, actions);
        if self.directory.is_here(client) {
            let (code, reason) = match session {
                true => (SESSION_TAKEN, "the session goes on elsewhere"),
                false => (COME_BACK, "the name has been given to somebody else meanwhile"),
            };
            actions.push(Action::Close { client, code, reason });
        }
    }

    fn join(&mut self, client: ClientId, asked: &str, after: Option<i64>, actions: &mut Vec<Action>) -> Answer {
        let person = self.directory.get_mut(client).ok_or(Reason::NoName)?;
        check_name(asked)?;
        let room = fold(asked);
        check_name(&room)?;
        let rooms = &person.presence.rooms;
        if !rooms.contains(&room) && rooms.union(&person.entering).count() >= MAX_ROOMS {
            return Err(Reason::TooManyRooms);
        }
        person.entering.insert(room.clone());
        actions.push(Action::Ask(Job::Load { client, room, part: after.map_or(Part::Last, Part::After) }));
        Ok(())
    }

    /// Returns the name of a client that is in a room.
    fn name_in(&self, client: ClientId, room: &str) -> Result<String, Reason> {
        let person = self.directory.get(client).ok_or(Reason::NoName)?;
        let inside = person.presence.rooms.contains(room) || person.entering.contains(room);
        if inside { Ok(person.presence.name.clone()) } else { Err(Reason::NotInRoom) }
    }

    /// Returns how many people there are on this server, and how many rooms on all.
    pub(crate) fn size(&self) -> (usize, usize) {
        self.directory.size()
    }

    /// Returns who of a room is to hear something.
    pub(crate) fn hearers(&self, room: &str, event: &Event) -> impl Iterator<Item = ClientId> {
        let seq = if let Event::Said(said) = event { said.seq } else { i64::MAX };
        self.directory.room(room).filter(move |(_, since)| *since < seq).map(|(client, _)| client)
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
