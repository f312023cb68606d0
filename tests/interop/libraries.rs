//! Python's `websockets` and npm's `ws`, as clients and as servers, against this crate: text, binary, fragments, Pings,
//! Close codes, and compression in each way of negotiating it.
//!
//! `tests/support/peer.rs` says how they are found:
//!
//! ```sh
//! python3 -m venv DIR/python && DIR/python/bin/pip install websockets
//! npm install --prefix DIR/node ws
//! INTEROP_PYTHON=DIR/python/bin/python NODE_PATH=DIR/node/node_modules cargo test --all-features --test interop libraries
//! ```

use std::{error::Error, thread};

use php_sockets::{
    ws::{Acceptor, CloseCode, CloseFrame, Config, Connection, Connector, Message, Part, handshake},
    *,
};

use crate::peer::{LIMIT, Peer, Process};

type Outcome<T = ()> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// How the peer negotiates compression.
const MODES: [&str; 3] = ["none", "default", "limited"];

/// What is negotiated with a peer in this mode.
fn is_compressed(mode: &str) -> bool {
    cfg!(feature = "deflate") && mode != "none"
}

fn acceptor() -> Outcome<Acceptor> {
    let server = handshake::Server::new().subprotocols(["chat"])?;
    #[cfg(feature = "deflate")]
    let server = server.deflate(ws::deflate::Parameters::default())?;
    Ok(Acceptor::new().handshake(server))
}

/// Echoes until the client closes, or closes as it asks; returns what the client's Close frame says.
fn echo(mut connection: Connection) -> Outcome<(CloseCode, String)> {
    let mut buffer = Vec::new();
    loop {
        match connection.read(&mut buffer)? {
            Message::Text(text) if text.starts_with("close ") => {
                let mut words = text.split(' ').skip(1);
                let code: u16 = words.next().ok_or("no code")?.parse()?;
                connection.close(CloseFrame { code: CloseCode(code), reason: words.next().unwrap_or_default() })?;
            }
            Message::Close(frame) => {
                let frame = frame.ok_or("no code")?;
                let seen = (frame.code, frame.reason.to_owned());
                connection.finish()?;
                return Ok(seen);
            }
            message => connection.send(message)?,
        }
    }
}

/// Serves one run of a peer's client, which connects twice.
fn serve(peer: &Peer, mode: &str) -> Outcome {
    let listener = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_bind(&listener, "127.0.0.1", 0)?;
    socket_listen(&listener, None)?;
    socket_set_option(&listener, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 60, usec: 0 })?;
    let url = format!("ws://127.0.0.1:{}/", socket_getsockname(&listener)?.1);
    let server = thread::spawn(move || -> Outcome<Vec<(CloseCode, String)>> {
        let acceptor = acceptor()?;
        (0..2).map(|_| echo(acceptor.accept(socket_accept(&listener)?)?)).collect()
    });
    let expected = if is_compressed(mode) { "deflate" } else { "plain" };
    let output = Process::start(peer.script(peer.client).args([&url, mode, expected]))?.finish()?;
    assert!(output.status.success(), "{mode}: {}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8(output.stdout)?.trim(), "done");
    let closes = server.join().expect("no panic")?;
    assert_eq!(closes[0], (CloseCode(3000), "再见".to_owned()), "{mode}");
    assert_eq!(closes[1].0, CloseCode(4001), "{mode}");
    Ok(())
}

/// Converses as a client with a peer's server.
fn converse(peer: &Peer, mode: &str) -> Outcome {
    let mut process = Process::start(peer.script(peer.server).arg(mode))?;
    let url = format!("ws://127.0.0.1:{}/", process.first_line()?);

    let client = handshake::Client::new().subprotocols(["x", "chat"])?;
    #[cfg(feature = "deflate")]
    let client = client.deflate(ws::deflate::Parameters::default())?;
    let config = Config::client().report_control(true);
    let connector = Connector::new().handshake(client).config(config);

    let mut connection = connector.connect(&url)?;
    connection.set_read_timeout(Some(LIMIT))?;
    assert_eq!(connection.subprotocol(), Some("chat"));
    let mut buffer = Vec::new();
    connection.send("extensions")?;
    let extensions = if is_compressed(mode) { "permessage-deflate" } else { "" };
    assert_eq!(connection.read(&mut buffer)?, Message::Text(extensions), "{mode}");
    for length in [0, 1, 125, 126, 65_535, 65_536, 300_000] {
        let text = "聊".repeat(length / 3) + &"x".repeat(length % 3);
        connection.send(&text)?;
        assert_eq!(connection.read(&mut buffer)?, Message::Text(&text), "{mode}");
        let bytes: Vec<u8> = (0..length).map(|index| u8::try_from(index * index % 251)).collect::<Result<_, _>>()?;
        connection.send(&bytes)?;
        assert_eq!(connection.read(&mut buffer)?, Message::Binary(&bytes), "{mode}");
    }
    for part in [Part::more("一"), Part::more(""), Part::more("二"), Part::last("三")] {
        connection.send_part(part)?;
    }
    assert_eq!(connection.read(&mut buffer)?, Message::Text("一二三"));
    connection.send("fragments")?;
    assert_eq!(connection.read(&mut buffer)?, Message::Text(&format!("一{}三", "二".repeat(1000))));
    connection.ping(b"ours")?;
    assert_eq!(connection.read(&mut buffer)?, Message::Pong(b"ours"));
    connection.send("ping")?;
    assert_eq!(connection.read(&mut buffer)?, Message::Ping(b"payload"));
    assert_eq!(connection.read(&mut buffer)?, Message::Text("pong"));
    connection.close(CloseFrame { code: CloseCode(3000), reason: "再见" })?;
    assert!(matches!(connection.read(&mut buffer)?, Message::Close(Some(frame)) if frame.code == CloseCode(3000)));
    connection.finish()?;

    let mut connection = connector.connect(&url)?;
    connection.send("close 4001 再见")?;
    let close = CloseFrame { code: CloseCode(4001), reason: "再见" };
    assert_eq!(connection.read(&mut buffer)?, Message::Close(Some(close)), "{mode}");
    connection.finish()?;
    Ok(())
}

#[test]
fn python_clients() -> Outcome {
    let peer = Peer::python();
    if peer.is_available() {
        MODES.iter().try_for_each(|mode| serve(&peer, mode))?;
    }
    Ok(())
}

#[test]
fn python_servers() -> Outcome {
    let peer = Peer::python();
    if peer.is_available() {
        MODES.iter().try_for_each(|mode| converse(&peer, mode))?;
    }
    Ok(())
}

#[test]
fn node_clients() -> Outcome {
    let peer = Peer::node();
    if peer.is_available() {
        MODES.iter().try_for_each(|mode| serve(&peer, mode))?;
    }
    Ok(())
}

#[test]
fn node_servers() -> Outcome {
    let peer = Peer::node();
    if peer.is_available() {
        MODES.iter().try_for_each(|mode| converse(&peer, mode))?;
    }
    Ok(())
}
