//! A client that asks more than it may.

use std::error::Error;
use std::time::{Duration, Instant};

use chat_protocol::Request;
use php_sockets::ws::{Connection, Transport};

/// Sends a request.
pub(crate) fn send(connection: &mut Connection<Transport>, request: &Request) -> Result<(), Box<dyn Error>> {
    Ok(connection.send(&serde_json::to_string(request)?)?)
}

/// Says as much as it can for some time, and comes back when it is cut off; returns on how many connections, and how much.
pub(crate) fn flood(url: &str, room: &str, time: Duration) -> Result<(usize, usize), String> {
    let begun = Instant::now();
    let (mut connections, mut sent) = (0, 0);
    while begun.elapsed() < time {
        let mut connection = Connection::connect(url).map_err(|error| error.to_string())?;
        connections += 1;
        let hello = Request::Hello { name: format!("flooder-{connections}"), session: None, after: None };
        let mut result = send(&mut connection, &hello);
        // It stays outside of the room, so that the others hear only themselves.
        while result.is_ok() && begun.elapsed() < time {
            sent += 1;
            let text = "flood ".repeat(100);
            result = send(&mut connection, &Request::Say { id: format!("flood-{sent}"), room: room.into(), text });
        }
    }
    Ok((connections, sent))
}
