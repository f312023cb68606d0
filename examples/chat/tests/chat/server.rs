//! The chat server as a process, with this crate's own WebSocket client on the other end.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use crate::support::{Directory, Outcome, PATIENCE, Server, lasting_address, program};
use chat_protocol::{Event, Reason, Request, Room, SESSION_TAKEN, Told};
use php_sockets::ws::CloseCode;

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

    two.send(&Request::Hello { name: "Eva".into(), session: None, after: None })?;
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
    assert_eq!(two.reason()?, (Reason::NotInRoom, Some("c".into())));
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
            Event::Told(Told { from, to, text, .. }) => Some((from, to, text)),
            _ => None,
        })?;
        assert_eq!((from.as_str(), to.as_str(), text.as_str()), ("小明", "小红", "只给你"));
    }
    one.send(&Request::Tell { id: "q".into(), to: "nobody".into(), text: "?".into() })?;
    assert_eq!(one.reason()?, (Reason::Absent, Some("q".into())));
    // The third has heard nothing when the next message comes; a newcomer is not told either.
    one.say("1", "lobby", "all")?;
    assert!(matches!(three.event()?, Event::Said(said) if said.text == "all"));
    let mut four = server.connect()?;
    four.hello("late")?;
    assert_eq!(four.join("lobby", None)?.1.len(), 1);
    Ok(())
}

#[test]
fn private_messages_are_there_again_as_long_as_the_session_is() -> Outcome {
    let directory = Directory::new("chat-private")?;
    let options = ["--history", &directory.file("chat.db"), "--rate", "0"];
    let address = lasting_address();
    let server = Server::start_on(&address, &options)?;
    let hello = |name: &str, session: &str, after| {
        let session = Some(session.into());
        Request::Hello { name: name.into(), session, after }
    };
    let tell = |id: &str, to: &str| Request::Tell { id: id.into(), to: to.into(), text: id.into() };
    let mut one = server.connect()?;
    one.send(&hello("小明", "one", None))?;
    let mut two = server.connect()?;
    two.send(&hello("Ana", "two", None))?;
    two.event()?;
    one.send(&tell("first", "ana"))?;
    one.told()?;
    let first = two.told()?;
    assert_eq!((first.from.as_str(), first.text.as_str()), ("小明", "first"));
    // What is told to somebody who reloads the page is for whoever comes back with the session, and is not told twice.
    one.join("lobby", None)?;
    two.join("lobby", None)?;
    drop(two);
    one.until(|event| matches!(event, Event::Left { .. }).then_some(()))?;
    one.send(&tell("second", "Ana"))?;
    assert_eq!(one.told()?.id, "second");
    let mut two = server.connect()?;
    two.send(&hello("Eva", "two", Some(first.seq)))?;
    let second = two.told()?;
    assert_eq!((second.to.as_str(), second.text.as_str()), ("Eva", "second"), "names are those of now");
    // Sent again, it is acknowledged to its sender alone.
    one.send(&tell("second", "Eva"))?;
    one.send(&tell("third", "Eva"))?;
    assert_eq!((one.told()?.seq, one.told()?.id), (second.seq, "third".into()));
    assert_eq!(two.told()?.id, "third");
    // A restart keeps them; another session hears nothing.
    drop(server);
    let server = Server::start_on(&address, &options)?;
    let mut two = server.connect()?;
    two.send(&hello("Eva", "two", Some(first.seq - 1)))?;
    assert_eq!([two.told()?, two.told()?], [Told { to: "Eva".into(), ..first }, second]);
    let mut other = server.connect()?;
    other.send(&hello("other", "three", None))?;
    other.event()?;
    other.send(&Request::Rooms)?;
    assert_eq!(other.event()?, Event::Rooms { rooms: Vec::new() });
    Ok(())
}

