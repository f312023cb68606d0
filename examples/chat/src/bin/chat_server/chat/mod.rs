//! Who is where: names, rooms, and what each request leads to. Knows no socket, no clock and no file.
//!
//! What is said or told is heard when it is kept, from all servers in their common order, by those who are here; who enters or
//! leaves here is announced to the others. With other servers a name is given when none of them has it.

mod answers;
mod directory;
mod job;
mod others;

use std::collections::{BTreeSet, HashMap, VecDeque};

use chat_protocol::{About, Event, LOBBY, Reason, Request, SESSION_TAKEN, fold};

use directory::Directory;
pub(crate) use job::{Address, Answer, ClientId, Job, Message, News, Party, Presence, Range, Stream};

/// The most rooms that one client is in.
const MAX_ROOMS: usize = 16;
/// The most requests of a client that wait until it has its name, or is in its room.
const MAX_HELD: usize = 64;
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
    /// Who has been given a name, and a session whose private messages they know until a place, and waits to hear that.
    given: HashMap<ClientId, (Presence, Option<i64>)>,
    guests: u64,
    messages: u64,
    /// How often the history could not do what somebody waited for.
    pub(crate) busy: u64,
    /// Whom the other servers do not know as they are now.
    changed: BTreeSet<ClientId>,
    /// The `seq` of the last news of all servers. The history tells of none that come behind it.
    pub(crate) heard: i64,
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
        request.check()?;
        match request {
            Request::Hello { name, session, after } => self.hello(client, name, session, after)?,
            Request::Join { room, after } => self.join(client, &room, after)?,
            Request::Earlier { room, before } => {
                let (room, _) = self.inside(client, &room)?;
                self.ask(client, Job::Load { of: Stream::Room(room), range: Range::Before(before) });
            }
            Request::Leave { room } => {
                let (room, name) = self.inside(client, &room)?;
                self.alter(client, |presence| presence.rooms.remove(&room));
                self.tell(client, Event::Left { room, name });
            }
            Request::Say { id, room, text } => {
                let (room, name) = self.inside(client, &room)?;
                let from = Party { name, ..Party::default() };
                self.ask(client, Job::Keep(Message { seq: 0, id, from, to: Address::Room(room), text }));
            }
            Request::Tell { id, to, text } => {
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
        self.busy += u64::from(reason == Reason::Busy);
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
        let say = Request::Say { id, room: LOBBY.into(), text };
        if name.is_none() {
            // Who says nothing that can be heard gets no name.
            say.check()?;
            let name = self.guest_name();
            self.set(client, Some(Presence { name, session: None, rooms: BTreeSet::from([LOBBY.into()]) }));
        }
        self.messages += 1;
        self.follow(client, say)
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
        self.given.remove(&client);
        self.set(client, None);
    }

    fn hello(&mut self, client: ClientId, name: String, session: Option<String>, after: Option<i64>) -> Outcome {
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
    pub(super) fn welcome(&mut self, client: ClientId, presence: Presence, after: Option<i64>) {
        let before = presence.session.as_ref().and_then(|session| self.directory.with_session(session));
        if let Some(before) = before.filter(|before| *before != client) {
            self.replaced(before);
        }
        self.tell(client, Event::Hello { name: presence.name.clone() });
        let session = presence.session.clone();
        let before = self.set(client, Some(presence)).and_then(|before| before.session);
        if let (Some(session), Some(person)) =
            (session.filter(|it| Some(it) != before.as_ref()), self.directory.get_mut(client))
        {
            person.is_looked_up = true;
            let range = Range::LastAfter(self.known(after).unwrap_or(0));
            self.ask(client, Job::Load { of: Stream::Session(session), range });
        }
    }

    /// Returns a place that a client knows, unless the history has begun anew since, perhaps by a clock that was ahead.
    fn known(&self, after: Option<i64>) -> Option<i64> {
        after.filter(|after| *after <= self.heard)
    }

    /// Has somebody be as this says, or gone, and returns how it was before. Those who are in the same rooms are told what is new
    /// in it, and so are the other servers if it is somebody who is here.
    pub(super) fn set(&mut self, client: ClientId, presence: Option<Presence>) -> Option<Presence> {
        let was = self.directory.set(client, presence.clone());
        if was == presence {
            return was;
        }
        self.announce(client);
        let (before, after) = (was.clone().unwrap_or_default(), presence.unwrap_or_default());
        for room in before.rooms.union(&after.rooms) {
            let (room, from, to) = (room.clone(), before.name.clone(), after.name.clone());
            match (before.rooms.contains(&room), after.rooms.contains(&room)) {
                (true, false) => self.tell_room(&room.clone(), None, Event::Left { room, name: from }),
                (false, _) => self.tell_room(&room.clone(), Some(client), Event::Entered { room, name: to }),
                _ if from != to => self.tell_room(&room.clone(), None, Event::Renamed { room, from, to }),
                _ => {}
            }
        }
        was
    }

    /// Changes how somebody is.
    pub(super) fn alter<T>(&mut self, client: ClientId, change: impl FnOnce(&mut Presence) -> T) {
        if let Some(mut presence) = self.directory.get(client).map(|person| person.presence.clone()) {
            change(&mut presence);
            self.set(client, Some(presence));
        }
    }

    /// The session has gone to another connection.
    pub(super) fn replaced(&mut self, client: ClientId) {
        self.dismiss(client, SESSION_TAKEN, "the session goes on elsewhere");
    }

    /// Has somebody go; the connection, if it is here, ends.
    pub(super) fn dismiss(&mut self, client: ClientId, code: u16, reason: &'static str) {
        let is_known = self.directory.get(client).is_some();
        self.depart(client);
        if is_known && self.directory.is_here(client) {
            self.actions.push(Action::Close { client, code, reason });
        }
    }

    fn join(&mut self, client: ClientId, asked: &str, after: Option<i64>) -> Outcome {
        let person = self.directory.get(client).ok_or(Reason::NoName)?;
        let room = fold(asked);
        let rooms = &person.presence.rooms;
        if !rooms.contains(&room) && rooms.len() >= MAX_ROOMS {
            return Err(Reason::TooManyRooms);
        }
        let range = after.map_or(Range::Last, |_| self.known(after).map_or(Range::LastAfter(0), Range::After));
        self.hold(client, Job::Load { of: Stream::Room(room), range });
        Ok(())
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
        self.tell_all(self.directory.room(room).into_iter().filter(|client| Some(*client) != except), event);
    }

    fn tell_all(&mut self, clients: impl IntoIterator<Item = ClientId>, event: Event) {
        let clients: Vec<_> = clients.into_iter().collect();
        if !clients.is_empty() {
            self.actions.push(Action::Tell(clients, event));
        }
    }
}
