use std::{
    fmt::Write,
    sync::atomic::{AtomicU64, Ordering},
};

/// Counts of what a server has done since it started, and of what it is serving now.
///
/// Each thread counts for itself, without a lock: read while the server runs, each number is about as it is at that time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Metrics {
    /// Connections accepted.
    pub accepted: u64,
    /// Clients whose opening handshake was completed.
    pub opened: u64,
    /// Clients that are open now.
    pub open: u64,
    /// Connections now, including those in the opening and closing handshakes.
    pub connections: u64,
    /// HTTP requests that the application answered.
    pub responded: u64,
    /// Refused because there were too many (503).
    pub refused_full: u64,
    /// Refused because too many came from this address (429).
    pub refused_address: u64,
    /// Refused because of their origin (403).
    pub refused_origin: u64,
    /// Refused because the request was malformed or did not ask for a WebSocket (400, 426, ...).
    pub refused_request: u64,
    /// Refused because the request did not arrive in time (408).
    pub refused_late: u64,
    /// Subscriptions ignored because the client had [as many as it may](super::Server::max_topics), or because the name was longer
    /// than 1,024 bytes.
    pub refused_topic: u64,
    /// Messages from clients.
    pub messages_in: u64,
    /// Bytes in those messages.
    pub bytes_in: u64,
    /// Messages to clients, one for each receiver.
    pub messages_out: u64,
    /// Bytes in those messages.
    pub bytes_out: u64,
    /// How often data had to wait because a client read too slowly.
    pub waited: u64,
    /// Messages discarded because too much waited for their receivers, with
    /// [`Overflow::Refuse`](crate::ws::Overflow::Refuse) or [`Discard`](crate::ws::Overflow::Discard): `messages_out` counts
    /// them too.
    pub discarded: u64,
    /// Clients dropped because too much waited for them.
    pub dropped_slow: u64,
    /// Clients dropped because the thread did not keep up with what others published.
    pub dropped_inbox: u64,
    /// Clients dropped because of a deadline.
    pub dropped_silent: u64,
    /// Clients dropped because they broke the protocol or a limit.
    pub dropped_protocol: u64,
    /// Messages that could not be sent: a Ping or Pong of more than 125 bytes, a Close code that must not be sent.
    pub unsendable: u64,
    /// Listening sockets now: one for each thread, or the one that all share.
    pub listening: u64,
    /// How often accepting paused because the system had no descriptor or memory left.
    pub paused: u64,
}

macro_rules! counters {
    ($($name:ident),* $(,)?) => {
        /// The metrics of one thread, which alone writes them.
        #[derive(Debug, Default)]
        pub(super) struct Counters { $(pub(super) $name: Counter),* }

        impl Metrics {
            /// Returns the metrics in the [text format] of Prometheus, each with its name behind `prefix_`: `open`,
            /// `connections` and `listening` are gauges, the others counters, whose names end in `_total`.
            ///
            /// # Examples
            /// ```
            /// use php_sockets::ws::server::Metrics;
            ///
            /// let text = Metrics::default().to_prometheus("chat");
            /// assert!(text.contains("# TYPE chat_open gauge\nchat_open 0\n"));
            /// assert!(text.contains("# TYPE chat_listening gauge\nchat_listening 0\n"));
            /// assert!(text.contains("# TYPE chat_messages_in_total counter\nchat_messages_in_total 0\n"));
            /// ```
            ///
            /// [text format]: https://prometheus.io/docs/instrumenting/exposition_formats/
            #[must_use]
            pub fn to_prometheus(&self, prefix: &str) -> String {
                let mut text = String::new();
                for (name, value) in [$((stringify!($name), self.$name)),*] {
                    let is_gauge = matches!(name, "open" | "connections" | "listening");
                    let (end, kind) = if is_gauge { ("", "gauge") } else { ("_total", "counter") };
                    let name = format!("{prefix}_{name}{end}");
                    // Writing to a string does not fail.
                    let _ = writeln!(text, "# TYPE {name} {kind}\n{name} {value}");
                }
                text
            }
        }

        impl Counters {
            pub(super) fn add_to(&self, metrics: &mut Metrics) {
                $(metrics.$name += self.$name.get();)*
            }
        }
    };
}

counters! {
    accepted, opened, open, connections, responded, refused_full, refused_address, refused_origin, refused_request,
    refused_late, refused_topic, messages_in, bytes_in, messages_out, bytes_out, waited, discarded, dropped_slow,
    dropped_inbox, dropped_silent, dropped_protocol, unsendable, listening, paused,
}

/// A number that one thread writes and any thread reads.
#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Not one atomic step: nobody else writes it.
    pub(super) fn add(&self, count: usize) {
        self.0.store(self.get().wrapping_add(count as u64), Ordering::Relaxed);
    }

    pub(super) fn sub(&self, count: u64) {
        self.0.store(self.get().wrapping_sub(count), Ordering::Relaxed);
    }
}
