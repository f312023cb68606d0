//! Servers that share Redis, one to three of them, beside one that keeps what is said in memory.
//!
//! All of them and Redis have the first core, as they have on a machine of two; on larger ones give each its own.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::fleet::Fleet;
use crate::server::Server;
use crate::times::Times;
use crate::{Outcome, PATIENCE, row, share};

const CLIENTS: usize = 600;
const ROOM: usize = 50;
/// How long each of the two loads goes on.
const TIME: Duration = Duration::from_secs(5);

/// Redis on a free port, in memory alone; ended when dropped.
struct Redis(std::process::Child, String);

impl Redis {
    fn start() -> Result<Self, Box<dyn std::error::Error>> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port().to_string();
        let mut command = Command::new("taskset");
        command.args(["-c", "0", "redis-server", "--bind", "127.0.0.1", "--port", &port, "--save", ""]);
        let mut child = command.stdout(Stdio::piped()).spawn().map_err(|error| format!("redis-server: {error}"))?;
        let mut lines = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
        if !lines.any(|line| line.is_ok_and(|line| line.contains("Ready to accept connections"))) {
            return Err("redis-server does not start".into());
        }
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self(child, format!("redis://127.0.0.1:{port}")))
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) fn machines() -> Outcome {
    if !cfg!(feature = "redis") {
        return Err("machines needs --features redis".into());
    }
    measure("one server alone", &[Server::start(&["--rate", "0"])?])?;
    for count in 1..=3 {
        let redis = Redis::start()?;
        let servers = (0..count).map(|_| Server::start(&["--rate", "0", "--redis", &redis.1]));
        measure(&format!("{count} with Redis"), &servers.collect::<Result<Vec<_>, _>>()?)?;
    }
    Ok(())
}

/// First everybody says something once a second, then as soon as they have heard what they said before.
fn measure(name: &str, servers: &[Server]) -> Outcome {
    let urls: Vec<_> = servers.iter().map(|server| server.url.as_str()).collect();
    let mut fleet = Fleet::connect(&urls, CLIENTS, |client| format!("room-{}", client / ROOM))?;
    let cpu = || servers.iter().map(Server::cpu).sum::<Result<Duration, _>>();
    let (mut times, mut heard, mut said) = (Times::default(), 0, 0);
    let (begun, before) = (Instant::now(), cpu()?);
    while begun.elapsed() < TIME || heard < said * ROOM {
        if begun.elapsed() > PATIENCE {
            return Err(format!("{name}: {heard} of {} were delivered", said * ROOM).into());
        }
        let due = begun.elapsed().min(TIME).as_secs_f64() * CLIENTS as f64;
        while (said as f64) < due.floor() {
            fleet.say(said % CLIENTS, "")?;
            said += 1;
        }
        heard += fleet.listen(Duration::from_millis(1), &mut times)?;
    }
    let cpu_share = share(cpu()? - before, begun.elapsed());
    row(
        &format!("{name}: {CLIENTS} in rooms of {ROOM}, a message a second each"),
        &heard.to_string(),
        &times,
        &cpu_share,
    )?;

    let (mut times, mut heard, begun, before) = (Times::default(), 0, Instant::now(), cpu()?);
    fleet.answered = (0..CLIENTS).collect();
    while begun.elapsed() < TIME {
        for speaker in std::mem::take(&mut fleet.answered) {
            fleet.say(speaker, "")?;
        }
        heard += fleet.listen(Duration::from_millis(1), &mut times)?;
    }
    let rate = heard as f64 / begun.elapsed().as_secs_f64();
    let cpu_share = share(cpu()? - before, begun.elapsed());
    row(&format!("{name}: each as soon as it has heard itself"), &format!("{rate:.0} a second"), &times, &cpu_share)
}
