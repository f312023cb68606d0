//! What callbacks know of clients, and do with them.

use std::borrow::Cow;

use php_sockets::ws::{
    Connector, Result,
    handshake::{self, Request, Response},
    server::{Answer, Callbacks, Clients},
};

use crate::support::Running;

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
fn the_request_is_kept_for_every_callback() -> Result<()> {
    let (saw, seen) = std::sync::mpsc::channel();
    let server = Running::start(
        |server| server.keep_requests(),
        move || {
            Callbacks::new()
                .onrequest(|client, _| match client.request() {
                    None => Answer::upgrade(),
                    Some(_) => Response::new(500).text("that of the one before").into(),
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
fn a_request_is_not_kept_unasked() -> Result<()> {
    let server = Running::start(
        |server| server,
        || Callbacks::new().onopen(|client| client.send(if client.request().is_some() { "kept" } else { "gone" })),
    )?;
    assert_eq!(server.client()?.hear()?, "gone");
    Ok(())
}
