use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The topics of one thread, and who has subscribed to them by the number of its place.
///
/// A topic is there as long as somebody has subscribed to it. A client knows where it stands in a topic's list, and finds a
/// topic in its own by the number: nobody goes through a list, however long both are.
#[derive(Debug, Default)]
pub(super) struct Topics {
    directory: Arc<Directory>,
    topics: Vec<Topic>,
    /// Numbers of topics that are not there any more.
    free: Vec<u32>,
}

/// Where a thread's topics stand, and how many have subscribed to each, for all threads to see.
#[derive(Debug, Default)]
pub(super) struct Directory(Mutex<HashMap<Arc<str>, Entry>>);

#[derive(Debug, Clone, Copy)]
struct Entry {
    number: u32,
    count: u32,
}

impl Directory {
    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nobody is there any more.
    pub(super) fn clear(&self) {
        self.lock().clear();
    }

    fn number(&self, topic: &str) -> Option<u32> {
        self.lock().get(topic).map(|entry| entry.number)
    }

    pub(super) fn count(&self, topic: &str) -> usize {
        self.lock().get(topic).map_or(0, |entry| entry.count as usize)
    }
}

#[derive(Debug)]
struct Topic {
    name: Arc<str>,
    subscribers: Vec<u32>,
}

/// The longest name, in bytes: clients may choose it.
pub(super) const MAX_NAME: usize = 1024;

/// The topics of one client, in the order of their numbers.
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
    pub(super) fn new(directory: Arc<Directory>) -> Self {
        Self { directory, ..Self::default() }
    }

    /// Returns a topic that somebody has subscribed to: its name, and its subscribers.
    pub(super) fn get(&self, name: &str) -> Option<(&Arc<str>, &[u32])> {
        let topic = &self.topics[self.directory.number(name)? as usize];
        Some((&topic.name, &topic.subscribers))
    }

    /// Enters a client, unless it is there already.
    pub(super) fn subscribe(&mut self, name: &str, place: u32, subscriptions: &mut Subscriptions) {
        let number = self.directory.number(name).unwrap_or_else(|| self.create(name));
        let Err(index) = find(number, subscriptions) else { return };
        let Topic { name, subscribers } = &mut self.topics[number as usize];
        // There are at most as many as there are places.
        let position = u32::try_from(subscribers.len()).unwrap_or(u32::MAX);
        subscribers.push(place);
        self.directory.lock().insert(Arc::clone(name), Entry { number, count: position.saturating_add(1) });
        subscriptions.insert(index, Subscription { topic: number, position });
    }

    /// Makes a topic, which is not in the directory yet.
    fn create(&mut self, name: &str) -> u32 {
        let topic = Topic { name: name.into(), subscribers: Vec::new() };
        if let Some(number) = self.free.pop() {
            self.topics[number as usize] = topic;
            return number;
        }
        self.topics.push(topic);
        u32::try_from(self.topics.len() - 1).unwrap_or(u32::MAX)
    }

    /// Takes a client out; the one that has moved has to be [told](moved).
    pub(super) fn unsubscribe(&mut self, name: &str, subscriptions: &mut Subscriptions) -> Option<Moved> {
        let number = self.directory.number(name)?;
        let index = find(number, subscriptions).ok()?;
        self.leave(subscriptions.remove(index))
    }

    /// Takes a client out of one of its topics.
    pub(super) fn leave(&mut self, Subscription { topic: number, position }: Subscription) -> Option<Moved> {
        let topic = &mut self.topics[number as usize];
        topic.subscribers.swap_remove(position as usize);
        let mut directory = self.directory.lock();
        if topic.subscribers.is_empty() {
            directory.remove(&topic.name);
            topic.subscribers = Vec::new();
            self.free.push(number);
            return None;
        }
        if let Some(entry) = directory.get_mut(&topic.name) {
            entry.count -= 1;
        }
        let place = *topic.subscribers.get(position as usize)?;
        Some(Moved { place, topic: number, position })
    }

    /// Says whether a client is in a topic.
    pub(super) fn has(&self, name: &str, subscriptions: &Subscriptions) -> bool {
        self.directory.number(name).is_some_and(|number| find(number, subscriptions).is_ok())
    }

    /// Returns the names of a client's topics.
    pub(super) fn names(&self, subscriptions: &Subscriptions) -> Vec<Arc<str>> {
        subscriptions.iter().map(|it| Arc::clone(&self.topics[it.topic as usize].name)).collect()
    }
}

/// Tells a client where it stands now.
pub(super) fn moved(moved: Moved, subscriptions: &mut Subscriptions) {
    if let Ok(index) = find(moved.topic, subscriptions) {
        subscriptions[index].position = moved.position;
    }
}

/// Where a topic stands among those of a client, or would stand.
fn find(topic: u32, subscriptions: &Subscriptions) -> Result<usize, usize> {
    subscriptions.binary_search_by_key(&topic, |it| it.topic)
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
            assert_eq!(topics.directory.lock().len(), model.len());
            for (name, subscribers) in &model {
                let found = topics.get(name).map(|(_, found)| found.iter().copied().collect::<BTreeSet<_>>());
                assert_eq!(found.as_ref(), Some(subscribers));
                assert_eq!(topics.directory.count(name), subscribers.len());
            }
        }
        assert!(topics.topics.len() <= 8, "numbers are used again");
    }

    /// Who follows thousands of prices comes and goes like anybody else: four times the topics cost about four times as much.
    #[test]
    #[cfg(target_os = "linux")]
    fn many_clients_may_have_many_topics() {
        let few = if cfg!(miri) { 5 } else { 5_000 };
        let (little, much) = (cost_of_topics(few), cost_of_topics(4 * few));
        assert!(
            cfg!(miri) || much <= 9 * little,
            "{much} ns of the processor's time, {little} for a quarter of the topics"
        );
    }

    /// Has clients subscribe to many topics and leave; returns the nanoseconds of this thread's processor time that it took.
    #[cfg(target_os = "linux")]
    fn cost_of_topics(count: usize) -> u64 {
        let names: Vec<_> = (0..count).map(|number| number.to_string()).collect();
        let mut topics = Topics::default();
        let mut clients = vec![Subscriptions::new(); 20];
        let start = processor_time();
        for (place, subscriptions) in (0..).zip(&mut clients) {
            names.iter().for_each(|name| topics.subscribe(name, place, subscriptions));
            assert_eq!(subscriptions.len(), count);
        }
        for place in 0..clients.len() {
            for subscription in std::mem::take(&mut clients[place]) {
                if let Some(it) = topics.leave(subscription) {
                    moved(it, &mut clients[it.place as usize]);
                }
            }
        }
        assert!(topics.directory.lock().is_empty());
        processor_time() - start
    }

    /// What others do on this machine is not in it.
    #[cfg(target_os = "linux")]
    fn processor_time() -> u64 {
        let times = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
        times.split(' ').next().and_then(|time| time.parse().ok()).unwrap_or(0)
    }
}
