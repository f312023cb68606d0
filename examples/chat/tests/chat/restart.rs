//! One program takes another's place while everybody talks.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use chat_protocol::{Event, Request};
use php_sockets::poll::{Context, Event as Ready};
use php_sockets::socket_set_nonblock;
use php_sockets::ws::{Connection, Message, Transport};

use crate::operation::{logged, logs};
use crate::rooms::session::{Command, Session};
use crate::support::{Directory, Outcome, PATIENCE};

const CLIENTS: usize = 1000;
const ROOM: usize = 50;
/// How much each says, and over which time.
const MESSAGES: usize = 4;
const TIME: Duration = Duration::from_secs(4);

/// A client with the terminal's own notion of what is acknowledged.
struct Speaker {
    session: Session,
    connection: Connection<Transport>,
    said: usize,
    heard: HashSet<String>,
}

impl Speaker {
    fn send(&mut self, requests: &[Request]) -> Outcome {
        for request in requests {
            // One that is gone is found out by reading.
            let _ = self.connection.send(&serde_json::to_string(request)?);
        }
        let _ = self.connection.flush();
        Ok(())
    }
}

/// Has so many clients talk; returns how often they came back.
fn talk(url: &str, numbers: std::ops::Range<usize>) -> Outcome<usize> {
    let context = Context::<usize>::new()?;
    let mut speakers = Vec::new();
    let connect = |place: usize| -> Outcome<Connection<Transport>> {
        let connection = Connection::connect(url)?;
        socket_set_nonblock(connection.stream().socket())?;
        context.add(connection.stream().socket(), Ready::Read, place)?;
        Ok(connection)
    };
    for (place, number) in numbers.clone().enumerate() {
        let session =
            Session::new(format!("c{number}"), format!("room-{}", number / ROOM), format!("secret-{number:08}"));
        let requests = session.connected();
        let mut speaker = Speaker { session, connection: connect(place)?, said: 0, heard: HashSet::new() };
        speaker.send(&requests)?;
        speakers.push(speaker);
    }
    let (begun, mut came_back) = (Instant::now(), 0);
    let mut buffer = Vec::new();
    let count = speakers.len();
    while speakers.iter().any(|speaker| speaker.heard.len() < ROOM * MESSAGES || speaker.session.waiting() > 0) {
        if begun.elapsed() > 2 * PATIENCE {
            let least = speakers.iter().map(|speaker| speaker.heard.len()).min();
            return Err(format!("not all was heard: {least:?} of {}", ROOM * MESSAGES).into());
        }
        for (place, speaker) in speakers.iter_mut().enumerate() {
            let due = TIME.mul_f64((speaker.said as f64 + place as f64 / count as f64) / MESSAGES as f64);
            if speaker.said < MESSAGES && begun.elapsed() >= due {
                speaker.said += 1;
                let requests = speaker.session.command(Command::Say(format!("{}", speaker.said)))?;
                speaker.send(&requests)?;
            }
        }
        for watcher in &context.wait(Duration::from_millis(20), None)? {
            let place = watcher.data();
            let speaker: &mut Speaker = &mut speakers[place];
            let mut is_open = speaker.connection.receive().is_ok();
            loop {
                let event = match speaker.connection.next(&mut buffer) {
                    Ok(None) => break,
                    Ok(Some(Message::Text(text))) => serde_json::from_str::<Event>(text)?,
                    _ => {
                        is_open = false;
                        break;
                    }
                };
                let (event, requests) = speaker.session.hear(event);
                let said = match event {
                    Some(Event::Said(said)) => vec![said],
                    Some(Event::Joined { messages, .. } | Event::History { messages, .. }) => messages,
                    _ => Vec::new(),
                };
                for said in said {
                    assert!(speaker.heard.insert(said.id.clone()), "{said:?} is heard twice");
                }
                speaker.send(&requests)?;
            }
            if !is_open || !speaker.connection.is_open() {
                watcher.remove()?;
                came_back += 1;
                speaker.session.lost();
                // It is not refused.
                speaker.connection = connect(place)?;
                let requests = speaker.session.connected();
                speaker.send(&requests)?;
            }
        }
    }
    Ok(came_back)
}

#[test]
fn a_restart_loses_doubles_and_refuses_nothing() -> Outcome {
    let directory = Directory::new("chat-handover")?;
    let file = directory.file("chat.db");
    let log = directory.file("log");
    let server = logged(&log, &["--history", &file, "--rate", "0", "--threads", "2"])?;
    let threads: Vec<_> = (0..4)
        .map(|part| {
            let url = server.url();
            let numbers = part * CLIENTS / 4..(part + 1) * CLIENTS / 4;
            std::thread::spawn(move || talk(&url, numbers).map_err(|error| error.to_string()))
        })
        .collect();
    // All of them are there and some of it has been said.
    let mut watcher = server.enter("watcher")?;
    let begun = Instant::now();
    let rooms = loop {
        watcher.send(&Request::Rooms)?;
        let rooms = watcher.until(|event| match event {
            Event::Rooms { rooms } => Some(rooms),
            _ => None,
        })?;
        if rooms.iter().map(|room| room.people).sum::<usize>() == CLIENTS + 1 || begun.elapsed() > PATIENCE {
            break rooms;
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(rooms.len(), 1 + CLIENTS / ROOM, "{rooms:?}");
    server.signal("USR2")?;
    assert_eq!(watcher.closed()?.0, 1012);
    let mut came_back = 0;
    for thread in threads {
        came_back += thread.join().map_err(|_| "a panic")??;
    }
    assert!(came_back >= CLIENTS, "{came_back}");
    // The one that took over is nobody's child any more.
    let told = logs(&log, " takes over")?;
    let process = told.split(' ').skip_while(|word| *word != "process").nth(1).ok_or("no process")?;
    let status = std::process::Command::new("kill").arg(process).status()?;
    if status.success() { Ok(()) } else { Err("no server took over".into()) }
}
