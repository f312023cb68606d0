use std::{
    collections::HashSet,
    io::ErrorKind::InvalidInput,
    sync::{Arc, Mutex, mpsc},
    thread,
};

use php_sockets::{
    AF_INET, SOCK_STREAM, SOL_TCP, socket_bind, socket_close, socket_create, socket_create_listen,
    ws::{
        CloseCode, CloseFrame, Connection, Message, Unsendable, WebSocketError,
        server::{Callbacks, ClientId, Server},
    },
};

use crate::{
    support::{LONG, Running, eventually},
    topics::callbacks,
};

type TestResult = Result<(), Box<dyn std::error::Error>>;

#[test]
fn a_topic_reaches_all_threads_in_order() -> Result<(), WebSocketError> {
    let server = Running::start_threads(4, |server| server, callbacks)?;
    let mut clients = (0..40).map(|_| server.client()).collect::<Result<Vec<_>, WebSocketError>>()?;
    for client in &mut clients {
        client.send("+a")?;
        assert_eq!(client.hear()?, "1");
    }
    let (mut one, mut two) = (server.client()?, server.client()?);
    for number in 0..200 {
        one.send(&format!("a:one {number}"))?;
        two.send(&format!("a:two {number}"))?;
    }
    for client in &mut clients {
        let mut next = [0, 0];
        for _ in 0..400 {
            let heard = client.hear()?;
            let (who, number) = heard.split_once(' ').expect("two words");
            let next = &mut next[usize::from(who == "two")];
            assert_eq!(number, next.to_string());
            *next += 1;
        }
    }
    Ok(())
}

/// Private messages go by number, whichever thread the client is on.
#[test]
fn a_client_of_another_thread_is_reached_by_its_number() -> Result<(), WebSocketError> {
    let people = Arc::new(Mutex::new(Vec::<ClientId>::new()));
    let threads = Arc::new(Mutex::new(HashSet::new()));
    let server = {
        let threads = Arc::clone(&threads);
        Running::start_threads(
            2,
            |server| server,
            move || {
                let (entered, people, threads) = (Arc::clone(&people), Arc::clone(&people), Arc::clone(&threads));
                Callbacks::new()
                    .onopen(move |client| {
                        threads.lock().expect("no panic").insert(client.clients().thread());
                        entered.lock().expect("no panic").push(client.id());
                        client.send(&format!("{}", entered.lock().expect("no panic").len() - 1));
                    })
                    .onmessage(move |client, message| {
                        let Message::Text(text) = message else { return };
                        let people = people.lock().expect("no panic");
                        match text.split_once(':') {
                            Some(("close", number)) => {
                                let id = people[number.parse::<usize>().expect("a number")];
                                client.clients().close(id, CloseCode(4001));
                            }
                            Some((number, text)) => {
                                client.clients().send(people[number.parse::<usize>().expect("a number")], text);
                            }
                            None => {}
                        }
                    })
            },
        )?
    };
    let mut clients = Vec::new();
    while threads.lock().expect("no panic").len() < 2 || clients.len() < 8 {
        assert!(clients.len() < 1000, "the system spreads them");
        let mut client = server.client()?;
        assert_eq!(client.hear()?, clients.len().to_string());
        clients.push(client);
    }
    for number in 0..clients.len() {
        clients[0].send(&format!("{number}:给 {number}"))?;
    }
    for (number, client) in clients.iter_mut().enumerate() {
        assert_eq!(client.hear()?, format!("给 {number}"));
    }
    for number in 1..clients.len() {
        clients[0].send(&format!("close:{number}"))?;
    }
    for client in &mut clients[1..] {
        assert_eq!(client.hear()?, "4001");
    }
    // Who has left is nobody.
    clients[0].send("1:anybody?")?;
    clients[0].send("0:me")?;
    assert_eq!(clients[0].hear()?, "me");
    Ok(())
}

#[test]
fn a_panic_on_any_thread_ends_all() -> Result<(), WebSocketError> {
    let server = Running::start_threads(
        3,
        |server| server,
        || Callbacks::new().onmessage(|_, _| std::panic::resume_unwind(Box::new("on purpose"))),
    )?;
    let mut clients = (0..9).map(|_| server.client()).collect::<Result<Vec<_>, WebSocketError>>()?;
    clients[0].send("!")?;
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| server.join())).expect_err("it panics");
    assert_eq!(panic.downcast_ref(), Some(&"on purpose"));
    Ok(())
}

/// Whoever says stop before there is a thread to wake is heard too.
#[test]
fn a_server_that_was_stopped_before_it_ran_ends() -> Result<(), WebSocketError> {
    // With one socket for all the first thread may have closed it before the last one looks at it.
    for threads in [1, 2].into_iter().chain(std::iter::repeat_n(8, 50)) {
        let (ended, end) = mpsc::channel();
        let server = Server::bind("127.0.0.1", 0)?;
        let server = if threads == 8 { server.share_listener() } else { server };
        server.handle().stop();
        thread::spawn(move || ended.send(server.threads(threads).run(Callbacks::new)));
        end.recv_timeout(LONG).expect("it ends")?;
    }
    Ok(())
}

