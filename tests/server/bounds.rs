use std::{
    io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset},
    time::Duration,
};

use php_sockets::{
    ws::{
        Config, Unsendable, WebSocketError,
        server::{Callbacks, Client, Metrics, Server},
    },
    *,
};

use crate::support::{LONG, REQUEST, Running, eventually, frame, request, rest};

type TestResult = std::result::Result<(), Box<dyn std::error::Error>>;

fn echo() -> Callbacks<()> {
    Callbacks::new().onmessage(|client, message| client.send(message))
}

#[test]
fn too_many_are_told_503() -> TestResult {
    let server = Running::start(|server| server.max_connections(2), echo)?;
    let _stay = [server.client()?, server.client()?];
    let answer = request(&server, "GET / HTTP/1.1")?;
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("\r\nRetry-After: 10\r\n"), "{answer}");
    eventually(|| server.handle.metrics().refused_full == 1);
    Ok(())
}

#[test]
fn too_many_of_one_address_are_told_429() -> TestResult {
    let server = Running::start(|server| server.max_connections_per_address(2), echo)?;
    let leaves = server.client()?;
    let _stays = server.client()?;
    let answer = request(&server, "GET / HTTP/1.1")?;
    assert!(answer.starts_with("HTTP/1.1 429 ") && answer.contains("\r\nRetry-After: 10\r\n"), "{answer}");
    eventually(|| server.handle.metrics().refused_address == 1);
    // Another address has its own count, and who leaves makes room.
    let other = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_bind(&other, "127.0.0.2", 0)?;
    socket_connect(&other, "127.0.0.1", server.port)?;
    socket_write(&other, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", None)?;
    assert!(rest(&other)?.starts_with("HTTP/1.1 426 "));
    drop(leaves);
    eventually(|| server.client().is_ok());
    Ok(())
}

#[test]
fn a_slow_request_is_told_408() -> TestResult {
    let server = Running::start(|server| server.handshake_timeout(Duration::from_millis(200)), echo)?;
    let socket = server.socket()?;
    socket_write(&socket, "GET / HT", None)?;
    assert!(rest(&socket)?.starts_with("HTTP/1.1 408 "));
    eventually(|| server.handle.metrics().refused_late == 1);
    Ok(())
}

#[test]
fn a_foreign_page_is_told_403() -> TestResult {
    let server = Running::start(|server| server, echo)?;
    let head = "GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
                Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: https://evil.example";
    assert!(request(&server, head)?.starts_with("HTTP/1.1 403 "));
    assert!(request(&server, "nonsense")?.starts_with("HTTP/1.1 400 "));
    let refused = |metrics: Metrics| (metrics.refused_origin, metrics.refused_request);
    eventually(|| refused(server.handle.metrics()) == (1, 1));
    Ok(())
}

#[test]
fn who_does_not_read_is_dropped_and_the_others_hear_all() -> TestResult {
    let (saw, seen) = std::sync::mpsc::channel();
    let config = Config::server().send_buffer_limit(64 << 10).overflow(ws::Overflow::Disconnect);
    let server = Running::start(
        |server| server.config(|_| config),
        move || {
            Callbacks::new().onmessage(|client, message| client.broadcast(message)).onclose(move |_, closed| {
                let is_full = matches!(closed, Err(WebSocketError::Unsendable(Unsendable::BufferFull)));
                let _ = saw.send(is_full);
            })
        },
    )?;
    let _deaf = server.client()?;
    let mut speaks = server.client()?;
    let message = vec![7; 4 << 10];
    let mut rounds = 0;
    while seen.try_recv() != Ok(true) {
        speaks.send(&message)?;
        assert_eq!(speaks.hear()?, "[4096 bytes]");
        rounds += 1;
        assert!(rounds < 100_000, "it is dropped");
    }
    let metrics = server.handle.metrics();
    assert!(metrics.dropped_slow == 1 && metrics.waited >= 1, "{metrics:?}");
    Ok(())
}

/// Text that does not get much shorter by compression, with its number in front.
#[cfg(feature = "deflate")]
fn numbered(number: usize, length: usize) -> String {
    let mut state = 2 * number as u64 + 1;
    let noise = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        char::from(b'A' + state.to_be_bytes()[2] % 26)
    });
    format!("{number} ").chars().chain(noise).take(length).collect()
}

