//! What whoever runs the chat server relies on: threads, limits, figures, a log, a socket and a file that others look after.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Client, Directory, Outcome, PATIENCE, Server, lasting_address, program};
use chat_protocol::{Event, Reason, Request};
use php_sockets::ws::{Connector, WebSocketError, handshake};

/// Starts a server that writes its log into a file.
pub(crate) fn logged(log: &str, options: &[&str]) -> Outcome<Server> {
    let mut shell = Command::new("sh");
    shell.args(["-c", "exec \"$0\" \"$@\" 2>\"$LOG\""]).env("LOG", log);
    Server::start_by(&mut shell, options)
}

/// Waits until the log has a text.
pub(crate) fn logs(log: &str, text: &str) -> Outcome<String> {
    let begun = Instant::now();
    loop {
        let told = std::fs::read_to_string(log)?;
        if told.contains(text) {
            return Ok(told);
        }
        if begun.elapsed() > PATIENCE {
            return Err(format!("{text:?} is not in:\n{told}").into());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Returns the status of the answer to a handshake, 101 for one that succeeds, and the connection.
fn open(server: &Server, headers: &[(&str, &str)]) -> Outcome<Result<Box<dyn std::any::Any>, u16>> {
    let client =
        headers.iter().try_fold(handshake::Client::new(), |client, (name, value)| client.header(name, value))?;
    match Connector::new().handshake(client).connect(&server.url()) {
        Ok(connection) => Ok(Ok(Box::new(connection))),
        Err(WebSocketError::Refused(response)) => Ok(Err(response.status())),
        Err(error) => Err(error.into()),
    }
}

#[test]
fn all_threads_are_one_chat_and_everybody_hears_the_same_order() -> Outcome {
    const CLIENTS: usize = 24;
    const MESSAGES: usize = 20;
    let server = Server::start(&["--threads", "4", "--rate", "0"])?;
    let mut clients =
        (0..CLIENTS).map(|number| server.enter(&format!("client-{number}"))).collect::<Outcome<Vec<_>>>()?;
    let mut other = server.connect()?;
    other.send(&Request::Hello { name: "CLIENT-7".into(), session: None, after: None })?;
    assert_eq!(other.reason()?.0, Reason::NameTaken);
    for message in 0..MESSAGES {
        for (number, client) in clients.iter_mut().enumerate() {
            client.say(&format!("{number}-{message}"), "lobby", "x")?;
        }
    }
    let mut expected = Vec::new();
    for client in &mut clients {
        let heard = (0..CLIENTS * MESSAGES).map(|_| Ok(client.said()?.seq)).collect::<Outcome<Vec<_>>>()?;
        assert!(heard.is_sorted());
        if expected.is_empty() {
            expected = heard;
        } else {
            assert_eq!(heard, expected);
        }
    }
    // Who comes and goes is told in one order too: the last notice is what is so.
    drop(clients.split_off(CLIENTS / 2));
    let mut here = CLIENTS;
    while here > CLIENTS / 2 {
        clients[0].until(|event| matches!(event, Event::Left { .. }).then_some(()))?;
        here -= 1;
    }
    assert_eq!(clients[0].people("lobby")?.len(), CLIENTS / 2);
    clients[0].send(&Request::Tell { id: "p".into(), to: "client-5".into(), text: "psst".into() })?;
    assert_eq!(clients[5].told()?.text, "psst");
    Ok(())
}

#[test]
fn one_address_gets_so_many_connections_and_a_proxy_s_word_counts_if_it_is_trusted() -> Outcome {
    let server = Server::start(&["--max-per-ip", "2"])?;
    let first = open(&server, &[])?.map_err(|status| status.to_string())?;
    let _second = open(&server, &[("X-Forwarded-For", "1.2.3.4")])?.map_err(|status| status.to_string())?;
    assert_eq!(open(&server, &[("X-Forwarded-For", "5.6.7.8")])?.err(), Some(429));
    drop(first);
    let begun = Instant::now();
    while open(&server, &[])?.is_err() {
        assert!(begun.elapsed() < PATIENCE, "its place is never free again");
    }
    let server = Server::start(&["--max-per-ip", "2", "--trust-proxy", "127.0.0.1", "--trust-proxy", "10.0.0.1"])?;
    let from = |addresses: &str| open(&server, &[("X-Forwarded-For", addresses)]);
    let first = from("1.2.3.4")?.map_err(|status| status.to_string())?;
    // What a client makes up stands before what its proxies say.
    let _second = from("9.9.9.9, 1.2.3.4, 10.0.0.1")?.map_err(|status| status.to_string())?;
    assert_eq!(from("1.2.3.4")?.err(), Some(429));
    let _third = from("5.6.7.8")?.map_err(|status| status.to_string())?;
    drop(first);
    let begun = Instant::now();
    while from("1.2.3.4")?.is_err() {
        assert!(begun.elapsed() < PATIENCE, "its place is never free again");
    }
    // Foreign pages in a visitor's browser do not keep the visitor out.
    let page = || open(&server, &[("X-Forwarded-For", "7.7.7.7"), ("Origin", "https://evil.example")]);
    for _ in 0..2 {
        assert_eq!(page()?.err(), Some(403));
    }
    let begun = Instant::now();
    while from("7.7.7.7")?.is_err() {
        assert!(begun.elapsed() < PATIENCE, "those who were refused keep their places");
    }
    Ok(())
}

#[test]
fn a_proxy_may_say_whose_connection_it_is_before_the_request() -> Outcome {
    let server = Server::start(&["--max-per-ip", "1", "--proxy-protocol", "127.0.0.1"])?;
    let enter = |address: &str| -> Outcome<Result<_, WebSocketError>> {
        let url = handshake::Url::parse(&format!("ws://{}/msg", server.address))?;
        let stream = std::net::TcpStream::connect(&server.address)?;
        (&stream).write_all(format!("PROXY TCP4 {address} 192.0.2.80 51234 80\r\n").as_bytes())?;
        Ok(Connector::new().open(stream, &url)?.advance())
    };
    let _first = enter("192.0.2.1")??;
    assert!(matches!(enter("192.0.2.1")?, Err(WebSocketError::Refused(response)) if response.status() == 429));
    let _second = enter("192.0.2.2")??;
    Ok(())
}

#[test]
fn figures_are_told_to_who_is_to_see_them() -> Outcome {
    let get = |server: &Server| server.http(&format!("GET /metrics HTTP/1.1\r\nHost: {}\r\n\r\n", server.address));
    assert!(get(&Server::start(&[])?)?.starts_with("HTTP/1.1 404 "));
    let server = Server::start(&["--metrics", "--threads", "2"])?;
    let mut client = server.enter("小明")?;
    client.say("1", "lobby", "hi")?;
    client.said()?;
    let metrics = get(&server)?;
    assert!(metrics.contains("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"), "{metrics}");
    for line in [
        "# TYPE chat_people gauge\nchat_people 1\n",
        "chat_rooms 1\n",
        "# TYPE chat_busy_total counter\nchat_busy_total 0\n",
        "# HELP chat_open Clients that are open now.\n",
        "chat_open 1\n",
        "chat_messages_in_total 3\n",
    ] {
        assert!(metrics.contains(line), "{line:?} is not in\n{metrics}");
    }
    Ok(())
}

#[test]
fn the_log_says_what_to_do() -> Outcome {
    let directory = Directory::new("chat-log")?;
    let log = directory.file("log");
    let server = logged(&log, &["--log", "json"])?;
    assert_eq!(open(&server, &[("Origin", "https://chat.example.com")])?.err(), Some(403));
    let begun = Instant::now();
    for _ in 0..50 {
        assert_eq!(open(&server, &[("Origin", "https://evil.example")])?.err(), Some(403));
    }
    // Who is refused does not fill the disk: a line a second, and the first before this one.
    let told = logs(&log, "--origin https://chat.example.com lets it in")?.matches("evil.example was refused").count();
    assert!(told <= usize::try_from(begun.elapsed().as_secs())? + 1, "{told}");
    for line in std::fs::read_to_string(&log)?.lines() {
        let event: serde_json::Value = serde_json::from_str(line)?;
        assert!(event["time"].as_i64() > Some(0) && event["event"].is_string(), "{line}");
    }
    // A container's log, for one, has both in one.
    let mut server = program("chat_server");
    server.args(["--listen", "127.0.0.1:0", "--log", "json"]).stdout(Stdio::piped());
    let mut server = server.spawn()?;
    let mut line = String::new();
    BufReader::new(server.stdout.take().ok_or("no output")?).read_line(&mut line)?;
    server.kill()?;
    server.wait()?;
    let event: serde_json::Value = serde_json::from_str(&line)?;
    assert!(event["event"].as_str().is_some_and(|event| event.starts_with("chat on http://127.0.0.1:")), "{line}");
    Ok(())
}

#[test]
fn what_it_cannot_start_with_is_said_and_what_it_wants_instead() -> Outcome {
    let directory = Directory::new("chat-wrong")?;
    let (missing, itself) = (directory.file("missing/chat.db"), directory.file(""));
    for (option, value, told) in [
        ("--keep", "long", "--keep long: not a number from 1 to 4294967295"),
        ("--keep", "0", "--keep 0: not a number from 1 to 4294967295"),
        ("--threads", "0", "--threads 0: not a number from 1 to 1024"),
        ("-c", "many", "--clients many: not a number from 1 to 4294967295"),
        ("--trust-proxy", "nginx", "--trust-proxy nginx: invalid IP address syntax"),
        ("--origin", "chat.example.com", "--origin is as https://chat.example.com, or any"),
        ("--listen", ":8080", "--listen is IP:PORT, as 127.0.0.1:8080, not \":8080\""),
        ("--metrics", "restart", "restart PROCESS: its value is missing"),
        ("--histroy", "chat.db", "invalid option '--histroy'; --help tells what there is"),
        ("--history", &missing, &format!("--history {missing}: No such file or directory (os error 2)")),
        ("--history", &itself, &format!("--history {itself}: Is a directory (os error 21)")),
    ] {
        let output = program("chat_server").args(["--listen", "127.0.0.1:0", option, value]).output()?;
        assert_eq!(String::from_utf8(output.stderr)?, format!("{told}\n"));
        assert_eq!(output.status.code(), Some(1), "{told}");
    }
    Ok(())
}

#[test]
fn a_socket_that_systemd_opened_is_used() -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?.to_string();
    let mut shell = Command::new("sh");
    shell.args(["-c", "exec 3<&0 </dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec \"$0\" \"$@\""]);
    shell.stdin(Stdio::from(OwnedFd::from(listener)));
    let server = Server::start_by(&mut shell, &[])?;
    assert_eq!(server.address, address);
    let mut client = server.enter("小明")?;
    client.say("1", "lobby", "hi")?;
    assert_eq!(client.said()?.text, "hi");
    // What it would leave alone it refuses.
    for (listeners, told) in [
        ("exec 3<&0 4<&0 </dev/null; LISTEN_FDS=2", "systemd has opened several sockets: one ListenStream="),
        ("exec 3</dev/null; LISTEN_FDS=1", "fd 3 is not a socket: ListenStream= is IP:PORT"),
    ] {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{listeners} exec \"$0\"")]).arg(program("chat_server").get_program());
        let output = shell.stdin(Stdio::from(OwnedFd::from(TcpListener::bind("127.0.0.1:0")?))).output()?;
        assert!(String::from_utf8(output.stderr)?.starts_with(told), "{told}");
        assert_eq!(output.status.code(), Some(1));
    }
    Ok(())
}

