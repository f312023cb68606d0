//! What another thread has for a client.

use std::{
    sync::mpsc::{Receiver, channel, sync_channel},
    thread,
};

use php_sockets::ws::{
    WebSocketError,
    server::{Callbacks, Client, ClientId},
};

use crate::support::{LONG, Running};

#[derive(Default)]
struct Visitor {
    name: String,
    answer: Option<Receiver<String>>,
}

/// Who says his number is greeted by his name, which takes a while to find.
fn greeter() -> Callbacks<Visitor> {
    Callbacks::with_data()
        .onmessage(|client: &mut Client<'_, Visitor>, message| {
            let number = String::from_utf8_lossy(message.as_bytes()).into_owned();
            let (answers, answer) = channel();
            client.data_mut().answer = Some(answer);
            let (id, handle) = (client.id(), client.clients().handle());
            thread::spawn(move || {
                if answers.send(format!("number {number}")).is_ok() {
                    handle.wake(id);
                }
            });
        })
        .onwake(|client| {
            let Some(name) = client.data().answer.as_ref().and_then(|answer| answer.try_recv().ok()) else { return };
            client.data_mut().name = name;
            client.subscribe("known");
            client.send(&format!("hello {}", client.data().name));
        })
}

#[test]
fn what_a_thread_has_found_out_changes_the_client() -> Result<(), WebSocketError> {
    let server = Running::start_threads(2, |server| server, greeter)?;
    let mut clients = (0..8).map(|_| server.client()).collect::<Result<Vec<_>, _>>()?;
    for (number, client) in clients.iter_mut().enumerate() {
        client.send(&number.to_string())?;
    }
    for (number, client) in clients.iter_mut().enumerate() {
        assert_eq!(client.hear()?, format!("hello number {number}"));
    }
    server.handle.publish("known", "news")?;
    for client in &mut clients {
        assert_eq!(client.hear()?, "news");
    }
    Ok(())
}

#[test]
fn nobody_is_woken_who_is_not_there() -> Result<(), Box<dyn std::error::Error>> {
    let (says, said) = channel();
    let (tells, left) = channel();
    let callbacks = move || {
        let says_name = says.clone();
        Callbacks::new()
            .onopen(move |client| _ = says_name.send(client.id()))
            .onwake(move |client| _ = says.send(client.id()))
            .onclose(move |_, _| _ = tells.send(()))
    };
    let server = Running::start(|server| server, callbacks)?;
    let gone = server.client()?;
    let gone_id = said.recv_timeout(LONG)?;
    drop(gone);
    left.recv_timeout(LONG)?;
    let _stays = server.client()?;
    let id = said.recv_timeout(LONG)?;
    server.handle.wake(gone_id);
    server.handle.wake(ClientId::from(u64::MAX));
    server.handle.wake(id);
    assert_eq!(said.recv_timeout(LONG)?, id, "the one who is there is woken, and nobody else");
    Ok(())
}

/// What a source has for a client who reads slowly waits at the source.
#[test]
fn a_source_waits_for_a_slow_reader() -> Result<(), WebSocketError> {
    fn pass_on(client: &mut Client<'_, Option<Receiver<Vec<u8>>>>) {
        while client.buffered_amount() < 256 << 10 {
            let piece = client.data().as_ref().and_then(|source| source.try_recv().ok());
            let Some(piece) = piece else { return };
            client.send(&piece);
        }
    }
    const PIECES: usize = 1000;
    let server = Running::start(
        |server| server,
        || {
            Callbacks::with_data()
                .onmessage(|client: &mut Client<'_, _>, _| {
                    let (pieces, source) = sync_channel(4);
                    *client.data_mut() = Some(source);
                    let (id, handle) = (client.id(), client.clients().handle());
                    thread::spawn(move || {
                        for number in 0..PIECES {
                            // It waits here.
                            if pieces.send(vec![0; 20_000 + number]).is_err() {
                                return;
                            }
                            handle.wake(id);
                        }
                    });
                })
                .onwake(pass_on)
                .ondrain(pass_on)
        },
    )?;
    let mut client = server.client()?;
    client.send("go")?;
    crate::support::eventually(|| server.handle.metrics().waited > 0);
    for number in 0..PIECES {
        assert_eq!(client.hear()?, format!("[{} bytes]", 20_000 + number));
    }
    Ok(())
}

/// Where only the latest state counts, a thread says for each change that there is one.
#[test]
fn who_is_woken_more_often_than_he_can_hear_stays() -> Result<(), WebSocketError> {
    let (tell, busy) = channel();
    let (wakes, sleeps) = channel::<()>();
    let server = Running::start(
        |server| server.inbox_limit(16 << 10),
        move || {
            Callbacks::new()
                .onmessage(move |client, _| {
                    tell.send(client.id()).expect("somebody waits");
                    let _ = sleeps.recv();
                })
                .onwake(|client| client.send("awake"))
        },
    )?;
    let mut client = server.client()?;
    client.send("work")?;
    let id = busy.recv_timeout(LONG).expect("it works");
    for _ in 0..10_000 {
        server.handle.wake(id);
    }
    wakes.send(()).expect("it sleeps");
    assert_eq!(client.hear()?, "awake");
    server.handle.send(id, "and well")?;
    assert_eq!(client.hear()?, "and well", "once was enough");
    Ok(())
}
