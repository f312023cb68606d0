#[cfg(target_os = "linux")]
use std::{
    process::Command,
    time::{SystemTime, UNIX_EPOCH},
};
use std::{
    sync::mpsc::{self, Receiver, Sender},
    time::{Duration, Instant},
};

use php_sockets::{
    Linger, SO_LINGER, SOL_SOCKET, Socket, socket_close, socket_read, socket_set_option, socket_write,
    ws::{
        CloseCode, CloseFrame, Message, WebSocketError,
        handshake::{Request, Response},
        server::{Answer, Callbacks, Client, Clients, Handler, Server, Timer},
    },
};

use crate::support::{LONG, REQUEST, Running, eventually, kept_listener, request, rest};

/// Writes down every call, and does what the messages say.
struct Witness(Sender<String>);

#[derive(Debug, Default)]
struct Visitor(String);

impl Witness {
    fn saw(&self, what: String) {
        // The test may be over.
        let _ = self.0.send(what);
    }
}

impl Handler for Witness {
    type Data = Visitor;

    fn onstart(&mut self, clients: &mut Clients<Visitor>) {
        self.saw(format!("start {}", clients.len()));
    }

    fn onrequest(&mut self, client: &mut Client<'_, Visitor>, request: &Request) -> Answer {
        client.send("it is not open yet");
        client.subscribe("all");
        *client.data_mut() = Visitor(request.query("name").unwrap_or_default().into_owned());
        self.saw(format!("request {} {}", request.method(), request.path()));
        match request.path() {
            "/page" => Response::new(200).with_html("<h1>你好</h1>").into(),
            "/secret" => Response::new(401).into(),
            "/old" => Response::new(200).with_header("Date", "Sun, 06 Nov 1994 08:49:37 GMT").expect("one").into(),
            "/cookie" => Answer::upgrade().with_header("Set-Cookie", "a=b").expect("a proper header"),
            _ => Answer::upgrade(),
        }
    }

    fn onopen(&mut self, client: &mut Client<'_, Visitor>) {
        client.subscribe("all");
        self.saw(format!("open {} of {}", client.data().0, client.clients().len()));
    }

    fn onmessage(&mut self, client: &mut Client<'_, Visitor>, message: Message<'_>) {
        let Message::Text(text) = message else { return client.send(message) };
        self.saw(format!("message {text}"));
        match text {
            "close me" => {
                client.send("before");
                client.close(CloseFrame { code: CloseCode(4000), reason: "再见" });
                client.send("after");
                self.saw("closed".to_owned());
            }
            "close all" => client.clients().iter().for_each(|other| other.close(CloseCode::GOING_AWAY)),
            "say twice" => {
                client.send("one");
                client.publish("all", "two");
                client.send("three");
            }
            "timer" => _ = client.clients().after(Duration::from_millis(1)),
            "bad code" => client.close(CloseCode::ABNORMAL),
            "long ping" => {
                client.send(Message::Ping(&[0; 126]));
                client.send(Message::Pong(&[0; 10_000]));
                client.send("still here");
            }
            _ => client.send(text),
        }
    }

    fn onclose(&mut self, client: &mut Client<'_, Visitor>, closed: Result<CloseFrame<'_>, &WebSocketError>) {
        let how = match closed {
            Ok(frame) => format!("{} {}", frame.code, frame.reason),
            Err(error) => error.to_string(),
        };
        let topics = client.topics().len();
        client.send("nobody hears this");
        client.close(None);
        self.saw(format!(
            "close {} {} topics {topics} left {}",
            client.data().0,
            how.trim_end(),
            client.clients().len()
        ));
    }

    fn ontimer(&mut self, clients: &mut Clients<Visitor>, _: Timer) {
        clients.broadcast("ding");
    }
}

fn witness() -> Result<(Running, Receiver<String>), WebSocketError> {
    let (saw, seen) = mpsc::channel();
    let server = Running::start(|server| server, || Witness(saw))?;
    assert_eq!(next(&seen), "start 0");
    Ok((server, seen))
}

fn next(seen: &Receiver<String>) -> String {
    seen.recv_timeout(LONG).expect("it comes")
}

