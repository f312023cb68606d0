//! A server that is soaked, and what it has.

use std::fs::File;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use crate::clock::Setting;
use crate::process::Process;
use crate::{Outcome, PATIENCE};

pub(crate) struct Subject {
    process: Process,
    clock: Option<Setting>,
    /// IP and port.
    pub(crate) address: String,
    pub(crate) url: String,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Figures {
    pub(crate) descriptors: usize,
    pub(crate) threads: usize,
    /// In KiB.
    pub(crate) memory: usize,
}

impl Subject {
    /// Starts a server; what it says of troubles goes to a file.
    pub(crate) fn start(
        name: &str,
        path: &str,
        command: &mut Command,
        directory: &Path,
        clock: Option<Setting>,
    ) -> Outcome<Self> {
        clock.iter().for_each(|clock| clock.give(command));
        let process = Process::start(command.stderr(File::create(directory.join(name))?))?;
        let address = process.address.clone();
        Ok(Self { url: format!("ws://{address}{path}"), address, process, clock })
    }

    pub(crate) fn clock(&self) -> Option<&Setting> {
        self.clock.as_ref()
    }

    pub(crate) fn figures(&self) -> Outcome<Figures> {
        let count = |what| Ok::<_, std::io::Error>(std::fs::read_dir(self.proc(what))?.count());
        Ok(Figures { descriptors: count("fd")?, threads: count("task")?, memory: self.process.memory()? })
    }

    /// Returns what its descriptors lead to.
    pub(crate) fn open_descriptors(&self) -> Outcome<String> {
        let links = std::fs::read_dir(self.proc("fd"))?.flatten().filter_map(|entry| entry.path().read_link().ok());
        Ok(links.map(|link| link.display().to_string()).collect::<Vec<_>>().join(" "))
    }

    fn proc(&self, what: &str) -> String {
        format!("/proc/{}/{what}", self.process.child.id())
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, name: &str) -> Outcome {
        self.command(Command::new("kill").args(["-s", name, &self.process.child.id().to_string()]))
    }

    /// Sets how many descriptors it may have open.
    pub(crate) fn limit_descriptors(&self, most: &str) -> Outcome {
        let process = format!("--pid={}", self.process.child.id());
        self.command(Command::new("prlimit").args([process, format!("--nofile={most}:")]))
    }

    fn command(&self, command: &mut Command) -> Outcome {
        let status = command.status().map_err(|error| format!("{command:?}: {error}"))?;
        if status.success() { Ok(()) } else { Err(format!("{command:?} failed for {}", self.url).into()) }
    }

    /// Ends a chat server, and looks whether its history holds all that the talkers said.
    pub(crate) fn end(&self, history: &Path, said: usize) -> Outcome {
        self.signal("TERM")?;
        let begun = Instant::now();
        // The child is waited for when it is dropped; until then it is a zombie once it has ended.
        while !std::fs::read_to_string(self.proc("stat"))?.contains(") Z ") {
            if begun.elapsed() > PATIENCE {
                return Err("the chat server does not end".into());
            }
            std::thread::yield_now();
        }
        let database = rusqlite::Connection::open(history)?;
        let query = "SELECT count(*) FROM message WHERE id LIKE 'talker-%'";
        let kept: i64 = database.query_row(query, [], |row| row.get(0))?;
        if usize::try_from(kept)? == said { Ok(()) } else { Err(format!("the history holds {kept} of {said}").into()) }
    }
}
