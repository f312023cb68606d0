//! What the chat shares with other servers: what it hears of them, and what they are to know of it.

use std::collections::BTreeSet;

use chat_protocol::{Event, Said};

use super::directory::Told;
use super::{Action, COME_BACK, Chat, ClientId, News, Presence, Private, RECENT};

impl Chat {
    /// All servers hear this, in this order. `now` is in microseconds since 1970.
    pub(crate) fn hear(&mut self, seq: i64, news: News, now: i64, actions: &mut Vec<Action>) {
        self.heard = seq;
        match news {
            News::Said(said) => {
                let said = Said { seq, ..said };
                if self.recent.len() == RECENT {
                    self.forgotten = self.recent.pop_front().map_or(0, |said| said.seq);
                }
                self.recent.push_back(said.clone());
                actions.push(Action::TellRoom { room: said.room.clone(), except: None, event: Event::Said(said) });
            }
            News::Told(private) => {
                let private = Private { seq, ..private };
                let to = self.connected(&private.to);
                let from = self.connected(&private.from).filter(|from| Some(*from) != to);
                let told = Event::Told(self.as_told(private));
                for client in [to, from].into_iter().flatten() {
                    if self.directory.is_here(client) {
                        self.hear_told(client, seq, &told, actions);
                    }
                }
            }
            News::Replaced { client } => self.replaced(client, true, now, actions),
            News::Ended { server } if server != self.directory.server => {
                for client in self.directory.clients(false) {
                    if client >> 64 == server.into() {
                        self.depart(client, now, actions);
                    }
                }
            }
            // What is here is known.
            News::Here { client, .. } | News::Gone { client } | News::Typing { client, .. }
                if self.directory.is_here(client) => {}
            News::Here { client, presence } => self.know(client, presence, actions),
            News::Gone { client } => self.depart(client, now, actions),
            News::Typing { room, name, .. } => {
                let event = Event::Typing { room: room.clone(), name };
                actions.push(Action::TellRoom { room, except: None, event });
            }
            News::Ended { .. } => {}
        }
    }

    /// Somebody here is told something privately, or finds it among what is looked up.
    fn hear_told(&mut self, client: ClientId, seq: i64, told: &Event, actions: &mut Vec<Action>) {
        match self.directory.get_mut(client).map(|person| &mut person.told) {
            Some(Told::Asked { missed }) => *missed = true,
            Some(Told::UpTo(upto)) if seq > *upto => actions.push(Action::Tell(client, told.clone())),
            _ => {}
        }
    }

    /// Somebody on another server is as this says.
    fn know(&mut self, client: ClientId, presence: Presence, actions: &mut Vec<Action>) {
        self.name(client, presence.name, presence.session, actions);
        let known = self.directory.get(client).map(|person| person.presence.rooms.clone()).unwrap_or_default();
        for room in known.difference(&presence.rooms) {
            if let Some(name) = self.directory.leave(client, room) {
                let event = Event::Left { room: room.clone(), name };
                actions.push(Action::TellRoom { room: room.clone(), except: None, event });
            }
        }
        for room in presence.rooms.difference(&known) {
            self.enter(client, room, 0, actions);
        }
    }

    /// This server knows nothing of what was told before `seq`: these are those who are on others. Who is here comes back to
    /// hear what was missed. `now` is in microseconds since 1970.
    pub(crate) fn begin(&mut self, seq: i64, others: Vec<(ClientId, Presence)>, now: i64, actions: &mut Vec<Action>) {
        (self.heard, self.forgotten) = (seq, seq);
        self.recent.clear();
        let known: BTreeSet<_> = others.iter().map(|(client, _)| *client).collect();
        for client in self.directory.clients(false).into_iter().filter(|client| !known.contains(client)) {
            self.depart(client, now, actions);
        }
        for (client, presence) in others {
            if !self.directory.is_here(client) {
                self.know(client, presence, actions);
            }
        }
        for client in self.directory.clients(true) {
            self.depart(client, now, actions);
            let reason = "this server has missed something";
            actions.push(Action::Close { client, code: COME_BACK, reason });
        }
    }

    pub(super) fn announce(&mut self, client: ClientId) {
        if self.has_others() && self.directory.is_here(client) {
            self.changed.insert(client);
        }
    }

    /// Has everybody who is here announced, or these.
    pub(crate) fn announce_again(&mut self, clients: Option<Vec<ClientId>>) {
        self.changed.extend(clients.unwrap_or_else(|| self.directory.clients(true)));
    }

    /// Returns what the other servers do not know yet: who is here, and how, or has gone.
    pub(crate) fn changes(&mut self, most: usize) -> Vec<(ClientId, Option<Presence>)> {
        let clients = std::iter::from_fn(|| self.changed.pop_first()).take(most);
        clients.map(|id| (id, self.directory.get(id).map(|person| person.presence.clone()))).collect()
    }

    pub(crate) fn has_changes(&self) -> bool {
        !self.changed.is_empty()
    }
}
