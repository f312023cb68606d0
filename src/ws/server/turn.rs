use std::ops::Range;

use crate::ws::{Message, OpCode, Prepared, frame::Head};

/// What a turn has to send, and to whom: every message once, and for each receiver a chain of those that are for him.
///
/// All memory is used again by the next turn: a delivery costs eight bytes and no allocation.
#[derive(Debug, Default)]
pub(super) struct Turn {
    /// The frames of messages that are for one receiver: the first `used` bytes of initialised memory.
    frames: Vec<u8>,
    used: usize,
    /// The messages of one receiver whose connection compresses them by itself: the texts, which need no second check, and
    /// the others.
    texts: String,
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    links: Vec<Link>,
    /// Who has a chain or something to answer, in the order in which that came up.
    receivers: Vec<u32>,
    /// The bytes of what is no frame for one receiver: messages that are not encoded yet, and what is published.
    others: usize,
    /// Whose frames the last entry holds: the next one may join them, and where they end is not entered before.
    run: Option<u32>,
    /// The chain whose bytes were counted last.
    counted: Option<Counted>,
    /// How many messages there are to all receivers, and their bytes.
    pub(super) messages: usize,
    pub(super) bytes_out: usize,
}

#[derive(Debug)]
enum Entry {
    Frames(Range<usize>),
    Text(Range<usize>),
    Binary(Range<usize>),
    Prepared(Prepared),
}

#[derive(Debug, Clone, Copy)]
struct Link {
    entry: u32,
    next: u32,
}

/// How many bytes a chain had when its last link was this one.
#[derive(Debug, Clone, Copy)]
struct Counted {
    first: u32,
    last: u32,
    bytes: usize,
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
pub(super) const MAX_BYTES: usize = 256 << 10;
const MAX_LINKS: usize = 1 << 16;

/// Memory that a turn used more of than this is given back: more than a full one needs.
const KEPT: usize = 320 << 10;

impl Turn {
    /// Says whether it holds nothing: what was published and nobody hears is to be given back, too.
    pub(super) fn is_empty(&self) -> bool {
        self.receivers.is_empty() && self.entries.is_empty()
    }

    /// Says whether nobody but this client has something to receive.
    #[inline]
    pub(super) fn is_only_for(&self, place: u32) -> bool {
        self.receivers == [place]
    }

    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.used + self.others >= MAX_BYTES || self.links.len() >= MAX_LINKS
    }

    /// Enters that a client has something to answer.
    pub(super) fn touch(&mut self, place: u32) {
        self.receivers.push(place);
    }

    /// Adds a frame to the chain of a receiver; one that follows the last is one with it.
    #[inline]
    pub(super) fn push_frame(&mut self, place: u32, chain: Chain, opcode: OpCode, payload: &[u8]) -> Chain {
        let start = self.used;
        let first = 0x80 | opcode as u8;
        let [.., high, low] = payload.len().to_be_bytes();
        // A message of 64 KiB and more is not for here.
        let header = if payload.len() <= 125 { 2 } else { 4 };
        let room = match self.frames.get_mut(start..start + header + payload.len()) {
            Some(room) => room,
            None => self.grow(header + payload.len()),
        };
        let (head, body) = room.split_at_mut(header);
        match head {
            [one, two] => [*one, *two] = [first, low],
            head => head.copy_from_slice(&[first, 126, high, low]),
        }
        body.copy_from_slice(payload);
        self.used = start + header + payload.len();
        self.messages += 1;
        self.bytes_out += payload.len();
        if self.run == Some(place) { chain } else { self.begin_run(place, chain, start) }
    }

    /// Makes room for so many bytes more.
    #[cold]
    fn grow(&mut self, more: usize) -> &mut [u8] {
        let length = (self.used + more).max(2 * self.frames.len()).max(4096);
        self.frames.resize(length, 0);
        &mut self.frames[self.used..self.used + more]
    }

    #[inline(never)]
    fn begin_run(&mut self, place: u32, chain: Chain, start: usize) -> Chain {
        self.end_run_at(start);
        let entry = self.enter(Entry::Frames(start..self.used));
        let chain = self.link(place, chain, entry);
        self.run = Some(place);
        chain
    }

    /// Has the next frame begin an entry of its own: the chain that the last one is in is to be written.
    #[inline]
    pub(super) fn end_run(&mut self) {
        self.end_run_at(self.used);
    }

    #[inline]
    fn end_run_at(&mut self, end: usize) {
        if let (Some(_), Some(Entry::Frames(range))) = (self.run.take(), self.entries.last_mut()) {
            range.end = end;
        }
    }

    fn last_link(&self, chain: Chain) -> Option<Link> {
        self.links.get(chain.0.checked_sub(1)? as usize).copied()
    }

