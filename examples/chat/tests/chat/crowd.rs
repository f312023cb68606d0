//! Many clients that talk, with the terminal's own notion of what is acknowledged, and come back when they are thrown out.

use std::collections::HashSet;
use std::io::ErrorKind;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use chat_protocol::{Event, Reason, Request};
use php_sockets::poll::{Context, Event as Ready};
use php_sockets::socket_set_nonblock;
use php_sockets::ws::{Connection, Message, Transport};

use crate::rooms::session::{Command, Session};
use crate::support::{Outcome, PATIENCE};

/// How long a client waits after a refusal that passes.
const RETRY: Duration = Duration::from_millis(500);

const THREADS: usize = 4;

/// Who talks, and how much.
#[derive(Clone)]
pub(crate) struct Crowd {
    pub(crate) clients: usize,
    /// How many are in a room.
    pub(crate) room: usize,
    /// How much each says, and over which time, when all are in their rooms.
    pub(crate) messages: usize,
    pub(crate) time: Duration,
    /// A connection may be refused: then it is tried again.
    pub(crate) may_be_refused: bool,
}

/// What has become of it.
#[derive(Default)]
pub(crate) struct Report {
    /// How often clients came back, and how often one was told that the server is busy.
    pub(crate) came_back: usize,
    pub(crate) busy: usize,
    /// What each heard, by its number.
    pub(crate) heard: Vec<(usize, Vec<String>)>,
}

struct Speaker {
    session: Session,
    connection: Option<Connection<Transport>>,
    said: usize,
    known: HashSet<String>,
    heard: Vec<String>,
    retry: Option<Instant>,
    is_in: bool,
}

impl Speaker {
    fn send(&mut self, requests: &[Request]) -> Outcome {
        let Some(connection) = &mut self.connection else { return Ok(()) };
        for request in requests {
            // One that is gone is found out by reading.
            let _ = connection.send(&serde_json::to_string(request)?);
        }
        let _ = connection.flush();
        Ok(())
    }

    /// Takes in what the server tells: each message once.
    fn hear(&mut self, event: Event, report: &mut Report) -> Outcome {
        if let Event::Error { reason: Reason::Busy, .. } = event {
            report.busy += 1;
            self.retry.get_or_insert_with(|| Instant::now() + RETRY);
        }
        let joined = matches!(event, Event::Joined { .. });
        // Its own may be acknowledged again.
        let is_news = matches!(&event, Event::Said(said) if !said.id.starts_with(&format!("{}-", self.session.name)));
        let (event, requests) = self.session.hear(event);
        let news = match event {
            Some(Event::Said(said)) => vec![said],
            Some(Event::Joined { messages, .. } | Event::History { messages, .. }) => messages,
            _ => Vec::new(),
        };
        assert!(!is_news || news.len() == 1, "{} is told something again", self.session.name);
        self.is_in |= joined;
        for said in news {
            assert!(self.known.insert(said.id.clone()), "{said:?} is heard twice");
            self.heard.push(said.id);
        }
        self.send(&requests)
    }
}

/// Has the crowd talk in several threads; `said` counts what its clients want to say.
pub(crate) fn start(url: &str, crowd: &Crowd, said: &'static AtomicUsize) -> Vec<JoinHandle<Result<Report, String>>> {
    let entered = Arc::<AtomicUsize>::default();
    let part = |part: usize| {
        let (url, crowd, entered) = (url.to_owned(), crowd.clone(), Arc::clone(&entered));
        let numbers = part * crowd.clients / THREADS..(part + 1) * crowd.clients / THREADS;
        std::thread::spawn(move || talk(&url, &crowd, numbers, &entered, said).map_err(|error| error.to_string()))
    };
    (0..THREADS).map(part).collect()
}

/// Waits until everybody has heard everything: everybody in a room has heard the same, each message once, in the same order.
pub(crate) fn finish(crowd: &Crowd, threads: Vec<JoinHandle<Result<Report, String>>>) -> Outcome<Report> {
    let mut all = Report::default();
    for thread in threads {
        let report = thread.join().map_err(|_| "a panic")??;
        all.came_back += report.came_back;
        all.busy += report.busy;
        all.heard.extend(report.heard);
    }
    assert_eq!(all.heard.len(), crowd.clients);
    for room in all.heard.chunks(crowd.room) {
        assert_eq!(room[0].1.len(), crowd.room * crowd.messages);
        for (number, heard) in room {
            assert_eq!(*heard, room[0].1, "c{number} and c{} differ", room[0].0);
        }
    }
    Ok(all)
}