fn heard(server: &Server) -> Outcome<Vec<String>> {
    let mut client = server.connect()?;
    client.hello("late")?;
    Ok(client.join("lobby", Some(0))?.1.into_iter().map(|said| said.text).collect())
}

#[test]
fn a_history_that_is_deleted_or_replaced_is_written_again() -> Outcome {
    let directory = Directory::new("chat-deleted")?;
    let (file, log) = (directory.file("chat.db"), directory.file("log"));
    let say = |client: &mut Client, text: &str| -> Outcome {
        client.say(text, "lobby", text)?;
        client.said().map(drop)
    };
    let mut server = logged(&log, &["--history", &file])?;
    let mut client = server.enter("小明")?;
    say(&mut client, "one")?;
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{file}{end}"));
    }
    say(&mut client, "two")?;
    logs(&log, "chat.db was deleted; it is written again")?;
    say(&mut client, "three")?;
    server.process.kill()?;
    server.wait()?;
    let server = logged(&log, &["--history", &file])?;
    assert_eq!(heard(&server)?, ["one", "two", "three"]);
    // Another file stands in its place: it is left alone.
    let mut client = server.enter("小明")?;
    std::fs::write(directory.file("other"), "somebody else's")?;
    std::fs::rename(directory.file("other"), &file)?;
    logs(&log, "chat.db is another file now; it is written again")?;
    say(&mut client, "four")?;
    drop(server);
    assert_eq!(std::fs::read_to_string(&file)?, "somebody else's");
    let other = directory.file("chat.1.db");
    assert!(Path::new(&other).exists());
    assert_eq!(heard(&Server::start(&["--history", &other])?)?, ["one", "two", "three", "four"]);
    Ok(())
}

