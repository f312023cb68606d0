//! The history of several servers that are one chat, in Redis: a room is a stream, whose ids are the places of its messages on
//! all servers. What is said or told goes the same way to all servers, in [`news`]; so does who comes and goes.
//!
//! A message that Redis has taken is acknowledged; one whose answer was lost is known by its id when it comes again. Each step
//! is a script, which Redis runs whole or not at all.

mod news;

use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use chat_protocol::{Reason, Said, fold};
use redis::io::tcp::TcpSettings;
use redis::{
    Client, Cmd, Connection, ErrorKind, FromRedisValue, IntoConnectionInfo, RedisError, RedisResult, ServerErrorKind,
    Value, cmd, pipe,
};

use crate::chat::{ClientId, Job, News, Outcome, Part, Presence, Private};
use crate::hall::Hall;
use crate::history::{GREETING, History, PAGE, take};
use crate::log::log;

/// How long Redis may take to answer before it counts as lost.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long nothing is tried after it was lost.
const RETRY: Duration = Duration::from_millis(500);
/// How often it is told that this server lives, and for how long that counts.
const LIVE: Duration = Duration::from_secs(1);
const LEASE: Duration = Duration::from_secs(5);
/// The most people that are announced at once.
const ANNOUNCED: usize = 256;
/// How long messages are kept by default, in microseconds: all are in memory.
const KEPT: i64 = 30 * 24 * 60 * 60 * 1_000_000;

const KEEP: usize = 0;
const KEEP_PRIVATE: usize = 1;
const CLAIM: usize = 2;
const LEAVE: usize = 3;
const TELL: usize = 4;
const ALIVE: usize = 5;
const END: usize = 6;
const SCRIPTS: [&str; 7] = [
    include_str!("shared/keep.lua"),
    include_str!("shared/keep_private.lua"),
    include_str!("shared/claim.lua"),
    include_str!("shared/leave.lua"),
    include_str!("shared/tell.lua"),
    include_str!("shared/live.lua"),
    include_str!("shared/end.lua"),
];

pub(crate) struct Shared {
    client: Client,
    link: Option<Link>,
    /// When the link was tried, and when it was told that this server lives.
    tried: Option<Instant>,
    lived: Option<Instant>,
    hall: Arc<Hall>,
    /// How long messages are kept, in milliseconds.
    keep: i64,
    trouble: Trouble,
}

