//! Who there is, by connection, name and session, and who is in which room: on this server and on others.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, Instant};

use chat_protocol::{Room, fold};

use super::job::{ClientId, Party, Presence};

/// The most rooms that are listed.
const MAX_LISTED: usize = 100;
/// How long somebody who has gone can be told something: long enough for a page to come back.
const AWAY: Duration = Duration::from_secs(120);

/// Everybody who has a name, and the rooms that they are in.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    /// This server's number: 0 when there are no others.
    pub(crate) server: u64,
    people: HashMap<ClientId, Person>,
    /// Who has a name, by the name as it is folded.
    names: HashMap<String, ClientId>,
    /// Who has a session.
    sessions: HashMap<String, ClientId>,
    /// Who had a name a moment ago, and since when not any more.
    away: HashMap<String, (Party, Instant)>,
    /// Who is in a room, and the `seq` of the last message that they knew of when they came in.
    rooms: BTreeMap<String, BTreeMap<ClientId, i64>>,
}

#[derive(Debug, Default)]
pub(crate) struct Person {
    pub(crate) presence: Presence,
    /// Until where they have been brought what was told to them privately before; what is told now is for them.
    pub(crate) told: Option<i64>,
}

impl Directory {
    pub(crate) fn new(server: u64) -> Self {
        Self { server, ..Self::default() }
    }

    pub(crate) fn get(&self, client: ClientId) -> Option<&Person> {
        self.people.get(&client)
    }

    pub(crate) fn get_mut(&mut self, client: ClientId) -> Option<&mut Person> {
        self.people.get_mut(&client)
    }

    /// Says whether somebody is connected to this server.
    pub(crate) fn is_here(&self, client: ClientId) -> bool {
        client >> 64 == self.server.into()
    }

    pub(crate) fn clients(&self) -> Vec<ClientId> {
        self.people.keys().copied().collect()
    }

    pub(crate) fn named(&self, name: &str) -> Option<ClientId> {
        self.names.get(&fold(name)).copied()
    }

    pub(crate) fn with_session(&self, session: &str) -> Option<ClientId> {
        self.sessions.get(session).copied()
    }

    /// Returns somebody of this name who is there, or has gone a moment ago.
    pub(crate) fn party(&self, name: &str) -> Option<Party> {
        let away = || self.away.get(&fold(name)).filter(|(_, since)| since.elapsed() < AWAY);
        self.named(name).map_or_else(|| away().map(|(party, _)| party.clone()), |client| self.as_party(client))
    }

    pub(crate) fn as_party(&self, client: ClientId) -> Option<Party> {
        let Presence { name, session, .. } = &self.people.get(&client)?.presence;
        Some(Party { name: name.clone(), session: session.clone(), client: Some(client) })
    }

    /// Gives a client a name, and a session if one is given; returns the name that it had.
    pub(crate) fn name(&mut self, client: ClientId, name: String, session: Option<String>) -> Option<String> {
        let key = fold(&name);
        self.away.remove(&key);
        let person = self.people.entry(client).or_default();
        let before = std::mem::replace(&mut person.presence.name, name);
        release(&mut self.names, &fold(&before), client);
        hold(&mut self.names, key, client, self.server);
        if let Some(session) = session {
            let old = person.presence.session.replace(session.clone());
            if old.as_ref() != Some(&session) {
                person.told = None;
            }
            old.iter().for_each(|old| release(&mut self.sessions, old, client));
            hold(&mut self.sessions, session, client, self.server);
        }
        Some(before).filter(|before| !before.is_empty())
    }

    /// Somebody has gone, who is in no room any more.
    pub(crate) fn remove(&mut self, client: ClientId) {
        let Some(Person { presence: Presence { name, session, .. }, .. }) = self.people.remove(&client) else { return };
        let key = fold(&name);
        release(&mut self.names, &key, client);
        if let Some(session) = session {
            release(&mut self.sessions, &session, client);
            self.away.retain(|_, (_, since)| since.elapsed() < AWAY);
            self.away.insert(key, (Party { name, session: Some(session), client: None }, Instant::now()));
        }
    }

    /// Puts a client into a room, where it knows what was said until `since`; returns its name, unless it was there.
    pub(crate) fn enter(&mut self, client: ClientId, room: &str, since: i64) -> Option<String> {
        let person = self.people.get_mut(&client)?;
        let known = self.rooms.entry(room.to_owned()).or_default().entry(client).or_insert(since);
        *known = since.max(*known);
        person.presence.rooms.insert(room.to_owned()).then(|| person.presence.name.clone())
    }

    /// Takes a client out of a room; returns its name, if it was there.
    pub(crate) fn leave(&mut self, client: ClientId, room: &str) -> Option<String> {
        let person = self.people.get_mut(&client)?;
        let name = person.presence.rooms.remove(room).then(|| person.presence.name.clone())?;
        let people = self.rooms.get_mut(room)?;
        people.remove(&client);
        if people.is_empty() {
            self.rooms.remove(room);
        }
        Some(name)
    }

    pub(crate) fn rooms_of(&self, client: ClientId) -> BTreeSet<String> {
        self.people.get(&client).map(|person| person.presence.rooms.clone()).unwrap_or_default()
    }

    /// Returns who of a room is here, and until where they know what was said.
    pub(crate) fn room(&self, room: &str) -> impl Iterator<Item = (ClientId, i64)> {
        let first = ClientId::from(self.server) << 64;
        let here = first..=first | ClientId::from(u64::MAX);
        let people = self.rooms.get(room).into_iter().flat_map(move |people| people.range(here.clone()));
        people.map(|(client, since)| (*client, *since))
    }

    /// Returns until where somebody in a room knows what was said.
    pub(crate) fn since(&self, room: &str, client: ClientId) -> Option<i64> {
        self.rooms.get(room)?.get(&client).copied()
    }

    pub(crate) fn names_in(&self, room: &str) -> Vec<String> {
        let people = self.rooms.get(room).into_iter().flat_map(BTreeMap::keys);
        let mut names: Vec<_> =
            people.filter_map(|client| self.people.get(client)).map(|person| person.presence.name.clone()).collect();
        names.sort();
        names
    }

    /// Returns the rooms, the fullest ones first; not all when there are very many.
    pub(crate) fn list(&self) -> Vec<Room> {
        let rooms = self.rooms.iter().map(|(room, people)| Room { room: room.clone(), people: people.len() });
        let mut rooms: Vec<_> = rooms.collect();
        rooms.sort_by_key(|room| Reverse(room.people));
        rooms.truncate(MAX_LISTED);
        rooms
    }

    /// Returns how many people there are on this server, and how many rooms on all.
    pub(crate) fn size(&self) -> (usize, usize) {
        (self.people.keys().filter(|client| self.is_here(**client)).count(), self.rooms.len())
    }
}

/// Gives a client what nobody has. When somebody here has it, that the other one has lost it is still to be heard.
fn hold(holders: &mut HashMap<String, ClientId>, key: String, client: ClientId, server: u64) {
    let is_here = |client: ClientId| client >> 64 == server.into();
    let holder = holders.entry(key).or_insert(client);
    if is_here(client) || !is_here(*holder) {
        *holder = client;
    }
}

/// Takes away what a client has, unless somebody else has it now.
fn release(holders: &mut HashMap<String, ClientId>, key: &str, client: ClientId) {
    if holders.get(key) == Some(&client) {
        holders.remove(key);
    }
}