/// Where a message finds no room it is discarded and counted, and the client stays: small ones one by one, large ones,
/// published ones, compressed ones.
#[cfg(feature = "deflate")]
#[test]
fn what_finds_no_room_is_discarded_and_counted() -> TestResult {
    for compresses in [false, true] {
        for (overflow, count, length) in [(ws::Overflow::Refuse, 20_000, 100), (ws::Overflow::Discard, 400, 10_000)] {
            let listener = socket_create_listen(0, None)?;
            // What the system holds is little.
            socket_set_option(&listener, SOL_SOCKET, SO_SNDBUF, 8 << 10)?;
            let server = Server::new(listener)?
                .handshake(ws::handshake::Server::new().deflate(ws::deflate::Parameters::default())?)
                .config(|config| config.send_buffer_limit(64 << 10).overflow(overflow));
            let server = Running::start_on(server, move || {
                Callbacks::new()
                    .onopen(|client| client.subscribe("all"))
                    .onmessage(move |client, _| {
                        for number in 0..count {
                            let message = numbered(number, length);
                            if number % 3 == 0 { client.publish("all", &message) } else { client.send(&message) }
                        }
                    })
                    .ondrain(|client| client.send("drained"))
            })?;
            let request = ws::handshake::Client::new();
            let request = if compresses { request.deflate(ws::deflate::Parameters::default())? } else { request };
            let mut client = server.client_of(&ws::Connector::new().handshake(request), "")?;
            client.send("go")?;
            let discarded = || usize::try_from(server.handle.metrics().discarded).expect("few");
            eventually(|| discarded() > 0);
            let (mut heard, mut last) = (0, None);
            while heard + discarded() < count {
                let message = client.hear()?;
                if message != "drained" {
                    let number = message.split(' ').next().and_then(|number| number.parse::<usize>().ok());
                    assert!(number > last, "{number:?} behind {last:?}");
                    assert_eq!(message, numbered(number.unwrap_or_default(), length));
                    (heard, last) = (heard + 1, number);
                }
            }
            assert_eq!(heard + discarded(), count);
            let metrics = server.handle.metrics();
            assert_eq!((metrics.open, metrics.dropped_slow), (1, 0), "{metrics:?}");
        }
    }
    Ok(())
}

/// However little may wait: who reads what he is sent misses nothing of a long turn, compressed or not.
#[cfg(feature = "deflate")]
#[test]
fn what_one_turn_has_for_a_client_does_not_count_as_waiting() -> TestResult {
    for overflow in [ws::Overflow::Refuse, ws::Overflow::Discard, ws::Overflow::Disconnect] {
        for compresses in [false, true] {
            let server = Running::start_on(
                Server::bind("127.0.0.1", 0)?
                    .handshake(ws::handshake::Server::new().deflate(ws::deflate::Parameters::default())?)
                    .config(|config| config.send_buffer_limit(1000).overflow(overflow)),
                || {
                    Callbacks::new().onmessage(|client, _| {
                        for number in 0..30 {
                            client.send(&numbered(number, 400));
                            client.broadcast(&numbered(number, 300));
                        }
                    })
                },
            )?;
            let request = ws::handshake::Client::new();
            let request = if compresses { request.deflate(ws::deflate::Parameters::default())? } else { request };
            let mut client = server.client_of(&ws::Connector::new().handshake(request), "")?;
            client.send("!")?;
            for number in 0..30 {
                assert_eq!(client.hear()?, numbered(number, 400));
                assert_eq!(client.hear()?, numbered(number, 300));
            }
            assert_eq!(server.handle.metrics().discarded, 0);
        }
    }
    Ok(())
}

#[test]
fn what_waited_is_drained_in_the_end() -> TestResult {
    let (saw, seen) = std::sync::mpsc::channel();
    let server = Running::start(
        |server| server.config(|config| config.send_buffer_limit(16 << 20).overflow(ws::Overflow::Refuse)),
        move || {
            Callbacks::new()
                .onmessage(|client, _| (0..150).for_each(|_| client.send(&vec![7; 100_000])))
                .ondrain(move |client| _ = saw.send(client.buffered_amount()))
        },
    )?;
    let mut client = server.client()?;
    client.send("!")?;
    // It is more than the system takes while nobody reads.
    eventually(|| server.handle.metrics().waited > 0);
    for _ in 0..150 {
        assert_eq!(client.hear()?, "[100000 bytes]");
    }
    assert_eq!(seen.recv_timeout(LONG)?, 0);
    Ok(())
}

