//! The history of several servers that are one chat, in Redis: a room is a stream, whose ids are the places of its messages on
//! all servers. What is said or told goes the same way to all servers, in [`news`]; so does who comes and goes.
//!
//! A message that Redis has taken is acknowledged; one whose answer was lost is known by its id when it comes again. Each step
//! is a script, which Redis runs whole or not at all.

mod news;

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use chat_protocol::fold;
use redis::io::tcp::TcpSettings;
use redis::{
    Client, Cmd, Connection, ErrorKind, FromRedisValue, IntoConnectionInfo, RedisError, RedisResult, ServerErrorKind,
    ToRedisArgs, Value, cmd, pipe,
};

use crate::chat::{Answer, ClientId, Job, Message, News, Presence, Stream};
use crate::hall::Hall;
use crate::history::History;
use crate::log::{Trouble, log};
use crate::options::Options;

/// How long Redis may take to answer before it counts as lost.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long nothing is tried after it was lost.
const RETRY: Duration = Duration::from_millis(500);
/// How often it is told that this server lives, and for how long that counts.
const LIVE: Duration = Duration::from_secs(1);
const LEASE: Duration = Duration::from_secs(5);
/// How long messages are kept by default, in microseconds: all are in memory.
const KEPT: i64 = 30 * 24 * 60 * 60 * 1_000_000;

/// All that is done in Redis, each by its name.
const SCRIPT: &str = include_str!("shared/chat.lua");

/// Where it is asked, and where all servers are heard.
struct Link {
    commands: Connection,
    news: Receiver<RedisResult<(i64, News)>>,
}

pub(crate) struct Shared {
    client: Client,
    hall: Arc<Hall>,
    /// How long messages are kept, in milliseconds.
    keep: i64,
    /// The name of the script there.
    script: String,
    link: Option<Link>,
    /// When that was tried, and when it was told that this server lives.
    tried: Option<Instant>,
    lived: Option<Instant>,
    /// Redis cannot be asked, or does not do what it is asked.
    lost: Trouble,
    refused: Trouble,
}

impl Shared {
    /// Begins to hear the other servers, if that can be done now: waits until this is known. That this server may not is an
    /// error.
    pub(crate) fn open(url: &str, options: &Options, hall: Arc<Hall>) -> Result<Self, Box<dyn Error>> {
        let named = |error| format!("--redis: {error}");
        let wrong = |error| format!("--redis: {error}; it is as redis://USER@HOST:PORT/NUMBER");
        let mut info = url.into_connection_info().map_err(wrong)?;
        if let Some(file) = &options.redis_password {
            let password =
                read_password(file).map_err(|error| format!("--redis-password-file {}: {error}", file.display()))?;
            let settings = info.redis_settings().clone().set_password(password);
            info = info.set_redis_settings(settings);
        }
        let is_seen = options.redis_password.is_none() && info.redis_settings().password().is_some();
        let mut shared = Self {
            client: Client::open(info.set_tcp_settings(TcpSettings::default().set_nodelay(true))).map_err(named)?,
            hall,
            keep: options.keep.unwrap_or(KEPT) / 1000,
            script: String::new(),
            link: None,
            tried: None,
            lived: None,
            lost: Trouble::with("redis"),
            refused: Trouble::with("redis"),
        };
        match shared.link() {
            Err(error) if is_forbidden(&error) => return Err(named(error).into()),
            Err(error) => shared.lose(&error),
            Ok(()) => {}
        }
        if is_seen {
            log("--redis: all on this machine can see its password; --redis-password-file FILE keeps it for itself");
        }
        Ok(shared)
    }

    /// Makes the connections; unless it can be done it is tried again.
    fn link(&mut self) -> RedisResult<()> {
        self.tried = Some(Instant::now());
        let mut commands = connect(&self.client, PATIENCE)?;
        self.script = cmd("SCRIPT").arg("LOAD").arg(SCRIPT).query(&mut commands)?;
        self.lived = match self.lives().query::<Value>(&mut commands) {
            Err(error) if is_forbidden(&error) => return Err(error),
            // If not, it is told again at once.
            told => told.is_ok().then(Instant::now),
        };
        let news = news::listen(&self.client, &mut commands, &self.script, &self.hall)?;
        self.link = Some(Link { commands, news });
        self.lost.ends("it answers again");
        // What was announced may not have arrived.
        self.hall.follow(|chat| chat.announce_all());
        self.hall.works.store(true, Ordering::Relaxed);
        Ok(())
    }

