//! The chat server as a process, with this crate's own WebSocket client on the other end.
#![cfg(all(target_os = "linux", feature = "poll", feature = "ws"))]

#[allow(dead_code, reason = "each test file uses a part")]
mod chat_support;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

use chat_support::message::{Event, Reason, Request, Room, SESSION_TAKEN, Said};
use chat_support::{Client, Directory, Outcome, PATIENCE, Server, Terminal, example, lasting_address};
use php_sockets::ws::{CloseCode, Connector, handshake};

fn reason(client: &mut Client) -> Outcome<(Reason, Option<String>)> {
    client.until(|event| match event {
        Event::Error { reason, id, .. } => Some((reason, id)),
        _ => None,
    })
}

#[test]
fn the_tutorial_s_hello_reaches_everybody_its_sender_included() -> Outcome {
    let server = Server::start(&[])?;
    let mut other = server.enter("小明")?;
    let mut guest = server.connect()?;
    guest.connection.send("Hello WebSockets!")?;
    let Event::Said(said) = guest.event()? else { return Err("the first event is the guest's own message".into()) };
    assert_eq!((said.from.as_str(), said.room.as_str(), said.text.as_str()), ("guest-1", "lobby", "Hello WebSockets!"));
    assert_eq!(other.said()?, said);
    // The guest stays and hears what is answered; a second one has another name.
    other.say("1", "lobby", "欢迎")?;
    assert_eq!(guest.said()?.text, "欢迎");
    let mut second = server.connect()?;
    second.connection.send("me too")?;
    assert_eq!(second.said()?.from, "guest-2");
    Ok(())
}

#[test]
fn rooms_know_who_comes_talks_types_renames_and_leaves() -> Outcome {
    let server = Server::start(&[])?;
    let mut one = server.enter("小明")?;
    let mut two = server.connect()?;
    two.hello("Ana")?;
    assert_eq!(two.join("lobby", None)?.0, ["Ana", "小明"]);
    assert_eq!(one.event()?, Event::Entered { room: "lobby".into(), name: "Ana".into() });

    one.say("a", "lobby", "你好")?;
    let said = one.said()?;
    assert_eq!((said.id.as_str(), said.from.as_str(), said.text.as_str()), ("a", "小明", "你好"));
    assert_eq!(two.said()?, said);

    two.send(&Request::Typing { room: "lobby".into() })?;
    assert_eq!(one.event()?, Event::Typing { room: "lobby".into(), name: "Ana".into() });

    two.send(&Request::Hello { name: "Eva".into(), session: None })?;
    assert_eq!(two.event()?, Event::Hello { name: "Eva".into() });
    assert_eq!(one.event()?, Event::Renamed { room: "lobby".into(), from: "Ana".into(), to: "Eva".into() });

    // Another room does not hear it.
    two.event()?;
    two.join("茶馆", None)?;
    two.say("b", "茶馆", "安静")?;
    assert_eq!(two.said()?.room, "茶馆");
    one.send(&Request::Rooms)?;
    let rooms = vec![Room { room: "lobby".into(), people: 2 }, Room { room: "茶馆".into(), people: 1 }];
    assert_eq!(one.event()?, Event::Rooms { rooms });
    one.send(&Request::Who { room: "茶馆".into() })?;
    assert_eq!(one.event()?, Event::People { room: "茶馆".into(), names: vec!["Eva".into()] });

    two.send(&Request::Leave { room: "lobby".into() })?;
    let left = Event::Left { room: "lobby".into(), name: "Eva".into() };
    assert_eq!((two.event()?, one.event()?), (left.clone(), left));
    two.say("c", "lobby", "?")?;
    assert_eq!(reason(&mut two)?, (Reason::NotInRoom, Some("c".into())));
    two.join("lobby", None)?;
    one.event()?;
    drop(two);
    assert_eq!(one.event()?, Event::Left { room: "lobby".into(), name: "Eva".into() });
    Ok(())
}

