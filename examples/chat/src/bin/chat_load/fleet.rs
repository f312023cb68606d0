//! Thousands of clients in one thread.

use std::error::Error;
use std::time::{Duration, Instant};

use php_sockets::poll::{Context, Event, Watcher};
use php_sockets::socket_set_nonblock;
use php_sockets::ws::{Connection, Message, Transport};
use serde::Deserialize;

use crate::flood::send;
use crate::times::Times;
use chat_protocol::Request;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What is looked at of an event.
#[derive(Deserialize)]
struct Heard<'a> {
    r#type: &'a str,
    id: Option<&'a str>,
    text: Option<&'a str>,
}

pub(crate) struct Fleet {
    context: Context<usize>,
    ready: Vec<Watcher<usize>>,
    clients: Vec<Client>,
    buffer: Vec<u8>,
    /// What times in messages count from.
    epoch: Instant,
    joined: usize,
    /// Those who have heard what they said themselves.
    pub(crate) answered: Vec<usize>,
    /// How many leave notices the last client has heard.
    pub(crate) left: usize,
}

struct Client {
    connection: Connection<Transport>,
    watcher: Watcher<usize>,
    room: String,
    said: usize,
}

impl Fleet {
    /// Connects clients to servers in turn; each enters a room.
    pub(crate) fn connect(urls: &[&str], count: usize, room: impl Fn(usize) -> String) -> Result<Self> {
        let context = Context::new()?;
        let mut clients = Vec::with_capacity(count);
        for number in 0..count {
            let mut connection = Connection::connect(urls[number % urls.len()])?;
            socket_set_nonblock(connection.stream().socket())?;
            let watcher = context.add(connection.stream().socket(), Event::Read, number)?;
            let room = room(number);
            send(&mut connection, &Request::Hello { name: format!("client-{number}"), session: None, after: None })?;
            send(&mut connection, &Request::Join { room: room.clone(), after: None })?;
            clients.push(Client { connection, watcher, room, said: 0 });
        }
        let mut fleet = Self {
            context,
            ready: Vec::new(),
            clients,
            buffer: Vec::new(),
            epoch: Instant::now(),
            joined: 0,
            answered: Vec::new(),
            left: 0,
        };
        while fleet.joined < count {
            fleet.listen(Duration::from_secs(10), &mut Times::default())?;
        }
        // Until the notices of all these newcomers have been read too.
        while !fleet.ready.is_empty() || fleet.listen(Duration::from_millis(200), &mut Times::default())? > 0 {
            fleet.listen(Duration::from_millis(200), &mut Times::default())?;
        }
        Ok(fleet)
    }

    /// Has a client say the time, and more text behind it.
    pub(crate) fn say(&mut self, client: usize, more: &str) -> Result<()> {
        let text = format!("{} {more}", self.epoch.elapsed().as_nanos());
        let speaker = &mut self.clients[client];
        speaker.said += 1;
        let id = format!("{client}-{}", speaker.said);
        send(&mut speaker.connection, &Request::Say { id, room: speaker.room.clone(), text })
    }

    /// The first clients read no more.
    pub(crate) fn stall(&mut self, count: usize) {
        for client in &self.clients[..count] {
            // What is not watched is not read.
            let _ = client.watcher.remove();
        }
    }

    /// Waits once and reads; returns how many messages came, and takes their times.
    pub(crate) fn listen(&mut self, timeout: Duration, times: &mut Times) -> Result<usize> {
        self.context.wait_into(&mut self.ready, timeout, None)?;
        let mut heard = 0;
        let last = self.clients.len() - 1;
        for watcher in &self.ready {
            let number = watcher.data();
            let connection = &mut self.clients[number].connection;
            connection.receive()?;
            while let Some(message) = connection.next(&mut self.buffer)? {
                let Message::Text(text) = message else { return Err(format!("client {number}: {message:?}").into()) };
                let event: Heard<'_> = serde_json::from_str(text)?;
                match event.r#type {
                    "said" => {
                        let sent = event.text.and_then(|text| text.split(' ').next()).ok_or("no time")?.parse()?;
                        times.add(self.epoch.elapsed().saturating_sub(Duration::from_nanos(sent)));
                        heard += 1;
                        let speaker = event.id.and_then(|id| id.split('-').next()?.parse::<usize>().ok());
                        self.answered.extend(speaker.filter(|speaker| *speaker == number));
                    }
                    "joined" => self.joined += 1,
                    "left" if number == last => self.left += 1,
                    "error" => return Err(format!("client {number}: {text}").into()),
                    _ => {}
                }
            }
        }
        Ok(heard)
    }
}
