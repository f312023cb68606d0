//! Measures the chat server: builds and starts it, on a core of its own, and thousands of clients in one thread on another;
//! prints a table in Markdown. Linux only.
//!
//! ```sh
//! cargo run --release -p chat --bin chat_load               # everything, about a minute
//! cargo run --release -p chat --bin chat_load -- broadcast  # or rooms, stalled, flood
//! cargo run --release -p chat --bin chat_load -- threads    # rooms, the server on two threads
//! cargo run --release -p chat --features redis --bin chat_load -- machines  # servers that share Redis, beside one alone
//! ```

#[path = "../chat_server/descriptors.rs"]
mod descriptors;
mod fleet;
mod flood;
mod machines;
mod process;
mod server;
mod times;

use std::error::Error;
use std::io::{Write, stdout};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use fleet::Fleet;
use server::Server;
use times::Times;

/// How long a scenario may take.
const PATIENCE: Duration = Duration::from_secs(60);

type Outcome = Result<(), Box<dyn Error>>;

type Scenario = (&'static str, fn() -> Outcome);

const SCENARIOS: [Scenario; 6] = [
    ("rooms", || rooms(&[])),
    ("threads", || rooms(&["--threads", "2"])),
    ("broadcast", broadcast),
    ("stalled", stalled),
    ("flood", flood),
    ("machines", machines::machines),
];

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the scenarios that are asked for by name, or all.
fn run() -> Outcome {
    descriptors::raise_limit();
    let names: Vec<String> = std::env::args().skip(1).collect();
    if let Some(unknown) = names.iter().find(|name| SCENARIOS.iter().all(|(other, _)| other != name)) {
        return Err(format!(
            "{unknown:?} is none of the scenarios rooms, threads, broadcast, stalled, flood, machines"
        )
        .into());
    }
    if cfg!(debug_assertions) {
        return Err("only a server built with --release is worth measuring".into());
    }
    let features: &[&str] = if cfg!(feature = "redis") { &["--features", "redis"] } else { &[] };
    process::build(&[&["-p", "chat", "--bin", "chat_server"], features].concat())?;
    let mut out = stdout();
    writeln!(out, "| clients | delivered | half within | 99 % within | all within | server |")?;
    writeln!(out, "|---|---|---|---|---|---|")?;
    for (name, scenario) in SCENARIOS {
        // What needs Redis, or shares a core with the clients, is done when it is asked for.
        let is_usual = names.is_empty() && !matches!(name, "machines" | "threads");
        if is_usual || names.iter().any(|other| other == name) {
            scenario()?;
        }
    }
    Ok(())
}

/// 5,000 clients in rooms of 50, each says something once a second.
fn rooms(options: &[&str]) -> Outcome {
    const CLIENTS: usize = 5_000;
    const ROOM: usize = 50;
    const SECONDS: usize = 10;
    let server = Server::start(options)?;
    let mut fleet = Fleet::connect(&[&server.url], CLIENTS, |client| format!("room-{}", client / ROOM))?;
    let (idle, begun) = (server.memory()?, Instant::now());
    let cpu = server.cpu()?;
    let mut times = Times::default();
    let mut heard = 0;
    // One client after the other, evenly over the second.
    for turn in 0..CLIENTS * SECONDS {
        let due = begun + Duration::from_secs(1) / u32::try_from(CLIENTS)? * u32::try_from(turn)?;
        loop {
            let left = due.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            heard += fleet.listen(left, &mut times)?;
        }
        fleet.say(turn % CLIENTS, "")?;
    }
    let sent = begun.elapsed();
    while heard < CLIENTS * SECONDS * ROOM {
        if begun.elapsed() > PATIENCE {
            return Err(format!("{heard} of {} were delivered", CLIENTS * SECONDS * ROOM).into());
        }
        heard += fleet.listen(Duration::from_millis(100), &mut times)?;
    }
    let cpu = server.cpu()? - cpu;
    row(
        &format!(
            "{CLIENTS} in rooms of {ROOM}, each says something once a second, for {:.1} s {}",
            sent.as_secs_f64(),
            options.join(" ")
        ),
        &format!("{heard} of {}", CLIENTS * SECONDS * ROOM),
        &times,
        &format!("{}, {} KiB a client", share(cpu, begun.elapsed()), idle / CLIENTS),
    )
}

/// One room of 1,000: from sending a message of 200 bytes to the last client's hearing it.
fn broadcast() -> Outcome {
    const CLIENTS: usize = 1_000;
    const ROUNDS: usize = 300;
    let server = Server::start(&["--rate", "0"])?;
    let mut fleet = Fleet::connect(&[&server.url], CLIENTS, |_| "room".into())?;
    let cpu = server.cpu()?;
    let (mut rounds, mut all) = (Times::default(), 0);
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        fleet.say(0, &"x".repeat(200))?;
        let mut heard = 0;
        while heard < CLIENTS {
            if begun.elapsed() > PATIENCE {
                return Err(format!("{heard} of {CLIENTS} heard it").into());
            }
            heard += fleet.listen(PATIENCE, &mut Times::default())?;
        }
        rounds.add(begun.elapsed());
        all += heard;
    }
    let cpu = (server.cpu()? - cpu).as_secs_f64() / ROUNDS as f64;
    row(
        &format!("{CLIENTS} in one room, one says 200 bytes {ROUNDS} times; times are those of the last to hear it"),
        &format!("{all} of {}", CLIENTS * ROUNDS),
        &rounds,
        &format!("{:.2} ms of a core a broadcast", 1e3 * cpu),
    )
}

