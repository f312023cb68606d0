//! The history of several servers that are one chat, in Redis: a room is a stream, whose ids are the places of its messages on
//! all servers. What is said or told goes the same way to all servers, in [`news`]; so does who comes and goes.
//!
//! A message that Redis has taken is acknowledged; one whose answer was lost is known by its id when it comes again. Each step
//! is a script, which Redis runs whole or not at all.

mod news;

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use chat_protocol::fold;
use redis::io::tcp::TcpSettings;
use redis::{
    Client, Cmd, Connection, ErrorKind, FromRedisValue, IntoConnectionInfo, RedisError, RedisResult, ServerErrorKind,
    ToRedisArgs, Value, cmd, pipe,
};

use crate::chat::{Answer, Claim, ClientId, Job, Message, Presence, Stream};
use crate::hall::Hall;
use crate::history::History;
use crate::log::Trouble;

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

pub(crate) struct Shared {
    client: Client,
    link: Option<Connection>,
    /// The name of the script there.
    script: String,
    /// When the link was tried, and when it was told that this server lives.
    tried: Option<Instant>,
    lived: Option<Instant>,
    hall: Arc<Hall>,
    /// How long messages are kept, in milliseconds.
    keep: i64,
    /// Redis cannot be asked, or does not do what it is asked.
    lost: Trouble,
    refused: Trouble,
}

impl Shared {
    /// Begins to hear the other servers, if that can be done now: waits until this is known. That this server may not is an
    /// error. `keep` is in microseconds.
    pub(crate) fn open(url: &str, keep: Option<i64>, hall: Arc<Hall>) -> Result<Self, Box<dyn Error>> {
        let told = |error| format!("--redis: {error}");
        let info = url.into_connection_info().map_err(told)?;
        let client = Client::open(info.set_tcp_settings(TcpSettings::default().set_nodelay(true))).map_err(told)?;
        let mut listener = news::Listener::new(client.clone(), Arc::clone(&hall));
        let begun = match listener.begin() {
            Err(error) if is_forbidden(&error) => return Err(told(error).into()),
            begun => begun,
        };
        std::thread::Builder::new().name("news".into()).spawn(move || listener.run(begun))?;
        let keep = keep.unwrap_or(KEPT) / 1000;
        let (lost, refused) = (Trouble::with("redis"), Trouble::with("redis"));
        Ok(Self { client, link: None, script: String::new(), tried: None, lived: None, hall, keep, lost, refused })
    }

