//! `ws::WebSocket`, the browser's API, against servers on the loopback interface.

use std::{
    error::Error,
    sync::mpsc::{self, Receiver},
    thread::{self, JoinHandle},
    time::Duration,
};

use php_sockets::{
    ws::{Acceptor, CloseCode, CloseFrame, Config, Connection, Connector, Message, WebSocket, handshake},
    *,
};

use crate::support::nobody_listens;

type Outcome = std::result::Result<(), Box<dyn Error + Send + Sync>>;

/// Runs a server for one client; returns its URL and thread.
fn serve(serve: impl FnOnce(Socket) -> Outcome + Send + 'static) -> Result<(String, JoinHandle<Outcome>)> {
    let listener = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_bind(&listener, "127.0.0.1", 0)?;
    socket_listen(&listener, None)?;
    let url = format!("ws://127.0.0.1:{}/chat", socket_getsockname(&listener)?.1);
    let server = thread::spawn(move || serve(socket_accept(&listener)?));
    Ok((url, server))
}

/// A server that accepts a WebSocket and echoes until the client closes.
fn echo(socket: Socket) -> Outcome {
    let mut connection = Connection::accept(socket)?;
    let mut buffer = Vec::new();
    loop {
        match connection.read(&mut buffer)? {
            Message::Close(_) => return Ok(connection.finish()?),
            message => connection.send(message)?,
        }
    }
}

fn join(server: JoinHandle<Outcome>) -> Outcome {
    server.join().expect("the server does not panic")
}

/// Has every handler tell what it was called with.
fn log(ws: &WebSocket) -> Receiver<String> {
    let (told, events) = mpsc::channel();
    let tell = move |text| told.send(text).expect("the test listens");
    let (open, message, error, close) = (tell.clone(), tell.clone(), tell.clone(), tell);
    ws.onopen(move |_| open("open".into()));
    ws.onmessage(move |_, event| message(event.data.to_string()));
    ws.onerror(move |_, event| error(format!("error: {event}")));
    ws.onclose(move |_, event| close(format!("close {} {:?} {}", event.code, event.reason, event.was_clean)));
    events
}

/// Runs a WebSocket that must end by itself.
fn run(ws: &WebSocket) -> Result<ws::CloseEvent, ws::WebSocketError> {
    let (done, result) = mpsc::channel();
    let ws = ws.clone();
    thread::spawn(move || done.send(ws.run()));
    result.recv_timeout(Duration::from_secs(60)).expect("it ends in time")
}

#[test]
fn messages_come_back_in_order() -> Outcome {
    let (url, server) = serve(echo)?;
    let ws = WebSocket::new(&url)?;
    assert_eq!((ws.ready_state(), ws.url()), (WebSocket::CONNECTING, url));
    let events = log(&ws);
    ws.onopen(|ws| {
        assert_eq!(ws.ready_state(), WebSocket::OPEN);
        ws.send("你好");
        ws.send(&[1, 2, 3]);
        ws.send("");
        ws.send("end");
    });
    let (told, received) = mpsc::channel();
    ws.onmessage(move |ws, event| {
        told.send(event.data.to_string()).expect("the test listens");
        if event.data.as_str() == Some("end") {
            ws.close_with(4001, "再见").expect("a valid code");
            assert_eq!(ws.ready_state(), WebSocket::CLOSING);
        }
    });
    assert!(run(&ws)?.was_clean);
    assert_eq!(ws.ready_state(), WebSocket::CLOSED);
    assert_eq!(received.try_iter().collect::<Vec<_>>(), ["你好", "[3 bytes]", "", "end"]);
    assert_eq!(events.try_iter().collect::<Vec<_>>(), ["close 4001 \"\" true"], "the server answers with the code");
    join(server)
}

#[test]
fn messages_before_open_are_kept_and_after_close_are_counted() -> Outcome {
    let (url, server) = serve(echo)?;
    let ws = WebSocket::new(&url)?;
    ws.send("early");
    assert_eq!(ws.buffered_amount(), 5);
    let events = log(&ws);
    ws.onmessage(|ws, event| {
        assert_eq!(event.data.as_str(), Some("early"));
        ws.close();
        ws.send("late");
    });
    assert_eq!(run(&ws)?.code, CloseCode::NO_STATUS);
    ws.send(&[0; 6]);
    assert_eq!(ws.buffered_amount(), 10);
    assert_eq!(events.try_iter().collect::<Vec<_>>(), ["open", "close 1005 \"\" true"]);
    join(server)
}

