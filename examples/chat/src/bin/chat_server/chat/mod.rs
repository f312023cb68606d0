//! Who is where: names, rooms, and what each request leads to. Knows no socket, no clock and no file.
//!
//! What is said or told is heard when it is kept, from all servers in their common order, by those who are here; who enters or
//! leaves here is announced to the others. With other servers a name is given when none of them has it.

mod answers;
mod directory;
mod job;
mod others;

use std::collections::{BTreeSet, HashMap, VecDeque};

use chat_protocol::{About, Event, LOBBY, MAX_ID, MAX_NAME, MAX_TEXT, Reason, Request, SESSION_TAKEN, fold, names};

use directory::Directory;
pub(crate) use job::{Address, Answer, Claim, ClientId, Job, Message, News, Party, Presence, Range, Stream};

/// The most rooms that one client is in.
const MAX_ROOMS: usize = 16;
/// The most requests of a client that wait until it has its name, or is in its room.
const MAX_HELD: usize = 64;
/// How many messages are remembered for those whose history was looked up just before them.
const RECENT: usize = 1024;
/// The code of the Close frame to a client that is to come back at once.
const COME_BACK: u16 = 1012;

/// What is to be done, in this order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// These clients are to hear this.
    Tell(Vec<ClientId>, Event),
    /// The history is to do this for a client, then [`Chat::done`] is told.
    Ask(ClientId, Job),
    /// The connection is to end.
    Close { client: ClientId, code: u16, reason: &'static str },
}

/// Everybody who has a name, and what they wait for.
#[derive(Debug, Default)]
pub(crate) struct Chat {
    /// The time, in microseconds since 1970.
    pub(crate) now: i64,
    /// What has come to be done, until somebody does it.
    pub(crate) actions: Vec<Action>,
    directory: Directory,
    /// Requests of those who wait for a name or a room.
    held: HashMap<ClientId, VecDeque<Request>>,
    guests: u64,
    messages: u64,
    /// Whom the other servers do not know as they are now.
    changed: BTreeSet<ClientId>,
    /// The `seq` of the last news of all servers.
    heard: i64,
    /// The last messages among them, and the `seq` of the last one that is not remembered any more.
    recent: VecDeque<Message>,
    forgotten: i64,
}

type Outcome<T = ()> = Result<T, Reason>;

impl Chat {
    /// Creates the chat of a server of this number: 0 when there are no others, else a random one.
    pub(crate) fn new(server: u64) -> Self {
        Self { directory: Directory::new(server), ..Self::default() }
    }

    fn has_others(&self) -> bool {
        self.directory.server != 0
    }

    /// Follows a request.
    pub(crate) fn request(&mut self, client: ClientId, request: Request) {
        let about = request.about();
        let outcome = match self.held.get_mut(&client) {
            Some(held) if held.len() < MAX_HELD => {
                held.push_back(request);
                Ok(())
            }
            Some(_) => Err(Reason::Busy),
            None => self.follow(client, request),
        };
        if let Err(reason) = outcome {
            self.refuse(client, reason, about);
        }
    }

    fn follow(&mut self, client: ClientId, request: Request) -> Outcome {
        match request {
            Request::Hello { name, session, after } => self.hello(client, name, session, after)?,
            Request::Join { room, after } => self.join(client, &room, after)?,
            Request::Earlier { room, before } => {
                let (room, _) = self.inside(client, &room)?;
                self.ask(client, Job::Load { of: Stream::Room(room), range: Range::Before(before) });
            }
            Request::Leave { room } => {
                self.directory.get(client).ok_or(Reason::NoName)?;
                let left = self.leave(client, &fold(&room)).ok_or(Reason::NotInRoom)?;
                self.tell(client, left);
            }
            Request::Say { id, room, text } => {
                check_message(&id, &text)?;
                let (room, name) = self.inside(client, &room)?;
                let from = Party { name, ..Party::default() };
                self.ask(client, Job::Keep(Message { seq: 0, id, from, to: Address::Room(room), text }));
            }
            Request::Tell { id, to, text } => {
                check_message(&id, &text)?;
                let from = self.directory.as_party(client).ok_or(Reason::NoName)?;
                let to = Address::Person(self.directory.party(&to).ok_or(Reason::Absent)?);
                self.ask(client, Job::Keep(Message { seq: 0, id, from, to, text }));
            }
            Request::Typing { room } => {
                let (room, name) = self.inside(client, &room)?;
                if self.has_others() {
                    self.ask(client, Job::Tell(News::Typing { client, room: room.clone(), name: name.clone() }));
                }
                self.tell_room(&room, Some(client), Event::Typing { room: room.clone(), name });
            }
            Request::Who { room } => {
                let room = fold(&room);
                let names = self.directory.names_in(&room);
                self.tell(client, Event::People { room, names });
            }
            Request::Rooms => self.tell(client, Event::Rooms { rooms: self.directory.list() }),
            Request::Plain { text } => self.plain(client, text)?,
        }
        Ok(())
    }