#[test]
fn requests_may_be_sent_back_to_back() -> Outcome {
    let server = Server::start(&[])?;
    let mut client = server.connect()?;
    client.send(&Request::Hello { name: "小明".into(), session: None, after: None })?;
    client.send(&Request::Join { room: "Tea".into(), after: None })?;
    client.say("1", "TEA", "first")?;
    assert_eq!(client.event()?, Event::Hello { name: "小明".into() });
    // A room has one name, whatever its letters' case.
    let (room, names, messages) = ("tea".to_owned(), vec!["小明".to_owned()], Vec::new());
    assert_eq!(client.event()?, Event::Joined { room, names, messages, seq: 0 });
    let said = client.said()?;
    assert_eq!((said.id.as_str(), said.room.as_str()), ("1", "tea"));
    Ok(())
}

#[test]
fn older_messages_are_brought_page_by_page() -> Outcome {
    let server = Server::start(&["--rate", "0"])?;
    let mut one = server.enter("one")?;
    for number in 0..120 {
        one.say(&format!("{number}"), "lobby", "x")?;
        one.said()?;
    }
    let mut two = server.connect()?;
    two.hello("two")?;
    two.send(&Request::Earlier { room: "lobby".into(), before: i64::MAX })?;
    assert_eq!(two.reason()?.0, Reason::NotInRoom);
    let mut all = two.join("lobby", None)?.1;
    while let Some(first) = all.first() {
        two.send(&Request::Earlier { room: "lobby".into(), before: first.seq })?;
        let Event::Earlier { mut messages, more, .. } = two.event()? else { return Err("something else".into()) };
        messages.append(&mut all);
        all = messages;
        if !more {
            break;
        }
    }
    let ids: Vec<_> = all.iter().map(|said| said.id.clone()).collect();
    assert_eq!(ids, (0..120).map(|number| number.to_string()).collect::<Vec<_>>());
    Ok(())
}

