//! The terminal client as a process, and the server that it talks to.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use php_sockets::ws::Connection;
use php_sockets::*;

use crate::support::{Outcome, Server, Terminal, lasting_address, program};
use chat_protocol::{Event, Said, Told};

#[test]
fn the_terminal_client_talks_and_comes_back() -> Outcome {
    let address = lasting_address();
    let server = Server::start_on(&address, &[])?;
    let mut page = server.enter("页面")?;
    let mut terminal = Terminal::start(&server.url(), "终端")?;
    terminal.write("你好")?;
    assert_eq!(page.said()?.text, "你好");
    terminal.shows("#lobby 终端: 你好")?;
    terminal.write("/msg 页面 悄悄话")?;
    let told = page.until(|event| match event {
        Event::Told(Told { text, .. }) => Some(text),
        _ => None,
    })?;
    assert_eq!(told, "悄悄话");
    terminal.shows(" to 页面: 悄悄话")?;
    terminal.write("/nick 小终端")?;
    page.until(|event| {
        (event == Event::Renamed { room: "lobby".into(), from: "终端".into(), to: "小终端".into() }).then_some(())
    })?;
    terminal.shows("* 终端 in #lobby is 小终端 now")?;
    terminal.write("/who")?;
    terminal.shows("* in #lobby: 小终端, 页面")?;
    page.say("1", "lobby", "回答\t\u{1b}[31m \u{202e}drow")?;
    terminal.shows("#lobby 页面: 回答 \u{fffd}[31m \u{fffd}drow")?;

    drop(server);
    terminal.shows("; trying again")?;
    // It is typed while there is no server, and said or answered when there is one again.
    terminal.write("断线时写的")?;
    terminal.write("/rooms")?;
    // What is no server says always the same, which is shown once.
    let listener = std::net::TcpListener::bind(&address)?;
    for _ in 0..3 {
        // All of the request: to end the connection before it is read is another problem.
        BufReader::new(listener.accept()?.0).lines().map_while(Result::ok).take_while(|line| !line.is_empty()).count();
    }
    drop(listener);
    let server = Server::start_on(&address, &[])?;
    let mut page = server.connect()?;
    page.hello("页面")?;
    let mut heard = page.join("lobby", None)?.1;
    if heard.is_empty() {
        heard.push(page.said()?);
    }
    assert_eq!((heard.len(), heard[0].text.as_str(), heard[0].from.as_str()), (1, "断线时写的", "小终端"));
    assert!(terminal.finish()?.success());
    assert_eq!(terminal.shown.matches("断线时写的").count(), 1, "{}", terminal.shown);
    assert_eq!(terminal.shown.matches("\n* #lobby (").count(), 1, "{}", terminal.shown);
    let ended = terminal.shown.lines().filter(|line| line.contains("before its answer was complete")).count();
    assert_eq!(ended, 1, "{}", terminal.shown);
    Ok(())
}

#[test]
fn without_a_terminal_all_that_is_read_is_followed_before_the_end() -> Outcome {
    let server = Server::start(&[])?;
    let mut terminal = Terminal::start(&server.url(), "终端")?;
    terminal.write("你好\n/who\n/rooms")?;
    assert!(terminal.finish()?.success());
    for line in ["#lobby 终端: 你好\n", "\n* in #lobby: 终端\n", "\n* #lobby (1)\n"] {
        assert!(terminal.shown.contains(line), "{line:?} is missing in:\n{}", terminal.shown);
    }
    // The address that a browser shows leads to its room.
    let shown = format!("HTTP://{}/#%E8%8C%B6", server.address);
    for (options, room) in [(&[][..], "茶"), (&["--room", "tea"], "tea")] {
        let mut terminal = Terminal::spawn(program("chat_client").args(["--name", "终端", &shown]).args(options))?;
        terminal.shows(&format!("* in #{room}: 终端"))?;
        assert!(terminal.finish()?.success());
    }
    // A room that cannot be, and a name that is not to be had, are said.
    let _other = server.enter("Ana")?;
    let mut terminal = Terminal::start(&server.url(), "终端")?;
    terminal.shows("* you are 终端")?;
    terminal.write("/join ?\u{200b}\n/leave\n/nick ana\n你好")?;
    assert_eq!(terminal.finish()?.code(), Some(1));
    for line in ["! a name has ", "! somebody else has this name", "#lobby 终端: 你好\n"] {
        assert!(terminal.shown.contains(line), "{line:?} is missing in:\n{}", terminal.shown);
    }
    let mut terminal = Terminal::start(&server.url(), "ana")?;
    terminal.write("你好")?;
    assert_eq!(terminal.finish()?.code(), Some(1));
    let hint = "! somebody else has this name; /nick NAME takes another";
    assert!(terminal.shown.contains(hint), "{}", terminal.shown);
    Ok(())
}

