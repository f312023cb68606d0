//! The history in an `SQLite` file, or in memory, of one server alone.
//!
//! All jobs that wait are one transaction, and their outcomes go back when it is committed: what anybody hears is in the file.
//! A kill -9 loses what was not committed, which nobody has heard.

use std::error::Error;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::chat::{Job, Outcome, Part, Party, Private};
use crate::history::{GREETING, History, PAGE, now, take};
use crate::log::log;
use chat_protocol::{Said, fold};

/// Without a file this many messages are kept, give or take a tenth.
const KEPT_IN_MEMORY: i64 = 10_000;
/// How often what is too old is deleted.
const FORGET: Duration = Duration::from_secs(60 * 60);
/// How long another program may take to leave the file.
const HANDOVER: Duration = Duration::from_secs(30);

pub(crate) struct Database {
    connection: Connection,
    path: Option<PathBuf>,
    /// Which file it is: another one may come to stand in its place.
    identity: Option<Identity>,
    /// The `seq` of the last message.
    last: i64,
    /// How many messages to keep.
    limit: Option<i64>,
    /// How long to keep them, in microseconds.
    keep: Option<i64>,
    /// How many have come since the others were deleted.
    since_pruned: i64,
    /// When the old ones were deleted.
    pruned: Instant,
    /// The last write failed.
    failing: bool,
}

impl Database {
    /// Opens a file, which another program is `leaving` perhaps, or a database in memory.
    pub(crate) fn open(path: Option<&Path>, keep: Option<i64>, leaving: bool) -> Result<Self, Box<dyn Error>> {
        let patience = if leaving { HANDOVER } else { Duration::ZERO };
        let connection = connect(path, patience).map_err(|error| match path {
            Some(path) => format!("{}: {error}", path.display()),
            None => error.to_string(),
        })?;
        let last = connection.query_row(
            "SELECT max((SELECT coalesce(max(seq), 0) FROM message), (SELECT coalesce(max(seq), 0) FROM private))",
            [],
            |row| row.get(0),
        )?;
        let limit = path.is_none().then_some(KEPT_IN_MEMORY);
        let (path, identity) = (path.map(Path::to_path_buf), path.and_then(identity));
        let mut database = Self {
            connection,
            path,
            identity,
            last,
            limit,
            keep,
            since_pruned: 0,
            pruned: Instant::now(),
            failing: false,
        };
        database.forget_old()?;
        Ok(database)
    }

    /// The file has been deleted, or another one stands in its place: writes what is known into a new one, and goes on there.
    fn rescue(&mut self) -> Result<(), Box<dyn Error>> {
        let Some(path) = self.path.clone() else { return Ok(()) };
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
        self.connection.execute("VACUUM INTO ?1", [target.to_string_lossy()])?;
        self.connection = connect(Some(&target), Duration::ZERO)?;
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

    fn forget_old(&mut self) -> rusqlite::Result<()> {
        self.pruned = Instant::now();
        let Some(keep) = self.keep else { return Ok(()) };
        for table in ["message", "private"] {
            self.connection.execute(&format!("DELETE FROM {table} WHERE seq < ?1"), [now() - keep])?;
        }
        Ok(())
    }

    /// Says that it cannot be written; once is enough, as clients try again and again.
    fn fail(&mut self, error: &dyn Display) {
        if !std::mem::replace(&mut self.failing, true) {
            log(format_args!("history: {error}"));
        }
    }

    fn transaction(&mut self, batch: &[Job]) -> rusqlite::Result<Vec<Outcome>> {
        let transaction = self.connection.transaction()?;
        let mut last = self.last;
        let mut outcomes = Vec::with_capacity(batch.len());
        for job in batch {
            outcomes.push(match job {
                Job::Keep { client, said } => {
                    let said = Said { seq: now().max(last + 1), ..said.clone() };
                    let (said, again) = keep(&transaction, said)?;
                    last = last.max(said.seq);
                    self.since_pruned += i64::from(!again);
                    Outcome::Kept { client: *client, said, again }
                }
                Job::KeepPrivate { client, private } => {
                    let private = Private { seq: now().max(last + 1), ..private.clone() };
                    let (seq, again) = keep_private(&transaction, &private)?;
                    last = last.max(seq);
                    self.since_pruned += i64::from(!again);
                    Outcome::KeptPrivate { client: *client, private: Private { seq, ..private }, again }
                }
                job => load(&transaction, job, last)?.unwrap_or_else(|| Outcome::Failed(job.clone())),
            });
        }
        if let Some(limit) = self.limit {
            if self.since_pruned > limit / 10 {
                self.since_pruned = 0;
                for table in ["message", "private"] {
                    let sql = format!(
                        "DELETE FROM {table} WHERE seq <= (SELECT seq FROM {table} ORDER BY seq DESC LIMIT 1 OFFSET ?1)"
                    );
                    transaction.execute(&sql, [limit])?;
                }
            }
        }
        transaction.commit()?;
        self.last = last;
        Ok(outcomes)
    }
}

impl History for Database {
    /// When the batch cannot be written, reads what is asked for at least.
    fn outcomes(&mut self, batch: Vec<Job>) -> Vec<Outcome> {
        match self.transaction(&batch) {
            Ok(outcomes) => {
                let kept = batch.iter().any(|job| matches!(job, Job::Keep { .. } | Job::KeepPrivate { .. }));
                if kept && std::mem::take(&mut self.failing) {
                    log("history: it is written again");
                }
                return outcomes;
            }
            Err(error) => self.fail(&error),
        }
        let read = |job: Job| load(&self.connection, &job, self.last).ok().flatten().unwrap_or(Outcome::Failed(job));
        batch.into_iter().map(read).collect()
    }

