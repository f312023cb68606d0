//! What messages and connections cost in memory, counted by the allocator.

use std::{
    alloc::System,
    io::{self, Read, Write},
};

use php_sockets::{
    ws::{Config, Connection, Message, Prepared, Protocol, Role, Stream, WebSocketError},
    *,
};
use stats_alloc::Region;

use crate::ALLOCATOR;
use crate::stream::{BINARY, CONTINUATION, FIN, masked};
use crate::support::tcp_pair;

/// How often memory was asked for.
fn allocations(region: &Region<'_, System>) -> usize {
    let change = region.change();
    change.allocations + change.reallocations
}

/// How many bytes are held that were not before.
fn held(region: &Region<'_, System>) -> isize {
    let change = region.change();
    isize::try_from(change.bytes_allocated).expect("few") - isize::try_from(change.bytes_deallocated).expect("few")
}

/// A stream that takes everything and gives nothing.
struct Sink;

impl Read for Sink {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::WouldBlock.into())
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stream for Sink {}

/// Both ends over a socket, one message in flight, of every size up to one that takes many reads.
pub(crate) fn messages_allocate_nothing() -> Result<(), WebSocketError> {
    for size in [0, 1, 125, 126, 4096, 65536, 300_000] {
        let (client, server) = tcp_pair()?;
        socket_set_nonblock(&client)?;
        socket_set_nonblock(&server)?;
        let mut client = Connection::new(client, Protocol::new(Role::Client, Config::client()));
        let mut server = Connection::new(server, Protocol::new(Role::Server, Config::server()));
        let message = vec![7; size];
        let (mut there, mut back) = (Vec::new(), Vec::new());
        let mut round = || -> Result<(), WebSocketError> {
            client.send(&message)?;
            loop {
                client.flush()?;
                server.receive()?;
                if let Some(received) = server.next(&mut there)? {
                    server.send(received)?;
                    break;
                }
            }
            loop {
                server.flush()?;
                client.receive()?;
                if let Some(received) = client.next(&mut back)? {
                    assert!(received == Message::Binary(&message));
                    return Ok(());
                }
            }
        };
        for _ in 0..3 {
            round()?;
        }
        let region = Region::new(&ALLOCATOR);
        for _ in 0..100 {
            round()?;
        }
        // Of a large message what the socket does not take waits in memory of its own.
        let allowed = if size <= 65536 { 0 } else { 100 * 4 };
        let count = allocations(&region);
        assert!(count <= allowed, "{count} allocations for 100 messages of {size} bytes");
    }
    Ok(())
}

/// However many small messages are kept back before they are written.
pub(crate) fn corked_messages_allocate_nothing() -> Result<(), WebSocketError> {
    for role in [Role::Server, Role::Client] {
        for size in [13, 1000, 1024, 8000] {
            let message = vec![7; size];
            let mut connection = Connection::new(Sink, Protocol::new(role, Config::new(role)));
            connection.send(&message)?;
            let region = Region::new(&ALLOCATOR);
            for _ in 0..10_000 {
                connection.cork();
                connection.send(&message)?;
                assert!(connection.buffered_amount() <= 64 * 1024);
            }
            connection.flush()?;
            let count = allocations(&region);
            assert_eq!(count, 0, "{role:?}, {size} bytes");
        }
    }
    Ok(())
}

/// Several large messages arrive at once, a piece of each in turn, and all are taken with the same buffer.
pub(crate) fn large_messages_side_by_side_allocate_nothing() -> Result<(), WebSocketError> {
    const PIECE: usize = 50_000;
    let message = masked(FIN | BINARY, &vec![7; 1 << 20]);
    let mut buffer = Vec::new();
    let mut peers: Vec<_> = (0..4).map(|_| Protocol::new(Role::Server, Config::server())).collect();
    let mut round = || -> Result<(), WebSocketError> {
        let mut complete = 0;
        for piece in message.chunks(PIECE) {
            for peer in &mut peers {
                let mut rest = piece;
                while !rest.is_empty() {
                    peer.read_from(&mut rest)?;
                    complete += usize::from(peer.next(&mut buffer)?.is_some());
                }
            }
        }
        assert_eq!(complete, peers.len());
        Ok(())
    };
    for _ in 0..3 {
        round()?;
    }
    let region = Region::new(&ALLOCATOR);
    round()?;
    assert_eq!(allocations(&region), 0);
    Ok(())
}