#[test]
fn in_a_terminal_all_lines_of_a_paste_are_read() -> Outcome {
    let server = Server::start(&[])?;
    let mut page = server.enter("页面")?;
    let mut terminal = Terminal::start_in_terminal(&server.url(), "终端", [("TERM", "xterm"), ("NO_COLOR", "")])?;
    // The prompt names the room where the line goes to, which is none that cannot be.
    terminal.write("一\r二\r/who\r/join a b\r三\r/quit\r")?;
    for text in ["一", "二", "三"] {
        assert_eq!(page.said()?.text, text);
    }
    assert!(terminal.finish()?.success(), "{}", terminal.shown);
    assert!(!terminal.shown.contains("#a b >"), "{}", terminal.shown);
    // Colours, unless they are not wanted or not possible, and a name's is bold.
    assert!(terminal.shown.contains("\u{1b}[1;3"), "{:?}", terminal.shown);
    for plain in [[("TERM", "xterm"), ("NO_COLOR", "1")], [("TERM", "dumb"), ("NO_COLOR", "")]] {
        let mut terminal = Terminal::start_in_terminal(&server.url(), "终端", plain)?;
        terminal.write("四\r/quit\r")?;
        assert_eq!(page.said()?.text, "四");
        assert!(terminal.finish()?.success(), "{}", terminal.shown);
        assert!(
            !terminal.shown.contains("\u{1b}[1;3") && !terminal.shown.contains("\u{1b}[2m"),
            "{:?}",
            terminal.shown
        );
    }
    Ok(())
}

#[test]
fn what_is_piped_in_is_delivered_whole_at_the_server_s_rate() -> Outcome {
    let server = Server::start(&[])?;
    let mut page = server.enter("页面")?;
    let mut terminal = Terminal::start(&format!("http://{}", server.address), "终端")?;
    for number in 1..=200 {
        terminal.write(&number.to_string())?;
    }
    let end =
        std::thread::spawn(move || terminal.finish().map(|status| status.code()).map_err(|error| error.to_string()));
    for number in 1..=200 {
        assert_eq!(page.said()?.text, number.to_string());
    }
    assert_eq!(end.join().map_err(|_| "a panic")??, Some(0));
    Ok(())
}