    /// Enters a message for one receiver whose connection encodes it.
    pub(super) fn push_message(&mut self, place: u32, chain: Chain, message: Message<'_>) -> Chain {
        let entry = match message {
            Message::Text(text) => {
                let start = self.texts.len();
                self.texts.push_str(text);
                Entry::Text(start..self.texts.len())
            }
            message => {
                let start = self.bytes.len();
                self.bytes.extend_from_slice(message.as_bytes());
                Entry::Binary(start..self.bytes.len())
            }
        };
        self.messages += 1;
        self.bytes_out += message.as_bytes().len();
        self.others += message.as_bytes().len();
        let entry = self.enter(entry);
        self.link(place, chain, entry)
    }

    /// Enters a message for any number of receivers.
    pub(super) fn push_prepared(&mut self, prepared: Prepared) -> u32 {
        self.others += prepared.frame().len();
        self.enter(Entry::Prepared(prepared))
    }

    fn enter(&mut self, entry: Entry) -> u32 {
        self.end_run();
        self.entries.push(entry);
        // A turn is sent long before.
        u32::try_from(self.entries.len() - 1).unwrap_or(u32::MAX)
    }

    /// Adds a message to the chain of a receiver.
    #[inline]
    pub(super) fn link(&mut self, place: u32, chain: Chain, entry: u32) -> Chain {
        // What its run gets from now on would come before this.
        self.end_run();
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

    /// Returns the frames of a chain that has them in one piece.
    #[inline]
    pub(super) fn one_piece(&self, chain: Chain) -> Option<&[u8]> {
        debug_assert!(self.run.is_none(), "the end of a run is to be entered");
        let link = self.last_link(chain)?;
        match self.entries.get(link.entry as usize)? {
            Entry::Frames(range) if link.next == chain.0 => self.frames.get(range.clone()),
            Entry::Prepared(prepared) if link.next == chain.0 => Some(prepared.frame()),
            _ => None,
        }
    }

    /// Returns the messages of a chain, the first one first.
    pub(super) fn messages(&self, chain: Chain) -> impl Iterator<Item = Delivery<'_>> {
        debug_assert!(self.run.is_none(), "the end of a run is to be entered");
        let mut at = self.last_link(chain).map(|last| last.next);
        std::iter::from_fn(move || {
            let number = at?;
            let link = self.links[number as usize - 1];
            at = (number != chain.0).then_some(link.next);
            Some(self.delivery(link))
        })
    }

    #[inline]
    fn delivery(&self, link: Link) -> Delivery<'_> {
        match &self.entries[link.entry as usize] {
            Entry::Frames(range) => Delivery::Frames(&self.frames[range.clone()]),
            Entry::Text(range) => Delivery::Message(Message::Text(&self.texts[range.clone()])),
            Entry::Binary(range) => Delivery::Message(Message::Binary(&self.bytes[range.clone()])),
            Entry::Prepared(prepared) => Delivery::Prepared(prepared),
        }
    }

    /// How many bytes a chain has. Who asks after each message is not answered by going through all of them again.
    pub(super) fn length(&mut self, chain: Chain) -> usize {
        self.end_run();
        let Some(Link { next: first, .. }) = self.last_link(chain) else { return 0 };
        let mut at = first;
        let mut bytes = 0;
        if let Some(counted) = self.counted.filter(|counted| counted.first == first) {
            if counted.last == chain.0 {
                return counted.bytes;
            }
            at = self.links[counted.last as usize - 1].next;
            bytes = counted.bytes;
        }
        loop {
            let link = self.links[at as usize - 1];
            bytes += self.delivery(link).frames().len();
            if at == chain.0 {
                break;
            }
            at = link.next;
        }
        self.counted = Some(Counted { first, last: chain.0, bytes });
        bytes
    }

    /// Takes the receivers; when all of them have been served, [`Turn::finish`] takes them back.
    pub(super) fn take_receivers(&mut self) -> Vec<u32> {
        self.end_run();
        std::mem::take(&mut self.receivers)
    }

    /// Empties it for the next turn.
    pub(super) fn finish(&mut self, mut receivers: Vec<u32>) {
        receivers.clear();
        self.receivers = receivers;
        self.entries.clear();
        self.links.clear();
        self.used = 0;
        self.texts.clear();
        self.bytes.clear();
        self.others = 0;
        self.run = None;
        self.counted = None;
        self.messages = 0;
        self.bytes_out = 0;
        if self.frames.len() > KEPT || self.links.capacity() > KEPT / size_of::<Link>() {
            self.give_back();
        }
    }

    #[cold]
    fn give_back(&mut self) {
        self.frames.truncate(KEPT);
        self.frames.shrink_to_fit();
        self.texts.shrink_to(KEPT);
        self.bytes.shrink_to(KEPT);
        self.entries.shrink_to(KEPT / size_of::<Entry>());
        self.links.shrink_to(KEPT / size_of::<Link>());
        self.receivers.shrink_to(KEPT / size_of::<u32>());
    }
}

