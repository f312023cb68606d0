/// Which servers take part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    WebSocket,
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
}

pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) group: Group,
    pub(crate) unit: Unit,
    /// The arguments of the load generator.
    pub(crate) load: &'static str,
    /// Whether the servers are started for a broadcast.
    pub(crate) broadcast: bool,
    /// How many messages system calls are counted for; 0 for none.
    pub(crate) trace: u64,
}

const ECHO: Case = Case {
    name: "",
    title: "",
    group: Group::WebSocket,
    unit: Unit::Rate("messages/s"),
    load: "",
    broadcast: false,
    trace: 4_000,
};

pub(crate) const CASES: [Case; 11] = [
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
        broadcast: true,
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