fn talk(url: &str, crowd: &Crowd, numbers: Range<usize>, entered: &AtomicUsize, said: &AtomicUsize) -> Outcome<Report> {
    let context = Context::<usize>::new()?;
    let connect = |place: usize| -> Outcome<Connection<Transport>> {
        let connection = Connection::connect(url)?;
        socket_set_nonblock(connection.stream().socket())?;
        context.add(connection.stream().socket(), Ready::Read, place)?;
        Ok(connection)
    };
    let speaker = |number: usize| {
        // A message's id begins with it.
        let secret = format!("c{number}-{}", "s".repeat(16));
        let session = Session::new(format!("c{number}"), format!("room-{}", number / crowd.room), secret);
        Speaker {
            session,
            connection: None,
            said: 0,
            known: HashSet::new(),
            heard: Vec::new(),
            retry: None,
            is_in: false,
        }
    };
    let mut speakers: Vec<_> = numbers.clone().map(speaker).collect();
    let (mut report, mut buffer) = (Report::default(), Vec::new());
    let (count, whole) = (speakers.len(), crowd.room * crowd.messages);
    let (mut begun, mut are_in, mut is_talking) = (Instant::now(), false, false);
    while speakers.iter().any(|speaker| speaker.heard.len() < whole || speaker.session.waiting() > 0) {
        if begun.elapsed() > 2 * PATIENCE {
            let state = |it: &Speaker| format!("{} of {whole}: {:?}\n", it.heard.len(), it.session);
            return Err(speakers.iter().filter(|it| it.heard.len() < whole).map(state).collect::<String>().into());
        }
        if !are_in && speakers.iter().all(|speaker| speaker.is_in) {
            are_in = true;
            entered.fetch_add(1, Ordering::SeqCst);
        }
        if !is_talking && entered.load(Ordering::SeqCst) == THREADS {
            (begun, is_talking) = (Instant::now(), true);
        }
        for (place, speaker) in speakers.iter_mut().enumerate() {
            if speaker.connection.is_none() {
                match connect(place) {
                    Ok(connection) => speaker.connection = Some(connection),
                    Err(_) if crowd.may_be_refused => continue,
                    Err(error) => return Err(error),
                }
                let requests = speaker.session.connected();
                speaker.send(&requests)?;
            }
            let due = crowd.time.mul_f64((speaker.said as f64 + place as f64 / count as f64) / crowd.messages as f64);
            if is_talking && speaker.said < crowd.messages && begun.elapsed() >= due {
                speaker.said += 1;
                said.fetch_add(1, Ordering::Relaxed);
                let requests = speaker.session.command(Command::Say(format!("{}", speaker.said)))?;
                speaker.send(&requests)?;
            }
            if speaker.retry.is_some_and(|retry| Instant::now() >= retry) {
                speaker.retry = None;
                let requests = speaker.session.retry();
                speaker.send(&requests)?;
            }
        }
        let ready = match context.wait(Duration::from_millis(20), None) {
            // What befalls a child of the test is a signal.
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            ready => ready?,
        };
        for watcher in &ready {
            let speaker: &mut Speaker = &mut speakers[watcher.data()];
            let Some(connection) = &mut speaker.connection else { continue };
            let mut is_open = connection.receive().is_ok();
            while let Some(connection) = &mut speaker.connection {
                let event = match connection.next(&mut buffer) {
                    Ok(None) => break,
                    Ok(Some(Message::Text(text))) => serde_json::from_str::<Event>(text)?,
                    _ => {
                        is_open = false;
                        break;
                    }
                };
                speaker.hear(event, &mut report)?;
            }
            if !is_open || !speaker.connection.as_ref().is_some_and(Connection::is_open) {
                watcher.remove()?;
                report.came_back += 1;
                speaker.session.lost();
                (speaker.connection, speaker.retry) = (None, None);
            }
        }
    }
    report.heard = numbers.zip(speakers.into_iter().map(|speaker| speaker.heard)).collect();
    Ok(report)
}