#[test]
fn nothing_is_delivered_after_close() -> Outcome {
    let (url, server) = serve(|socket| {
        let mut connection = Connection::accept(socket)?;
        connection.cork();
        connection.send("first")?;
        connection.send("second")?;
        connection.flush()?;
        assert_eq!(connection.read(&mut Vec::new())?, Message::Close(None));
        Ok(connection.finish()?)
    })?;
    let ws = WebSocket::new(&url)?;
    let events = log(&ws);
    ws.onmessage(|ws, event| {
        assert_eq!(event.data.as_str(), Some("first"));
        ws.close();
    });
    assert!(run(&ws)?.was_clean);
    assert_eq!(events.try_iter().collect::<Vec<_>>(), ["open", "close 1005 \"\" true"]);
    join(server)
}

#[test]
fn other_threads_send_and_close() -> Outcome {
    let (url, server) = serve(echo)?;
    let ws = WebSocket::new(&url)?;
    let events = log(&ws);
    let running = thread::spawn({
        let ws = ws.clone();
        move || run(&ws)
    });
    assert_eq!(events.recv_timeout(Duration::from_secs(60))?, "open");
    for text in ["一", "二"] {
        ws.send(text);
        assert_eq!(events.recv_timeout(Duration::from_secs(60))?, text);
    }
    ws.close_with(1000, "")?;
    assert_eq!(running.join().expect("no panic")?.code, CloseCode::NORMAL);
    join(server)
}

#[test]
fn sending_never_waits_for_the_peer() -> Outcome {
    const COUNT: usize = 400;
    const LENGTH: usize = 64 * 1024;
    // The server reads nothing until it has written everything: who waits for it waits for ever.
    let (url, server) = serve(|socket| {
        let mut connection = Connection::accept(socket)?;
        let payload = vec![7; LENGTH];
        for _ in 0..COUNT {
            connection.send(&payload)?;
        }
        let mut buffer = Vec::new();
        for _ in 0..COUNT {
            assert_eq!(connection.read(&mut buffer)?, Message::Binary(&payload));
        }
        connection.close(CloseFrame { code: CloseCode(4001), reason: "再见" })?;
        assert!(matches!(connection.read(&mut buffer)?, Message::Close(_)));
        Ok(connection.finish()?)
    })?;
    let ws = WebSocket::new(&url)?;
    ws.onmessage(|ws, event| ws.send(event.data));
    let event = run(&ws)?;
    assert_eq!((event.code, &*event.reason, event.was_clean), (CloseCode(4001), "再见", true));
    join(server)
}

#[test]
fn a_full_buffer_fails_the_connection() -> Outcome {
    let (release, released) = mpsc::channel();
    let (url, server) = serve(move |socket| {
        let _unread = Connection::accept(socket)?;
        Ok(released.recv()?)
    })?;
    let config = Config::client().send_buffer_limit(100_000);
    let ws = WebSocket::with_connector(&url, Connector::new().config(config))?;
    let events = log(&ws);
    ws.onopen(|ws| {
        for _ in 0..1000 {
            ws.send(&[0; 50_000]);
        }
    });
    assert!(matches!(run(&ws), Err(ws::WebSocketError::Unsendable(ws::Unsendable::BufferFull))));
    assert_eq!(events.try_iter().collect::<Vec<_>>(), ["error: the send buffer is full", "close 1006 \"\" false"]);
    release.send(())?;
    join(server)
}

/// What is sent before the connection is open is kept within the same limit: there is no use in connecting then.
#[test]
fn a_full_buffer_before_the_connection_is_open_fails_it_too() -> Outcome {
    let config = Config::client().send_buffer_limit(100_000);
    let ws = WebSocket::with_connector("ws://127.0.0.1:1/", Connector::new().config(config))?;
    let events = log(&ws);
    for count in 1..=1000 {
        ws.send(&[0; 50_000]);
        assert_eq!(ws.buffered_amount(), count * 50_000, "what is not kept is counted");
    }
    assert!(matches!(run(&ws), Err(ws::WebSocketError::Unsendable(ws::Unsendable::BufferFull))));
    assert_eq!(events.try_iter().collect::<Vec<_>>(), ["error: the send buffer is full", "close 1006 \"\" false"]);
    Ok(())
}

