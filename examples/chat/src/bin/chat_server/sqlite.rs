//! The history in an `SQLite` file, or in memory, of one server alone.
//!
//! All jobs that wait are one transaction, and their outcomes go back when it is committed: what anybody hears is in the file.
//! A kill -9 loses what was not committed, which nobody has heard.

use std::error::Error;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OptionalExtension, Row, params};

use crate::chat::{Address, Answer, ClientId, Job, Message, Party, Stream};
use crate::hall::Hall;
use crate::history::{History, now};
use crate::log::{Trouble, log};
use crate::options::Options;
use crate::system::{Identity, identity};

/// How often what is too old is deleted.
const FORGET: Duration = Duration::from_secs(60);
/// Without a file this many messages are kept.
const KEPT_IN_MEMORY: usize = 10_000;
/// What makes of one form of the file, which is its `user_version`, the next.
const STEPS: [&str; 2] = [include_str!("sqlite/version_2.sql"), include_str!("sqlite/version_3.sql")];

pub(crate) struct Database {
    /// Gone while the next program has the file.
    connection: Option<Connection>,
    path: Option<PathBuf>,
    /// Which file it is: another one may come to stand in its place.
    identity: Option<Identity>,
    /// How long to keep them, in microseconds.
    keep: Option<i64>,
    forgot: Option<Instant>,
    /// How many there are in memory.
    number: usize,
    /// It cannot be written.
    trouble: Trouble,
}

impl Database {
    /// Opens a file, or a database in memory.
    pub(crate) fn open(options: &Options, hall: &Hall) -> Result<Self, Box<dyn Error>> {
        let (path, keep) = (options.history.as_deref(), options.keep);
        let opened = path.map_or(Ok(()), may_write).and_then(|()| connect(path));
        let connection = opened.map_err(|error| match path {
            Some(path) => format!("--history {}: {error}{}", path.display(), help(&*error)),
            None => error.to_string(),
        })?;
        let path = path.map(Path::to_path_buf);
        let last = connection.query_row("SELECT coalesce(max(seq), 0) FROM message", [], |row| row.get(0))?;
        let identity = path.as_deref().and_then(identity);
        let trouble = Trouble::with("history");
        hall.follow(|chat| chat.begin(last, Vec::new()));
        let mut database =
            Self { connection: Some(connection), path, identity, keep, forgot: None, number: 0, trouble };
        database.forget()?;
        Ok(database)
    }

    /// The next program did not take the file: opens it again.
    fn come_back(&mut self) -> Result<(), Box<dyn Error>> {
        if self.connection.is_none() {
            self.connection = Some(connect(self.path.as_deref())?);
        }
        Ok(())
    }

    /// When the file has been deleted, or another one stands in its place, writes what is known into a new one, and goes on
    /// there.
    fn rescue(&mut self) -> Result<(), Box<dyn Error>> {
        let (Some(path), Some(connection)) = (self.path.clone(), &self.connection) else { return Ok(()) };
        if self.identity.is_none() || identity(&path) == self.identity {
            return Ok(());
        }
        let others = (1..).map(|number| path.with_extension(format!("{number}.db")));
        let mut free = std::iter::once(path.clone()).chain(others).filter(|target| !target.exists());
        let target = free.next().ok_or("every name is taken")?;
        // A log that was left behind is that of the other file.
        if target == path {
            for end in ["-wal", "-shm"] {
                let _ = std::fs::remove_file(format!("{}{end}", path.display()));
            }
        }
        connection.execute("VACUUM INTO ?1", [target.to_string_lossy()])?;
        self.connection = Some(connect(Some(&target))?);
        self.identity = identity(&target);
        let what = if target == path { "was deleted" } else { "is another file now" };
        log(format_args!(
            "history: {} {what}; it is written again, with all that was said, to {}",
            path.display(),
            target.display()
        ));
        self.path = Some(target);
        Ok(())
    }

    /// Deletes what is too old, from time to time.
    fn forget(&mut self) -> Result<(), Box<dyn Error>> {
        let (Some(keep), Some(connection)) = (self.keep, &self.connection) else { return Ok(()) };
        if self.forgot.is_none_or(|forgot| forgot.elapsed() >= FORGET) {
            let deleted = connection.execute("DELETE FROM message WHERE seq < ?1", [now().saturating_sub(keep)])?;
            self.number = self.number.saturating_sub(deleted);
            self.forgot = Some(Instant::now());
        }
        Ok(())
    }

    fn transaction(&mut self, batch: &[(ClientId, Job)], mut last: i64) -> Result<Vec<Option<Answer>>, Box<dyn Error>> {
        let transaction = self.connection.as_mut().ok_or("the file is not open")?.transaction()?;
        let mut number = self.number;
        let mut answers = Vec::with_capacity(batch.len());
        for (_, job) in batch {
            answers.push(match job {
                Job::Keep(message) => {
                    let (message, again) = keep(&transaction, Message { seq: now().max(last + 1), ..message.clone() })?;
                    last = last.max(message.seq);
                    number += usize::from(!again);
                    if self.path.is_none() && number > KEPT_IN_MEMORY {
                        number -= transaction
                            .execute("DELETE FROM message WHERE seq = (SELECT min(seq) FROM message)", [])?;
                    }
                    Some(Answer::Kept { message, again })
                }
                job => load(&transaction, job)?,
            });
        }
        transaction.commit()?;
        self.number = number;
        Ok(answers)
    }
}