    /// Does a batch of commands in one go: their answers, or nothing when the connection is lost.
    fn ask(&mut self, commands: Vec<Cmd>, writes: bool) -> Option<Vec<RedisResult<Value>>> {
        let mut pipe = pipe();
        for command in commands {
            pipe.add_command(command);
        }
        match pipe.ignore_errors().query::<Vec<RedisResult<Value>>>(self.link.as_mut()?) {
            Ok(answers) => {
                match answers.iter().find_map(|answer| answer.as_ref().err()) {
                    // It is another Redis now.
                    Some(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => self.link = None,
                    Some(error) => self.refused.begins(told(error)),
                    None if writes => self.refused.ends("it takes everything again"),
                    None => {}
                }
                Some(answers)
            }
            Err(error) => {
                self.lost.begins(told(&error));
                self.link = None;
                None
            }
        }
    }

    fn script(&self, name: &str, arguments: &[impl ToRedisArgs]) -> Cmd {
        cmd("EVALSHA").arg(&self.script).arg(0).arg(name).arg(arguments).clone()
    }

    /// Returns the command that does a job.
    fn command(&self, client: ClientId, job: &Job) -> Cmd {
        match job {
            Job::Keep(message) => {
                let streams = message.streams();
                let mut arguments = vec![message.id.clone(), json(message), self.keep.to_string()];
                arguments.extend(streams.iter().map(key));
                self.script("keep", &arguments)
            }
            Job::Load { of, range } => {
                // A place itself is left out.
                let (after, before) = range.limits();
                let (after, before) = (format!("({after}-0"), format!("({before}-0"));
                let (command, from, to) =
                    if range.is_backwards() { ("XREVRANGE", before, after) } else { ("XRANGE", after, before) };
                // One more than is shown, to know whether there is more.
                cmd(command).arg(key(of)).arg(from).arg(to).arg("COUNT").arg(range.most() + 1).clone()
            }
            Job::Claim { presence, .. } => self.claim(client, presence, "fresh"),
            Job::Announce(Some(presence)) => self.claim(client, presence, ""),
            Job::Announce(None) => self.script("leave", &[self.hall.server.to_string(), client.to_string()]),
            Job::Tell(news) => self.script("tell", &[json(news)]),
            Job::LookAfter => cmd("PING"),
        }
    }

    fn claim(&self, client: ClientId, presence: &Presence, fresh: &str) -> Cmd {
        let session = presence.session.as_deref().unwrap_or_default();
        let (server, client) = (self.hall.server.to_string(), client.to_string());
        self.script("claim", &[&server, &client, &fold(&presence.name), session, &json(presence), fresh])
    }

    /// Makes the connection, if there is none, and it was not tried just now.
    fn link(&mut self) {
        if self.link.is_some() || self.tried.is_some_and(|tried| tried.elapsed() < RETRY) {
            return;
        }
        self.tried = Some(Instant::now());
        let connected = connect(&self.client, PATIENCE).and_then(|mut connection| {
            self.script = cmd("SCRIPT").arg("LOAD").arg(SCRIPT).query(&mut connection)?;
            self.link = Some(connection);
            Ok(())
        });
        if let Err(error) = connected {
            return self.lost.begins(told(&error));
        }
        self.lived = None;
        // What was announced may not have arrived.
        self.hall.follow(|chat| chat.announce_all());
    }

    /// Tells that this server lives; when the others did not know that any more, they are to know again who is here.
    fn live(&mut self) {
        if self.link.is_none() || self.lived.is_some_and(|lived| lived.elapsed() < LIVE) {
            return;
        }
        self.lived = Some(Instant::now());
        let command = self.script("live", &[self.hall.server.to_string(), LEASE.as_millis().to_string()]);
        // If not, it is told again in a second.
        if let Some([Ok(lived)]) = self.ask(vec![command], false).as_deref() {
            self.lost.ends("it answers again");
            if *lived == Value::Int(0) {
                self.hall.follow(|chat| chat.announce_all());
            }
        }
    }
}

impl History for Shared {
    fn answers(&mut self, batch: &[(ClientId, Job)]) -> Vec<Option<Answer>> {
        // What was taken now would not be heard by those who are here.
        if self.link.is_none() || !self.hall.hears.load(Ordering::Relaxed) {
            return batch.iter().map(|_| None).collect();
        }
        let mut commands = vec![cmd("GET").arg("chat:seq").clone()];
        commands.extend(batch.iter().map(|(client, job)| self.command(*client, job)));
        let writes = batch.iter().any(|(_, job)| !matches!(job, Job::Load { .. }));
        let mut answers = self.ask(commands, writes).into_iter().flatten().map(Result::ok);
        let seq = answers.next().flatten().and_then(|seq| Option::<i64>::from_redis_value(seq).ok()?).unwrap_or(0);
        batch.iter().map(|(_, job)| read(job, answers.next()??, seq)).collect()
    }

    fn look_after(&mut self) {
        self.link();
        self.live();
    }

    fn leave(&mut self) -> Result<bool, Box<dyn Error>> {
        Ok(false)
    }

    fn end(&mut self) {
        let _ = self.ask(vec![self.script("end", &[self.hall.server])], true);
    }
}

/// What is said in the log of an error.
fn told(error: &RedisError) -> String {
    let what = if error.is_timeout() { "no answer".into() } else { error.to_string() };
    what + "; clients are told that it is busy"
}

/// Says whether Redis answers, but not to this server as it was told to ask.
fn is_forbidden(error: &RedisError) -> bool {
    error.kind() == ErrorKind::AuthenticationFailed || matches!(error.code(), Some("NOAUTH" | "WRONGPASS" | "NOPERM"))
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

/// Reads the answer to a job; `None` when it failed. All before `seq` had happened when the job was done.
fn read(job: &Job, answer: Value, seq: i64) -> Option<Answer> {
    match job {
        Job::Keep(asked) => {
            let (seq, before) = <(i64, Option<String>)>::from_redis_value(answer).ok()?;
            let message = before.as_deref().and_then(|before| serde_json::from_str(before).ok());
            let message = message.unwrap_or_else(|| asked.clone());
            Some(Answer::Kept { message: Message { seq, ..message }, again: before.is_some() })
        }
        Job::Load { range, .. } => {
            let found = entries(answer)?;
            let upto = found.iter().map(|(seq, _)| *seq).fold(seq, i64::max);
            // An entry that another version of this program wrote is passed over.
            let message = |(seq, entry): (i64, String)| Some(Message { seq, ..serde_json::from_str(&entry).ok()? });
            Some(Answer::found(*range, found.into_iter().filter_map(message).collect(), upto))
        }
        Job::Claim { .. } | Job::Announce(_) => match String::from_redis_value(answer).ok()?.as_str() {
            "given" => Some(Answer::Claimed(Claim::Given)),
            "taken" => Some(Answer::Claimed(Claim::Taken)),
            "lost" => Some(Answer::Claimed(Claim::Lost)),
            _ => None,
        },
        // Nobody waits for it.
        Job::Tell(_) | Job::LookAfter => None,
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
