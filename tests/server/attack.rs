//! What somebody does who wants the server to lose something or to grow; or a handler that does anything anywhere.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    time::Duration,
};

use php_sockets::{
    ws::{
        CloseCode, Message,
        handshake::Response,
        server::{Answer, Callbacks, ClientId, Clients},
    },
    *,
};

use crate::support::{LONG, REQUEST, Running, eventually, frame};

type TestResult = std::result::Result<(), Box<dyn std::error::Error>>;

/// A large message leaves at once, and what comes behind it is not lost.
#[test]
fn a_small_message_behind_a_large_one_is_heard() -> TestResult {
    let server = Running::start(
        |server| server,
        || {
            Callbacks::new().onmessage(|client, _| {
                client.send("one");
                client.send(&vec![7; 9000]);
                client.send("two");
                client.send("three");
            })
        },
    )?;
    let mut client = server.client()?;
    for _ in 0..2 {
        client.send("!")?;
        for heard in ["one", "[9000 bytes]", "two", "three"] {
            assert_eq!(client.hear()?, heard);
        }
    }
    Ok(())
}

/// Does everything to everybody, within every callback.
fn mischief(opened: &Arc<AtomicUsize>, closed: &Arc<AtomicUsize>) -> Callbacks<usize> {
    fn act(clients: &Clients<usize>, step: &mut usize) {
        for (number, client) in clients.iter().enumerate() {
            *step = step.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let topic = ["a", "b", "c"][*step >> 8 & 1];
            match *step >> 16 & 31 {
                0..=2 => client.subscribe(topic),
                3 | 4 => client.unsubscribe(topic),
                5 => clients.publish(topic, "published"),
                6 => clients.broadcast(&[7; 300]),
                7 => client.send(&vec![7; 9000]),
                8 if number % 4 == 0 => client.close(CloseCode::NORMAL),
                9 if *step >> 20 & 7 == 0 => clients.close(client.id(), None),
                10 => client.send(Message::Ping(b"?")),
                11 => client.send(Message::Close(None)),
                12 => drop((client.topics(), client.address(), client.subprotocol(), client.buffered_amount())),
                13 => client.pause(),
                14 | 15 => clients.subscribers(topic).for_each(|it| it.resume()),
                16 => clients.subscribers(topic).for_each(|it| it.unsubscribe(topic)),
                17 => clients.handle().resume(client.id()),
                18 => assert_eq!(client.is_subscribed(topic), client.topics().iter().any(|it| **it == *topic)),
                19 if number % 4 == 0 => client.terminate(),
                20 if *step >> 20 & 7 == 0 => clients.handle().terminate(client.id()),
                // Somebody of any thread, in any stage, or nobody.
                21 => clients.terminate(ClientId::from((*step as u64 >> 20 & 1) << 22 | (*step as u64 & 0xFF))),
                _ => client.send("sent"),
            }
        }
        let timer = clients.after(Duration::ZERO);
        if *step >> 12 & 1 == 0 {
            clients.cancel(timer);
        }
        let _ = clients.handle().publish("a", "from outside");
    }
    let (opened, closed) = (Arc::clone(opened), Arc::clone(closed));
    let mut steps = [1, 2, 3, 4, 5, 6, 7];
    let [mut start, mut request, mut open, mut message, mut close, mut drain, mut timer] = steps.map(|_| {
        steps[0] += 7;
        steps[0]
    });
    Callbacks::with_data::<usize>()
        .onstart(move |clients| {
            act(clients, &mut start);
            clients.every(Duration::ZERO);
            clients.after(Duration::MAX);
            clients.after(Duration::from_secs(u64::from(u32::MAX) << 20));
        })
        .onrequest(move |client, request_| {
            act(client.clients(), &mut request);
            client.send("nobody yet");
            client.subscribe("nobody");
            client.broadcast_others("comes");
            match request_.target() {
                "/closed" => client.close(CloseCode::NORMAL),
                "/terminated" => client.terminate(),
                "/page" => return Response::new(200).with_html("page").into(),
                "/both" => {
                    client.close(None);
                    return Response::new(200).with_html("page").into();
                }
                _ => {}
            }
            Answer::upgrade()
        })
        .onopen(move |client| {
            opened.fetch_add(1, SeqCst);
            *client.data_mut() += 1;
            act(client.clients(), &mut open);
        })
        .onmessage(move |client, said| {
            assert_eq!(*client.data(), 1, "it is open");
            client.send(said);
            act(client.clients(), &mut message);
        })
        .onclose(move |client, _| {
            closed.fetch_add(1, SeqCst);
            *client.data_mut() += 1;
            assert_eq!(*client.data(), 2, "it was open, once");
            assert!(client.topics().is_empty());
            client.subscribe("a");
            client.send("nobody any more");
            client.close(None);
            if close % 3 == 0 {
                client.terminate();
            }
            client.publish("a", "left");
            client.publish_others("b", "left");
            client.broadcast("left");
            act(client.clients(), &mut close);
            assert!(client.topics().is_empty());
        })
        .ondrain(move |client| {
            assert_eq!(*client.data(), 1, "it is open");
            act(client.clients(), &mut drain);
        })
        .ontimer(move |clients, which| {
            timer += 1;
            clients.cancel(which);
            let next = clients.every(Duration::from_millis(5));
            if timer % 3 == 0 {
                clients.cancel(next);
                clients.after(Duration::from_millis(10));
            }
            act(clients, &mut timer);
            // Or else nobody would see them leave.
            clients.iter().for_each(|client| client.resume());
        })
}