pub(crate) fn a_broadcast_allocates_nothing() -> Result<(), WebSocketError> {
    let new = || Connection::new(Sink, Protocol::new(Role::Server, Config::server()));
    let mut connections: Vec<_> = (0..1000).map(|_| new()).collect();
    for news in ["今日新闻".to_owned(), "长新闻".repeat(10_000)] {
        let prepared = Prepared::new(&news)?;
        connections[0].send_prepared(&prepared)?;
        let region = Region::new(&ALLOCATOR);
        for connection in &mut connections {
            connection.send_prepared(&prepared)?;
        }
        assert_eq!(allocations(&region), 0);
    }
    Ok(())
}

pub(crate) fn an_idle_connection_holds_no_buffer() -> Result<(), WebSocketError> {
    let (client, server) = tcp_pair()?;
    socket_set_nonblock(&server)?;
    let mut client = Connection::new(client, Protocol::new(Role::Client, Config::client()));
    let mut server = Connection::new(server, Protocol::new(Role::Server, Config::server()));
    assert!(
        size_of::<Connection>() <= 112 + 16 * usize::from(cfg!(feature = "deflate")),
        "{} bytes",
        size_of::<Connection>()
    );
    let mut buffer = Vec::new();
    let mut region = Region::new(&ALLOCATOR);
    for (round, size) in [100_000, 10, 100_000].into_iter().enumerate() {
        let message = "空闲".repeat(size / 6);
        client.send(&message)?;
        let mut received = 0;
        while received == 0 {
            server.receive()?;
            while let Some(message) = server.next(&mut buffer)? {
                received += message.as_bytes().len();
                server.send(message)?;
            }
        }
        drop(message);
        buffer = Vec::new();
        assert!(server.next(&mut buffer)?.is_none());
        let mut back = Vec::new();
        client.read(&mut back)?;
        drop(back);
        // What the thread lends to all its connections is there after the first.
        if round == 0 {
            region = Region::new(&ALLOCATOR);
        }
        assert!(held(&region) <= 0, "{} bytes", held(&region));
    }
    Ok(())
}