    fn lose(&mut self, error: &RedisError) {
        self.link = None;
        self.hall.works.store(false, Ordering::Relaxed);
        self.lost.begins(told(error));
    }

    /// Tells that this server lives; when the others did not know that any more, they are to know again who is here.
    fn live(&mut self) {
        self.lived = Some(Instant::now());
        // If not, it is told again in a second.
        if let Some([Ok(Value::Int(0))]) = self.ask(vec![self.lives()], false).as_deref() {
            self.hall.follow(|chat| chat.announce_all());
        }
    }

    /// Does a batch of commands in one go: their answers, or nothing when the connection is lost.
    fn ask(&mut self, commands: Vec<Cmd>, writes: bool) -> Option<Vec<RedisResult<Value>>> {
        let mut pipe = pipe();
        for command in commands {
            pipe.add_command(command);
        }
        let answers = pipe.ignore_errors().query::<Vec<RedisResult<Value>>>(&mut self.link.as_mut()?.commands);
        let answers = answers.map_err(|error| self.lose(&error)).ok()?;
        match answers.iter().find_map(|answer| answer.as_ref().err()) {
            // It is another Redis now.
            Some(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => self.lose(error),
            Some(error) => self.refused.begins(told(error)),
            None if writes => self.refused.ends("it takes everything again"),
            None => {}
        }
        Some(answers)
    }

    fn script(&self, name: &str, arguments: &[impl ToRedisArgs]) -> Cmd {
        cmd("EVALSHA").arg(&self.script).arg(0).arg(name).arg(arguments).clone()
    }

    /// Returns the command that does a job.
    fn command(&self, client: ClientId, job: &Job, heard: i64) -> Cmd {
        match job {
            Job::Keep(message) => {
                let streams = message.streams();
                let mut arguments = vec![message.id.clone(), json(message), self.keep.to_string()];
                arguments.extend(streams.iter().map(key));
                self.script("keep", &arguments)
            }
            Job::Load { of, range } => {
                // A place itself is left out.
                let (after, before, is_backwards, most) = range.bounds();
                let (after, before) = (format!("({after}-0"), format!("({}-0", before.min(heard + 1)));
                let (command, from, to) =
                    if is_backwards { ("XREVRANGE", before, after) } else { ("XRANGE", after, before) };
                // One more than is shown, to know whether there is more.
                cmd(command).arg(key(of)).arg(from).arg(to).arg("COUNT").arg(most + 1).clone()
            }
            Job::Claim { presence, .. } => self.claim(client, presence, "fresh"),
            Job::Announce(Some(presence)) => self.claim(client, presence, ""),
            Job::Announce(None) => self.script("leave", &[self.hall.server.to_string(), client.to_string()]),
            Job::Tell(news) => self.script("tell", &[json(news)]),
            Job::LookAfter | Job::End => cmd("PING"),
        }
    }

    fn lives(&self) -> Cmd {
        self.script("live", &[self.hall.server.to_string(), LEASE.as_millis().to_string()])
    }

    fn claim(&self, client: ClientId, presence: &Presence, fresh: &str) -> Cmd {
        let session = presence.session.as_deref().unwrap_or_default();
        let (server, client) = (self.hall.server.to_string(), client.to_string());
        self.script("claim", &[&server, &client, &fold(&presence.name), session, &json(presence), fresh])
    }
}

impl History for Shared {
    fn answers(&mut self, batch: &[(ClientId, Job)], heard: i64) -> Vec<Option<Answer>> {
        let commands = batch.iter().map(|(client, job)| self.command(*client, job, heard)).collect();
        let writes = batch.iter().any(|(_, job)| !matches!(job, Job::Load { .. }));
        let mut answers = self.ask(commands, writes).into_iter().flatten();
        batch.iter().map(|(_, job)| read(job, answers.next()?.ok()?)).collect()
    }

