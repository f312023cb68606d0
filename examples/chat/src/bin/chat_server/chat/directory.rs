//! Who there is, by connection, name and session, and who is in which room: on this server and on others.

use std::cmp::Reverse;
use std::collections::btree_map::Entry;
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
    found_by: BTreeMap<Key, BTreeSet<ClientId>>,
    /// Who had a name a moment ago, and since when not any more.
    away: HashMap<String, (Party, Instant)>,
}

#[derive(Debug, Default)]
pub(crate) struct Person {
    pub(crate) presence: Presence,
    /// What was told to them before is looked up: what is told now will be there too.
    pub(crate) is_looked_up: bool,
}

/// What people are found by.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    /// As it is folded.
    Name(String),
    Session(String),
    Room(String),
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

    /// Has somebody be as this says, or gone; returns how it was before.
    pub(crate) fn set(&mut self, client: ClientId, presence: Option<Presence>) -> Option<Presence> {
        let before = self.people.get(&client).map(|person| person.presence.clone());
        for key in before.iter().flat_map(keys) {
            if let Entry::Occupied(mut clients) = self.found_by.entry(key) {
                clients.get_mut().remove(&client);
                if clients.get().is_empty() {
                    clients.remove();
                }
            }
        }
        for key in presence.iter().flat_map(keys) {
            self.found_by.entry(key).or_default().insert(client);
        }
        if let Some(presence) = presence {
            self.away.remove(&fold(&presence.name));
            self.people.entry(client).or_default().presence = presence;
        } else if let Some(party) = self.as_party(client) {
            self.people.remove(&client);
            self.away.retain(|_, (_, since)| since.elapsed() < AWAY);
            if party.session.is_some() {
                self.away.insert(fold(&party.name), (Party { client: None, ..party }, Instant::now()));
            }
        }
        before
    }

    pub(crate) fn named(&self, name: &str) -> Option<ClientId> {
        self.holder(&Key::Name(fold(name)))
    }

    pub(crate) fn with_session(&self, session: &str) -> Option<ClientId> {
        self.holder(&Key::Session(session.to_owned()))
    }

    /// Returns who has a name or a session. When somebody here has it, that the other one has lost it is still to be heard.
    fn holder(&self, key: &Key) -> Option<ClientId> {
        let clients = self.found_by.get(key)?;
        clients.iter().find(|client| self.is_here(**client)).or_else(|| clients.first()).copied()
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

    /// Returns who of a room is here.
    pub(crate) fn room(&self, room: &str) -> Vec<ClientId> {
        let first = ClientId::from(self.server) << 64;
        let here = first..=first | ClientId::from(u64::MAX);
        let clients = self.found_by.get(&Key::Room(room.to_owned()));
        clients.into_iter().flat_map(|clients| clients.range(here.clone())).copied().collect()
    }

    pub(crate) fn names_in(&self, room: &str) -> Vec<String> {
        let clients = self.found_by.get(&Key::Room(room.to_owned()));
        let people = clients.into_iter().flatten().filter_map(|client| self.people.get(client));
        let mut names: Vec<_> = people.map(|person| person.presence.name.clone()).collect();
        names.sort();
        names
    }

    /// Returns the rooms, and how many people are in each.
    fn rooms(&self) -> impl Iterator<Item = (&String, usize)> {
        self.found_by.range(Key::Room(String::new())..).filter_map(|(key, clients)| match key {
            Key::Room(room) => Some((room, clients.len())),
            _ => None,
        })
    }

    /// Returns the rooms, the fullest ones first; not all when there are very many.
    pub(crate) fn list(&self) -> Vec<Room> {
        let mut rooms: Vec<_> = self.rooms().map(|(room, people)| Room { room: room.clone(), people }).collect();
        rooms.sort_by_key(|room| Reverse(room.people));
        rooms.truncate(MAX_LISTED);
        rooms
    }

    /// Returns how many people there are on this server, and how many rooms on all.
    pub(crate) fn size(&self) -> (usize, usize) {
        (self.people.keys().filter(|client| self.is_here(**client)).count(), self.rooms().count())
    }
}

/// Returns what somebody is found by.
fn keys(presence: &Presence) -> impl Iterator<Item = Key> {
    let own = [Key::Name(fold(&presence.name))].into_iter().chain(presence.session.clone().map(Key::Session));
    own.chain(presence.rooms.iter().cloned().map(Key::Room))
}
