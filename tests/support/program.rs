//! Examples and other programs, run as their users run them.

use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::Duration;

pub(crate) use nix::sys::signal::Signal;
use nix::{sys::signal::kill, unistd::Pid};

pub(crate) type Outcome = Result<(), Box<dyn Error>>;

/// The command that runs an example.
pub(crate) fn example(name: &str) -> Command {
    let mut path: PathBuf = std::env::current_exe().expect("the test has a path");
    path.pop();
    path.pop();
    path.push("examples");
    path.push(name);
    assert!(path.exists(), "{} is not built: run the whole of `cargo test`", path.display());
    Command::new(path)
}

/// A running server example, ended when dropped.
pub(crate) struct Server {
    pub(crate) process: Child,
    output: BufReader<ChildStdout>,
    pub(crate) address: String,
}

impl Server {
    /// Starts a server on a free port, which it prints.
    pub(crate) fn start(name: &str, options: &[&str]) -> Result<Self, Box<dyn Error>> {
        Self::spawn(example(name).args(options).arg("127.0.0.1:0"))
    }

    /// Runs a command that is a server, and reads its address.
    pub(crate) fn spawn(command: &mut Command) -> Result<Self, Box<dyn Error>> {
        let mut process = command.stdout(Stdio::piped()).spawn()?;
        let mut output = BufReader::new(process.stdout.take().ok_or("no output")?);
        let mut line = String::new();
        output.read_line(&mut line)?;
        let address = line
            .trim()
            .strip_prefix("listening on ")
            .ok_or("no address")?
            .trim_start_matches("wss://")
            .trim_start_matches("ws://")
            .to_owned();
        Ok(Self { process, output, address })
    }

    pub(crate) fn connect(&self) -> Result<BufReader<TcpStream>, Box<dyn Error>> {
        let stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        Ok(BufReader::new(stream))
    }

    pub(crate) fn line(&mut self) -> Result<String, Box<dyn Error>> {
        line(&mut self.output)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(crate) fn line(reader: &mut impl BufRead) -> Result<String, Box<dyn Error>> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    Ok(line)
}

/// Sends a signal, without a program of its own: what befalls a child while its parent starts another one interrupts what the
/// parent's other threads wait for.
pub(crate) fn signal(process: &Child, signal: Signal) -> Outcome {
    Ok(kill(Pid::from_raw(i32::try_from(process.id())?), signal)?)
}

/// Runs a program to its end with `input` on its standard input.
pub(crate) fn run(command: &mut Command, input: &str) -> std::io::Result<Output> {
    let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    if let Some(mut stdin) = process.stdin.take() {
        stdin.write_all(input.as_bytes())?;
    }
    process.wait_with_output()
}
