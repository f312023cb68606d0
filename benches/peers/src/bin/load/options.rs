use std::{net::SocketAddr, time::Duration};

use lexopt::{Arg, ValueExt};
use peers::server::Deflate;

/// What the load does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Each connection has `window` messages under way, which the server sends back.
    Echo,
    /// The same without WebSocket: plain bytes.
    Raw,
    /// `rate` messages a second by a schedule, whether or not answers come; how late these are by the schedule.
    Latency,
    /// The first connection sends a message, and the next one when all have received it.
    Broadcast,
    /// Connects, shakes hands and leaves; `connections` of these under way at a time.
    Accept,
    /// Opens connections and looks at the server's memory.
    Idle,
}

const KINDS: [(&str, Kind); 6] = [
    ("echo", Kind::Echo),
    ("raw", Kind::Raw),
    ("latency", Kind::Latency),
    ("broadcast", Kind::Broadcast),
    ("accept", Kind::Accept),
    ("idle", Kind::Idle),
];

/// What messages are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    English,
    Chinese,
    /// Records that are alike, as an API sends them.
    Json,
}

const CONTENTS: [(&str, Content); 3] =
    [("english", Content::English), ("chinese", Content::Chinese), ("json", Content::Json)];

/// TLS, by how its handshake begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tls {
    /// With nothing that is known from before.
    Full,
    /// With the session of an earlier connection.
    Resumed,
}

pub(crate) struct Options {
    pub(crate) address: SocketAddr,
    pub(crate) kind: Kind,
    pub(crate) connections: usize,
    /// Bytes of a message.
    pub(crate) payload: usize,
    pub(crate) window: usize,
    pub(crate) content: Content,
    /// How many frames a message is sent in.
    pub(crate) fragments: usize,
    /// Offers permessage-deflate, with or without context takeover, and compresses.
    pub(crate) deflate: Option<Deflate>,
    /// TLS below WebSocket.
    pub(crate) tls: Option<Tls>,
    /// Messages a second of all connections together.
    pub(crate) rate: f64,
    /// Whether one more client sends as fast as it can.
    pub(crate) flood: bool,
    /// How many more clients send until nothing is taken any more, and never read.
    pub(crate) stalled: usize,
    /// How long to count, after a fifth of it to warm up.
    pub(crate) time: Duration,
    /// Ends after so many messages, or broadcasts, or connections, instead of after a time.
    pub(crate) messages: Option<u64>,
    /// The server's process.
    pub(crate) pid: Option<u32>,
}

impl Options {
    pub(crate) fn parse() -> Result<Self, lexopt::Error> {
        let mut options = Self {
            address: SocketAddr::from(([127, 0, 0, 1], 9002)),
            kind: Kind::Echo,
            connections: 1,
            payload: 20,
            window: 1,
            content: Content::English,
            fragments: 1,
            deflate: None,
            tls: None,
            rate: 1000.0,
            flood: false,
            stalled: 0,
            time: Duration::from_secs(1),
            messages: None,
            pid: None,
        };
        let mut parser = lexopt::Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Arg::Value(value) => options.address = value.parse()?,
                Arg::Long("kind") => {
                    options.kind = parser.value()?.parse_with(|name| {
                        let found = KINDS.iter().find(|(known, _)| *known == name);
                        found.map(|(_, kind)| *kind).ok_or("echo, raw, latency, broadcast, accept or idle")
                    })?;
                }
                Arg::Long("connections") => options.connections = parser.value()?.parse::<usize>()?.max(1),
                Arg::Long("payload") => options.payload = parser.value()?.parse::<usize>()?.max(1),
                Arg::Long("window") => options.window = parser.value()?.parse::<usize>()?.max(1),
                Arg::Long("content") => {
                    options.content = parser.value()?.parse_with(|name| {
                        let found = CONTENTS.iter().find(|(known, _)| *known == name);
                        found.map(|(_, content)| *content).ok_or("english, chinese or json")
                    })?;
                }
                Arg::Long("fragments") => options.fragments = parser.value()?.parse::<usize>()?.max(1),
                Arg::Long("deflate") => {
                    options.deflate = Some(parser.value()?.parse_with(|name| match name {
                        "takeover" => Ok(Deflate::Takeover),
                        "alone" => Ok(Deflate::Alone),
                        _ => Err("takeover or alone"),
                    })?);
                }
                Arg::Long("tls") => {
                    options.tls = Some(parser.value()?.parse_with(|name| match name {
                        "full" => Ok(Tls::Full),
                        "resumed" => Ok(Tls::Resumed),
                        _ => Err("full or resumed"),
                    })?);
                }
                Arg::Long("rate") => options.rate = parser.value()?.parse::<f64>()?.max(1.0),
                Arg::Long("flood") => options.flood = true,
                Arg::Long("stalled") => options.stalled = parser.value()?.parse()?,
                Arg::Long("seconds") => {
                    options.time = parser.value()?.parse_with(|text| {
                        let seconds = text.parse().map_err(|_| "a number of seconds")?;
                        Duration::try_from_secs_f64(seconds).map_err(|_| "a number of seconds")
                    })?;
                }
                Arg::Long("messages") => options.messages = Some(parser.value()?.parse()?),
                Arg::Long("pid") => options.pid = Some(parser.value()?.parse()?),
                _ => return Err(argument.unexpected()),
            }
        }
        let is_simple = options.deflate.is_none() && [Kind::Echo, Kind::Accept, Kind::Idle].contains(&options.kind);
        if options.tls.is_some() && !is_simple {
            return Err("--tls goes with --kind echo, accept and idle, and without --deflate".into());
        }
        Ok(options)
    }
}
