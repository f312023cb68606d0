//! A load that leaves nothing to chance: what a server finds at each of its waits is always the same.

use std::{
    fs,
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

use crate::{Outcome, cases::Case};

/// How long a server may take for anything.
const PATIENCE: Duration = Duration::from_secs(60);
const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// Starts the server, has it echo, and ends it.
pub(crate) fn run(command: &mut Command, case: &Case, rounds: usize) -> Outcome<ExitStatus> {
    let mut server = Server(command.stdout(Stdio::piped()).spawn()?);
    let mut line = String::new();
    BufReader::new(server.0.stdout.take().ok_or("a pipe")?).read_line(&mut line)?;
    let address = line.trim().strip_prefix("listening on ws://").ok_or_else(|| format!("{}: {line:?}", case.name))?;
    let clients = (0..case.connections).map(|_| open(address)).collect::<Outcome<Vec<_>>>()?;
    let text = "x".repeat(case.payload).into_bytes();
    let masked: Vec<u8> = text.iter().zip(KEY.iter().cycle()).map(|(byte, key)| byte ^ key).collect();
    let burst = [&header(0x80, case.payload)[..], &KEY, &masked].concat().repeat(case.in_flight);
    let answer = [&header(0, case.payload)[..], &text].concat().repeat(case.in_flight);
    let mut heard = vec![0; answer.len()];
    for _ in 0..rounds {
        // One client alone is heard when it has spoken; of several, each must have before the server wakes.
        if clients.len() > 1 {
            server.stop()?;
        }
        clients.iter().try_for_each(|mut client| client.write_all(&burst))?;
        server.signal(Signal::CONT)?;
        for mut client in &clients {
            client.read_exact(&mut heard)?;
            if heard != answer {
                return Err(format!("{}: that is no echo", case.name).into());
            }
        }
    }
    server.wait_idle()?;
    server.signal(Signal::TERM)?;
    Ok(server.0.wait()?)
}

fn open(address: &str) -> Outcome<TcpStream> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(REQUEST)?;
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.extend(byte);
    }
    if head.starts_with(b"HTTP/1.1 101 ") { Ok(stream) } else { Err("the server refuses the handshake".into()) }
}

/// The first bytes of a text's frame.
fn header(mask: u8, length: usize) -> Vec<u8> {
    let [.., high, low] = length.to_be_bytes();
    if length < 126 { vec![0x81, mask | low] } else { vec![0x81, mask | 126, high, low] }
}

/// The server's process, under valgrind.
struct Server(Child);

impl Server {
    fn pid(&self) -> Outcome<Pid> {
        Ok(i32::try_from(self.0.id()).ok().and_then(Pid::from_raw).ok_or("a process has a number")?)
    }

    fn signal(&self, signal: Signal) -> Outcome<()> {
        Ok(kill_process(self.pid()?, signal)?)
    }

    /// Stops it where it waits for its clients.
    fn stop(&self) -> Outcome<()> {
        self.wait_idle()?;
        self.signal(Signal::STOP)?;
        match waitpid(Some(self.pid()?), WaitOptions::UNTRACED)? {
            Some((_, status)) if status.stopped() => Ok(()),
            status => Err(format!("the server has ended: {status:?}").into()),
        }
    }

    /// Waits until all of its threads sleep.
    fn wait_idle(&self) -> Outcome<()> {
        let until = Instant::now() + PATIENCE;
        while !self.is_idle()? {
            if Instant::now() >= until {
                return Err("the server does not come to rest".into());
            }
            thread::yield_now();
        }
        Ok(())
    }

    fn is_idle(&self) -> io::Result<bool> {
        for task in fs::read_dir(format!("/proc/{}/task", self.0.id()))? {
            let stat = fs::read_to_string(task?.path().join("stat"))?;
            // The state stands behind the name, which is in parentheses.
            if !stat.rsplit(") ").next().unwrap_or_default().starts_with('S') {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
