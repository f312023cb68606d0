use std::{cell::Cell, ops::Range};

use crate::ws::{
    Message, Opcode, Prepared,
    frame::{Head, ServerHeader},
    memory,
};

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
    /// The bytes of what is no frame for one receiver: messages that are not encoded yet, what is published, and the links.
    others: usize,
    /// The last frames, which the next one may join: they are entered when something else follows.
    run: Option<Run>,
    /// The chain whose bytes were counted last.
    counted: Option<Counted>,
}

/// The frames from `start` on, which are for one receiver.
#[derive(Debug, Clone, Copy)]
struct Run {
    place: u32,
    start: usize,
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

/// Where the receivers keep their chains.
pub(super) trait Chains {
    fn chain(&self, place: u32) -> &Cell<Chain>;
}

/// What a turn holds at most before it is sent on the way; more than that comes from messages that are published by the
/// thousand.
pub(super) const MAX_BYTES: usize = 256 << 10;
/// What a link counts as: there are at most 65,536.
const LINK: usize = MAX_BYTES >> 16;

/// Memory that a turn used more of than this is given back: more than a full one needs.
const KEPT: usize = 320 << 10;

impl Turn {
    /// Says whether it holds nothing: what was published and nobody hears is to be given back, too.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.run.is_none() && self.receivers.is_empty() && self.entries.is_empty()
    }

    /// Returns the frames of a turn that holds some for this client and nothing else.
    #[inline]
    pub(super) fn frames_only_for(&self, place: u32) -> Option<&[u8]> {
        let run = self.run.filter(|run| run.place == place)?;
        if !self.receivers.is_empty() || !self.entries.is_empty() {
            return None;
        }
        self.frames.get(run.start..self.used)
    }

    /// Says whether nobody but this client has something to receive.
    #[inline]
    pub(super) fn is_only_for(&self, place: u32) -> bool {
        match &self.receivers[..] {
            [] => self.run.is_some_and(|run| run.place == place),
            [only] => *only == place && self.run.is_none_or(|run| run.place == place),
            _ => false,
        }
    }