#[test]
fn private_messages_reach_one_alone() -> Outcome {
    let server = Server::start(&[])?;
    let mut one = server.enter("小明")?;
    let mut two = server.enter("小红")?;
    let mut three = server.enter("Zoe")?;
    one.send(&Request::Tell { id: "p".into(), to: "小红".into(), text: "只给你".into() })?;
    for client in [&mut one, &mut two] {
        let (from, to, text) = client.until(|event| match event {
            Event::Told { from, to, text, .. } => Some((from, to, text)),
            _ => None,
        })?;
        assert_eq!((from.as_str(), to.as_str(), text.as_str()), ("小明", "小红", "只给你"));
    }
    one.send(&Request::Tell { id: "q".into(), to: "nobody".into(), text: "?".into() })?;
    assert_eq!(reason(&mut one)?, (Reason::Absent, Some("q".into())));
    // The third has heard nothing when the next message comes; a newcomer is not told either.
    one.say("1", "lobby", "all")?;
    assert!(matches!(three.event()?, Event::Said(said) if said.text == "all"));
    let mut four = server.connect()?;
    four.hello("late")?;
    assert_eq!(four.join("lobby", None)?.1.len(), 1);
    Ok(())
}

#[test]
fn a_name_is_one_person_s_unless_the_session_is_the_same() -> Outcome {
    let server = Server::start(&[])?;
    let hello = |name: &str, session: &str| Request::Hello { name: name.into(), session: Some(session.into()) };
    let mut first = server.connect()?;
    first.send(&hello("Ana", "secret"))?;
    first.event()?;
    let mut other = server.connect()?;
    other.send(&hello("ANA", "another"))?;
    assert_eq!(reason(&mut other)?.0, Reason::NameTaken);
    other.hello("Eva")?;
    // A connection that comes back takes its place at once.
    let mut again = server.connect()?;
    again.send(&hello("Ana", "secret"))?;
    assert_eq!(again.event()?, Event::Hello { name: "Ana".into() });
    assert_eq!(first.closed()?, CloseCode(SESSION_TAKEN));
    // A name that is given back is free.
    drop(again);
    let begun = Instant::now();
    while other.send(&hello("Ana", "third")).and_then(|()| other.event())? != (Event::Hello { name: "Ana".into() }) {
        assert!(begun.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(250));
    }
    Ok(())
}

