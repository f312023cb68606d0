//! What the chat server and its terminal client know, without a socket: rooms, rates, acknowledgements.

#[path = "../../src/bin/chat_server/chat/mod.rs"]
#[allow(dead_code, reason = "the server uses the rest")]
mod chat;
#[path = "../../src/bin/chat_server/rate.rs"]
mod rate;
#[path = "../../src/bin/chat_client/session.rs"]
#[allow(dead_code, reason = "the terminal uses the rest")]
pub(crate) mod session;

use std::time::{Duration, Instant};

use chat::{Action, Address, Answer, Chat, ClientId, Job, Message, News, Party, Presence, Range, Stream};
use chat_protocol::{About, Event, LOBBY, Reason, Request, Said};
use rate::Bucket;
use session::{Command, Session, command};

fn request(chat: &mut Chat, client: ClientId, request: Request) -> Vec<Action> {
    chat.request(client, request);
    std::mem::take(&mut chat.actions)
}

/// The history has this of the room that a client enters.
fn load(chat: &mut Chat, client: ClientId, room: &str, messages: Vec<Message>) -> Vec<Action> {
    let job = Job::Load { of: Stream::Room(room.into()), range: Range::Last };
    chat.done(client, job, Some(Answer::Found { messages, more: false }));
    std::mem::take(&mut chat.actions)
}

fn hello(name: &str) -> Request {
    Request::Hello { name: name.into(), session: None, after: None }
}

fn said(seq: i64, id: &str, room: &str) -> Said {
    Said { seq, id: id.into(), room: room.into(), from: "小明".into(), text: "你好".into() }
}

