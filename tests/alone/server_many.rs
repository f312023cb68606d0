//! Ten thousand clients on two threads, who subscribe, publish and leave at random: each hears what a model says, in order.

use std::collections::{BTreeMap, BTreeSet};

use php_sockets::ws::{
    Connection, Message, Transport, WebSocketError,
    server::{Callbacks, Server},
};

const CLIENTS: usize = 10_000;
const TOPICS: usize = 60;
const ROUNDS: usize = 6;
/// How many publish in a round, and how many messages each.
const PUBLISHERS: usize = 8;
const MESSAGES: usize = 5;

struct Client {
    connection: Connection<Transport>,
    topics: BTreeSet<usize>,
    buffer: Vec<u8>,
}

impl Client {
    fn join(url: &str) -> Result<Self, WebSocketError> {
        let mut connection = Connection::connect(url)?;
        connection.set_read_timeout(Some(std::time::Duration::from_secs(30)))?;
        Ok(Self { connection, topics: BTreeSet::new(), buffer: Vec::new() })
    }

    fn say(&mut self, text: &str) -> Result<(), WebSocketError> {
        self.connection.send(text)
    }

    fn hear(&mut self) -> Result<&str, WebSocketError> {
        match self.connection.read(&mut self.buffer)? {
            Message::Text(text) => Ok(text),
            other => panic!("{other:?}"),
        }
    }
}

/// `+topic`, `-topic`, `?` answer with `ok`; `topic:text` publishes.
fn topics() -> Callbacks<()> {
    Callbacks::new().onmessage(|client, message| {
        let Message::Text(text) = message else { return };
        match (text.split_at(1), text.split_once(':')) {
            (("+", topic), _) => client.subscribe(topic),
            (("-", topic), _) => client.unsubscribe(topic),
            (_, Some((topic, _))) => return client.publish(topic, text),
            _ => {}
        }
        client.send("ok");
    })
}

pub(crate) fn everybody_hears_what_the_model_says() -> Result<(), Box<dyn std::error::Error>> {
    // Both ends are here.
    let limit = usize::try_from(rlimit::increase_nofile_limit(2 * CLIENTS as u64 + 200)?)?;
    let count = CLIENTS.min((limit - 200) / 2);
    // Nobody answers a Ping while others are heard, which takes its time on a busy machine.
    let server = Server::bind("127.0.0.1", 0)?.config(|config| config.keepalive(None));
    let url = format!("ws://127.0.0.1:{}/", server.address()?.1);
    let handle = server.handle();
    let thread = std::thread::spawn(move || server.threads(2).run(topics));
    let mut clients = (0..count).map(|_| Client::join(&url)).collect::<Result<Vec<_>, WebSocketError>>()?;
    let mut random = Random(1);
    for round in 0..ROUNDS {
        // Who joins, leaves a topic, or leaves for good and is followed by somebody new.
        let mut asked = BTreeSet::new();
        for _ in 0..count / 2 {
            let number = random.below(count);
            let client = &mut clients[number];
            let topic = random.below(TOPICS);
            match random.below(8) {
                0 => {
                    *client = Client::join(&url)?;
                    asked.remove(&number);
                    continue;
                }
                1 | 2 if !asked.contains(&number) => {
                    client.say(&format!("-{topic}"))?;
                    client.topics.remove(&topic);
                }
                _ if !asked.contains(&number) => {
                    client.say(&format!("+{topic}"))?;
                    client.topics.insert(topic);
                }
                _ => continue,
            }
            asked.insert(number);
        }
        for number in asked {
            assert_eq!(clients[number].hear()?, "ok");
        }
        // Then some publish at once.
        let mut published = BTreeMap::<usize, BTreeMap<usize, Vec<String>>>::new();
        for message in 0..MESSAGES {
            for _ in 0..PUBLISHERS {
                let (publisher, topic) = (random.below(count), random.below(TOPICS));
                let text = format!("{topic}:{publisher} {round} {message} 你好");
                clients[publisher].say(&text)?;
                published.entry(topic).or_default().entry(publisher).or_default().push(text);
            }
        }
        let mut deliveries = 0;
        for (number, client) in clients.iter_mut().enumerate() {
            let mut due = BTreeMap::<usize, Vec<&str>>::new();
            for (publisher, texts) in client.topics.iter().filter_map(|topic| published.get(topic)).flatten() {
                due.entry(*publisher).or_default().extend(texts.iter().map(String::as_str));
            }
            // Of one publisher in order, whatever the topics.
            for texts in due.values_mut() {
                texts.sort_by_key(|text| text.split(' ').nth(2).map(str::to_owned));
            }
            let total: usize = due.values().map(Vec::len).sum();
            let mut heard = BTreeMap::<usize, Vec<String>>::new();
            for _ in 0..total {
                let text = client.hear()?.to_owned();
                let publisher = text.split([':', ' ']).nth(1).ok_or("no publisher")?.parse()?;
                heard.entry(publisher).or_default().push(text);
            }
            for (publisher, texts) in &mut heard {
                let numbers: Vec<_> = texts.iter().map(|text| text.split(' ').nth(2)).collect();
                assert!(numbers.is_sorted(), "client {number} hears {publisher} out of order: {texts:?}");
                texts.sort();
            }
            due.values_mut().for_each(|texts| texts.sort_unstable());
            let same = heard.len() == due.len()
                && heard.iter().all(|(publisher, texts)| due.get(publisher).is_some_and(|due| texts.iter().eq(due)));
            assert!(same, "client {number}, round {round}: {heard:?} for {due:?}");
            deliveries += total;
        }
        assert!(deliveries > 100, "somebody hears something");
    }
    // Nothing came that was not due: the next answer is that to the next question.
    for client in &mut clients {
        client.say("?")?;
        assert_eq!(client.hear()?, "ok");
    }
    let metrics = handle.metrics();
    assert_eq!((metrics.open, metrics.dropped_slow, metrics.dropped_inbox), (count as u64, 0, 0));
    drop(clients);
    handle.stop();
    thread.join().expect("no panic")?;
    Ok(())
}

/// The generator of Numerical Recipes: the same steps each time.
struct Random(u32);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as usize % end
    }
}