/// Says what is wrong when it begins, and that it is over.
struct Trouble(&'static str, bool);

/// A connection, and the names of the scripts there.
struct Link {
    connection: Connection,
    scripts: Vec<String>,
}

impl Shared {
    /// Begins to hear the other servers, if that can be done now: waits until this is known. `keep` is in microseconds.
    pub(crate) fn open(url: &str, keep: Option<i64>, hall: Arc<Hall>) -> Result<Self, Box<dyn std::error::Error>> {
        let told = |error| format!("--redis: {error}");
        let info = url.into_connection_info().map_err(told)?;
        let client = Client::open(info.set_tcp_settings(TcpSettings::default().set_nodelay(true))).map_err(told)?;
        let (began, begins) = sync_channel(1);
        let listener = news::Listener::new(client.clone(), Arc::clone(&hall));
        std::thread::Builder::new().name("news".into()).spawn(move || listener.run(&began))?;
        begins.recv()?;
        let keep = keep.unwrap_or(KEPT) / 1000;
        Ok(Self { client, link: None, tried: None, lived: None, hall, keep, trouble: Trouble("redis", false) })
    }

    /// Does a batch of commands in one go: their answers, or nothing when the connection is lost.
    fn ask(&mut self, commands: Vec<Cmd>) -> Option<Vec<RedisResult<Value>>> {
        let mut pipe = pipe();
        for command in commands {
            pipe.add_command(command);
        }
        let answers = pipe.ignore_errors().query::<Vec<RedisResult<Value>>>(&mut self.link.as_mut()?.connection);
        let wrong =
            answers.as_ref().map_or_else(Some, |answers| answers.iter().find_map(|answer| answer.as_ref().err()));
        if let Some(error) = wrong {
            self.trouble.begins(error);
            // What it refuses may be wrong by itself.
            if answers.is_err() || error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) {
                self.link = None;
            }
        }
        answers.ok()
    }

    fn script(&self, script: usize, arguments: &[&str]) -> Cmd {
        let mut command = cmd("EVALSHA");
        command.arg(self.link.as_ref().map_or("", |link| &link.scripts[script])).arg(0).arg(arguments);
        command
    }

    /// Returns the command that does a job, but for [`Job::Announce`].
    fn command(&self, job: &Job) -> Cmd {
        let keep = self.keep.to_string();
        match job {
            Job::Keep { said, .. } => self.script(KEEP, &[&said.id, &said.room, &json(said), &keep]),
            Job::KeepPrivate { private, .. } => {
                let message = json(private);
                let mut arguments = vec![private.id.as_str(), &message, &keep];
                let (from, to) = (&private.from.session, &private.to.session);
                arguments.extend(from.as_deref());
                arguments.extend(to.as_deref().filter(|_| to != from));
                self.script(KEEP_PRIVATE, &arguments)
            }
            Job::Load { room, part, .. } => match part {
                Part::Last => range("XREVRANGE", "room", room, "+", "-", GREETING),
                Part::After(seq) => range("XRANGE", "room", room, &format!("({}-0", seq.max(&0)), "+", PAGE.0),
                Part::Before(seq) => range("XREVRANGE", "room", room, &format!("({}-0", seq.max(&1)), "-", GREETING),
            },
            Job::LoadPrivate { session, after, .. } => {
                range("XREVRANGE", "private", session, "+", &format!("({}-0", after.max(&0)), PAGE.0)
            }
            Job::Claim { client, presence, .. } => self.claim(*client, presence, "fresh"),
            Job::Typing { client, room, name } => {
                let news = News::Typing { client: *client, room: room.clone(), name: name.clone() };
                self.script(TELL, &[&json(&news)])
            }
            Job::Announce => cmd("PING"),
        }
    }

    fn claim(&self, client: ClientId, presence: &Presence, fresh: &str) -> Cmd {
        let session = presence.session.as_deref().unwrap_or_default();
        let (server, client) = (self.hall.server.to_string(), client.to_string());
        self.script(CLAIM, &[&server, &client, &fold(&presence.name), session, &json(presence), fresh])
    }

    /// Makes the connection, if there is none, and it was not tried just now.
    fn link(&mut self) {
        if self.link.is_some() || self.tried.is_some_and(|tried| tried.elapsed() < RETRY) {
            return;
        }
        self.tried = Some(Instant::now());
        match self.connect() {
            Ok(link) => {
                self.link = Some(link);
                self.lived = None;
                // What was announced may not have arrived.
                self.hall.announce_again(None);
            }
            Err(error) => self.trouble.begins(&error),
        }
    }

    fn connect(&self) -> RedisResult<Link> {
        let mut connection = connect(&self.client, PATIENCE)?;
        let mut pipe = pipe();
        for script in SCRIPTS {
            pipe.cmd("SCRIPT").arg("LOAD").arg(with_common(script));
        }
        let scripts = pipe.query(&mut connection)?;
        Ok(Link { connection, scripts })
    }

    /// Tells that this server lives; when the others did not know that any more, they are to know again who is here.
    fn live(&mut self) {
        if self.link.is_none() || self.lived.is_some_and(|lived| lived.elapsed() < LIVE) {
            return;
        }
        self.lived = Some(Instant::now());
        let arguments = [self.hall.server.to_string(), LEASE.as_millis().to_string()];
        let command = self.script(ALIVE, &[&arguments[0], &arguments[1]]);
        // If not, it is told again in a second.
        if let Some([Ok(lived)]) = self.ask(vec![command]).as_deref() {
            self.trouble.ends("it answers again");
            if *lived == Value::Int(0) {
                self.hall.announce_again(None);
            }
        }
    }

    /// Tells the other servers who comes, goes, and is where; returns who has lost what.
    fn announce(&mut self) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        while self.link.is_some() {
            let changes = self.hall.changes(ANNOUNCED);
            if changes.is_empty() {
                break;
            }
            let server = self.hall.server.to_string();
            let command = |(client, presence): &(ClientId, Option<Presence>)| match presence {
                Some(presence) => self.claim(*client, presence, ""),
                None => self.script(LEAVE, &[&server, &client.to_string()]),
            };
            let commands = changes.iter().map(command).collect();
            let Some(answers) = self.ask(commands) else {
                self.hall.announce_again(Some(changes.into_iter().map(|(client, _)| client).collect()));
                break;
            };
            let mut failed = Vec::new();
            for ((client, _), answer) in changes.into_iter().zip(answers) {
                match answer
                    .and_then(|answer| Ok(Option::<String>::from_redis_value(answer)?.unwrap_or_default()))
                    .as_deref()
                {
                    Ok(what @ ("lost" | "taken")) => outcomes.push(Outcome::Lost { client, session: what == "lost" }),
                    Ok(_) => {}
                    Err(_) => failed.push(client),
                }
            }
            if !failed.is_empty() {
                self.hall.announce_again(Some(failed));
                break;
            }
        }
        outcomes
    }
}

impl History for Shared {
    fn outcomes(&mut self, batch: Vec<Job>) -> Vec<Outcome> {
        // What was taken now would not be heard by those who are here.
        if self.link.is_none() || !self.hall.hears() {
            return batch.into_iter().map(Outcome::Failed).collect();
        }
        let batch: Vec<_> = batch.into_iter().filter(|job| *job != Job::Announce).collect();
        let mut commands = vec![cmd("GET").arg("chat:seq").clone()];
        commands.extend(batch.iter().map(|job| self.command(job)));
        let mut answers = self.ask(commands).into_iter().flatten();
        let seq = answers.next().and_then(|answer| Option::<i64>::from_redis_value(answer.ok()?).ok()?).unwrap_or(0);
        let done = |job: Job| {
            let answer = answers.next().and_then(Result::ok);
            answer.and_then(|answer| outcome(&job, answer, seq)).unwrap_or(Outcome::Failed(job))
        };
        batch.into_iter().map(done).collect()
    }