    /// Looks whether the file is still there, and whether something in it is too old.
    fn look_after(&mut self) -> Vec<Outcome> {
        if self.identity.is_some() && self.path.as_deref().and_then(identity) != self.identity {
            if let Err(error) = self.rescue() {
                self.fail(&error);
            }
        }
        if self.pruned.elapsed() > FORGET {
            if let Err(error) = self.forget_old() {
                self.fail(&error);
            }
        }
        Vec::new()
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

#[cfg(unix)]
type Identity = (u64, u64);

/// Returns which file a path leads to.
#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
type Identity = ();

/// Here a file that is open stays.
#[cfg(not(unix))]
fn identity(_: &Path) -> Option<Identity> {
    None
}

/// Makes the tables, or makes those of an older server what this one needs.
fn migrate(connection: &Connection) -> Result<(), Box<dyn Error>> {
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version > 2 {
        return Err(format!("a history of version {version} is not understood").into());
    }
    let transaction = connection.unchecked_transaction()?;
    if version < 1 {
        transaction.execute_batch(
            "CREATE TABLE message (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, room TEXT NOT NULL,
                sender TEXT NOT NULL, text TEXT NOT NULL) STRICT;
            CREATE INDEX message_room ON message (room, seq)",
        )?;
    }
    if version < 2 {
        transaction.execute_batch(
            "CREATE TABLE private (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, sender TEXT NOT NULL,
                sender_session TEXT, receiver TEXT NOT NULL, receiver_session TEXT, text TEXT NOT NULL) STRICT;
            CREATE INDEX private_sender ON private (sender_session, seq);
            CREATE INDEX private_receiver ON private (receiver_session, seq);
            PRAGMA user_version = 2",
        )?;
        // Rooms of an older server that differ in case alone are one now.
        let mut rooms = transaction.prepare("SELECT DISTINCT room FROM message")?;
        let rooms = rooms.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
        for room in rooms.iter().filter(|room| fold(room) != **room) {
            transaction.execute("UPDATE message SET room = ?1 WHERE room = ?2", [&fold(room), room])?;
        }
    }
    transaction.commit()?;
    Ok(())
}

/// Inserts a message, unless one of this id is there: then returns that one, and `true`.
fn keep(database: &Connection, said: Said) -> rusqlite::Result<(Said, bool)> {
    let inserted = database
        .prepare("INSERT INTO message VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (id) DO NOTHING")?
        .execute(params![said.seq, said.id, said.room, said.from, said.text])?;
    if inserted == 1 {
        return Ok((said, false));
    }
    let before = database
        .prepare("SELECT seq, id, room, sender, text FROM message WHERE id = ?1")?
        .query_row([&said.id], row)
        .optional()?;
    Ok((before.unwrap_or(said), true))
}

/// As [`keep`], but tells nobody what was said under this id: it may be somebody else's.
fn keep_private(database: &Connection, private: &Private) -> rusqlite::Result<(i64, bool)> {
    let Private { seq, id, from, to, text } = private;
    let inserted = database
        .prepare("INSERT INTO private VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (id) DO NOTHING")?
        .execute(params![seq, id, from.name, from.session, to.name, to.session, text])?;
    if inserted == 1 {
        return Ok((*seq, false));
    }
    let before = database.query_row("SELECT seq FROM private WHERE id = ?1", [id], |row| row.get(0)).optional()?;
    Ok((before.unwrap_or(*seq), true))
}

/// Looks up what a job asks for, of what there is until `upto`; `None` when it asks for nothing.
fn load(database: &Connection, job: &Job, upto: i64) -> rusqlite::Result<Option<Outcome>> {
    match job {
        Job::Load { client, room, part } => {
            let (bound, order, limit) = match part {
                Part::Last => (i64::MIN, "seq > ?2 ORDER BY seq DESC", GREETING),
                Part::After(seq) => (*seq, "seq > ?2 ORDER BY seq", PAGE.0),
                Part::Before(seq) => (*seq, "seq < ?2 ORDER BY seq DESC", GREETING),
            };
            let sql = format!("SELECT seq, id, room, sender, text FROM message WHERE room = ?1 AND {order}");
            let mut statement = database.prepare(&sql)?;
            let found = statement.query_map(params![room, bound], row)?;
            let (mut messages, more) = take(found, limit, |said| said.text.len())?;
            if !matches!(part, Part::After(_)) {
                messages.reverse();
            }
            let more = more && *part != Part::Last;
            Ok(Some(Outcome::Loaded { client: *client, room: room.clone(), part: *part, messages, more, upto }))
        }
        Job::LoadPrivate { client, session, after } => {
            let mut statement = database.prepare(
                "SELECT * FROM private WHERE sender_session = ?1 AND seq > ?2
                UNION SELECT * FROM private WHERE receiver_session = ?1 AND seq > ?2 ORDER BY seq DESC",
            )?;
            let found = statement.query_map(params![session, after], private_row)?;
            let (mut messages, _) = take(found, PAGE.0, |private| private.text.len())?;
            messages.reverse();
            Ok(Some(Outcome::LoadedPrivate { client: *client, messages, upto }))
        }
        _ => Ok(None),
    }
}

fn row(row: &Row<'_>) -> rusqlite::Result<Said> {
    Ok(Said { seq: row.get(0)?, id: row.get(1)?, room: row.get(2)?, from: row.get(3)?, text: row.get(4)? })
}

fn private_row(row: &Row<'_>) -> rusqlite::Result<Private> {
    let party = |at: usize| -> rusqlite::Result<Party> {
        Ok(Party { name: row.get(at)?, session: row.get(at + 1)?, client: None })
    };
    Ok(Private { seq: row.get(0)?, id: row.get(1)?, from: party(2)?, to: party(4)?, text: row.get(6)? })
}