#[test]
fn bad_input_gets_a_reason_and_the_connection_stays() -> Outcome {
    let server = Server::start(&["--rate", "0"])?;
    let mut client = server.connect()?;
    client.say("1", "lobby", "too early")?;
    assert_eq!(reason(&mut client)?, (Reason::NoName, Some("1".into())));
    for name in ["", " ", "小 明", "a\u{200b}", "a\u{202e}b", "\u{1b}[31m", &"名".repeat(25)] {
        client.send(&Request::Hello { name: name.into(), session: None })?;
        assert_eq!(reason(&mut client)?.0, Reason::BadName, "{name:?}");
    }
    client.hello(&"名".repeat(24))?;
    client.join("lobby", None)?;
    for text in ["{", "{}", r#"{"type":"say"}"#, r#"{"type":"fly"}"#, r#"{"type":"who","room":1}"#, "plain", "[1]"] {
        client.connection.send(text)?;
        assert_eq!(reason(&mut client)?.0, Reason::BadRequest, "{text:?}");
    }
    let deep = format!(r#"{{"type":{}"#, "[".repeat(20_000));
    client.connection.send(&deep)?;
    assert_eq!(reason(&mut client)?.0, Reason::BadRequest);
    client.connection.send(b"\x00\x01")?;
    assert_eq!(reason(&mut client)?.0, Reason::NotText);
    for (text, id, expected) in [
        ("", "i", Reason::BadText),
        (" \n ", "i", Reason::BadText),
        (&"字".repeat(2001), "i", Reason::BadText),
        ("ok", "", Reason::BadId),
        ("ok", &"i".repeat(65), Reason::BadId),
    ] {
        client.say(id, "lobby", text)?;
        assert_eq!(reason(&mut client)?.0, expected);
    }
    client.say("i", "nowhere", "ok")?;
    assert_eq!(reason(&mut client)?.0, Reason::NotInRoom);
    for number in 1..=16 {
        client.send(&Request::Join { room: format!("room-{number}"), after: None })?;
    }
    assert_eq!(reason(&mut client)?.0, Reason::TooManyRooms);
    let text = "字".repeat(2000);
    client.say("i", "lobby", &text)?;
    assert_eq!(client.said()?.text, text);
    Ok(())
}

#[test]
fn a_protocol_violation_gets_its_code_and_nobody_else_notices() -> Outcome {
    let server = Server::start(&[])?;
    let mut other = server.enter("other")?;
    let masked = |opcode: u8, payload: &[u8]| {
        let length = u8::try_from(payload.len()).expect("a short payload");
        [&[0x80 | opcode, 0x80 | length, 0, 0, 0, 0], payload].concat()
    };
    let frames: [(&str, Vec<u8>, u16); 4] = [
        ("unmasked", b"\x81\x02hi".to_vec(), 1002),
        ("not UTF-8", masked(1, b"\xff"), 1007),
        ("reserved opcode", masked(3, b""), 1002),
        ("too big", vec![0x82, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0], 1009),
    ];
    for (name, frame, code) in frames {
        let mut client = server.connect()?;
        let mut stream = client.connection.stream();
        stream.write_all(&frame)?;
        assert_eq!(client.closed()?, CloseCode(code), "{name}");
    }
    other.say("1", "lobby", "still here")?;
    assert_eq!(other.said()?.text, "still here");
    Ok(())
}

#[test]
fn a_flood_is_refused_then_cut_off_and_nobody_else_notices() -> Outcome {
    let server = Server::start(&[])?;
    let mut other = server.enter("other")?;
    let mut flooder = server.enter("flooder")?;
    let begun = Instant::now();
    let (mut sent, mut refused) = (0, 0);
    // Where it takes so long that the server grants a request in between, another round is needed.
    let code = 'flood: loop {
        assert!(begun.elapsed() < PATIENCE, "it is never cut off");
        for _ in 0..200 {
            sent += 1;
            flooder.say(&format!("f{sent}"), "lobby", "spam")?;
        }
        for _ in 0..200 {
            match flooder.next()? {
                Ok(Event::Error { reason: Reason::TooFast, id: Some(_), .. }) => refused += 1,
                Ok(_) => {}
                Err(code) => break 'flood code,
            }
        }
    };
    assert_eq!(code, CloseCode::POLICY_VIOLATION);
    assert!(refused >= 100, "{refused}");
    let granted = 20.0 + 5.0 * begun.elapsed().as_secs_f64();
    other.say("1", "lobby", "calm")?;
    let mut spam = 0;
    while other.said()?.text != "calm" {
        spam += 1;
    }
    assert!(f64::from(spam) <= granted, "{spam} of {granted} got through");
    Ok(())
}

