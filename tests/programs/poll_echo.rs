//! The example `poll_echo`, as its users run it.

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use php_sockets::{Linger, SO_LINGER, SOL_SOCKET, socket_import_stream, socket_set_option};

type Outcome = Result<(), Box<dyn Error>>;

/// The running server, ended when dropped.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    /// Starts it on a free port, with a limit on its descriptors.
    fn start(descriptors: u32) -> Result<Self, Box<dyn Error>> {
        let script = format!("ulimit -n {descriptors}; exec \"$0\" 127.0.0.1:0");
        let mut command = Command::new("sh");
        command.args(["-c", &script]).arg(path()?).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn()?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        let address = line.trim().strip_prefix("listening on ").ok_or("no address")?.to_owned();
        Ok(Self { process, address })
    }

    fn connect(&self) -> Result<TcpStream, Box<dyn Error>> {
        let stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        Ok(stream)
    }

    /// Ends it, and returns what it has written to its standard error.
    fn end(mut self) -> Result<String, Box<dyn Error>> {
        self.process.kill()?;
        let mut errors = String::new();
        self.process.stderr.take().ok_or("no errors")?.read_to_string(&mut errors)?;
        Ok(errors)
    }

    /// The line of /proc that begins with `name`, in kB.
    fn memory(&self, name: &str) -> Result<u64, Box<dyn Error>> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find(|line| line.starts_with(name)).ok_or("no such line")?;
        Ok(line.split_whitespace().nth(1).ok_or("no number")?.parse()?)
    }

    /// The processor time that it has used, in hundredths of a second.
    fn time(&self) -> Result<u64, Box<dyn Error>> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        let fields = stat.rsplit_once(')').ok_or("no name")?.1;
        let times: Vec<u64> = fields.split_whitespace().skip(11).take(2).map(str::parse).collect::<Result<_, _>>()?;
        Ok(times.iter().sum())
    }

    /// Waits until it sleeps most of the time: what it has to do before may take a busy machine a while.
    fn rests(&self, reason: &str) -> Outcome {
        let start = Instant::now();
        loop {
            let time = self.time()?;
            std::thread::sleep(Duration::from_millis(500));
            if self.time()? - time < 10 {
                return Ok(());
            }
            assert!(start.elapsed() < Duration::from_secs(60), "the server is busy with {reason}");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn path() -> Result<PathBuf, Box<dyn Error>> {
    let test = std::env::current_exe()?;
    let path = test.parent().and_then(Path::parent).ok_or("no parent")?.join("examples/poll_echo");
    assert!(path.exists(), "{} is not built: run the whole of `cargo test`", path.display());
    Ok(path)
}

fn ask(stream: &mut TcpStream, question: &str) -> Outcome {
    stream.write_all(question.as_bytes())?;
    let mut answer = vec![0; question.len()];
    stream.read_exact(&mut answer)?;
    assert_eq!(String::from_utf8(answer)?, question);
    Ok(())
}

#[test]
fn many_clients_get_their_own_words_back() -> Outcome {
    let server = Server::start(1024)?;
    let mut clients = (0..200).map(|_| server.connect()).collect::<Result<Vec<_>, _>>()?;
    for round in 0..3 {
        for (client, number) in clients.iter_mut().zip(0..) {
            ask(client, &format!("第{round}轮，客户{number}"))?;
        }
    }
    // One that resets its connection is no matter.
    clients.truncate(100);
    clients.iter_mut().try_for_each(|client| ask(client, "还在"))
}

#[test]
fn what_was_sent_before_the_end_comes_back_whole() -> Outcome {
    let server = Server::start(64)?;
    let stream = server.connect()?;
    let data: Vec<u8> = (0..4 << 20).map(|number: u32| number.to_le_bytes()[number as usize % 4]).collect();
    let mut sender = stream.try_clone()?;
    let sent = data.clone();
    let thread = std::thread::spawn(move || sender.write_all(&sent).and_then(|()| sender.shutdown(Shutdown::Write)));
    let mut echoed = Vec::new();
    (&stream).read_to_end(&mut echoed)?;
    thread.join().map_err(|_| "the sender panicked")??;
    assert!(echoed == data, "{} bytes of {} came back, or others", echoed.len(), data.len());
    Ok(())
}

#[test]
fn a_client_that_does_not_read_is_bounded_and_holds_nobody_up() -> Outcome {
    let server = Server::start(64)?;
    let before = server.memory("VmRSS")?;
    let slow = server.connect()?;
    slow.set_nonblocking(true)?;
    // Until nothing more fits into the buffers of the system.
    let chunk = vec![b'x'; 1 << 20];
    let mut quick = server.connect()?;
    let mut refused = 0;
    let mut sent = 0;
    while refused < 20 {
        match (&slow).write(&chunk) {
            Ok(bytes) => (sent, refused) = (sent + bytes, 0),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => refused += 1,
            Err(error) => return Err(error.into()),
        }
        ask(&mut quick, "我不慢")?;
    }
    let grown = server.memory("VmRSS")?.saturating_sub(before);
    assert!(grown < 1024, "the server has grown by {grown} kB for {sent} bytes");
    // It waits, and does not try again and again.
    server.rests("a client that does not read")
}

#[test]
fn without_descriptors_it_waits_for_some() -> Outcome {
    let server = Server::start(40)?;
    let begin = Instant::now();
    let mut clients = (0..60).map(|_| server.connect()).collect::<Result<Vec<_>, _>>()?;
    ask(&mut clients[0], "第一个")?;
    server.rests("clients that it cannot accept")?;
    // Those who are in keep it awake all the time.
    for number in 0..200 {
        ask(&mut clients[0], &format!("第{number}句"))?;
    }
    // As the first ones leave, the last ones are served.
    let start = Instant::now();
    for client in &mut clients {
        ask(client, "轮到我了")?;
        client.shutdown(Shutdown::Both)?;
    }
    assert!(start.elapsed() < Duration::from_secs(60));
    let most = begin.elapsed().as_secs() + 2;
    let errors = server.end()?;
    assert!(errors.contains("socket_accept(): unable to accept incoming connection [24]: Too many open files"));
    assert!(errors.lines().count() as u64 <= most, "{errors}");
    Ok(())
}

#[test]
fn clients_that_reset_at_once_are_no_matter() -> Outcome {
    let server = Server::start(64)?;
    let mut good = server.connect()?;
    for _ in 0..200 {
        let rude = socket_import_stream(TcpStream::connect(&server.address)?)?;
        socket_set_option(&rude, SOL_SOCKET, SO_LINGER, Linger { l_onoff: 1, l_linger: 0 })?;
    }
    ask(&mut good, "我还在")?;
    server.rests("clients that are gone")?;
    ask(&mut server.connect()?, "我是新来的")
}

#[test]
fn an_address_that_is_taken_or_none_is_exit_1() -> Outcome {
    let taken = TcpListener::bind("127.0.0.1:0")?;
    for (address, text) in [
        (taken.local_addr()?.to_string(), "socket_bind(): Unable to bind address [98]: Address already in use"),
        ("8001".to_owned(), "the address is IP:PORT, as 127.0.0.1:8001"),
    ] {
        let output = Command::new(path()?).arg(address).output()?;
        let error = String::from_utf8(output.stderr)?;
        assert!(error.starts_with(text) && error.lines().count() == 1, "{error}");
        assert_eq!(output.status.code(), Some(1));
    }
    Ok(())
}