    /// Says whether a client has a message to receive.
    #[inline]
    pub(super) fn is_for(&self, place: u32, chain: Chain) -> bool {
        chain != Chain::default() || self.run.is_some_and(|run| run.place == place)
    }

    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.used + self.others >= MAX_BYTES
    }

    /// Enters that a client has something to answer.
    pub(super) fn touch(&mut self, place: u32) {
        self.receivers.push(place);
    }

    /// Adds a frame for a receiver; one that follows the last is one with it.
    #[inline(always)]
    pub(super) fn push_frame(&mut self, chains: &impl Chains, place: u32, opcode: Opcode, payload: &[u8]) {
        if self.run.is_none_or(|run| run.place != place) {
            self.end_run(chains);
            self.run = Some(Run { place, start: self.used });
        }
        let length = ServerHeader::ROOM + payload.len();
        let room = match self.frames.get_mut(self.used..self.used + length) {
            Some(room) => room,
            None => self.grow(length),
        };
        // A message of 64 KiB and more is not for here.
        self.used += ServerHeader::new(opcode, payload.len()).put(room, payload);
    }

    /// Makes room for so many bytes more.
    #[cold]
    fn grow(&mut self, more: usize) -> &mut [u8] {
        let length = (self.used + more).max(2 * self.frames.len()).max(4096);
        memory::grow(&mut self.frames, length);
        &mut self.frames[self.used..self.used + more]
    }

    /// Enters the last frames: something else follows, or the chain that they belong to is looked at.
    #[inline]
    pub(super) fn end_run(&mut self, chains: &impl Chains) {
        if let Some(run) = self.run.take() {
            self.enter_run(chains, run);
        }
    }

    #[inline(never)]
    fn enter_run(&mut self, chains: &impl Chains, run: Run) {
        let entry = self.enter(Entry::Frames(run.start..self.used));
        self.chain(chains, run.place, entry);
    }

    fn last_link(&self, chain: Chain) -> Option<Link> {
        self.links.get(chain.0.checked_sub(1)? as usize).copied()
    }

    /// Adds a message for one receiver whose connection encodes it.
    pub(super) fn push_message(&mut self, chains: &impl Chains, place: u32, message: Message<'_>) {
        self.end_run(chains);
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
        self.others += message.as_bytes().len();
        let entry = self.enter(entry);
        self.chain(chains, place, entry);
    }

    /// Enters a message for any number of receivers.
    pub(super) fn push_prepared(&mut self, chains: &impl Chains, prepared: Prepared) -> u32 {
        self.end_run(chains);
        self.others += prepared.frame().len();
        self.enter(Entry::Prepared(prepared))
    }

    fn enter(&mut self, entry: Entry) -> u32 {
        self.entries.push(entry);
        // A turn is sent long before.
        u32::try_from(self.entries.len() - 1).unwrap_or(u32::MAX)
    }

    /// Adds a message to the chain of a receiver.
    #[inline]
    pub(super) fn link(&mut self, chains: &impl Chains, place: u32, entry: u32) {
        // What came before for the same receiver is to stand before it.
        self.end_run(chains);
        self.chain(chains, place, entry);
    }

    #[inline]
    fn chain(&mut self, chains: &impl Chains, place: u32, entry: u32) {
        let chain = chains.chain(place);
        let number = u32::try_from(self.links.len() + 1).unwrap_or(u32::MAX);
        let next = match chain.get().0.checked_sub(1) {
            None => {
                self.receivers.push(place);
                number
            }
            Some(last) => std::mem::replace(&mut self.links[last as usize].next, number),
        };
        self.links.push(Link { entry, next });
        self.others += LINK;
        chain.set(Chain(number));
    }

    /// Returns the frames of a chain that has them in one piece.
    #[inline]
    pub(super) fn one_piece(&self, chain: Chain) -> Option<&[u8]> {
        debug_assert!(self.run.is_none(), "a run is to be entered before");
        let link = self.last_link(chain)?;
        match self.entries.get(link.entry as usize)? {
            Entry::Frames(range) if link.next == chain.0 => self.frames.get(range.clone()),
            Entry::Prepared(prepared) if link.next == chain.0 => Some(prepared.frame()),
            _ => None,
        }
    }

    /// Returns the messages of a chain, the first one first.
    pub(super) fn messages(&self, chain: Chain) -> impl Iterator<Item = Delivery<'_>> {
        debug_assert!(self.run.is_none(), "a run is to be entered before");
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

    /// How many bytes a receiver gets. Who asks after each message is not answered by going through all of them again.
    pub(super) fn length(&mut self, chains: &impl Chains, place: u32) -> usize {
        self.end_run(chains);
        let chain = chains.chain(place).get();
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

    /// Takes the receivers, whom [`Turn::take_back`] has again when all have been served.
    pub(super) fn take_receivers(&mut self, chains: &impl Chains) -> Vec<u32> {
        self.end_run(chains);
        std::mem::take(&mut self.receivers)
    }

    /// Has their memory for the next turn.
    pub(super) fn take_back(&mut self, receivers: Vec<u32>) {
        self.receivers = receivers;
    }

    /// Empties it for the next turn.
    #[inline]
    pub(super) fn finish(&mut self) {
        if !self.entries.is_empty() || !self.receivers.is_empty() {
            self.forget_entries();
        }
        self.run = None;
        self.used = 0;
        if self.frames.len() > KEPT {
            self.frames.truncate(KEPT);
            self.frames.shrink_to_fit();
        }
    }

    #[inline(never)]
    fn forget_entries(&mut self) {
        self.receivers.clear();
        self.entries.clear();
        self.links.clear();
        self.texts.clear();
        self.bytes.clear();
        self.others = 0;
        self.counted = None;
        if self.links.capacity() > KEPT / size_of::<Link>() {
            self.give_back();
        }
    }

    #[cold]
    fn give_back(&mut self) {
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

    #[derive(Default)]
    struct Places([Cell<Chain>; 2]);

    impl Chains for Places {
        fn chain(&self, place: u32) -> &Cell<Chain> {
            &self.0[place as usize]
        }
    }

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
            let chains = Places::default();
            let news = turn.push_prepared(&chains, Prepared::new("news")?);
            turn.push_frame(&chains, 0, Opcode::Text, b"1");
            turn.push_frame(&chains, 0, Opcode::Text, b"2");
            turn.link(&chains, 1, news);
            turn.link(&chains, 0, news);
            turn.push_frame(&chains, 0, Opcode::Text, b"3");
            turn.push_frame(&chains, 1, Opcode::Text, b"4");
            turn.push_frame(&chains, 0, Opcode::Text, b"5");
            turn.push_message(&chains, 0, "一".into());
            let heard = [
                "\u{fffd}\u{1}1\u{fffd}\u{1}2",
                "\u{fffd}\u{4}news",
                "\u{fffd}\u{1}3",
                "\u{fffd}\u{1}5",
                r#"Text("一")"#,
            ];
            let receivers = turn.take_receivers(&chains);
            assert_eq!(sent(&turn, chains.0[0].get()), heard);
            assert_eq!(sent(&turn, chains.0[1].get()), ["\u{fffd}\u{4}news", "\u{fffd}\u{1}4"]);
            assert_eq!(sent(&turn, Chain::default()), [""; 0]);
            assert_eq!(receivers, [0, 1]);
            turn.take_back(receivers);
            turn.finish();
            assert!(turn.is_empty());
        }
        Ok(())
    }

    /// In between others get something, and the client's chain is taken and begun anew.
    #[test]
    fn the_bytes_of_a_chain_are_counted_as_it_grows() -> Result<(), crate::ws::Unsendable> {
        let (mut turn, chains) = (Turn::default(), Places::default());
        let mut state = 1_u32;
        for step in 0..2000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let place = state >> 30 & 1;
            match state >> 24 & 7 {
                0..=3 => turn.push_frame(&chains, place, Opcode::Text, &[b'x'; 3][..state as usize >> 20 & 3]),
                4 => turn.push_message(&chains, place, "four".into()),
                5 => {
                    let entry = turn.push_prepared(&chains, Prepared::new("prepared")?);
                    turn.link(&chains, place, entry);
                }
                6 => {
                    let bytes = turn.length(&chains, place);
                    let chain = chains.chain(place).get();
                    let counted_anew: usize = turn.messages(chain).map(|delivery| delivery.frames().len()).sum();
                    assert_eq!(bytes, counted_anew, "step {step}");
                }
                _ => {
                    turn.end_run(&chains);
                    chains.chain(place).set(Chain::default());
                }
            }
        }
        Ok(())
    }

    #[test]
    fn the_last_frames_are_one_piece_without_being_entered() {
        let (mut turn, chains) = (Turn::default(), Places::default());
        assert!(turn.is_empty() && turn.frames_only_for(1).is_none());
        turn.push_frame(&chains, 1, Opcode::Text, b"1");
        turn.push_frame(&chains, 1, Opcode::Text, b"2");
        let chain = chains.0[1].get();
        assert_eq!(chain, Chain::default());
        assert_eq!(turn.frames_only_for(1), Some(&b"\x81\x011\x81\x012"[..]));
        assert_eq!(turn.frames_only_for(0), None);
        assert!(!turn.is_empty() && turn.is_only_for(1) && !turn.is_only_for(0));
        assert!(turn.is_for(1, chain) && !turn.is_for(0, chain));
        assert_eq!(turn.length(&chains, 1), 6);
        let chain = chains.0[1].get();
        assert!(turn.frames_only_for(1).is_none() && turn.is_only_for(1) && turn.is_for(1, chain));
        assert_eq!(turn.one_piece(chain), Some(&b"\x81\x011\x81\x012"[..]));
        turn.push_frame(&chains, 1, Opcode::Text, b"3");
        assert!(turn.is_only_for(1) && turn.frames_only_for(1).is_none());
        turn.push_frame(&chains, 0, Opcode::Text, b"4");
        assert!(!turn.is_only_for(0) && !turn.is_only_for(1));
        turn.end_run(&chains);
        assert_eq!(turn.one_piece(chains.0[0].get()), Some(&b"\x81\x014"[..]));
        assert_eq!(turn.one_piece(chains.0[1].get()), None, "it is two");
    }

    #[test]
    fn frames_are_taken_apart() -> Result<(), crate::ws::Unsendable> {
        let mut turn = Turn::default();
        let lengths = [0, 1, 125, 126, 8191, 65_535];
        for length in lengths {
            turn.push_frame(&Places::default(), 0, Opcode::Binary, &vec![7; length]);
        }
        let found: Vec<_> = each_frame(&turn.frames[..turn.used]).map(<[u8]>::len).collect();
        assert_eq!(found, [2, 3, 127, 130, 8195, 65_539]);
        let large = Prepared::new(&vec![7; 65_536])?;
        assert_eq!(each_frame(large.frame()).collect::<Vec<_>>(), [large.frame()]);
        Ok(())
    }

    #[test]
    fn it_is_full_before_it_is_large() -> Result<(), crate::ws::Unsendable> {
        let (mut turn, chains) = (Turn::default(), Places::default());
        turn.push_prepared(&chains, Prepared::new(&vec![0; MAX_BYTES])?);
        assert!(turn.is_full());
        let receivers = turn.take_receivers(&chains);
        turn.take_back(receivers);
        turn.finish();
        while !turn.is_full() {
            turn.push_frame(&chains, 0, Opcode::Binary, &[0; 1000]);
        }
        assert!(turn.used < MAX_BYTES + 2000);
        turn.end_run(&chains);
        assert_eq!(turn.messages(chains.0[0].get()).count(), 1);
        // Those that are not encoded yet count as well.
        let (mut turn, chains) = (Turn::default(), Places::default());
        while !turn.is_full() {
            turn.push_message(&chains, 0, Message::Binary(&[0; 1000]));
        }
        assert!(turn.bytes.len() < MAX_BYTES + 2000);
        Ok(())
    }
}
