use std::{
    collections::HashSet,
    mem, slice,
    sync::{Arc, PoisonError},
};

use super::ClientId;
use crate::{
    poll::Notifier,
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
    ws::{CloseCode, Prepared},
};

/// What one thread asks of another.
#[derive(Debug, Clone)]
pub(super) enum Parcel {
    /// To all who have subscribed to the topic; without one, to all.
    Publish(Option<Arc<str>>, Prepared),
    Send(ClientId, Prepared),
    /// To several, all of one thread.
    SendAll(Arc<[ClientId]>, Prepared),
    Close(ClientId, Option<(CloseCode, Arc<str>)>),
    Terminate(ClientId),
    Resume(ClientId),
    Wake(ClientId),
}

impl Parcel {
    /// What it counts towards the limit, in bytes.
    pub(super) fn size(&self) -> usize {
        let size = match self {
            Self::Publish(topic, prepared) => topic.as_ref().map_or(0, |topic| topic.len()) + prepared.payload().len(),
            Self::Send(_, prepared) => prepared.payload().len(),
            Self::SendAll(ids, prepared) => size_of_val::<[ClientId]>(ids) + prepared.payload().len(),
            Self::Close(_, frame) => frame.as_ref().map_or(0, |(_, reason)| reason.len()),
            Self::Terminate(_) | Self::Resume(_) | Self::Wake(_) => 0,
        };
        size_of::<Self>() + size
    }

    /// Returns the clients that it is for; none when that is for a topic or for all.
    fn receivers(&self) -> &[ClientId] {
        match self {
            Self::Publish(..) => &[],
            Self::Send(id, _) | Self::Close(id, _) | Self::Terminate(id) | Self::Resume(id) | Self::Wake(id) => {
                slice::from_ref(id)
            }
            Self::SendAll(ids, _) => ids,
        }
    }

    /// Says whether a thread has something to do for it.
    pub(super) fn is_for(&self, thread: usize) -> bool {
        matches!(self, Self::Publish(..)) || self.receivers().first().is_some_and(|id| id.thread() == thread)
    }
}

/// Where the other threads put what a thread has to do; it holds a bounded number of bytes.
#[derive(Debug)]
pub(super) struct Inbox {
    contents: Mutex<Contents>,
    /// Something is there, and the thread has been woken for it.
    is_announced: AtomicBool,
    notifier: Notifier,
}

#[derive(Debug, Default)]
struct Contents {
    parcels: Vec<Parcel>,
    bytes: usize,
    lost: Lost,
    /// Who is woken by what is there: once is enough, however often it is asked for.
    woken: HashSet<ClientId>,
}

impl Contents {
    fn has_room(&self, size: usize, limit: usize) -> bool {
        // One is always taken: a limit below its size would have nothing pass.
        self.bytes == 0 || self.bytes.saturating_add(size) <= limit
    }

    fn push(&mut self, parcel: Parcel, size: usize) {
        self.bytes += size;
        if let Parcel::Wake(id) = parcel {
            self.woken.insert(id);
        }
        self.parcels.push(parcel);
    }
}

/// Room for a parcel, which nobody else takes as long as this is held.
#[must_use]
pub(super) struct Room<'a> {
    inbox: &'a Inbox,
    contents: MutexGuard<'a, Contents>,
    size: usize,
}

impl Room<'_> {
    pub(super) fn fill(mut self, parcel: Parcel) {
        self.contents.push(parcel, self.size);
        drop(self.contents);
        self.inbox.announce();
    }
}

/// Whom something was for that found no room. They are not left with a gap: they are dropped.
#[derive(Debug, Default)]
pub(super) struct Lost {
    pub(super) all: bool,
    pub(super) topics: HashSet<Arc<str>>,
    pub(super) clients: HashSet<ClientId>,
}

/// When more topics or clients than this have lost something, everybody has.
const MAX_LOST: usize = 4096;