/// A thread that does not keep up loses clients, not memory: who has missed something is told 1013.
#[test]
fn who_misses_something_is_closed() -> Result<(), WebSocketError> {
    const MESSAGES: usize = 1000;
    let server = Running::start_threads(2, |server| server.inbox_limit(1), callbacks)?;
    let mut clients = (0..20).map(|_| server.client()).collect::<Result<Vec<_>, WebSocketError>>()?;
    for client in &mut clients {
        client.send("+a")?;
        assert_eq!(client.hear()?, "1");
    }
    let mut publisher = server.client()?;
    let flood = thread::spawn(move || -> Result<_, WebSocketError> {
        for number in 0..MESSAGES {
            publisher.connection.cork();
            publisher.send(&format!("a:{number}"))?;
        }
        publisher.connection.flush()?;
        Ok(publisher)
    });
    let mut dropped = 0;
    for client in &mut clients {
        let mut next = 0;
        loop {
            match client.hear()?.as_str() {
                "1013" => {
                    dropped += 1;
                    break;
                }
                number => assert_eq!(number, next.to_string(), "without a gap"),
            }
            next += 1;
            if next == MESSAGES {
                break;
            }
        }
    }
    let _publisher = flood.join().expect("no panic")?;
    assert_eq!(server.handle.metrics().dropped_inbox, dropped);
    // About half of them are on the publisher's own thread.
    assert!(dropped < 20, "{dropped}");
    Ok(())
}

#[test]
fn it_stops_under_load() -> Result<(), WebSocketError> {
    let server = Running::start_threads(2, |server| server, callbacks)?;
    let clients = (0..16).map(|_| server.client()).collect::<Result<Vec<_>, WebSocketError>>()?;
    let speaking = clients.into_iter().map(|mut client| {
        thread::spawn(move || -> Result<(), WebSocketError> {
            client.send("+a")?;
            loop {
                if client.hear()? == "1001" {
                    return Ok(());
                }
                // The server may have said that it closes.
                let _ = client.send("a:你好");
            }
        })
    });
    let speaking: Vec<_> = speaking.collect();
    eventually(|| server.handle.metrics().messages_out > 10_000);
    let handle = server.handle.clone();
    server.stop()?;
    for thread in speaking {
        thread.join().expect("no panic")?;
    }
    assert_eq!(handle.metrics().open, 0);
    Ok(())
}

/// Who sends by a handle more than a thread can do is told, and what he is told of nobody hears, on whichever thread.
#[test]
fn a_handle_is_told_that_the_server_does_not_keep_up() -> Result<(), WebSocketError> {
    const SIZE: usize = 1000;
    const LIMIT: usize = 100 * SIZE;
    let (wakes, sleeps) = mpsc::channel::<()>();
    let (tell, asleep) = mpsc::channel();
    let sleeps = Arc::new(Mutex::new(sleeps));
    let server = Running::start_threads(
        2,
        |server| server.inbox_limit(LIMIT),
        move || {
            let (sleeps, tell) = (Arc::clone(&sleeps), tell.clone());
            Callbacks::new().onopen(|client| client.send(&client.clients().thread().to_string())).onmessage(
                move |_, _| {
                    tell.send(()).expect("somebody waits");
                    let _ = sleeps.lock().expect("no panic").recv();
                },
            )
        },
    )?;
    let mut clients: [Option<_>; 2] = [None, None];
    while clients.iter().any(Option::is_none) {
        let mut client = server.client()?;
        let thread = client.hear()?.parse::<usize>().expect("a number");
        clients[thread] = Some(client);
    }
    let [Some(mut busy), Some(mut idle)] = clients else { unreachable!("both are there") };
    busy.send("sleep")?;
    asleep.recv().expect("it does");
    let message = vec![7; SIZE];
    let mut taken = 0;
    while server.handle.broadcast(&message).is_ok() {
        taken += 1;
        assert!(taken * SIZE <= LIMIT / 2, "the other half is the threads'");
    }
    assert!(taken > 40, "{taken}");
    assert!(matches!(server.handle.broadcast(&message), Err(Unsendable::BufferFull)));
    wakes.send(()).expect("it sleeps");
    for client in [&mut busy, &mut idle] {
        for _ in 0..taken {
            assert_eq!(client.hear()?, "[1000 bytes]");
        }
    }
    server.handle.broadcast("there is room again")?;
    assert_eq!((busy.hear()?, idle.hear()?), ("there is room again".into(), "there is room again".into()));
    assert_eq!(server.handle.metrics().dropped_inbox, 0);
    Ok(())
}

