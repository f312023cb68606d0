//! Every loop that README, documentation and examples show, as it is shown, survives what befalls a server: clients that
//! reset their connection, that say nothing, or that read nothing, no descriptor left, and Ctrl-Z with `fg`.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use php_sockets::{
    AF_INET, Linger, SO_LINGER, SO_RCVBUF, SOCK_STREAM, SOL_SOCKET, SOL_TCP, Socket, socket_connect, socket_create,
    socket_import_stream, socket_set_nonblock, socket_set_option,
};

use crate::port::own_port;
use crate::program::{Outcome, Signal, example, signal};
use crate::skip;
use crate::support::nobody_listens;

/// A server may be busy with a client that says nothing for this long.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running server, ended when dropped.
struct Server {
    process: Child,
    address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Server {
    /// Starts an example on a free port.
    fn example(name: &str, options: &[&str]) -> Result<Self, Box<dyn std::error::Error>> {
        let mut command = example(name);
        let mut process =
            command.args(options).arg("127.0.0.1:0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let mut output = BufReader::new(process.stdout.take().ok_or("no output")?);
        let mut line = String::new();
        output.read_line(&mut line)?;
        let address = line.trim().strip_prefix("listening on ").ok_or("no address")?;
        let address = address.trim_start_matches("ws://").to_owned();
        // What else it prints is read, so that it can print it.
        thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        Ok(Self { process, address })
    }

    /// Compiles a program that is shown to listen on `port`, and starts it on a free one.
    fn shown(name: &str, program: &str, port: &str) -> Result<Self, Box<dyn std::error::Error>> {
        assert!(program.contains(port), "{name} does not listen on {port}:\n{program}");
        let free = own_port().to_string();
        let process = Command::new(compile(name, &program.replace(port, &free))?).stderr(Stdio::null()).spawn()?;
        let server = Self { process, address: format!("127.0.0.1:{free}") };
        let start = Instant::now();
        while TcpStream::connect(&server.address).is_err() {
            assert!(start.elapsed() < PATIENCE, "{name} does not listen");
            thread::yield_now();
        }
        Ok(server)
    }

    fn connect(&self) -> std::io::Result<TcpStream> {
        let stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(stream)
    }

    /// A line of the server's `stat` in /proc, behind its name.
    fn stat(&self, thread: &Path) -> Result<Vec<String>, Box<dyn std::error::Error>> {
        let stat = std::fs::read_to_string(thread.join("stat"))?;
        let fields = stat.rsplit_once(')').ok_or("no name")?.1;
        Ok(fields.split_whitespace().map(str::to_owned).collect())
    }

    fn directory(&self) -> PathBuf {
        PathBuf::from(format!("/proc/{}", self.process.id()))
    }

    /// The processor time that it has used.
    fn time(&self) -> Result<Duration, Box<dyn std::error::Error>> {
        let fields = self.stat(&self.directory())?;
        let ticks = fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
        Ok(Duration::from_millis(ticks * 10))
    }

    /// Stops all of its threads and lets them go on, as Ctrl-Z and `fg` do.
    fn interrupt(&self) -> Outcome {
        signal(&self.process, Signal::SIGSTOP)?;
        for thread in std::fs::read_dir(self.directory().join("task"))? {
            let (thread, start) = (thread?.path(), Instant::now());
            // One that ends just now is soon gone.
            while self.stat(&thread).is_ok_and(|stat| stat[0] != "T") {
                assert!(start.elapsed() < PATIENCE, "it does not stop");
                thread::yield_now();
            }
        }
        signal(&self.process, Signal::SIGCONT)
    }

    /// Lets the server have only descriptors whose number is less.
    fn limit(&self, descriptors: usize) -> Outcome {
        let limit = format!("--nofile={descriptors}:");
        let status = Command::new("prlimit").arg("--pid").arg(self.process.id().to_string()).arg(limit).status()?;
        assert!(status.success(), "the server has ended");
        Ok(())
    }

    fn descriptors(&self) -> Result<Vec<usize>, Box<dyn std::error::Error>> {
        let entries = std::fs::read_dir(self.directory().join("fd"))?;
        entries.map(|entry| Ok(entry?.file_name().to_string_lossy().parse()?)).collect()
    }

    /// Waits until it sleeps most of the time: it may have a lot to do before.
    fn rest(&self) -> Outcome {
        const WINDOW: Duration = Duration::from_millis(500);
        let start = Instant::now();
        loop {
            let time = self.time()?;
            thread::sleep(WINDOW);
            let time = self.time()? - time;
            if time < WINDOW / 5 {
                return Ok(());
            }
            assert!(start.elapsed() < PATIENCE, "without descriptors it is busy for {time:?} of {WINDOW:?}");
        }
    }

    /// Says something that a server of its kind answers, and demands the answer.
    fn survive(&mut self, say: &str, ask: impl Fn(&Self) -> Outcome) -> Outcome {
        let asked = |server: &Self, after: &str| ask(server).map_err(|error| format!("after {after}: {error}"));
        asked(self, "nothing")?;

        for number in 0..20 {
            let mut stream = self.connect()?;
            if number % 3 > 0 {
                stream.write_all(say.as_bytes())?;
            }
            if number % 3 > 1 {
                stream.read_exact(&mut [0])?;
            }
            reset(stream)?;
        }
        asked(self, "resets")?;

        self.interrupt()?;
        asked(self, "Ctrl-Z and fg")?;
        let silent = self.connect()?;
        self.interrupt()?;
        asked(self, "a silent client")?;
        let mut half = self.connect()?;
        half.write_all(&say.as_bytes()[..3])?;
        asked(self, "half a line")?;
        // A small buffer is soon full.
        let deaf = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
        socket_set_option(&deaf, SOL_SOCKET, SO_RCVBUF, 4096)?;
        let (ip, port) = self.address.rsplit_once(':').ok_or("no port")?;
        socket_connect(&deaf, ip, port.parse::<i32>()?)?;
        socket_set_nonblock(&deaf)?;
        let (mut refused, mut sent) = (0, 0);
        // So much, and not what the system's buffers hold: a server that answers line by line has to get through it.
        while refused < 20 && sent < 256 << 10 {
            match (&deaf).write(say.repeat(100).as_bytes()) {
                Ok(count) => (refused, sent) = (0, sent + count),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    refused += 1;
                    thread::sleep(Duration::from_millis(5));
                }
                Err(_) => break,
            }
        }
        asked(self, "one who does not read")?;
        drop((silent, half, deaf));
        asked(self, "their end")?;

        if Command::new("prlimit").arg("--version").stdout(Stdio::null()).status().is_err() {
            skip::missing("prlimit (Debian: util-linux)");
            return Ok(());
        }
        let taken = self.descriptors()?;
        self.limit((0..).find(|number| !taken.contains(number)).ok_or("all are taken")?)?;
        let waiting = (0..3).map(|_| self.connect()).collect::<Result<Vec<_>, _>>()?;
        self.rest()?;
        self.limit(500)?;
        drop(waiting);
        asked(self, "having had no descriptor")?;
        assert!(self.process.try_wait()?.is_none(), "it has ended");
        Ok(())
    }
}

/// Closes a connection so that the peer finds it reset.
fn reset(stream: TcpStream) -> Outcome {
    let socket: Socket = socket_import_stream(stream)?;
    Ok(socket_set_option(&socket, SOL_SOCKET, SO_LINGER, Linger { l_onoff: 1, l_linger: 0 })?)
}

/// The library that this test was built with, for rustc.
fn library() -> Result<&'static Path, Box<dyn std::error::Error>> {
    static LIBRARY: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let find = || -> Result<PathBuf, Box<dyn std::error::Error>> {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--lib", "--quiet", "--message-format=json", "--manifest-path"]);
        cargo.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
        if cfg!(feature = "deflate") {
            cargo.arg("--all-features");
        }
        let output = cargo.stderr(Stdio::inherit()).output()?;
        let lines = String::from_utf8(output.stdout)?;
        let mut paths = lines.split('"').filter(|text| text.ends_with(".rlib") && text.contains("php_sockets"));
        Ok(paths.next_back().ok_or("cargo names no library")?.into())
    };
    LIBRARY.get_or_init(|| find().map_err(|error| error.to_string())).as_deref().map_err(|error| error.as_str().into())
}