impl History for Database {
    /// When the batch cannot be written, reads what is asked for at least.
    fn answers(&mut self, batch: &[(ClientId, Job)], heard: i64) -> Vec<Option<Answer>> {
        match self.transaction(batch, heard) {
            Ok(answers) => {
                let kept = batch.iter().any(|(_, job)| matches!(job, Job::Keep(_)));
                if kept {
                    self.trouble.ends("it is written again");
                }
                return answers;
            }
            Err(error) => self.trouble.begins(format_args!("{error}; clients are told that it is busy")),
        }
        let read = |job| load(self.connection.as_ref()?, job).ok()?;
        batch.iter().map(|(_, job)| read(job)).collect()
    }

    fn look_after(&mut self) {
        let outcome = self.come_back().and_then(|()| self.rescue()).and_then(|()| self.forget());
        if let Err(error) = outcome {
            self.trouble.begins(error);
        }
    }

    fn leave(&mut self) -> Result<bool, Box<dyn Error>> {
        if self.path.is_none() {
            return Err("without --history or --redis what was said would be lost".into());
        }
        self.connection = None;
        Ok(true)
    }
}

/// Asks the system, which says why not: `SQLite` does not. Not for a file that this program has open: it would lose its lock.
fn may_write(path: &Path) -> Result<(), Box<dyn Error>> {
    Ok(File::options().append(true).create(true).open(path).map(drop)?)
}

/// Says what helps when a file cannot be opened.
fn help(error: &(dyn Error + 'static)) -> &'static str {
    match error.downcast_ref().and_then(rusqlite::Error::sqlite_error_code) {
        Some(ErrorCode::DatabaseBusy) => "; another program uses it, and each server needs a file of its own",
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::SystemIoFailure) => {
            "; this program's user needs to write to it, to its -wal and -shm, and to its directory"
        }
        _ => "",
    }
}

/// Opens a file, or a database in memory, for this program alone.
fn connect(path: Option<&Path>) -> Result<Connection, Box<dyn Error>> {
    let connection = path.map_or_else(Connection::open_in_memory, Connection::open)?;
    // One server a file. In the log a commit survives a crash of the server; an outage of the machine costs the last ones at
    // most.
    connection.execute_batch(
        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
        BEGIN IMMEDIATE; COMMIT",
    )?;
    let steps = match connection.pragma_query_value(None, "user_version", |row| row.get(0))? {
        0 => &STEPS[..],
        2 => &STEPS[1..],
        3 => &[],
        other => return Err(format!("a history of version {other} is not understood").into()),
    };
    connection.execute_batch(&steps.concat())?;
    Ok(connection)
}

/// Inserts a message, unless one of this id is there: then returns that one, and `true`.
fn keep(database: &Connection, message: Message) -> rusqlite::Result<(Message, bool)> {
    let Message { seq, id, from, to, text } = &message;
    let (room, to) = match to {
        Address::Room(room) => (Some(room), None),
        Address::Person(to) => (None, Some((&to.name, &to.session))),
    };
    let (receiver, session) = to.unzip();
    let inserted = database
        .prepare("INSERT INTO message VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO NOTHING")?
        .execute(params![seq, id, room, from.name, from.session, receiver, session, text])?;
    if inserted == 1 {
        return Ok((message, false));
    }
    let before = database.query_row("SELECT * FROM message WHERE id = ?1", [id], row).optional()?;
    Ok((before.unwrap_or(message), true))
}

/// Looks up what a job asks for; `None` when it asks for nothing.
fn load(database: &Connection, job: &Job) -> rusqlite::Result<Option<Answer>> {
    let Job::Load { of, range } = job else { return Ok(None) };
    let (whose, name) = match of {
        Stream::Room(room) => ("room = ?1", room),
        Stream::Session(session) => ("(sender_session = ?1 OR receiver_session = ?1)", session),
    };
    let (after, before, is_backwards, most) = range.bounds();
    let order = if is_backwards { "DESC" } else { "ASC" };
    let sql = format!("SELECT * FROM message WHERE {whose} AND seq > ?2 AND seq < ?3 ORDER BY seq {order} LIMIT ?4");
    let mut statement = database.prepare(&sql)?;
    // One more than is shown, to know whether there is more.
    let most = i64::try_from(most + 1).unwrap_or(i64::MAX);
    let found = statement.query_map(params![name, after, before, most], row)?;
    Ok(Some(Answer::found(*range, found.collect::<Result<_, _>>()?)))
}

fn row(row: &Row<'_>) -> rusqlite::Result<Message> {
    let party = |at: usize| -> rusqlite::Result<Party> {
        Ok(Party { name: row.get(at)?, session: row.get(at + 1)?, client: None })
    };
    let to = match row.get(2)? {
        Some(room) => Address::Room(room),
        None => Address::Person(party(5)?),
    };
    Ok(Message { seq: row.get(0)?, id: row.get(1)?, from: party(3)?, to, text: row.get(7)? })
}
