//! Requests with a body.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use php_sockets::{
    ws::{
        Message,
        handshake::Response,
        server::{Answer, Callbacks, Server},
    },
    *,
};

use crate::support::{LONG, REQUEST, Running, eventually, rest, upload};

type TestResult = std::result::Result<(), Box<dyn std::error::Error>>;

const CONTINUE: &str = "HTTP/1.1 100 Continue\r\n\r\n";

/// Answers with what was asked.
fn tells() -> Callbacks {
    Callbacks::new().onrequest(|_, request| {
        let body = String::from_utf8_lossy(request.body());
        let answer = format!("{} {} [{body}]", request.method(), request.path());
        if request.is_upgrade() { Answer::upgrade() } else { Response::new(200).with_text(answer).into() }
    })
}

fn start(most: usize) -> Result<Running, ws::WebSocketError> {
    Running::start(|server| server.max_body(most), tells)
}

/// Counts the requests that are answered.
fn start_counting(configure: impl FnOnce(Server) -> Server) -> Result<(Running, Arc<AtomicUsize>), ws::WebSocketError> {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let server = Running::start(configure, move || {
        Callbacks::new().onrequest(move |_, _| {
            counted.fetch_add(1, Ordering::Relaxed);
            Response::new(200).into()
        })
    })?;
    Ok((server, asked))
}

/// Sends these pieces, each in a packet of its own, and returns all that is answered.
fn ask(server: &Running, pieces: &[&[u8]]) -> Result<String> {
    let socket = server.socket()?;
    socket_set_option(&socket, SOL_TCP, TCP_NODELAY, 1)?;
    for piece in pieces {
        socket_write(&socket, piece, None)?;
    }
    rest(&socket)
}

#[test]
fn a_request_has_its_body() -> TestResult {
    let server = start(20)?;
    let chunks = "Transfer-Encoding: chunked\r\n\r\n3\r\n你\r\n3;a\r\n好\r\n0\r\nX: y\r\n\r\n";
    for (method, version, rest, body) in [
        ("POST", "1.1", "Content-Length: 6\r\n\r\n你好", "你好"),
        ("POST", "1.0", "Content-Length: 6\r\n\r\n你好", "你好"),
        ("PUT", "1.1", chunks, "你好"),
        ("GET", "1.1", chunks, "你好"),
        ("DELETE", "1.1", "Content-Length: 20\r\n\r\n12345678901234567890", "12345678901234567890"),
        ("POST", "1.1", "Content-Length: 0\r\n\r\n", ""),
        ("POST", "1.1", "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", ""),
        ("GET", "1.1", "\r\n", ""),
        // What the client cannot know of is no reason to wait, or for another answer.
        ("POST", "1.1", "Expect: 100-continue\r\nContent-Length: 6\r\n\r\n你好", "你好"),
        ("POST", "1.1", "Expect: 100-continue\r\nContent-Length: 0\r\n\r\n", ""),
        ("POST", "1.0", "Expect: 100-continue\r\nContent-Length: 6\r\n\r\n你好", "你好"),
    ] {
        let request = format!("{method} /a HTTP/{version}\r\nHost: a\r\n{rest}");
        let answer = ask(&server, &[request.as_bytes()])?;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{request}: {answer}");
        assert!(answer.ends_with(&format!("\r\n\r\n{method} /a [{body}]")), "{request}: {answer}");
        if !rest.starts_with("Expect") {
            let bytes: Vec<_> = request.as_bytes().chunks(1).collect();
            assert!(ask(&server, &bytes)?.ends_with(&format!("\r\n\r\n{method} /a [{body}]")), "{request}");
        }
    }
    let head = ask(&server, &[b"HEAD /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"])?;
    assert!(head.contains("\r\nContent-Length: 12\r\n") && head.ends_with("\r\n\r\n"), "{head}");
    Ok(())
}

