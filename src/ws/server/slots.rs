use std::{
    cell::{Cell, RefCell},
    io::{self, Read},
    time::{Duration, Instant},
};

use super::{
    id::{ClientId, MAX_PLACES},
    proxy::Announcement,
    topics::Subscriptions,
    turn::{Chain, Chains},
};
use crate::{
    poll::{Event, Events, Watcher},
    ws::{self, Interest, Transport, exchange::Linger, timers::deadline},
};

/// A connection, plain or TLS.
pub(super) type Connection = ws::Connection<Transport>;
pub(super) type Upgrade = ws::Upgrade<Transport>;

/// The places of a thread's clients. They lie in blocks: no list of them is ever copied to a larger one.
#[derive(Debug)]
pub(super) struct Slots<D> {
    blocks: Vec<Box<[Slot<D>; BLOCK]>>,
    /// Places that are free, the one that was left last behind.
    free: Vec<u32>,
    /// Places that were left in this turn, in which they may still be spoken of.
    left: Vec<u32>,
    taken: usize,
}

/// How many places are made at once.
const BLOCK: usize = 64;

/// A client's place.
pub(super) struct Slot<D> {
    pub(super) stage: RefCell<Stage>,
    pub(super) watcher: Option<Watcher<()>>,
    /// Behind a pointer, as many clients have none.
    pub(super) subscriptions: Cell<Option<Box<Subscriptions>>>,
    /// How often the place was taken.
    generation: u32,
    /// What the turn has for it, but for the last frames.
    pub(super) chain: Cell<Chain>,
    /// Where it stands among those who are open.
    pub(super) position: Cell<u32>,
    pub(super) flags: Flags,
    pub(super) data: D,
}

/// Where a client is in its life.
#[derive(Debug)]
pub(super) enum Stage {
    /// Nobody has the place, or its client is being dealt with.
    Vacant,
    /// A proxy is to say whose connection it is.
    Announced(Box<Announcement>),
    /// The opening handshake.
    Opening(Box<Upgrade>),
    /// The application has its request, and answers it later.
    Pending(Box<Pending>),
    /// It has an answer by HTTP, which it is to read before the connection ends.
    Leaving(Box<Leaving>),
    /// A client of the application; or one that the application has been told is gone, while the closing handshake goes on.
    Open(Connection),
}

/// One who waits for the application's answer.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) upgrade: Upgrade,
    /// When the application is asked again.
    pub(super) until: Instant,
}

/// One who has been answered by HTTP.
#[derive(Debug)]
pub(super) struct Leaving {
    pub(super) upgrade: Upgrade,
    /// When it is dropped whatever it does.
    pub(super) until: Instant,
    /// How long it is listened to after that.
    linger: Linger,
}

/// How long a client has to take an answer by HTTP.
const ANSWER: Duration = Duration::from_secs(60);
/// How many bytes of one who is listened to so are read before the others have their turn.
const MUCH: usize = 256 << 10;

impl Leaving {
    pub(super) fn new(mut upgrade: Upgrade) -> Self {
        upgrade.forget_input();
        let linger = upgrade.new_linger();
        let until = if upgrade.wants_write() { deadline(ANSWER) } else { linger.until() };
        Self { upgrade, until, linger }
    }

    /// What it waits for. What it sends while it does not take its answer would wake us for nothing.
    pub(super) fn interest(&self) -> Interest {
        self.upgrade.interest()
    }