#[test]
fn a_handler_may_do_anything_anywhere() -> TestResult {
    for threads in [1, 2] {
        let (opened, closed) = (Arc::default(), Arc::default());
        let server = {
            let (opened, closed) = (Arc::clone(&opened), Arc::clone(&closed));
            if threads == 1 {
                Running::start(|server| server, move || mischief(&opened, &closed))?
            } else {
                Running::start_threads(threads, |server| server, move || mischief(&opened, &closed))?
            }
        };
        let mut sockets = std::collections::VecDeque::new();
        for round in 0..300_u32 {
            let target = ["/", "/", "/page", "/closed", "/both", "/", "/terminated"][round as usize % 7];
            let socket = server.socket()?;
            // It may be closed already.
            let _ = socket_write(&socket, REQUEST.replacen("/", target, 1), None);
            let _ = socket_write(&socket, frame(0x81, "hello").repeat(3), None);
            sockets.push_back(socket);
            if sockets.len() > 20 {
                let oldest = sockets.pop_front().expect("there are some");
                match round % 3 {
                    0 => socket_set_option(&oldest, SOL_SOCKET, SO_LINGER, Linger { l_onoff: 1, l_linger: 0 })?,
                    1 => drop(socket_write(&oldest, frame(0x88, ""), None)),
                    _ => {}
                }
                socket_close(&oldest)?;
            }
        }
        drop(sockets);
        // The last of them may not have been accepted yet. On Windows one who has left before never is: WSAECONNRESET.
        eventually(|| {
            let metrics = server.handle.metrics();
            (metrics.accepted == 300 || cfg!(windows) && metrics.opened >= 100) && metrics.connections == 0
        });
        let handle = server.handle.clone();
        server.stop()?;
        // Of now, as on Windows some may have been on their way until here.
        let metrics = handle.metrics();
        let (opened, closed) = (opened.load(SeqCst), closed.load(SeqCst));
        assert!(opened == closed && opened >= 100, "{opened} {closed} {metrics:?}");
        assert_eq!((metrics.opened, metrics.open), (opened as u64, 0));
    }
    Ok(())
}

/// What waited may leave with a message's own write, before the wait tells that there is room: that is a drain as well.
#[test]
fn what_leaves_with_another_message_is_drained_at_once() -> TestResult {
    let (release, wait) = mpsc::channel::<()>();
    let (tell, waits) = mpsc::channel();
    let server = Running::start(
        |server| server,
        move || {
            Callbacks::with_data::<bool>()
                .onmessage(move |client, message| match message {
                    Message::Text("fill") => {
                        while client.buffered_amount() == 0 {
                            client.send(&vec![7; 8 << 10]);
                        }
                    }
                    Message::Text("wait") => {
                        client.send("waits");
                        tell.send(()).expect("somebody is told");
                        wait.recv().expect("it is released");
                        client.others().for_each(|other| other.send("last"));
                    }
                    _ => {
                        let drained = client.others().all(|other| *other.data());
                        client.send(if drained { "drained" } else { "not drained" });
                    }
                })
                .ondrain(|client| *client.data_mut() = true)
        },
    )?;
    let (mut slow, mut asks) = (server.client()?, server.client()?);
    slow.send("fill")?;
    eventually(|| server.handle.metrics().waited == 1);
    asks.send("wait")?;
    waits.recv_timeout(LONG)?;
    // All that the system holds; the rest waits in the server, which does not look.
    let socket = slow.connection.stream().socket();
    socket_set_option(socket, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 0, usec: 200_000 })?;
    while socket_read(socket, 1 << 20, None).is_ok() {}
    release.send(())?;
    asks.send("?")?;
    assert_eq!(asks.hear()?, "waits");
    assert_eq!(asks.hear()?, "drained");
    Ok(())
}