#[test]
fn every_callback_comes_once_and_in_order() -> Result<(), WebSocketError> {
    let (server, seen) = witness()?;
    let mut client = server.client_at("chat?name=%E5%B0%8F%E6%98%8E")?;
    assert_eq!([next(&seen), next(&seen)], ["request GET /chat", "open 小明 of 1"]);
    client.send("你好")?;
    client.send(&[1, 2, 3])?;
    assert_eq!([client.hear()?, client.hear()?], ["你好", "[3 bytes]"]);
    assert_eq!(next(&seen), "message 你好");
    client.connection.close(CloseFrame { code: CloseCode(3001), reason: "够了" })?;
    assert_eq!(client.hear()?, "3001");
    assert_eq!(next(&seen), "close 小明 3001 够了 topics 0 left 0");
    server.stop()?;
    assert_eq!(seen.recv().ok(), None);
    Ok(())
}

/// RFC 9110, section 6.6.1.
#[cfg(target_os = "linux")] // date reads what was written
#[test]
fn answers_have_the_time() -> Result<(), Box<dyn std::error::Error>> {
    let (server, _) = witness()?;
    let dates = |target: &str| -> Result<Vec<String>, Box<dyn std::error::Error>> {
        let answer = request(&server, &format!("GET {target} HTTP/1.1"))?;
        Ok(answer.lines().filter_map(|line| line.strip_prefix("Date: ")).map(str::to_owned).collect())
    };
    let now = || Ok::<_, std::time::SystemTimeError>(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs());
    // The page, a refusal of the application's, and one of the handshake's.
    for target in ["/page", "/secret", "/other"] {
        let (before, found, after) = (now()?, dates(target)?, now()?);
        assert_eq!(found.len(), 1, "{target}: {found:?}");
        let format = "+%s %a, %d %b %Y %H:%M:%S GMT";
        let read = Command::new("date").args(["-u", "-d", &found[0], format]).env("LC_ALL", "C").output()?;
        let read = String::from_utf8(read.stdout)?;
        let (seconds, written) = read.trim_end().split_once(' ').ok_or("no date")?;
        assert!((before..=after).contains(&seconds.parse()?) && written == found[0], "{target}: {found:?}");
    }
    assert_eq!(dates("/old")?, ["Sun, 06 Nov 1994 08:49:37 GMT"], "the application's own");
    // It says nothing to a WebSocket.
    let socket = server.socket()?;
    socket_write(&socket, REQUEST, None)?;
    let mut answer = String::new();
    while !answer.ends_with("\r\n\r\n") {
        answer += std::str::from_utf8(&socket_read(&socket, 1, None)?)?;
    }
    assert!(answer.starts_with("HTTP/1.1 101 ") && !answer.contains("Date"), "{answer}");
    Ok(())
}

#[test]
fn the_application_answers_requests() -> Result<(), Box<dyn std::error::Error>> {
    let (server, seen) = witness()?;
    let page = request(&server, "GET /page HTTP/1.1")?;
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n") && page.ends_with("<h1>你好</h1>"), "{page}");
    assert!(request(&server, "GET /secret HTTP/1.1")?.starts_with("HTTP/1.1 401 "));
    // The default goes on with a handshake, which this is not.
    assert!(request(&server, "GET /other HTTP/1.1")?.starts_with("HTTP/1.1 426 "));
    let head = request(&server, "HEAD /page HTTP/1.1")?;
    assert!(head.contains("\r\nContent-Length: 15\r\n") && head.ends_with("\r\n\r\n"), "{head}");
    let paths: Vec<_> = seen.iter().take(4).collect();
    assert_eq!(paths, ["request GET /page", "request GET /secret", "request GET /other", "request HEAD /page"]);
    let socket = server.socket()?;
    let upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nHost: a\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    socket_write(&socket, format!("GET /cookie HTTP/1.1\r\n{upgrade}"), None)?;
    let answer = socket_read(&socket, 1024, None)?;
    assert!(String::from_utf8_lossy(&answer).contains("\r\nSet-Cookie: a=b\r\n"));
    Ok(())
}

#[test]
fn a_client_that_is_closed_hears_what_was_sent_before() -> Result<(), WebSocketError> {
    let (server, seen) = witness()?;
    let mut client = server.client_at("?name=a")?;
    client.send("close me")?;
    assert_eq!([client.hear()?, client.hear()?], ["before", "4000 再见"]);
    let calls: Vec<_> = seen.iter().take(5).collect();
    assert_eq!(
        calls,
        ["request GET /", "open a of 1", "message close me", "closed", "close a 4000 再见 topics 0 left 0"]
    );
    Ok(())
}

