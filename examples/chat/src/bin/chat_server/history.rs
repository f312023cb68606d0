//! What was said, in an `SQLite` file, kept by a thread of its own: the disk never stalls the thread of the clients.
//!
//! Jobs come through a bounded channel. All that wait are one transaction, and their outcomes go back when it is committed:
//! what anybody hears is in the file. A kill -9 loses what was not committed, which nobody has heard.

use std::error::Error;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::chat::ClientId;
use crate::report;
use chat_protocol::{About, Said};

/// The most jobs that wait; further ones are refused.
const QUEUE: usize = 4096;
/// The most jobs of one transaction.
const BATCH: usize = 512;
/// How many messages a newcomer is brought.
const GREETING: usize = 50;
/// The most messages of one answer, and the bytes of text after which it ends.
const PAGE: (usize, usize) = (200, 32 * 1024);
/// Without a file this many messages are kept, give or take a tenth.
const KEPT_IN_MEMORY: i64 = 10_000;

/// What the thread is to do.
#[derive(Debug)]
pub(crate) enum Job {
    Keep { client: ClientId, id: String, room: String, from: String, text: String },
    Load { client: ClientId, room: String, after: Option<i64> },
}

/// What has become of a job. They come in the order of the jobs.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The message is in the history, or was there before: `again`.
    Kept { client: ClientId, said: Said, again: bool },
    /// What was said in the room, the oldest first, and whether there is more.
    Loaded { client: ClientId, room: String, messages: Vec<Said>, more: bool },
    /// The history cannot be read or written.
    Failed { client: ClientId, about: About },
}

/// The way to the thread.
#[derive(Debug)]
pub(crate) struct History {
    /// Gone, as the thread, when all is said.
    jobs: Option<SyncSender<Job>>,
    outcomes: Receiver<Vec<Outcome>>,
    thread: Option<JoinHandle<()>>,
}

impl History {
    /// Opens a file, or a database in memory, and starts the thread, which calls `wake` when there are outcomes.
    pub(crate) fn open(path: Option<&Path>, wake: impl Fn() + Send + 'static) -> Result<Self, Box<dyn Error>> {
        let database = Database::open(path).map_err(|error| match path {
            Some(path) => format!("{}: {error}", path.display()),
            None => error.to_string(),
        })?;
        let (jobs, waiting) = sync_channel(QUEUE);
        // No more batches than jobs: the thread never waits for the other one.
        let (done, outcomes) = sync_channel(QUEUE);
        let run = move || database.run(&waiting, &done, &wake);
        let thread = std::thread::Builder::new().name("history".into()).spawn(run)?;
        Ok(Self { jobs: Some(jobs), outcomes, thread: Some(thread) })
    }

    /// Hands in a job; when there are too many, or the thread is gone, it has failed.
    pub(crate) fn submit(&self, job: Job) -> Result<(), Outcome> {
        let Some(jobs) = &self.jobs else { return Err(job.failed()) };
        jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(job) | TrySendError::Disconnected(job) => job.failed(),
        })
    }

    /// Returns the outcomes of a transaction, if there are any.
    pub(crate) fn outcomes(&self) -> Option<Vec<Outcome>> {
        self.outcomes.try_recv().ok()
    }

    /// Ends the thread when all jobs are done; returns their outcomes.
    pub(crate) fn finish(&mut self) -> Vec<Outcome> {
        self.jobs = None;
        let outcomes = self.outcomes.iter().flatten().collect();
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            report("the history ended too early");
        }
        outcomes
    }
}

struct Database {
    connection: Connection,
    /// The `seq` of the last message.
    last: i64,
    /// How many messages to keep.
    limit: Option<i64>,
    /// How many have come since the others were deleted.
    since_pruned: i64,
    /// The last write failed.
    failing: bool,
}

impl Database {
    fn open(path: Option<&Path>) -> Result<Self, Box<dyn Error>> {
        let connection = match path {
            Some(path) => Connection::open(path)?,
            None => Connection::open_in_memory()?,
        };
        // One server a file. In the log a commit survives a crash of the server; an outage of the machine costs the last
        // ones at most.
        connection
            .execute_batch("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")?;
        match connection.query_row("PRAGMA user_version", [], |row| row.get(0))? {
            0 => connection.execute_batch(
                "BEGIN;
                CREATE TABLE message (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, room TEXT NOT NULL,
                    sender TEXT NOT NULL, text TEXT NOT NULL) STRICT;
                CREATE INDEX message_room ON message (room, seq);
                PRAGMA user_version = 1;
                COMMIT",
            )?,
            1 => {}
            version => return Err(format!("a history of version {version} is not understood").into()),
        }
        let last = connection.query_row("SELECT coalesce(max(seq), 0) FROM message", [], |row| row.get(0))?;
        let limit = path.is_none().then_some(KEPT_IN_MEMORY);
        Ok(Self { connection, last, limit, since_pruned: 0, failing: false })
    }

