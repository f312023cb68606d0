//! Runs the chat server and `ws_echo` for two hours under all that clients and the system do to servers, and looks whether
//! anything is lost or left over. Linux only.
//!
//! ```sh
//! cargo run --release -p chat --bin chat_soak                  # two hours
//! cargo run --release -p chat --bin chat_soak -- --minutes 5
//! ```
//!
//! `cargo run` has it build both servers first. Started by itself it takes the `chat_server` that lies beside it, and
//! `examples/ws_echo` below.
//!
//! Clients come and go, are cut off at any byte of what they say, by a reset or in order, read nothing, ask too much;
//! descriptors run out and come back; the servers are stopped and go on; the clock is set forward and back. Meanwhile others talk: each message is to come to
//! all of them, once and in the same order, and to be in the history at the end. Then the servers are to have no more
//! descriptors and threads than before the first trouble, and at most 8 MiB more memory than after a sixth of the time (two
//! minutes at most), when caches are filled. It ends with 0 and a table, or with 1 and one line.
//!
//! Their clock is set with libfaketime, as the machine's own is everybody's; where that is not installed, the clock is left
//! alone, which the table tells.

mod clock;
#[path = "../chat_load/flood.rs"]
mod flood;
mod pace;
#[path = "../chat_load/process.rs"]
mod process;
mod subject;
mod system;
mod talkers;
mod troubles;

use std::error::Error;
use std::io::{Write, stdout};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::thread::ScopedJoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use lexopt::{Arg, Parser, ValueExt};

use clock::Setting;
use pace::Pace;
use subject::{Figures, Subject};
use talkers::Talkers;

/// No step takes longer, on a busy machine either.
const PATIENCE: Duration = Duration::from_secs(60);
/// How much more memory a server may have at the end, in KiB: what allocators keep, and a fuller cache of the history.
const MORE_MEMORY: usize = 8 * 1024;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;
/// What a thread ends with: how often it did what.
type Counts = Vec<(&'static str, usize)>;
/// Makes trouble for the chat and `ws_echo`, or looks whether others do, until it is time to stop.
type Maker = fn(&Pace, &Subject, &Subject) -> Outcome<Counts>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", error.to_string().replace('\n', " "));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Outcome {
    let (mut minutes, mut parser) = (120_u32, Parser::from_env());
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("minutes") => minutes = parser.value()?.parse()?,
            _ => return Err(format!("{}; the only option is --minutes NUMBER", argument.unexpected()).into()),
        }
    }
    let time = Duration::from_secs(60) * minutes.max(1);
    process::build(&["-p", "chat", "--bin", "chat_server"])?;
    process::build(&["-p", "php-sockets", "--example", "ws_echo"])?;
    // One of a former run, which failed, may have been left by a process of the same number.
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros();
    let directory = std::env::temp_dir().join(format!("php-sockets-soak-{now}"));
    std::fs::create_dir(&directory)?;
    soak(time, &directory)
        .map_err(|error| format!("{error}; what the servers said and the history are in {}", directory.display()))?;
    Ok(std::fs::remove_dir_all(&directory)?)
}

fn soak(time: Duration, directory: &Path) -> Outcome {
    let own = std::env::current_exe()?;
    let history = directory.join("history.db");
    let clock = Setting::new(directory)?;
    let mut command = Command::new(own.with_file_name("chat_server"));
    command.args(["--listen", "127.0.0.1:0", "--threads", "2", "--history"]).arg(&history);
    let chat = Subject::start("chat_server", "/msg", &mut command, directory, clock.clone())?;
    let mut command = Command::new(own.with_file_name("examples").join("ws_echo"));
    let echo = Subject::start("ws_echo", "/", command.args(["127.0.0.1:0", "2"]), directory, clock.clone())?;

    let mut talkers = Talkers::connect(&chat.url)?;
    let first = [chat.figures()?, echo.figures()?];
    let warmth = (time / 6).min(Duration::from_secs(120));
    let (_, warm) = phase(&mut talkers, &chat, &echo, warmth, &first)?;
    let (counts, last) = phase(&mut talkers, &chat, &echo, time.saturating_sub(warmth), &first)?;

    let said = talkers.finish()?;
    chat.end(&history, said)?;
    let mut out = stdout();
    writeln!(
        out,
        "| what | how often in {:.1} minutes |\n|---|---|",
        time.saturating_sub(warmth).as_secs_f64() / 60.0
    )?;
    if clock.is_none() {
        writeln!(out, "| the clock was set: not at all, as libfaketime is not installed | |")?;
    }
    for (what, count) in counts {
        writeln!(out, "| {what} | {count} |")?;
    }
    writeln!(out, "| messages said, each heard by all {} who talk | {said} in all |", talkers::COUNT)?;
    writeln!(out, "\n| server | | descriptors | threads | memory |\n|---|---|---|---|---|")?;
    for (number, name) in ["chat_server", "ws_echo"].into_iter().enumerate() {
        for (when, figures) in [("before", first[number]), ("warm", warm[number]), ("at the end", last[number])] {
            let Figures { descriptors, threads, memory } = figures;
            writeln!(out, "| {name} | {when} | {descriptors} | {threads} | {memory} KiB |")?;
        }
        if last[number].memory > warm[number].memory + MORE_MEMORY {
            let (now, then) = (last[number].memory, warm[number].memory);
            return Err(format!("{name} has {now} KiB of memory, where it had {then} KiB").into());
        }
    }
    Ok(())
}

/// Makes trouble for some time while others talk, then lets everybody go who made it; returns how often what was done, and
/// what the servers have then.
fn phase(
    talkers: &mut Talkers,
    chat: &Subject,
    echo: &Subject,
    time: Duration,
    first: &[Figures; 2],
) -> Outcome<(Counts, [Figures; 2])> {
    let pace = Pace::default();
    let makers: [Maker; 4] = [troubles::of_chat, troubles::of_echo, troubles::steady_echo, system::troubles];
    // Whatever happens, all have ended before the servers are.
    let counts = std::thread::scope(|scope| -> Outcome<Counts> {
        let start = |maker: Maker| {
            let pace = &pace;
            scope.spawn(move || maker(pace, chat, echo).map_err(|error| error.to_string()))
        };
        let threads = makers.map(start);
        let (mut talk, begun) = (Ok(()), Instant::now());
        // One of them ends early when something is wrong.
        while talk.is_ok() && begun.elapsed() < time && !threads.iter().any(ScopedJoinHandle::is_finished) {
            talk = talkers.turn();
        }
        pace.stop();
        while talk.is_ok() && !threads.iter().all(ScopedJoinHandle::is_finished) {
            talk = talkers.turn();
        }
        talk?;
        let mut counts = Vec::new();
        for thread in threads {
            counts.extend(thread.join().map_err(|_| "a thread panicked")??);
        }
        Ok(counts)
    })?;
    let begun = Instant::now();
    loop {
        talkers.turn()?;
        let figures = [chat.figures()?, echo.figures()?];
        let too_many =
            |(now, first): (&Figures, &Figures)| now.descriptors > first.descriptors || now.threads > first.threads;
        let Some(number) = figures.iter().zip(first).position(too_many) else { return Ok((counts, figures)) };
        if begun.elapsed() > PATIENCE {
            let (name, now, then) = (["chat_server", "ws_echo"][number], figures[number], first[number]);
            let left = [chat, echo][number].open_descriptors()?;
            return Err(format!("{name} has more than before all left it: {now:?}, not {then:?}; open: {left}").into());
        }
    }
}