    /// Writes the rest of the answer, then reads until the client has gone; `false` when there is nothing more to do.
    pub(super) fn go_on(&mut self, buffer: &mut Vec<u8>) -> bool {
        if self.upgrade.wants_write() {
            match self.upgrade.flush() {
                Ok(true) => self.linger = self.upgrade.new_linger(),
                Ok(false) => return true,
                Err(_) => return false,
            }
        }
        buffer.resize(buffer.len().max(4096), 0);
        let mut received = 0;
        while self.linger.remaining().is_some() {
            self.until = self.linger.until();
            if received >= MUCH {
                return true;
            }
            let Some(transport) = self.upgrade.stream() else { return false };
            let count = match transport.clone().read(buffer) {
                // What is not TLS is thrown away as well.
                Err(error) if error.kind() == io::ErrorKind::InvalidData => transport.socket().read(buffer),
                count => count,
            };
            match count {
                Ok(0) => return false,
                Ok(count) => {
                    received += count;
                    self.linger.discard(count);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return error.kind() == io::ErrorKind::WouldBlock,
            }
        }
        false
    }
}

/// Says what to wait for: to read, and to write where that is wanted.
pub(super) fn either(writes: bool) -> Interest {
    if writes { Interest::ReadWrite } else { Interest::Read }
}

/// What is to be remembered of a client.
#[derive(Debug, Default)]
pub(super) struct Flags {
    life: Cell<Life>,
    waiting: Cell<Waiting>,
    /// Frames that are encoded are sent to it as they are.
    pub(super) takes_frames: Cell<bool>,
    /// What the watcher looks for: nothing for one who is paused.
    watched: Cell<Option<Interest>>,
}

/// What of what was sent to it has not left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Waiting {
    /// What the turn has for it at most.
    #[default]
    Nothing,
    /// The same, but the application has looked, and is to be told when that has left.
    Seen,
    /// It waits until it can be written.
    Much,
}

/// How the application knows a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Life {
    /// `onopen` was called, and `onclose` not yet. It is the first, as that is what nearly all are asked for: 0 is quickly found.
    Open,
    /// The same, but nothing is read from it for a while.
    Paused,
    /// The same, but it ends with this turn: nothing is sent to it or heard from it any more.
    Ending,
    /// The same, and its connection ends then, whatever waits for it.
    Terminated,
    /// The same as open, but what it sent before its connection was lost is being heard.
    Lost,
    /// It is not open yet.
    #[default]
    Unknown,
    /// It ends with this turn, and has never been open.
    Unopened,
    /// It is not open any more.
    Gone,
    /// It is not open, and its connection ends with this turn, whatever waits for it.
    Discarded,
}

impl Flags {
    /// Says whether messages are sent to it.
    #[inline]
    pub(super) fn is_served(&self) -> bool {
        matches!(self.life.get(), Life::Open | Life::Paused)
    }

    /// Says whether frames that are encoded can be written to it at once.
    #[inline]
    pub(super) fn takes_frames_now(&self) -> bool {
        self.takes_frames.get() && !self.is_waiting()
    }

    /// Says whether messages are heard from it.
    #[inline]
    pub(super) fn is_heard(&self) -> bool {
        self.life.get() == Life::Open
    }

    #[inline]
    pub(super) fn is_paused(&self) -> bool {
        self.life.get() == Life::Paused
    }

    /// Says whether what was sent to it waits until it can be written.
    #[inline]
    pub(super) fn is_waiting(&self) -> bool {
        self.waiting.get() == Waiting::Much
    }

    /// Says whether nothing of what was sent to it waits, and the application has not asked for that.
    #[inline]
    pub(super) fn is_at_rest(&self) -> bool {
        self.waiting.get() == Waiting::Nothing
    }

    /// Takes note that the application knows of what the turn has for it.
    pub(super) fn see_waiting(&self) {
        if self.waiting.get() == Waiting::Nothing {
            self.waiting.set(Waiting::Seen);
        }
    }

    /// Takes note of whether something waits after a write; returns whether that was so before, and whether the application is to be
    /// told that all has left.
    #[inline]
    pub(super) fn set_waiting(&self, waits: bool) -> (bool, bool) {
        let before = self.waiting.replace(if waits { Waiting::Much } else { Waiting::Nothing });
        (before == Waiting::Much, before != Waiting::Nothing && !waits)
    }

    /// Has it be heard no more for a while; `false` when it is not heard anyway.
    pub(super) fn pause(&self) -> bool {
        let was_heard = self.is_heard();
        if was_heard {
            self.life.set(Life::Paused);
        }
        was_heard
    }

    /// Has it be heard again; `false` when it was not paused.
    pub(super) fn resume(&self) -> bool {
        let was_paused = self.is_paused();
        if was_paused {
            self.life.set(Life::Open);
        }
        was_paused
    }