/// A long answer in pieces: as many at once as may wait, and the next ones when these have left. Whether the system takes
/// them at the end of the turn or later is nothing that the application knows.
fn in_pieces(piece: &'static [u8], most: usize) -> Callbacks<usize> {
    let go_on = move |client: &mut Client<'_, usize>| {
        while *client.data() > 0 && client.buffered_amount() < most {
            client.send(piece);
            *client.data_mut() -= 1;
        }
    };
    Callbacks::with_data()
        .onmessage(move |client, message| {
            *client.data_mut() = String::from_utf8_lossy(message.as_bytes()).parse().unwrap_or_default();
            go_on(client);
        })
        .ondrain(go_on)
}

#[test]
fn who_waits_until_all_has_left_is_told_so() -> TestResult {
    for settings in [
        (ws::handshake::Server::new(), ws::handshake::Client::new()),
        #[cfg(feature = "deflate")]
        (
            ws::handshake::Server::new().deflate(ws::deflate::Parameters::default())?,
            ws::handshake::Client::new().deflate(ws::deflate::Parameters::default())?,
        ),
    ] {
        for piece in [&[7; 100][..], &[7; 5000], &[7; 10_000]] {
            let (settings, request) = settings.clone();
            let server = Running::start(|server| server.handshake(settings), move || in_pieces(piece, 16 << 10))?;
            let mut client = server.client_of(&ws::Connector::new().handshake(request), "")?;
            client.send("1000")?;
            for _ in 0..1000 {
                assert_eq!(client.hear()?, format!("[{} bytes]", piece.len()));
            }
        }
    }
    Ok(())
}