/// The standard: what `send` was given and the network was not stays in `bufferedAmount`, also when the connection has ended.
#[test]
fn what_was_never_sent_is_counted_when_it_is_over() -> Outcome {
    const LENGTH: usize = 30_000_000;
    // A peer that reads nothing and goes without a word, that says goodbye, that breaks the protocol.
    for last in [&b""[..], b"\x88\x00", b"\x83\x00"] {
        let (sent, was_sent) = mpsc::channel();
        let (release, released) = mpsc::channel();
        let (url, server) = serve(move |socket| {
            let connection = Connection::accept(socket)?;
            was_sent.recv()?;
            if last.is_empty() {
                socket_set_option(connection.stream(), SOL_SOCKET, SO_LINGER, Linger { l_onoff: 1, l_linger: 0 })?;
                return Ok(());
            }
            socket_write(connection.stream(), last, None)?;
            Ok(released.recv()?)
        })?;
        let config = Config::client().close_timeout(Duration::from_millis(100));
        let ws = WebSocket::with_connector(&url, Connector::new().config(config))?;
        ws.onopen(move |ws| {
            ws.send(vec![7; LENGTH]);
            assert!(ws.buffered_amount() > LENGTH / 2, "the system takes a few megabytes");
            sent.send(()).expect("the server listens");
        });
        let (told, closed) = mpsc::channel();
        ws.onclose(move |ws, _| told.send(ws.buffered_amount()).expect("the test listens"));
        let _ = run(&ws);
        let waited = closed.recv()?;
        assert!(waited > LENGTH / 2 && waited < LENGTH + 100, "{last:?}: {waited}");
        assert_eq!(ws.buffered_amount(), waited);
        ws.send(&[0; 6]);
        assert_eq!(ws.buffered_amount(), waited + 6);
        let _ = release.send(());
        join(server)?;
    }
    Ok(())
}

/// What came while a handler was busy has come in time, whenever it is read.
#[test]
fn a_handler_may_take_longer_than_the_time_for_a_pong() -> Outcome {
    // However busy the machine is, the message comes before this is over.
    const PONG: Duration = Duration::from_secs(3);
    let (begun, handling) = mpsc::channel();
    let (answer, answered) = mpsc::channel();
    let (end, ended) = mpsc::channel();
    let (url, server) = serve(move |socket| {
        let connection = Connection::accept(socket)?;
        let mut ping = Vec::new();
        while ping.len() < 10 {
            ping.extend(socket_read(connection.stream(), 10 - ping.len(), None)?);
        }
        assert_eq!(ping[..2], [0x89, 0x84]);
        socket_write(connection.stream(), b"\x81\x01a", None)?;
        handling.recv()?;
        let pong: Vec<u8> = [0x8a, 4].into_iter().chain((0..4).map(|i| ping[2 + i] ^ ping[6 + i])).collect();
        socket_write(connection.stream(), &pong, None)?;
        answer.send(())?;
        ended.recv()?;
        socket_write(connection.stream(), b"\x88\x02\x03\xe8", None)?;
        Ok(())
    })?;
    let config = Config::client().keepalive(Duration::from_millis(50)).pong_timeout(PONG);
    let ws = WebSocket::with_connector(&url, Connector::new().config(config))?;
    ws.onmessage(move |_, _| {
        begun.send(()).expect("the server listens");
        answered.recv_timeout(Duration::from_secs(60)).expect("the server answers");
        thread::sleep(2 * PONG); // work
        end.send(()).expect("the server listens");
    });
    assert_eq!(run(&ws)?.code, CloseCode::NORMAL);
    join(server)
}

/// <https://websockets.spec.whatwg.org/#dom-websocket-websocket>, the third and fourth step.
#[test]
fn the_url_of_a_page_is_one_of_a_websocket_too() -> Outcome {
    for (url, normal) in
        [("http://a/b?c", "ws://a/b?c"), ("HTTPS://a:80", "wss://a:80/"), ("https://a:443/", "wss://a/")]
    {
        assert_eq!(WebSocket::new(url)?.url(), normal);
    }
    Ok(())
}