#[test]
fn a_handler_may_close_everybody() -> Result<(), WebSocketError> {
    let (server, seen) = witness()?;
    let mut clients = (0..20).map(|_| server.client()).collect::<Result<Vec<_>, WebSocketError>>()?;
    clients[7].send("close all")?;
    for client in &mut clients {
        assert_eq!(client.hear()?, "1001");
    }
    let calls: Vec<_> = seen.iter().filter(|call| call.starts_with("close")).take(20).collect();
    assert!(calls.last().is_some_and(|call| call.ends_with("left 0")), "{calls:?}");
    server.stop()?;
    assert_eq!(seen.try_iter().count(), 0, "no second onclose");
    Ok(())
}

#[test]
fn what_a_turn_sends_keeps_its_order() -> Result<(), WebSocketError> {
    let (server, _seen) = witness()?;
    let mut client = server.client()?;
    client.send("say twice")?;
    assert_eq!([client.hear()?, client.hear()?, client.hear()?], ["one", "two", "three"]);
    client.send("timer")?;
    assert_eq!(client.hear()?, "ding");
    Ok(())
}

#[test]
fn what_cannot_be_sent_is_counted() -> Result<(), WebSocketError> {
    let (server, seen) = witness()?;
    let mut client = server.client()?;
    client.send("long ping")?;
    assert_eq!(client.hear()?, "still here");
    client.send("bad code")?;
    assert_eq!(client.hear()?, "1005");
    eventually(|| server.handle.metrics().unsendable == 3);
    assert!(seen.iter().any(|call| call.starts_with("close  1005")));
    Ok(())
}

/// A connection that ends without a Close frame, in every stage.
#[test]
fn resets_are_closes() -> Result<(), Box<dyn std::error::Error>> {
    let (server, seen) = witness()?;
    let reset = |socket: &Socket| -> php_sockets::Result<()> {
        socket_set_option(socket, SOL_SOCKET, SO_LINGER, Linger { l_onoff: 1, l_linger: 0 })?;
        socket_close(socket)
    };
    // Before the request, in it, behind it, and when it is open.
    let socket = server.socket()?;
    reset(&socket)?;
    let socket = server.socket()?;
    socket_write(&socket, "GET / HTTP/1.1\r\nHo", None)?;
    reset(&socket)?;
    let socket = server.socket()?;
    socket_write(&socket, "GET /page HTTP/1.1\r\nHost: a\r\n\r\n", None)?;
    reset(&socket)?;
    let client = server.client_at("?name=b")?;
    reset(client.connection.stream().socket())?;
    let closed = seen.iter().find(|call| call.starts_with("close"));
    assert_eq!(closed.as_deref(), Some("close b 1006 topics 0 left 0"));
    let mut client = server.client_at("?name=c")?;
    client.send("你好")?;
    assert_eq!(client.hear()?, "你好");
    Ok(())
}

#[test]
fn closures_are_a_handler() -> Result<(), WebSocketError> {
    let server = Running::start(
        |server| server,
        || {
            let mut count = 0;
            Callbacks::with_data::<u32>()
                .onopen(move |client| {
                    count += 1;
                    *client.data_mut() = count;
                })
                .onmessage(|client, _| client.send(&client.data().to_string()))
        },
    )?;
    let mut clients = [server.client()?, server.client()?];
    for (client, number) in clients.iter_mut().zip(["1", "2"]) {
        client.send("?")?;
        assert_eq!(client.hear()?, number);
    }
    Ok(())
}

#[test]
fn a_panic_ends_the_server_with_it() -> Result<(), WebSocketError> {
    let server = Running::start(
        |server| server,
        || Callbacks::new().onmessage(|_, _| std::panic::resume_unwind(Box::new("on purpose"))),
    )?;
    server.client()?.send("!")?;
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| server.join())).expect_err("it panics");
    assert_eq!(panic.downcast_ref(), Some(&"on purpose"));
    Ok(())
}