    /// Refuses a request, or tells why it came to nothing.
    pub(crate) fn refuse(&mut self, client: ClientId, reason: Reason, about: About) {
        self.tell(client, Event::error(reason, about));
    }

    /// Takes plain text: whoever has no name says it in the lobby, as a guest.
    fn plain(&mut self, client: ClientId, text: String) -> Outcome {
        let name = self.directory.get(client).map(|person| &person.presence.name);
        if name.is_some_and(|name| !name.starts_with("guest-")) {
            return Err(Reason::BadRequest);
        }
        // The guest made up no id of its own.
        let id = format!("{client:x}-{}-{}", self.now, self.messages);
        check_message(&id, &text)?;
        if name.is_none() {
            let name = self.guest_name();
            self.name(client, name, None);
            self.enter(client, LOBBY, self.heard);
        }
        self.messages += 1;
        self.follow(client, Request::Say { id, room: LOBBY.into(), text })
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

    /// The connection has ended.
    pub(crate) fn depart(&mut self, client: ClientId) {
        self.held.remove(&client);
        if self.directory.get(client).is_none() {
            return;
        }
        for room in self.directory.rooms_of(client) {
            self.leave(client, &room);
        }
        self.announce(client);
        self.directory.remove(client);
    }

    fn hello(&mut self, client: ClientId, name: String, session: Option<String>, after: Option<i64>) -> Outcome {
        check_name(&name)?;
        session.as_deref().map_or(Ok(()), check_id)?;
        let before = self.directory.get(client).map(|person| person.presence.clone()).unwrap_or_default();
        let presence = Presence { name, session: session.or(before.session), rooms: before.rooms };
        if self.has_others() {
            self.hold(client, Job::Claim { presence, after });
            return Ok(());
        }
        let owner = self.directory.named(&presence.name).filter(|other| *other != client);
        if owner.is_some() && owner != presence.session.as_ref().and_then(|it| self.directory.with_session(it)) {
            return Err(Reason::NameTaken);
        }
        self.welcome(client, presence, after);
        Ok(())
    }

    /// The name is the client's.
    fn welcome(&mut self, client: ClientId, presence: Presence, after: Option<i64>) {
        let Presence { name, session, .. } = presence;
        let before = session.as_ref().and_then(|session| self.directory.with_session(session));
        if let Some(before) = before.filter(|before| *before != client) {
            self.replaced(before, true);
        }
        self.tell(client, Event::Hello { name: name.clone() });
        self.name(client, name, session.clone());
        let Some(person) = self.directory.get_mut(client) else { return };
        match session {
            _ if person.told.is_some() => {}
            Some(session) => {
                let range = Range::LastAfter(after.unwrap_or(0));
                self.ask(client, Job::Load { of: Stream::Session(session), range });
            }
            None => person.told = Some(0),
        }
    }

    /// Gives a client a name; the rooms in which it had another one are told.
    fn name(&mut self, client: ClientId, name: String, session: Option<String>) {
        let before = self.directory.name(client, name.clone(), session);
        self.announce(client);
        let Some(from) = before.filter(|from| *from != name) else { return };
        for room in self.directory.rooms_of(client) {
            let (from, to) = (from.clone(), name.clone());
            self.tell_room(&room, None, Event::Renamed { room: room.clone(), from, to });
        }
    }

    /// The session, or if not that the name, has gone to another connection.
    pub(crate) fn replaced(&mut self, client: ClientId, session: bool) {
        match session {
            true => self.dismiss(client, SESSION_TAKEN, "the session goes on elsewhere"),
            false => self.dismiss(client, COME_BACK, "the name has been given to somebody else meanwhile"),
        }
    }

    /// Has somebody go; the connection, if it is here, ends.
    fn dismiss(&mut self, client: ClientId, code: u16, reason: &'static str) {
        let is_known = self.directory.get(client).is_some();
        self.depart(client);
        if is_known && self.directory.is_here(client) {
            self.actions.push(Action::Close { client, code, reason });
        }
    }

    fn join(&mut self, client: ClientId, asked: &str, after: Option<i64>) -> Outcome {
        let person = self.directory.get(client).ok_or(Reason::NoName)?;
        check_name(asked)?;
        let room = fold(asked);
        check_name(&room)?;
        let rooms = &person.presence.rooms;
        if !rooms.contains(&room) && rooms.len() >= MAX_ROOMS {
            return Err(Reason::TooManyRooms);
        }
        self.hold(client, Job::Load { of: Stream::Room(room), range: after.map_or(Range::Last, Range::After) });
        Ok(())
    }

    /// Puts a client into a room and tells the others.
    fn enter(&mut self, client: ClientId, room: &str, since: i64) {
        if let Some(name) = self.directory.enter(client, room, since) {
            self.announce(client);
            self.tell_room(room, Some(client), Event::Entered { room: room.to_owned(), name });
        }
    }

    /// Takes a client out of a room and tells the others; returns what they hear.
    fn leave(&mut self, client: ClientId, room: &str) -> Option<Event> {
        let event = Event::Left { room: room.to_owned(), name: self.directory.leave(client, room)? };
        self.announce(client);
        self.tell_room(room, None, event.clone());
        Some(event)
    }

    /// Returns a room that a client is in, by the name that it has here, and the client's.
    fn inside(&self, client: ClientId, room: &str) -> Outcome<(String, String)> {
        let (room, person) = (fold(room), self.directory.get(client).ok_or(Reason::NoName)?);
        if person.presence.rooms.contains(&room) {
            Ok((room, person.presence.name.clone()))
        } else {
            Err(Reason::NotInRoom)
        }
    }

    /// Returns how many people there are on this server, and how many rooms on all.
    pub(crate) fn size(&self) -> (usize, usize) {
        self.directory.size()
    }

    /// Asks the history for something upon which depends what the client asks next: that waits.
    fn hold(&mut self, client: ClientId, job: Job) {
        self.held.insert(client, VecDeque::new());
        self.ask(client, job);
    }

    fn ask(&mut self, client: ClientId, job: Job) {
        self.actions.push(Action::Ask(client, job));
    }

    fn tell(&mut self, client: ClientId, event: Event) {
        self.tell_all([client], event);
    }

    fn tell_room(&mut self, room: &str, except: Option<ClientId>, event: Event) {
        let clients: Vec<_> = self.directory.room(room).map(|(client, _)| client).collect();
        self.tell_all(clients.into_iter().filter(|client| Some(*client) != except), event);
    }

    fn tell_all(&mut self, clients: impl IntoIterator<Item = ClientId>, event: Event) {
        let clients: Vec<_> = clients.into_iter().collect();
        if !clients.is_empty() {
            self.actions.push(Action::Tell(clients, event));
        }
    }
}

/// Names are unique to the eye too, as far as that is cheap: nothing invisible, no text direction turned round.
fn check_name(name: &str) -> Outcome {
    match name.chars().take(MAX_NAME + 1).count() {
        1..=MAX_NAME if name.contains(char::is_whitespace) => Err(Reason::BlankInName),
        1..=MAX_NAME if names::is_invisible(name) => Err(Reason::InvisibleName),
        1..=MAX_NAME => Ok(()),
        _ => Err(Reason::BadName),
    }
}

fn check_message(id: &str, text: &str) -> Outcome {
    check_id(id)?;
    let good = !names::is_blank(text) && text.chars().take(MAX_TEXT + 1).count() <= MAX_TEXT;
    if good { Ok(()) } else { Err(Reason::BadText) }
}

fn check_id(id: &str) -> Outcome {
    if (1..=MAX_ID).contains(&id.len()) { Ok(()) } else { Err(Reason::BadId) }
}