#[test]
fn what_cannot_be_is_said_once_and_ends() -> Outcome {
    let server = Server::start(&[])?;
    let address = &server.address;
    for (url, reason) in [
        ("ftp://127.0.0.1/msg".to_owned(), "invalid WebSocket URL"),
        (format!("http://{address}/wrong"), "the server answered with HTTP status 404"),
        ("http://".into(), "invalid WebSocket URL"),
    ] {
        let output = program("chat_client").args(["--name", "终端", &url]).stdin(Stdio::null()).output()?;
        let text = String::from_utf8([output.stderr, output.stdout].concat())?;
        assert!(text.contains(reason) && text.lines().count() == 1, "{url}: {text}");
        assert_eq!(output.status.code(), Some(1), "{url}");
    }
    // A line that is refused: the others are said.
    for (line, reason) in [("/msg nobody hi", "nobody of this name"), (&"x".repeat(2001), "a text has 1 to 2000")] {
        let mut command = program("chat_client");
        command
            .args(["--name", "终端", &server.url()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut client = command.spawn()?;
        writeln!(client.stdin.take().ok_or("no input")?, "one\n{line}\ntwo")?;
        let output = client.wait_with_output()?;
        let (shown, error) = (String::from_utf8(output.stdout)?, String::from_utf8(output.stderr)?);
        assert!(shown.contains("终端: one\n") && shown.contains("终端: two\n"), "{shown}");
        assert!(error.contains(reason), "{error}");
        assert_eq!(output.status.code(), Some(1));
    }
    Ok(())
}

#[test]
fn what_is_not_understood_is_refused_and_nothing_is_said_elsewhere() -> Outcome {
    let server = Server::start(&[])?;
    let mut page = server.enter("页面")?;
    for (line, reason) in [
        ("/nick", "! the command is /nick NAME"),
        ("/msg 页面", "! the command is /msg NAME TEXT"),
        ("/leave now", "! the command is /leave"),
        ("/etc/passwd is a file", "! there is no such command; /help lists them"),
    ] {
        let mut terminal = Terminal::start(&server.url(), "终端")?;
        terminal.write(&format!("{line}\n//etc is not one"))?;
        assert_eq!(page.said()?.text, "/etc is not one");
        assert_eq!(terminal.finish()?.code(), Some(1), "{line}");
        assert!(terminal.shown.lines().any(|shown| shown == reason), "{line}: {}", terminal.shown);
    }
    // What was meant for a room that cannot be is not said in another one.
    let mut terminal =
        Terminal::spawn(program("chat_client").args(["--name", "终端", "--room", "a b", &server.url()]))?;
    terminal.shows("! a name has no blanks")?;
    terminal.write("for nobody else\n/rooms")?;
    assert_eq!(terminal.finish()?.code(), Some(1));
    assert!(terminal.shown.contains("! you are in no room; /join one\n"), "{}", terminal.shown);
    assert!(terminal.shown.contains("* #lobby (1)\n"), "{}", terminal.shown);
    page.say("end", "lobby", "end")?;
    assert_eq!(page.said()?.text, "end");
    let two = program("chat_client").args([&server.url(), &server.url()]).stdin(Stdio::null()).output()?;
    assert_eq!(two.status.code(), Some(1));
    Ok(())
}

/// A server that reads nothing for a while is heard all the same.
#[test]
fn a_server_that_takes_nothing_is_heard() -> Outcome {
    let listener = socket_create_listen(0, None)?;
    // The system keeps little for a server that does not read.
    socket_set_option(&listener, SOL_SOCKET, SO_RCVBUF, 4096)?;
    let url = format!("ws://127.0.0.1:{}/msg", socket_getsockname(&listener)?.1);
    let mut terminal = Terminal::start(&url, "终端")?;
    let mut server = Connection::accept(socket_accept(&listener)?)?;
    let mut buffer = Vec::new();
    let said = Said { seq: 1, id: "1".into(), room: "lobby".into(), from: "Ana".into(), text: "hello".into() };
    let joined = Event::Joined { room: "lobby".into(), names: vec!["终端".into()], messages: Vec::new(), seq: 0 };
    for answer in [Event::Hello { name: "终端".into() }, joined] {
        server.read(&mut buffer)?;
        server.send(&serde_json::to_string(&answer)?)?;
    }
    terminal.shows("* in #lobby: 终端")?;
    // It is there all the while, however long that takes: its Pings say so.
    let (_reader, writer) = server.split();
    let (alive, (_over, is_over)) = (writer.clone(), channel::<()>());
    std::thread::spawn(move || {
        while is_over.recv_timeout(Duration::from_secs(1)) == Err(RecvTimeoutError::Timeout) {
            let _ = alive.ping(b"");
        }
    });
    // More than the client's system keeps either, and the client has read all of it.
    let _input = terminal.write_aside(format!("/join {}\n", "房".repeat(33_000)).repeat(50) + "/nick\n")?;
    terminal.shows("! the command is /nick NAME")?;
    writer.send(&serde_json::to_string(&Event::Said(said))?)?;
    terminal.shows("#lobby Ana: hello")
}

#[test]
fn what_was_read_before_something_that_is_no_text_is_said() -> Outcome {
    let server = Server::start(&[])?;
    let mut page = server.enter("页面")?;
    let mut command = program("chat_client");
    command.args(["--name", "终端", &server.url()]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut client = command.spawn()?;
    client.stdin.take().ok_or("no input")?.write_all(b"one\ntwo\n\xff\xfe\nthree\n")?;
    let output = client.wait_with_output()?;
    assert_eq!((page.said()?.text, page.said()?.text), ("one".into(), "two".into()));
    let error = String::from_utf8(output.stderr)?;
    assert!(error.contains("UTF-8") && error.lines().count() == 1, "{error}");
    assert_eq!(output.status.code(), Some(1));
    Ok(())
}

#[test]
fn times_are_those_of_the_user() -> Outcome {
    let server = Server::start(&[])?;
    let mut shown = Vec::new();
    for zone in ["UTC", "CST-8"] {
        let mut command = program("chat_client");
        command.env("TZ", zone).args(["--name", zone, &server.url()]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut client = command.spawn()?;
        writeln!(client.stdin.take().ok_or("no input")?, "now")?;
        let output = String::from_utf8(client.wait_with_output()?.stdout)?;
        let line = output.lines().find(|line| line.ends_with("UTC: now")).ok_or("it is not said")?;
        shown.push(line.get(..5).ok_or("no time")?.replace(':', "").parse::<u32>()?);
    }
    assert_eq!((shown[1] + 2400 - shown[0]) % 2400, 800);
    Ok(())
}
