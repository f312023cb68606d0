//! Random calls of all functions on sockets of every family, beside PHP 8.6.
//!
//! Addresses and messages have games of their own, since most random ones would be wrong.
//!
//! Each seed is a sequence of calls on eight sockets that they share. What differs must be in the list below, which names the
//! deviation; the seed and the call are told. `PHP_SOCKETS_SEEDS=100..200` plays other games than those of every run.

mod addresses;
mod call;
mod calls;
mod make;
mod messages;
mod states;

use std::collections::BTreeMap;
use std::env;
use std::ops::Range;

use crate::harness::{Outcome, Pair, Php, Program, phps, run_if_asked};
use crate::prelude::argument;

/// Calls of one seed.
const CALLS: usize = 2000;
/// The seeds of every run: 100,000 calls.
const SEEDS: Range<u64> = 1..51;

/// A deviation: part of the call, of what PHP prints, and of what is printed here.
struct Deviation {
    call: &'static str,
    php: &'static str,
    ours: &'static str,
    /// How it begins in docs/deviations.md.
    row: &'static str,
}

impl Deviation {
    /// Whether it says why the answers to `call` differ.
    fn explains(&self, call: &str, expected: &str, found: &str) -> bool {
        call.contains(self.call)
            && expected.contains(self.php)
            && found.contains(self.ours)
            && (self.php != LAST_ERRORS
                || expected.rsplit_once('\n').map(|it| it.0) == found.rsplit_once('\n').map(|it| it.0))
    }
}

/// The last line of an answer that is `false`; all before it must be the same.
const LAST_ERRORS: &str = "\nfalse\n[";

const LOOKUP: &str = "| host lookup |";
const TWICE: &str = "| host lookup in `socket_sendmsg` and `IPV6_PKTINFO` |";
const MISSING: &str = "| `socket_sendmsg`, `socket_set_option` | a key may be missing";

const DEVIATIONS: &[Deviation] = &[
    Deviation {
        call: "[\"accept\"",
        php: LAST_ERRORS,
        ours: LAST_ERRORS,
        row: "| `socket_accept` | a failure is recorded",
    },
    Deviation {
        call: "[\"recvmsg\"",
        php: "Error in recvmsg [11]",
        ours: "\nfalse\n[",
        row: "| `socket_recvmsg` | a call that would block",
    },
    Deviation {
        call: "\"recvmsg\"",
        php: "Error in recvmsg [11]",
        ours: "\nfalse\n[",
        row: "| `socket_recvmsg` | a call that would block",
    },
    Deviation {
        call: "[\"recvmsg_family\"",
        php: "Error in recvmsg [11]",
        ours: "\nfalse\n[",
        row: "| `socket_recvmsg` | a call that would block",
    },
    Deviation {
        call: "[\"recvmsg_family\"",
        php: LAST_ERRORS,
        ours: LAST_ERRORS,
        row: "| `socket_recvmsg` | a call that would block",
    },
    Deviation {
        call: "[\"recvmsg\"",
        php: LAST_ERRORS,
        ours: LAST_ERRORS,
        row: "| `socket_recvmsg` | a call that would block",
    },
    Deviation {
        call: "\"recvmsg\"",
        php: "(path: msghdr > control > element #",
        ours: "\n[",
        row: "| `socket_recvmsg` | a control message that PHP",
    },
    Deviation {
        call: "[\"",
        php: "Host lookup failed [-",
        ours: "Host lookup failed [-10001]: Unknown host",
        row: LOOKUP,
    },
    Deviation {
        call: "[\"exhausted\"",
        php: "Host lookup failed [-",
        ours: "Host lookup failed [-10003]",
        row: LOOKUP,
    },
    Deviation { call: "[\"sendmsg", php: "Host lookup failed [-", ours: ": could not resolve address", row: TWICE },
    Deviation { call: "\"pktinfo\"", php: "Host lookup failed [-", ours: ": could not resolve address", row: TWICE },
    Deviation { call: "opt", php: "Host lookup failed [-", ours: "ValueError: No key \"", row: MISSING },
    Deviation { call: "opt", php: "of an unexpected type of socket", ours: "ValueError: No key \"", row: MISSING },
    Deviation {
        call: ",0,32,",
        php: "Failed obtaining address for interface 1: error 25",
        ours: "\n",
        row: "| `socket_set_option` | `IP_MULTICAST_IF` fails",
    },
    Deviation { call: "\"poll\"", php: "\n0\n", ours: "\n1\n", row: "| `socket_set_option` | `IP_MULTICAST_IF` fails" },
    Deviation {
        call: "[\"exhausted\"",
        php: "Failed obtaining address for interface 1: error 25",
        ours: "Failed obtaining address for interface 1: error 24",
        row: "| `socket_set_option` | `IP_MULTICAST_IF` fails",
    },
    Deviation {
        call: "[\"bind\"",
        php: "\ntrue\n",
        ours: "[19]: No such device",
        row: "| `socket_bind`, `AF_PACKET` |",
    },
    Deviation {
        call: ",32,",
        php: "\"",
        ours: "\"",
        row: "| `socket_recv`, `socket_recvfrom`, `socket_recvmsg` with `MSG_TRUNC` |",
    },
    Deviation { call: ",1,25,", php: "\n0\n", ours: "\n\"", row: "| `socket_get_option` | `TCP_CONGESTION`" },
    Deviation { call: ",6,13,", php: "\n", ours: "{name: ", row: "| `socket_get_option` | `TCP_CONGESTION`" },
];