/// Whoever still looks at a server that has ended finds nobody there, however it has ended.
#[test]
fn nobody_is_counted_at_a_server_that_has_ended() -> TestResult {
    for threads in [1, 2] {
        for panics in [false, true] {
            let make = move || {
                Callbacks::new().onopen(|client| client.subscribe("news")).onmessage(move |_, _| {
                    if panics {
                        std::panic::resume_unwind(Box::new("on purpose"));
                    }
                })
            };
            let set = |server: ws::server::Server| server.stop_timeout(Duration::from_millis(1));
            let server =
                if threads == 1 { Running::start(set, make)? } else { Running::start_threads(threads, set, make)? };
            let handle = server.handle.clone();
            // None of them answers a Close frame.
            let mut clients = (0..4).map(|_| server.client()).collect::<Result<Vec<_>, ws::WebSocketError>>()?;
            eventually(|| handle.metrics().open == 4 && handle.metrics().listening > 0);
            if panics {
                clients[0].send("!")?;
            } else {
                handle.stop();
            }
            let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| server.join()));
            assert_eq!(ended.is_err(), panics);
            let metrics = handle.metrics();
            assert_eq!((metrics.open, metrics.connections, metrics.listening), (0, 0, 0), "{threads} {panics}");
            assert_eq!((metrics.opened, handle.count(), handle.subscriber_count("news")), (4, 0, 0));
        }
    }
    Ok(())
}

/// Who cannot wait for the end of a restart says stop.
#[test]
fn a_stop_cuts_a_restart_short() -> TestResult {
    for threads in [1, 2] {
        let server = Running::start_threads(threads, |server| server, Callbacks::new)?;
        let mut clients = (0..10).map(|_| server.client()).collect::<Result<Vec<_>, ws::WebSocketError>>()?;
        server.handle.restart(Duration::MAX);
        eventually(|| server.handle.metrics().listening == 0);
        server.handle.stop();
        // This does not make it slower again.
        server.handle.restart(Duration::MAX);
        let codes = clients.iter_mut().map(|client| client.hear()).collect::<Result<Vec<_>, ws::WebSocketError>>()?;
        // The first one of a thread is told of the restart at once.
        assert!(codes.iter().filter(|code| *code == "1001").count() >= 10 - threads, "{codes:?}");
        server.join()?;
    }
    Ok(())
}

/// A panic in the last callback of a client, or in the first of a thread, ends all threads too.
#[test]
fn a_panic_in_any_callback_ends_all_threads() -> TestResult {
    fn panics() -> ! {
        std::panic::resume_unwind(Box::new("on purpose"))
    }
    for which in 0..5 {
        let first = AtomicUsize::new(0);
        let server = Running::start_threads(
            2,
            |server| server,
            move || {
                let is_second = first.fetch_add(1, SeqCst) == 1;
                let callbacks = Callbacks::new();
                match which {
                    0 => callbacks.onstart(move |_| {
                        if is_second {
                            panics()
                        }
                    }),
                    1 => callbacks.onrequest(move |_, _| panics()),
                    2 => callbacks.onopen(move |_| panics()),
                    3 => callbacks.onclose(move |_, _| panics()),
                    _ => callbacks
                        .onopen(|client| _ = client.clients().after(Duration::ZERO))
                        .ontimer(move |_, _| panics()),
                }
            },
        )?;
        // It may have ended already.
        drop(server.client());
        let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| server.join())).expect_err("it panics");
        assert_eq!(panic.downcast_ref(), Some(&"on purpose"), "{which}");
    }
    Ok(())
}

