//! One program takes another's place while everybody talks.

use std::sync::atomic::AtomicUsize;
use std::time::{Duration, Instant};

use chat_protocol::{Event, Request};

use crate::crowd::{self, Crowd};
use crate::operation::{logged, logs};
use crate::support::{Directory, Outcome, PATIENCE};

#[test]
fn a_restart_loses_doubles_and_refuses_nothing() -> Outcome {
    let directory = Directory::new("chat-handover")?;
    restart(&directory, &["--history", &directory.file("chat.db")], 1000)
}

#[cfg(feature = "redis")]
#[test]
fn nor_does_one_with_redis() -> Outcome {
    let Some(redis) = crate::redis::Redis::start("chat-handover-redis")? else { return Ok(()) };
    restart(&Directory::new("chat-handover-log")?, &["--redis", &redis.url()], 200)
}

fn restart(directory: &Directory, options: &[&str], clients: usize) -> Outcome {
    static SAID: AtomicUsize = AtomicUsize::new(0);
    let log = directory.file("log");
    let server = logged(&log, &[options, &["--rate", "0", "--threads", "2"]].concat())?;
    let crowd = Crowd { clients, room: 50, messages: 4, time: Duration::from_secs(4), may_be_refused: false };
    let threads = crowd::start(&server.url(), &crowd, &SAID);
    // All of them are there and some of it has been said.
    let mut watcher = server.enter("watcher")?;
    let begun = Instant::now();
    let rooms = loop {
        watcher.send(&Request::Rooms)?;
        let rooms = watcher.until(|event| match event {
            Event::Rooms { rooms } => Some(rooms),
            _ => None,
        })?;
        if rooms.iter().map(|room| room.people).sum::<usize>() == crowd.clients + 1 || begun.elapsed() > PATIENCE {
            break rooms;
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(rooms.len(), 1 + crowd.clients / crowd.room, "{rooms:?}");
    server.signal("USR2")?;
    assert_eq!(watcher.closed()?.0, 1012);
    let report = crowd::finish(&crowd, threads)?;
    assert!(report.came_back >= crowd.clients, "{}", report.came_back);
    // The one that took over is nobody's child any more.
    let told = logs(&log, " takes over")?;
    let process = told.split(' ').skip_while(|word| *word != "process").nth(1).ok_or("no process")?;
    let status = std::process::Command::new("kill").arg(process).status()?;
    if status.success() { Ok(()) } else { Err("no server took over".into()) }
}
