//! What a message costs a server in allocations: none, and a published one none for each receiver.

use php_sockets::{
    ws::{
        Connection, Transport, WebSocketError,
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

pub(crate) fn messages_allocate_nothing() -> Result<(), WebSocketError> {
    let server = Server::bind("127.0.0.1", 0)?;
    let url = format!("ws://127.0.0.1:{}/", server.address()?.1);
    let handle = server.handle();
    let thread = std::thread::spawn(move || {
        server.run(Callbacks::new().onopen(|client| client.subscribe("all")).onmessage(
            |client, message| match message {
                ws::Message::Binary(_) => client.publish("all", message),
                _ => client.send(message),
            },
        ))
    });
    let mut clients = Vec::new();
    let mut buffer = Vec::with_capacity(64);
    let mut published = Vec::new();
    for count in [10, 100] {
        while clients.len() < count {
            clients.push(Connection::connect(&url)?);
        }
        let echo = |buffer: &mut Vec<u8>| -> Result<(), WebSocketError> {
            for client in &clients {
                socket_send(client.stream().socket(), ASK, ASK.len(), 0)?;
                hear(client, buffer)?;
            }
            Ok(())
        };
        let publish = |buffer: &mut Vec<u8>| -> Result<(), WebSocketError> {
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

fn hear(client: &Connection<Transport>, buffer: &mut Vec<u8>) -> Result<(), WebSocketError> {
    assert_eq!(socket_recv(client.stream().socket(), buffer, ANSWER, MSG_WAITALL)?, ANSWER);
    Ok(())
}

fn allocations(calls: impl FnOnce() -> Result<(), WebSocketError>) -> Result<usize, WebSocketError> {
    let region = stats_alloc::Region::new(&ALLOCATOR);
    calls()?;
    let change = region.change();
    Ok(change.allocations + change.reallocations)
}

/// What `docs/scale.md` says that things cost, in bytes. It prints the table's metrics.
#[cfg(target_os = "linux")]
pub(crate) fn the_page_on_scale_is_true() -> Result<(), WebSocketError> {
    use std::sync::atomic::{AtomicIsize, Ordering::Relaxed};

    /// What each message of 1,000 bytes takes that waits for a client.
    static WAITING: AtomicIsize = AtomicIsize::new(0);
    const CLIENTS: usize = 1000;
    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

    let server = Server::bind("127.0.0.1", 0)?;
    let port = server.address()?.1;
    let handle = server.handle();
    let thread = std::thread::spawn(move || {
        let message = [7; 1000];
        server.run(Callbacks::new().onmessage(move |client, command| {
            match command.as_bytes() {
                b"join11" => client.subscribe("everybody"),
                b"second" => client.subscribe("a second topic"),
                b"topics" => (0..10_000).for_each(|number| client.subscribe(&format!("topic {number}"))),
                b"queue1" => {
                    let before = held();
                    while client.buffered_amount() < 500_000 {
                        client.send(&message);
                    }
                    WAITING.store(
                        (held() - before) / isize::try_from(client.buffered_amount() / 1004).expect("few"),
                        Relaxed,
                    );
                }
                _ => {}
            }
            if command.as_bytes() != b"queue1" {
                client.send(command);
            }
        }))
    });
    let mut clients = Vec::with_capacity(2 * CLIENTS);
    let mut buffer = Vec::with_capacity(1024);
    let mut connect = |clients: &mut Vec<Socket>| -> Result<isize, WebSocketError> {
        let first = clients.len();
        for _ in 0..CLIENTS {
            let client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
            socket_connect(&client, "127.0.0.1", port)?;
            clients.push(client);
        }
        // They wait in the system's queue until they ask.
        let before = held();
        for client in &clients[first..] {
            socket_send(client, REQUEST, REQUEST.len(), 0)?;
            socket_recv(client, &mut buffer, 129, MSG_WAITALL)?;
            assert!(buffer.ends_with(b"\r\n\r\n"), "{}", String::from_utf8_lossy(&buffer));
        }
        Ok(held() - before)
    };
    connect(&mut clients)?;
    let connection = connect(&mut clients)?;

    let mut answer = Vec::with_capacity(64);
    let mut tell = |clients: &[Socket], command: &[u8; 6]| -> Result<isize, WebSocketError> {
        let before = held();
        let frame = [b"\x82\x86\0\0\0\0", &command[..]].concat();
        for client in clients {
            socket_send(client, &frame, frame.len(), 0)?;
            socket_recv(client, &mut answer, ANSWER, MSG_WAITALL)?;
        }
        drop(frame);
        Ok(held() - before)
    };
    tell(&clients, b"nothin")?;
    let idle = tell(&clients, b"nothin")?;
    let first = tell(&clients, b"join11")?;
    let second = tell(&clients, b"second")?;
    let topics = tell(&clients[..1], b"topics")?;
    socket_send(&clients[1], b"\x82\x86\0\0\0\0queue1", 12, 0)?;
    tell(&clients[2..3], b"nothin")?;
    let waiting = WAITING.load(Relaxed);
    let each = |bytes: isize, count: usize| bytes / isize::try_from(count).expect("few");
    let found = [
        // Each feature has its pointers, and the lists of all clients have some room to spare.
        (
            "connection",
            each(connection, CLIENTS),
            272 + 16 * isize::from(cfg!(feature = "deflate")) + 8 * isize::from(cfg!(feature = "tls")),
        ),
        ("message echoed", each(idle, clients.len()), 0),
        ("first subscription", each(first, clients.len()), 80),
        ("further subscription", each(second, clients.len()), 80),
        ("topic", each(topics, 10_000), 200),
        ("message of 1,000 bytes that waits", waiting, 2100),
    ];
    for (what, bytes, _) in found {
        println!("{what}: {bytes} bytes");
    }
    for (what, bytes, most) in found {
        assert!(bytes <= most, "{what}: {bytes} bytes");
    }
    drop(clients);
    handle.stop();
    thread.join().expect("no panic")
}

/// How many bytes the process holds.
#[cfg(target_os = "linux")]
fn held() -> isize {
    let now = ALLOCATOR.stats();
    isize::try_from(now.bytes_allocated).expect("few") - isize::try_from(now.bytes_deallocated).expect("few")
}
