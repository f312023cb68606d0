//! Counts by callgrind how many instructions a message costs in user space, and fails where they are more than is recorded.
//!
//! ```sh
//! cargo build --release --bins && cargo run --release      # all cases, about half a minute
//! cargo run --release -- 'ws_echo 10'                      # those whose name has this in it
//! cargo run --release -- --record                          # what is counted is the record from now on
//! ```
//!
//! Each case is run twice, with few and with many rounds of messages: the difference is what the messages cost, without the
//! start and the handshakes. Nothing within a round is left to chance (see `server`), so that one program comes out the same
//! within 1 in 100; the tolerance is for other compilers. What is to be found costs more: a function on the way of each message
//! that is not inlined any more, a second copy, a lock, an allocation.

mod cases;
mod counting;
mod server;

use std::{env, error::Error, process::ExitCode, thread};

use cases::{Case, RECORD};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// By how much a count may be above what is recorded, in percent.
const TOLERANCE: u64 = 8;

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("instructions: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Counts and compares; `false` when something costs too much.
fn run() -> Outcome<bool> {
    let mut wanted: Vec<String> = env::args().skip(1).collect();
    let records = wanted.iter().any(|argument| argument == "--record");
    wanted.retain(|argument| argument != "--record");
    let mut cases = cases::all();
    cases.retain(|case| wanted.is_empty() || wanted.iter().any(|part| case.name.contains(part)));
    let counts = count_all(&cases)?;
    if records {
        cases::record(&cases, &counts)?;
        println!("recorded in {RECORD}");
    }
    println!("{:<40}{:>10}{:>10}", "instructions a message", "recorded", "counted");
    let mut passes = true;
    for (case, count) in cases.iter().zip(counts) {
        let is_too_much = count * 100 > case.recorded * (100 + TOLERANCE);
        passes &= !is_too_much;
        let change = (count as f64 / case.recorded as f64 - 1.0) * 100.0;
        let verdict =
            if is_too_much { format!("  too much: {}", counting::profile(case)?.display()) } else { String::new() };
        println!("{:<40}{:>10}{count:>10}{change:>+7.1} %{verdict}", case.name, case.recorded);
    }
    if !passes {
        println!("At most {TOLERANCE} % above the record passes. What costs how much: callgrind_annotate FILE");
    }
    Ok(passes || records)
}

/// Two at a time: what else the machine does changes no count.
fn count_all(cases: &[Case]) -> Outcome<Vec<u64>> {
    let count = |cases: &[Case]| cases.iter().map(counting::count).collect::<Outcome<Vec<_>>>();
    let (first, second) = cases.split_at(cases.len() / 2);
    thread::scope(|scope| {
        let first = scope.spawn(|| count(first));
        let second = count(second);
        Ok([first.join().map_err(|_| "a thread has panicked")??, second?].concat())
    })
}