impl Lost {
    fn add(&mut self, parcel: &Parcel) {
        match parcel {
            Parcel::Publish(None, _) => self.all = true,
            Parcel::Publish(Some(topic), _) => drop(self.topics.insert(Arc::clone(topic))),
            _ => self.clients.extend(parcel.receivers()),
        }
        if self.all || self.topics.len() + self.clients.len() > MAX_LOST {
            *self = Self { all: true, ..Self::default() };
        }
    }
}

impl Inbox {
    pub(super) fn new(notifier: Notifier) -> Self {
        Self { contents: Mutex::default(), is_announced: AtomicBool::new(false), notifier }
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts parcels in, in their order, and wakes the thread unless somebody has done so already.
    pub(super) fn put(&self, parcels: &[Parcel], limit: usize) {
        let mut contents = self.contents();
        for parcel in parcels {
            let size = parcel.size();
            let is_known = matches!(parcel, Parcel::Wake(id) if contents.woken.contains(id));
            if is_known {
                continue;
            }
            if contents.has_room(size, limit) {
                contents.push(parcel.clone(), size);
            } else {
                contents.lost.add(parcel);
            }
        }
        drop(contents);
        self.announce();
    }

    /// Finds room for a parcel of this size.
    pub(super) fn room(&self, size: usize, limit: usize) -> Option<Room<'_>> {
        let contents = self.contents();
        contents.has_room(size, limit).then_some(Room { inbox: self, contents, size })
    }

    fn announce(&self) {
        if !self.is_announced.swap(true, Ordering::AcqRel) {
            self.wake();
        }
    }

    /// Gives back what nobody will take.
    pub(super) fn clear(&self) {
        *self.contents() = Contents::default();
    }

    /// Ends the thread's wait.
    pub(super) fn wake(&self) {
        // It is not known to fail; the thread looks here once a second all the same.
        let _ = self.notifier.notify();
    }

    /// Says whether something is there.
    pub(super) fn is_announced(&self) -> bool {
        self.is_announced.load(Ordering::Relaxed)
    }

