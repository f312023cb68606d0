//! What callbacks know of clients, and do with them.

use std::{borrow::Cow, sync::mpsc, time::Duration};

use php_sockets::{
    Linger, SO_LINGER, SOL_SOCKET, socket_close, socket_send, socket_set_block, socket_set_nonblock, socket_set_option,
    ws::{
        CloseCode, Connector, Message, WebSocketError,
        handshake::{self, Request, Response},
        server::{Answer, Callbacks, Clients},
    },
};

use crate::support::{LONG, Running, frame};

fn room(request: &Request) -> Option<String> {
    request.query("room").map(Cow::into_owned)
}

/// The room that each client asked for.
fn rooms(clients: &Clients<()>) -> String {
    let mut rooms: Vec<_> = clients.iter().filter_map(|client| client.request().and_then(room)).collect();
    rooms.sort_unstable();
    rooms.join(",")
}

#[test]
fn the_request_is_kept_for_every_callback() -> Result<(), WebSocketError> {
    let (saw, seen) = mpsc::channel();
    let server = Running::start(
        |server| server.keep_requests(),
        move || {
            Callbacks::new()
                .onrequest(|client, _| match client.request() {
                    None => Answer::upgrade(),
                    Some(_) => Response::new(500).with_text("that of the one before").into(),
                })
                .onopen(|client| client.send(client.request().and_then(|it| it.header("x-name")).unwrap_or("nobody")))
                .onmessage(|client, _| client.send(&rooms(client.clients())))
                .onclose(move |client, _| _ = saw.send(client.request().and_then(room)))
        },
    )?;
    let mut first = server.client_at("?room=诗")?;
    assert_eq!(first.hear()?, "nobody");
    let named = Connector::new().handshake(handshake::Client::new().header("X-Name", "小明")?);
    let mut second = server.client_of(&named, "?room=词")?;
    assert_eq!(second.hear()?, "小明");
    second.send("who?")?;
    assert_eq!(second.hear()?, "词,诗");
    second.connection.finish()?;
    assert_eq!(seen.recv().expect("it is told"), Some("词".to_owned()));
    // Who takes his place has a request of his own.
    let mut third = server.client_at("?room=曲")?;
    assert_eq!(third.hear()?, "nobody");
    third.send("who?")?;
    assert_eq!(third.hear()?, "曲,诗");
    Ok(())
}

#[test]
fn a_request_is_not_kept_unasked() -> Result<(), WebSocketError> {
    let server = Running::start(
        |server| server,
        || Callbacks::new().onopen(|client| client.send(if client.request().is_some() { "kept" } else { "gone" })),
    )?;
    assert_eq!(server.client()?.hear()?, "gone");
    Ok(())
}

/// Pauses whom it hears say "pause", and hears all again when somebody says "resume"; tells what it hears.
fn pausing() -> Callbacks {
    Callbacks::new().onmessage(|client, message| match message {
        Message::Text("pause") => {
            client.pause();
            client.pause();
            client.send(if client.is_paused() { "paused" } else { "not paused" });
        }
        Message::Text("resume") => client.others().for_each(|other| other.resume()),
        message => client.broadcast(message),
    })
}

#[test]
fn who_is_paused_is_sent_to_and_heard_later() -> Result<(), WebSocketError> {
    let server = Running::start(|server| server, pausing)?;
    let (mut paused, mut other) = (server.client()?, server.client()?);
    // They come in one piece, and the second and third have been read when the first is heard.
    paused.connection.cork();
    for text in ["pause", "before", "close"] {
        paused.send(text)?;
    }
    paused.connection.flush()?;
    assert_eq!(paused.hear()?, "paused");
    paused.send("after")?;
    other.send("now")?;
    assert_eq!((other.hear()?, paused.hear()?), ("now".into(), "now".into()));
    other.send("resume")?;
    for text in ["before", "close", "after"] {
        assert_eq!((other.hear()?, paused.hear()?), (text.into(), text.into()));
    }
    // Twice is once, and one who is heard already is left alone.
    other.send("resume")?;
    paused.send("pause")?;
    assert_eq!(paused.hear()?, "paused");
    Ok(())
}

#[test]
fn who_is_paused_has_to_wait_himself() -> Result<(), WebSocketError> {
    let server = Running::start(|server| server, pausing)?;
    let (mut paused, mut other) = (server.client()?, server.client()?);
    paused.send("pause")?;
    assert_eq!(paused.hear()?, "paused");
    let socket = paused.connection.stream().socket().clone();
    let message = frame(0x81, "x");
    let bulk = message.repeat(8192);
    let mut sent = 0;
    // Until the system takes no more, however long that lasts.
    socket_set_nonblock(&socket)?;
    while let Ok(count) = socket_send(&socket, &bulk[sent % message.len()..], bulk.len(), 0) {
        sent += count;
    }
    socket_set_block(&socket)?;
    assert!(server.handle.metrics().bytes_in < 20);
    other.send("resume")?;
    for _ in 0..sent / message.len() {
        assert_eq!(other.hear()?, "x");
    }
    Ok(())
}