/// Compiles a program that uses this crate alone, and returns its path.
fn compile(name: &str, program: &str) -> Result<PathBuf, Box<dyn std::error::Error>> {
    let library = library()?;
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let source = path.with_extension("rs");
    std::fs::write(&source, program)?;
    let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc.args(["--edition=2024", "--crate-type=bin", "-Cdebuginfo=0", "-Awarnings", "--extern"]);
    rustc.arg(format!("php_sockets={}", library.display())).arg("-L");
    rustc.arg(format!("dependency={}", library.with_file_name("deps").display())).arg("-o").arg(&path).arg(source);
    let output = rustc.output()?;
    assert!(output.status.success(), "{name}:\n{program}\n{}", String::from_utf8_lossy(&output.stderr));
    Ok(path)
}

/// The programs of a file: its blocks of Rust behind `mark`, without what is not shown.
fn blocks(file: &str, mark: &str) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file))?;
    let mut blocks = Vec::new();
    let mut block: Option<String> = None;
    for line in text.lines() {
        let line = line.strip_prefix("//!").map_or(line, |line| line.strip_prefix(' ').unwrap_or(line));
        match &mut block {
            None if ["```", "```no_run", "```rs"].contains(&line) || line.starts_with("```rust") => {
                block = Some(String::new());
            }
            None if line.starts_with("```") => block = Some(String::from("not Rust: ")),
            None => {}
            Some(_) if line.starts_with("```") => blocks.extend(block.take()),
            Some(_) if line == "#" || line.starts_with("# ") => {}
            Some(block) => {
                block.push_str(line);
                block.push('\n');
            }
        }
    }
    blocks.retain(|block| block.contains(mark) && !block.starts_with("not Rust"));
    Ok(blocks)
}

