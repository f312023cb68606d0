//! What comes before a WebSocket: requests of other kinds, and what is negotiated.

use std::time::Duration;

use php_sockets::{
    ws::{
        Connector, WebSocketError,
        handshake::{Client as Handshake, Error, Response, Server as Negotiator},
        server::{Answer, Callbacks, Server},
    },
    *,
};

use crate::support::{REQUEST, Running, request, rest, upload};

type TestResult = std::result::Result<(), Box<dyn std::error::Error>>;

fn pages() -> Callbacks {
    Callbacks::new().onrequest(|_, request| {
        let answer = format!("{} {}", request.method(), request.path());
        if request.is_upgrade() { Answer::upgrade() } else { Response::new(200).with_text(answer).into() }
    })
}

/// Many a client looks for the answer only when its whole body is sent.
#[test]
fn who_uploads_what_nobody_reads_gets_the_answer() -> TestResult {
    let server = Running::start(|server| server, pages)?;
    for (head, answer) in upload(&server)? {
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("POST /up"), "{head}: {answer}");
    }
    Ok(())
}

#[test]
fn who_uploads_without_end_is_not_listened_to_for_ever() -> TestResult {
    let server = Running::start(|server| server, pages)?;
    let socket = server.socket()?;
    socket_write(&socket, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", None)?;
    let large = vec![b'x'; 1 << 20];
    let mut sent = 0_usize;
    while let Ok(count) = socket_write(&socket, &large, None) {
        sent += count;
        assert!(sent < 256 << 20, "64 MiB are listened to");
    }
    Ok(())
}

#[test]
fn the_application_chooses_the_subprotocol_of_a_client() -> TestResult {
    let choose = || {
        Callbacks::new()
            .onrequest(|_, request| {
                let offered: Vec<_> = request.subprotocols().collect();
                assert_eq!(offered, ["chat", "mqtt"]);
                match request.path() {
                    "/later" => Answer::later(Duration::from_millis(1)),
                    "/list" => Answer::upgrade(),
                    path => Answer::upgrade().with_subprotocol(&path[1..]).expect("a token"),
                }
            })
            .onopen(|client| client.send(&format!("{:?}", client.subprotocol())))
    };
    let list = Negotiator::new().subprotocols(["other", "chat"])?.header("X-Server", "7")?;
    let server = Running::start(|server| server.handshake(list), choose)?;
    let connector = Connector::new().handshake(Handshake::new().subprotocols(["chat", "mqtt"])?);
    for (path, chosen) in [("mqtt", Some("mqtt")), ("chat", Some("chat")), ("other", None), ("list", Some("chat"))] {
        let mut client = server.client_of(&connector, path)?;
        assert_eq!(client.connection.subprotocol(), chosen, "{path}");
        assert_eq!(client.hear()?, format!("{chosen:?}"));
    }
    let mut opening = connector.open_url(&(server.url() + "mqtt"))?;
    opening.advance()?.expect("its stream is blocking");
    assert_eq!(opening.response().and_then(|response| response.header("X-Server")), Some("7"), "the rest stays");
    for wrong in ["", "a b", "聊天"] {
        assert_eq!(Answer::upgrade().with_subprotocol(wrong).err(), Some(Error::InvalidSubprotocol), "{wrong:?}");
    }
    let other = Answer::from(Response::new(404));
    assert_eq!(other.clone().with_subprotocol("chat")?, other);
    Ok(())
}

/// Behind one that says "go on" a client would wait for another.
#[test]
fn an_answer_is_the_last_one() -> TestResult {
    let ask =
        || Callbacks::new().onrequest(|_, request| Response::new(request.path()[1..].parse().unwrap_or(0)).into());
    let server = Running::start(|server| server, ask)?;
    for status in [100, 101, 102, 103, 199] {
        let answer = request(&server, &format!("GET /{status} HTTP/1.1"))?;
        assert!(answer.starts_with("HTTP/1.1 500 ") && answer.contains("\r\nContent-Length: 0\r\n"), "{answer}");
    }
    Ok(())
}

/// RFC 9110, section 7.8: both are to be said, in this order.
#[test]
fn an_upgrade_that_expects_100_gets_it_first() -> TestResult {
    let server = Running::start(|server| server, pages)?;
    let socket = server.socket()?;
    socket_write(&socket, REQUEST.replace("\r\n\r\n", "\r\nExpect: 100-Continue\r\n\r\n"), None)?;
    socket_shutdown(&socket, SHUT_WR)?;
    let answer = rest(&socket)?;
    assert!(answer.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 Switching Protocols\r\n"), "{answer}");
    // Our own client hears the one that counts.
    let connector = Connector::new().handshake(Handshake::new().header("Expect", "100-continue")?);
    assert!(server.client_of(&connector, "")?.connection.is_open());
    // Who is refused has no body to send any more.
    let page = request(&server, "GET / HTTP/1.1\r\nExpect: 100-continue")?;
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
    Ok(())
}

#[test]
fn what_is_asked_for_is_a_path_or_a_url() -> Result<(), WebSocketError> {
    let server = Running::start(Server::keep_requests, pages)?;
    for (line, answer) in [
        ("GET /a?b HTTP/1.1", "GET /a"),
        ("GET http://other/a HTTP/1.1", "GET /a"),
        ("OPTIONS * HTTP/1.1", "OPTIONS *"),
        ("CONNECT a:443 HTTP/1.1", "CONNECT a:443"),
        ("GET a HTTP/1.1", "malformed HTTP head: target\n"),
        ("GET a:443 HTTP/1.1", "malformed HTTP head: target\n"),
        ("GET ?a HTTP/1.1", "malformed HTTP head: target\n"),
        ("GET #a HTTP/1.1", "malformed HTTP head: target\n"),
        ("GET ../a HTTP/1.1", "malformed HTTP head: target\n"),
    ] {
        let whole = request(&server, line)?;
        assert!(whole.ends_with(&format!("\r\n\r\n{answer}")), "{line}: {whole}");
    }
    Ok(())
}