/// How many there are in a room is known on every thread, and outside.
#[test]
fn subscribers_are_counted_on_all_threads() -> TestResult {
    let server = Running::start_threads(
        3,
        |server| server,
        || {
            Callbacks::new().onmessage(|client, message| {
                if matches!(message, Message::Text("+")) {
                    client.subscribe("诗");
                } else {
                    client.unsubscribe("诗");
                }
                client.send(&client.clients().subscriber_count("诗").to_string());
            })
        },
    )?;
    let mut clients = (0..20).map(|_| server.client()).collect::<Result<Vec<_>, _>>()?;
    for (number, client) in (1..).zip(&mut clients) {
        client.send("+")?;
        assert_eq!(client.hear()?, number.to_string());
        client.send("+")?;
        assert_eq!(client.hear()?, number.to_string());
    }
    assert_eq!(server.handle.subscriber_count("诗"), 20);
    clients[3].send("-")?;
    assert_eq!(clients[3].hear()?, "19");
    clients.truncate(10);
    eventually(|| server.handle.subscriber_count("诗") == 9);
    drop(clients);
    eventually(|| server.handle.subscriber_count("诗") == 0);
    Ok(())
}

/// Nobody could be let in any more, and whoever started the server would wait for ever.
#[test]
fn a_listening_socket_that_somebody_closes_ends_the_server() -> TestResult {
    for (threads, is_shared) in [(1, false), (2, false), (2, true)] {
        let listener = socket_create_listen(0, None)?;
        let server = Server::new(listener.clone())?;
        let server = if is_shared { server.share_listener() } else { server };
        let (handle, (_, port)) = (server.handle(), server.address()?);
        let (ended, end) = mpsc::channel();
        thread::spawn(move || ended.send(server.threads(threads).run(Callbacks::new)));
        let is_one = is_shared || !cfg!(any(target_os = "linux", target_os = "android"));
        eventually(|| handle.metrics().listening == if is_one { 1 } else { threads as u64 });
        let mut client = Connection::connect(&format!("ws://127.0.0.1:{port}/"))?;
        client.set_read_timeout(Some(LONG))?;
        socket_close(&listener)?;
        let mut buffer = Vec::new();
        assert_eq!(
            client.read(&mut buffer)?,
            Message::Close(Some(CloseFrame { code: CloseCode::GOING_AWAY, reason: "" }))
        );
        drop(client);
        let error = end.recv_timeout(LONG)?.expect_err("it is told");
        assert!(error.to_string().contains("closed"), "{error}");
        assert_eq!(handle.metrics().listening, 0);
    }
    Ok(())
}

/// Before all threads have begun, too: who was let in by the first one is told.
#[test]
fn a_listening_socket_that_is_closed_at_the_start_is_an_end_like_any_other() -> TestResult {
    let listener = socket_create_listen(0, None)?;
    let server = Server::new(listener.clone())?.share_listener();
    let (_, port) = server.address()?;
    let (opened, open) = mpsc::channel();
    let (starts, start) = mpsc::channel();
    let start = Mutex::new(Some(start));
    let callbacks = move || {
        let opened = opened.clone();
        // One thread begins when the other one has a client.
        let first = start.lock().expect("no panic").take();
        let _ = first.map(|start| start.recv());
        Callbacks::new().onopen(move |_| _ = opened.send(()))
    };
    let running = thread::spawn(move || server.threads(2).run(callbacks));
    let mut client = Connection::connect(&format!("ws://127.0.0.1:{port}/"))?;
    client.set_read_timeout(Some(LONG))?;
    open.recv_timeout(LONG)?;
    socket_close(&listener)?;
    starts.send(())?;
    let mut buffer = Vec::new();
    assert_eq!(client.read(&mut buffer)?, Message::Close(Some(CloseFrame { code: CloseCode::GOING_AWAY, reason: "" })));
    drop(client);
    let error = running.join().expect("no panic").expect_err("it is told");
    assert!(error.to_string().contains("closed"), "{error}");
    Ok(())
}

#[test]
fn a_socket_that_does_not_listen_ends_the_server() -> TestResult {
    for threads in [1, 2] {
        let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
        socket_bind(&socket, "127.0.0.1", 0)?;
        let server = Server::new(socket)?;
        let (ended, end) = mpsc::channel();
        thread::spawn(move || ended.send(server.threads(threads).run(Callbacks::new)));
        let error = end.recv_timeout(LONG)?.expect_err("it is told");
        assert!(matches!(&error, WebSocketError::Io(error) if error.kind() == InvalidInput), "{error}");
    }
    Ok(())
}

/// On a socket without `SO_REUSEADDR` whose first client has come already no other socket can listen: that is told.
#[cfg(target_os = "linux")]
#[test]
fn where_all_threads_have_to_share_a_socket_that_is_told() -> TestResult {
    for comes_first in [false, true] {
        let listener = socket_create_listen(0, None)?;
        let server = Server::new(listener)?;
        let (handle, (_, port)) = (server.handle(), server.address()?);
        let first = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
        if comes_first {
            php_sockets::socket_connect(&first, "127.0.0.1", port)?;
        }
        let running = thread::spawn(move || server.threads(2).run(Callbacks::new));
        eventually(|| handle.metrics().listening == if comes_first { 1 } else { 2 });
        let client = Connection::connect(&format!("ws://127.0.0.1:{port}/"))?;
        handle.stop();
        drop((first, client));
        running.join().expect("no panic")?;
    }
    Ok(())
}
