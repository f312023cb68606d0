//! The server on a core of its own, or, with several threads, on both.

use std::error::Error;
use std::process::Command;
use std::time::Duration;

use crate::process::Process;

pub(crate) struct Server {
    process: Process,
    pub(crate) url: String,
}

impl Server {
    /// Starts the server that lies beside this program, on the first core, or on both when it has threads for them; this program
    /// goes on on the second.
    pub(crate) fn start(options: &[&str]) -> Result<Self, Box<dyn Error>> {
        let program = std::env::current_exe()?.with_file_name("chat_server");
        pin(if options.contains(&"--threads") { &[0, 1] } else { &[0] })?;
        let process = Process::start(Command::new(program).args(["--listen", "127.0.0.1:0"]).args(options))?;
        pin(&[1])?;
        let url = format!("ws://{}/msg", process.address);
        Ok(Self { process, url })
    }

    /// Returns the processor time that it has used.
    pub(crate) fn cpu(&self) -> Result<Duration, Box<dyn Error>> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.child.id()))?;
        // utime and stime, the 14th and 15th field, in hundredths of a second; the second may hold anything in brackets.
        let fields = stat.rsplit_once(") ").ok_or("no stat")?.1.split(' ');
        let ticks: u64 = fields.skip(11).take(2).map(str::parse::<u64>).sum::<Result<_, _>>()?;
        Ok(Duration::from_millis(ticks * 10))
    }

    /// Returns the memory that it has, in KiB.
    pub(crate) fn memory(&self) -> Result<usize, Box<dyn Error>> {
        self.process.memory()
    }
}

/// Binds this thread, and what it starts, to these cores.
#[cfg(target_os = "linux")]
fn pin(cores: &[usize]) -> Result<(), Box<dyn Error>> {
    use nix::sched::{CpuSet, sched_setaffinity};
    let mut set = CpuSet::new();
    cores.iter().try_for_each(|core| set.set(*core))?;
    sched_setaffinity(nix::unistd::Pid::from_raw(0), &set).map_err(|error| {
        format!("of the cores {cores:?} one is not to be had, and a measurement on a shared one says nothing: {error}")
            .into()
    })
}

#[cfg(not(target_os = "linux"))]
fn pin(_cores: &[usize]) -> Result<(), Box<dyn Error>> {
    Err("this measures on Linux only".into())
}
