//! The server as a process.

use std::error::Error;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

pub(crate) struct Server {
    process: Child,
    _output: BufReader<ChildStdout>,
    pub(crate) url: String,
}

/// Builds the server as this program was built, where `cargo run` started it: an old one would be measured otherwise.
pub(crate) fn build() -> Result<(), Box<dyn Error>> {
    if cfg!(debug_assertions) {
        return Err("only a server built with --release is worth measuring".into());
    }
    let Some(cargo) = std::env::var_os("CARGO") else { return Ok(()) };
    let status =
        Command::new(cargo).args(["build", "--quiet", "--release", "-p", "chat", "--bin", "chat_server"]).status()?;
    if status.success() { Ok(()) } else { Err("the server cannot be built".into()) }
}

impl Server {
    /// Starts the server that lies beside this program, on the first core; this program goes on on the second.
    pub(crate) fn start(options: &[&str]) -> Result<Self, Box<dyn Error>> {
        let program = std::env::current_exe()?.with_file_name("chat_server");
        pin(0)?;
        let started =
            Command::new(&program).args(["--listen", "127.0.0.1:0"]).args(options).stdout(Stdio::piped()).spawn();
        let mut process = started.map_err(|error| format!("{}: {error}; build it first", program.display()))?;
        pin(1)?;
        let mut output = BufReader::new(process.stdout.take().ok_or("no output")?);
        let mut line = String::new();
        output.read_line(&mut line)?;
        let address = line.trim().strip_prefix("chat on http://").ok_or("the server did not start")?;
        Ok(Self { process, url: format!("ws://{address}/msg"), _output: output })
    }

    /// Returns the processor time that it has used.
    pub(crate) fn cpu(&self) -> Result<Duration, Box<dyn Error>> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        // utime and stime, the 14th and 15th field, in hundredths of a second; the second may hold anything in brackets.
        let fields = stat.rsplit_once(") ").ok_or("no stat")?.1.split(' ');
        let ticks: u64 = fields.skip(11).take(2).map(str::parse::<u64>).sum::<Result<_, _>>()?;
        Ok(Duration::from_millis(ticks * 10))
    }

    /// Returns the memory that it has, in KiB.
    pub(crate) fn memory(&self) -> Result<usize, Box<dyn Error>> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no memory")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Binds this thread, and what it starts, to a core.
#[cfg(target_os = "linux")]
fn pin(core: usize) -> Result<(), Box<dyn Error>> {
    use nix::sched::{CpuSet, sched_setaffinity};
    let mut set = CpuSet::new();
    set.set(core)?;
    sched_setaffinity(nix::unistd::Pid::from_raw(0), &set).map_err(|error| {
        format!("core {core} is not to be had, and a measurement on a shared one says nothing: {error}").into()
    })
}

#[cfg(not(target_os = "linux"))]
fn pin(_core: usize) -> Result<(), Box<dyn Error>> {
    Err("this measures on Linux only".into())
}
