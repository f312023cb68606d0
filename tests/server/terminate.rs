//! Clients that are dropped at once.

use std::{
    sync::mpsc::{Receiver, Sender, channel},
    time::Duration,
};

use php_sockets::{
    ws::{
        CloseCode, WebSocketError,
        handshake::Response,
        server::{Answer, Callbacks, ClientId},
    },
    *,
};

use crate::support::{LONG, REQUEST, Running, eventually, rest};

type TestResult = std::result::Result<(), Box<dyn std::error::Error>>;

/// Does what it is told, and tells its ends: `end NUMBER CODE TOPICS`, or what else it saw. Who has left may be terminated then.
fn obedient(see: &Sender<String>, is_strict: bool) -> Callbacks {
    let (see, saw) = (see.clone(), see.clone());
    Callbacks::new()
        .onopen(|client| {
            client.subscribe("all");
            client.send(&client.id().to_string());
        })
        .onmessage(move |client, message| {
            let text = String::from_utf8_lossy(message.as_bytes()).into_owned();
            match text.split_once(' ').unwrap_or((&text, "")) {
                ("me", _) => {
                    client.send("never");
                    client.terminate();
                    client.send("never either");
                    client.terminate();
                    assert_eq!(client.buffered_amount(), usize::MAX);
                }
                ("close", _) => {
                    client.close(CloseCode::NORMAL);
                    client.terminate();
                    client.close(CloseCode::NORMAL);
                }
                ("others", _) => {
                    client.others().for_each(|other| other.send("never"));
                    client.others().for_each(|other| other.terminate());
                    client.publish("all", "who is left");
                }
                ("leave", _) => client.close(CloseCode::NORMAL),
                ("that", id) => client.clients().terminate(ClientId::from(id.parse::<u64>().expect("a number"))),
                ("pause", _) => {
                    client.pause();
                    client.clients().terminate(client.id());
                    client.resume();
                }
                ("much", _) => {
                    client.send(&vec![0; 64 << 20]);
                    client.broadcast_others("it waits");
                }
                _ => _ = see.send(text),
            }
        })
        .onclose(move |client, closed| {
            let code = closed.map_or_else(|error| error.to_string(), |frame| frame.code.to_string());
            let _ = saw.send(format!("end {} {code} {}", client.id(), client.topics().len()));
            if is_strict {
                client.terminate();
                client.clients().terminate(client.id());
            }
        })
}

fn start(is_strict: bool) -> std::result::Result<(Running, Receiver<String>), WebSocketError> {
    let (see, seen) = channel();
    let server = Running::start(
        |server| server.config(|config| config.send_buffer_limit(256 << 20).close_timeout(LONG)),
        move || obedient(&see, is_strict),
    )?;
    Ok((server, seen))
}

fn is_over(server: &Running, terminated: u64, left: u64) {
    eventually(|| {
        let metrics = server.handle.metrics();
        (metrics.terminated, metrics.open, metrics.connections) == (terminated, left, left)
    });
}

#[test]
fn nothing_waits_and_nothing_more_is_heard() -> TestResult {
    let (server, seen) = start(true)?;
    for (count, word) in (1..).zip(["me", "close", "pause"]) {
        let mut client = server.client()?;
        let id = client.hear()?;
        client.connection.cork();
        client.send(word)?;
        client.send("too late")?;
        client.connection.flush()?;
        assert_eq!(client.hear()?, "1006", "{word}");
        assert_eq!(seen.recv_timeout(LONG)?, format!("end {id} 1006 0"), "{word}");
        is_over(&server, count, 0);
    }
    server.stop()?;
    assert_eq!(seen.try_recv().ok(), None, "once for each");
    Ok(())
}

#[test]
fn one_may_end_all_others() -> TestResult {
    let (server, seen) = start(true)?;
    let mut clients = (0..20).map(|_| server.client()).collect::<std::result::Result<Vec<_>, _>>()?;
    let ids = clients.iter_mut().map(|client| client.hear()).collect::<std::result::Result<Vec<_>, _>>()?;
    clients[7].send("others")?;
    for (number, client) in clients.iter_mut().enumerate() {
        assert_eq!(client.hear()?, if number == 7 { "who is left" } else { "1006" });
    }
    let mut ends: Vec<_> = seen.iter().take(19).collect();
    let mut expected: Vec<_> = ids.iter().filter(|id| **id != ids[7]).map(|id| format!("end {id} 1006 0")).collect();
    ends.sort_unstable();
    expected.sort_unstable();
    assert_eq!(ends, expected);
    is_over(&server, 19, 1);
    Ok(())
}

