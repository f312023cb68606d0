//! What the chat shares with other servers: what it hears of them, and what they are to know of it.

use std::collections::BTreeMap;

use chat_protocol::Event;

use super::{Address, COME_BACK, Chat, ClientId, Job, Message, News, Presence};

impl Chat {
    /// All servers hear this, in this order.
    pub(crate) fn hear(&mut self, seq: i64, news: News) {
        self.heard = seq;
        match news {
            News::Kept(message) => self.hear_message(Message { seq, ..message }),
            News::Replaced { client } => self.replaced(client),
            News::Ended { server } => {
                for client in self.directory.clients() {
                    if client >> 64 == server.into() && !self.directory.is_here(client) {
                        self.depart(client);
                    }
                }
            }
            News::Here { client, presence } if self.directory.is_here(client) => {
                if self.given.get(&client).is_some_and(|(given, _)| *given == presence) {
                    let after = self.given.remove(&client).and_then(|(_, after)| after);
                    self.welcome(client, presence, after);
                    self.go_on(client);
                }
            }
            // What is here is known.
            News::Gone { client } | News::Typing { client, .. } if self.directory.is_here(client) => {}
            News::Here { client, presence } => drop(self.set(client, Some(presence))),
            News::Gone { client } => self.depart(client),
            News::Typing { room, name, .. } => self.tell_room(&room, None, Event::Typing { room: room.clone(), name }),
        }
    }

    fn hear_message(&mut self, message: Message) {
        let mut hearers = match &message.to {
            Address::Room(room) => self.directory.room(room),
            Address::Person(to) => {
                let clients = [to, &message.from].into_iter().filter_map(|party| self.receiver(party));
                clients.filter(|client| self.directory.is_here(*client)).collect()
            }
        };
        // Who tells themselves something hears it once.
        hearers.dedup();
        let event = self.event(message);
        self.tell_all(hearers, event);
    }

    /// This server knows nothing of what was told before `seq`: these are those who are on others. Who is here comes back to
    /// hear what was missed.
    pub(crate) fn begin(&mut self, seq: i64, others: Vec<(ClientId, Presence)>) {
        self.heard = seq;
        let others: BTreeMap<_, _> =
            others.into_iter().filter(|(client, _)| !self.directory.is_here(*client)).collect();
        for client in self.directory.clients().into_iter().filter(|client| !others.contains_key(client)) {
            self.dismiss(client, COME_BACK, "this server has missed something");
        }
        for (client, presence) in others {
            self.set(client, Some(presence));
        }
    }

    /// It is not known whether what was given will be heard: who waits for that is to ask again.
    pub(crate) fn give_up(&mut self) {
        for (client, (presence, after)) in std::mem::take(&mut self.given) {
            self.failed(client, Job::Claim { presence, after });
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
