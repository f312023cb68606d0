//! Answers that are not there at once.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, channel},
    },
    thread,
    time::{Duration, Instant},
};

use php_sockets::{
    ws::{
        WebSocketError,
        handshake::Response,
        server::{Answer, Callbacks, ClientId},
    },
    *,
};

use crate::support::{LONG, REQUEST, Running, eventually, frame, request, rest};

type TestResult = std::result::Result<(), Box<dyn std::error::Error>>;

#[derive(Default)]
struct Visitor {
    asked: usize,
    name: String,
    answer: Option<Receiver<Option<String>>>,
}

/// Who says a token is let in when another thread has found its name.
fn asks_elsewhere() -> Callbacks<Visitor> {
    Callbacks::with_data::<Visitor>()
        .onrequest(|client, request| {
            client.data_mut().asked += 1;
            let Some(answer) = &client.data().answer else {
                let token = request.query("token").unwrap_or_default().into_owned();
                let (sender, answer) = channel();
                client.data_mut().answer = Some(answer);
                let (id, handle) = (client.id(), client.clients().handle());
                thread::spawn(move || {
                    let name = (token != "bad").then(|| format!("name of {token}"));
                    if sender.send(name).is_ok() {
                        handle.wake(id);
                    }
                });
                return Answer::later(LONG);
            };
            match answer.try_recv() {
                Ok(Some(name)) => {
                    client.data_mut().name = name;
                    Answer::upgrade()
                }
                Ok(None) => Response::new(401).into(),
                Err(_) => Response::new(504).into(),
            }
        })
        .onopen(|client| client.send(&format!("{} {}", client.data().name, client.data().asked)))
        .onmessage(|client, message| client.send(message))
}

#[test]
fn another_thread_finds_the_answer() -> Result<(), WebSocketError> {
    let server = Running::start_threads(2, |server| server, asks_elsewhere)?;
    let at = |number: usize| format!("?token={number}");
    let mut clients = (0..20).map(|number| server.client_at(&at(number))).collect::<Result<Vec<_>, _>>()?;
    for (number, client) in clients.iter_mut().enumerate() {
        assert_eq!(client.hear()?, format!("name of {number} 2"));
        client.send("你好")?;
        assert_eq!(client.hear()?, "你好");
    }
    assert!(server.client_at("?token=bad").is_err_and(|error| error.to_string().contains("401")));
    assert_eq!(server.handle.metrics().opened, 20);
    Ok(())
}

/// What comes while the answer is not there waits, and is not taken for anything else.
#[test]
fn what_is_sent_before_the_answer_is_heard_behind_it() -> TestResult {
    let (tell, told) = channel::<ClientId>();
    let server = Running::start(
        |server| server,
        || {
            Callbacks::with_data::<bool>()
                .onrequest(move |client, _| {
                    if std::mem::replace(client.data_mut(), true) {
                        return Answer::upgrade();
                    }
                    let _ = tell.send(client.id());
                    Answer::later(LONG)
                })
                .onmessage(|client, message| client.send(message))
        },
    )?;
    let socket = server.socket()?;
    socket_write(&socket, [REQUEST.as_bytes(), &frame(0x81, "one")].concat(), None)?;
    let id = told.recv_timeout(LONG)?;
    socket_write(&socket, frame(0x81, "two"), None)?;
    server.handle.wake(id);
    socket_write(&socket, frame(0x88, ""), None)?;
    assert!(rest(&socket)?.ends_with("\u{fffd}\u{3}one\u{fffd}\u{3}two\u{fffd}\u{0}"));
    Ok(())
}

/// Long polling: a request waits for news, and has an answer without them when its time is over.
#[test]
fn a_request_waits_for_news() -> TestResult {
    let news = Arc::new(std::sync::Mutex::new(None::<String>));
    let (tell, told) = channel();
    let server = {
        let news = Arc::clone(&news);
        Running::start(
            |server| server,
            move || {
                Callbacks::with_data::<Option<Instant>>().onrequest(move |client, request| {
                    let time = Duration::from_millis(if request.path() == "/short" { 10 } else { 60_000 });
                    let since = *client.data_mut().get_or_insert_with(Instant::now);
                    match &*news.lock().expect("no panic") {
                        Some(news) => Response::new(200).with_text(news.clone()).into(),
                        None if since.elapsed() >= time => Response::new(204).into(),
                        None => {
                            let _ = tell.send(client.id());
                            Answer::later(time)
                        }
                    }
                })
            },
        )?
    };
    assert!(request(&server, "GET /short HTTP/1.1")?.starts_with("HTTP/1.1 204 "));
    told.recv_timeout(LONG)?;
    let socket = server.socket()?;
    socket_write(&socket, "GET /long HTTP/1.1\r\nHost: a\r\n\r\n", None)?;
    // Who ends his sending direction waits for the answer all the same.
    socket_shutdown(&socket, 1)?;
    let id = told.recv_timeout(LONG)?;
    server.handle.wake(id);
    assert_eq!(told.recv_timeout(LONG)?, id, "there are none yet");
    *news.lock().expect("no panic") = Some("今日新闻".to_owned());
    server.handle.wake(id);
    assert!(rest(&socket)?.ends_with("\r\n\r\n今日新闻"));
    eventually(|| server.handle.metrics().connections == 0);
    server.handle.wake(id);
    assert_eq!(server.handle.metrics().responded, 2);
    Ok(())
}

/// Who resets his connection, is closed, or waits when the server stops, waits no longer.
#[test]
fn nobody_waits_for_ever() -> TestResult {
    let server = Running::start(
        |server| server,
        || {
            Callbacks::new().onrequest(move |client, request| {
                if request.path() == "/closed" {
                    client.close(None);
                }
                Answer::later(Duration::MAX)
            })
        },
    )?;
    let socket = server.socket()?;
    socket_write(&socket, "GET /closed HTTP/1.1\r\nHost: a\r\n\r\n", None)?;
    assert_eq!(rest(&socket)?, "");
    let (leaves, stays) = (server.socket()?, server.socket()?);
    for socket in [&leaves, &stays] {
        socket_write(socket, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", None)?;
    }
    eventually(|| server.handle.metrics().connections == 2);
    socket_set_option(&leaves, SOL_SOCKET, SO_LINGER, Linger { l_onoff: 1, l_linger: 0 })?;
    socket_close(&leaves)?;
    eventually(|| server.handle.metrics().connections == 1);
    server.stop()?;
    assert!(rest(&stays)?.starts_with("HTTP/1.1 503 "));
    Ok(())
}
