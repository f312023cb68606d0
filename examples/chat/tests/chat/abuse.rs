//! What clients of the chat server should not do, and what comes of it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::support::{Directory, Outcome, PATIENCE, Server};
use chat_protocol::{About, Event, Reason, Request};
use php_sockets::ws::{CloseCode, Connector, handshake};

#[test]
fn bad_input_gets_a_reason_and_the_connection_stays() -> Outcome {
    let server = Server::start(&["--rate", "0"])?;
    let mut client = server.connect()?;
    client.say("1", "lobby", "too early")?;
    assert_eq!(client.reason()?, (Reason::NoName, Some("1".into())));
    for (names, reason) in [
        (&["", &"名".repeat(25)][..], Reason::BadName),
        (&[" ", "小 明", "a\u{3000}b", "a\u{a0}b"], Reason::BlankInName),
        (
            &[
                "a\u{200b}",
                "a\u{202e}b",
                "\u{2800}",
                "\u{ffa0}x",
                "\u{1b}[31m",
                "\u{301}a",
                "\u{ad}",
                "a\u{ad}b",
                "\u{2061}",
                "x\u{1d173}",
                "\u{e0041}",
                "\u{180e}",
                "x\u{fe0f}",
                "小\u{200d}明",
                "😀\u{200d}",
                "😀\u{200d}明",
                "😀\u{fe0f}\u{fe0f}",
                "\u{3164}",
                "\u{fffa}x",
                "\u{13430}a",
            ],
            Reason::InvisibleName,
        ),
    ] {
        for name in names {
            client.send(&Request::Hello { name: (*name).into(), session: None, after: None })?;
            assert_eq!(client.reason()?.0, reason, "{name:?}");
        }
    }
    // What has marks of its own can be seen.
    for name in ["é", "e\u{301}", "สวัสดี", "नमस्ते", "שָׁלוֹם", "👍🏽"] {
        client.hello(name)?;
    }
    // Names that look alike are one.
    let mut other = server.connect()?;
    other.hello("Ｚoë")?;
    for name in ["zoë", "ZOË", "Zoe\u{308}"] {
        client.send(&Request::Hello { name: name.into(), session: None, after: None })?;
        assert_eq!(client.reason()?.0, Reason::NameTaken, "{name:?}");
    }
    client.hello(&"名".repeat(24))?;
    client.join("lobby", None)?;
    for text in ["{", "{}", r#"{"type":"say"}"#, r#"{"type":"fly"}"#, r#"{"type":"who","room":1}"#, "plain", "[1]"] {
        client.connection.send(text)?;
        assert_eq!(client.reason()?.0, Reason::BadRequest, "{text:?}");
    }
    let deep = format!(r#"{{"type":{}"#, "[".repeat(20_000));
    client.connection.send(&deep)?;
    assert_eq!(client.reason()?.0, Reason::BadRequest);
    client.connection.send(b"\x00\x01")?;
    assert_eq!(client.reason()?.0, Reason::NotText);
    for (text, id, expected) in [
        ("", "i", Reason::BadText),
        (" \n ", "i", Reason::BadText),
        ("\u{200b}\u{2060} \u{fe0f}", "i", Reason::BadText),
        (&"字".repeat(2001), "i", Reason::BadText),
        ("ok", "", Reason::BadId),
        ("ok", &"i".repeat(65), Reason::BadId),
    ] {
        client.say(id, "lobby", text)?;
        assert_eq!(client.reason()?.0, expected);
    }
    client.say("i", "nowhere", "ok")?;
    assert_eq!(client.reason()?.0, Reason::NotInRoom);
    for number in 1..=16 {
        client.send(&Request::Join { room: format!("room-{number}"), after: None })?;
    }
    let refused = client.until(|event| match event {
        Event::Error { reason, about, .. } => Some((reason, about)),
        _ => None,
    })?;
    assert_eq!(refused, (Reason::TooManyRooms, About::room("room-16")));
    client.send(&Request::Join { room: "a b".into(), after: None })?;
    let refused = client.until(|event| matches!(event, Event::Error { .. }).then_some(event))?;
    assert_eq!(refused, Event::error(Reason::BlankInName, About::room("a b")));
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
        let mut stream = client.connection.stream().socket();
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
                Ok(Event::Error { reason: Reason::TooFast, about: About { id: Some(_), .. }, .. }) => refused += 1,
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
    // Each has begun its request: the system lets those wait who have not.
    let begin = |_| {
        let mut stream = TcpStream::connect(&server.address)?;
        stream.write_all(b"G").map(|()| stream)
    };
    let mut crowd = (0..60).map(begin).collect::<Result<Vec<_>, _>>()?;
    let mut inside = server.process_time()?;
    std::thread::sleep(Duration::from_secs(2));
    inside = server.process_time()? - inside;
    assert!(inside < Duration::from_millis(200), "it uses {inside:?} of 2 s for nothing");
    let told = std::fs::read_to_string(log)?;
    assert!(told.contains("no descriptors are left: newcomers wait"), "{told}");
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
fn it_says_goodbye_without_haste_to_who_does_not_answer() -> Outcome {
    let mut server = Server::start(&[])?;
    let client = server.connect()?;
    server.signal("TERM")?;
    // The Close frame is there; it is not answered.
    let mut byte = [0];
    client.connection.stream().socket().read_exact(&mut byte)?;
    let mut used = server.process_time()?;
    std::thread::sleep(Duration::from_secs(1));
    used = server.process_time()? - used;
    assert!(used < Duration::from_millis(200), "it uses {used:?} of 1 s for nothing");
    assert_eq!(server.wait()?.code(), Some(0));
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