/// The one program of a file that has `mark` in it.
fn block(file: &str, mark: &str) -> Result<String, Box<dyn std::error::Error>> {
    let mut found = blocks(file, mark)?;
    assert_eq!(found.len(), 1, "{file} has {} programs with {mark:?}", found.len());
    Ok(found.remove(0))
}

/// What is said comes back.
fn echoes(server: &Server) -> Outcome {
    let mut stream = server.connect()?;
    stream.write_all("测试\n".as_bytes())?;
    let mut answer = [0; 7];
    stream.read_exact(&mut answer)?;
    assert_eq!(answer, "测试\n".as_bytes());
    Ok(())
}

#[test]
fn front_page_poll() -> Outcome {
    let program = block("docs/front.md", "context.wait(")?;
    Server::shown("front_page_poll", &program, "8001")?.survive("测试\n", echoes)
}

#[test]
fn poll_documentation_select() -> Outcome {
    let program = block("src/poll.rs", "socket_select(")?;
    Server::shown("poll_documentation_select", &program, "8001")?.survive("测试\n", echoes)
}

#[test]
fn poll_documentation_poll() -> Outcome {
    let program = blocks("src/poll.rs", "fn main()")?;
    let program = program.iter().find(|program| program.contains("context.wait(")).ok_or("no program")?;
    Server::shown("poll_documentation_poll", program, "8001")?.survive("测试\n", echoes)
}

#[test]
fn poll_echo() -> Outcome {
    Server::example("poll_echo", &[])?.survive("测试\n", echoes)
}

#[test]
fn threaded_server() -> Outcome {
    Server::example("threaded_server", &[])?.survive("测试\n", echoes)
}

#[test]
fn echo_server() -> Outcome {
    Server::example("echo_server", &["--forever"])?.survive("测试\n", |server| {
        let mut stream = server.connect()?;
        let mut greeting = [0; 15];
        stream.read_exact(&mut greeting)?;
        assert_eq!(greeting, "测试成功！".as_bytes());
        stream.write_all("你好".as_bytes())?;
        assert_eq!(stream.read_to_end(&mut Vec::new())?, 0);
        Ok(())
    })
}