#[test]
fn plain_http_gets_the_page_and_nothing_else() -> Outcome {
    let server = Server::start(&[])?;
    let get = |path: &str| server.http(&format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", server.address));
    let page = get("/")?;
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n") && page.ends_with("</html>\n"), "{page}");
    assert!(page.contains("\r\nContent-Security-Policy: default-src 'none'"), "{page}");
    // The page refers to nothing but what is served.
    let files: Vec<_> =
        page.split("=\"").filter(|text| text.starts_with('/')).filter_map(|text| text.split('"').next()).collect();
    assert_eq!(files, ["/chat.css", "/chat.js"]);
    for path in files.iter().chain(&["/connection.js", "/words.js", "/healthz", "/?query"]) {
        assert!(get(path)?.starts_with("HTTP/1.1 200 OK\r\n"), "{path}");
    }
    for path in ["/nothing", "/../Cargo.toml", "/msg/x", "//"] {
        assert!(get(path)?.starts_with("HTTP/1.1 404 Not Found\r\n"), "{path}");
    }
    assert!(get("/msg")?.starts_with("HTTP/1.1 426 Upgrade Required\r\n"));
    assert!(server.http("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi")?.starts_with("HTTP/1.1 405 "));
    assert!(server.http("nonsense\r\n\r\n")?.starts_with("HTTP/1.1 400 "));
    Ok(())
}

#[test]
fn who_sends_a_request_slowly_is_cut_off_while_others_are_served() -> Outcome {
    let server = Server::start(&[])?;
    let mut slow = TcpStream::connect(&server.address)?;
    slow.set_read_timeout(Some(Duration::from_millis(200)))?;
    let begun = Instant::now();
    let mut other = server.enter("quick")?;
    let mut answer = [0; 64];
    for byte in "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ".bytes().chain(std::iter::repeat(b'x')) {
        assert!(begun.elapsed() < Duration::from_secs(20), "it is served for ever");
        if slow.write_all(&[byte]).is_err() || slow.read(&mut answer).is_ok() {
            break;
        }
    }
    assert!(begun.elapsed() >= Duration::from_secs(9), "{:?}", begun.elapsed());
    other.say("1", "lobby", "here")?;
    assert_eq!(other.said()?.text, "here");
    Ok(())
}

#[test]
fn without_descriptors_left_it_waits_and_goes_on() -> Outcome {
    // The shell takes the limit down for good, the server cannot raise it again.
    let directory = Directory::new("chat-descriptors")?;
    let log = directory.file("log");
    let limited = ["-c", "ulimit -n 40; exec \"$0\" \"$@\" 2>\"$LOG\""];
    let mut server = Server::start_by(Command::new("sh").args(limited).env("LOG", &log), &[])?;
    let mut crowd = (0..60).map(|_| TcpStream::connect(&server.address)).collect::<Result<Vec<_>, _>>()?;
    let mut inside = server.process_time()?;
    std::thread::sleep(Duration::from_secs(2));
    inside = server.process_time()? - inside;
    assert!(inside < Duration::from_millis(200), "it uses {inside:?} of 2 s for nothing");
    let told = std::fs::read_to_string(log)?;
    assert!(told.contains("unable to accept incoming connection [24]: Too many open files\n"), "{told}");
    crowd.clear();
    let mut client = server.enter("小明")?;
    client.say("1", "lobby", "有位子了")?;
    assert_eq!(client.said()?.text, "有位子了");
    assert!(server.process.try_wait()?.is_none());
    Ok(())
}

#[test]
fn pages_from_elsewhere_are_refused_unless_allowed() -> Outcome {
    let connect = |server: &Server, origin: &str| -> Outcome<bool> {
        let client = handshake::Client::new().header("Origin", origin)?;
        Ok(Connector::new().handshake(client).connect(&server.url()).is_ok())
    };
    let server = Server::start(&[])?;
    assert!(connect(&server, &format!("http://{}", server.address))?);
    assert!(!connect(&server, "http://evil.example")?);
    let server = Server::start(&["--origin", "https://chat.example.com", "--origin", "https://b.example"])?;
    assert!(connect(&server, "https://b.example")?);
    assert!(!connect(&server, &format!("http://{}", server.address))?);
    assert!(connect(&Server::start(&["--origin", "any"])?, "http://evil.example")?);
    Ok(())
}

#[test]
fn what_cannot_be_done_is_one_line_and_exit_1() -> Outcome {
    let directory = Directory::new("chat-options")?;
    std::fs::write(directory.file("no.db"), "this is no database, but longer than a header of one")?;
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let address = taken.local_addr()?.to_string();
    for (options, message) in [
        (["--listen", &address], "socket_bind(): Unable to bind address [98]: Address already in use"),
        (["--listen", "nonsense"], "--listen is IP:PORT"),
        (["--history", &directory.file("no.db")], "no.db: file is not a database"),
        (["--rate", "fast"], "cannot parse argument \"fast\""),
        (["--listen", "127.0.0.1:0\" --fly"], "--listen is IP:PORT"),
    ] {
        let output = example("chat_server").args(["--listen", "127.0.0.1:0"]).args(options).output()?;
        let text = String::from_utf8(output.stderr)?;
        assert!(text.contains(message), "{options:?}: {text}");
        assert_eq!((text.lines().count(), output.status.code()), (1, Some(1)), "{text}");
    }
    for program in ["chat_server", "chat_client"] {
        let help = example(program).arg("--help").output()?;
        assert!(help.status.success() && String::from_utf8(help.stdout)?.contains("Usage: "));
    }
    Ok(())
}

#[test]
fn a_history_in_use_by_another_server_is_refused() -> Outcome {
    let directory = Directory::new("chat-in-use")?;
    let file = directory.file("chat.db");
    let _first = Server::start(&["--history", &file])?;
    let second = example("chat_server").args(["--listen", "127.0.0.1:0", "--history", &file]).output()?;
    let text = String::from_utf8(second.stderr)?;
    assert!(text.ends_with("chat.db: database is locked\n"), "{text}");
    assert_eq!(second.status.code(), Some(1));
    Ok(())
}

#[test]
fn signals_say_goodbye_to_everybody_and_end_well() -> Outcome {
    let directory = Directory::new("chat-signals")?;
    let file = directory.file("chat.db");
    for (round, signal) in (1..).zip(["INT", "TERM"]) {
        let mut server = Server::start(&["--history", &file])?;
        let mut one = server.enter("one")?;
        let mut two = server.connect()?;
        one.say(&format!("last-{round}"), "lobby", "the last word")?;
        one.said()?;
        server.signal(signal)?;
        assert_eq!(one.closed()?, CloseCode::GOING_AWAY);
        assert_eq!(two.closed()?, CloseCode::GOING_AWAY);
        assert_eq!(server.wait()?.code(), Some(0));
        assert_eq!(stored(&file)?.len(), round);
        // The log has been taken in: the file is all there is.
        assert!(!std::path::Path::new(&format!("{file}-wal")).exists());
    }
    Ok(())
}

#[test]
fn after_a_restart_nothing_is_lost_and_nothing_repeated() -> Outcome {
    let directory = Directory::new("chat-restart")?;
    let file = directory.file("chat.db");
    let address = lasting_address()?;
    let server = Server::start_on(&address, &["--history", &file, "--rate", "0"])?;
    let mut one = server.enter("one")?;
    let mut heard = Vec::new();
    for number in 0..10 {
        one.say(&format!("id-{number}"), "lobby", &format!("消息 {number}"))?;
        heard.push(one.said()?);
    }
    drop(server);
    let server = Server::start_on(&address, &["--history", &file, "--rate", "0"])?;
    let mut one = server.connect()?;
    one.hello("one")?;
    // What came after the message that was heard last, and that in pages.
    assert_eq!(one.join("lobby", Some(heard[4].seq))?.1, heard[5..]);
    // Sent again: acknowledged again, to the sender alone.
    let mut two = server.enter("two")?;
    one.say("id-9", "lobby", "消息 9")?;
    assert_eq!(one.said()?, heard[9]);
    one.say("id-10", "lobby", "新的")?;
    assert_eq!(two.said()?.text, "新的");
    for number in 11..700 {
        one.say(&format!("id-{number}"), "lobby", "x")?;
    }
    let mut last = Said { text: String::new(), ..heard[0].clone() };
    while last.id != "id-699" {
        let next = two.said()?;
        assert!(next.seq > last.seq);
        last = next;
    }
    let mut three = server.connect()?;
    three.hello("three")?;
    let all = three.join("lobby", Some(0))?.1;
    let ids: Vec<_> = all.iter().map(|said| said.id.clone()).collect();
    assert_eq!(ids, (0..700).map(|number| format!("id-{number}")).collect::<Vec<_>>());
    let mut four = server.connect()?;
    four.hello("four")?;
    assert_eq!(four.join("lobby", None)?.1, all[650..]);
    Ok(())
}

/// Returns the ids in a history, read as any other program would.
fn stored(file: &str) -> Outcome<Vec<String>> {
    let database = rusqlite::Connection::open(file)?;
    let check: String = database.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    assert_eq!(check, "ok");
    let mut statement = database.prepare("SELECT id FROM message ORDER BY seq")?;
    Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

#[test]
fn kill_9_in_a_flood_costs_nothing_that_was_acknowledged() -> Outcome {
    let directory = Directory::new("chat-kill")?;
    let file = directory.file("chat.db");
    let mut acknowledged = Vec::new();
    for round in 0..3 {
        let mut server = Server::start(&["--history", &file, "--rate", "0"])?;
        let (mut reader, writer) = server.enter("flooder")?.connection.split();
        let flood = std::thread::spawn(move || {
            for number in 0.. {
                let id = format!("{round}-{number}");
                let request = Request::Say { id, room: "lobby".into(), text: "洪水".repeat(20) };
                let text = serde_json::to_string(&request).expect("it is JSON");
                if writer.send(&text).is_err() {
                    return number;
                }
            }
            0
        });
        let mut buffer = Vec::new();
        let mut heard = 0;
        while let Ok(php_sockets::ws::Message::Text(text)) = reader.read(&mut buffer) {
            if let Event::Said(said) = serde_json::from_str(text)? {
                acknowledged.push(said.id);
                heard += 1;
                if heard == 500 {
                    server.process.kill()?;
                }
            }
        }
        let sent = flood.join().map_err(|_| "the flood panicked")?;
        assert!(heard >= 500 && sent >= heard, "{heard} of {sent}");
        server.wait()?;
        let stored = stored(&file)?;
        let kept: std::collections::HashSet<_> = stored.iter().collect();
        assert_eq!(kept.len(), stored.len());
        let lost: Vec<_> = acknowledged.iter().filter(|id| !kept.contains(id)).collect();
        assert!(lost.is_empty(), "{lost:?}");
    }
    Ok(())
}

#[test]
fn who_does_not_read_is_dropped_and_nobody_else_notices() -> Outcome {
    let server = Server::start(&["--rate", "0"])?;
    let mut stalled = server.enter("stalled")?;
    let mut one = server.enter("one")?;
    let text = "长".repeat(2000);
    // More than the kernel's buffers and the server's limit together hold.
    let begun = Instant::now();
    for number in 0.. {
        assert!(begun.elapsed() < PATIENCE, "the stalled client is never dropped");
        one.say(&format!("id-{number}"), "lobby", &text)?;
        let gone = one.until(|event| match event {
            Event::Said(said) => Some(said.id != format!("id-{number}")),
            Event::Left { name, .. } => Some(name == "stalled"),
            _ => None,
        })?;
        if gone {
            break;
        }
    }
    // The stalled one, when it wakes up, finds what it was sent before, and then the end.
    let mut heard = 0;
    while stalled.said().is_ok() {
        heard += 1;
    }
    assert!(heard > 10, "{heard}");
    Ok(())
}

#[test]
fn the_terminal_client_talks_and_comes_back() -> Outcome {
    let address = lasting_address()?;
    let server = Server::start_on(&address, &[])?;
    let mut page = server.enter("页面")?;
    let mut terminal = Terminal::start(&server.url(), "终端")?;
    terminal.write("你好")?;
    assert_eq!(page.said()?.text, "你好");
    terminal.shows("#lobby 终端: 你好")?;
    terminal.write("/msg 页面 悄悄话")?;
    let told = page.until(|event| match event {
        Event::Told { text, .. } => Some(text),
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
    page.say("1", "lobby", "回答 \u{1b}[31m")?;
    terminal.shows("#lobby 页面: 回答 \u{fffd}[31m")?;

    drop(server);
    terminal.shows("; trying again")?;
    // It is typed while there is no server, and said or answered when there is one again.
    terminal.write("断线时写的")?;
    terminal.write("/rooms")?;
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
    Ok(())
}
