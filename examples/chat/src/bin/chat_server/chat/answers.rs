//! What comes of what the history was asked for.

use std::collections::BTreeSet;

use chat_protocol::{About, Event, Reason};

use super::{Address, Answer, COME_BACK, Chat, ClientId, Job, Message, News, Party, Range, Stream};

impl Chat {
    /// The history has done something, or has failed to.
    pub(crate) fn done(&mut self, client: ClientId, job: Job, answer: Option<Answer>) {
        match (job, answer) {
            (Job::Keep(asked), Some(Answer::Kept { message: kept, again })) => self.kept(client, asked, kept, again),
            (Job::Load { of, range }, Some(Answer::Found { messages, more })) => {
                self.found(client, of, range, messages, more);
            }
            // It has gone, and is not to have the name.
            (Job::Claim { .. }, Some(_)) if !self.held.contains_key(&client) => self.announce(client),
            // It is the client's when all have heard it, this server too.
            (Job::Claim { presence, after }, Some(Answer::Given)) => {
                self.given.insert(client, (presence, after));
            }
            (Job::Claim { .. }, Some(_)) => {
                self.refuse(client, Reason::NameTaken, About::default());
                self.go_on(client);
            }
            (Job::Announce(_), Some(Answer::Lost)) => self.replaced(client),
            (Job::Announce(_), Some(Answer::Taken)) => {
                self.dismiss(client, COME_BACK, "the name has been given to somebody else meanwhile");
            }
            (Job::Announce(_), Some(_)) => {}
            (job, _) => self.failed(client, job),
        }
    }

    pub(super) fn failed(&mut self, client: ClientId, job: Job) {
        let about = match job {
            Job::Keep(message) => {
                // Those who are there can talk in private without it.
                let to = match &message.to {
                    Address::Person(to) if !self.has_others() => self.receiver(to),
                    _ => None,
                };
                if let Some(to) = to {
                    let event = self.event(Message { seq: self.now.max(self.heard + 1), ..message });
                    return self.tell_all(BTreeSet::from([to, client]), event);
                }
                About::id(&message.id)
            }
            Job::Load { range: Range::Before(_), .. } => About::default(),
            Job::Load { of: Stream::Room(room), .. } => {
                self.refuse_held(client);
                About::room(&room)
            }
            // It is asked for again by the next `hello`.
            Job::Load { of: Stream::Session(_), .. } => {
                self.directory.get_mut(client).into_iter().for_each(|person| person.is_looked_up = false);
                About::default()
            }
            Job::Claim { .. } => {
                // It may have the name all the same.
                self.announce(client);
                self.refuse_held(client);
                About::default()
            }
            Job::Announce(_) => {
                self.changed.insert(client);
                return;
            }
            Job::Tell(_) | Job::LookAfter | Job::End => return,
        };
        self.refuse(client, Reason::Busy, about);
    }

    /// The history has kept a message, or, when it comes `again`, had it before.
    fn kept(&mut self, client: ClientId, asked: Message, kept: Message, again: bool) {
        let message = match kept.to {
            Address::Room(_) => kept,
            // What somebody else told under this id is nobody's business.
            Address::Person(_) => Message { seq: kept.seq, ..asked },
        };
        let is_in = |room| self.directory.get(client).is_some_and(|it| it.presence.rooms.contains(room));
        let is_outside = matches!(&message.to, Address::Room(room) if !is_in(room));
        // Who is there hears it in its turn, before which may come what others said.
        let hears = !is_outside && (!again || message.seq > self.heard);
        // A server alone has no news but its own.
        if !again && !self.has_others() {
            self.hear(message.seq, News::Kept(message.clone()));
        }
        if !hears {
            let event = self.event(message);
            self.tell(client, event);
        }
    }

    /// Returns who is there, and has been brought what was told before.
    pub(super) fn receiver(&self, party: &Party) -> Option<ClientId> {
        let client = party.session.as_ref().map_or(party.client, |session| self.directory.with_session(session))?;
        self.directory.get(client).filter(|person| !person.is_looked_up).map(|_| client)
    }

    /// Returns what is heard of a message. When it is private, the names of the two are those that they have now.
    pub(super) fn event(&self, message: Message) -> Event {
        let name = |party: Party| {
            let client = party.session.as_ref().and_then(|session| self.directory.with_session(session));
            let person = client.and_then(|client| self.directory.get(client));
            person.map_or(party.name, |person| person.presence.name.clone())
        };
        match message.to.clone() {
            Address::Room(room) => Event::Said(message.said(room)),
            Address::Person(to) => {
                let Message { seq, id, from, text, .. } = message;
                Event::Told(chat_protocol::Told { seq, id, from: name(from), to: name(to), text })
            }
        }
    }

    /// The history brings a part of a stream, of which nothing has been heard since: when there is more the client asks for it.
    fn found(&mut self, client: ClientId, of: Stream, range: Range, messages: Vec<Message>, more: bool) {
        let Some(person) = self.directory.get_mut(client) else { return };
        let Stream::Room(room) = of else {
            person.is_looked_up = false;
            return messages.into_iter().for_each(|message| {
                let event = self.event(message);
                self.tell(client, event);
            });
        };
        let messages = messages.into_iter().map(|message| message.said(room.clone())).collect();
        match range {
            Range::Before(_) => return self.tell(client, Event::Earlier { room, messages, more }),
            Range::After(_) if more => self.tell(client, Event::History { room, messages }),
            _ => {
                self.alter(client, |presence| presence.rooms.insert(room.clone()));
                let names = self.directory.names_in(&room);
                self.tell(client, Event::Joined { room, names, messages, seq: self.heard });
            }
        }
        self.go_on(client);
    }

    /// Follows what a client has asked while it waited for the history.
    pub(super) fn go_on(&mut self, client: ClientId) {
        for request in self.held.remove(&client).unwrap_or_default() {
            self.request(client, request);
        }
    }

    /// What a client waits for has failed, and what it has asked since with it.
    fn refuse_held(&mut self, client: ClientId) {
        for request in self.held.remove(&client).unwrap_or_default() {
            self.refuse(client, Reason::Busy, request.about());
        }
    }
}
