//! Python's `websockets` and npm's `ws`, with the scripts of `tests/interop`, and the processes that run them.
//!
//! They are found through `INTEROP_PYTHON`, a Python that has `websockets` (default: `python3`), and `NODE_PATH`, a
//! `node_modules` directory that has `ws`.
#![allow(dead_code, reason = "each test binary uses a part")]

use std::{
    env,
    error::Error,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// The longest that one conversation may take.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// A language with a WebSocket library.
pub(crate) struct Peer {
    name: &'static str,
    interpreter: String,
    /// Succeeds when the library is there.
    probe: [&'static str; 2],
    pub(crate) client: &'static str,
    pub(crate) server: &'static str,
    /// The variable that names the file of those whom it is to trust.
    pub(crate) roots: &'static str,
}

impl Peer {
    pub(crate) fn python() -> Self {
        Self {
            name: "python websockets",
            interpreter: env::var("INTEROP_PYTHON").unwrap_or_else(|_| "python3".to_owned()),
            probe: ["-c", "import websockets.sync.client"],
            client: "client.py",
            server: "server.py",
            roots: "SSL_CERT_FILE",
        }
    }

    pub(crate) fn node() -> Self {
        Self {
            name: "npm ws",
            interpreter: "node".to_owned(),
            probe: ["-e", "require('ws')"],
            client: "client.cjs",
            server: "server.cjs",
            roots: "NODE_EXTRA_CA_CERTS",
        }
    }

    /// Says whether the peer is there; in CI it must be.
    pub(crate) fn is_available(&self) -> bool {
        let status = Command::new(&self.interpreter).args(self.probe).stderr(Stdio::null()).status();
        let found = status.is_ok_and(|status| status.success());
        if !found {
            crate::skip::missing(self.name);
        }
        found
    }

    /// The command that runs one of its scripts.
    pub(crate) fn script(&self, script: &str) -> Command {
        let mut command = Command::new(&self.interpreter);
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop").join(script));
        command
    }
}

/// A peer's process, ended when dropped.
pub(crate) struct Process(Option<Child>);

impl Process {
    pub(crate) fn start(command: &mut Command) -> Outcome<Self> {
        Ok(Self(Some(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?)))
    }

    /// The first line that it says, which is a server's port.
    pub(crate) fn first_line(&mut self) -> Outcome<String> {
        let output = self.0.as_mut().and_then(|child| child.stdout.take()).ok_or("no output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }

    /// Waits for the end; a process that hangs is ended.
    pub(crate) fn finish(mut self) -> Outcome<Output> {
        let child = self.0.take().ok_or("the process has ended")?;
        let id = child.id().to_string();
        let (done, output) = mpsc::channel();
        thread::spawn(move || done.send(child.wait_with_output()));
        match output.recv_timeout(LIMIT) {
            Ok(output) => Ok(output?),
            Err(_) => {
                Command::new("kill").arg(id).status()?;
                Err("the peer hangs".into())
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
