//! What the system does to the servers: descriptors run out, processes stop, the clock is set.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::clock::Clock;
use crate::pace::Pace;
use crate::subject::Subject;
use crate::{Counts, Outcome, PATIENCE};

/// How many clients want to come in while no descriptor is left.
const NEWCOMERS: usize = 8;

/// Stops the servers, takes their descriptors and sets their clock in turn.
pub(crate) fn troubles(pace: &Pace, chat: &Subject, echo: &Subject) -> Outcome<Counts> {
    let (mut pauses, mut shortages) = (0, 0);
    let mut clock = chat.clock().map(Clock::new);
    while pace.wait(Duration::from_secs(2)) {
        for subject in [chat, echo] {
            subject.signal("STOP")?;
            pace.wait(Duration::from_secs(1));
            subject.signal("CONT")?;
            pauses += 1;
            pace.wait(Duration::from_secs(1));
            shortage(pace, subject)?;
            shortages += 1;
            pace.wait(Duration::from_secs(1));
        }
        if let Some(clock) = &mut clock {
            clock.step(pace, chat)?;
        }
    }
    let mut counts =
        vec![("a server stopped for a second and went on", pauses), ("no descriptor left for a second", shortages)];
    counts.extend(clock.map(|clock| ("the clock was set forward or back, by minutes to a day", clock.steps())));
    Ok(counts)
}

/// Leaves a server no descriptor for a while; those who came meanwhile are answered afterwards.
fn shortage(pace: &Pace, subject: &Subject) -> Outcome {
    subject.limit_descriptors(&subject.figures()?.descriptors.to_string())?;
    let newcomers: Result<Vec<_>, _> = (0..NEWCOMERS).map(|_| TcpStream::connect(&subject.address)).collect();
    pace.wait(Duration::from_secs(1));
    subject.limit_descriptors("4096")?;
    for mut newcomer in newcomers? {
        newcomer.set_read_timeout(Some(PATIENCE))?;
        newcomer.write_all(b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut answer = Vec::new();
        let ended = newcomer.read_to_end(&mut answer);
        if !answer.starts_with(b"HTTP/1.1 4") {
            let answer = String::from_utf8_lossy(&answer).into_owned();
            return Err(
                format!("{}: who came while no descriptor was left got {ended:?} {answer:?}", subject.url).into()
            );
        }
    }
    Ok(())
}