    fn look_after(&mut self) -> Vec<Outcome> {
        self.link();
        self.live();
        self.announce()
    }

    fn end(&mut self) {
        let _ = self.ask(vec![self.script(END, &[&self.hall.server.to_string()])]);
    }
}

impl Trouble {
    fn begins(&mut self, error: &RedisError) {
        if !std::mem::replace(&mut self.1, true) {
            let what = if error.is_timeout() { "no answer".into() } else { error.to_string() };
            log(format_args!("{}: {what}; clients are told that it is busy", self.0));
        }
    }

    fn ends(&mut self, how: &str) {
        if std::mem::take(&mut self.1) {
            log(format_args!("{}: {how}", self.0));
        }
    }
}

fn connect(client: &Client, patience: Duration) -> RedisResult<Connection> {
    let connection = client.get_connection_with_timeout(PATIENCE)?;
    connection.set_read_timeout(Some(patience))?;
    connection.set_write_timeout(Some(PATIENCE))?;
    Ok(connection)
}

fn with_common(script: &str) -> String {
    [include_str!("shared/common.lua"), script].concat()
}

/// Asks for one more than is shown, to know whether there is more.
fn range(command: &str, kind: &str, of: &str, from: &str, to: &str, most: usize) -> Cmd {
    let key = format!("chat:{kind}:{of}");
    cmd(command).arg(key).arg(from).arg(to).arg("COUNT").arg(most + 1).clone()
}

/// Returns what has become of a job; `None` when it failed. All before `seq` had happened when the job was done.
fn outcome(job: &Job, answer: Value, seq: i64) -> Option<Outcome> {
    Some(match job {
        Job::Keep { client, said } => {
            let (seq, before): (i64, Option<String>) = pair(answer)?;
            let again = before.is_some();
            let said = before.map_or_else(|| Some(said.clone()), |text| serde_json::from_str(&text).ok())?;
            Outcome::Kept { client: *client, said: Said { seq, ..said }, again }
        }
        Job::KeepPrivate { client, private } => {
            let (seq, before): (i64, Option<i64>) = pair(answer)?;
            Outcome::KeptPrivate {
                client: *client,
                private: Private { seq, ..private.clone() },
                again: before.is_some(),
            }
        }
        Job::Load { client, room, part } => {
            let found = entries(answer)?.into_iter();
            let found = found.map(|(seq, said)| Ok(Said { seq, ..serde_json::from_str(&said)? }));
            let limit = if matches!(part, Part::After(_)) { PAGE.0 } else { GREETING };
            let (mut messages, more): (Vec<Said>, _) =
                take::<_, serde_json::Error>(found, limit, |said| said.text.len()).ok()?;
            if !matches!(part, Part::After(_)) {
                messages.reverse();
            }
            let more = more && *part != Part::Last;
            let upto = messages.last().map_or(seq, |said| said.seq.max(seq));
            Outcome::Loaded { client: *client, room: room.clone(), part: *part, messages, more, upto }
        }
        Job::LoadPrivate { client, .. } => {
            let found = entries(answer)?.into_iter();
            let found = found.map(|(seq, private)| Ok(Private { seq, ..serde_json::from_str(&private)? }));
            let (mut messages, _): (Vec<Private>, _) =
                take::<_, serde_json::Error>(found, PAGE.0, |it| it.text.len()).ok()?;
            messages.reverse();
            let upto = messages.last().map_or(seq, |private| private.seq.max(seq));
            Outcome::LoadedPrivate { client: *client, messages, upto }
        }
        Job::Claim { client, presence, after } => {
            let refused = match String::from_redis_value(answer).ok()?.as_str() {
                "given" => None,
                _ => Some(Reason::NameTaken),
            };
            Outcome::Claimed { client: *client, presence: presence.clone(), after: *after, refused }
        }
        // Nobody waits for these.
        Job::Typing { .. } | Job::Announce => return None,
    })
}

/// Reads an answer of one value or two.
fn pair<B: FromRedisValue>(answer: Value) -> Option<(i64, Option<B>)> {
    let Value::Array(values) = answer else { return None };
    let mut values = values.into_iter();
    let seq = i64::from_redis_value(values.next()?).ok()?;
    Some((seq, values.next().map(B::from_redis_value).transpose().ok()?))
}

/// Reads entries of a stream: their places, and what they hold.
fn entries(answer: Value) -> Option<Vec<(i64, String)>> {
    let entries = Vec::<(String, (String, String))>::from_redis_value(answer).ok()?;
    entries.into_iter().map(|(id, (_, entry))| Some((id.split('-').next()?.parse().ok()?, entry))).collect()
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
