//! What all servers hear, in one order: a thread that waits for it.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use redis::{Client, Connection, FromRedisValue, RedisResult, Value, cmd};

use super::{PATIENCE, RETRY, SCRIPT, connect, entries, told};
use crate::chat::{ClientId, News};
use crate::hall::Hall;
use crate::log::Trouble;

/// How long it waits at a time: when nothing comes it is seen whether Redis is there.
const WAIT: Duration = Duration::from_secs(1);
/// How much it takes at a time.
const MOST: usize = 1000;

pub(super) struct Listener {
    client: Client,
    hall: Arc<Hall>,
    /// The `seq` of what was heard last.
    heard: i64,
    trouble: Trouble,
}

impl Listener {
    pub(super) fn new(client: Client, hall: Arc<Hall>) -> Self {
        Self { client, hall, heard: 0, trouble: Trouble::with("redis: news") }
    }

    /// Hears what there is, for ever: at first by what [`Self::begin`] returned.
    pub(super) fn run(mut self, mut begun: RedisResult<Connection>) {
        loop {
            let Err(error) = begun.and_then(|connection| self.listen(connection));
            self.hall.hears.store(false, Ordering::Relaxed);
            self.trouble.begins(told(&error));
            std::thread::sleep(RETRY);
            begun = self.begin();
        }
    }

    fn listen(&mut self, mut connection: Connection) -> RedisResult<Infallible> {
        loop {
            let mut command = cmd("XREAD");
            command.arg("COUNT").arg(MOST).arg("BLOCK").arg(WAIT.as_millis().to_string());
            let answer: Value =
                command.arg("STREAMS").arg("chat:news").arg(format!("{}-0", self.heard)).query(&mut connection)?;
            let streams = Option::<Vec<(String, Value)>>::from_redis_value(answer)?;
            for (_, news) in streams.into_iter().flatten() {
                // An entry that another version of this program wrote is passed over.
                for (seq, news) in entries(news).unwrap_or_default() {
                    self.heard = seq;
                    if let Ok(news) = serde_json::from_str::<News>(&news) {
                        self.hall.follow(|chat| chat.hear(seq, news));
                    }
                }
            }
        }
    }

    /// Connects, and goes on where it was, or, where that is not known any more, learns who is there.
    pub(super) fn begin(&mut self) -> RedisResult<Connection> {
        let mut connection = connect(&self.client, WAIT + PATIENCE)?;
        let command = cmd("EVAL").arg(SCRIPT).arg(0).arg("begin").arg(self.heard).clone();
        if let Some((heard, people)) = command.query::<Option<(i64, Vec<(ClientId, String)>)>>(&mut connection)? {
            self.heard = heard;
            let known = |(client, presence): (ClientId, String)| Some((client, serde_json::from_str(&presence).ok()?));
            self.hall.follow(|chat| chat.begin(heard, people.into_iter().filter_map(known).collect()));
        }
        self.hall.hears.store(true, Ordering::Relaxed);
        self.trouble.ends("all servers are heard again");
        Ok(connection)
    }
}
