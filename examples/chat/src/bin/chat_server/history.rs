//! What keeps what is said: a thread of its own, so that neither a disk nor another machine ever stalls those of the clients.
//!
//! Jobs come through a bounded channel, and their answers go back when they are done: what anybody hears has been kept.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::chat::{Answer, ClientId, Job};
use crate::hall::Hall;

/// The most jobs that wait; further ones are refused.
const QUEUE: usize = 4096;
/// The most jobs that are done at once.
const BATCH: usize = 512;
/// How often it is looked after when nobody says anything.
const LOOK: Duration = Duration::from_secs(1);

/// What is to be done for whom; without that it is only looked after.
pub(crate) type Asked = Option<(ClientId, Job)>;

/// Where it is kept.
pub(crate) trait History {
    /// Does jobs; all are durable, or have failed and have no answer, when this returns.
    fn answers(&mut self, batch: &[(ClientId, Job)]) -> Vec<Option<Answer>>;

    /// Does what is to be done from time to time: it is called before each batch, and about once a second.
    fn look_after(&mut self);

    /// There will be nothing more to do.
    fn end(&mut self) {}
}

/// Returns the way to the thread, and where it finds its jobs.
pub(crate) fn channel() -> (SyncSender<Asked>, Receiver<Asked>) {
    sync_channel(QUEUE)
}

/// Does jobs until there is nobody any more to give them.
pub(crate) fn run(mut history: impl History, jobs: &Receiver<Asked>, hall: &Hall) {
    loop {
        let batch: Vec<_> = match jobs.recv_timeout(LOOK) {
            Ok(job) => [job].into_iter().chain(jobs.try_iter().take(BATCH - 1)).flatten().collect(),
            Err(RecvTimeoutError::Timeout) => Vec::new(),
            Err(RecvTimeoutError::Disconnected) => return history.end(),
        };
        history.look_after();
        if !batch.is_empty() {
            let answers = history.answers(&batch);
            for ((client, job), answer) in batch.into_iter().zip(answers) {
                // Others have their turn in between.
                hall.follow(|chat| chat.done(client, job, answer));
            }
        }
    }
}

/// Returns the time in microseconds since 1970.
pub(crate) fn now() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX)
}