/// Who sends as long as little waits does not go on for ever to one who is not there any more.
/// Who asks for a page and does not take it has it wait; of many the oldest go.
#[test]
fn pages_that_nobody_takes_have_a_bound() -> TestResult {
    let listener = socket_create_listen(0, None)?;
    // What the system holds is little.
    socket_set_option(&listener, SOL_SOCKET, SO_SNDBUF, 8 << 10)?;
    let server = Running::start_on(Server::new(listener)?.answer_limit(4 << 20), || {
        let page = "页".repeat(350_000);
        Callbacks::new().onrequest(move |_, _| ws::handshake::Response::new(200).with_html(page.clone()).into())
    })?;
    let idle = (0..12).map(|_| {
        let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
        socket_set_option(&socket, SOL_SOCKET, SO_RCVBUF, 4096)?;
        socket_connect(&socket, "127.0.0.1", server.port)?;
        socket_write(&socket, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", None)?;
        Ok(socket)
    });
    let idle = idle.collect::<Result<Vec<_>>>()?;
    eventually(|| server.handle.metrics().dropped_slow == 9);
    eventually(|| server.handle.metrics().connections == 3);
    // The newest one goes on, and whoever takes his page has it.
    assert!(request(&server, "GET / HTTP/1.1")?.ends_with("页"));
    let newest = rest(&idle[11])?;
    assert!(newest.ends_with("页") && newest.len() > 1_050_000);
    Ok(())
}

/// Who has read all of his page has a second to leave, also when it had to wait for him.
#[test]
fn who_has_taken_a_page_and_stays_is_dropped() -> TestResult {
    let listener = socket_create_listen(0, None)?;
    socket_set_option(&listener, SOL_SOCKET, SO_SNDBUF, 8 << 10)?;
    let server = Running::start_on(Server::new(listener)?, || {
        Callbacks::new().onrequest(|_, _| ws::handshake::Response::new(200).with_html("页".repeat(350_000)).into())
    })?;
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_set_option(&socket, SOL_SOCKET, SO_RCVBUF, 4096)?;
    socket_connect(&socket, "127.0.0.1", server.port)?;
    socket_write(&socket, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", None)?;
    assert!(rest(&socket)?.ends_with("页"));
    let start = std::time::Instant::now();
    eventually(|| server.handle.metrics().connections == 0);
    assert!(start.elapsed() < LONG / 2, "{:?}", start.elapsed());
    Ok(())
}

/// Who asks how much waits after each of many small messages waits for no answer: it is not counted from the beginning.
#[test]
fn asking_how_much_waits_is_cheap() -> TestResult {
    let server = Running::start(|server| server, || in_pieces(&[], 80_000))?;
    let mut client = server.client()?;
    let start = std::time::Instant::now();
    client.send("120000")?;
    for _ in 0..120_000 {
        assert_eq!(client.hear()?, "[0 bytes]");
    }
    assert!(start.elapsed() < LONG / 4, "it takes 0.2 s, or three quarters of a minute");
    Ok(())
}

#[test]
fn nobody_has_room_for_anything() -> TestResult {
    let (saw, seen) = std::sync::mpsc::channel();
    let server = Running::start(
        |server| server,
        move || {
            let saw_later = saw.clone();
            Callbacks::new()
                .onmessage(move |client, _| {
                    let before = client.buffered_amount();
                    client.close(None);
                    let _ = saw.send((before, client.buffered_amount()));
                })
                .onclose(move |client, _| _ = saw_later.send((0, client.buffered_amount())))
        },
    )?;
    let mut client = server.client()?;
    client.send("!")?;
    assert_eq!(client.hear()?, "1005");
    for _ in 0..2 {
        assert_eq!(seen.recv_timeout(LONG)?, (0, usize::MAX));
    }
    Ok(())
}

/// An answer without an end, to one who reads as fast as it comes, is not the whole of a turn.
#[test]
fn who_is_told_again_and_again_leaves_the_others_their_turn() -> TestResult {
    let server = Running::start(|server| server, || in_pieces(&[7], 1))?;
    let mut endless = server.client()?;
    endless.send(&usize::MAX.to_string())?;
    let reader = std::thread::spawn(move || while endless.hear().is_ok() {});
    let mut other = server.client()?;
    for _ in 0..100 {
        other.send("1")?;
        assert_eq!(other.hear()?, "[1 bytes]");
    }
    server.stop()?;
    reader.join().expect("no panic");
    Ok(())
}

#[test]
fn large_messages_come_back() -> TestResult {
    let config = Config::server().max_message(32 << 20).send_buffer_limit(64 << 20);
    let server = Running::start(|server| server.config(|_| config), echo)?;
    let mut client = server.client()?;
    for size in [0, 1, 125, 126, 8191, 8192, 65535, 65536, 1 << 20, 20 << 20] {
        client.send(&vec![7; size])?;
        assert_eq!(client.hear()?, format!("[{size} bytes]"));
    }
    Ok(())
}

#[test]
fn a_message_too_big_ends_its_sender_alone() -> TestResult {
    let config = Config::server().max_message(1000);
    let server = Running::start(|server| server.config(|_| config), echo)?;
    let (mut big, mut other) = (server.client()?, server.client()?);
    big.send(&vec![7; 1001])?;
    assert_eq!(big.hear()?, "1009");
    other.send("你好")?;
    assert_eq!(other.hear()?, "你好");
    eventually(|| server.handle.metrics().dropped_protocol == 1);
    Ok(())
}

#[test]
fn a_client_stays_no_longer_than_it_may() -> TestResult {
    let server = Running::start(|server| server.max_lifetime(Duration::from_secs(3)), echo)?;
    assert_eq!(server.client()?.hear()?, "1001");
    Ok(())
}

/// As of a connection's deadlines.
#[test]
fn no_time_is_no_limit() -> TestResult {
    let zero = Duration::ZERO;
    let server = Running::start(
        |server| server.handshake_timeout(zero).max_lifetime(zero).stop_timeout(zero),
        || {
            Callbacks::new()
                // Deadlines are looked at once a second.
                .onstart(|clients| _ = clients.after(Duration::from_millis(2500)))
                .ontimer(|clients, _| clients.broadcast("still here"))
        },
    )?;
    let slow = server.socket()?;
    socket_write(&slow, &REQUEST[..20], None)?;
    let mut client = server.client()?;
    assert_eq!(client.hear()?, "still here");
    socket_write(&slow, &REQUEST[20..], None)?;
    let answer = socket_read(&slow, 4096, None)?;
    assert!(answer.starts_with(b"HTTP/1.1 101 "), "{}", String::from_utf8_lossy(&answer));
    // Whoever has not answered the Close frame is waited for.
    server.handle.stop();
    assert_eq!(client.hear()?, "1001");
    let mut close = Vec::new();
    assert_eq!(socket_recv(&slow, &mut close, 64, 0)?, 4);
    socket_set_option(&slow, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 0, usec: 300_000 })?;
    let silence = socket_read(&slow, 1, None).expect_err("neither its end nor a byte");
    assert!(matches!(silence.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut), "{silence}");
    socket_set_option(&slow, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 60, usec: 0 })?;
    socket_write(&slow, frame(0x88, ""), None)?;
    assert_eq!(rest(&slow)?, "");
    server.join()?;
    Ok(())
}

