//! What keeps what is said: a thread of its own, so that neither a disk nor another machine ever stalls those of the clients.
//!
//! Jobs come through a bounded channel, and their answers go back when they are done: what anybody hears has been kept.

use std::error::Error;
use std::sync::mpsc::Receiver;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use php_sockets::Socket;

use crate::chat::{Answer, ClientId, Job, News};
use crate::hall::Hall;
use crate::log::log;
use crate::system;

/// The most jobs that wait; further ones are refused.
pub(crate) const QUEUE: usize = 4096;
/// The most jobs that are done at once.
const BATCH: usize = 512;
/// How often it is looked after when nobody says anything.
const LOOK: Duration = Duration::from_secs(1);
/// Over which time clients are told to come back to the next program: to all of them at once it would be a rush.
const SPREAD: Duration = Duration::from_secs(1);

/// Where it is kept.
pub(crate) trait History {
    /// Does jobs; all are durable, or have failed and have no answer, when this returns. What is looked up was told until `heard`,
    /// or in the batch.
    fn answers(&mut self, batch: &[(ClientId, Job)], heard: i64) -> Vec<Option<Answer>>;

    /// Returns what other servers have told meanwhile.
    fn news(&mut self) -> Vec<(i64, News)> {
        Vec::new()
    }

    /// Does what is to be done from time to time: it is called before each batch, and about once a second.
    fn look_after(&mut self);

    /// Leaves it to the next program until it is looked after again, if there will be something of it; says whether only one
    /// at a time can have it.
    fn leave(&mut self) -> Result<bool, Box<dyn Error>>;

    /// There will be nothing more to do.
    fn end(&mut self) {}
}

/// Does jobs until there are no more, or the next program does them, which is given the socket, once, when a process asks for it.
pub(crate) fn run(
    mut history: Box<dyn History>,
    jobs: &Receiver<(ClientId, Job)>,
    hall: &Hall,
    listener: &Socket,
    askers: &Receiver<i32>,
) {
    // Whether it has taken the history with it, and which process it is.
    let mut successor = None;
    loop {
        let batch: Vec<_> = jobs.recv_timeout(LOOK).into_iter().chain(jobs.try_iter().take(BATCH - 1)).collect();
        let is_over = batch.iter().any(|(_, job)| *job == Job::End);
        // What is asked after that is asked again of the next program.
        if !matches!(successor, Some((true, _))) {
            work(&mut *history, batch, hall);
        }
        if is_over {
            return history.end();
        }
        let Ok(asker) = askers.try_recv() else { continue };
        let outcome = match successor {
            Some((_, process)) => Err(format!("process {process} takes over already").into()),
            None => history.leave().and_then(|is_left| Ok((is_left, system::start_next(listener)?))),
        };
        let told = match &outcome {
            Ok((_, process)) => format!("process {process} takes over"),
            Err(error) => format!("no restart: {error}"),
        };
        log(&told);
        system::tell(asker, (outcome.is_ok(), &told));
        if let Ok(next) = outcome {
            successor = Some(next);
            hall.handle.restart(SPREAD);
        }
    }
}

/// Does jobs, and what has come up meanwhile.
fn work(history: &mut dyn History, mut batch: Vec<(ClientId, Job)>, hall: &Hall) {
    // Nothing is heard between what is asked and its answer: what was looked up is all until then.
    for (seq, news) in history.news() {
        hall.follow(|chat| chat.hear(seq, news));
    }
    history.look_after();
    batch.retain(|(_, job)| !matches!(job, Job::LookAfter | Job::End));
    // Before somebody else asks for the name of who has gone.
    let (changes, heard) = hall.follow(|chat| (chat.changes(), chat.heard));
    batch.splice(0..0, changes);
    if !batch.is_empty() {
        let answers = history.answers(&batch, heard);
        for ((client, job), answer) in batch.into_iter().zip(answers) {
            // Others have their turn in between.
            hall.follow(|chat| chat.done(client, job, answer));
        }
    }
}

/// Returns the time in microseconds since 1970.
pub(crate) fn now() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX)
}