#[test]
fn talkback() -> Outcome {
    let mut server = Server::example("talkback", &[])?;
    let mut stream = BufReader::new(server.connect()?);
    stream.get_mut().write_all("测试\n".as_bytes())?;
    let mut line = String::new();
    while !line.ends_with("'测试'.\n") {
        assert!(stream.read_line(&mut line)? > 0, "{line}");
    }
    // It is in the middle of a read, and stays with its client.
    server.interrupt()?;
    stream.get_mut().write_all("你好\nquit\n".as_bytes())?;
    stream.read_to_string(&mut line)?;
    assert!(line.ends_with("PHP: You said '你好'.\n"), "{line}");
    server.survive("测试\n", |server| {
        let mut stream = BufReader::new(server.connect()?);
        stream.get_mut().write_all("测试\nquit\n".as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        assert!(answer.ends_with("PHP: You said '测试'.\n"), "{answer}");
        Ok(())
    })
}

/// What one says, the other reads.
fn chats(server: &Server) -> Outcome {
    let (mut one, mut two) = (BufReader::new(server.connect()?), BufReader::new(server.connect()?));
    // Both are in the room when they have been welcomed.
    // What others have said may be cut anywhere: lines are bytes.
    for client in [&mut one, &mut two] {
        client.read_until(b'\n', &mut Vec::new())?;
    }
    one.get_mut().write_all("你好，测试\n".as_bytes())?;
    let mut line = Vec::new();
    while !line.ends_with("你好，测试\n".as_bytes()) {
        line.clear();
        assert!(two.read_until(b'\n', &mut line)? > 0, "the server has closed the connection");
    }
    Ok(())
}

#[test]
fn select_chat() -> Outcome {
    Server::example("select_chat", &[])?.survive("测试\n", chats)
}

#[test]
fn from_php_chat() -> Outcome {
    let program = block("docs/from-php.md", "fn chat(")?;
    let main = "fn main() { chat(php_sockets::socket_create_listen(8001, None).expect(\"it is free\")) }\n";
    let program = format!("use php_sockets::*;\n{program}{main}");
    Server::shown("from_php_chat", &program, "8001")?.survive("测试\n", chats)
}

/// Runs the guide's time limit on connecting; an address is a host and a port, or a path.
#[test]
fn from_php_time_limit() -> Outcome {
    let program = block("docs/from-php.md", "timed out")?;
    let program = format!(
        r#"use php_sockets::*;
        fn main() -> Result<()> {{
            let arguments: Vec<String> = std::env::args().skip(1).collect();
            let (family, host) = (arguments[0].parse::<i32>().unwrap_or_default(), &*arguments[1]);
            let port = arguments.get(2).and_then(|port| port.parse::<i32>().ok());
            let sock = socket_create(family, SOCK_STREAM, 0)?;
            {program}
            println!("connected");
            socket_write(&sock, "x", None)?;
            Ok(())
        }}"#
    );
    let program = compile("from_php_time_limit", &program)?;
    let run = |arguments: &[&str]| -> Result<(String, bool), Box<dyn std::error::Error>> {
        let start = Instant::now();
        let output = Command::new(&program).args(arguments).output()?;
        assert!(start.elapsed() < PATIENCE, "{arguments:?}: {:?}", start.elapsed());
        let text = String::from_utf8(output.stdout)? + &String::from_utf8(output.stderr)?;
        Ok((text, output.status.success()))
    };
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port().to_string();
    assert_eq!(run(&["2", "127.0.0.1", &port])?, ("connected\n".to_owned(), true));
    let (_held, closed) = nobody_listens()?;
    let closed = closed.to_string();
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("socket");
    let path = path.to_str().ok_or("no text")?;
    let full = std::os::unix::net::UnixListener::bind(path)?;
    assert_eq!(run(&["1", path])?, ("connected\n".to_owned(), true));
    drop(full);
    std::fs::remove_file(path)?;
    for arguments in [
        &["2", "127.0.0.1", &closed][..],
        &["2", "host.invalid", "80"],
        &["2", "127.0.0.1", "70000"],
        &["2", "255.255.255.255", "80"],
        &["1", path],
    ] {
        let (text, success) = run(arguments)?;
        assert!(!success && !text.contains("connected\n") && !text.is_empty(), "{arguments:?}: {text}");
    }
    Ok(())
}

#[test]
fn udp_echo() -> Outcome {
    let mut server = Server::example("udp_echo", &[])?;
    let ask = |server: &Server| -> Outcome {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.set_read_timeout(Some(PATIENCE))?;
        socket.send_to("测试".as_bytes(), &server.address)?;
        loop {
            match socket.recv(&mut [0; 100]) {
                Ok(6) => return Ok(()),
                // The port may be one that the server answered before.
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    };
    ask(&server)?;
    // The answer finds nobody.
    for _ in 0..20 {
        UdpSocket::bind("127.0.0.1:0")?.send_to(b"x", &server.address)?;
    }
    // Nothing can be sent to port 0 or from nowhere, and an empty datagram is no end.
    UdpSocket::bind("127.0.0.1:0")?.send_to(b"", &server.address)?;
    ask(&server)?;
    server.interrupt()?;
    ask(&server)?;
    server.limit(3)?;
    ask(&server)?;
    assert!(server.process.try_wait()?.is_none(), "it has ended");
    Ok(())
}

#[cfg(feature = "ws")]
mod ws {
    use php_sockets::ws::{Connection, Message};

    use super::*;

    /// Connects, sends "测试", and reads until a text ends with `answer`.
    fn answers(server: &Server, path: &str, answer: &str) -> Outcome {
        let mut connection = Connection::connect(&format!("ws://{}{path}", server.address))?;
        connection.send("测试")?;
        let mut buffer = Vec::new();
        loop {
            match connection.read(&mut buffer)? {
                Message::Text(text) if text.ends_with(answer) => return Ok(()),
                Message::Close(_) => return Err("the server has closed the connection".into()),
                _ => {}
            }
        }
    }

    #[test]
    fn ws_documentation() -> Outcome {
        let program = block("src/ws.rs", "Connection::accept(")?;
        Server::shown("ws_documentation", &program, "9002")?
            .survive("GET / HTTP/1.1\r\n\r\n", |server| answers(server, "/", "测试"))
    }

    #[test]
    fn hello_ws() -> Outcome {
        Server::example("hello_ws", &[])?
            .survive("GET / HTTP/1.1\r\n\r\n", |server| answers(server, "/socket_server.php", "}"))
    }

    #[test]
    fn ws_threads() -> Outcome {
        Server::example("ws_threads", &[])?
            .survive("GET / HTTP/1.1\r\n\r\n", |server| answers(server, "/", "you said: 测试"))
    }

    #[test]
    fn ws_poll() -> Outcome {
        Server::example("ws_poll", &[])?.survive("GET / HTTP/1.1\r\n\r\n", |server| answers(server, "/", "测试"))
    }

    #[cfg(feature = "server")]
    #[test]
    fn ws_echo() -> Outcome {
        Server::example("ws_echo", &[])?.survive("GET / HTTP/1.1\r\n\r\n", |server| answers(server, "/", "测试"))
    }

    /// What one says, the other hears.
    #[cfg(feature = "server")]
    fn others_hear(server: &Server, query: &str) -> Outcome {
        let connect = |name: &str| Connection::connect(&format!("ws://{}/{query}{name}", server.address));
        let (mut one, mut two) = (connect("one")?, connect("two")?);
        let start = Instant::now();
        let mut buffer = Vec::new();
        for connection in [&mut one, &mut two] {
            connection.set_read_timeout(Some(Duration::from_millis(50)))?;
        }
        while start.elapsed() < PATIENCE {
            // Those who have come last may not be told yet.
            one.send("测试")?;
            for connection in [&mut two, &mut one] {
                match connection.read(&mut buffer) {
                    Ok(Message::Text(text)) if text.ends_with("测试") => return Ok(()),
                    Ok(Message::Close(_)) => return Err("the server has closed the connection".into()),
                    Ok(_) => {}
                    Err(php_sockets::ws::WebSocketError::Io(error)) if error.kind() == ErrorKind::WouldBlock => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Err("the other one hears nothing".into())
    }

    #[cfg(feature = "server")]
    #[test]
    fn readme_server() -> Outcome {
        let program = block("README.md", "Server::bind(")?;
        Server::shown("readme_server", &program, "8080")?
            .survive("GET / HTTP/1.1\r\n\r\n", |server| others_hear(server, "?"))
    }

    #[cfg(feature = "server")]
    #[test]
    fn ws_broadcast() -> Outcome {
        Server::example("ws_broadcast", &[])?.survive("GET / HTTP/1.1\r\n\r\n", |server| others_hear(server, "?"))
    }

    #[cfg(feature = "server")]
    #[test]
    fn ws_rooms() -> Outcome {
        Server::example("ws_rooms", &[])?
            .survive("GET / HTTP/1.1\r\n\r\n", |server| others_hear(server, "?room=a&nickname="))
    }
}
