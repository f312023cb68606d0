use std::{
    error::Error,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use peers::process::pin;

use crate::{
    cases::{Case, Group, Unit},
    options::Options,
    servers::{Server, binary},
};

/// How many seconds an interpreter gets to compile what it runs often.
const WARM_UP: &str = "0.5";

/// What one run has found.
pub(crate) struct Sample {
    /// A second, or bytes, as the case has it.
    pub(crate) value: f64,
    /// Nanoseconds of the server's processor time for each one counted.
    pub(crate) cpu: Option<f64>,
    /// How much of its core each has used: the server and the load.
    pub(crate) busy: Option<[f64; 2]>,
    /// Nanoseconds of which 50, 99 and 99.9 of a hundred replies take no more.
    pub(crate) percentiles: Option<[f64; 3]>,
}

/// A server process, ended when it goes out of scope.
pub(crate) struct Running {
    pub(crate) child: Child,
    pub(crate) port: u16,
}

impl Running {
    /// Starts a server on its core and waits until it listens.
    pub(crate) fn start(words: &[String], group: Group, options: &Options) -> Result<Self, Box<dyn Error>> {
        let (program, arguments) = words.split_first().ok_or("no command")?;
        let [server, load] = match group {
            Group::Threads => [&options.cores[..]; 2],
            _ => [&options.cores[..1], &options.cores[1..]],
        };
        pin(server)?;
        let child = Command::new(program).args(arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        pin(load)?;
        let mut running = Self { child: child?, port: 0 };
        let mut line = String::new();
        let output = running.child.stdout.take().ok_or("no output")?;
        BufReader::new(output).read_line(&mut line)?;
        let port = line.trim_end().rsplit(':').next().and_then(|port| port.parse().ok());
        running.port = port.ok_or("the server does not say its port")?;
        Ok(running)
    }

    /// Puts the load on it and returns the load's answer.
    pub(crate) fn load(&self, case: &Case, more: &[String]) -> Result<String, Box<dyn Error>> {
        let output = Command::new(binary("load"))
            .arg(format!("127.0.0.1:{}", self.port))
            .args(case.load.split(' '))
            .args(more)
            .stderr(Stdio::piped())
            .output()?;
        if output.status.success() {
            return Ok(String::from_utf8(output.stdout)?);
        }
        Err(String::from_utf8_lossy(&output.stderr).trim().to_owned().into())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Has a program that is no server measure on the server's core.
fn measure_itself(case: &Case, server: &Server, options: &Options) -> Result<String, Box<dyn Error>> {
    let words = server.command("");
    pin(&options.cores[..1])?;
    let output =
        Command::new(&words[0]).args(case.load.split(' ')).args(["--seconds", &options.seconds.to_string()]).output();
    pin(&options.cores[1..])?;
    let output = output?;
    if output.status.success() { Ok(String::from_utf8(output.stdout)?) } else { Err("it has failed".into()) }
}

/// Measures once; a latency is one at `rate` messages a second.
pub(crate) fn run(case: &Case, server: &Server, rate: f64, options: &Options) -> Result<Sample, Box<dyn Error>> {
    if server.is_cipher() {
        return sample(case, &measure_itself(case, server, options)?);
    }
    let running = Running::start(&server.command(case.mode), case.group, options)?;
    let pid = running.child.id().to_string();
    if server.has_to_warm_up() && case.unit != Unit::Bytes {
        running.load(case, &["--seconds".into(), WARM_UP.into()])?;
    }
    let seconds = (options.seconds * case.longer).to_string();
    let mut more = vec!["--seconds".into(), seconds, "--pid".into(), pid];
    if case.unit == Unit::Latency {
        more.extend(["--rate".into(), (rate * case.share).to_string()]);
    }
    sample(case, &running.load(case, &more)?)
}

/// Reads what the load has found.
fn sample(case: &Case, answer: &str) -> Result<Sample, Box<dyn Error>> {
    let number = |name: &str| -> Result<f64, Box<dyn Error>> {
        let found = answer.split_whitespace().find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        Ok(found.ok_or_else(|| format!("the load does not say {name}"))?.parse()?)
    };
    let count = number("count")?;
    if case.unit == Unit::Bytes {
        return Ok(Sample { value: number("bytes")? / count, cpu: None, busy: None, percentiles: None });
    }
    if case.unit == Unit::Latency {
        let percentiles = [number("p50")?, number("p99")?, number("p999")?];
        return Ok(Sample { value: percentiles[1], cpu: None, busy: None, percentiles: Some(percentiles) });
    }
    let (nanoseconds, cpu) = (number("nanoseconds")?, number("cpu")?);
    let busy = [cpu / nanoseconds, number("load")? / nanoseconds];
    Ok(Sample { value: count * 1e9 / nanoseconds, cpu: Some(cpu / count), busy: Some(busy), percentiles: None })
}