#[test]
fn what_is_too_old_is_forgotten() -> Outcome {
    let directory = Directory::new("chat-keep")?;
    let file = directory.file("chat.db");
    let address = lasting_address();
    let mut server = Server::start_on(&address, &["--history", &file])?;
    let mut client = server.enter("小明")?;
    for text in ["old", "new"] {
        client.say(text, "lobby", text)?;
        client.said()?;
    }
    server.signal("TERM")?;
    server.wait()?;
    let day = 24 * 60 * 60 * 1_000_000_i64;
    rusqlite::Connection::open(&file)?.execute("UPDATE message SET seq = seq - ?1 WHERE text = 'old'", [3 * day])?;
    assert_eq!(heard(&Server::start(&["--history", &file, "--keep", "4"])?)?, ["old", "new"]);
    assert_eq!(heard(&Server::start(&["--history", &file, "--keep", "2"])?)?, ["new"]);
    Ok(())
}

#[test]
#[cfg(feature = "tls")]
fn with_a_certificate_it_speaks_tls() -> Outcome {
    let directory = Directory::new("chat-tls")?;
    let (certificate, key) = (directory.file("cert.pem"), directory.file("key.pem"));
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()])?;
    std::fs::write(&certificate, own.cert.pem())?;
    std::fs::write(&key, own.signing_key.serialize_pem())?;
    let server = Server::start(&["--cert", &certificate, "--key", &key])?;
    let url = format!("https://{}", server.address);
    let talk = |trusted: bool| -> Outcome<std::process::Output> {
        let mut command = program("chat_client");
        command.args(["--name", "终端", &url]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if trusted {
            command.env("SSL_CERT_FILE", &certificate);
        }
        let mut client = command.spawn()?;
        // One that has ended already does not read it.
        let _ = writeln!(client.stdin.take().ok_or("no input")?, "over TLS");
        Ok(client.wait_with_output()?)
    };
    let output = talk(true)?;
    let shown = String::from_utf8([output.stdout, output.stderr].concat())?;
    assert!(output.status.success() && shown.contains("终端: over TLS\n"), "{shown}");
    let output = talk(false)?;
    let shown = String::from_utf8([output.stdout, output.stderr].concat())?;
    assert!(!output.status.success() && shown.lines().count() == 1 && shown.contains("certificate"), "{shown}");
    let wrong = program("chat_server").args(["--cert", &certificate]).output()?;
    assert_eq!(String::from_utf8(wrong.stderr)?, "--cert and --key belong together\n");
    Ok(())
}

