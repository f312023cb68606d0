use std::ops::Range;

use crate::ws::{Message, Prepared};

/// What a turn has to send, and to whom: every message once, and for each receiver a chain of those that are for him.
///
/// All memory is used again by the next turn: a delivery costs eight bytes and no allocation.
#[derive(Debug, Default)]
pub(super) struct Turn {
    /// The payloads of the messages that are for one receiver: the texts, which need no second check, and the others.
    texts: String,
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    links: Vec<Link>,
    /// Who has a chain, in the order in which they got one.
    receivers: Vec<u32>,
}

#[derive(Debug)]
enum Entry {
    Text(Range<usize>),
    Binary(Range<usize>),
    Ping(Range<usize>),
    Pong(Range<usize>),
    Prepared(Prepared),
}

#[derive(Debug, Clone, Copy)]
struct Link {
    entry: u32,
    next: u32,
}

/// The last link of a client's chain, which is followed by the first: 0 for none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Chain(u32);

impl Chain {
    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// What a turn holds at most before it is sent on the way; more than that comes from messages that are published by the
/// thousand.
const MAX_BYTES: usize = 256 << 10;
const MAX_LINKS: usize = 1 << 16;

/// Memory that a turn used more of than this is given back.
const KEPT: usize = 64 << 10;

impl Turn {
    pub(super) fn is_empty(&self) -> bool {
        self.receivers.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.bytes.len() + self.texts.len() >= MAX_BYTES || self.links.len() >= MAX_LINKS
    }

    /// Enters a message for one receiver; a Close is none.
    pub(super) fn push(&mut self, message: Message<'_>) -> Option<u32> {
        let entry = match message {
            Message::Text(text) => {
                let start = self.texts.len();
                self.texts.push_str(text);
                Entry::Text(start..self.texts.len())
            }
            Message::Binary(bytes) => Entry::Binary(self.keep(bytes)),
            Message::Ping(bytes) => Entry::Ping(self.keep(bytes)),
            Message::Pong(bytes) => Entry::Pong(self.keep(bytes)),
            Message::Close(_) => return None,
        };
        Some(self.enter(entry))
    }

    fn keep(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        start..self.bytes.len()
    }

    /// Enters a message for any number of receivers.
    pub(super) fn push_prepared(&mut self, prepared: Prepared) -> u32 {
        self.enter(Entry::Prepared(prepared))
    }

    fn enter(&mut self, entry: Entry) -> u32 {
        self.entries.push(entry);
        // A turn is sent long before.
        u32::try_from(self.entries.len() - 1).unwrap_or(u32::MAX)
    }

    /// Adds a message to the chain of a receiver.
    pub(super) fn link(&mut self, place: u32, chain: Chain, entry: u32) -> Chain {
        let number = u32::try_from(self.links.len() + 1).unwrap_or(u32::MAX);
        match chain.0.checked_sub(1) {
            None => {
                self.receivers.push(place);
                self.links.push(Link { entry, next: number });
            }
            Some(last) => {
                let last = &mut self.links[last as usize];
                let next = last.next;
                last.next = number;
                self.links.push(Link { entry, next });
            }
        }
        Chain(number)
    }

    /// Returns the messages of a chain, the first one first.
    pub(super) fn messages(&self, chain: Chain) -> impl Iterator<Item = Delivery<'_>> {
        let mut at = chain.0.checked_sub(1).map(|last| self.links[last as usize].next);
        std::iter::from_fn(move || {
            let number = at?;
            let link = self.links[number as usize - 1];
            at = (number != chain.0).then_some(link.next);
            Some(self.delivery(&self.entries[link.entry as usize]))
        })
    }

    fn delivery<'a>(&'a self, entry: &'a Entry) -> Delivery<'a> {
        Delivery::Message(match entry {
            Entry::Text(range) => Message::Text(&self.texts[range.clone()]),
            Entry::Binary(range) => Message::Binary(&self.bytes[range.clone()]),
            Entry::Ping(range) => Message::Ping(&self.bytes[range.clone()]),
            Entry::Pong(range) => Message::Pong(&self.bytes[range.clone()]),
            Entry::Prepared(prepared) => return Delivery::Prepared(prepared),
        })
    }

    /// Takes the receivers; when all of them have been served, [`Turn::finish`] takes them back.
    pub(super) fn take_receivers(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.receivers)
    }

    /// Empties it for the next turn.
    pub(super) fn finish(&mut self, mut receivers: Vec<u32>) {
        receivers.clear();
        self.receivers = receivers;
        self.entries.clear();
        self.links.clear();
        self.texts.clear();
        self.bytes.clear();
        self.texts.shrink_to(KEPT);
        self.bytes.shrink_to(KEPT);
        self.entries.shrink_to(KEPT / size_of::<Entry>());
        self.links.shrink_to(KEPT / size_of::<Link>());
        self.receivers.shrink_to(KEPT / size_of::<u32>());
    }
}

/// A message of a chain.
#[derive(Debug, Clone, Copy)]
pub(super) enum Delivery<'a> {
    Message(Message<'a>),
    Prepared(&'a Prepared),
}

impl Delivery<'_> {
    /// The bytes of its payload.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Message(message) => message.as_bytes().len(),
            Self::Prepared(prepared) => prepared.payload().len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_has_the_messages_in_their_order() -> Result<(), crate::ws::Unsendable> {
        let mut turn = Turn::default();
        for _ in 0..2 {
            let news = turn.push_prepared(Prepared::new("大家好")?);
            let mut chains = [Chain::default(); 2];
            for (place, entry) in
                [(0, turn.push("一".into())), (1, Some(news)), (0, Some(news)), (0, turn.push(b"2".into()))]
            {
                chains[place] = turn.link(place as u32, chains[place], entry.expect("it can be sent"));
            }
            let sent = |chain| {
                let messages = turn.messages(chain).map(|it| match it {
                    Delivery::Message(message) => format!("{message:?}"),
                    Delivery::Prepared(prepared) => String::from_utf8_lossy(prepared.payload()).into_owned(),
                });
                messages.collect::<Vec<_>>()
            };
            assert_eq!(sent(chains[0]), [r#"Text("一")"#, "大家好", "Binary([50])"]);
            assert_eq!(sent(chains[1]), ["大家好"]);
            assert_eq!(sent(Chain::default()), [""; 0]);
            let receivers = turn.take_receivers();
            assert_eq!(receivers, [0, 1]);
            turn.finish(receivers);
            assert!(turn.is_empty());
        }
        assert_eq!(turn.push(Message::Close(None)), None);
        Ok(())
    }
}