#[test]
fn stop_tells_everybody_and_refuses_newcomers() -> Result<(), WebSocketError> {
    let (saw, seen) = mpsc::channel();
    // Its port is kept when it has ended: nobody else is given it, who would not refuse.
    let (listener, _kept) = kept_listener()?;
    let server = Running::start_on(Server::new(listener)?, || Witness(saw))?;
    let mut clients = [server.client()?, server.client()?];
    let slow = server.socket()?;
    socket_write(&slow, "GET / HT", None)?;
    eventually(|| server.handle.metrics().accepted == 3 && server.handle.count() == 2);
    server.handle.stop();
    for client in &mut clients {
        assert_eq!(client.hear()?, "1001");
    }
    assert!(rest(&slow)?.starts_with("HTTP/1.1 503 "));
    let (port, handle) = (server.port, server.handle.clone());
    drop(clients);
    server.join()?;
    assert_eq!(seen.try_iter().filter(|call| call.starts_with("close")).count(), 2);
    assert!(php_sockets::ws::Connection::connect(&format!("ws://127.0.0.1:{port}/")).is_err());
    // A handle outlives its server.
    handle.broadcast("nobody hears this")?;
    handle.stop();
    assert_eq!(handle.count(), 0);
    Ok(())
}

#[test]
fn a_restart_is_told_over_a_time() -> Result<(), WebSocketError> {
    let (server, _seen) = witness()?;
    let clients = (0..10).map(|_| server.client()).collect::<Result<Vec<_>, WebSocketError>>()?;
    let started = Instant::now();
    let over = Duration::from_millis(300);
    server.handle.restart(over);
    let mut times = Vec::new();
    let told = clients
        .into_iter()
        .map(|mut client| std::thread::spawn(move || client.hear().map(|heard| (heard, started.elapsed()))));
    for told in told.collect::<Vec<_>>() {
        let (heard, time) = told.join().expect("no panic")?;
        assert_eq!(heard, "1012");
        times.push(time);
    }
    times.sort();
    assert!(times[9] >= over / 2, "{times:?}");
    server.join()?;
    // The first of them at once.
    let (server, _seen) = witness()?;
    let mut clients = (0..10).map(|_| server.client()).collect::<Result<Vec<_>, WebSocketError>>()?;
    server.handle.restart(100 * LONG);
    assert_eq!(clients[0].hear()?, "1012");
    server.handle.stop();
    for client in &mut clients[1..] {
        assert_eq!(client.hear()?, "1001");
    }
    server.join()
}

/// Whoever was accepted before the restart is let in, and told to come back like the others.
#[test]
fn a_restart_refuses_nobody_who_is_on_the_way() -> Result<(), Box<dyn std::error::Error>> {
    let (server, _seen) = witness()?;
    let (late, (begin, end)) = (server.socket()?, REQUEST.split_at(20));
    socket_write(&late, begin, None)?;
    eventually(|| server.handle.metrics().accepted == 1);
    server.handle.restart(LONG);
    eventually(|| server.handle.metrics().listening == 0);
    socket_write(&late, end, None)?;
    let mut answer = Vec::new();
    while !answer.ends_with(&[0x88, 2, 0x03, 0xf4]) {
        let bytes = socket_read(&late, 4096, None)?;
        assert!(!bytes.is_empty(), "{}", String::from_utf8_lossy(&answer));
        answer.extend(bytes);
    }
    assert!(answer.starts_with(b"HTTP/1.1 101 "));
    drop(late);
    Ok(server.join()?)
}

/// A foreign page comes with the visitor's cookies: the application is not asked.
#[test]
fn a_foreign_page_does_not_reach_the_application() -> Result<(), Box<dyn std::error::Error>> {
    let (server, seen) = witness()?;
    let upgrade = "GET /foreign HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: https://evil.example";
    assert!(request(&server, upgrade)?.starts_with("HTTP/1.1 403 "));
    assert!(request(&server, "GET /own HTTP/1.1")?.starts_with("HTTP/1.1 426 "));
    assert_eq!(next(&seen), "request GET /own");
    Ok(())
}

/// Timers that begin others for ever keep nobody from being heard, and do not keep the server from stopping.
#[test]
fn timers_without_end_leave_their_turn_to_others() -> Result<(), WebSocketError> {
    let server = Running::start(
        |server| server,
        || {
            Callbacks::new()
                .onstart(|clients| (0..10).for_each(|_| _ = clients.after(Duration::ZERO)))
                .ontimer(|clients, _| _ = clients.after(Duration::ZERO))
                .onmessage(|client, message| client.send(message))
        },
    )?;
    let mut client = server.client()?;
    for _ in 0..100 {
        client.send("你好")?;
        assert_eq!(client.hear()?, "你好");
    }
    server.handle.stop();
    assert_eq!(client.hear()?, "1001");
    drop(client);
    server.stop()
}
