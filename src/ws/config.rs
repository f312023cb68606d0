use std::time::Duration;

/// Which side of the connection an endpoint is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Accepts connections; its frames are not masked.
    Server,
    /// Opens connections; masks every frame.
    Client,
}

/// What happens to a message that does not fit into the send buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Overflow {
    /// The call fails with [`Unsendable::BufferFull`](super::Unsendable::BufferFull) and the connection
    /// stays as it is.
    #[default]
    Refuse,
    /// It is discarded and the call succeeds: for messages that the next one supersedes anyway.
    Discard,
    /// The connection ends with [`WebSocketError::Closed`](super::WebSocketError::Closed), and what is queued is freed.
    Disconnect,
}

/// The limits and deadlines of a connection. Sizes are in bytes.
///
/// Of a time, `None` is no limit, and the setters take zero as that too. A number is what it says, zero as well, where its
/// field does not say otherwise.
///
/// # Examples
/// ```
/// use php_sockets::ws::Config;
///
/// let config = Config::server().max_message(64 << 10).keepalive(None);
/// assert_eq!(config.max_message, 65_536);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// The most payload bytes of a received message, after decompression; a larger one is answered with 1009. With 0 only empty
    /// messages are accepted. Server: 16 MiB, client: 64 MiB.
    pub max_message: usize,
    /// The most payload bytes of one received frame, as sent. Unlike `max_message` it also applies to messages read part by part.
    /// Default: no limit of its own.
    pub max_frame: u64,
    /// The most frames of one received message, at least one; a message of more is answered with 1008. Server: 131,072, client: 1,048,576. (A frame
    /// costs no memory of its own.)
    pub max_fragments: u32,
    /// The most bytes that may wait to be sent before [`overflow`](Self::overflow) decides. If nothing waits, one message of any
    /// size is accepted, also with 0. Server: 16 MiB, client: 64 MiB.
    pub send_buffer_limit: usize,
    /// What happens to a message that does not fit.
    pub overflow: Overflow,
    /// Whether Pings and Pongs, which are handled automatically, are also returned as messages. Default: no.
    pub report_control: bool,
    /// The level of permessage-deflate, from 1 (fastest; 0 is too) to 9 (smallest). Default: 2, three times as fast as the usual 6 for nearly
    /// the same size. [`Parameters`](super::deflate::Parameters#memory) says what compression costs in memory.
    pub compression_level: u8,
    /// Whether a connection with context takeover keeps its own codecs, of up to 340 KiB, from its first compressed message on,
    /// instead of borrowing the thread's. Default: no. It pays off for at most a few hundred busy connections with short messages, on
    /// a thread that has more than [16](super::deflate::Parameters#memory) of them.
    pub dedicated_codecs: bool,
    /// How long a blocking stream waits for a peer that takes nothing of what is sent, before the connection is given up. Server: 60
    /// seconds, client: no limit.
    pub send_timeout: Option<Duration>,
    /// How long a message may take to arrive once it has begun; for one read part by part, how long the next part may take. Server:
    /// 120 seconds, client: no limit.
    pub message_timeout: Option<Duration>,
    /// How long the peer may neither send anything nor take anything that waits for it before it is sent a Ping. Default: 20 seconds.
    pub keepalive: Option<Duration>,
    /// How long the answer to that Ping may take, counted from when the Ping was written or the peer last took something that waited.
    /// Default: 20 seconds. What was written may still be in the system's buffers, which hold a few MiB: allow for the time that the
    /// slowest peer needs to read those.
    pub pong_timeout: Option<Duration>,
    /// How long the closing handshake may take. Default: 10 seconds.
    pub close_timeout: Option<Duration>,
}

/// What a setting of time means: zero is no limit.
pub(super) fn limit(time: impl Into<Option<Duration>>) -> Option<Duration> {
    time.into().filter(|time| !time.is_zero())
}

/// One setter a field.
macro_rules! setters {
    ($($name:ident: $type:ty;)*) => { $(
        #[doc = concat!("Sets [`", stringify!($name), "`](#structfield.", stringify!($name), ").")]
        #[must_use]
        pub fn $name(mut self, $name: $type) -> Self {
            self.$name = $name.into();
            self
        }
    )* };
}

/// One setter a field that may be no limit.
macro_rules! limit_setters {
    ($($name:ident;)*) => { $(
        #[doc = concat!("Sets [`", stringify!($name), "`](#structfield.", stringify!($name), "); `None` and zero are no limit.")]
        #[must_use]
        pub fn $name(mut self, $name: impl Into<Option<Duration>>) -> Self {
            self.$name = limit($name);
            self
        }
    )* };
}

impl Config {
    setters! {
        max_message: usize;
        max_frame: u64;
        max_fragments: u32;
        send_buffer_limit: usize;
        overflow: Overflow;
        report_control: bool;
        compression_level: u8;
        dedicated_codecs: bool;
    }

    limit_setters! {
        send_timeout;
        message_timeout;
        keepalive;
        pong_timeout;
        close_timeout;
    }

    /// Returns the defaults of a server.
    #[must_use]
    pub const fn server() -> Self {
        Self {
            max_message: 16 << 20,
            max_frame: u64::MAX,
            max_fragments: 1 << 17,
            send_buffer_limit: 16 << 20,
            overflow: Overflow::Refuse,
            report_control: false,
            compression_level: 2,
            dedicated_codecs: false,
            send_timeout: Some(Duration::from_secs(60)),
            message_timeout: Some(Duration::from_secs(120)),
            keepalive: Some(Duration::from_secs(20)),
            pong_timeout: Some(Duration::from_secs(20)),
            close_timeout: Some(Duration::from_secs(10)),
        }
    }

    /// Returns the defaults of a client, which chose its peer.
    #[must_use]
    pub const fn client() -> Self {
        Self {
            max_message: 64 << 20,
            max_fragments: 1 << 20,
            send_buffer_limit: 64 << 20,
            send_timeout: None,
            message_timeout: None,
            ..Self::server()
        }
    }

    /// Returns the defaults of a role.
    #[must_use]
    pub const fn new(role: Role) -> Self {
        match role {
            Role::Server => Self::server(),
            Role::Client => Self::client(),
        }
    }
}