#[test]
fn every_message_has_the_form_that_is_documented() -> serde_json::Result<()> {
    for (text, request) in [
        (r#"{"type":"hello","name":"小明"}"#, hello("小明")),
        (r#"{"type":"join","room":"lobby","after":5}"#, Request::Join { room: LOBBY.into(), after: Some(5) }),
        (
            r#"{"type":"say","id":"1","room":"lobby","text":"你好"}"#,
            Request::Say { id: "1".into(), room: LOBBY.into(), text: "你好".into() },
        ),
        (r#"{"type":"rooms"}"#, Request::Rooms),
    ] {
        assert_eq!(serde_json::from_str::<Request>(text)?, request);
        assert_eq!(serde_json::to_string(&request)?, text);
    }
    for (event, text) in [
        (
            Event::Said(said(5, "1", LOBBY)),
            r#"{"type":"said","seq":5,"id":"1","room":"lobby","from":"小明","text":"你好"}"#,
        ),
        (
            Event::error(Reason::TooFast, About::id("1")),
            r#"{"type":"error","reason":"too_fast","text":"this is too fast; try again in a moment","id":"1"}"#,
        ),
        (
            Event::error(Reason::BadName, About::room("茶 馆")),
            r#"{"type":"error","reason":"bad_name","text":"a name has 1 to 24 characters","room":"茶 馆"}"#,
        ),
        (
            Event::error(Reason::NotText, About::default()),
            r#"{"type":"error","reason":"not_text","text":"only text messages are understood"}"#,
        ),
    ] {
        assert_eq!(serde_json::to_string(&event)?, text);
        assert_eq!(serde_json::from_str::<Event>(text)?, event);
    }
    Ok(())
}

/// What is kept of [`said`].
fn message(seq: i64, id: &str) -> Message {
    let from = Party { name: "小明".into(), ..Party::default() };
    Message { seq, id: id.into(), from, to: Address::Room(LOBBY.into()), text: "你好".into() }
}

#[test]
fn who_has_left_leaves_nothing_behind() {
    let mut chat = Chat::default();
    request(&mut chat, 7, hello("Ana"));
    for round in 0..3 {
        request(&mut chat, round, hello("小明"));
        load(&mut chat, round, LOBBY, Vec::new());
        load(&mut chat, 7, LOBBY, Vec::new());
        chat.depart(round);
        let left = Event::Left { room: LOBBY.into(), name: "小明".into() };
        assert_eq!(std::mem::take(&mut chat.actions), [Action::Tell(vec![7], left)]);
        // What the history brings for somebody who has left is for nobody.
        assert_eq!(load(&mut chat, round, LOBBY, Vec::new()), []);
        chat.depart(round);
        assert_eq!(chat.actions, []);
        request(&mut chat, 7, Request::Leave { room: LOBBY.into() });
        assert_eq!(request(&mut chat, 9, Request::Rooms), [Action::Tell(vec![9], Event::Rooms { rooms: Vec::new() })]);
    }
}

#[test]
fn of_very_many_rooms_the_fullest_are_listed() {
    let mut chat = Chat::default();
    for client in 0..40 {
        request(&mut chat, client, hello(&format!("n{client}")));
        for number in 0..15 {
            load(&mut chat, client, &format!("room-{client}-{number}"), Vec::new());
        }
        load(&mut chat, client, if client % 3 == 0 { "zoo" } else { LOBBY }, Vec::new());
    }
    let answer = request(&mut chat, 1, Request::Rooms);
    let [Action::Tell(hearers, Event::Rooms { rooms })] = &answer[..] else { panic!("{answer:?}") };
    assert_eq!((hearers.as_slice(), rooms.len()), (&[1][..], 100));
    let first: Vec<_> = rooms.iter().take(3).map(|room| (room.room.as_str(), room.people)).collect();
    assert_eq!(first, [(LOBBY, 26), ("zoo", 14), ("room-0-0", 1)]);
}

#[test]
fn a_speaker_who_has_left_the_room_is_acknowledged_all_the_same() {
    let mut chat = Chat::default();
    for (client, name) in [(1, "小明"), (2, "Ana")] {
        request(&mut chat, client, hello(name));
        load(&mut chat, client, LOBBY, Vec::new());
    }
    let heard = |clients: &[ClientId], seq, id| Action::Tell(clients.to_vec(), Event::Said(said(seq, id, LOBBY)));
    let keep = |chat: &mut Chat, seq, id, again| {
        let answer = Answer::Kept { message: message(seq, id), again };
        chat.done(1, Job::Keep(message(0, id)), Some(answer));
        std::mem::take(&mut chat.actions)
    };
    assert_eq!(keep(&mut chat, 5, "1", false), [heard(&[1, 2], 5, "1")]);
    assert_eq!(keep(&mut chat, 5, "1", true), [heard(&[1], 5, "1")]);
    request(&mut chat, 1, Request::Leave { room: LOBBY.into() });
    assert_eq!(keep(&mut chat, 6, "2", false), [heard(&[2], 6, "2"), heard(&[1], 6, "2")]);
}

#[test]
fn a_guest_never_gets_the_name_of_somebody_who_is_there() {
    let mut chat = Chat::default();
    request(&mut chat, 1, hello("Guest-1"));
    let plain = || Request::Plain { text: "hi".into() };
    let actions = request(&mut chat, 2, plain());
    assert!(
        matches!(&actions[..], [Action::Ask(2, Job::Keep(message))] if message.from.name == "guest-2"),
        "{actions:?}"
    );
    // Who has a name of their own speaks by requests.
    assert_eq!(
        request(&mut chat, 1, plain()),
        [Action::Tell(vec![1], Event::error(Reason::BadRequest, About::default()))]
    );
}

#[test]
fn who_comes_in_among_others_hears_what_follows_and_nothing_twice() {
    let mut chat = Chat::new(1);
    let here = |client: ClientId| 1 << 64 | client;
    let mut names = 0;
    for (client, name) in [(here(1), "小明"), (here(2), "Ana")] {
        let mut asked = request(&mut chat, client, hello(name));
        let Some(Action::Ask(_, Job::Claim { presence, after })) = asked.pop() else { panic!("{asked:?}") };
        // What is asked before the name is given is answered then.
        assert_eq!(request(&mut chat, client, Request::Join { room: LOBBY.into(), after: None }), []);
        chat.done(client, Job::Claim { presence: presence.clone(), after }, Some(Answer::Given));
        // It is when it is heard: all that was told before has been heard then.
        assert_eq!(std::mem::take(&mut chat.actions), []);
        names += 1;
        chat.hear(names, News::Here { client, presence });
        let actions = std::mem::take(&mut chat.actions);
        assert!(matches!(&actions[..], [Action::Tell(..), .., Action::Ask(_, Job::Load { .. })]), "{actions:?}");
    }
    let enter = |chat: &mut Chat, client, messages: Vec<Message>| {
        let joined = |action| match action {
            Action::Tell(_, Event::Joined { messages, seq, .. }) => Some((messages, seq)),
            _ => None,
        };
        let (messages, seq) = load(chat, client, LOBBY, messages).into_iter().find_map(joined).expect("it is let in");
        (messages.iter().map(|said| said.seq).collect::<Vec<_>>(), seq)
    };
    let hear = |chat: &mut Chat, seq| {
        chat.hear(seq, News::Kept(message(0, &seq.to_string())));
        match &std::mem::take(&mut chat.actions)[..] {
            [] => Vec::new(),
            [Action::Tell(hearers, Event::Said(said))] if said.seq == seq => hearers.clone(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(hear(&mut chat, 10), []);
    assert_eq!(enter(&mut chat, here(1), vec![message(10, "10")]), (vec![10], 10));
    assert_eq!(hear(&mut chat, 11), [here(1)]);
    assert_eq!(enter(&mut chat, here(2), vec![message(10, "10"), message(11, "11")]), (vec![10, 11], 11));
    // Sent again: it is acknowledged in its turn, not before.
    let again = |chat: &mut Chat, client, seq| {
        let answer = Answer::Kept { message: message(seq, "x"), again: true };
        chat.done(client, Job::Keep(message(0, "x")), Some(answer));
        std::mem::take(&mut chat.actions).len()
    };
    assert_eq!((again(&mut chat, here(1), 12), again(&mut chat, here(1), 11)), (0, 1));
    assert_eq!(hear(&mut chat, 12), [here(1), here(2)]);
    // Who comes back knows what this server has heard, or the history has begun anew.
    let mut ask = |after| {
        let mut asked = request(&mut chat, here(1), Request::Join { room: LOBBY.into(), after: Some(after) });
        let Some(Action::Ask(_, Job::Load { range, .. })) = asked.pop() else { panic!("{asked:?}") };
        load(&mut chat, here(1), LOBBY, Vec::new());
        range
    };
    assert_eq!((ask(12), ask(13)), (Range::After(12), Range::LastAfter(0)));
    // A name that is given and not heard of, when others could not be heard any more, is asked for again.
    request(&mut chat, here(3), hello("Eva"));
    let presence = Presence { name: "Eva".into(), ..Presence::default() };
    let job = Job::Claim { presence: presence.clone(), after: None };
    chat.done(here(3), job, Some(Answer::Given));
    assert_eq!(request(&mut chat, here(3), Request::Rooms), []);
    chat.give_up();
    let busy = || Action::Tell(vec![here(3)], Event::error(Reason::Busy, About::default()));
    let refused: Vec<_> =
        std::mem::take(&mut chat.actions).into_iter().filter(|it| matches!(it, Action::Tell(..))).collect();
    assert_eq!(refused, [busy(), busy()]);
    chat.hear(13, News::Here { client: here(3), presence });
    assert_eq!(std::mem::take(&mut chat.actions), []);
}

#[test]
fn the_bucket_refills_by_time_and_patience_ends() {
    let mut bucket = Bucket::default();
    let begun = Instant::now();
    let mut count = |rate, now, number| {
        // Followed, too fast, and cut off.
        (0..number).fold([0; 3], |mut all, _| {
            let is_followed = bucket.take(rate, now).is_ok();
            all[if is_followed { 0 } else { 1 + usize::from(bucket.is_closed()) }] += 1;
            all
        })
    };
    assert_eq!(count(Some(5.0), begun, 25), [20, 5, 0]);
    let later = begun + Duration::from_secs(1);
    assert_eq!(count(Some(5.0), later, 10), [5, 5, 0]);
    assert_eq!(count(Some(5.0), later, 100), [0, 95, 5]);
    assert_eq!(count(Some(5.0), begun, 1), [0, 0, 1], "a clock that goes back fills nothing");
    assert_eq!(count(Some(5.0), begun + Duration::from_secs(3600), 25), [20, 5, 0]);
    assert_eq!(count(None, later, 1000), [1000, 0, 0]);
}

#[test]
fn lines_are_commands_or_messages() {
    for (line, expected) in [
        ("  ", Command::Nothing),
        (" 你好 / ", Command::Say("你好 /".into())),
        ("/nick 小明", Command::Nick("小明".into())),
        ("/nick", Command::Wrong("the command is /nick NAME".into())),
        ("/nick a b", Command::Nick("a b".into())),
        ("/join Tea House", Command::Join("tea house".into())),
        ("/join  茶馆 ", Command::Join("茶馆".into())),
        ("/msg Ana  hi there", Command::Tell("Ana".into(), "hi there".into())),
        ("/msg Ana", Command::Wrong("the command is /msg NAME TEXT".into())),
        ("//msg Ana", Command::Say("/msg Ana".into())),
        ("/who", Command::Who),
        ("/quit", Command::Quit),
        ("/quit now", Command::Wrong("the command is /quit".into())),
        ("/fly", Command::Wrong("there is no such command; /help lists them".into())),
    ] {
        assert_eq!(command(line), expected, "{line:?}");
    }
}

#[test]
fn a_session_sends_again_what_was_not_acknowledged_and_hears_nothing_twice() {
    let mut session = Session::new("小明".into(), LOBBY.into(), "secret".into());
    let joined = |messages: Vec<Said>, seq| Event::Joined { room: LOBBY.into(), names: Vec::new(), messages, seq };
    let hello = || Event::Hello { name: "小明".into() };
    let join = |after| Request::Join { room: LOBBY.into(), after };
    let say = |id: &str, text: &str| Request::Say { id: id.into(), room: LOBBY.into(), text: text.into() };

    // Typed before there is a connection: it waits until the session is in the room.
    assert_eq!(session.command(Command::Say("一".into())), Ok(vec![]));
    assert_eq!(
        session.connected(),
        [Request::Hello { name: "小明".into(), session: Some("secret".into()), after: Some(0) }]
    );
    assert_eq!(session.hear(hello()).1, [join(None)]);
    assert_eq!(session.hear(joined(vec![said(3, "x", LOBBY)], 3)).1, [say("secret-1", "一")]);
    assert_eq!(session.command(Command::Say("二".into())), Ok(vec![]));

    // The first is acknowledged, then the connection is lost: the second is sent again, in its turn.
    let (event, requests) = session.hear(Event::Said(said(4, "secret-1", LOBBY)));
    assert!(event.is_some());
    assert_eq!(requests, [say("secret-2", "二")]);
    assert!(session.waiting() > 0);
    session.lost();
    assert_eq!(session.hear(hello()).1, [join(Some(4))]);
    // The server had it, and brings it among what was missed: once is enough.
    let (event, requests) = session.hear(joined(vec![said(4, "secret-1", LOBBY), said(5, "secret-2", LOBBY)], 5));
    assert_eq!(event, Some(joined(vec![said(5, "secret-2", LOBBY)], 5)));
    assert_eq!(requests, []);
    assert!(session.waiting() == 0);
    assert_eq!(session.hear(Event::Said(said(5, "secret-2", LOBBY))).0, None);

    // Where nothing had been said, everything is news.
    let mut other = Session::new("Ana".into(), LOBBY.into(), "other".into());
    other.hear(hello());
    other.hear(joined(Vec::new(), 0));
    other.lost();
    assert_eq!(other.hear(hello()).1, [join(Some(0))]);

    // Much is fetched in parts.
    session.lost();
    session.hear(hello());
    let part = Event::History { room: LOBBY.into(), messages: vec![said(6, "y", LOBBY)] };
    assert_eq!(session.hear(part.clone()), (Some(part), vec![join(Some(6))]));

    // The history has begun anew, with places before those of what was heard.
    session.lost();
    session.hear(hello());
    let anew = joined(vec![said(2, "z", LOBBY)], 3);
    assert_eq!(session.hear(anew.clone()).0, Some(anew));
    let next = Event::Said(said(4, "zz", LOBBY));
    assert_eq!(session.hear(next.clone()).0, Some(next));
    session.lost();
    assert_eq!(session.hear(hello()).1, [join(Some(4))]);
}

#[test]
fn what_is_asked_without_a_connection_is_asked_when_there_is_one() {
    let mut session = Session::new("小明".into(), LOBBY.into(), "s".into());
    let hello = || Event::Hello { name: "小明".into() };
    let joined = || Event::Joined { room: LOBBY.into(), names: Vec::new(), messages: Vec::new(), seq: 0 };
    let people = || Event::People { room: LOBBY.into(), names: Vec::new() };
    let who = || Request::Who { room: LOBBY.into() };
    assert_eq!(session.command(Command::Who), Ok(vec![]));
    assert_eq!(session.command(Command::Rooms), Ok(vec![]));
    // Who asks is to be in the answer.
    assert_eq!(session.hear(hello()).1, [Request::Join { room: LOBBY.into(), after: None }]);
    assert_eq!(session.hear(joined()).1, [who()]);
    // Refused, and asked again.
    assert_eq!(session.hear(Event::error(Reason::TooFast, About::default())), (None, vec![]));
    assert_eq!(session.retry(), [who()]);
    // Answered; the next one is lost with the connection, and asked again.
    assert_eq!(session.hear(people()), (Some(people()), vec![Request::Rooms]));
    session.lost();
    assert!(session.waiting() > 0);
    session.hear(hello());
    assert_eq!(session.hear(joined()).1, [Request::Rooms]);
    session.hear(Event::Rooms { rooms: Vec::new() });
    assert!(session.waiting() == 0);
}

#[test]
fn a_room_that_is_left_or_not_entered_holds_nothing_up() {
    let mut session = Session::new("小明".into(), "a b".into(), "s".into());
    let join = |room: &str| Request::Join { room: room.into(), after: None };
    let joined = |room: &str| Event::Joined { room: room.into(), names: Vec::new(), messages: Vec::new(), seq: 0 };
    assert_eq!(session.command(Command::Say("一".into())), Ok(vec![]));
    assert_eq!(session.hear(Event::Hello { name: "小明".into() }).1, [join("a b")]);
    // The room is refused: what was to be said there is dropped, then and later, until one goes elsewhere.
    assert!(!session.is_settled());
    let (event, requests) = session.hear(Event::error(Reason::BadName, About::room("a b")));
    assert!(event.is_some() && session.waiting() == 0 && session.is_settled());
    assert_eq!(requests, []);
    assert!(session.command(Command::Say("一".into())).is_err());
    assert!(session.command(Command::Who).is_err());
    assert_eq!(session.go_back(), [join(LOBBY)]);
    assert_eq!(session.go_back(), []);
    session.hear(joined(LOBBY));
    assert!(session.is_settled() && session.room == LOBBY);
    // Nobody is in no room.
    assert!(session.command(Command::Leave).is_err());
    assert_eq!(session.command(Command::Join("茶馆".into())), Ok(vec![join("茶馆")]));
    assert_eq!(session.command(Command::Say("二".into())), Ok(vec![]));
    assert_eq!(session.command(Command::Leave), Ok(vec![]));
    assert!(session.waiting() == 0 && session.room == LOBBY);
    // It comes to be in the room only now.
    assert_eq!(session.hear(joined("茶馆")), (None, vec![Request::Leave { room: "茶馆".into() }]));
    // A refusal that passes leaves the room to be tried again; that the server is busy is news once.
    assert_eq!(session.command(Command::Join("书店".into())), Ok(vec![join("书店")]));
    let busy = || Event::error(Reason::Busy, About::room("书店"));
    assert_eq!(session.hear(busy()), (Some(busy()), vec![]));
    assert_eq!(session.retry(), [join("书店")]);
    assert_eq!(session.hear(busy()), (None, vec![]));
    assert_eq!(session.retry(), [join("书店")]);
}

#[test]
fn another_name_is_asked_for_until_it_is_given_or_refused() {
    let mut session = Session::new("小明".into(), LOBBY.into(), "s".into());
    let hello = |name: &str| Request::Hello { name: name.into(), session: Some("s".into()), after: Some(0) };
    let given = |name: &str| Event::Hello { name: name.into() };
    // Before the first one is given it replaces it.
    assert_eq!(session.connected(), [hello("小明")]);
    assert!(session.hear(Event::error(Reason::NameTaken, About::default())).0.is_some());
    assert_eq!(session.command(Command::Nick("小红".into())), Ok(vec![hello("小红")]));
    session.hear(given("小红"));
    session.hear(Event::Joined { room: LOBBY.into(), names: Vec::new(), messages: Vec::new(), seq: 0 });
    assert!(session.waiting() == 0);
    // Lost and refused for a moment.
    assert_eq!(session.command(Command::Nick("Ana".into())), Ok(vec![hello("Ana")]));
    session.lost();
    assert_eq!(session.connected(), [hello("小红")]);
    assert_eq!(session.hear(given("小红")).1.last(), Some(&hello("Ana")));
    assert_eq!(session.hear(Event::error(Reason::TooFast, About::default())), (None, vec![]));
    assert_eq!(session.retry().last(), Some(&hello("Ana")));
    session.hear(given("Ana"));
    assert!(session.waiting() == 0 && session.name == "Ana");
    // Refused for good.
    assert_eq!(session.command(Command::Nick("Eva".into())), Ok(vec![hello("Eva")]));
    assert!(session.hear(Event::error(Reason::NameTaken, About::default())).0.is_some());
    assert!(session.waiting() == 0 && session.name == "Ana");
}

#[test]
fn a_session_keeps_the_order_whatever_is_refused() {
    let mut session = Session::new("小明".into(), LOBBY.into(), "s".into());
    session.hear(Event::Hello { name: "小明".into() });
    session.hear(Event::Joined { room: LOBBY.into(), names: Vec::new(), messages: Vec::new(), seq: 0 });
    let sent = |requests: &[Request]| match requests {
        [Request::Say { id, .. } | Request::Tell { id, .. }] => id.clone(),
        other => format!("{other:?}"),
    };
    let first = session.command(Command::Say("1".into())).expect("it can be said");
    assert_eq!(sent(&first), "s-1");
    for number in 2..5 {
        assert_eq!(session.command(Command::Say(number.to_string())), Ok(Vec::new()));
    }
    assert_eq!(session.command(Command::Tell("Ana".into(), "hi".into())), Ok(Vec::new()));
    // Refused: nothing goes on before it is time to try again, whatever is heard meanwhile.
    assert_eq!(session.hear(Event::error(Reason::TooFast, About::id("s-1"))).1, []);
    assert_eq!(session.hear(Event::Said(said(1, "x", LOBBY))).1, []);
    assert_eq!(sent(&session.retry()), "s-1");
    assert_eq!(sent(&session.hear(Event::Said(said(2, "s-1", LOBBY))).1), "s-2");
    // What can never be said does not stand in the way.
    assert_eq!(sent(&session.hear(Event::error(Reason::BadText, About::id("s-2"))).1), "s-3");
    assert_eq!(sent(&session.hear(Event::Said(said(3, "s-3", LOBBY))).1), "s-4");
    assert_eq!(sent(&session.hear(Event::Said(said(4, "s-4", LOBBY))).1), "s-5");
    assert_eq!(session.hear(Event::error(Reason::Absent, About::id("s-5"))).1, []);
    assert!(session.waiting() == 0);
}