#[test]
#[cfg(feature = "tls")]
fn a_certificate_that_clients_refuse_is_told() -> Outcome {
    let directory = Directory::new("chat-certificate")?;
    let (certificate, key, log) = (directory.file("cert.pem"), directory.file("key.pem"), directory.file("log"));
    let options = ["--cert", &certificate, "--key", &key];
    let now = std::time::SystemTime::now();
    let day = Duration::from_secs(24 * 60 * 60);
    let write = |from: std::time::SystemTime, until: std::time::SystemTime| -> Outcome {
        let mut own = rcgen::CertificateParams::new(["localhost".to_owned()])?;
        (own.not_before, own.not_after) = (from.into(), until.into());
        let own_key = rcgen::KeyPair::generate()?;
        std::fs::write(&certificate, own.self_signed(&own_key)?.pem())?;
        Ok(std::fs::write(&key, own_key.serialize_pem())?)
    };
    for (from, until, told) in [
        (now - 30 * day, now - day, Some("it has expired on ")),
        (now + day, now + 30 * day, Some("it is not valid before ")),
        (now - 30 * day, now + 6 * day, Some("it expires on ")),
        (now - day, now + 8 * day, None),
    ] {
        write(from, until)?;
        let server = logged(&log, &options)?;
        // A thread that answers has looked before.
        assert!(server.http("GET / HTTP/1.1\r\n\r\n")?.starts_with("HTTP/1.1 400 "));
        let written = std::fs::read_to_string(&log)?;
        let lines: Vec<_> = written.lines().filter(|line| line.starts_with("--cert: ")).collect();
        assert_eq!(lines.len(), usize::from(told.is_some()), "{written}");
        assert!(told.is_none_or(|told| lines[0].contains(told)), "{written}");
    }
    // As it was written, in the time that logs have.
    write(std::time::UNIX_EPOCH, std::time::UNIX_EPOCH + Duration::from_secs(951_782_400))?;
    let server = logged(&log, &options)?;
    logs(&log, "--cert: it has expired on 2000-02-29 00:00 UTC, and clients refuse it\n")?;
    drop(server);
    // One that ends while it is served is told then.
    write(now - day, std::time::SystemTime::now() + Duration::from_secs(3))?;
    let server = logged(&log, &options)?;
    logs(&log, "--cert: it has expired on ")?;
    drop(server);
    // One that is not the key's is refused, and both are named.
    let other = directory.file("other.pem");
    std::fs::copy(&key, &other)?;
    write(now - day, now + 8 * day)?;
    let wrong = program("chat_server").args(["--cert", &certificate, "--key", &other]).output()?;
    let told = format!("{other}: its private key is not that of {certificate}\n");
    assert_eq!((String::from_utf8(wrong.stderr)?, wrong.status.code()), (told, Some(1)));
    Ok(())
}