/// A part of a chain.
#[derive(Debug, Clone, Copy)]
pub(super) enum Delivery<'a> {
    /// One or more frames.
    Frames(&'a [u8]),
    Message(Message<'a>),
    Prepared(&'a Prepared),
}

impl<'a> Delivery<'a> {
    /// The frames that it is for a connection that takes them as they are.
    pub(super) fn frames(self) -> &'a [u8] {
        match self {
            Self::Frames(frames) => frames,
            Self::Message(message) => message.as_bytes(),
            Self::Prepared(prepared) => prepared.frame(),
        }
    }
}

/// Takes the frames apart that lie one behind the other.
pub(super) fn each_frame(mut frames: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let head = Head::decode(frames).ok()??;
        let (frame, rest) = frames.split_at_checked(head.start + usize::try_from(head.payload).ok()?)?;
        frames = rest;
        Some(frame)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(turn: &Turn, chain: Chain) -> Vec<String> {
        let messages = turn.messages(chain).map(|it| match it {
            Delivery::Message(message) => format!("{message:?}"),
            other => String::from_utf8_lossy(other.frames()).into_owned(),
        });
        messages.collect()
    }

    #[test]
    fn a_chain_has_the_messages_in_their_order() -> Result<(), crate::ws::Unsendable> {
        let mut turn = Turn::default();
        for _ in 0..2 {
            let news = turn.push_prepared(Prepared::new("news")?);
            let mut chains = [Chain::default(); 2];
            chains[0] = turn.push_frame(0, chains[0], OpCode::Text, b"1");
            chains[0] = turn.push_frame(0, chains[0], OpCode::Text, b"2");
            chains[1] = turn.link(1, chains[1], news);
            chains[0] = turn.link(0, chains[0], news);
            chains[0] = turn.push_frame(0, chains[0], OpCode::Text, b"3");
            chains[1] = turn.push_frame(1, chains[1], OpCode::Text, b"4");
            chains[0] = turn.push_frame(0, chains[0], OpCode::Text, b"5");
            chains[0] = turn.push_message(0, chains[0], "一".into());
            let heard = [
                "\u{fffd}\u{1}1\u{fffd}\u{1}2",
                "\u{fffd}\u{4}news",
                "\u{fffd}\u{1}3",
                "\u{fffd}\u{1}5",
                r#"Text("一")"#,
            ];
            turn.end_run();
            assert_eq!(sent(&turn, chains[0]), heard);
            assert_eq!(sent(&turn, chains[1]), ["\u{fffd}\u{4}news", "\u{fffd}\u{1}4"]);
            assert_eq!(sent(&turn, Chain::default()), [""; 0]);
            let receivers = turn.take_receivers();
            assert_eq!(receivers, [0, 1]);
            turn.finish(receivers);
            assert!(turn.is_empty());
        }
        Ok(())
    }

    /// In between others get something, and the client's chain is taken and begun anew.
    #[test]
    fn the_bytes_of_a_chain_are_counted_as_it_grows() -> Result<(), crate::ws::Unsendable> {
        let mut turn = Turn::default();
        let mut chains = [Chain::default(); 2];
        let mut state = 1_u32;
        for step in 0..2000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let place = state >> 30 & 1;
            let chain = &mut chains[place as usize];
            match state >> 24 & 7 {
                0..=3 => *chain = turn.push_frame(place, *chain, OpCode::Text, &[b'x'; 3][..state as usize >> 20 & 3]),
                4 => *chain = turn.push_message(place, *chain, "four".into()),
                5 => {
                    let entry = turn.push_prepared(Prepared::new("prepared")?);
                    *chain = turn.link(place, *chain, entry);
                }
                6 => {
                    let bytes = turn.length(*chain);
                    let counted_anew: usize = turn.messages(*chain).map(|delivery| delivery.frames().len()).sum();
                    assert_eq!(bytes, counted_anew, "step {step}");
                }
                _ => *chain = Chain::default(),
            }
        }
        Ok(())
    }

    #[test]
    fn frames_are_taken_apart() -> Result<(), crate::ws::Unsendable> {
        let mut turn = Turn::default();
        let lengths = [0, 1, 125, 126, 8191, 65_535];
        for length in lengths {
            turn.push_frame(0, Chain::default(), OpCode::Binary, &vec![7; length]);
        }
        let found: Vec<_> = each_frame(&turn.frames[..turn.used]).map(<[u8]>::len).collect();
        assert_eq!(found, [2, 3, 127, 130, 8195, 65_539]);
        let large = Prepared::new(&vec![7; 65_536])?;
        assert_eq!(each_frame(large.frame()).collect::<Vec<_>>(), [large.frame()]);
        Ok(())
    }

    #[test]
    fn it_is_full_before_it_is_large() -> Result<(), crate::ws::Unsendable> {
        let mut turn = Turn::default();
        turn.push_prepared(Prepared::new(&vec![0; MAX_BYTES])?);
        assert!(turn.is_full());
        let receivers = turn.take_receivers();
        turn.finish(receivers);
        let mut chain = Chain::default();
        while !turn.is_full() {
            chain = turn.push_frame(0, chain, OpCode::Binary, &[0; 1000]);
        }
        assert!(turn.used < MAX_BYTES + 2000);
        turn.end_run();
        assert_eq!(turn.messages(chain).count(), 1);
        Ok(())
    }
}