#[test]
fn parity() -> Outcome {
    run_if_asked(&[("port", &|| calls::run(&make::calls(argument().parse().expect("a number"), CALLS)))]);
    let pair = Pair::new(module_path!());
    let Some(php) = phps()?.iter().find(|php| php.version >= 80_600) else { return Ok(()) };
    let (mut count, mut known, mut unknown) = (0, BTreeMap::<_, usize>::new(), Vec::new());
    for seed in seeds(SEEDS) {
        let mut game = Game::play(&pair, php, seed)?;
        for _ in 1..ATTEMPTS {
            if game.unknown.is_empty() {
                break;
            }
            game = Game::play(&pair, php, seed)?;
        }
        game.known.iter().for_each(|row| *known.entry(*row).or_default() += 1);
        unknown.append(&mut game.unknown);
        count += CALLS;
    }
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/deviations.md"))?;
    for row in known.keys() {
        assert_eq!(page.lines().filter(|line| line.starts_with(row)).count(), 1, "a row for {row}");
    }
    println!("{count} calls, {} that differ as they should: {known:#?}", known.values().sum::<usize>());
    assert!(unknown.is_empty(), "{} differ:\n{}", unknown.len(), unknown[..unknown.len().min(20)].join("\n"));
    Ok(())
}

/// The seeds to play: `usual`, or those that are asked for.
fn seeds(usual: Range<u64>) -> Range<u64> {
    let asked = env::var("PHP_SOCKETS_SEEDS").ok().and_then(|seeds| {
        let (first, end) = seeds.split_once("..")?;
        Some(first.parse().ok()?..end.parse().ok()?)
    });
    asked.unwrap_or(usual)
}

/// Runs the script of `module` with a file of the lines that a seed makes, and its port with the seed: for each of the `count`
/// lines both must print the same. Three seeds are played in every run.
fn same_lines(module: &str, count: usize, lines: impl Fn(u64) -> String) -> Outcome {
    let Some(php) = phps()?.iter().find(|php| php.version >= 80_600) else { return Ok(()) };
    let pair = Pair::new(module);
    let mut differ = Vec::new();
    for seed in seeds(1..4) {
        let directory = tempfile::tempdir()?;
        let file = directory.path().join("lines");
        std::fs::write(&file, lines(seed))?;
        let run = |program: &Program, argument: &str| pair.start(program, argument, &tempfile::tempdir()?)?.finish();
        let expected = run(&pair.script(php, ""), &file.to_string_lossy())?;
        let found = run(&Program::Port("port"), &seed.to_string())?;
        assert_eq!((expected.lines().count(), found.lines().count()), (count, count), "seed {seed}");
        let pairs = expected.lines().zip(found.lines()).filter(|(expected, found)| expected != found);
        differ.extend(pairs.map(|(expected, found)| format!("seed {seed}\n PHP: {expected}\nRust: {found}")));
    }
    assert!(differ.is_empty(), "{} differ:\n{}", differ.len(), differ[..differ.len().min(20)].join("\n"));
    Ok(())
}

/// How often a seed is played when something differs: about one seed in a hundred has a call whose result depends on how
/// quick a packet is, and PHP itself prints then one thing in one run, another in the next.
const ATTEMPTS: u32 = 6;

/// What differs in the calls of one seed.
struct Game {
    /// The row of each difference that is known.
    known: Vec<&'static str>,
    unknown: Vec<String>,
}

impl Game {
    fn play(pair: &Pair, php: &'static Php, seed: u64) -> Outcome<Self> {
        let calls = make::calls(seed, CALLS);
        let directory = tempfile::tempdir()?;
        let file = directory.path().join("calls");
        std::fs::write(&file, calls.iter().map(|call| call.json() + "\n").collect::<String>())?;
        let run = |program: &Program, argument: &str| pair.start(program, argument, &tempfile::tempdir()?)?.finish();
        let expected = run(&pair.script(php, "/calls"), &file.to_string_lossy())?;
        let found = run(&Program::Port("port"), &seed.to_string())?;
        let (expected, found) = (blocks(&expected), blocks(&found));
        let mut game = Self { known: Vec::new(), unknown: Vec::new() };
        for (call, (expected, found)) in calls.iter().zip(expected.iter().zip(&found)) {
            if expected == found {
                continue;
            }
            let deviation = DEVIATIONS.iter().find(|deviation| deviation.explains(&call.json(), expected, found));
            match deviation {
                Some(deviation) => game.known.push(deviation.row),
                None => game.unknown.push(format!("seed {seed}\n PHP: {expected}\nRust: {found}")),
            }
        }
        assert_eq!((expected.len(), found.len()), (CALLS, CALLS), "seed {seed}: not every call was made");
        Ok(game)
    }
}

/// What was printed for each call: a call is a line that begins with `#`.
fn blocks(output: &str) -> Vec<String> {
    let mut blocks: Vec<String> = Vec::new();
    for line in output.lines() {
        match blocks.last_mut() {
            Some(block) if !line.starts_with("#[") => *block += &format!("\n{line}"),
            _ => blocks.push(line.to_owned()),
        }
    }
    blocks
}
