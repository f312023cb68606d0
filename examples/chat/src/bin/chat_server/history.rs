//! What keeps what is said: a thread of its own, so that neither a disk nor another machine ever stalls those of the clients.
//!
//! Jobs come through a bounded channel, and their outcomes go back when they are done: what anybody hears has been kept.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::chat::{Job, Outcome};

/// The most jobs that wait; further ones are refused.
const QUEUE: usize = 4096;
/// The most jobs that are done at once.
const BATCH: usize = 512;
/// How often it is looked after when nobody says anything.
const LOOK: Duration = Duration::from_secs(1);
/// How many messages a newcomer is brought, and who reads further up.
pub(crate) const GREETING: usize = 50;
/// The most messages of one answer, and the bytes of text after which it ends.
pub(crate) const PAGE: (usize, usize) = (200, 32 * 1024);

/// Where it is kept.
pub(crate) trait History {
    /// Does jobs; all are durable, or have failed, when this returns. The outcomes come in the order of the jobs.
    fn outcomes(&mut self, batch: Vec<Job>) -> Vec<Outcome>;

    /// Does what is to be done from time to time: it is called before each batch, and about once a second.
    fn look_after(&mut self) -> Vec<Outcome>;

    /// There will be nothing more to do.
    fn end(&mut self) {}
}

/// Returns the way to the thread, and where it finds its jobs.
pub(crate) fn channel() -> (SyncSender<Job>, Receiver<Job>) {
    sync_channel(QUEUE)
}

/// Does jobs until there is nobody any more to give them.
pub(crate) fn run(mut history: impl History, jobs: &Receiver<Job>, mut done: impl FnMut(Vec<Outcome>)) {
    loop {
        let batch = match jobs.recv_timeout(LOOK) {
            Ok(job) => [job].into_iter().chain(jobs.try_iter().take(BATCH - 1)).collect(),
            Err(RecvTimeoutError::Timeout) => Vec::new(),
            Err(RecvTimeoutError::Disconnected) => return history.end(),
        };
        done(history.look_after());
        if !batch.is_empty() {
            done(history.outcomes(batch));
        }
    }
}

/// Takes so many, or fewer when they are long; says whether there are more.
pub(crate) fn take<T, E>(
    found: impl IntoIterator<Item = Result<T, E>>,
    limit: usize,
    length: impl Fn(&T) -> usize,
) -> Result<(Vec<T>, bool), E> {
    let mut taken = Vec::new();
    let mut bytes = 0;
    for item in found {
        if taken.len() == limit || bytes > PAGE.1 {
            return Ok((taken, true));
        }
        let item = item?;
        bytes += length(&item);
        taken.push(item);
    }
    Ok((taken, false))
}

/// Returns the time in microseconds since 1970.
pub(crate) fn now() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX)
}
