//! Several servers that share Redis are one chat, whatever fails.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chat_protocol::{Event, Reason, Request, SESSION_TAKEN};

use crate::crowd::{self, Crowd};
use crate::operation::{logged, logs};
use crate::redis::{Balancer, Link, Redis, Relay, has};
use crate::support::{Client, Directory, Outcome, PATIENCE, Server, lasting_address};

fn hello(name: &str, session: &str, after: Option<i64>) -> Request {
    Request::Hello { name: name.into(), session: Some(session.into()), after }
}

/// Enters the lobby with a new session.
fn enter(server: &Server, name: &str, session: &str) -> Outcome<Client> {
    enter_again(server, name, session, None)
}

/// Enters the lobby with a session that has heard what was told until then.
fn enter_again(server: &Server, name: &str, session: &str, after: Option<i64>) -> Outcome<Client> {
    let mut client = server.connect()?;
    client.send(&hello(name, session, after))?;
    client.until(|event| matches!(event, Event::Hello { .. }).then_some(()))?;
    client.join("lobby", None)?;
    Ok(client)
}

fn tell(id: &str, to: &str, text: &str) -> Request {
    Request::Tell { id: id.into(), to: to.into(), text: text.into() }
}

/// Waits until something is so that the servers tell each other.
fn until(mut is_so: impl FnMut() -> Outcome<bool>) -> Outcome {
    let begun = Instant::now();
    while !is_so()? {
        if begun.elapsed() > PATIENCE {
            return Err("it never comes to be so".into());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

fn is_healthy(server: &Server) -> Outcome<bool> {
    let answer = server.http(&format!("GET /healthz HTTP/1.1\r\nHost: {}\r\n\r\n", server.address))?;
    Ok(answer.starts_with("HTTP/1.1 200 "))
}

#[test]
fn servers_that_share_redis_are_one_chat() -> Outcome {
    let Some(redis) = Redis::start("chat-one")? else { return Ok(()) };
    let url = redis.url();
    let (first, second) = (Server::start(&["--redis", &url])?, Server::start(&["--redis", &url])?);
    let mut ming = first.enter("小明")?;
    // A name is one person's on all servers, in each of its forms.
    let mut ana = second.connect()?;
    ana.send(&Request::Hello { name: "小明".into(), session: None, after: None })?;
    assert_eq!(ana.reason()?.0, Reason::NameTaken);
    ana.hello("Ana")?;
    until(|| Ok(ana.people("lobby")? == ["小明"]))?;
    assert_eq!(ana.join("lobby", None)?.0, ["Ana", "小明"]);
    assert_eq!(ming.event()?, Event::Entered { room: "lobby".into(), name: "Ana".into() });
    // What is said has one place.
    ming.say("a", "lobby", "你好")?;
    let said = ming.said()?;
    assert_eq!(ana.said()?, said);
    ana.say("b", "lobby", "hello")?;
    assert_eq!(ming.said()?, ana.said()?);
    // Said again, here or elsewhere, it is acknowledged to who says it, and not said.
    ana.say("a", "lobby", "你好")?;
    assert_eq!(ana.said()?, said);
    ana.send(&Request::Typing { room: "lobby".into() })?;
    assert_eq!(ming.event()?, Event::Typing { room: "lobby".into(), name: "Ana".into() });
    ana.send(&Request::Hello { name: "Eva".into(), session: None, after: None })?;
    assert_eq!(ming.event()?, Event::Renamed { room: "lobby".into(), from: "Ana".into(), to: "Eva".into() });
    // Her old name is free at once, everywhere.
    let mut other = first.enter("Ana")?;
    other.send(&Request::Earlier { room: "lobby".into(), before: said.seq + 1 })?;
    let earlier = Event::Earlier { room: "lobby".into(), messages: vec![said.clone()], more: false };
    assert_eq!(other.event()?, earlier);
    other.send(&Request::Rooms)?;
    assert!(matches!(other.event()?, Event::Rooms { rooms } if rooms[0].people == 3 && rooms.len() == 1));
    ana.send(&Request::Leave { room: "lobby".into() })?;
    ming.until(|event| (event == Event::Left { room: "lobby".into(), name: "Eva".into() }).then_some(()))?;
    drop(ana);
    // Guests are somebody everywhere, too.
    let mut names = BTreeSet::new();
    for (server, text) in [(&first, "hi"), (&second, "hello")] {
        let mut guest = server.connect()?;
        guest.connection.send(text)?;
        guest.connection.flush()?;
        // The second server may have heard of the first guest's message only when its own guest was there.
        let said = guest.until(|event| match event {
            Event::Said(said) if said.text == text => Some(said),
            _ => None,
        })?;
        assert_eq!(ming.said()?, said);
        names.insert(said.from);
    }
    assert!(names.len() == 2 && names.iter().all(|name| name.starts_with("guest-")), "{names:?}");
    Ok(())
}

#[test]
fn private_messages_and_sessions_go_from_server_to_server() -> Outcome {
    let Some(redis) = Redis::start("chat-private")? else { return Ok(()) };
    let url = redis.url();
    let (first, second) = (Server::start(&["--redis", &url])?, Server::start(&["--redis", &url])?);
    let mut ming = enter(&first, "小明", "secret-ming")?;
    let mut ana = enter(&second, "Ana", "secret-ana")?;
    ming.until(|event| matches!(event, Event::Entered { .. }).then_some(()))?;
    ming.send(&tell("p1", "ana", "只有你"))?;
    let told = ana.told()?;
    assert_eq!((told.from.as_str(), told.to.as_str(), told.text.as_str()), ("小明", "Ana", "只有你"));
    assert_eq!(ming.told()?, told);
    // Told again: to its sender alone.
    ming.send(&tell("p1", "Ana", "只有你"))?;
    assert_eq!(ming.told()?, told);
    // Those without a session can be told something too.
    let mut eva = second.enter("Eva")?;
    ming.until(|event| matches!(event, Event::Entered { name, .. } if name == "Eva").then_some(()))?;
    ming.send(&tell("p2", "Eva", "hi"))?;
    assert_eq!(eva.told()?, ming.told()?);
    // The session goes to another server: there it finds what was told, and its old connection ends.
    let mut moved = enter_again(&first, "Ana", "secret-ana", Some(told.seq))?;
    assert_eq!(ana.closed()?.0, SESSION_TAKEN);
    ming.until(|event| matches!(event, Event::Entered { name, .. } if name == "Ana").then_some(()))?;
    ming.send(&tell("p3", "Ana", "and you?"))?;
    assert_eq!(moved.told()?.text, "and you?");
    ming.told()?;
    // While she is away, on no server, it is kept for her.
    drop(moved);
    ming.until(|event| matches!(event, Event::Left { name, .. } if name == "Ana").then_some(()))?;
    ming.send(&tell("p4", "Ana", "still there?"))?;
    ming.told()?;
    let mut back = second.connect()?;
    back.send(&hello("Ana", "secret-ana", Some(told.seq)))?;
    back.until(|event| matches!(event, Event::Hello { .. }).then_some(()))?;
    assert_eq!((back.told()?.id, back.told()?.id), ("p3".into(), "p4".into()));
    Ok(())
}

#[test]
fn a_server_that_died_takes_its_people_with_it() -> Outcome {
    let Some(redis) = Redis::start("chat-died")? else { return Ok(()) };
    let url = redis.url();
    let (mut first, second) = (Server::start(&["--redis", &url])?, Server::start(&["--redis", &url])?);
    let mut ming = enter(&first, "小明", "secret-ming")?;
    let _eva = first.enter("Eva")?;
    let mut ana = second.enter("Ana")?;
    until(|| Ok(ana.people("lobby")?.len() == 3))?;
    ming.say("1", "lobby", "before")?;
    let before = ming.said()?;
    first.process.kill()?;
    first.wait()?;
    // Who has the session has the name at once, and what was said.
    let mut ming = second.connect()?;
    ming.send(&hello("小明", "secret-ming", None))?;
    ming.until(|event| matches!(event, Event::Hello { .. }).then_some(()))?;
    assert_eq!(ming.join("lobby", Some(before.seq))?.1, []);
    // The others are gone when their server has not been heard of for a few seconds.
    ana.until(|event| matches!(event, Event::Left { name, .. } if name == "Eva").then_some(()))?;
    assert_eq!(ana.people("lobby")?, ["Ana", "小明"]);
    let mut eva = second.connect()?;
    eva.hello("Eva")?;
    // One that ends well says so.
    let mut third = Server::start(&["--redis", &url])?;
    let _tom = third.enter("Tom")?;
    ana.until(|event| matches!(event, Event::Entered { name, .. } if name == "Tom").then_some(()))?;
    third.signal("TERM")?;
    third.wait()?;
    ana.until(|event| matches!(event, Event::Left { name, .. } if name == "Tom").then_some(()))?;
    assert_eq!(redis.ask::<usize>(&["SCARD", "chat:servers"])?, 1);
    Ok(())
}

#[test]
fn without_redis_clients_are_told_that_it_is_busy_and_it_recovers() -> Outcome {
    let Some(mut redis) = Redis::start("chat-busy")? else { return Ok(()) };
    let server = Server::start(&["--redis", &redis.url(), "--rate", "0"])?;
    assert!(is_healthy(&server)?);
    let mut ming = enter(&server, "小明", "secret-ming")?;
    let mut expected = Vec::new();
    for (round, (stop, start)) in [("TERM", ""), ("KILL", ""), ("STOP", "CONT")].into_iter().enumerate() {
        let id = |part: &str| format!("{round}-{part}");
        ming.say(&id("before"), "lobby", "before")?;
        expected.push(ming.said()?);
        if start.is_empty() {
            redis.stop(stop)?;
        } else {
            redis.signal(stop)?;
        }
        until(|| Ok(!is_healthy(&server)?))?;
        ming.say(&id("during"), "lobby", "during")?;
        // The answer to the one before may have been lost as well.
        until(|| Ok(ming.reason()? == (Reason::Busy, Some(id("during")))))?;
        let mut other = server.connect()?;
        other.send(&Request::Hello { name: "Ana".into(), session: None, after: None })?;
        assert_eq!(other.reason()?.0, Reason::Busy);
        // What needs no Redis goes on.
        assert_eq!(ming.people("lobby")?, ["小明"]);
        if start.is_empty() {
            redis.again()?;
        } else {
            redis.signal(start)?;
        }
        until(|| is_healthy(&server))?;
        // The connection is the same, and what is said again is said once.
        let said = loop {
            ming.say(&id("during"), "lobby", "during")?;
            let event = ming.until(|event| matches!(event, Event::Said(_) | Event::Error { .. }).then_some(event))?;
            if let Event::Said(said) = event {
                break said;
            }
            std::thread::sleep(Duration::from_millis(50));
        };
        assert_eq!(said.id, id("during"));
        expected.push(said);
    }
    let mut late = server.connect()?;
    late.hello("late")?;
    assert_eq!(late.join("lobby", Some(0))?.1, expected);
    Ok(())
}

#[test]
fn a_full_redis_is_told_once_and_takes_nothing_until_there_is_room() -> Outcome {
    let Some(redis) = Redis::start("chat-no-memory")? else { return Ok(()) };
    let directory = Directory::new("chat-no-memory-log")?;
    let log = directory.file("log");
    let server = logged(&log, &["--redis", &redis.url(), "--rate", "0", "--metrics"])?;
    let mut ming = enter(&server, "小明", "secret-ming")?;
    let mut ana = enter(&server, "Ana", "secret-ana")?;
    ming.say("before", "lobby", "before")?;
    let mut expected = vec![ming.said()?];
    ana.said()?;
    let memory = |size: &str| redis.ask::<()>(&["CONFIG", "SET", "maxmemory", size]);
    let mut refused = 0;
    for (round, id) in ["one", "two"].into_iter().enumerate() {
        memory("1")?;
        // As long as it takes for the server to tell that it lives, more than once.
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_millis(2500) {
            ming.say(id, "lobby", "full")?;
            assert_eq!(ming.reason()?, (Reason::Busy, Some(id.into())));
            ming.send(&tell("p", "Ana", "full"))?;
            assert_eq!(ming.reason()?, (Reason::Busy, Some("p".into())));
            refused += 2;
            std::thread::sleep(Duration::from_millis(100));
        }
        let metrics = server.http(&format!("GET /metrics HTTP/1.1\r\nHost: {}\r\n\r\n", server.address))?;
        assert!(metrics.contains(&format!("\nchat_busy_total {refused}\n")), "{refused} are not in\n{metrics}");
        // What is there can be read, and nobody has to go.
        ming.send(&Request::Earlier { room: "lobby".into(), before: i64::MAX })?;
        let earlier = Event::Earlier { room: "lobby".into(), messages: expected.clone(), more: false };
        assert_eq!(ming.event()?, earlier);
        let told = logs(&log, "OOM")?;
        assert_eq!(told.lines().count(), 2 * round + 1, "{told}");
        memory("0")?;
        ming.say(id, "lobby", "there is room")?;
        expected.push(ming.said()?);
        assert_eq!(ana.said()?.id, id);
        until(|| Ok(std::fs::read_to_string(&log)?.lines().count() == 2 * round + 2))?;
    }
    Ok(())
}

#[test]
fn a_redis_that_has_lost_everything_is_begun_anew() -> Outcome {
    begun_anew("chat-empty", false)
}

#[test]
fn a_redis_whose_clock_was_set_back_goes_on_in_order_and_may_begin_anew() -> Outcome {
    begun_anew("chat-clock-redis", true)
}

/// Redis loses what was said, by a clock that may be a day ahead.
fn begun_anew(name: &str, is_ahead: bool) -> Outcome {
    let Some(mut redis) = Redis::start(name)? else { return Ok(()) };
    let (first, second) = (Server::start(&["--redis", &redis.url()])?, Server::start(&["--redis", &redis.url()])?);
    let mut ming = enter(&first, "小明", "secret-ming")?;
    let mut ana = enter(&second, "Ana", "secret-ana")?;
    ming.until(|event| matches!(event, Event::Entered { .. }).then_some(()))?;
    if is_ahead {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_micros();
        redis.ask::<()>(&["SET", "chat:seq", &(now + 24 * 60 * 60 * 1_000_000).to_string()])?;
    }
    ming.say("0", "lobby", "lost")?;
    let before = ming.said()?;
    assert_eq!(ana.said()?, before);
    ming.say("1", "lobby", "lost")?;
    let lost = ming.said()?;
    assert!(lost.seq > before.seq);
    assert_eq!(ana.said()?, lost);
    redis.stop("KILL")?;
    redis.again_empty()?;
    // They come back, and there is nothing to be heard again; what is said then is news.
    assert_eq!((ming.closed()?.0, ana.closed()?.0), (1012, 1012));
    until(|| Ok(is_healthy(&first)? && is_healthy(&second)?))?;
    let come_back = |server: &Server, name: &str, session: &str| -> Outcome<Client> {
        loop {
            let mut client = server.connect()?;
            client.send(&hello(name, session, Some(lost.seq)))?;
            match client.event()? {
                Event::Hello { .. } => {
                    assert_eq!(client.join("lobby", Some(lost.seq))?.1, []);
                    return Ok(client);
                }
                // Redis does not know yet that the server lives.
                event => assert!(matches!(event, Event::Error { reason: Reason::Busy, .. }), "{event:?}"),
            }
        }
    };
    let mut ming = come_back(&first, "小明", "secret-ming")?;
    let mut ana = come_back(&second, "Ana", "secret-ana")?;
    until(|| Ok(ming.people("lobby")? == ["Ana", "小明"]))?;
    for (id, text) in [("1", "said again"), ("2", "new")] {
        ming.say(id, "lobby", text)?;
        let said = ming.said()?;
        assert!((said.seq > lost.seq) != is_ahead && said.text == text, "{said:?}");
        assert_eq!(ana.said()?, said);
    }
    Ok(())
}

#[test]
fn who_may_not_use_redis_is_told_why() -> Outcome {
    let Some(redis) = Redis::start("chat-password")? else { return Ok(()) };
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/chat.md"))?;
    let shown = page.lines().find(|line| line.starts_with("ACL SETUSER chat ")).ok_or("no rights are shown")?;
    let rule = shown.replace("PASSWORD", "geheim");
    redis.ask::<()>(&rule.split(' ').collect::<Vec<_>>())?;
    redis.ask::<()>(&["ACL", "SETUSER", "poor", "on", ">geheim", "~chat:*", "+@connection", "+@read"])?;
    redis.ask::<()>(&[
        "ACL",
        "SETUSER",
        "reader",
        "on",
        ">geheim",
        "~chat:*",
        "+@connection",
        "+@read",
        "+@scripting",
    ])?;
    redis.ask::<()>(&["ACL", "SETUSER", "elsewhere", "on", ">geheim", "~other:*", "+@all"])?;
    redis.ask::<()>(&["CONFIG", "SET", "requirepass", "secret"])?;
    let url = |user: &str| format!("redis://{user}{}", redis.address);
    for (user, reason) in [
        ("", "NOAUTH"),
        (":wrong@", "Password authentication failed"),
        ("poor:geheim@", "no permissions"),
        ("reader:geheim@", "can't run this command"),
        ("elsewhere:geheim@", "can't access at least one of the keys"),
    ] {
        let mut server = Command::new("timeout");
        let server = server.arg("10").arg(env!("CARGO_BIN_EXE_chat_server"));
        let outcome = server.args(["--listen", "127.0.0.1:0", "--redis", &url(user)]).output()?;
        let told = String::from_utf8(outcome.stderr)?;
        assert_eq!(outcome.status.code(), Some(1), "{told}");
        assert!(told.starts_with("--redis: ") && told.contains(reason) && told.lines().count() == 1, "{told}");
    }
    let mut heard = None;
    for user in [":secret@", "chat:geheim@"] {
        let server = Server::start(&["--redis", &url(user)])?;
        let mut ming = enter_again(&server, "小明", "secret-ming", heard)?;
        ming.say(user, "lobby", "你好")?;
        assert_eq!(ming.said()?.text, "你好");
        ming.send(&tell(&format!("p{user}"), "小明", "me"))?;
        let told = ming.told()?;
        assert_eq!(told.id, format!("p{user}"));
        heard = Some(told.seq);
    }
    Ok(())
}

#[test]
fn a_password_in_a_file_is_nobody_else_s() -> Outcome {
    let Some(redis) = Redis::start("chat-password-file")? else { return Ok(()) };
    redis.ask::<()>(&["ACL", "SETUSER", "chat", "on", ">geheim", "~chat:*", "+@all"])?;
    redis.ask::<()>(&["CONFIG", "SET", "requirepass", "secret"])?;
    let directory = Directory::new("chat-password-file-log")?;
    let (file, log) = (directory.file("password"), directory.file("log"));
    let url = |user: &str| format!("redis://{user}{}", redis.address);
    for (user, password) in [("", "secret"), ("", "secret\n"), ("chat@", "geheim\r\n# not this line")] {
        std::fs::write(&file, password)?;
        let server = logged(&log, &["--redis", &url(user), "--redis-password-file", &file])?;
        assert!(is_healthy(&server)?, "{user}{password}");
        assert_eq!(std::fs::read_to_string(&log)?, "");
    }
    for (password, reason) in
        [("wrong\n", "Password authentication failed"), ("\n", "it is empty"), ("", "it is empty")]
    {
        std::fs::write(&file, password)?;
        let mut server = Command::new(env!("CARGO_BIN_EXE_chat_server"));
        server.args(["--listen", "127.0.0.1:0", "--redis", &url(""), "--redis-password-file", &file]);
        let outcome = server.output()?;
        let told = String::from_utf8(outcome.stderr)?;
        assert!(outcome.status.code() == Some(1) && told.contains(reason) && told.lines().count() == 1, "{told}");
        assert!(!told.contains("wrong"), "{told}");
    }
    // Where everybody can read it, that is told; it is not.
    let server = logged(&log, &["--redis", &url(":secret@")])?;
    assert!(is_healthy(&server)?);
    let told = logs(&log, "--redis-password-file FILE keeps it for itself\n")?;
    assert!(told.lines().count() == 1 && !told.contains("secret"), "{told}");
    Ok(())
}

#[test]
#[cfg(feature = "tls")]
fn redis_may_be_elsewhere_behind_tls() -> Outcome {
    let Some(redis) = Redis::start("chat-redis-tls")? else { return Ok(()) };
    let directory = Directory::new("chat-redis-tls-files")?;
    let (certificate, key, log) = (directory.file("cert.pem"), directory.file("key.pem"), directory.file("log"));
    let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()])?;
    std::fs::write(&certificate, own.cert.pem())?;
    std::fs::write(&key, own.signing_key.serialize_pem())?;
    let address = lasting_address();
    let port = address.rsplit(':').next().ok_or("no port")?;
    let files = ["tls-cert-file", &certificate, "tls-key-file", &key, "tls-ca-cert-file", &certificate];
    redis.ask::<()>(&[&["CONFIG", "SET", "tls-auth-clients", "no", "tls-port", port], &files[..]].concat())?;
    let start = |trusted: &str| {
        let mut shell = Command::new("sh");
        shell.args(["-c", "exec \"$0\" \"$@\" 2>\"$LOG\""]).env("LOG", &log).env("SSL_CERT_FILE", trusted);
        Server::start_by(&mut shell, &["--redis", &format!("rediss://{address}")])
    };
    let server = start(&certificate)?;
    let mut ming = server.enter("小明")?;
    ming.say("1", "lobby", "over TLS")?;
    assert_eq!(ming.said()?.text, "over TLS");
    // Whom nobody vouches for is not Redis.
    assert!(!is_healthy(&start("/dev/null")?)?);
    logs(&log, "certificate").map(drop)
}

#[test]
fn a_message_whose_answer_was_lost_is_not_said_twice() -> Outcome {
    let Some(redis) = Redis::start("chat-answer")? else { return Ok(()) };
    let link = Relay::start(&redis.address)?;
    let (first, second) = (Server::start(&["--redis", &link.url()])?, Server::start(&["--redis", &redis.url()])?);
    let mut ming = enter(&first, "小明", "secret-ming")?;
    let mut ana = enter(&second, "Ana", "secret-ana")?;
    ming.until(|event| matches!(event, Event::Entered { .. }).then_some(()))?;
    let message =
        |client: &mut Client| client.until(|event| matches!(event, Event::Said(_) | Event::Told(_)).then_some(event));
    let say = Request::Say { id: "1".into(), room: "lobby".into(), text: "一".into() };
    for (request, id, text) in [(say, "1", "一"), (tell("p", "Ana", "你"), "p", "你")] {
        // Mute before it is asked, the link may hold an answer that the server waits for first.
        link.mute_with(text);
        ming.send(&request)?;
        // It has been said, and the server of who said it cannot know.
        let said = message(&mut ana)?;
        link.set(Link::Cut);
        assert_eq!(ming.reason()?, (Reason::Busy, Some(id.into())));
        // Others go on meanwhile.
        ana.say(&format!("{id}-next"), "lobby", "二")?;
        let next = message(&mut ana)?;
        until(|| Ok(!is_healthy(&first)?))?;
        link.set(Link::Whole);
        until(|| is_healthy(&first))?;
        // All comes in its order, what its own clients said too.
        assert_eq!((message(&mut ming)?, message(&mut ming)?), (said.clone(), next));
        let again = loop {
            ming.send(&request)?;
            match ming.event()? {
                Event::Error { .. } => std::thread::sleep(Duration::from_millis(300)),
                event => break event,
            }
        };
        assert_eq!(again, said);
        // And nobody hears it again.
        ming.say(&format!("{id}-last"), "lobby", "三")?;
        assert_eq!(message(&mut ana)?, message(&mut ming)?);
    }
    Ok(())
}

#[test]
fn who_misses_too_much_comes_back_to_hear_it() -> Outcome {
    let Some(redis) = Redis::start("chat-missed")? else { return Ok(()) };
    let link = Relay::start(&redis.address)?;
    let (first, second) = (Server::start(&["--redis", &link.url()])?, Server::start(&["--redis", &redis.url()])?);
    let mut ming = enter(&first, "小明", "secret-ming")?;
    let mut ana = second.enter("Ana")?;
    ana.say("0", "lobby", "零")?;
    let heard = ming.said()?;
    ana.said()?;
    link.set(Link::Cut);
    for id in ["1", "2", "3"] {
        ana.say(id, "lobby", id)?;
    }
    let missed = [ana.said()?, ana.said()?, ana.said()?];
    ana.send(&Request::Leave { room: "lobby".into() })?;
    // What the servers tell each other is kept for half a minute only.
    assert!(redis.ask::<usize>(&["XTRIM", "chat:news", "MAXLEN", "0"])? >= 3);
    link.set(Link::Whole);
    assert_eq!(ming.closed()?.0, 1012);
    until(|| is_healthy(&first))?;
    let mut ming = first.connect()?;
    ming.send(&hello("小明", "secret-ming", None))?;
    ming.until(|event| matches!(event, Event::Hello { .. }).then_some(()))?;
    assert_eq!(ming.join("lobby", Some(heard.seq))?, (vec!["小明".into()], missed.to_vec()));
    Ok(())
}

#[test]
fn what_is_too_old_is_forgotten_in_redis_too() -> Outcome {
    let Some(redis) = Redis::start("chat-old")? else { return Ok(()) };
    let server = Server::start(&["--redis", &redis.url(), "--keep", "2"])?;
    let mut ming = server.enter("小明")?;
    let day = 24 * 60 * 60 * 1_000_000_i64;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_micros();
    for (age, id) in [(3, "old"), (1, "new")] {
        let place = format!("{}-0", i64::try_from(now)? - age * day);
        let entry =
            format!(r#"{{"seq":0,"id":"{id}","from":{{"name":"小明"}},"to":{{"room":"lobby"}},"text":"{id}"}}"#);
        redis.ask::<String>(&["XADD", "chat:room:lobby", &place, "entry", &entry])?;
    }
    ming.say("now", "lobby", "now")?;
    ming.said()?;
    let mut ana = server.connect()?;
    ana.hello("Ana")?;
    let texts: Vec<_> = ana.join("lobby", None)?.1.into_iter().map(|said| said.text).collect();
    assert_eq!(texts, ["new", "now"]);
    for key in ["chat:room:lobby", "chat:said:now"] {
        let left = redis.ask::<i64>(&["PTTL", key])?;
        assert!((2 * day / 1000 - 60_000..=2 * day / 1000).contains(&left), "{key}: {left}");
    }
    Ok(())
}

/// 300 clients talk by way of a balancer over three servers, of which one is killed, one is cut off, and which lose Redis.
#[test]
fn whatever_fails_every_message_is_heard_once_by_everybody_in_one_order() -> Outcome {
    static SAID: AtomicUsize = AtomicUsize::new(0);
    let Some(mut redis) = Redis::start("chat-machines")? else { return Ok(()) };
    if !has("haproxy") {
        return Ok(());
    }
    let link = Relay::start(&redis.address)?;
    let addresses = [lasting_address(), lasting_address(), lasting_address()];
    let start = |number: usize| {
        let url = if number == 1 { link.url() } else { redis.url() };
        Server::start_on(&addresses[number], &["--redis", &url, "--rate", "0"])
    };
    let mut servers = (0..3).map(start).collect::<Outcome<Vec<_>>>()?;
    let balancer = Balancer::start("chat-balancer", &addresses.each_ref().map(String::as_str))?;
    let crowd = Crowd { clients: 300, room: 100, messages: 10, time: Duration::from_secs(15), may_be_refused: true };
    let threads = crowd::start(&format!("ws://{}/msg", balancer.address), &crowd, &SAID);
    // Of a hundred parts of what is to be said.
    let part = |part: usize| {
        until(|| {
            let is_over = threads.iter().any(std::thread::JoinHandle::is_finished);
            Ok(is_over || SAID.load(Ordering::Relaxed) * 100 >= part * crowd.clients * crowd.messages)
        })
    };
    part(10)?;
    servers[0].process.kill()?;
    servers[0].wait()?;
    part(25)?;
    servers[0] = start(0)?;
    part(35)?;
    link.set(Link::Cut);
    part(45)?;
    link.set(Link::Whole);
    part(55)?;
    redis.stop("KILL")?;
    part(65)?;
    redis.again()?;
    part(75)?;
    redis.signal("STOP")?;
    part(95)?;
    redis.signal("CONT")?;
    let report = crowd::finish(&crowd, threads)?;
    // Each of the three has had its share, and has been in trouble.
    assert!(report.came_back >= crowd.clients / 4, "{} came back", report.came_back);
    assert!(report.busy >= crowd.clients / 2, "{} times busy", report.busy);
    Ok(())
}
