/// Which servers take part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    WebSocket,
    /// WebSocket with permessage-deflate.
    Deflate,
    /// This crate's server on one thread and on more.
    Threads,
    /// WebSocket over TLS 1.3.
    Tls,
    /// Plain TCP.
    Tcp,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Messages, broadcasts or connections a second: more is better.
    Rate(&'static str),
    /// Bytes of memory: less is better.
    Bytes,
    /// Nanoseconds until the reply, the 99th percentile: less is better.
    Latency,
}

pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) group: Group,
    pub(crate) unit: Unit,
    /// The arguments of the load generator.
    pub(crate) load: &'static str,
    /// The word that the servers are started with; none for an echo.
    pub(crate) mode: &'static str,
    /// How many messages system calls are counted for; 0 for none.
    pub(crate) trace: u64,
    /// How many times as long as the others it counts.
    pub(crate) longer: f64,
    /// Of a latency, which share of the rate that the slowest good peer reaches.
    pub(crate) share: f64,
}

pub(crate) const BROADCAST: &str = "broadcast";

const ECHO: Case = Case {
    name: "",
    title: "",
    group: Group::WebSocket,
    unit: Unit::Rate("messages/s"),
    load: "",
    mode: "",
    trace: 4_000,
    longer: 1.0,
    share: 0.0,
};

/// By a schedule, long enough for one of a thousand replies to say something.
const LATENCY: Case = Case { unit: Unit::Latency, trace: 0, longer: 2.0, share: 0.5, ..ECHO };

/// What the rate of the latencies is derived from: the same connections and messages, without a schedule.
pub(crate) const CALIBRATION: Case = Case {
    name: "calibration",
    title: "1,000 connections, 100 B, 1 in flight",
    load: "--kind echo --connections 1000 --payload 100",
    longer: 2.0,
    ..ECHO
};

const TLS: Case = Case { group: Group::Tls, mode: "tls", trace: 0, ..ECHO };