/// Stop, once more and again, from within any callback.
#[test]
fn a_server_is_stopped_from_within_any_callback() -> TestResult {
    fn stop<D>(clients: &Clients<D>) {
        clients.handle().stop();
        clients.handle().restart(Duration::from_secs(5));
        clients.handle().stop();
    }
    for which in 0..7 {
        for threads in [1, 2] {
            let (waits, something_waits) = mpsc::channel();
            let server = Running::start_threads(
                threads,
                |server| server,
                move || {
                    let waits = waits.clone();
                    let callbacks = Callbacks::new();
                    match which {
                        0 => callbacks.onstart(|clients| stop(clients)),
                        1 => callbacks.onrequest(|client, _| {
                            stop(client.clients());
                            Answer::upgrade()
                        }),
                        2 => callbacks.onopen(|client| stop(client.clients())),
                        3 => callbacks.onclose(|client, _| stop(client.clients())),
                        4 => callbacks.onmessage(|client, _| stop(client.clients())),
                        5 => callbacks
                            .onopen(|client| _ = client.clients().after(Duration::ZERO))
                            .ontimer(|clients, _| stop(clients)),
                        _ => callbacks
                            .onmessage(move |client, _| {
                                while client.buffered_amount() == 0 {
                                    client.send(&vec![7; 8 << 10]);
                                }
                                _ = waits.send(());
                            })
                            .ondrain(|client| stop(client.clients())),
                    }
                },
            )?;
            // It may have ended already.
            if let Ok(mut client) = server.client() {
                let mut hears = client.send(&vec![7; 1 << 16]).is_ok() && which != 3;
                if which == 6 {
                    // Who reads meanwhile may be as quick as the server, so that nothing ever waits.
                    something_waits.recv_timeout(LONG)?;
                }
                while hears {
                    hears = client.hear().is_ok_and(|heard| heard != "1001");
                }
            }
            server.join()?;
        }
    }
    Ok(())
}

/// Who has been refused and reads why takes no room from those who come when others have left.
#[test]
fn who_is_refused_keeps_nobody_out() -> TestResult {
    let server = Running::start(|server| server.max_connections(1), Callbacks::new)?;
    let leaves = server.client()?;
    let refused = server.socket()?;
    socket_write(&refused, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", None)?;
    assert!(socket_read(&refused, 12, None)?.ends_with(b"503"));
    drop(leaves);
    eventually(|| server.handle.metrics().open == 0);
    server.client()?;
    Ok(())
}

/// Who leaves without waiting for answers has been sent some all the same, upon which his system resets the connection: what he sent
/// before, and his Close frame, are heard.
#[cfg(target_os = "linux")]
#[test]
fn who_does_not_wait_for_answers_is_heard_to_the_end() -> TestResult {
    for answers in [true, false] {
        let (tell, told) = mpsc::channel();
        let (release, wait) = mpsc::channel::<()>();
        let server = Running::start(
            |server| server,
            move || {
                let tell_later = tell.clone();
                Callbacks::new()
                    .onopen(|client| client.send("hello"))
                    .onmessage(move |client, message| {
                        if message == Message::Text("first") {
                            tell.send("first".to_owned()).expect("somebody is told");
                            wait.recv().expect("it is released");
                        }
                        if answers {
                            client.send(message);
                        }
                    })
                    .onclose(move |client, closed| {
                        let heard = client.clients().handle().metrics().messages_in;
                        tell_later.send(format!("{heard} {closed:?}")).expect("somebody is told");
                    })
            },
        )?;
        let socket = server.socket()?;
        socket_write(&socket, [REQUEST.as_bytes(), &frame(0x81, "first")].concat(), None)?;
        assert_eq!(told.recv_timeout(LONG)?, "first");
        socket_write(&socket, frame(0x81, "one of many").repeat(2000), None)?;
        socket_write(&socket, [&[0x88, 0x85, 0, 0, 0, 0, 0x03, 0xE8][..], b"bye"].concat(), None)?;
        // What came for him is still there.
        socket_close(&socket)?;
        release.send(())?;
        assert_eq!(told.recv_timeout(LONG)?, r#"2001 Ok(CloseFrame { code: CloseCode(1000), reason: "bye" })"#);
    }
    Ok(())
}
