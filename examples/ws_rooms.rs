//! Rooms, nicknames and private messages, on all cores.
//!
//! ```sh
//! cargo run --release --example ws_rooms                       # 127.0.0.1:8080
//! ```
//!
//! Then, in two or more terminals:
//! `cargo run --release --example ws_client -- "ws://127.0.0.1:8080/?nickname=小明&room=诗"`. `@小明 你好` goes to 小明 only.

mod support;

use std::{collections::BTreeMap, process::ExitCode, sync::Mutex};

use php_sockets::ws::server::{Answer, Callbacks, ClientId};
use php_sockets::ws::{CloseCode, Message, handshake::Response};

/// Everybody's number and room by nickname, on all threads.
static PEOPLE: Mutex<BTreeMap<String, (ClientId, String)>> = Mutex::new(BTreeMap::new());

/// Each client carries its nickname and its room.
fn rooms() -> Callbacks<(String, String)> {
    Callbacks::with_data::<(String, String)>()
        .onrequest(|client, request| {
            let Some(name) = request.query("nickname") else { return Response::new(400).into() };
            *client.data_mut() = (name.into(), request.query("room").unwrap_or_default().into());
            Answer::upgrade()
        })
        .onopen(|client| {
            let (name, room) = client.data();
            let mut people = PEOPLE.lock().expect("no panic");
            people.insert(name.clone(), (client.id(), room.clone()));
            let here: Vec<_> = people.iter().filter(|(_, it)| it.1 == *room).map(|(name, _)| &**name).collect();
            client.subscribe(room);
            client.publish(room, &format!("{name} joined, here are {}", here.join(", ")));
        })
        .onmessage(|client, message| {
            let (Message::Text(text), (name, room)) = (message, client.data()) else { return };
            let private = text.strip_prefix('@').and_then(|it| it.split_once(' '));
            match private.map(|(to, text)| (PEOPLE.lock().expect("no panic").get(to).map(|it| it.0), text)) {
                _ if text.chars().count() > 1000 => client.close(CloseCode::MESSAGE_TOO_BIG),
                Some((Some(id), text)) => client.clients().send(id, &format!("{name}, to you alone: {text}")),
                Some((None, _)) => client.send("nobody here has that nickname"),
                None => client.publish(room, &format!("{name}: {text}")),
            }
        })
        .onclose(|client, _| {
            let (name, room) = client.data();
            PEOPLE.lock().expect("no panic").retain(|_, it| it.0 != client.id());
            client.publish(room, &format!("{name} left"));
        })
}

fn main() -> ExitCode {
    support::run(include_str!("ws_rooms.rs"), |it| Ok(support::bind(it, "127.0.0.1:8080")?.threads(4).run(rooms)?))
}