    /// Says whether `onclose` is still to be called.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.life.get(), Life::Open | Life::Paused | Life::Ending | Life::Terminated | Life::Lost)
    }

    pub(super) fn is_ending(&self) -> bool {
        matches!(self.life.get(), Life::Unopened | Life::Ending | Life::Terminated | Life::Discarded)
    }

    /// Says whether its connection ends with this turn, without a call of `onclose`.
    pub(super) fn is_discarded(&self) -> bool {
        self.life.get() == Life::Discarded
    }

    pub(super) fn open(&self) {
        self.life.set(if self.life.get() == Life::Unopened { Life::Ending } else { Life::Open });
    }

    /// Takes note that it ends; `false` when that was known.
    pub(super) fn end(&self) -> bool {
        let next = match self.life.get() {
            Life::Unknown => Life::Unopened,
            Life::Open | Life::Paused | Life::Lost => Life::Ending,
            Life::Unopened | Life::Ending | Life::Terminated | Life::Gone | Life::Discarded => return false,
        };
        self.life.set(next);
        true
    }

    /// Takes note that its connection ends with this turn, whatever waits for it; `false` when that was known.
    pub(super) fn terminate(&self) -> bool {
        let next = match self.life.get() {
            Life::Open | Life::Paused | Life::Ending | Life::Lost => Life::Terminated,
            Life::Unknown | Life::Unopened | Life::Gone => Life::Discarded,
            Life::Terminated | Life::Discarded => return false,
        };
        self.life.set(next);
        true
    }

    /// Has one that ends be heard to the end of what it sent.
    pub(super) fn lose(&self) {
        self.life.set(Life::Lost);
    }

    pub(super) fn is_lost(&self) -> bool {
        self.life.get() == Life::Lost
    }

    /// Takes note that the application knows it no more; `false` when it did not.
    pub(super) fn leave(&self) -> bool {
        let was_open = self.is_open();
        self.life.set(if self.life.get() == Life::Terminated { Life::Discarded } else { Life::Gone });
        was_open
    }
}

impl<D: Default> Slots<D> {
    pub(super) fn new() -> Self {
        Self { blocks: Vec::new(), free: Vec::new(), left: Vec::new(), taken: 0 }
    }

    /// Takes a place; `None` when there are no more.
    pub(super) fn take(&mut self) -> Option<u32> {
        if self.free.is_empty() {
            let start = self.blocks.len() * BLOCK;
            if start + BLOCK > MAX_PLACES {
                return None;
            }
            let block: Box<[_]> = (0..BLOCK).map(|_| Slot::vacant(0)).collect();
            self.blocks.push(block.try_into().ok()?);
            let places = u32::try_from(start).ok()?..u32::try_from(start + BLOCK).ok()?;
            self.free.extend(places.rev());
        }
        self.taken += 1;
        self.free.pop()
    }

    /// Frees a place. When its number cannot change any more it is not used again.
    pub(super) fn free(&mut self, place: u32) {
        let slot = self.slot_mut(place);
        let next = slot.generation.checked_add(1);
        *slot = Slot::vacant(next.unwrap_or(0));
        self.taken -= 1;
        if next.is_some() {
            self.left.push(place);
        }
    }

    /// Has the places that were left taken again: the turn is over.
    pub(super) fn reuse(&mut self) {
        if !self.left.is_empty() {
            self.free.append(&mut self.left);
        }
    }
}

impl<D> Slots<D> {
    #[inline]
    pub(super) fn slot(&self, place: u32) -> &Slot<D> {
        &self.blocks[place as usize / BLOCK][place as usize % BLOCK]
    }

    pub(super) fn slot_mut(&mut self, place: u32) -> &mut Slot<D> {
        &mut self.blocks[place as usize / BLOCK][place as usize % BLOCK]
    }

    /// Says whether somebody has left in this turn.
    pub(super) fn has_left(&self) -> bool {
        !self.left.is_empty()
    }

    /// How many places are taken.
    pub(super) fn len(&self) -> usize {
        self.taken
    }

