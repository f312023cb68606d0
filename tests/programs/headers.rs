//! What every example promises: `--help`, one line about what is wrong, and a header whose commands work word for word.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::program::{Outcome, Signal, example, run, signal};

/// After this time a command has failed.
const PATIENCE: &str = "20";

/// Commands that need what is not here, and what that is.
const NOT_HERE: [(&str, &str); 6] = [
    ("www.example.com, port 80", "the Internet"),
    ("wss://example.com/", "the Internet"),
    ("http_client -- localhost 8080", "a web server"),
    ("fullchain.pem", "a certificate"),
    ("wstest", "the Autobahn test suite; tests/interop has it"),
    ("autobahn_client ", "the Autobahn test suite; tests/interop has it"),
];

/// The names and the headers of all examples that are built.
fn headers() -> Result<Vec<(String, String)>, Box<dyn std::error::Error>> {
    let mut headers = Vec::new();
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples"))? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path)?;
        let lines = text.lines().map_while(|line| line.strip_prefix("//!"));
        let header = lines.flat_map(|line| [line.strip_prefix(' ').unwrap_or(line), "\n"]).collect::<String>();
        let is_built = match &*name {
            "ws_broadcast" | "ws_echo" | "ws_page" | "ws_rooms" => cfg!(feature = "server"),
            "wss_echo" => cfg!(feature = "tls"),
            "poll_echo" => cfg!(feature = "poll"),
            name => cfg!(feature = "ws") || !name.contains("ws") && name != "autobahn_client",
        };
        if is_built {
            headers.push((name, header));
        }
    }
    headers.sort();
    Ok(headers)
}

/// The commands of a header in their order, each with its comment: those of the blocks, then those in the text.
fn commands(header: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut text = String::new();
    for (number, part) in header.split("```").enumerate() {
        if number % 2 == 0 {
            text += part;
            continue;
        }
        for line in part.lines().skip(1) {
            let (command, comment) = line.split_once(" # ").unwrap_or((line, ""));
            blocks.push((command.trim().to_owned(), comment.trim().to_owned()));
        }
    }
    let inline = text
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|span| ["cargo run", "nc ", "telnet "].iter().any(|start| span.starts_with(start)));
    blocks.extend(inline.map(|command| (command.split_whitespace().collect::<Vec<_>>().join(" "), String::new())));
    blocks
}

#[test]
fn help_is_the_header_and_what_is_wrong_is_one_line() -> Outcome {
    let headers = headers()?;
    assert!(headers.len() >= 8, "{headers:?}");
    for (name, header) in headers {
        for option in ["--help", "-h"] {
            let output = run(example(&name).arg(option), "")?;
            let help = String::from_utf8(output.stdout)?;
            assert!(output.status.success() && help.lines().next() == header.lines().next(), "{name}: {help}");
            assert!(commands(&header).iter().all(|(command, _)| help.contains(&command[..9])), "{name}: {help}");
        }
        for arguments in [&["--nonsense"][..], &["1", "2", "3", "4"]] {
            let output = run(example(&name).args(arguments), "")?;
            let error = String::from_utf8(output.stderr)?;
            assert!(error.lines().count() == 1 && error.contains("--help"), "{name} {arguments:?}: {error}");
            assert_eq!(output.status.code(), Some(1), "{name} {arguments:?}");
        }
    }
    Ok(())
}

#[test]
fn a_port_in_use_is_named() -> Outcome {
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let address = taken.local_addr()?.to_string();
    let folder = tempfile::tempdir()?;
    let mut servers = 0;
    for (name, header) in headers()? {
        let first = commands(&header).into_iter().next().unwrap_or_default();
        if !first.0.contains(&name) || name.contains("client") || ["unix_pass_fd", "udp_echo"].contains(&&*name) {
            continue;
        }
        let output = run(example(&name).arg(&address).current_dir(&folder), "")?;
        let error = String::from_utf8(output.stderr)?;
        assert!(error.contains("in use") && error.contains(&address), "{name}: {error}");
        assert!(error.lines().count() == 1 && output.status.code() == Some(1), "{name}: {error}");
        servers += 1;
    }
    assert!(servers >= 4, "{servers}");
    Ok(())
}

/// A socket file is left by one that is killed.
#[test]
fn a_receiver_that_was_killed_can_be_started_again() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("pass.sock");
    let start = || -> Result<(Child, String), Box<dyn std::error::Error>> {
        let mut process = example("unix_pass_fd").arg(&path).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        Ok((process, line))
    };
    for _ in 0..2 {
        let (mut process, line) = start()?;
        assert!(line.starts_with("listening on "), "{line}");
        // While it is there, a second one leaves it alone.
        let (mut second, line) = start()?;
        let mut error = String::new();
        second.stderr.take().ok_or("no errors")?.read_to_string(&mut error)?;
        assert!(line.is_empty() && error.contains("in use") && error.lines().count() == 1, "{line}{error}");
        assert!(!second.wait()?.success());
        process.kill()?;
        process.wait()?;
    }
    fs::remove_file(&path)?;
    fs::write(&path, "a file of somebody's")?;
    assert_eq!(start()?.1, "");
    assert_eq!(fs::read_to_string(&path)?, "a file of somebody's");
    Ok(())
}