#[test]
fn by_default_a_request_is_complete_with_its_head() -> TestResult {
    let server = Running::start(|server| server, tells)?;
    for rest in ["Content-Length: 6\r\n\r\n", "Content-Length: 6\r\n\r\n你好", "Transfer-Encoding: x\r\n\r\n"] {
        let answer = ask(&server, &[format!("POST /a HTTP/1.1\r\nHost: a\r\n{rest}").as_bytes()])?;
        assert!(answer.ends_with("\r\n\r\nPOST /a []"), "{rest}: {answer}");
    }
    Ok(())
}

#[test]
fn what_is_posted_is_heard_by_all() -> TestResult {
    let server = Running::start_threads(
        2,
        |server| server.max_body(1 << 10),
        || {
            Callbacks::new().onopen(|client| client.send("hello")).onrequest(|client, request| {
                if request.is_upgrade() {
                    return Answer::upgrade();
                }
                client.broadcast(&*String::from_utf8_lossy(request.body()));
                Response::new(204).into()
            })
        },
    )?;
    let mut clients = (0..6).map(|_| server.client()).collect::<Result<Vec<_>, _>>()?;
    for client in &mut clients {
        assert_eq!(client.hear()?, "hello");
    }
    let answer = ask(&server, &[b"POST /publish HTTP/1.1\r\nHost: a\r\n", "Content-Length: 6\r\n\r\n你好".as_bytes()])?;
    assert!(answer.starts_with("HTTP/1.1 204 No Content\r\n"), "{answer}");
    for client in &mut clients {
        assert_eq!(client.hear()?, "你好");
    }
    Ok(())
}

