//! The chat server as a process, and clients for it.

#[path = "../../../../tests/support/port.rs"]
mod port;

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use php_sockets::ws::{CloseCode, Connection, Message, Transport};

use chat_protocol::{Event, Reason, Request, Said, Told};

pub(crate) type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// No step of a test takes longer, on a busy machine either.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Returns an address for a server that comes back.
pub(crate) fn lasting_address() -> String {
    format!("127.0.0.1:{}", port::own_port())
}

/// The command that runs one of the chat's programs.
pub(crate) fn program(name: &str) -> Command {
    Command::new(match name {
        "chat_client" => env!("CARGO_BIN_EXE_chat_client"),
        "chat_server" => env!("CARGO_BIN_EXE_chat_server"),
        _ => panic!("{name} is no program of the chat"),
    })
}

/// A directory of its own for each test, removed with it.
pub(crate) struct Directory(TempDir);

impl Directory {
    pub(crate) fn new(name: &str) -> Outcome<Self> {
        Ok(Self(TempDir::with_prefix(format!("php-sockets-{name}-"))?))
    }

    pub(crate) fn file(&self, name: &str) -> String {
        self.0.path().join(name).to_string_lossy().into_owned()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // A browser's processes may write there for a moment yet.
        for _ in 0..100 {
            if std::fs::remove_dir_all(&self.0).is_ok() || !self.0.path().exists() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// A running chat server, killed when dropped.
pub(crate) struct Server {
    pub(crate) process: Child,
    _output: BufReader<ChildStdout>,
    /// IP and port.
    pub(crate) address: String,
}

impl Server {
    /// Starts a server on a free port.
    pub(crate) fn start(options: &[&str]) -> Outcome<Self> {
        Self::start_on("127.0.0.1:0", options)
    }

    /// Starts a server on an address.
    pub(crate) fn start_on(address: &str, options: &[&str]) -> Outcome<Self> {
        Self::spawn(&mut program("chat_server"), address, options)
    }

    /// Starts a server on a free port by a command that takes the server's, and its arguments, as its own.
    pub(crate) fn start_by(command: &mut Command, options: &[&str]) -> Outcome<Self> {
        Self::spawn(command.arg(program("chat_server").get_program()), "127.0.0.1:0", options)
    }

    fn spawn(command: &mut Command, address: &str, options: &[&str]) -> Outcome<Self> {
        let mut process = command.args(["--listen", address]).args(options).stdout(Stdio::piped()).spawn()?;
        let mut output = BufReader::new(process.stdout.take().ok_or("no output")?);
        let mut line = String::new();
        output.read_line(&mut line)?;
        // Plain or JSON.
        let url = line.split_once("chat on ").and_then(|(_, url)| url.split_once("://")).ok_or("no address")?;
        let address = url.1.split(['"', '\n']).next().unwrap_or_default().to_owned();
        Ok(Self { process, _output: output, address })
    }

    pub(crate) fn url(&self) -> String {
        format!("ws://{}/msg", self.address)
    }

    /// Connects without a word.
    pub(crate) fn connect(&self) -> Outcome<Client> {
        Client::connect(&self.url())
    }

    /// Connects, takes a name and enters the lobby.
    pub(crate) fn enter(&self, name: &str) -> Outcome<Client> {
        let mut client = self.connect()?;
        client.hello(name)?;
        client.join("lobby", None)?;
        Ok(client)
    }

    /// Sends a request by plain HTTP and returns the whole answer.
    pub(crate) fn http(&self, request: &str) -> Outcome<String> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(request.as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    /// Returns the processor time that the server has used.
    pub(crate) fn process_time(&self) -> Outcome<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        // utime and stime, in hundredths of a second.
        let fields = stat.rsplit_once(") ").ok_or("no stat")?.1.split(' ').skip(11).take(2);
        Ok(Duration::from_millis(10 * fields.map(str::parse::<u64>).sum::<Result<u64, _>>()?))
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, name: &str) -> Outcome {
        let status = Command::new("kill").args(["-s", name, &self.process.id().to_string()]).status()?;
        if status.success() { Ok(()) } else { Err("the server is not there".into()) }
    }

    /// Waits for the server to end.
    pub(crate) fn wait(&mut self) -> Outcome<ExitStatus> {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.process.try_wait()? {
                return Ok(status);
            }
            if begun.elapsed() > PATIENCE {
                return Err("the server does not end".into());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The terminal client as a process, without a terminal; killed when dropped.
pub(crate) struct Terminal {
    process: Child,
    /// Gone when nothing more will be typed.
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    /// What it has shown.
    pub(crate) shown: String,
}

impl Terminal {
    pub(crate) fn start(url: &str, name: &str) -> Outcome<Self> {
        Self::spawn(program("chat_client").args(["--name", name, url]))
    }

    /// Starts it in a terminal of its own; what it shows holds the terminal's commands too.
    pub(crate) fn start_in_terminal(url: &str, name: &str, environment: [(&str, &str); 2]) -> Outcome<Self> {
        let program = program("chat_client").get_program().to_string_lossy().into_owned();
        let mut script = Command::new("script");
        script.envs(environment).args(["-q", "-e", "-c", &format!("'{program}' --name '{name}' {url}"), "/dev/null"]);
        Self::spawn(&mut script)
    }

    pub(crate) fn spawn(command: &mut Command) -> Outcome<Self> {
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let output = BufReader::new(process.stdout.take().ok_or("no output")?);
        let (sender, lines) = channel();
        std::thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Ok(Self { input: process.stdin.take(), process, lines, shown: String::new() })
    }

    pub(crate) fn write(&mut self, line: &str) -> Outcome {
        Ok(writeln!(self.input.as_mut().ok_or("no input")?, "{line}")?)
    }

    /// Writes what it may never read; its input ends when what this returns is dropped.
    pub(crate) fn write_aside(&mut self, lines: String) -> Outcome<JoinHandle<ChildStdin>> {
        let mut input = self.input.take().ok_or("no input")?;
        Ok(std::thread::spawn(move || {
            let _ = input.write_all(lines.as_bytes());
            input
        }))
    }

    /// Waits until it shows a line that ends with this text.
    pub(crate) fn shows(&mut self, text: &str) -> Outcome {
        let begun = Instant::now();
        loop {
            let left = PATIENCE.saturating_sub(begun.elapsed());
            let line = self.lines.recv_timeout(left).map_err(|_| format!("{text:?} is not in:\n{}", self.shown))?;
            self.shown += &line;
            self.shown.push('\n');
            if line.ends_with(text) {
                return Ok(());
            }
        }
    }

    /// Ends the input; waits for the end of the program, and returns how it ended.
    pub(crate) fn finish(&mut self) -> Outcome<ExitStatus> {
        self.input = None;
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => self.shown += &(line + "\n"),
                Err(RecvTimeoutError::Disconnected) => return Ok(self.process.wait()?),
                Err(RecvTimeoutError::Timeout) => return Err(format!("it does not end:\n{}", self.shown).into()),
            }
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A client of the chat.
pub(crate) struct Client {
    pub(crate) connection: Connection<Transport>,
    buffer: Vec<u8>,
}

impl Client {
    pub(crate) fn connect(url: &str) -> Outcome<Self> {
        let mut connection = Connection::connect(url)?;
        connection.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { connection, buffer: Vec::new() })
    }

    pub(crate) fn send(&mut self, request: &Request) -> Outcome {
        self.connection.send(&serde_json::to_string(request)?)?;
        // It would wait for the answers to what has been received and not been read.
        self.connection.flush()?;
        Ok(())
    }

    /// Waits for the next event.
    pub(crate) fn event(&mut self) -> Outcome<Event> {
        self.next()?.map_err(|code| format!("closed with {code}").into())
    }

    /// Waits for the next event, or the end and its code.
    pub(crate) fn next(&mut self) -> Outcome<Result<Event, CloseCode>> {
        match self.connection.read(&mut self.buffer)? {
            Message::Text(text) => Ok(Ok(serde_json::from_str(text)?)),
            Message::Close(frame) => Ok(Err(frame.map_or(CloseCode::NO_STATUS, |frame| frame.code))),
            other => Err(format!("not an event: {other:?}").into()),
        }
    }

    /// Waits for the next event of a kind, and passes over the others.
    pub(crate) fn until<T>(&mut self, mut kind: impl FnMut(Event) -> Option<T>) -> Outcome<T> {
        let begun = Instant::now();
        while begun.elapsed() < 2 * PATIENCE {
            if let Some(found) = kind(self.event()?) {
                return Ok(found);
            }
        }
        Err("it does not come, but something else all the time".into())
    }

    /// Waits for the next message said.
    pub(crate) fn said(&mut self) -> Outcome<Said> {
        self.until(|event| match event {
            Event::Said(said) => Some(said),
            _ => None,
        })
    }

    /// Waits for the next private message.
    pub(crate) fn told(&mut self) -> Outcome<Told> {
        self.until(|event| match event {
            Event::Told(told) => Some(told),
            _ => None,
        })
    }

    /// Waits for the next refusal; returns its reason, and the `id` of the message that it is about.
    pub(crate) fn reason(&mut self) -> Outcome<(Reason, Option<String>)> {
        self.until(|event| match event {
            Event::Error { reason, about, .. } => Some((reason, about.id)),
            _ => None,
        })
    }

    /// Waits for the end, and returns its code.
    pub(crate) fn closed(&mut self) -> Outcome<CloseCode> {
        loop {
            if let Err(code) = self.next()? {
                return Ok(code);
            }
        }
    }

    pub(crate) fn hello(&mut self, name: &str) -> Outcome {
        self.send(&Request::Hello { name: name.into(), session: None, after: None })?;
        let event = self.event()?;
        if event == (Event::Hello { name: name.into() }) { Ok(()) } else { Err(format!("{event:?}").into()) }
    }

    /// Enters a room; returns who is there and what was said.
    pub(crate) fn join(&mut self, room: &str, after: Option<i64>) -> Outcome<(Vec<String>, Vec<Said>)> {
        self.send(&Request::Join { room: room.into(), after })?;
        let mut all = Vec::new();
        loop {
            match self.event()? {
                Event::Joined { names, messages, .. } => {
                    all.extend(messages);
                    return Ok((names, all));
                }
                Event::History { messages, room } => {
                    let after = messages.last().map(|said| said.seq);
                    all.extend(messages);
                    self.send(&Request::Join { room, after })?;
                }
                other => return Err(format!("{other:?}").into()),
            }
        }
    }

    /// Asks who is in a room.
    pub(crate) fn people(&mut self, room: &str) -> Outcome<Vec<String>> {
        self.send(&Request::Who { room: room.into() })?;
        self.until(|event| match event {
            Event::People { names, .. } => Some(names),
            _ => None,
        })
    }

    pub(crate) fn say(&mut self, id: &str, room: &str, text: &str) -> Outcome {
        self.send(&Request::Say { id: id.into(), room: room.into(), text: text.into() })
    }
}