    /// All places that there are, taken or not.
    pub(super) fn places(&self) -> std::ops::Range<u32> {
        0..u32::try_from(self.blocks.len() * BLOCK).unwrap_or(u32::MAX)
    }

    /// Returns the data of all who are served.
    pub(super) fn served_mut(&mut self, thread: u16) -> impl Iterator<Item = (ClientId, &mut D)> {
        let slots = (0..)
            .zip(self.blocks.iter_mut().flat_map(|block| block.iter_mut()))
            .filter(|(_, slot)| slot.flags.is_served());
        slots.map(move |(place, slot)| (ClientId::new(thread, place, slot.generation), &mut slot.data))
    }

    /// Returns the place of a client that is still there.
    pub(super) fn find(&self, id: ClientId) -> Option<u32> {
        self.find_any(id).filter(|place| self.slot(*place).flags.is_open())
    }

    /// Returns the place of a client that waits for the answer to its request.
    pub(super) fn find_pending(&self, id: ClientId) -> Option<u32> {
        let waits = |slot: &Slot<D>| matches!(&*slot.stage.borrow(), Stage::Pending(_)) && !slot.flags.is_ending();
        self.find_any(id).filter(|place| waits(self.slot(*place)))
    }

    /// Returns the place of a client whose connection has not ended, whatever the application knows of it.
    pub(super) fn find_connected(&self, id: ClientId) -> Option<u32> {
        self.find_any(id).filter(|place| self.slot(*place).watcher.is_some())
    }

    #[inline]
    fn find_any(&self, id: ClientId) -> Option<u32> {
        let place = id.place();
        let slot = &self.blocks.get(place as usize / BLOCK)?[place as usize % BLOCK];
        (slot.generation == id.generation()).then_some(place)
    }

    pub(super) fn id(&self, thread: u16, place: u32) -> ClientId {
        ClientId::new(thread, place, self.slot(place).generation)
    }
}

impl<D> Chains for Slots<D> {
    #[inline]
    fn chain(&self, place: u32) -> &Cell<Chain> {
        &self.slot(place).chain
    }
}

impl<D: Default> Slot<D> {
    fn vacant(generation: u32) -> Self {
        Self {
            stage: RefCell::new(Stage::Vacant),
            watcher: None,
            subscriptions: Cell::new(None),
            generation,
            chain: Cell::default(),
            position: Cell::new(0),
            flags: Flags::default(),
            data: D::default(),
        }
    }
}

impl<D> Slot<D> {
    /// Says whether what is sent is encrypted.
    pub(super) fn is_secure(&self) -> bool {
        matches!(&*self.stage.borrow(), Stage::Open(connection) if connection.stream().is_secure())
    }

    /// Takes note of what the watcher looks for from the start.
    pub(super) fn watched(&mut self, watcher: Watcher<()>, interest: Interest) {
        self.watcher = Some(watcher);
        self.flags.watched.set(Some(interest));
    }

    /// Watches for what can be done next: an error and the end are always seen.
    #[inline]
    pub(super) fn watch(&self, interest: Interest) {
        let interest =
            if self.flags.is_paused() { interest.writes().then_some(Interest::Write) } else { Some(interest) };
        self.watch_for(interest);
    }

    /// Watches for nothing but an error or the end.
    pub(super) fn rest(&self) {
        self.watch_for(None);
    }

    #[inline]
    fn watch_for(&self, interest: Option<Interest>) {
        if self.flags.watched.replace(interest) != interest {
            self.rewatch(interest);
        }
    }

    #[inline(never)]
    fn rewatch(&self, interest: Option<Interest>) {
        // The end of one who is not read from is seen once: nobody reads, so that it would wake us again and again.
        let events = interest.map_or_else(|| Event::OneShot.into(), Events::from);
        if let Some(watcher) = &self.watcher {
            // It fails for a socket that is closed, which nobody has to watch.
            let _ = watcher.modify_events(events);
        }
    }
}

impl<D> std::fmt::Debug for Slot<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Slot").field("generation", &self.generation).field("flags", &self.flags).finish_non_exhaustive()
    }
}
