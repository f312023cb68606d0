//! A server as a process.

use std::error::Error;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

/// A running server, killed when dropped.
pub(crate) struct Process {
    pub(crate) child: Child,
    _output: BufReader<ChildStdout>,
    /// IP and port.
    pub(crate) address: String,
}

/// Builds a program as this one was built, where `cargo run` started it: an old one would be looked at otherwise. Started by
/// itself, this one takes what lies beside it.
pub(crate) fn build(what: &[&str]) -> Result<(), Box<dyn Error>> {
    let Some(cargo) = std::env::var_os("CARGO") else { return Ok(()) };
    let profile: &[&str] = if cfg!(debug_assertions) { &[] } else { &["--release"] };
    let status = Command::new(cargo).args(["build", "--quiet"]).args(profile).args(what).status()?;
    if status.success() { Ok(()) } else { Err("the server cannot be built".into()) }
}

impl Process {
    /// Starts a server whose first line ends with its URL.
    pub(crate) fn start(command: &mut Command) -> Result<Self, Box<dyn Error>> {
        let started = command.stdout(Stdio::piped()).spawn();
        let mut child = started
            .map_err(|error| format!("{:?}: {error}; `cargo run` would have built it", command.get_program()))?;
        let mut output = BufReader::new(child.stdout.take().ok_or("no output")?);
        let mut line = String::new();
        output.read_line(&mut line)?;
        let address = line.trim().split_once("://").ok_or("the server did not start")?.1.to_owned();
        Ok(Self { child, _output: output, address })
    }

    /// Returns the memory that it has, in KiB.
    pub(crate) fn memory(&self) -> Result<usize, Box<dyn Error>> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no memory")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