/// It could not answer a Ping, as nobody would hear it.
#[test]
fn the_deadlines_of_one_who_is_paused_stand_still() -> Result<(), WebSocketError> {
    let (mut ticks, short) = (0, Duration::from_millis(100));
    let server = Running::start(
        |server| server.config(|config| config.keepalive(short).pong_timeout(short)),
        move || {
            // Paused before anything of it can be late.
            let pausing = pausing().onopen(|client| {
                client.pause();
                client.clients().every(Duration::from_secs(1));
            });
            pausing.ontimer(move |clients, _| {
                ticks += 1;
                if ticks == 4 {
                    clients.broadcast("resumed");
                    clients.iter().for_each(|client| client.resume());
                }
            })
        },
    )?;
    let mut paused = server.client()?;
    paused.send("still here")?;
    assert_eq!(paused.hear()?, "resumed");
    assert_eq!(paused.hear()?, "still here");
    Ok(())
}

/// A Close frame waits with the messages before it; a reset is an end at once.
#[test]
fn one_who_is_paused_may_leave() -> Result<(), Box<dyn std::error::Error>> {
    let (saw, seen) = mpsc::channel();
    let server = Running::start(
        |server| server,
        move || pausing().onclose(move |_, closed| _ = saw.send(closed.map(|frame| frame.code).ok())),
    )?;
    let (mut leaves, mut resets, mut other) = (server.client()?, server.client()?, server.client()?);
    for client in [&mut leaves, &mut resets] {
        client.send("pause")?;
        assert_eq!(client.hear()?, "paused");
    }
    leaves.send("goodbye")?;
    leaves.connection.close(CloseCode(4000))?;
    socket_set_option(resets.connection.stream().socket(), SOL_SOCKET, SO_LINGER, Linger { l_onoff: 1, l_linger: 0 })?;
    socket_close(resets.connection.stream().socket())?;
    assert_eq!(seen.recv_timeout(LONG)?, Some(CloseCode::ABNORMAL));
    other.send("resume")?;
    assert_eq!(other.hear()?, "goodbye");
    assert_eq!(seen.recv_timeout(LONG)?, Some(CloseCode(4000)));
    Ok(())
}

#[test]
fn any_thread_resumes() -> Result<(), WebSocketError> {
    let (tell, told) = mpsc::channel();
    let server = Running::start(
        |server| server,
        move || {
            Callbacks::new().onmessage(move |client, message| {
                client.pause();
                client.send(message);
                let _ = tell.send(client.id());
            })
        },
    )?;
    let mut client = server.client()?;
    for number in 0..100 {
        client.send(&number.to_string())?;
    }
    for number in 0..100 {
        assert_eq!(client.hear()?, number.to_string());
        let id = told.recv().expect("one after the other");
        assert!(told.try_recv().is_err());
        server.handle.resume(id);
    }
    Ok(())
}

#[test]
fn a_server_stops_with_one_who_is_paused() -> Result<(), WebSocketError> {
    let server = Running::start(|server| server, pausing)?;
    let mut paused = server.client()?;
    paused.send("pause")?;
    assert_eq!(paused.hear()?, "paused");
    let handle = server.handle.clone();
    let stopped = std::thread::spawn(move || server.stop());
    assert_eq!(paused.hear()?, "1001");
    paused.connection.finish()?;
    stopped.join().expect("no panic")?;
    assert_eq!(handle.metrics().connections, 0);
    Ok(())
}

#[test]
fn a_topic_knows_its_subscribers() -> Result<(), WebSocketError> {
    let server = Running::start(
        |server| server,
        || {
            Callbacks::new().onmessage(|client, message| {
                let Message::Text(topic) = message else { return };
                let was = client.is_subscribed(topic);
                // Whoever goes through the list may change it.
                client.clients().subscribers(topic).for_each(|other| other.unsubscribe(topic));
                client.subscribe(topic);
                let now: Vec<_> = client.clients().subscribers(topic).map(|it| it.id()).collect();
                client.send(if was { "again" } else { "new" });
                client.send(if now == [client.id()] { "alone" } else { "with others" });
                client.clients().subscribers(topic).for_each(|it| it.close(None));
                client.broadcast(&client.clients().subscribers(topic).count().to_string());
            })
        },
    )?;
    let (mut one, mut two) = (server.client()?, server.client()?);
    one.send("诗")?;
    assert_eq!([one.hear()?, one.hear()?, one.hear()?], ["new", "alone", "1005"]);
    assert_eq!(two.hear()?, "0");
    Ok(())
}