    /// Takes all that is there, in exchange for an empty list that is used again.
    pub(super) fn take(&self, parcels: &mut Vec<Parcel>) -> Option<Lost> {
        parcels.clear();
        if !self.is_announced.swap(false, Ordering::AcqRel) {
            return None;
        }
        let mut contents = self.contents();
        contents.bytes = 0;
        if contents.woken.capacity() > MAX_LOST {
            contents.woken = HashSet::new();
        }
        contents.woken.clear();
        mem::swap(&mut contents.parcels, parcels);
        Some(mem::take(&mut contents.lost))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::poll::Context;

    #[test]
    fn what_finds_no_room_is_told() -> Result<(), Box<dyn std::error::Error>> {
        let context = Context::<()>::new()?;
        let inbox = Inbox::new(context.notifier());
        let news = Prepared::new(&vec![0; 100])?;
        let publish = |topic: &str| Parcel::Publish(Some(topic.into()), news.clone());
        let limit = 2 * publish("a").size();
        inbox.put(&[publish("a"), publish("b"), publish("c"), publish("c")], limit);
        let mut parcels = Vec::new();
        let lost = inbox.take(&mut parcels).expect("something is there");
        assert_eq!((parcels.len(), lost.all), (2, false));
        assert_eq!(lost.topics, HashSet::from(["c".into()]));
        assert!(inbox.take(&mut parcels).is_none() && parcels.is_empty());
        // It has room again, and what nobody can be spared costs everybody.
        inbox.put(&[publish("a"), publish("b"), Parcel::Publish(None, news.clone())], limit);
        let lost = inbox.take(&mut parcels).expect("something is there");
        assert!(lost.all && parcels.len() == 2);
        Ok(())
    }

    #[test]
    fn one_is_taken_whatever_its_size() -> Result<(), Box<dyn std::error::Error>> {
        let context = Context::<()>::new()?;
        let inbox = Inbox::new(context.notifier());
        let large = Parcel::Publish(None, Prepared::new(&vec![0; 1000])?);
        let mut taken = Vec::new();
        for _ in 0..2 {
            inbox.put(&[large.clone(), large.clone()], 10);
            assert!(inbox.take(&mut taken).expect("something is there").all, "the second finds no room");
            assert_eq!(taken.len(), 1);
        }
        Ok(())
    }

    /// A name, a reason, may be as long as a client wants.
    #[test]
    fn what_is_around_a_message_takes_room_too() -> Result<(), Box<dyn std::error::Error>> {
        let context = Context::<()>::new()?;
        let inbox = Inbox::new(context.notifier());
        let long = || Arc::from("x".repeat(1000));
        let parcels = [
            Parcel::Publish(Some(long()), Prepared::new("")?),
            Parcel::Close(ClientId::from(7), Some((CloseCode::NORMAL, long()))),
        ];
        for parcel in parcels {
            inbox.put(&[parcel.clone(), parcel], 1500);
            let mut taken = Vec::new();
            inbox.take(&mut taken).expect("something is there");
            assert_eq!(taken.len(), 1);
        }
        Ok(())
    }

    #[test]
    fn who_is_woken_often_is_woken_once() -> Result<(), Box<dyn std::error::Error>> {
        let context = Context::<()>::new()?;
        let inbox = Inbox::new(context.notifier());
        let (one, other) = (Parcel::Wake(ClientId::from(7)), Parcel::Wake(ClientId::from(8)));
        let mut parcels = Vec::new();
        for _ in 0..2 {
            for _ in 0..1000 {
                inbox.put(&[one.clone(), other.clone()], 2 * one.size());
            }
            let lost = inbox.take(&mut parcels).expect("something is there");
            assert_eq!((parcels.len(), lost.clients.len()), (2, 0), "and again when that was done");
        }
        // One who finds no room is not taken for woken.
        inbox.put(&[one.clone(), other.clone()], one.size());
        inbox.put(slice::from_ref(&other), 2 * one.size());
        inbox.take(&mut parcels);
        assert_eq!(parcels.len(), 2);
        Ok(())
    }

    #[test]
    fn a_batch_wakes_once() -> Result<(), Box<dyn std::error::Error>> {
        let context = Context::<()>::new()?;
        let inbox = Inbox::new(context.notifier());
        let parcel = Parcel::Publish(None, Prepared::new("你好")?);
        for _ in 0..3 {
            inbox.put(slice::from_ref(&parcel), usize::MAX);
        }
        assert!(inbox.is_announced.load(Ordering::Relaxed));
        assert_eq!(context.wait(None, None)?, []);
        let mut parcels = Vec::new();
        assert!(inbox.take(&mut parcels).is_some());
        assert_eq!(parcels.len(), 3);
        // The second wait ends by its timeout, as no other wake-up is left.
        let before = std::time::Instant::now();
        context.wait(std::time::Duration::from_millis(20), None)?;
        assert!(before.elapsed() >= std::time::Duration::from_millis(20));
        Ok(())
    }

    #[test]
    fn a_message_to_several_takes_room_once_and_is_lost_to_all_of_them() -> Result<(), Box<dyn std::error::Error>> {
        let context = Context::<()>::new()?;
        let inbox = Inbox::new(context.notifier());
        let ids: Vec<_> = (0..50).map(|place| ClientId::new(0, place, 1)).collect();
        let parcel = Parcel::SendAll(ids.as_slice().into(), Prepared::new(&vec![0; 1000])?);
        assert!(parcel.size() < 2 * 1000, "{}", parcel.size());
        inbox.put(&[parcel.clone(), parcel.clone()], parcel.size());
        let mut parcels = Vec::new();
        let lost = inbox.take(&mut parcels).expect("something is there");
        assert_eq!((parcels.len(), lost.clients), (1, ids.into_iter().collect()));
        Ok(())
    }
}
