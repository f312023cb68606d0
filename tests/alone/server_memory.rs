//! What a message costs a server in allocations: none, and a published one none for each receiver.

use php_sockets::{
    ws::{
        Connection, Result, Transport,
        server::{Callbacks, Server},
    },
    *,
};

use crate::ALLOCATOR;

/// An echo of 6 bytes of text, from a client to the server and back, with the mask 0.
const ASK: &[u8] = b"\x81\x86\0\0\0\0\xe4\xbd\xa0\xe5\xa5\xbd";
const ANSWER: usize = 8;
/// The same as bytes, which the server publishes.
const PUBLISH: &[u8] = b"\x82\x86\0\0\0\0\xe4\xbd\xa0\xe5\xa5\xbd";

pub(crate) fn messages_allocate_nothing() -> Result<()> {
    let server = Server::bind("127.0.0.1", 0)?;
    let url = format!("ws://127.0.0.1:{}/", server.address()?.1);
    let handle = server.handle();
    let thread = std::thread::spawn(move || {
        server.run(Callbacks::<()>::new().onopen(|client| client.subscribe("all")).onmessage(|client, message| {
            match message {
                ws::Message::Binary(_) => client.publish("all", message),
                _ => client.send(message),
            }
        }))
    });
    let mut clients = Vec::new();
    let mut buffer = Vec::with_capacity(64);
    let mut published = Vec::new();
    for count in [10, 100] {
        while clients.len() < count {
            clients.push(Connection::connect(&url)?);
        }
        let echo = |buffer: &mut Vec<u8>| -> Result<()> {
            for client in &clients {
                socket_send(client.stream().socket(), ASK, ASK.len(), 0)?;
                hear(client, buffer)?;
            }
            Ok(())
        };
        let publish = |buffer: &mut Vec<u8>| -> Result<()> {
            for _ in 0..20 {
                socket_send(clients[0].stream().socket(), PUBLISH, PUBLISH.len(), 0)?;
                clients.iter().try_for_each(|client| hear(client, buffer))?;
            }
            Ok(())
        };
        // The first ones fill the pools.
        for _ in 0..3 {
            echo(&mut buffer)?;
            publish(&mut buffer)?;
        }
        assert_eq!(allocations(|| echo(&mut buffer))?, 0, "{count} clients");
        published.push(allocations(|| publish(&mut buffer))?);
    }
    // The message itself is two pieces of memory, however many hear it.
    assert_eq!(published, [40, 40]);
    drop(clients);
    handle.stop();
    thread.join().expect("no panic")
}

fn hear(client: &Connection<Transport>, buffer: &mut Vec<u8>) -> Result<()> {
    assert_eq!(socket_recv(client.stream().socket(), buffer, ANSWER, MSG_WAITALL)?, ANSWER);
    Ok(())
}

fn allocations(calls: impl FnOnce() -> Result<()>) -> Result<usize> {
    let region = stats_alloc::Region::new(&ALLOCATOR);
    calls()?;
    let change = region.change();
    Ok(change.allocations + change.reallocations)
}
