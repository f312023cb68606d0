use std::{
    fmt::Write,
    sync::atomic::{AtomicU64, Ordering},
};

// The first line of each is its description for Prometheus too.
macro_rules! metrics {
    ($(#[doc = $help:literal] $(#[doc = $more:literal])* $name:ident: $kind:ident,)*) => {
        /// Counts of what a server has done since it started, and of what it is serving now.
        ///
        /// Each thread counts for itself, without a lock: read while the server runs, each number is about as it is at that time.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        #[non_exhaustive]
        pub struct Metrics {
            $(#[doc = $help] $(#[doc = $more])* pub $name: u64,)*
        }

        /// The metrics of one thread, which alone writes them.
        #[derive(Debug, Default)]
        pub(super) struct Counters { $(pub(super) $name: Counter),* }

        impl Metrics {
            /// Returns the metrics in the [text format] of Prometheus, each with its name behind `prefix_`, and its
            /// description: `open`, `connections` and `listening` are gauges, the others counters, whose names end in `_total`.
            ///
            /// # Examples
            /// ```
            /// use php_sockets::ws::server::Metrics;
            ///
            /// let text = Metrics::default().to_prometheus("chat");
            /// assert!(text.contains("# HELP chat_open Clients that are open now.\n# TYPE chat_open gauge\nchat_open 0\n"));
            /// assert!(text.contains("# TYPE chat_listening gauge\nchat_listening 0\n"));
            /// assert!(text.contains("# TYPE chat_messages_in_total counter\nchat_messages_in_total 0\n"));
            /// ```
            ///
            /// [text format]: https://prometheus.io/docs/instrumenting/exposition_formats/
            #[must_use]
            pub fn to_prometheus(&self, prefix: &str) -> String {
                let mut text = String::new();
                for (name, kind, help, value) in [$((stringify!($name), stringify!($kind), $help, self.$name)),*] {
                    let name = format!("{prefix}_{name}{}", if kind == "counter" { "_total" } else { "" });
                    // Writing to a string does not fail.
                    let _ = writeln!(text, "# HELP {name}{help}\n# TYPE {name} {kind}\n{name} {value}");
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

metrics! {
    /// Connections accepted.
    accepted: counter,
    /// Clients whose opening handshake was completed.
    opened: counter,
    /// Clients that are open now.
    open: gauge,
    /// Connections now, including those in the opening and closing handshakes.
    connections: gauge,
    /// HTTP requests that the application answered.
    responded: counter,
    /// Connections refused because there were too many (503).
    refused_full: counter,
    /// Connections refused because too many came from their address (429).
    refused_address: counter,
    /// Requests refused because of their origin (403).
    refused_origin: counter,
    /// Requests refused because they were malformed or did not ask for a WebSocket (400, 426, ...).
    refused_request: counter,
    /// Connections refused because no request arrived in time (408).
    refused_late: counter,
    /// Subscriptions ignored because the client had as many as it may, or the name was longer than 1,024 bytes.
    ///
    /// See [`Server::max_topics`](super::Server::max_topics).
    refused_topic: counter,
    /// Messages from clients.
    messages_in: counter,
    /// Bytes in the messages from clients.
    bytes_in: counter,
    /// Messages to clients, one for each receiver.
    messages_out: counter,
    /// Bytes in the messages to clients.
    bytes_out: counter,
    /// How often data had to wait because a client read too slowly.
    waited: counter,
    /// Messages discarded because too much waited for their receivers.
    ///
    /// With [`Overflow::Refuse`](crate::ws::Overflow::Refuse) or [`Discard`](crate::ws::Overflow::Discard): `messages_out` counts
    /// them too.
    discarded: counter,
    /// Clients dropped because too much waited for them.
    dropped_slow: counter,
    /// Clients dropped because the thread did not keep up with what others published.
    dropped_inbox: counter,
    /// Clients dropped because of a deadline.
    dropped_silent: counter,
    /// Clients dropped because they broke the protocol or a limit.
    dropped_protocol: counter,
    /// Clients that the application terminated.
    ///
    /// See [`Client::terminate`](super::Client::terminate).
    terminated: counter,
    /// Messages that could not be sent: a Ping or Pong of more than 125 bytes, a Close code that must not be sent.
    unsendable: counter,
    /// Listening sockets now: one for each thread, or the one that all share.
    listening: gauge,
    /// How often accepting paused because the system had no descriptor or memory left.
    paused: counter,
}

impl Counters {
    /// Takes note that the thread has ended, and nobody is there any more.
    pub(super) fn end(&self) {
        [&self.open, &self.connections, &self.listening].into_iter().for_each(|gauge| gauge.sub(gauge.get()));
    }
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
