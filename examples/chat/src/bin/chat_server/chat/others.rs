//! What the chat shares with other servers: what it hears of them, and what they are to know of it.

use std::collections::BTreeSet;

use chat_protocol::Event;

use super::{Address, COME_BACK, Chat, ClientId, Job, Message, News, Presence, RECENT};

impl Chat {
    /// All servers hear this, in this order.
    pub(crate) fn hear(&mut self, seq: i64, news: News) {
        self.heard = seq;
        match news {
            News::Kept(message) => self.hear_message(Message { seq, ..message }),
            News::Replaced { client } => self.replaced(client, true),
            News::Ended { server } if server != self.directory.server => {
                for client in self.directory.clients().into_iter().filter(|client| client >> 64 == server.into()) {
                    self.depart(client);
                }
            }
            // What is here is known.
            News::Here { client, .. } | News::Gone { client } | News::Typing { client, .. }
                if self.directory.is_here(client) => {}
            News::Here { client, presence } => self.know(client, presence),
            News::Gone { client } => self.depart(client),
            News::Typing { room, name, .. } => self.tell_room(&room, None, Event::Typing { room: room.clone(), name }),
            News::Ended { .. } => {}
        }
    }

    fn hear_message(&mut self, message: Message) {
        let seq = message.seq;
        if self.recent.len() == RECENT {
            self.forgotten = self.recent.pop_front().map_or(0, |message| message.seq);
        }
        self.recent.push_back(message.clone());
        // Others find it, or have found it, in the history.
        let mut hearers: Vec<_> = match &message.to {
            Address::Room(room) => {
                self.directory.room(room).filter(|(_, since)| *since < seq).map(|(client, _)| client).collect()
            }
            Address::Person(to) => {
                let clients = [to, &message.from].into_iter().filter_map(|party| self.connected(party));
                let hears = |client: &ClientId| self.directory.get(*client)?.told.filter(|upto| *upto < seq);
                clients.filter(|client| self.directory.is_here(*client) && hears(client).is_some()).collect()
            }
        };
        // Who tells themselves something hears it once.
        hearers.dedup();
        let event = self.event(message);
        self.tell_all(hearers, event);
    }

    /// Somebody on another server is as this says.
    fn know(&mut self, client: ClientId, presence: Presence) {
        self.name(client, presence.name, presence.session);
        let known = self.directory.rooms_of(client);
        for room in known.difference(&presence.rooms) {
            self.leave(client, room);
        }
        for room in presence.rooms.difference(&known) {
            self.enter(client, room, 0);
        }
    }

    /// This server knows nothing of what was told before `seq`: these are those who are on others. Who is here comes back to
    /// hear what was missed.
    pub(crate) fn begin(&mut self, seq: i64, others: Vec<(ClientId, Presence)>) {
        (self.heard, self.forgotten) = (seq, seq);
        self.recent.clear();
        let known: BTreeSet<_> = others.iter().map(|(client, _)| *client).collect();
        for client in self.directory.clients() {
            if self.directory.is_here(client) || !known.contains(&client) {
                self.dismiss(client, COME_BACK, "this server has missed something");
            }
        }
        for (client, presence) in others {
            if !self.directory.is_here(client) {
                self.know(client, presence);
            }
        }
    }

    pub(super) fn announce(&mut self, client: ClientId) {
        if self.has_others() && self.directory.is_here(client) {
            if self.changed.is_empty() {
                self.ask(client, Job::LookAfter);
            }
            self.changed.insert(client);
        }
    }

    /// Has everybody who is here announced, when it comes to that.
    pub(crate) fn announce_all(&mut self) {
        self.changed.extend(self.directory.clients().into_iter().filter(|client| self.directory.is_here(*client)));
    }

    /// Returns what the other servers do not know yet: who is here, and how, or has gone.
    pub(crate) fn changes(&mut self) -> Vec<(ClientId, Job)> {
        let presence = |client| self.directory.get(client).map(|person| person.presence.clone());
        std::mem::take(&mut self.changed).into_iter().map(|id| (id, Job::Announce(presence(id)))).collect()
    }
}