/// Empty messages have heads, too, and take memory until they are sent.
#[test]
fn empty_messages_before_the_connection_is_open_are_kept_within_the_limit_too() -> Outcome {
    let config = Config::client().send_buffer_limit(100_000);
    let ws = WebSocket::with_connector("ws://127.0.0.1:1/", Connector::new().config(config))?;
    for _ in 0..100_000 {
        ws.send("");
    }
    assert!(matches!(run(&ws), Err(ws::WebSocketError::Unsendable(ws::Unsendable::BufferFull))));
    Ok(())
}

#[test]
fn subprotocols_are_negotiated() -> Outcome {
    let (url, server) = serve(|socket| {
        let acceptor = Acceptor::new().handshake(handshake::Server::new().subprotocols(["chat"])?);
        let connection = acceptor.accept(socket)?;
        Ok(connection.finish()?)
    })?;
    let ws = WebSocket::with_protocols(&url, ["superchat", "chat"])?;
    assert_eq!(ws.protocol(), "");
    ws.onopen(|ws| assert_eq!(ws.protocol(), "chat"));
    assert_eq!(run(&ws)?.code, CloseCode::NORMAL);
    join(server)
}

#[test]
fn a_failure_to_connect_is_an_error_and_a_close() -> Outcome {
    let (_held, port) = nobody_listens()?;
    let url = format!("ws://127.0.0.1:{port}/");
    let ws = WebSocket::new(&url)?;
    let events = log(&ws);
    assert!(
        matches!(run(&ws), Err(ws::WebSocketError::Io(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused)
    );
    let events: Vec<_> = events.try_iter().collect();
    assert!(events[0].starts_with("error: Connection refused"), "{events:?}");
    assert_eq!(events[1..], ["close 1006 \"\" false"]);
    assert!(matches!(run(&ws), Err(ws::WebSocketError::Closed)), "it runs once");
    Ok(())
}

#[test]
fn an_answer_by_http_is_an_error_and_a_close() -> Outcome {
    let (url, server) = serve(|socket| {
        let mut upgrade = Acceptor::new().upgrade(socket);
        upgrade.read()?;
        upgrade.respond(handshake::Response::new(404))?;
        Ok(())
    })?;
    let ws = WebSocket::new(&url)?;
    let events = log(&ws);
    assert!(matches!(run(&ws), Err(ws::WebSocketError::Refused(response)) if response.status() == 404));
    let expected = ["error: the server answered with HTTP status 404", "close 1006 \"\" false"];
    assert_eq!(events.try_iter().collect::<Vec<_>>(), expected);
    join(server)
}

#[test]
fn a_lost_connection_is_a_close_that_is_not_clean() -> Outcome {
    let (url, server) = serve(|socket| {
        drop(Connection::accept(socket)?);
        Ok(())
    })?;
    let ws = WebSocket::new(&url)?;
    let events = log(&ws);
    let event = run(&ws)?;
    assert_eq!((event.code, event.was_clean), (CloseCode::ABNORMAL, false));
    assert_eq!(events.try_iter().collect::<Vec<_>>(), ["open", "close 1006 \"\" false"]);
    join(server)
}

#[test]
fn a_protocol_error_is_an_error_and_a_close() -> Outcome {
    let (url, server) = serve(|socket| {
        let mut connection = Connection::accept(socket)?;
        // A masked frame from a server.
        socket_write(connection.stream(), b"\x81\x81\x01\x02\x03\x04x", None)?;
        let close = CloseFrame { code: CloseCode::PROTOCOL_ERROR, reason: "" };
        assert_eq!(connection.read(&mut Vec::new())?, Message::Close(Some(close)));
        Ok(())
    })?;
    let ws = WebSocket::new(&url)?;
    let events = log(&ws);
    assert!(matches!(run(&ws), Err(ws::WebSocketError::Protocol(ws::ProtocolError::Masked))));
    let expected = ["open", "error: a server's frame is masked", "close 1006 \"\" false"];
    assert_eq!(events.try_iter().collect::<Vec<_>>(), expected);
    join(server)
}

#[test]
fn closing_before_the_connection_is_open_fails_it() -> Outcome {
    let listener = socket_create_listen(0, None)?;
    let ws = WebSocket::new(&format!("ws://127.0.0.1:{}/", socket_getsockname(&listener)?.1))?;
    let events = log(&ws);
    ws.close();
    assert_eq!(ws.ready_state(), WebSocket::CLOSING);
    assert!(matches!(run(&ws), Err(ws::WebSocketError::Closed)));
    assert_eq!(socket_select(&mut vec![&listener], None, None, 0, 0)?, 0, "nobody is asked");
    assert_eq!(events.try_iter().collect::<Vec<_>>(), ["error: the connection is closed", "close 1006 \"\" false"]);
    Ok(())
}

/// A feature adds names: what a program sends stays the same whoever else in its tree turns the feature on.
#[test]
fn compression_is_offered_where_it_is_asked_for() -> Outcome {
    let (url, server) = serve(|socket| {
        let mut upgrade = Acceptor::new().upgrade(socket);
        let offer = upgrade.read()?.and_then(|request| request.header("Sec-WebSocket-Extensions"));
        assert_eq!(offer, None);
        Ok(upgrade.accept()?.finish()?)
    })?;
    run(&WebSocket::new(&url)?)?;
    join(server)
}

#[test]
fn closing_while_connecting_ends_it_at_once() -> Outcome {
    let (asked, request) = mpsc::channel();
    let (url, server) = serve(move |socket| {
        let mut upgrade = Acceptor::new().upgrade(socket);
        upgrade.read()?;
        asked.send(())?;
        // It gives no answer, and is left.
        let [Some(socket)] = [upgrade.stream()] else { return Err("no stream".into()) };
        assert_eq!(socket_read(socket, 1, None)?, b"");
        Ok(())
    })?;
    // Its deadline is far beyond what is waited for here.
    let ws = WebSocket::with_connector(&url, Connector::new().timeout(Duration::from_secs(600)))?;
    let events = log(&ws);
    let running = thread::spawn({
        let ws = ws.clone();
        move || run(&ws)
    });
    request.recv_timeout(Duration::from_secs(60))?;
    ws.close();
    assert_eq!(events.recv_timeout(Duration::from_secs(60))?, "error: the connection is closed");
    assert_eq!(events.recv_timeout(Duration::from_secs(60))?, "close 1006 \"\" false");
    assert!(matches!(running.join().expect("no panic"), Err(ws::WebSocketError::Closed)));
    assert_eq!(ws.ready_state(), WebSocket::CLOSED);
    join(server)
}

/// By a server that neither answers a Close frame nor reads: from a handler, and from another thread while the loop waits.
#[test]
fn terminating_waits_for_nobody() -> Outcome {
    for from_a_handler in [true, false] {
        let (over, is_over) = mpsc::channel::<()>();
        let (url, server) = serve(move |socket| {
            let mut connection = Connection::accept(socket)?;
            connection.cork();
            connection.send("one")?;
            connection.send("two")?;
            connection.flush()?;
            // Until the test has seen the end.
            let _ = is_over.recv();
            Ok(())
        })?;
        let connector = Connector::new().config(Config::client().close_timeout(Duration::from_secs(600)));
        let ws = WebSocket::with_connector(&url, connector)?;
        let events = log(&ws);
        let (told, received) = mpsc::channel();
        ws.onmessage(move |ws, event| {
            told.send(event.data.to_string()).expect("the test listens");
            if from_a_handler {
                ws.send(vec![0; 32 << 20]);
                ws.close();
                ws.terminate();
                assert_eq!(ws.ready_state(), WebSocket::CLOSING);
                assert!(ws.buffered_amount() > 0, "it is never sent");
                ws.terminate();
            }
        });
        let running = thread::spawn({
            let ws = ws.clone();
            move || run(&ws)
        });
        assert_eq!(received.recv_timeout(Duration::from_secs(60))?, "one");
        if !from_a_handler {
            assert_eq!(received.recv_timeout(Duration::from_secs(60))?, "two");
            ws.close();
            ws.terminate();
        }
        let event = running.join().expect("no panic")?;
        assert_eq!((event.code, event.was_clean), (CloseCode::ABNORMAL, false));
        assert_eq!(events.try_iter().collect::<Vec<_>>(), ["open", "close 1006 \"\" false"]);
        assert!(received.try_recv().is_err(), "what came later is not delivered");
        assert_eq!(ws.ready_state(), WebSocket::CLOSED);
        ws.terminate();
        drop(over);
        join(server)?;
    }
    // Before it runs.
    let ws = WebSocket::new("ws://127.0.0.1:1/")?;
    ws.terminate();
    assert!(matches!(run(&ws), Err(ws::WebSocketError::Closed)));
    Ok(())
}

#[test]
fn a_full_buffer_while_connecting_ends_it_at_once() -> Outcome {
    let (asked, request) = mpsc::channel();
    let (url, server) = serve(move |socket| {
        let mut upgrade = Acceptor::new().upgrade(socket);
        upgrade.read()?;
        asked.send(())?;
        let _ = socket_read(upgrade.stream().ok_or("no stream")?, 1, None);
        Ok(())
    })?;
    let config = Config::client().send_buffer_limit(1000);
    let connector = Connector::new().config(config).timeout(Duration::from_secs(600));
    let ws = WebSocket::with_connector(&url, connector)?;
    let events = log(&ws);
    thread::spawn({
        let ws = ws.clone();
        move || ws.run()
    });
    request.recv_timeout(Duration::from_secs(60))?;
    ws.send(&[0; 600]);
    ws.send(&[0; 600]);
    assert_eq!(events.recv_timeout(Duration::from_secs(60))?, "error: the send buffer is full");
    assert_eq!(events.recv_timeout(Duration::from_secs(60))?, "close 1006 \"\" false");
    join(server)
}

#[test]
fn a_server_that_chooses_no_subprotocol_fails_it() -> Outcome {
    let (url, server) = serve(|socket| {
        let _ = Connection::accept(socket)?.finish();
        Ok(())
    })?;
    let ws = WebSocket::with_protocols(&url, ["chat"])?;
    let events = log(&ws);
    assert!(matches!(run(&ws), Err(ws::WebSocketError::Handshake(handshake::Error::NoSubprotocol))));
    let expected = ["error: the server chose none of the subprotocols that were offered", "close 1006 \"\" false"];
    assert_eq!(events.try_iter().collect::<Vec<_>>(), expected);
    join(server)
}

#[test]
fn a_handler_may_replace_itself() -> Outcome {
    let (url, server) = serve(echo)?;
    let ws = WebSocket::new(&url)?;
    ws.send("first");
    ws.send("second");
    let (told, events) = mpsc::channel();
    ws.onmessage(move |ws, event| {
        let told = told.clone();
        told.send(format!("one: {}", event.data)).expect("the test listens");
        ws.onmessage(move |ws, event| {
            told.send(format!("two: {}", event.data)).expect("the test listens");
            ws.close();
        });
    });
    run(&ws)?;
    // The handlers are freed when it is over, with what they hold.
    assert_eq!(events.iter().collect::<Vec<_>>(), ["one: first", "two: second"]);
    join(server)
}

#[test]
fn arguments_are_checked() -> Outcome {
    for url in ["ftp://a/", "ws://a/#b", "", "ws://"] {
        let error = WebSocket::new(url).err();
        assert!(matches!(error, Some(ws::WebSocketError::Handshake(handshake::Error::Url(_)))), "{url:?}: {error:?}");
    }
    assert!(WebSocket::with_protocols("ws://a/", ["a b"]).is_err());
    let ws = WebSocket::new("ws://127.0.0.1:1/")?;
    for code in [0, 999, 1001, 1005, 1006, 2999, 5000, 65_535] {
        let error = ws.close_with(code, "").err();
        assert!(matches!(error, Some(ws::WebSocketError::Unsendable(ws::Unsendable::CloseCode))), "{code}: {error:?}");
    }
    let error = ws.close_with(1000, &"长".repeat(42)).err();
    assert!(matches!(error, Some(ws::WebSocketError::Unsendable(ws::Unsendable::ControlTooLong))), "{error:?}");
    assert_eq!(ws.ready_state(), WebSocket::CONNECTING, "nothing has happened");
    Ok(())
}