    /// Does jobs until there is nobody any more to give them.
    fn run(mut self, jobs: &Receiver<Job>, done: &SyncSender<Vec<Outcome>>, wake: &impl Fn()) {
        while let Ok(job) = jobs.recv() {
            let mut batch = vec![job];
            while batch.len() < BATCH {
                match jobs.try_recv() {
                    Ok(job) => batch.push(job),
                    Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
                }
            }
            let outcomes = self.outcomes(batch);
            if done.send(outcomes).is_err() {
                return;
            }
            wake();
        }
    }

    /// Does a batch; when it cannot be written, reads what is asked for at least.
    fn outcomes(&mut self, batch: Vec<Job>) -> Vec<Outcome> {
        let error = match self.transaction(&batch) {
            Ok(outcomes) => {
                let kept = batch.iter().any(|job| matches!(job, Job::Keep { .. }));
                if kept && std::mem::take(&mut self.failing) {
                    report("history: it is written again");
                }
                return outcomes;
            }
            Err(error) => error,
        };
        // Once is enough: clients try again and again.
        if !std::mem::replace(&mut self.failing, true) {
            report(format_args!("history: {error}"));
        }
        let read = |job: Job| match &job {
            Job::Load { client, room, after } => {
                load(&self.connection, *client, room, *after).unwrap_or_else(|_| job.failed())
            }
            Job::Keep { .. } => job.failed(),
        };
        batch.into_iter().map(read).collect()
    }

    fn transaction(&mut self, batch: &[Job]) -> rusqlite::Result<Vec<Outcome>> {
        let transaction = self.connection.transaction()?;
        let mut last = self.last;
        let mut outcomes = Vec::with_capacity(batch.len());
        for job in batch {
            outcomes.push(match job {
                Job::Keep { client, id, room, from, text } => {
                    let seq = now().max(last + 1);
                    let said = Said { seq, id: id.clone(), room: room.clone(), from: from.clone(), text: text.clone() };
                    let (said, again) = keep(&transaction, said)?;
                    if !again {
                        last = seq;
                        self.since_pruned += 1;
                    }
                    Outcome::Kept { client: *client, said, again }
                }
                Job::Load { client, room, after } => load(&transaction, *client, room, *after)?,
            });
        }
        if let Some(limit) = self.limit {
            if self.since_pruned > limit / 10 {
                self.since_pruned = 0;
                transaction.execute(
                    "DELETE FROM message WHERE seq <= (SELECT seq FROM message ORDER BY seq DESC LIMIT 1 OFFSET ?1)",
                    [limit],
                )?;
            }
        }
        transaction.commit()?;
        self.last = last;
        Ok(outcomes)
    }
}

/// Inserts a message, unless one of this id is there: then returns that one, and `true`.
fn keep(database: &Connection, said: Said) -> rusqlite::Result<(Said, bool)> {
    let inserted = database
        .prepare_cached("INSERT INTO message VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (id) DO NOTHING")?
        .execute(params![said.seq, said.id, said.room, said.from, said.text])?;
    if inserted == 1 {
        return Ok((said, false));
    }
    let before = database
        .prepare_cached("SELECT seq, id, room, sender, text FROM message WHERE id = ?1")?
        .query_row([&said.id], row)
        .optional()?;
    Ok((before.unwrap_or(said), true))
}

/// Returns what was said in a room: the last messages, or those after one of them, and whether there are more of these.
fn load(database: &Connection, client: ClientId, room: &str, after: Option<i64>) -> rusqlite::Result<Outcome> {
    let (sql, limit) = match after {
        Some(_) => {
            ("SELECT seq, id, room, sender, text FROM message WHERE room = ?1 AND seq > ?2 ORDER BY seq", PAGE.0)
        }
        None => {
            ("SELECT seq, id, room, sender, text FROM message WHERE room = ?1 AND seq > ?2 ORDER BY seq DESC", GREETING)
        }
    };
    let mut statement = database.prepare_cached(sql)?;
    let mut messages: Vec<Said> = Vec::new();
    let mut bytes = 0;
    let mut more = false;
    for said in statement.query_map(params![room, after.unwrap_or(i64::MIN)], row)? {
        if messages.len() == limit || bytes > PAGE.1 {
            more = true;
            break;
        }
        let said = said?;
        bytes += said.text.len();
        messages.push(said);
    }
    if after.is_none() {
        messages.reverse();
        more = false;
    }
    Ok(Outcome::Loaded { client, room: room.into(), messages, more })
}

fn row(row: &Row<'_>) -> rusqlite::Result<Said> {
    Ok(Said { seq: row.get(0)?, id: row.get(1)?, room: row.get(2)?, from: row.get(3)?, text: row.get(4)? })
}

impl Job {
    /// Returns what becomes of a job that cannot be done.
    fn failed(self) -> Outcome {
        match self {
            Self::Keep { client, id, .. } => Outcome::Failed { client, about: About::id(&id) },
            Self::Load { client, room, .. } => Outcome::Failed { client, about: About::room(&room) },
        }
    }
}

/// Returns the time in microseconds since 1970.
pub(crate) fn now() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX)
}
