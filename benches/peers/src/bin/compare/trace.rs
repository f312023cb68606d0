use std::{
    env,
    error::Error,
    fs,
    process::{self, Command, Stdio},
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{cases::Case, options::Options, servers::Server, session::Running};

/// Says whether system calls can be counted.
pub(crate) fn is_there() -> bool {
    let status = Command::new("strace").arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// Returns how many system calls the server makes for one message: what more messages make more of them, so that its
/// start and the handshakes do not count.
pub(crate) fn calls(case: &Case, server: &Server, options: &Options) -> Result<f64, Box<dyn Error>> {
    let few = total(case, server, options, case.trace)?;
    let many = total(case, server, options, 3 * case.trace)?;
    Ok((many - few) / (2 * case.trace) as f64)
}

fn total(case: &Case, server: &Server, options: &Options, messages: u64) -> Result<f64, Box<dyn Error>> {
    let file = env::temp_dir().join(format!("peers-{}.strace", process::id()));
    let mut words: Vec<String> = ["strace", "-c", "-f", "-q", "-o"].map(str::to_owned).into();
    words.push(file.to_string_lossy().into_owned());
    words.extend(server.command(case.mode));
    let mut running = Running::start(&words, case.group, options)?;
    let result = running.load(case, &["--messages".into(), messages.to_string()]);
    // All connections have ended before the server, in every run alike; it has to end for strace to write.
    thread::sleep(Duration::from_secs(1));
    let strace = running.child.id();
    let children = fs::read_to_string(format!("/proc/{strace}/task/{strace}/children"))?;
    for child in children.split_whitespace() {
        if let Some(pid) = Pid::from_raw(child.parse()?) {
            kill_process(pid, Signal::TERM)?;
        }
    }
    running.child.wait()?;
    result?;
    let text = fs::read_to_string(&file)?;
    fs::remove_file(&file)?;
    let line = text.lines().find(|line| line.ends_with(" total")).ok_or("strace has no total")?;
    Ok(line.split_whitespace().nth(3).ok_or("strace has no total")?.parse()?)
}
