//! What all servers hear, in one order: a thread that waits for it.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use redis::{Client, Connection, FromRedisValue, RedisResult, Value, cmd};

use super::{PATIENCE, connect, entries};
use crate::chat::{ClientId, News};
use crate::hall::Hall;

/// How long it waits at a time: when nothing comes it is seen whether Redis is there.
const WAIT: Duration = Duration::from_secs(1);
/// How much it takes at a time.
pub(super) const MOST: usize = 1000;

/// Has a thread hear what comes, until it cannot: goes on where the chat was, or, where that is not known any more, has it begin
/// with those who are there.
pub(super) fn listen(
    client: &Client,
    commands: &mut Connection,
    script: &str,
    hall: &Arc<Hall>,
) -> RedisResult<Receiver<RedisResult<(i64, News)>>> {
    let mut connection = connect(client, WAIT + PATIENCE)?;
    let mut heard = hall.follow(|chat| chat.heard);
    let begin = cmd("EVALSHA").arg(script).arg(0).arg("begin").arg(heard).clone();
    let begun: Option<(i64, Vec<(ClientId, String)>)> = begin.query(commands)?;
    hall.follow(|chat| {
        chat.give_up();
        if let Some((seq, people)) = begun {
            heard = seq;
            let known = |(client, presence): (ClientId, String)| Some((client, serde_json::from_str(&presence).ok()?));
            chat.begin(seq, people.into_iter().filter_map(known).collect());
        }
    });
    let (sender, news) = sync_channel(MOST);
    let hall = Arc::clone(hall);
    let listen = move || {
        let error = loop {
            let entries = match read(&mut connection, heard) {
                Ok(entries) => entries,
                Err(error) => break error,
            };
            for (seq, entry) in entries {
                heard = seq;
                // An entry that another version of this program wrote is passed over.
                let Ok(entry) = serde_json::from_str(&entry) else { continue };
                if sender.send(Ok((seq, entry))).is_err() {
                    return;
                }
            }
            hall.wake();
        };
        let _ = sender.send(Err(error));
        hall.wake();
    };
    std::thread::Builder::new().name("news".into()).spawn(listen)?;
    Ok(news)
}

/// Waits for what comes after a place, for a while.
fn read(connection: &mut Connection, after: i64) -> RedisResult<Vec<(i64, String)>> {
    let mut command = cmd("XREAD");
    command.arg("COUNT").arg(MOST).arg("BLOCK").arg(WAIT.as_millis().to_string());
    let answer: Value = command.arg("STREAMS").arg("chat:news").arg(format!("{after}-0")).query(connection)?;
    let streams = Option::<Vec<(String, Value)>>::from_redis_value(answer)?;
    Ok(streams.into_iter().flatten().filter_map(|(_, news)| entries(news)).flatten().collect())
}
