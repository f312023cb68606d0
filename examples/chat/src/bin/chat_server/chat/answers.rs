//! What comes of what the history was asked for.

use std::collections::BTreeSet;

use chat_protocol::{About, Event, Reason};

use super::{Address, Answer, Chat, Claim, ClientId, Job, Message, News, Party, Range, Stream};

impl Chat {
    /// The history has done something, or has failed to.
    pub(crate) fn done(&mut self, client: ClientId, job: Job, answer: Option<Answer>) {
        match (job, answer) {
            (Job::Keep(asked), Some(Answer::Kept { message: kept, again })) => self.kept(client, asked, kept, again),
            // The history has begun anew since, perhaps by a clock that was ahead.
            (Job::Load { of, range }, Some(Answer::Found { upto, .. })) if range.limits().0 > upto => {
                self.ask(client, Job::Load { of, range: Range::LastAfter(0) });
            }
            (Job::Load { of, range }, Some(Answer::Found { messages, more, upto })) => {
                self.found(client, of, range, messages, more, upto);
            }
            // It has gone, and is not to have the name.
            (Job::Claim { .. }, Some(_)) if !self.held.contains_key(&client) => self.announce(client),
            (Job::Claim { presence, after }, Some(Answer::Claimed(claim))) => {
                if claim == Claim::Given {
                    self.welcome(client, presence, after);
                } else {
                    self.refuse(client, Reason::NameTaken, About::default());
                }
                self.go_on(client);
            }
            (Job::Announce(_), Some(Answer::Claimed(Claim::Given))) => {}
            (Job::Announce(_), Some(Answer::Claimed(claim))) => self.replaced(client, claim == Claim::Lost),
            (job, _) => self.failed(client, job),
        }
    }

    fn failed(&mut self, client: ClientId, job: Job) {
        let about = match job {
            Job::Keep(message) => {
                // Those who are there can talk in private without it.
                if let Some(to) = self.receiver(&message.to).filter(|_| !self.has_others()) {
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
                self.directory.get_mut(client).into_iter().for_each(|person| person.told = Some(0));
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
            Job::Tell(_) | Job::LookAfter => return,
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
        // A server alone has no news but its own.
        if !again && !self.has_others() {
            self.hear(message.seq, News::Kept(message.clone()));
        }
        // Who is there hears it in its turn, before which may come what others said; a server alone has heard all that is kept.
        let comes = |known: i64| !again || self.has_others() && message.seq > known.max(self.heard);
        let hears = match &message.to {
            Address::Room(room) => self.directory.since(room, client).is_some_and(comes),
            Address::Person(_) => comes(0),
        };
        if !hears {
            let event = self.event(message);
            self.tell(client, event);
        }
    }

    /// Returns who is there to be told something, and has been brought what was told before.
    fn receiver(&self, to: &Address) -> Option<ClientId> {
        let Address::Person(party) = to else { return None };
        let client = self.connected(party)?;
        self.directory.get(client)?.told.map(|_| client)
    }

    pub(super) fn connected(&self, party: &Party) -> Option<ClientId> {
        party.session.as_ref().map_or(party.client, |session| self.directory.with_session(session))
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

    /// The history brings a part of a stream as it was until `upto`; what has been heard of it since comes behind that.
    fn found(&mut self, client: ClientId, of: Stream, range: Range, mut messages: Vec<Message>, more: bool, upto: i64) {
        let Some(person) = self.directory.get_mut(client) else { return };
        // When there is more the client asks for it.
        let is_earlier = matches!(range, Range::Before(_));
        let is_whole = !is_earlier && (range.is_backwards() || !more);
        if is_whole && upto < self.forgotten {
            return self.ask(client, Job::Load { of, range });
        }
        if is_whole {
            let heard = self.recent.iter().filter(|message| message.seq > upto && message.streams().contains(&of));
            messages.extend(heard.cloned());
        }
        let seq = upto.max(self.heard);
        let Stream::Room(room) = of else {
            person.told = Some(seq);
            return messages.into_iter().for_each(|message| {
                let event = self.event(message);
                self.tell(client, event);
            });
        };
        let messages = messages.into_iter().map(|message| message.said(room.clone())).collect();
        if is_earlier {
            return self.tell(client, Event::Earlier { room, messages, more });
        }
        if is_whole {
            self.enter(client, &room, seq);
            let names = self.directory.names_in(&room);
            self.tell(client, Event::Joined { room, names, messages, seq });
        } else {
            self.tell(client, Event::History { room, messages });
        }
        self.go_on(client);
    }

    /// Follows what a client has asked while it waited for the history.
    fn go_on(&mut self, client: ClientId) {
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
