//! `ws_echo` and `ws_poll` as programs: what its connections cost, and that no client takes it from the others.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use crate::program::{Outcome, Server, example};

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
/// A text of a client, and what comes back.
const TEXT: (&[u8], &[u8]) = (b"\x81\x83\0\0\0\0\xe5\x9c\xa8", b"\x81\x03\xe5\x9c\xa8");

struct Echo(Server);

/// On `ws::Server`, and with a loop written by hand.
const PROGRAMS: [&str; 2] = ["ws_echo", "ws_poll"];

impl Echo {
    /// Starts the server, with its number of descriptors limited.
    fn start(name: &str, descriptors: u32) -> Result<Self, Box<dyn std::error::Error>> {
        let program = example(name);
        let mut server = Command::new("sh");
        server.args(["-c", &format!("ulimit -n {descriptors}; exec \"$0\" 127.0.0.1:0")]).arg(program.get_program());
        Ok(Self(Server::spawn(server.stderr(Stdio::piped()))?))
    }

    /// Connects and asks for a WebSocket.
    fn ask(&self) -> std::io::Result<TcpStream> {
        let mut client = TcpStream::connect(&self.0.address)?;
        client.set_read_timeout(Some(Duration::from_secs(10)))?;
        client.write_all(REQUEST)?;
        Ok(client)
    }

    /// Connects, and has a message echoed.
    fn join(&self) -> std::io::Result<TcpStream> {
        let mut client = self.ask()?;
        converse(&mut client)?;
        Ok(client)
    }

    /// A line of `/proc/PID/FILE` that starts with a name, its number.
    fn number(&self, file: &str, name: &str) -> Result<usize, Box<dyn std::error::Error>> {
        let text = fs::read_to_string(format!("/proc/{}/{file}", self.0.process.id()))?;
        let line = text.lines().find_map(|line| line.strip_prefix(name)).ok_or("no such line")?;
        Ok(line.split_whitespace().next().ok_or("no number")?.parse()?)
    }

    /// The processor's time that it has used, in clock ticks of 10 ms.
    fn ticks(&self) -> Result<u64, Box<dyn std::error::Error>> {
        let text = fs::read_to_string(format!("/proc/{}/stat", self.0.process.id()))?;
        let fields: Vec<_> = text.rsplit(')').next().ok_or("no fields")?.split_whitespace().collect();
        Ok(fields[11].parse::<u64>()? + fields[12].parse::<u64>()?)
    }
}

/// Reads the answer 101, then has a message echoed.
fn converse(client: &mut TcpStream) -> std::io::Result<()> {
    let mut answer = Vec::new();
    let mut byte = [0];
    while !answer.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut byte)?;
        answer.push(byte[0]);
    }
    assert!(answer.starts_with(b"HTTP/1.1 101 "));
    client.write_all(TEXT.0)?;
    let mut echo = [0; TEXT.1.len()];
    client.read_exact(&mut echo)?;
    assert_eq!(echo, TEXT.1);
    Ok(())
}

/// Resident memory before and after 5,000 connections that have been used and are quiet.
#[test]
fn an_idle_connection_costs_at_most_512_bytes() -> Outcome {
    const CONNECTIONS: usize = 5000;
    let needed = CONNECTIONS as u64 + 300;
    // The tests beside this one have some open, too.
    if rlimit::increase_nofile_limit(needed + 3000)? < needed + 3000 {
        crate::skip::skip(&format!("the system allows fewer than {needed} descriptors"));
        return Ok(());
    }
    for name in PROGRAMS {
        let server = Echo::start(name, u32::try_from(needed)?)?;
        let mut clients = Vec::with_capacity(CONNECTIONS + 100);
        for _ in 0..100 {
            clients.push(server.join()?);
        }
        let before = server.number("status", "VmRSS:")?;
        for _ in 0..CONNECTIONS {
            clients.push(server.join()?);
        }
        let each = (server.number("status", "VmRSS:")? - before) * 1024 / CONNECTIONS;
        println!("{name}: {each} bytes for each of {CONNECTIONS} idle connections");
        assert!(each <= 512, "{name}: {each} bytes");
    }
    Ok(())
}

#[test]
fn without_descriptors_it_waits_and_goes_on() -> Outcome {
    for name in PROGRAMS {
        let server = Echo::start(name, 40)?;
        let mut clients = (0..60).map(|_| server.ask()).collect::<Result<Vec<_>, _>>()?;
        // Those who are there are served; when the last of them is, there was no descriptor for the others.
        clients.iter_mut().take(25).try_for_each(converse)?;
        let before = server.ticks()?;
        thread::sleep(Duration::from_secs(2));
        let used = server.ticks()? - before;
        assert!(used <= 20, "{name}: {used}0 ms of the processor's time in two seconds");
        // The others when there is room.
        clients.iter_mut().take(25).try_for_each(|client| client.write_all(TEXT.0))?;
        let mut late = clients.split_off(30);
        drop(clients);
        late.iter_mut().try_for_each(converse)?;
    }
    Ok(())
}

/// Clients that leave in every way and at every point, and one that floods and reads nothing.
#[test]
fn no_client_ends_it() -> Outcome {
    for name in PROGRAMS {
        let server = Echo::start(name, 1000)?;
        let stream = [REQUEST, TEXT.0, b"\x82\xfe\x01\x00\0\0\0\0", &[7; 256], b"\x88\x80\0\0\0\0"].concat();
        for end in (0..=stream.len()).step_by(3) {
            for reset in [false, true] {
                let client = socket2::Socket::from(TcpStream::connect(&server.0.address)?);
                if reset {
                    client.set_linger(Some(Duration::ZERO))?;
                }
                (&client).write_all(&stream[..end])?;
            }
        }
        let mut flooding = server.join()?;
        flooding.set_write_timeout(Some(Duration::from_millis(500)))?;
        let flood = TEXT.0.repeat(100_000);
        let taken = (0..200).map_while(|_| flooding.write_all(&flood).ok()).count();
        assert!(taken < 200, "who does not read is not read from");
        let memory = server.number("status", "VmRSS:")?;
        assert!(memory < 32 * 1024, "{name}: {memory} KiB");
        server.join()?;
    }
    Ok(())
}