    fn news(&mut self) -> Vec<(i64, News)> {
        let heard: Vec<_> = self.link.iter().flat_map(|link| link.news.try_iter()).take(news::MOST).collect();
        if heard.len() == news::MOST {
            self.hall.wake();
        }
        heard.into_iter().filter_map(|news| news.map_err(|error| self.lose(&error)).ok()).collect()
    }

    fn look_after(&mut self) {
        if self.link.is_none() && self.tried.is_none_or(|tried| tried.elapsed() >= RETRY) {
            if let Err(error) = self.link() {
                self.lose(&error);
            }
        }
        if self.link.is_some() && self.lived.is_none_or(|lived| lived.elapsed() >= LIVE) {
            self.live();
        }
    }

    fn leave(&mut self) -> Result<bool, Box<dyn Error>> {
        Ok(false)
    }

    fn end(&mut self) {
        let _ = self.ask(vec![self.script("end", &[self.hall.server])], true);
    }
}

/// The first line of a file.
fn read_password(file: &Path) -> Result<String, Box<dyn Error>> {
    match std::fs::read_to_string(file)?.lines().next() {
        Some(password) if !password.is_empty() => Ok(password.to_owned()),
        _ => Err("it is empty".into()),
    }
}

/// What is said in the log of an error.
fn told(error: &RedisError) -> String {
    let what = if error.is_timeout() { "no answer".into() } else { error.to_string() };
    what + "; clients are told that it is busy"
}

/// Says whether Redis answers, but not to this server as it was told to ask.
fn is_forbidden(error: &RedisError) -> bool {
    error.kind() == ErrorKind::AuthenticationFailed
        || matches!(error.code(), Some("NOAUTH" | "WRONGPASS" | "NOPERM"))
        // In a script it is an error like others.
        || error.to_string().contains("user executing the script can't")
}

fn connect(client: &Client, patience: Duration) -> RedisResult<Connection> {
    let connection = client.get_connection_with_timeout(PATIENCE)?;
    connection.set_read_timeout(Some(patience))?;
    connection.set_write_timeout(Some(PATIENCE))?;
    Ok(connection)
}

/// Returns where a stream is.
fn key(stream: &Stream) -> String {
    match stream {
        Stream::Room(room) => format!("chat:room:{room}"),
        Stream::Session(session) => format!("chat:private:{session}"),
    }
}

/// Reads the answer to a job; `None` when it failed.
fn read(job: &Job, answer: Value) -> Option<Answer> {
    match job {
        Job::Keep(asked) => {
            let (seq, before) = <(i64, Option<String>)>::from_redis_value(answer).ok()?;
            let message = before.as_deref().and_then(|before| serde_json::from_str(before).ok());
            let message = message.unwrap_or_else(|| asked.clone());
            Some(Answer::Kept { message: Message { seq, ..message }, again: before.is_some() })
        }
        Job::Load { range, .. } => {
            // An entry that another version of this program wrote is passed over.
            let message = |(seq, entry): (i64, String)| Some(Message { seq, ..serde_json::from_str(&entry).ok()? });
            Some(Answer::found(*range, entries(answer)?.into_iter().filter_map(message).collect()))
        }
        Job::Claim { .. } | Job::Announce(_) => match String::from_redis_value(answer).ok()?.as_str() {
            "given" => Some(Answer::Given),
            "taken" => Some(Answer::Taken),
            "lost" => Some(Answer::Lost),
            _ => None,
        },
        // Nobody waits for it.
        Job::Tell(_) | Job::LookAfter | Job::End => None,
    }
}

/// Reads entries of a stream: their places, and what they hold.
fn entries(answer: Value) -> Option<Vec<(i64, String)>> {
    let entries = Vec::<(String, (String, String))>::from_redis_value(answer).ok()?;
    entries.into_iter().map(|(id, (_, entry))| Some((id.split('-').next()?.parse().ok()?, entry))).collect()
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