/// As the settings' documentation says: nobody, nothing, or one at least.
#[test]
fn a_number_is_what_it_says_and_so_is_zero() -> TestResult {
    type Set = fn(Server) -> Server;
    let refusals: [(Set, &str); 2] = [
        (|server| server.max_connections(0), "HTTP/1.1 503 "),
        (|server| server.max_connections_per_address(0), "HTTP/1.1 429 "),
    ];
    for (set, start) in refusals {
        let server = Running::start(set, echo)?;
        let answer = request(&server, "GET / HTTP/1.1")?;
        assert!(answer.starts_with(start), "{answer}");
    }
    let none = |server: Server| {
        let server = server.max_topics(0).max_accepts_per_turn(0).max_read_per_turn(0).inbox_limit(0).answer_limit(0);
        server.config(|config| config.max_fragments(0).send_buffer_limit(0))
    };
    let make = || {
        Callbacks::new()
            .onrequest(|_, request| match request.path() {
                "/page" => ws::handshake::Response::new(200).with_text("a page").into(),
                _ => ws::server::Answer::upgrade(),
            })
            .onmessage(|client, message| {
                client.subscribe("topic");
                client.send(message);
            })
    };
    // No threads are one.
    let server = Running::start_threads(0, none, make)?;
    let mut client = server.client()?;
    client.send("all at once")?;
    assert_eq!(client.hear()?, "all at once");
    server.handle.broadcast("to all")?;
    assert_eq!(client.hear()?, "to all");
    assert_eq!((server.handle.metrics().refused_topic, server.handle.metrics().listening), (1, 1));
    assert!(request(&server, "GET /page HTTP/1.1")?.ends_with("a page"));
    // One frame that is read in pieces is not more of them.
    client.send(&vec![0; 300_000])?;
    assert_eq!(client.hear()?, "[300000 bytes]");
    let server = Running::start(|server| server.config(|config| config.max_message(0)), echo)?;
    let mut client = server.client()?;
    client.send("")?;
    assert_eq!(client.hear()?, "");
    client.send("x")?;
    assert!(client.hear()?.starts_with("1009"));
    Ok(())
}

#[cfg(unix)]
#[test]
fn any_listening_socket_will_do() -> TestResult {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("socket");
    let path = path.to_str().ok_or("a path is text here")?;
    let listener = socket_create(AF_UNIX, SOCK_STREAM, 0)?;
    socket_bind(&listener, path, None)?;
    socket_listen(&listener, 5)?;
    let server = Server::new(listener)?;
    let handle = server.handle();
    let thread = std::thread::spawn(move || server.threads(2).run(echo));
    let socket = socket_create(AF_UNIX, SOCK_STREAM, 0)?;
    socket_connect(&socket, path, None)?;
    let url = ws::handshake::Url::parse("ws://localhost/")?;
    let mut opening = ws::Connector::new().open(socket, &url)?;
    let mut client = opening.advance()?.expect("the socket is blocking");
    client.send("你好")?;
    assert_eq!(client.read(&mut Vec::new())?, ws::Message::Text("你好"));
    handle.stop();
    drop(client);
    thread.join().expect("no panic")?;
    Ok(())
}

/// What came with the request is heard.
#[test]
fn messages_behind_the_request_are_heard() -> TestResult {
    let server = Running::start(|server| server, echo)?;
    let socket = server.socket()?;
    let mut bytes =
        b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            .to_vec();
    bytes.extend([0x81, 0x82, 0, 0, 0, 0, b'h', b'i', 0x88, 0x80, 0, 0, 0, 0]);
    socket_write(&socket, &bytes, None)?;
    let answer = rest(&socket)?;
    assert!(answer.ends_with("\r\n\r\n\u{fffd}\u{2}hi\u{fffd}\0"), "{answer:?}");
    Ok(())
}

/// Who goes on sending while its connection is being closed is cut off before the closing handshake's time is over.
#[test]
fn who_floods_while_it_is_closed_is_cut_off() -> TestResult {
    let config = Config::server().close_timeout(Duration::from_secs(600));
    let server = Running::start(
        |server| server.config(|_| config),
        || Callbacks::new().onmessage(|client, _| client.close(ws::CloseCode::POLICY_VIOLATION)),
    )?;
    let client = server.client()?;
    let socket = client.connection.stream().socket();
    socket_set_option(socket, SOL_SOCKET, SO_SNDTIMEO, Timeval { sec: 20, usec: 0 })?;
    // Frames of 125 bytes, masked with 0.
    let flood = [&[0x82, 0xFD, 0, 0, 0, 0][..], &[7; 125]].concat().repeat(1000);
    let mut sent = 0;
    let error = loop {
        match socket_write(socket, &flood, None) {
            Ok(count) => sent += count,
            Err(error) => break error,
        }
        assert!(sent < 64 << 20, "it is cut off");
    };
    assert!(matches!(error.kind(), BrokenPipe | ConnectionReset | ConnectionAborted), "{error}");
    eventually(|| server.handle.metrics().connections == 0);
    Ok(())
}