/// Runs the test below in a network of its own, where all ports are free.
#[test]
fn the_commands_of_the_headers_work() -> Outcome {
    let enter = ["--net", "--map-root-user", "sh", "-c", "ip link set lo up && exec \"$@\"", "sh"];
    let can = Command::new("unshare").args(enter).arg("true").stderr(Stdio::null()).status();
    if !can.is_ok_and(|status| status.success()) {
        crate::skip::missing("unshare or ip");
        return Ok(());
    }
    let mut inside = Command::new("unshare");
    inside.args(enter).arg(std::env::current_exe()?);
    inside.args(["--ignored", "--exact", "headers::in_a_network_of_its_own"]);
    let output = run(&mut inside, "")?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    Ok(())
}

#[test]
#[ignore = "the test above runs it where all ports are free"]
fn in_a_network_of_its_own() -> Outcome {
    let mut done = BTreeSet::new();
    for (name, header) in headers()? {
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("Cargo.toml"), "# a file")?;
        let mut servers = Servers::default();
        for (command, comment) in commands(&header) {
            let whole = format!("{command} # {comment}");
            if NOT_HERE.iter().any(|(part, _)| whole.contains(part)) {
                continue;
            }
            if command.contains("--features tls") && !cfg!(feature = "tls") {
                continue;
            }
            servers
                .perform(&command, &comment, folder.path())
                .map_err(|error| format!("{name}: {command}: {error}"))?;
            done.insert(name.clone());
        }
        for page in header.split("http://").skip(1).filter(|page| page.starts_with("127.0.0.1")) {
            let address = page.split(['/', '>', '\n', ' ', '`']).next().unwrap_or_default();
            let mut stream = TcpStream::connect(address).map_err(|error| format!("{name}: {address}: {error}"))?;
            stream.set_read_timeout(Some(Duration::from_secs(10)))?;
            stream.write_all(format!("GET / HTTP/1.1\r\nHost: {address}\r\n\r\n").as_bytes())?;
            let mut line = String::new();
            BufReader::new(stream).read_line(&mut line)?;
            assert_eq!(line, "HTTP/1.1 200 OK\r\n", "{name}");
        }
        servers.end()?;
    }
    assert!(done.len() >= 7, "{done:?}");
    Ok(())
}

/// What runs in the other terminals.
#[derive(Default)]
struct Servers(Vec<(String, Child)>);

impl Servers {
    /// Types a command into a terminal of its own: a server goes on, anything else is to end well.
    fn perform(&mut self, command: &str, comment: &str, folder: &Path) -> Outcome {
        let is_netcat = command.starts_with("nc ") || command.starts_with("telnet ");
        let (line, name) = if is_netcat {
            (command.replacen("telnet ", "nc ", 1), "nc")
        } else {
            let (before, after) = command.split_once("cargo run ").ok_or("no cargo run")?;
            let name = after.split("--example ").nth(1).and_then(|rest| rest.split(' ').next()).ok_or("no example")?;
            let arguments = after.split_once(" -- ").map_or("", |(_, arguments)| arguments);
            (format!("{before}exec {:?} {arguments}", example(name).get_program()), name)
        };
        // A server is started again after Ctrl-C.
        let mut words = command.split(' ').chain(comment.split([' ', ',']));
        let address = words.find(|word| word.starts_with(|char: char| char.is_ascii_digit()) && word.contains(':'));
        let server = format!("{name} {}", address.unwrap_or_default());
        if let Some(place) = self.0.iter().position(|(running, _)| *running == server && !line.contains(" --send ")) {
            interrupt(self.0.remove(place).1)?;
        }
        let mut process = Command::new("timeout");
        process.args(["--kill-after=1", PATIENCE, "sh", "-c", &line]).current_dir(folder);
        process.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(fs::File::create(folder.join("errors"))?);
        let mut process = process.spawn()?;
        let mut stdin = process.stdin.take().ok_or("no input")?;
        let mut output = BufReader::new(process.stdout.take().ok_or("no output")?);
        if is_netcat {
            stdin.write_all("你好\n".as_bytes())?;
        }
        let mut first = String::new();
        if is_netcat {
            // An answer need not be a line.
            first = String::from_utf8_lossy(output.fill_buf()?).into_owned();
        } else {
            output.read_line(&mut first)?;
        }
        if is_netcat {
            // Where nobody else is, a chat may answer with its welcome alone.
            interrupt(process)?;
            if first.is_empty() {
                return Err("no answer".into());
            }
        } else if first.starts_with("listening on ") {
            std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
            self.0.push((server, process));
        } else {
            // A client that has ended already takes nothing.
            let _ = stdin.write_all("你好\n".as_bytes());
            drop(stdin);
            let mut rest = String::new();
            output.read_to_string(&mut rest)?;
            if !process.wait()?.success() {
                return Err(format!("{first}{rest}{}", fs::read_to_string(folder.join("errors"))?).into());
            }
        }
        Ok(())
    }

    fn end(&mut self) -> Outcome {
        self.0.drain(..).try_for_each(|(_, process)| interrupt(process))
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        for (_, process) in self.0.drain(..) {
            let _ = interrupt(process);
        }
    }
}

/// Presses Ctrl-C, and waits until the program has ended.
fn interrupt(mut process: Child) -> Outcome {
    // `timeout` hands it on.
    signal(&process, Signal::SIGINT)?;
    let start = Instant::now();
    while process.try_wait()?.is_none() {
        if start.elapsed() > Duration::from_secs(10) {
            process.kill()?;
            return Err("Ctrl-C does not end it".into());
        }
        std::thread::yield_now();
    }
    Ok(())
}
