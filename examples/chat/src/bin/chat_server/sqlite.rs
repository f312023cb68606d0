//! The history in an `SQLite` file, or in memory, of one server alone.
//!
//! All jobs that wait are one transaction, and their outcomes go back when it is committed: what anybody hears is in the file.
//! A kill -9 loses what was not committed, which nobody has heard.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::chat::{Address, Answer, ClientId, Job, Message, Party, Stream};
use crate::history::{History, now};
use crate::log::{Trouble, log};
use crate::system::{Identity, identity};

/// Without a file this many messages are kept, give or take a tenth.
const KEPT_IN_MEMORY: i64 = 10_000;
/// How often what is too old is deleted.
const FORGET: Duration = Duration::from_secs(60 * 60);
/// How long another program may take to leave the file.
const HANDOVER: Duration = Duration::from_secs(30);
/// The form of the file, as its `user_version`.
const VERSION: i64 = 3;

pub(crate) struct Database {
    /// Gone while the next program has the file.
    connection: Option<Connection>,
    path: Option<PathBuf>,
    /// Which file it is: another one may come to stand in its place.
    identity: Option<Identity>,
    /// The `seq` of the last message.
    last: i64,
    /// How long to keep them, in microseconds.
    keep: Option<i64>,
    /// How many have come since the others were deleted.
    since_pruned: i64,
    /// When the old ones were deleted.
    pruned: Option<Instant>,
    /// It cannot be written.
    trouble: Trouble,
}

impl Database {
    /// Opens a file, which another program is `leaving` perhaps, or a database in memory.
    pub(crate) fn open(path: Option<&Path>, keep: Option<i64>, leaving: bool) -> Result<Self, Box<dyn Error>> {
        let patience = if leaving { HANDOVER } else { Duration::ZERO };
        let connection = connect(path, patience).map_err(|error| match path {
            Some(path) => format!("{}: {error}", path.display()),
            None => error.to_string(),
        })?;
        let last = connection.query_row("SELECT coalesce(max(seq), 0) FROM message", [], |row| row.get(0))?;
        let (path, identity) = (path.map(Path::to_path_buf), path.and_then(identity));
        let mut database = Self {
            connection: Some(connection),
            path,
            identity,
            last,
            keep,
            since_pruned: 0,
            pruned: None,
            trouble: Trouble::with("history"),
        };
        database.forget_old()?;
        Ok(database)
    }