pub(crate) fn s08_an_impossible_length_allocates_nothing() -> Result<(), WebSocketError> {
    let new = || Protocol::new(Role::Server, Config::server());
    let mut buffer = Vec::new();
    let mut other = new();
    other.feed(&masked(FIN | BINARY, b"warm"));
    let _ = other.next(&mut buffer)?;
    for length in [
        &[0xFE, 0, 0x7D][..],
        &[0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF],
        &[0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0],
        &[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
        &[0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
    ] {
        let bytes = [&[FIN | BINARY], length, &[1, 2, 3, 4]].concat();
        let mut protocol = new();
        let region = Region::new(&ALLOCATOR);
        protocol.feed(&bytes);
        let refused = protocol.next(&mut buffer).is_err();
        let count = allocations(&region);
        // The Close frame stands in memory that the threads' connections share: it may be the first to need it.
        assert!(refused && count <= 1, "{count} allocations for {length:x?}");
        assert!(held(&region) <= 129 * 1024);
    }
    Ok(())
}

/// A thousand peers announce the most there may be, send a little of it, and fall silent.
pub(crate) fn s09_an_announced_message_costs_nothing() -> Result<(), WebSocketError> {
    const PEERS: isize = 1000;
    let announced = [&[FIN | BINARY, 0xFF, 0, 0, 0, 0, 0x01, 0, 0, 0], &[1, 2, 3, 4][..], &[0; 100]].concat();
    let mut buffer = Vec::new();
    let mut peers = Vec::with_capacity(1000);
    let region = Region::new(&ALLOCATOR);
    for _ in 0..PEERS {
        let mut protocol = Protocol::new(Role::Server, Config::server());
        protocol.feed(&announced);
        assert_eq!(protocol.next(&mut buffer)?, None);
        assert_eq!(protocol.read_from(&mut io::empty())?, 0);
        peers.push(protocol);
    }
    // Each has a Config of its own and the hundred bytes, and no memory for what may come.
    let each = held(&region) / PEERS;
    assert!(each <= 1024, "{each} bytes each");
    Ok(())
}

pub(crate) fn s12_a_million_fragments_cost_their_payload() -> Result<(), WebSocketError> {
    const FRAGMENTS: usize = 1_000_000;
    let config = Config::server().max_fragments(1_000_002);
    let mut protocol = Protocol::new(Role::Server, config);
    let mut buffer = Vec::new();
    let piece = masked(CONTINUATION, b"x").repeat(1000);
    protocol.feed(&masked(BINARY, b""));
    let region = Region::new(&ALLOCATOR);
    let mut most = 0;
    for _ in 0..FRAGMENTS / 1000 {
        protocol.feed(&piece);
        assert_eq!(protocol.next(&mut buffer)?, None);
        most = most.max(held(&region));
    }
    assert!(most <= 2 * 1_000_000 + 65_536, "{most} bytes");
    protocol.feed(&masked(FIN | CONTINUATION, b""));
    assert!(protocol.next(&mut buffer)? == Some(Message::Binary(&vec![b'x'; FRAGMENTS])));

    // The servers' default ends it before.
    let mut protocol = Protocol::new(Role::Server, Config::server());
    protocol.feed(&masked(BINARY, b""));
    let refused = (0..FRAGMENTS / 1000).any(|_| {
        protocol.feed(&piece);
        matches!(protocol.next(&mut buffer), Err(WebSocketError::Protocol(ws::ProtocolError::TooManyFragments)))
    });
    assert!(refused);

    // The clients', which chose their peer, allows them.
    let mut protocol = Protocol::new(Role::Client, Config::client());
    protocol.feed(b"\x02\x00");
    for _ in 0..FRAGMENTS / 1000 {
        protocol.feed(&b"\x00\x01x".repeat(1000));
        assert_eq!(protocol.next(&mut buffer)?, None);
    }
    Ok(())
}

#[cfg(feature = "deflate")]
pub(crate) fn s17_a_bomb_holds_its_limit() -> Result<(), WebSocketError> {
    use php_sockets::ws::deflate::Parameters;

    let mut sender = Protocol::with_deflate(Role::Client, Config::client(), Some(Parameters::default()));
    sender.send(&vec![0; 50 << 20])?;
    let config = Config::server().max_message(1 << 20);
    let mut receiver = Protocol::with_deflate(Role::Server, config, Some(Parameters::default()));
    let mut buffer = Vec::new();
    let region = Region::new(&ALLOCATOR);
    let mut most = 0;
    let mut refused = false;
    for piece in sender.output().chunks(100) {
        receiver.feed(piece);
        refused |= receiver.next(&mut buffer).is_err();
        most = most.max(held(&region));
    }
    assert!(refused);
    assert!(most <= (2 << 20) + (192 << 10), "{most} bytes");
    Ok(())
}

/// Both windows of both ends, and a message on its way, are freed by the closing handshake.
#[cfg(feature = "deflate")]
pub(crate) fn s20_a_closed_connection_holds_no_window() -> Result<(), WebSocketError> {
    use php_sockets::ws::deflate::Parameters;

    let new = |role, config| Protocol::with_deflate(role, config, Some(Parameters::default()));
    // What the thread lends, buffers and codecs, is there after the first time.
    for first in [true, false] {
        let region = Region::new(&ALLOCATOR);
        let mut buffer = Vec::with_capacity(1 << 16);
        let mut ends = [new(Role::Server, Config::server()), new(Role::Client, Config::client())];
        let before = held(&region);
        for (from, to) in [(0, 1), (1, 0), (0, 1)] {
            ends[from].send(&"压缩".repeat(1000))?;
            let bytes = ends[from].output().to_vec();
            ends[from].written(bytes.len())?;
            ends[to].feed(&bytes);
            assert!(ends[to].next(&mut buffer)?.is_some());
        }
        let windows = held(&region) - before;
        assert!(windows > 4 * 6000, "{windows} bytes: four windows");
        ends[0].close(None)?;
        for (from, to) in [(0, 1), (1, 0)] {
            let bytes = ends[from].output().to_vec();
            ends[from].written(bytes.len())?;
            ends[to].feed(&bytes);
            assert_eq!(ends[to].next(&mut buffer)?, Some(Message::Close(None)));
        }
        drop(buffer);
        let left = held(&region);
        assert!(first || left <= 1024, "{left} bytes");
    }
    Ok(())
}

/// What a server's connection holds between messages: of the peer's window what its messages filled, of its own 4 KiB or
/// the last message; nothing where each message stands alone. The codecs are the thread's.
#[cfg(feature = "deflate")]
pub(crate) fn a_connection_with_a_context_holds_its_windows() -> Result<(), WebSocketError> {
    use php_sockets::ws::deflate::Parameters;

    const CONNECTIONS: usize = 50;
    let parameters_of = |bits, alone| Parameters {
        server_no_context_takeover: alone,
        client_no_context_takeover: alone,
        server_max_window_bits: bits,
        client_max_window_bits: bits,
    };
    for (parameters, messages, most) in [
        (parameters_of(15, false), 400, (32 + 4) << 10),
        (parameters_of(15, false), 1, 2 << 10),
        (parameters_of(12, false), 400, (4 + 4) << 10),
        (parameters_of(9, false), 400, 1 << 10),
        (parameters_of(15, true), 400, 0),
    ] {
        let config = std::sync::Arc::new(Config::server());
        let serve = |sizes: &[usize]| -> Result<Protocol, WebSocketError> {
            let mut client = Protocol::with_deflate(Role::Client, Config::client(), Some(parameters));
            let mut server = Protocol::with_deflate(Role::Server, config.clone(), Some(parameters));
            let mut buffer = Vec::new();
            for (number, size) in sizes.iter().enumerate() {
                let mut text = (0..).map(|id| format!("{{\"id\":{},\"user\":\"u{}\"}},", id * number, id % 7));
                let mut message = String::new();
                while message.len() < *size {
                    message += &text.next().unwrap_or_default();
                }
                for (from, to) in [(0, 1), (1, 0)] {
                    let ends = [&mut client, &mut server];
                    ends[from].send(&message)?;
                    let bytes = ends[from].output().to_vec();
                    ends[from].written(bytes.len())?;
                    ends[to].feed(&bytes);
                    assert!(ends[to].next(&mut buffer)? == Some(Message::Text(&message)));
                }
            }
            Ok(server)
        };
        // What the thread lends is there after more connections than it has codecs for.
        let sizes = vec![200; messages];
        let first: Vec<_> = (0..CONNECTIONS).map(|_| serve(&sizes)).collect::<Result<_, WebSocketError>>()?;
        let mut peers = Vec::with_capacity(CONNECTIONS);
        let region = Region::new(&ALLOCATOR);
        for _ in 0..CONNECTIONS {
            peers.push(serve(&sizes)?);
        }
        let each = held(&region) / isize::try_from(CONNECTIONS).expect("few");
        // What the windows stand in.
        assert!(each <= most + 256, "{each} bytes with {messages} messages under {parameters:?}");
        drop(first);
    }
    Ok(())
}

/// However many connections there were, a thread keeps one compressor and one decompressor when all have gone.
#[cfg(feature = "deflate")]
pub(crate) fn who_leaves_takes_the_compressor_along() -> Result<(), WebSocketError> {
    use php_sockets::ws::deflate::Parameters;

    let region = Region::new(&ALLOCATOR);
    let message = "压缩".repeat(1000);
    let config = std::sync::Arc::new(Config::server());
    let mut peers = Vec::new();
    for _ in 0..40 {
        let mut peer = Protocol::with_deflate(Role::Server, config.clone(), Some(Parameters::default()));
        peer.send(&message)?;
        let length = peer.output().len();
        peer.written(length)?;
        peers.push(peer);
    }
    let most = held(&region);
    assert!(most <= (40 * 8 + 16 * 400) << 10, "{most} bytes for 40 connections");
    drop(peers);
    let left = held(&region);
    assert!(left <= 600 << 10, "{left} bytes");
    Ok(())
}
