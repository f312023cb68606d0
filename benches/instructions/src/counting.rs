//! Runs a program under callgrind.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{Outcome, cases::Case, server};

/// Counts the instructions of one message.
pub(crate) fn count(case: &Case) -> Outcome<u64> {
    let (few, many) = (case.rounds / 10, case.rounds);
    let instructions = total(case, few)?.abs_diff(total(case, many)?);
    let messages = (case.messages(many) - case.messages(few)) as u64;
    Ok((instructions + messages / 2) / messages)
}

/// Where callgrind tells what the case's instructions were spent on, function by function.
pub(crate) fn profile(case: &Case) -> Outcome<PathBuf> {
    let folder = programs()?.join("callgrind");
    fs::create_dir_all(&folder)?;
    Ok(folder.join(case.name.replace([' ', ','], "_")).with_extension("out"))
}

/// Returns how many instructions the case's program takes for so many rounds.
fn total(case: &Case, rounds: usize) -> Outcome<u64> {
    let profile = profile(case)?;
    let log = profile.with_extension("log");
    let mut command = Command::new("valgrind");
    command.arg("--tool=callgrind").arg(format!("--callgrind-out-file={}", profile.display()));
    let mut words = case.program.split(' ');
    command.arg(format!("--log-file={}", log.display())).stdin(Stdio::null());
    command.arg(programs()?.join(words.next().unwrap_or_default())).args(words);
    let status = if case.is_server() {
        server::run(command.arg("127.0.0.1:0"), case, rounds)?
    } else {
        let numbers = [case.connections, case.payload, case.in_flight, rounds];
        command.args(numbers.map(|number| number.to_string())).status()?
    };
    let text = fs::read_to_string(log)?;
    let count = text.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
    count.ok_or_else(|| format!("{}: {status}\n{text}", case.name).into())
}

/// Where this program, and those that it counts, have been built.
fn programs() -> Outcome<PathBuf> {
    Ok(env::current_exe()?.parent().map(Path::to_path_buf).unwrap_or_default())
}
