//! What is counted, and what was counted before.

use std::{fs, path::Path};

use crate::Outcome;

/// The record: a line a case, its name and its count.
pub(crate) const RECORD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/recorded.txt");

/// Messages that a program echoes.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) name: String,
    /// An echo server; or `protocol`, both ends of a connection in one program without any socket, and how it is told so.
    pub(crate) program: &'static str,
    pub(crate) connections: usize,
    /// The bytes of a message.
    pub(crate) payload: usize,
    /// How many messages each connection sends at once, before it waits for all answers.
    pub(crate) in_flight: usize,
    /// How often.
    pub(crate) rounds: usize,
    /// How many instructions a message cost when that was recorded.
    pub(crate) recorded: u64,
}

impl Case {
    pub(crate) fn is_server(&self) -> bool {
        !self.program.starts_with("protocol")
    }

    /// How many messages so many rounds are.
    pub(crate) fn messages(&self, rounds: usize) -> usize {
        self.connections * self.in_flight * rounds
    }
}

/// Connections, bytes, messages in flight, rounds.
const SERVERS: [(usize, usize, usize, usize); 6] = [
    (1, 20, 1, 3000),
    (100, 20, 1, 100),
    (10, 20, 16, 100),
    (10, 200, 16, 100),
    (10, 1024, 16, 50),
    (10, 16_384, 1, 100),
];
// Few at once: under valgrind each byte of a longer copy by the C library can be an instruction.
const PROTOCOL: [(usize, usize, usize, usize); 3] = [(1, 20, 2, 4000), (1, 200, 2, 4000), (1, 1024, 2, 4000)];
// One more connection than the compressors that a thread keeps: each finds one that knows another's context.
const DEFLATE: [(usize, usize, usize, usize); 2] = [(17, 200, 1, 30), (17, 1024, 1, 20)];

pub(crate) fn all() -> Vec<Case> {
    let record = fs::read_to_string(RECORD).unwrap_or_default();
    let recorded =
        |name: &str| record.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok()).unwrap_or(0);
    let programs =
        [("ws_echo", &SERVERS[..]), ("ws_poll", &SERVERS), ("protocol", &PROTOCOL), ("protocol deflate", &DEFLATE)];
    let cases = programs.into_iter().flat_map(|(program, loads)| {
        loads.iter().map(move |&(connections, payload, in_flight, rounds)| {
            let name = format!("{program} {connections}x{payload} B, {in_flight} in flight");
            Case { recorded: recorded(&name), name, program, connections, payload, in_flight, rounds }
        })
    });
    cases.collect()
}

/// Takes what was counted for the record; cases that were not counted keep theirs.
pub(crate) fn record(counted: &[Case], counts: &[u64]) -> Outcome<()> {
    let mut lines = String::new();
    for case in all() {
        let count = counted.iter().zip(counts).find(|(counted, _)| counted.name == case.name);
        lines += &format!("{:<40}{:>7}\n", case.name, count.map_or(case.recorded, |(_, count)| *count));
    }
    Ok(fs::write(Path::new(RECORD), lines)?)
}