pub(crate) const CASES: [Case; 46] = [
    Case {
        name: "echo-1x20",
        title: "1 connection, 20 B, 1 in flight",
        load: "--kind echo --connections 1 --payload 20",
        ..ECHO
    },
    Case {
        name: "echo-100x20",
        title: "100 connections, 20 B, 1 in flight",
        load: "--kind echo --connections 100 --payload 20",
        ..ECHO
    },
    Case {
        name: "pipe-100x20",
        title: "100 connections, 20 B, 16 in flight",
        load: "--kind echo --connections 100 --payload 20 --window 16",
        trace: 40_000,
        ..ECHO
    },
    Case {
        name: "pipe-100x130",
        title: "100 connections, 130 B, 16 in flight",
        load: "--kind echo --connections 100 --payload 130 --window 16",
        trace: 40_000,
        ..ECHO
    },
    Case {
        name: "pipe-100x130-chinese",
        title: "100 connections, 130 B of Chinese, 16 in flight",
        load: "--kind echo --connections 100 --payload 130 --window 16 --content chinese",
        trace: 40_000,
        ..ECHO
    },
    Case {
        name: "pipe-100x200",
        title: "100 connections, 200 B, 16 in flight",
        load: "--kind echo --connections 100 --payload 200 --window 16",
        trace: 40_000,
        ..ECHO
    },
    Case {
        name: "pipe-100x200-chinese",
        title: "100 connections, 200 B of Chinese, 16 in flight",
        load: "--kind echo --connections 100 --payload 200 --window 16 --content chinese",
        trace: 40_000,
        ..ECHO
    },
    Case {
        name: "pipe-100x400",
        title: "100 connections, 400 B, 16 in flight",
        load: "--kind echo --connections 100 --payload 400 --window 16",
        trace: 40_000,
        ..ECHO
    },
    Case {
        name: "pipe-100x400-chinese",
        title: "100 connections, 400 B of Chinese, 16 in flight",
        load: "--kind echo --connections 100 --payload 400 --window 16 --content chinese",
        trace: 40_000,
        ..ECHO
    },
    Case {
        name: "pipe-100x1024",
        title: "100 connections, 1 KiB, 16 in flight",
        load: "--kind echo --connections 100 --payload 1024 --window 16",
        trace: 40_000,
        ..ECHO
    },
    Case {
        name: "pipe-100x1024-chinese",
        title: "100 connections, 1 KiB of Chinese, 16 in flight",
        load: "--kind echo --connections 100 --payload 1024 --window 16 --content chinese",
        trace: 40_000,
        ..ECHO
    },
    Case {
        name: "fragments-2",
        title: "100 connections, 1 KiB in 2 fragments, 16 in flight",
        load: "--kind echo --connections 100 --payload 1024 --window 16 --fragments 2",
        trace: 40_000,
        ..ECHO
    },
    Case {
        name: "fragments-16",
        title: "100 connections, 1 KiB in 16 fragments, 16 in flight",
        load: "--kind echo --connections 100 --payload 1024 --window 16 --fragments 16",
        trace: 40_000,
        ..ECHO
    },
    Case {
        name: "echo-1000x20",
        title: "1,000 connections, 20 B, 1 in flight",
        load: "--kind echo --connections 1000 --payload 20",
        trace: 0,
        longer: 2.0,
        ..ECHO
    },
    Case {
        name: "echo-10000x20",
        title: "10,000 connections, 20 B, 1 in flight",
        load: "--kind echo --connections 10000 --payload 20",
        trace: 0,
        longer: 5.0,
        ..ECHO
    },
    Case {
        name: "echo-10x16k",
        title: "10 connections, 16 KiB, 1 in flight",
        load: "--kind echo --connections 10 --payload 16384",
        ..ECHO
    },
    Case {
        name: "echo-4x1m",
        title: "4 connections, 1 MiB, 1 in flight",
        load: "--kind echo --connections 4 --payload 1048576",
        trace: 100,
        ..ECHO
    },
    Case {
        name: "broadcast-1000",
        title: "Broadcast of 200 B to 1,000 clients",
        unit: Unit::Rate("broadcasts/s"),
        load: "--kind broadcast --connections 1000 --payload 200",
        mode: BROADCAST,
        trace: 5,
        ..ECHO
    },
    Case {
        name: "accept",
        title: "Connections accepted, with handshake",
        unit: Unit::Rate("connections/s"),
        load: "--kind accept --connections 16",
        trace: 200,
        ..ECHO
    },
    Case {
        name: "idle-5000",
        title: "5,000 idle connections that have echoed one message",
        unit: Unit::Bytes,
        load: "--kind idle --connections 5000 --payload 20",
        trace: 0,
        ..ECHO
    },
    Case {
        name: "deflate-200",
        title: "permessage-deflate with context takeover: 100 connections, JSON of 200 B, 1 in flight",
        load: "--kind echo --connections 100 --payload 200 --content json --deflate takeover",
        group: Group::Deflate,
        mode: "deflate",
        trace: 0,
        ..ECHO
    },
    Case {
        name: "deflate-1024",
        title: "permessage-deflate with context takeover: 100 connections, JSON of 1 KiB, 1 in flight",
        load: "--kind echo --connections 100 --payload 1024 --content json --deflate takeover",
        group: Group::Deflate,
        mode: "deflate",
        trace: 0,
        ..ECHO
    },
    Case {
        name: "deflate-16384",
        title: "permessage-deflate with context takeover: 100 connections, JSON of 16 KiB, 1 in flight",
        load: "--kind echo --connections 100 --payload 16384 --content json --deflate takeover",
        group: Group::Deflate,
        mode: "deflate",
        trace: 0,
        ..ECHO
    },
    Case {
        name: "deflate-memory",
        title: "permessage-deflate with context takeover: 1,000 idle connections that have echoed 1 KiB of JSON",
        load: "--kind idle --connections 1000 --payload 1024 --content json --deflate takeover",
        group: Group::Deflate,
        mode: "deflate",
        unit: Unit::Bytes,
        trace: 0,
        ..ECHO
    },
    Case {
        name: "deflate-alone-200",
        title: "permessage-deflate without context takeover: 100 connections, JSON of 200 B, 1 in flight",
        load: "--kind echo --connections 100 --payload 200 --content json --deflate alone",
        group: Group::Deflate,
        mode: "deflate-alone",
        trace: 0,
        ..ECHO
    },
    Case {
        name: "deflate-alone-1024",
        title: "permessage-deflate without context takeover: 100 connections, JSON of 1 KiB, 1 in flight",
        load: "--kind echo --connections 100 --payload 1024 --content json --deflate alone",
        group: Group::Deflate,
        mode: "deflate-alone",
        trace: 0,
        ..ECHO
    },
    Case {
        name: "deflate-alone-16384",
        title: "permessage-deflate without context takeover: 100 connections, JSON of 16 KiB, 1 in flight",
        load: "--kind echo --connections 100 --payload 16384 --content json --deflate alone",
        group: Group::Deflate,
        mode: "deflate-alone",
        trace: 0,
        ..ECHO
    },
    Case {
        name: "deflate-alone-memory",
        title: "permessage-deflate without context takeover: 1,000 idle connections that have echoed 1 KiB of JSON",
        load: "--kind idle --connections 1000 --payload 1024 --content json --deflate alone",
        group: Group::Deflate,
        mode: "deflate-alone",
        unit: Unit::Bytes,
        trace: 0,
        ..ECHO
    },
    Case {
        name: "latency-50",
        title: "1,000 connections, 100 B by a schedule, at 50 % of the slowest good peer's rate",
        load: "--kind latency --connections 1000 --payload 100",
        ..LATENCY
    },
    Case {
        name: "latency-80",
        title: "1,000 connections, 100 B by a schedule, at 80 % of the slowest good peer's rate",
        load: "--kind latency --connections 1000 --payload 100",
        share: 0.8,
        ..LATENCY
    },
    Case {
        name: "latency-flood",
        title: "At 50 %, and one client more that sends without end",
        load: "--kind latency --connections 1000 --payload 100 --flood",
        ..LATENCY
    },
    Case {
        name: "latency-stalled",
        title: "At 50 %, and 100 clients more that send and do not read",
        load: "--kind latency --connections 1000 --payload 100 --stalled 100",
        ..LATENCY
    },
    Case {
        name: "threads-pipe",
        title: "Server and load on both cores: 100 connections, 20 B, 16 in flight",
        group: Group::Threads,
        load: "--kind echo --connections 100 --payload 20 --window 16",
        trace: 0,
        ..ECHO
    },
    Case {
        name: "threads-1000",
        title: "Server and load on both cores: 1,000 connections, 200 B, 1 in flight",
        group: Group::Threads,
        load: "--kind echo --connections 1000 --payload 200",
        trace: 0,
        longer: 2.0,
        ..ECHO
    },
    Case {
        name: "threads-broadcast",
        title: "Server and load on both cores: broadcast of 200 B to 1,000 clients",
        group: Group::Threads,
        unit: Unit::Rate("broadcasts/s"),
        load: "--kind broadcast --connections 1000 --payload 200",
        mode: BROADCAST,
        trace: 0,
        ..ECHO
    },
    Case {
        name: "tls-100x20",
        title: "TLS: 100 connections, 20 B, 1 in flight",
        load: "--kind echo --connections 100 --payload 20 --tls full",
        ..TLS
    },
    Case {
        name: "tls-pipe-100x20",
        title: "TLS: 100 connections, 20 B, 16 in flight",
        load: "--kind echo --connections 100 --payload 20 --window 16 --tls full",
        ..TLS
    },
    Case {
        name: "tls-100x1k",
        title: "TLS: 100 connections, 1 KiB, 1 in flight",
        load: "--kind echo --connections 100 --payload 1024 --tls full",
        ..TLS
    },
    Case {
        name: "tls-10x16k",
        title: "TLS: 10 connections, 16 KiB, 1 in flight",
        load: "--kind echo --connections 10 --payload 16384 --tls full",
        ..TLS
    },
    Case {
        name: "tls-4x1m",
        title: "TLS: 4 connections, 1 MiB, 1 in flight",
        load: "--kind echo --connections 4 --payload 1048576 --tls full",
        ..TLS
    },
    Case {
        name: "tls-full",
        title: "TLS: connections accepted, each with a full handshake",
        unit: Unit::Rate("connections/s"),
        load: "--kind accept --connections 16 --tls full",
        ..TLS
    },
    Case {
        name: "tls-resumed",
        title: "TLS: connections accepted, each with a session resumed",
        unit: Unit::Rate("connections/s"),
        load: "--kind accept --connections 16 --tls resumed",
        ..TLS
    },
    Case {
        name: "tls-idle-1000",
        title: "TLS: 1,000 idle connections that have echoed one message",
        unit: Unit::Bytes,
        load: "--kind idle --connections 1000 --payload 20 --tls full",
        ..TLS
    },
    Case {
        name: "tcp-1x20",
        title: "Plain TCP: 1 connection, 20 B, 1 in flight",
        group: Group::Tcp,
        load: "--kind raw --connections 1 --payload 20",
        ..ECHO
    },
    Case {
        name: "tcp-100x20",
        title: "Plain TCP: 100 connections, 20 B, 1 in flight",
        group: Group::Tcp,
        load: "--kind raw --connections 100 --payload 20",
        ..ECHO
    },
    Case {
        name: "tcp-10x16k",
        title: "Plain TCP: 10 connections, 16 KiB, 1 in flight",
        group: Group::Tcp,
        load: "--kind raw --connections 10 --payload 16384",
        ..ECHO
    },
];