/// What a proxy takes for a body and the server for a request, or the other way round.
#[test]
fn a_body_of_doubtful_length_is_refused_and_so_is_what_follows() -> TestResult {
    let (server, asked) = start_counting(|server| server.max_body(1 << 10))?;
    let second = "GET /second HTTP/1.1\r\nHost: a\r\n\r\n";
    for (rest, status) in [
        ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        ("Content-Length: 5\r\nContent-Length: 0\r\n\r\n", 400),
        ("Content-Length: 1, 5\r\n\r\n", 400),
        ("Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400),
        ("Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400),
        ("Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n", 400),
        ("X: y\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        ("Transfer-Encoding: chunked\r\n\r\n5;\nxxx\r\nhello\r\n0\r\n\r\n", 400),
        ("Transfer-Encoding: chunked\r\n\r\n5\r\nhello0\r\n\r\n", 400),
        ("Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n", 400),
        ("Transfer-Encoding: chunked\r\n\r\n401\r\n", 413),
        ("Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", 413),
        ("Content-Length: 1025\r\n\r\n", 413),
        ("Content-Length: 18446744073709551615\r\n\r\n", 413),
        ("Expect: 100-continue\r\nContent-Length: 1025\r\n\r\n", 413),
        ("Expect: 100-continue\r\nContent-Length: x\r\n\r\n", 400),
    ] {
        let answer = ask(&server, &[format!("POST / HTTP/1.1\r\nHost: a\r\n{rest}{second}").as_bytes()])?;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{rest:?}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{rest:?}: {answer}");
    }
    assert_eq!(asked.load(Ordering::Relaxed), 0);
    eventually(|| server.handle.metrics().refused_request == 16);
    // Behind a body that is as it should be there is one answer, too.
    let answer =
        ask(&server, &[format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi{second}").as_bytes()])?;
    assert_eq!((answer.matches("HTTP/1.1 ").count(), asked.load(Ordering::Relaxed)), (1, 1), "{answer}");
    Ok(())
}

#[test]
fn chunk_extensions_and_trailers_end() -> TestResult {
    let server = start(1 << 10)?;
    for begin in ["5;", "0\r\nX: ", "0", "5 "] {
        let socket = server.socket()?;
        socket_write(
            &socket,
            format!("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{begin}"),
            None,
        )?;
        let fill = if begin == "0" { "0" } else { " " }.repeat(20_000);
        socket_write(&socket, &fill, None)?;
        let answer = rest(&socket)?;
        assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("too many extensions"), "{begin:?}: {answer}");
    }
    Ok(())
}

/// Many a client looks for the answer only when all of its body is sent.
#[test]
fn who_goes_on_sending_a_body_that_is_too_long_gets_the_answer() -> TestResult {
    let server = start(1 << 10)?;
    for (head, answer) in upload(&server)? {
        assert!(
            answer.starts_with("HTTP/1.1 413 ") && answer.ends_with("longer than 1024 bytes\n"),
            "{head}: {answer}"
        );
    }
    Ok(())
}

#[test]
fn who_waits_for_100_gets_it_before_the_body() -> TestResult {
    let server = start(20)?;
    for (field, body) in
        [("Content-Length: 5", "hello"), ("Transfer-Encoding: chunked", "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n")]
    {
        let socket = server.socket()?;
        socket_write(&socket, format!("POST /a HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n{field}\r\n\r\n"), None)?;
        let mut first = Vec::new();
        while first.len() < CONTINUE.len() {
            first.extend(socket_read(&socket, CONTINUE.len() - first.len(), None)?);
        }
        assert_eq!(first, CONTINUE.as_bytes());
        socket_write(&socket, body, None)?;
        let answer = rest(&socket)?;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("POST /a [hello]"), "{answer}");
    }
    Ok(())
}

/// Its body would be frames, or another request.
#[test]
fn a_request_for_a_websocket_has_no_body() -> TestResult {
    let server = start(20)?;
    for field in ["Content-Length: 2\r\n\r\nhi", "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"] {
        let answer = ask(&server, &[REQUEST.replace("\r\n\r\n", &format!("\r\n{field}")).as_bytes()])?;
        assert!(answer.starts_with("HTTP/1.1 400 ") && answer.ends_with("handshake has no body\n"), "{answer}");
    }
    assert!(server.client()?.connection.is_open());
    Ok(())
}

#[test]
fn who_leaves_or_dawdles_in_the_middle_is_no_request() -> TestResult {
    let (server, asked) =
        start_counting(|server| server.max_body(1 << 20).handshake_timeout(Duration::from_millis(300)))?;
    let halves = ["Content-Length: 1000\r\n\r\nhalf", "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"];
    let head = "POST / HTTP/1.1\r\nHost: a\r\n";
    for half in halves {
        let half_closes = server.socket()?;
        socket_write(&half_closes, format!("{head}{half}"), None)?;
        socket_shutdown(&half_closes, SHUT_WR)?;
        assert_eq!(rest(&half_closes)?, "");
        let resets = server.socket()?;
        socket_write(&resets, format!("{head}{half}"), None)?;
        socket_set_option(&resets, SOL_SOCKET, SO_LINGER, Linger { l_onoff: 1, l_linger: 0 })?;
        socket_close(&resets)?;
    }
    for half in halves {
        // A byte each few milliseconds, for as long as there is no answer.
        let dawdles = server.socket()?;
        socket_write(&dawdles, format!("{head}{half}"), None)?;
        socket_set_option(&dawdles, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 0, usec: 5000 })?;
        let mut bytes = if half.starts_with('C') { "x" } else { "4\r\nhalf\r\n" }.bytes().cycle();
        let started = Instant::now();
        let answer = loop {
            match socket_read(&dawdles, 12, None) {
                Ok(answer) => break answer,
                Err(_) => assert!(started.elapsed() < LONG, "it is told"),
            }
            // The answer may be there by now, and the connection over.
            let _ = socket_write(&dawdles, [bytes.next().expect("it goes on")], None);
        };
        assert_eq!(answer, b"HTTP/1.1 408", "{half}");
    }
    eventually(|| server.handle.metrics().connections == 0);
    assert_eq!(asked.load(Ordering::Relaxed), 0);
    Ok(())
}

#[test]
fn who_half_closes_behind_the_body_gets_the_answer() -> TestResult {
    let server = start(20)?;
    let socket = server.socket()?;
    socket_write(&socket, "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", None)?;
    socket_shutdown(&socket, SHUT_WR)?;
    assert!(rest(&socket)?.ends_with("POST /a [hello]"));
    Ok(())
}

#[test]
fn a_body_is_there_when_the_answer_comes_later() -> TestResult {
    let server = Running::start(
        |server| server.max_body(20),
        || {
            Callbacks::with_data::<usize>().onrequest(|client, request| {
                *client.data_mut() += 1;
                if *client.data() < 3 {
                    client.clients().handle().wake(client.id());
                    return Answer::later(LONG);
                }
                Response::new(200).with_body(request.body()).into()
            })
        },
    )?;
    let answer = ask(&server, &[b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel", b"lo"])?;
    assert!(answer.ends_with("\r\n\r\nhello"), "{answer}");
    Ok(())
}

#[cfg(target_os = "linux")]
#[test]
fn a_body_comes_behind_what_a_proxy_says() -> TestResult {
    let proxies = ["127.0.0.1".parse()?];
    let server = Running::start(
        |server| server.max_body(20).proxy_protocol(proxies),
        || {
            Callbacks::new().onrequest(|client, request| {
                let body = String::from_utf8_lossy(request.body());
                Response::new(200).with_text(format!("{} {body}", client.address().unwrap_or_default().0)).into()
            })
        },
    )?;
    let all =
        b"PROXY TCP4 192.0.2.1 198.51.100.1 51234 443\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
    for pieces in [vec![&all[..]], all.chunks(1).collect(), all.chunks(50).collect()] {
        let answer = ask(&server, &pieces)?;
        assert!(answer.ends_with("\r\n\r\n192.0.2.1 hello"), "{answer}");
    }
    Ok(())
}

/// A long body is not read in one turn, and is read whole in the end.
#[test]
fn others_have_their_turn_beside_one_who_uploads() -> TestResult {
    const LENGTH: usize = 1 << 20;
    let listener = socket_create_listen(0, None)?;
    // More than one read waits in the system's buffer.
    socket_set_option(&listener, SOL_SOCKET, SO_RCVBUF, 2 << 20)?;
    let (tell, busy) = mpsc::channel();
    let (wakes, sleeps) = mpsc::channel::<()>();
    let (note, noted) = mpsc::channel();
    let server = Running::start_on(Server::new(listener)?.max_body(LENGTH).max_read_per_turn(1), move || {
        let request = note.clone();
        Callbacks::new()
            .onrequest(move |_, it| {
                if it.is_upgrade() {
                    return Answer::upgrade();
                }
                request.send(it.body().len()).expect("somebody waits");
                Response::new(200).into()
            })
            .onmessage(move |_, message| {
                if message == Message::Text("work") {
                    tell.send(()).expect("somebody waits");
                    let _ = sleeps.recv();
                } else {
                    note.send(0).expect("somebody waits");
                }
            })
    })?;
    let (mut worker, mut other) = (server.client()?, server.client()?);
    // It is there before the others are looked at, and has begun.
    let socket = server.socket()?;
    socket_write(&socket, format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {LENGTH}\r\n\r\n"), None)?;
    eventually(|| server.handle.metrics().connections == 3);
    worker.send("work")?;
    busy.recv_timeout(LONG)?;
    let upload = thread::spawn({
        let socket = socket.clone();
        move || -> Result<()> {
            let body = vec![b'x'; LENGTH];
            let mut sent = 0;
            while sent < LENGTH {
                sent += socket_write(&socket, &body[sent..], None)?;
            }
            Ok(())
        }
    });
    other.send("here")?;
    wakes.send(())?;
    assert_eq!((noted.recv_timeout(LONG)?, noted.recv_timeout(LONG)?), (0, LENGTH));
    upload.join().expect("no panic")?;
    assert!(rest(&socket)?.starts_with("HTTP/1.1 200 OK\r\n"));
    Ok(())
}
