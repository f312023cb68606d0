use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The topics of one thread, and who has subscribed to them by the number of its place.
///
/// A topic is there as long as somebody has subscribed to it. Both sides know where they stand in the other's list, so
/// that nobody is ever searched for.
#[derive(Debug, Default)]
pub(super) struct Topics {
    numbers: HashMap<Arc<str>, u32>,
    topics: Vec<Topic>,
    /// Numbers of topics that are not there any more.
    free: Vec<u32>,
    counts: Arc<Counts>,
}

/// How many have subscribed to each topic of a thread, for all threads to see.
#[derive(Debug, Default)]
pub(super) struct Counts(Mutex<HashMap<Arc<str>, usize>>);

impl Counts {
    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn get(&self, topic: &str) -> usize {
        self.lock().get(topic).copied().unwrap_or_default()
    }

    fn set(&self, topic: &Arc<str>, count: usize) {
        if count == 0 {
            self.lock().remove(topic);
        } else {
            self.lock().insert(Arc::clone(topic), count);
        }
    }
}

#[derive(Debug)]
struct Topic {
    name: Arc<str>,
    subscribers: Vec<u32>,
}

/// The topics of one client.
pub(super) type Subscriptions = Vec<Subscription>;

#[derive(Debug, Clone, Copy)]
pub(super) struct Subscription {
    topic: u32,
    /// Where the client stands among the topic's subscribers.
    position: u32,
}

/// What others have to be told when somebody leaves a topic: that the last one has taken his place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(super) struct Moved {
    pub(super) place: u32,
    topic: u32,
    position: u32,
}

impl Topics {
    pub(super) fn new(counts: Arc<Counts>) -> Self {
        Self { counts, ..Self::default() }
    }

    /// Returns a topic that somebody has subscribed to: its name, and its subscribers.
    pub(super) fn get(&self, name: &str) -> Option<(&Arc<str>, &[u32])> {
        let topic = &self.topics[*self.numbers.get(name)? as usize];
        Some((&topic.name, &topic.subscribers))
    }

    /// Enters a client, unless it is there already.
    pub(super) fn subscribe(&mut self, name: &str, place: u32, subscriptions: &mut Subscriptions) {
        let number = match self.numbers.get(name) {
            Some(number) if subscriptions.iter().any(|it| it.topic == *number) => return,
            Some(number) => *number,
            None => self.create(name),
        };
        let Topic { name, subscribers } = &mut self.topics[number as usize];
        // There are at most as many as there are places.
        let position = u32::try_from(subscribers.len()).unwrap_or(u32::MAX);
        subscribers.push(place);
        self.counts.set(name, subscribers.len());
        subscriptions.push(Subscription { topic: number, position });
    }

    fn create(&mut self, name: &str) -> u32 {
        let name = Arc::<str>::from(name);
        let topic = Topic { name: Arc::clone(&name), subscribers: Vec::new() };
        let number = match self.free.pop() {
            Some(number) => {
                self.topics[number as usize] = topic;
                number
            }
            None => {
                self.topics.push(topic);
                u32::try_from(self.topics.len() - 1).unwrap_or(u32::MAX)
            }
        };
        self.numbers.insert(name, number);
        number
    }

    /// Takes a client out; the one that has moved has to be [told](moved).
    pub(super) fn unsubscribe(&mut self, name: &str, subscriptions: &mut Subscriptions) -> Option<Moved> {
        let number = *self.numbers.get(name)?;
        let index = subscriptions.iter().position(|it| it.topic == number)?;
        self.leave(subscriptions.swap_remove(index))
    }

    /// Takes a client out of one of its topics.
    pub(super) fn leave(&mut self, Subscription { topic: number, position }: Subscription) -> Option<Moved> {
        let topic = &mut self.topics[number as usize];
        topic.subscribers.swap_remove(position as usize);
        self.counts.set(&topic.name, topic.subscribers.len());
        if topic.subscribers.is_empty() {
            self.numbers.remove(&topic.name);
            topic.subscribers = Vec::new();
            self.free.push(number);
            return None;
        }
        let place = *topic.subscribers.get(position as usize)?;
        Some(Moved { place, topic: number, position })
    }

    /// Says whether a client is in a topic.
    pub(super) fn has(&self, name: &str, subscriptions: &Subscriptions) -> bool {
        self.numbers.get(name).is_some_and(|number| subscriptions.iter().any(|it| it.topic == *number))
    }

    /// Returns the names of a client's topics.
    pub(super) fn names(&self, subscriptions: &Subscriptions) -> Vec<Arc<str>> {
        subscriptions.iter().map(|it| Arc::clone(&self.topics[it.topic as usize].name)).collect()
    }
}

/// Tells a client where it stands now.
pub(super) fn moved(moved: Moved, subscriptions: &mut Subscriptions) {
    if let Some(it) = subscriptions.iter_mut().find(|it| it.topic == moved.topic) {
        it.position = moved.position;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    /// Compares with plain sets, over many pseudo-random steps.
    #[test]
    fn topics_are_sets() {
        let mut topics = Topics::default();
        let mut clients = vec![Subscriptions::new(); 20];
        let mut model = BTreeMap::<String, BTreeSet<u32>>::new();
        let mut seed = 1_u32;
        for _ in 0..if cfg!(miri) { 40 } else { 20_000 } {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let (place, name, action) = (seed >> 8 & 15, format!("{}", seed >> 16 & 7), seed >> 24 & 7);
            let client = place as usize;
            match action {
                0..=3 => {
                    topics.subscribe(&name, place, &mut clients[client]);
                    model.entry(name).or_default().insert(place);
                }
                4..=6 => {
                    if let Some(it) = topics.unsubscribe(&name, &mut clients[client]) {
                        moved(it, &mut clients[it.place as usize]);
                    }
                    model.entry(name).or_default().remove(&place);
                }
                _ => {
                    for subscription in std::mem::take(&mut clients[client]) {
                        if let Some(it) = topics.leave(subscription) {
                            moved(it, &mut clients[it.place as usize]);
                        }
                    }
                    model.values_mut().for_each(|subscribers| _ = subscribers.remove(&place));
                }
            }
            model.retain(|_, subscribers| !subscribers.is_empty());
            assert_eq!(topics.numbers.len(), model.len());
            assert_eq!(topics.counts.lock().len(), model.len());
            for (name, subscribers) in &model {
                let found = topics.get(name).map(|(_, found)| found.iter().copied().collect::<BTreeSet<_>>());
                assert_eq!(found.as_ref(), Some(subscribers));
                assert_eq!(topics.counts.get(name), subscribers.len());
            }
        }
        assert!(topics.topics.len() <= 8, "numbers are used again");
    }
}