    /// The next program did not take the file: opens it again.
    fn come_back(&mut self) -> Result<(), Box<dyn Error>> {
        if self.connection.is_none() {
            self.connection = Some(connect(self.path.as_deref(), Duration::ZERO)?);
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
        let mut target = path.clone();
        for number in 1.. {
            if !target.exists() {
                break;
            }
            target = path.with_extension(format!("{number}.db"));
        }
        // A log that was left behind is that of the other file.
        if target == path {
            for end in ["-wal", "-shm"] {
                let _ = std::fs::remove_file(format!("{}{end}", path.display()));
            }
        }
        connection.execute("VACUUM INTO ?1", [target.to_string_lossy()])?;
        self.connection = Some(connect(Some(&target), Duration::ZERO)?);
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
    fn forget_old(&mut self) -> Result<(), Box<dyn Error>> {
        if self.pruned.is_some_and(|pruned| pruned.elapsed() < FORGET) {
            return Ok(());
        }
        self.pruned = Some(Instant::now());
        let (Some(keep), Some(connection)) = (self.keep, &self.connection) else { return Ok(()) };
        connection.execute("DELETE FROM message WHERE seq < ?1", [now() - keep])?;
        Ok(())
    }

    fn transaction(&mut self, batch: &[(ClientId, Job)]) -> Result<Vec<Option<Answer>>, Box<dyn Error>> {
        let transaction = self.connection.as_mut().ok_or("the file is not open")?.transaction()?;
        let mut last = self.last;
        let mut answers = Vec::with_capacity(batch.len());
        for (_, job) in batch {
            answers.push(match job {
                Job::Keep(message) => {
                    let (message, again) = keep(&transaction, Message { seq: now().max(last + 1), ..message.clone() })?;
                    last = last.max(message.seq);
                    self.since_pruned += i64::from(!again);
                    Some(Answer::Kept { message, again })
                }
                job => load(&transaction, job, last)?,
            });
        }
        if self.path.is_none() && self.since_pruned > KEPT_IN_MEMORY / 10 {
            self.since_pruned = 0;
            let sql = "DELETE FROM message WHERE seq <= (SELECT seq FROM message ORDER BY seq DESC LIMIT 1 OFFSET ?1)";
            transaction.execute(sql, [KEPT_IN_MEMORY])?;
        }
        transaction.commit()?;
        self.last = last;
        Ok(answers)
    }
}

impl History for Database {
    /// When the batch cannot be written, reads what is asked for at least.
    fn answers(&mut self, batch: &[(ClientId, Job)]) -> Vec<Option<Answer>> {
        match self.transaction(batch) {
            Ok(answers) => {
                let kept = batch.iter().any(|(_, job)| matches!(job, Job::Keep(_)));
                if kept {
                    self.trouble.ends("it is written again");
                }
                return answers;
            }
            Err(error) => self.trouble.begins(error),
        }
        let read = |job| load(self.connection.as_ref()?, job, self.last).ok()?;
        batch.iter().map(|(_, job)| read(job)).collect()
    }

    fn look_after(&mut self) {
        let outcome = self.come_back().and_then(|()| self.rescue()).and_then(|()| self.forget_old());
        if let Err(error) = outcome {
            self.trouble.begins(error);
        }
    }

    fn leave(&mut self) -> bool {
        if self.path.is_some() {
            self.connection = None;
        }
        self.connection.is_none()
    }
}

/// Opens a file, or a database in memory, for this program alone.
fn connect(path: Option<&Path>, patience: Duration) -> Result<Connection, Box<dyn Error>> {
    let connection = match path {
        Some(path) => Connection::open(path)?,
        None => Connection::open_in_memory()?,
    };
    let begun = Instant::now();
    // One server a file. In the log a commit survives a crash of the server; an outage of the machine costs the last ones at
    // most.
    let settings = "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL";
    while let Err(error) =
        connection.execute_batch(settings).and_then(|()| connection.execute_batch("BEGIN IMMEDIATE; COMMIT"))
    {
        if begun.elapsed() >= patience {
            return Err(error.into());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    migrate(&connection)?;
    Ok(connection)
}

/// Makes the table, or makes the two of an older server one.
fn migrate(connection: &Connection) -> Result<(), Box<dyn Error>> {
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let old = "
        INSERT INTO new SELECT seq, id, room, sender, NULL, NULL, NULL, text FROM message;
        INSERT OR IGNORE INTO new
            SELECT seq, id, NULL, sender, sender_session, receiver, receiver_session, text FROM private;
        DROP TABLE message;
        DROP TABLE private;";
    let old = match version {
        0 => "",
        2 => old,
        VERSION => return Ok(()),
        other => return Err(format!("a history of version {other} is not understood").into()),
    };
    connection.execute_batch(&format!(
        "BEGIN;
        CREATE TABLE new (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, room TEXT, sender TEXT NOT NULL,
            sender_session TEXT, receiver TEXT, receiver_session TEXT, text TEXT NOT NULL) STRICT;
        {old}
        ALTER TABLE new RENAME TO message;
        CREATE INDEX message_room ON message (room, seq) WHERE room IS NOT NULL;
        CREATE INDEX message_sender ON message (sender_session, seq) WHERE sender_session IS NOT NULL;
        CREATE INDEX message_receiver ON message (receiver_session, seq) WHERE receiver_session IS NOT NULL;
        PRAGMA user_version = {VERSION};
        COMMIT"
    ))?;
    Ok(())
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

/// Looks up what a job asks for, of what there is until `upto`; `None` when it asks for nothing.
fn load(database: &Connection, job: &Job, upto: i64) -> rusqlite::Result<Option<Answer>> {
    let Job::Load { of, range } = job else { return Ok(None) };
    let (whose, name) = match of {
        Stream::Room(room) => ("room = ?1", room),
        Stream::Session(session) => ("(sender_session = ?1 OR receiver_session = ?1)", session),
    };
    let order = if range.is_backwards() { "DESC" } else { "ASC" };
    let sql = format!("SELECT * FROM message WHERE {whose} AND seq > ?2 AND seq < ?3 ORDER BY seq {order} LIMIT ?4");
    let mut statement = database.prepare(&sql)?;
    // One more than is shown, to know whether there is more.
    let most = i64::try_from(range.most() + 1).unwrap_or(i64::MAX);
    let (after, before) = range.limits();
    let found = statement.query_map(params![name, after, before, most], row)?;
    Ok(Some(Answer::found(*range, found.collect::<Result<_, _>>()?, upto)))
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