#[test]
fn a_name_is_one_person_s_unless_the_session_is_the_same() -> Outcome {
    let server = Server::start(&[])?;
    let hello =
        |name: &str, session: &str| Request::Hello { name: name.into(), session: Some(session.into()), after: None };
    let mut first = server.connect()?;
    first.send(&hello("Ana", "secret"))?;
    first.event()?;
    let mut other = server.connect()?;
    other.send(&hello("ANA", "another"))?;
    assert_eq!(other.reason()?.0, Reason::NameTaken);
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
fn plain_http_gets_the_page_and_nothing_else() -> Outcome {
    let server = Server::start(&[])?;
    let get = |path: &str| server.http(&format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", server.address));
    let page = get("/")?;
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n") && page.ends_with("</html>\n"), "{page}");
    assert!(page.contains("\r\nContent-Security-Policy: default-src 'none'"), "{page}");
    // A HEAD gets the same head, the page's length with it, though perhaps a second later.
    let head = server.http(&format!("HEAD / HTTP/1.1\r\nHost: {}\r\n\r\n", server.address))?;
    let (page_head, body) = page.split_once("\r\n\r\n").ok_or("no end")?;
    let timeless = |head: &str| -> Vec<_> {
        head.trim_end().lines().filter(|line| !line.starts_with("Date: ")).map(str::to_owned).collect()
    };
    assert_eq!(timeless(&head), timeless(page_head));
    assert!(head.contains(&format!("\r\nContent-Length: {}\r\n", body.len())), "{head}");
    // The page refers to nothing but what is served.
    let files: Vec<_> =
        page.split("=\"").filter(|text| text.starts_with('/')).filter_map(|text| text.split('"').next()).collect();
    assert_eq!(files, ["/chat.css", "/connection.js", "/elements.js", "/words.js", "/chat.js"]);
    for path in files.iter().chain(&["/healthz", "/?query"]) {
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
fn a_page_that_has_not_changed_is_not_sent_again() -> Outcome {
    let (server, other) = (Server::start(&[])?, Server::start(&["--threads", "2"])?);
    let get = |server: &Server, path: &str, fields: &str| {
        server.http(&format!("GET {path} HTTP/1.1\r\nHost: {}\r\n{fields}\r\n", server.address))
    };
    let mut tags = Vec::new();
    for path in ["/", "/chat.css", "/chat.js", "/connection.js", "/elements.js", "/words.js"] {
        let whole = get(&server, path, "")?;
        // Each time it is asked whether it is still so: a new program's page is seen at once.
        assert!(whole.contains("\r\nCache-Control: no-cache\r\n"), "{whole}");
        let tag = whole.lines().find_map(|line| line.strip_prefix("ETag: ")).ok_or("no ETag")?;
        assert!(tag.len() > 2 && tag.starts_with('"') && tag.ends_with('"'), "{tag}");
        for known in
            [tag, &format!("W/{tag}"), &format!("\"old\", {tag}"), &format!("\"old\"\r\nif-none-match: {tag}"), "*"]
        {
            // Every server of one program says the same.
            for server in [&server, &other] {
                let same = get(server, path, &format!("If-None-Match: {known}\r\n"))?;
                assert!(same.starts_with("HTTP/1.1 304 Not Modified\r\n"), "{known}: {same}");
                assert!(same.ends_with("\r\n\r\n") && same.matches("\r\n\r\n").count() == 1, "{same}");
                assert!(same.contains(&format!("\r\nETag: {tag}\r\n")) && !same.contains("Content-Length"), "{same}");
            }
        }
        for other in ["\"old\"", "", tag.trim_matches('"')] {
            let changed = get(&server, path, &format!("If-None-Match: {other}\r\n"))?;
            assert!(changed.starts_with("HTTP/1.1 200 OK\r\n"), "{other}: {changed}");
        }
        tags.push(tag.to_owned());
    }
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), 6, "another content has another name");
    Ok(())
}

#[test]
fn what_cannot_be_done_is_one_line_and_exit_1() -> Outcome {
    let directory = Directory::new("chat-options")?;
    std::fs::write(directory.file("no.db"), "this is no database, but longer than a header of one")?;
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let address = taken.local_addr()?.to_string();
    let taken_text = format!(
        "{address}: socket_bind(): Unable to bind address [98]: Address already in use; --listen IP:PORT chooses another"
    );
    for (options, message) in [
        (["--listen", &address], taken_text.as_str()),
        (["--log", "xml"], "--log is plain or json"),
        (["--cert", "x"], "--cert and --key belong together"),
        (["--redis-password-file", "x"], "--redis-password-file belongs to --redis"),
        // It may hold a password.
        (["--metrics", "redis://:geheim@127.0.0.1"], "one argument belongs to no option; --help tells what there is"),
        (["restart", "first"], "restart PROCESS first: invalid digit found in string"),
        (["--max-per-ip", "0"], "--max-per-ip 0: not a number from 1 to 4294967295"),
        (["restart", "4294967295"], "process 2147483647: ESRCH: No such process"),
        (["restart", "4000000"], "process 4000000: ESRCH: No such process"),
        (["--listen", "nonsense"], "--listen is IP:PORT"),
        (["--history", &directory.file("no.db")], "no.db: file is not a database"),
        (["--rate", "fast"], "--rate fast: not a number from 0 to 4294967295"),
        (["-t", "-1"], "--threads -1: not a number from 1 to 1024"),
        (["--threads", "100000"], "--threads 100000: not a number from 1 to 1024"),
        (["--keep", "99999999999"], "--keep 99999999999: not a number from 1 to 4294967295"),
        (["--trust-proxy", "proxy"], "--trust-proxy proxy: invalid IP address syntax"),
        (["--listen", "127.0.0.1:0\" --fly"], "--listen is IP:PORT"),
    ] {
        let output = program("chat_server").args(["--listen", "127.0.0.1:0"]).args(options).output()?;
        let text = String::from_utf8(output.stderr)?;
        assert!(text.contains(message), "{options:?}: {text}");
        assert_eq!((text.lines().count(), output.status.code()), (1, Some(1)), "{text}");
    }
    for name in ["chat_server", "chat_client"] {
        let help = program(name).arg("--help").output()?;
        assert!(help.status.success() && String::from_utf8(help.stdout)?.contains("Usage: "));
    }
    Ok(())
}