/// One room of 1,000, of which 100 do not read.
fn stalled() -> Outcome {
    const CLIENTS: usize = 1_000;
    const STALLED: usize = 100;
    let server = Server::start(&["--rate", "0"])?;
    let mut fleet = Fleet::connect(&[&server.url], CLIENTS, |_| "room".into())?;
    fleet.stall(STALLED);
    let text = "x".repeat(1_900);
    let (mut times, mut heard, mut said) = (Times::default(), 0, 0);
    let (mut peak, begun) = (0, Instant::now());
    // Until all of them are dropped: the leave notices say so.
    while fleet.left < STALLED {
        fleet.say(CLIENTS - 1, &text)?;
        said += 1;
        while heard < said * (CLIENTS - STALLED) {
            if begun.elapsed() > PATIENCE {
                return Err(format!("{} of {STALLED} were dropped, {heard} heard", fleet.left).into());
            }
            heard += fleet.listen(Duration::from_millis(100), &mut times)?;
        }
        peak = peak.max(server.memory()?);
    }
    row(
        &format!("{CLIENTS} in one room, {STALLED} of them stop reading: dropped after {said} messages of 2 KB"),
        &format!("{heard} of {} to the others", said * (CLIENTS - STALLED)),
        &times,
        &format!("{} MiB at most", peak / 1024),
    )
}

/// Rooms of 50, and one client that says as much as it can in one of them.
fn flood() -> Outcome {
    const CLIENTS: usize = 500;
    const ROOM: usize = 50;
    const SECONDS: usize = 5;
    let server = Server::start(&[])?;
    let mut fleet = Fleet::connect(&[&server.url], CLIENTS, |client| format!("room-{}", client / ROOM))?;
    let (url, cpu) = (server.url.clone(), server.cpu()?);
    let flooder = std::thread::spawn(move || flood::flood(&url, "room-0", Duration::from_secs(SECONDS as u64)));
    let begun = Instant::now();
    let (mut times, mut heard) = (Times::default(), 0);
    for turn in 0..CLIENTS * SECONDS {
        let due = begun + Duration::from_secs(1) / u32::try_from(CLIENTS)? * u32::try_from(turn)?;
        while let Some(left) = due.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
            heard += fleet.listen(left, &mut times)?;
        }
        fleet.say(turn % CLIENTS, "")?;
    }
    while heard < CLIENTS * SECONDS * ROOM {
        if begun.elapsed() > PATIENCE {
            return Err(format!("{heard} of {} were delivered", CLIENTS * SECONDS * ROOM).into());
        }
        heard += fleet.listen(Duration::from_millis(100), &mut times)?;
    }
    let cpu = share(server.cpu()? - cpu, begun.elapsed());
    let (connections, sent) = flooder.join().map_err(|_| "the flooder panicked")??;
    row(
        &format!(
            "{CLIENTS} in rooms of {ROOM}, each says something once a second; one more floods: {sent} messages, \
             cut off {connections} times"
        ),
        &format!("{heard} of {}", CLIENTS * SECONDS * ROOM),
        &times,
        &cpu,
    )
}

/// Prints a row of the table.
fn row(clients: &str, delivered: &str, times: &Times, server: &str) -> Outcome {
    Ok(writeln!(stdout(), "| {clients} | {delivered} | {times} | {server} |")?)
}

fn share(cpu: Duration, time: Duration) -> String {
    format!("{:.0} % of a core", 100.0 * cpu.as_secs_f64() / time.as_secs_f64())
}