/// Who reads nothing is in nobody's way.
#[test]
fn what_waits_is_dropped() -> TestResult {
    let (server, seen) = start(true)?;
    let (mut slow, mut other) = (server.client()?, server.client()?);
    let id = slow.hear()?;
    other.hear()?;
    slow.send("much")?;
    assert_eq!(other.hear()?, "it waits");
    server.handle.terminate(ClientId::from(id.parse::<u64>()?));
    is_over(&server, 1, 1);
    assert_eq!(seen.recv_timeout(LONG)?, format!("end {id} 1006 0"));
    Ok(())
}

/// Who does not answer a Close frame is waited for, unless somebody has enough.
#[test]
fn a_closing_handshake_is_cut_short() -> TestResult {
    let (server, seen) = start(false)?;
    let (mut silent, mut other) = (server.client()?, server.client()?);
    let id = silent.hear()?;
    other.hear()?;
    silent.send("leave")?;
    assert_eq!(seen.recv_timeout(LONG)?, format!("end {id} 1000 0"));
    assert_eq!(server.handle.metrics().connections, 2);
    other.send(&format!("that {id}"))?;
    is_over(&server, 1, 1);
    // Nobody is there any more, or ever was.
    for nobody in [id.as_str(), "12345678901234567", "63", "4194303"] {
        other.send(&format!("that {nobody}"))?;
    }
    other.send("still here")?;
    assert_eq!(seen.recv_timeout(LONG)?, "still here", "onclose is not called again");
    let mut next = server.client()?;
    next.hear()?;
    is_over(&server, 1, 2);

    // The end may be told by who does not want to wait.
    let (server, seen) = start(true)?;
    let mut silent = server.client()?;
    let id = silent.hear()?;
    silent.send("leave")?;
    assert_eq!(seen.recv_timeout(LONG)?, format!("end {id} 1000 0"));
    is_over(&server, 1, 0);
    Ok(())
}

#[test]
fn who_is_not_open_yet_gets_no_answer() -> TestResult {
    let (see, seen) = channel();
    let server = Running::start(
        |server| server,
        move || {
            let saw = see.clone();
            Callbacks::new()
                .onrequest(move |client, request| {
                    let _ = see.send(format!("{} {}", request.path(), client.id()));
                    if request.query("now").is_some() {
                        client.terminate();
                    }
                    match request.path() {
                        "/later" => Answer::later(Duration::from_millis(1)),
                        "/much-later" => Answer::later(LONG),
                        "/page" => Response::new(200).with_text("x".repeat(64 << 20)).into(),
                        _ => Answer::upgrade(),
                    }
                })
                .onopen(move |_| _ = saw.send("open".to_owned()))
        },
    )?;
    for path in ["/?now", "/later?now", "/page?now"] {
        let socket = server.socket()?;
        socket_write(&socket, REQUEST.replacen('/', path, 1), None)?;
        assert_eq!(rest(&socket)?, "", "{path}");
        assert!(seen.recv_timeout(LONG)?.starts_with(path.split('?').next().unwrap_or_default()));
    }
    is_over(&server, 3, 0);
    // From elsewhere; who is woken then is not asked about again.
    for (count, path) in (4..).zip(["/much-later", "/page"]) {
        let socket = server.socket()?;
        socket_write(&socket, REQUEST.replacen('/', path, 1), None)?;
        let id = seen.recv_timeout(LONG)?.split_once(' ').expect("a number").1.parse::<u64>()?;
        server.handle.terminate(ClientId::from(id));
        server.handle.wake(ClientId::from(id));
        is_over(&server, count, 0);
    }
    server.stop()?;
    assert_eq!(seen.try_iter().collect::<Vec<_>>(), [""; 0]);
    Ok(())
}

#[test]
fn clients_of_other_threads_are_reached() -> TestResult {
    let (see, seen) = channel();
    let server = Running::start_threads(4, |server| server, move || obedient(&see, true))?;
    let mut clients = (0..40).map(|_| server.client()).collect::<std::result::Result<Vec<_>, _>>()?;
    let ids = clients.iter_mut().map(|client| client.hear()).collect::<std::result::Result<Vec<_>, _>>()?;
    for id in &ids[1..] {
        clients[0].send(&format!("that {id}"))?;
    }
    for client in &mut clients[1..] {
        assert_eq!(client.hear()?, "1006");
    }
    is_over(&server, 39, 1);
    let mut ends: Vec<_> = seen.iter().take(39).collect();
    ends.sort_unstable();
    ends.dedup();
    assert_eq!(ends.len(), 39);
    server.stop()?;
    Ok(())
}
