//! What the chat server remembers: restarts, crashes, a full disk.

use std::process::Command;

use crate::support::{Client, Directory, Outcome, Server, Terminal, lasting_address, program};
use chat_protocol::{Event, Reason, Request, Said, Told};
use php_sockets::ws::CloseCode;

#[test]
fn a_history_in_use_by_another_server_is_refused() -> Outcome {
    let directory = Directory::new("chat-in-use")?;
    let file = directory.file("chat.db");
    let _first = Server::start(&["--history", &file])?;
    let second = program("chat_server").args(["--listen", "127.0.0.1:0", "--history", &file]).output()?;
    let text = String::from_utf8(second.stderr)?;
    assert!(
        text.ends_with(
            "chat.db: database is locked; another program uses it, and each server needs a file of its own\n"
        ),
        "{text}"
    );
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
    let address = lasting_address();
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

#[test]
fn a_private_message_that_was_kept_before_a_restart_is_acknowledged_again() -> Outcome {
    let directory = Directory::new("chat-private-again")?;
    let file = directory.file("chat.db");
    let tell = Request::Tell { id: "p".into(), to: "Ana".into(), text: "只有你".into() };
    let mut told = None;
    for _ in 0..2 {
        let server = Server::start(&["--history", &file])?;
        let mut clients = Vec::new();
        let after = told.as_ref().map(|told: &Told| told.seq);
        for name in ["小明", "Ana"] {
            let mut client = server.connect()?;
            client.send(&Request::Hello { name: name.into(), session: Some(name.into()), after })?;
            client.until(|event| matches!(event, Event::Hello { .. }).then_some(()))?;
            // What was told before has been looked up.
            client.join("lobby", None)?;
            clients.push(client);
        }
        clients[0].send(&tell)?;
        let own = clients[0].told()?;
        assert_eq!(told.get_or_insert_with(|| own.clone()), &own);
    }
    Ok(())
}

#[test]
fn after_the_clock_was_set_back_all_is_heard_in_order() -> Outcome {
    let directory = Directory::new("chat-clock")?;
    let (ahead, new) = (directory.file("ahead.db"), directory.file("new.db"));
    // Enters as who has heard what was told and said until then: what is told, and what was said.
    let enter = |server: &Server, told, said| -> Outcome<(Client, Vec<Told>, Vec<Said>)> {
        let mut client = server.connect()?;
        client.send(&Request::Hello { name: "小明".into(), session: Some("secret".into()), after: told })?;
        client.send(&Request::Join { room: "lobby".into(), after: said })?;
        let mut private = Vec::new();
        let messages = client.until(|event| match event {
            Event::Told(told) => {
                private.push(told);
                None
            }
            Event::Joined { messages, .. } => Some(messages),
            _ => None,
        })?;
        Ok((client, private, messages))
    };
    let tell = |id: &str| Request::Tell { id: id.into(), to: "小明".into(), text: id.into() };
    let mut server = Server::start(&["--history", &ahead])?;
    let (mut ming, ..) = enter(&server, None, None)?;
    ming.send(&tell("p1"))?;
    ming.say("1", "lobby", "一")?;
    ming.said()?;
    server.signal("TERM")?;
    server.wait()?;
    // The clock that this was said by went ahead.
    set_ahead(&ahead)?;
    let server = Server::start(&["--history", &ahead])?;
    let (mut ming, told, first) = enter(&server, None, None)?;
    ming.say("2", "lobby", "二")?;
    let second = ming.said()?;
    assert!(told[0].seq < first[0].seq && first[0].seq < second.seq, "{told:?} {first:?} {second:?}");
    drop(server);
    // Where nothing is known of that any more, what was said and told before who heard it came back is news, and what comes.
    let server = Server::start(&["--history", &new])?;
    let mut ana = server.enter("Ana")?;
    drop(enter(&server, None, None)?);
    ana.until(|event| matches!(event, Event::Left { .. }).then_some(()))?;
    ana.say("3", "lobby", "三")?;
    ana.send(&tell("p2"))?;
    let third = ana.said()?;
    ana.told()?;
    assert!(third.seq < second.seq);
    let (mut ming, private, messages) = enter(&server, Some(told[0].seq), Some(second.seq))?;
    assert_eq!(messages, [third]);
    assert_eq!(private.iter().map(|told| told.id.as_str()).collect::<Vec<_>>(), ["p2"]);
    ana.say("4", "lobby", "四")?;
    assert_eq!(ming.said()?.id, "4");
    Ok(())
}

/// Has all that a history holds said by a clock that was a day ahead.
fn set_ahead(file: &str) -> Outcome {
    rusqlite::Connection::open(file)?.execute("UPDATE message SET seq = seq + 24 * 60 * 60 * 1000000", [])?;
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
fn without_a_file_only_so_much_is_remembered() -> Outcome {
    let server = Server::start(&["--rate", "0"])?;
    let mut one = server.enter("one")?;
    for number in 0..12_500 {
        one.say(&format!("id-{number}"), "lobby", "x")?;
        // Its own echoes are not to wait for too long.
        if number % 500 == 499 {
            one.until(|event| matches!(event, Event::Said(said) if said.id == format!("id-{number}")).then_some(()))?;
        }
    }
    let mut two = server.connect()?;
    two.hello("two")?;
    let all = two.join("lobby", Some(0))?.1;
    assert!((10_000..=11_000).contains(&all.len()), "{}", all.len());
    assert_eq!(all.last().map(|said| said.id.as_str()), Some("id-12499"));
    Ok(())
}

#[test]
fn a_history_that_cannot_grow_is_told_and_costs_nothing() -> Outcome {
    let directory = Directory::new("chat-full")?;
    let (file, log) = (directory.file("chat.db"), directory.file("log"));
    // As on a full disk, a write fails; unlike there, the limit can be lifted.
    let limited = ["-c", "ulimit -S -f 400; exec \"$0\" \"$@\" 2>\"$LOG\""];
    let options = ["--history", &file, "--rate", "0"];
    let mut server = Server::start_by(Command::new("sh").args(limited).env("LOG", &log), &options)?;
    let mut one = server.enter("one")?;
    let mut acknowledged = Vec::new();
    let refused = loop {
        let id = format!("id-{}", acknowledged.len());
        one.say(&id, "lobby", &"满".repeat(1000))?;
        match one.event()? {
            Event::Said(said) => acknowledged.push(said.id),
            Event::Error { reason: Reason::Busy, about, .. } if about.id.as_ref() == Some(&id) => break id,
            other => return Err(format!("{other:?}").into()),
        }
        assert!(acknowledged.len() < 1000, "it grows for ever");
    };
    for _ in 0..3 {
        // A shorter one may find room where this one does not, a private one too: it is in fewer indexes.
        one.say(&refused, "lobby", &"满".repeat(1000))?;
        assert_eq!(one.reason()?.0, Reason::Busy);
    }
    let mut terminal = Terminal::start(&server.url(), "终端")?;
    terminal.write(&"满".repeat(1000))?;
    terminal.shows("the server is busy; what is typed is sent when it is not")?;
    drop(terminal);
    // What is there can be read, and who is there can talk in private.
    let mut two = server.connect()?;
    two.hello("two")?;
    assert!(!two.join("lobby", None)?.1.is_empty());
    two.send(&Request::Tell { id: "p".into(), to: "one".into(), text: "满了".repeat(1000) })?;
    one.until(|event| matches!(event, Event::Told { .. }).then_some(()))?;

    let process = server.process.id().to_string();
    assert!(Command::new("prlimit").args(["--fsize=unlimited:", "--pid", &process]).status()?.success());
    one.say(&refused, "lobby", "有空了")?;
    assert_eq!(two.said()?.text, "有空了");
    acknowledged.push(refused);
    server.process.kill()?;
    server.wait()?;
    assert_eq!(stored(&file)?, acknowledged);
    let told = std::fs::read_to_string(log)?;
    assert_eq!(told, "history: disk I/O error; clients are told that it is busy\nhistory: it is written again\n");
    Ok(())
}

#[test]
fn a_history_of_the_version_before_is_understood() -> Outcome {
    let directory = Directory::new("chat-version")?;
    let file = directory.file("chat.db");
    rusqlite::Connection::open(&file)?.execute_batch(
        "CREATE TABLE message (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, room TEXT NOT NULL,
            sender TEXT NOT NULL, text TEXT NOT NULL) STRICT;
        CREATE INDEX message_room ON message (room, seq);
        CREATE TABLE private (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, sender TEXT NOT NULL,
            sender_session TEXT, receiver TEXT NOT NULL, receiver_session TEXT, text TEXT NOT NULL) STRICT;
        CREATE INDEX private_sender ON private (sender_session, seq);
        CREATE INDEX private_receiver ON private (receiver_session, seq);
        INSERT INTO message VALUES (7, 'a', 'lobby', '小明', '你好'), (9, 'c', 'tea', 'Ana', 'later');
        INSERT INTO private VALUES (8, 'b', 'Ana', 'secret-ana', '小明', 'secret-ming', '只有你');
        PRAGMA user_version = 2",
    )?;
    for _ in 0..2 {
        let server = Server::start(&["--history", &file])?;
        let mut ming = server.connect()?;
        ming.send(&Request::Hello { name: "小明".into(), session: Some("secret-ming".into()), after: None })?;
        let told = ming.told()?;
        assert_eq!((told.seq, told.from.as_str(), told.to.as_str(), told.text.as_str()), (8, "Ana", "小明", "只有你"));
        let said = Said { seq: 7, id: "a".into(), room: "lobby".into(), from: "小明".into(), text: "你好".into() };
        assert_eq!(ming.join("lobby", None)?.1, [said]);
    }
    rusqlite::Connection::open(&file)?.pragma_update(None, "user_version", 4)?;
    let newer = program("chat_server").args(["--listen", "127.0.0.1:0", "--history", &file]).output()?;
    assert!(String::from_utf8(newer.stderr)?.ends_with("a history of version 4 is not understood\n"));
    Ok(())
}
