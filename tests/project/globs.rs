//! `use php_sockets::{ws::*, *}` leaves every name plain: this file does not compile when both modules have it.

#![deny(ambiguous_glob_imports)]

use std::{collections::BTreeSet, error::Error as StdError, fs, path::Path};

use php_sockets::{ws::*, *};

/// Names each of what `ws` has, types and modules, through both globs, and lists it.
macro_rules! names {
    ($($(#[$condition:meta])* $name:ident),* $(,)?) => {
        const NAMES: &[&str] = &[$(stringify!($name)),*];

        mod both {
            #[allow(unused_imports, reason = "naming them is the test")]
            pub(super) use php_sockets::{ws::*, *};
        }

        $($(#[$condition])* #[allow(unused_imports, reason = "naming them is the test")] use both::$name as _;)*
    };
}

names! {
    Acceptor, Backoff, CloseCode, CloseEvent, CloseFrame, Config, Connection, Connector, Data, EncodedHeader, FrameHeader,
    Interest, Message, MessageEvent, Opcode, Opening, Overflow, Part, Prepared, Protocol, ProtocolError, ProxyError,
    ReadWrite, Reader, ReadyState, Role, #[cfg(feature = "server")] Server, Status, Stream, Timeout, Transport, Unsendable,
    Upgrade, WebSocket, WebSocketError, Writer, deflate, handshake, mask,
    #[cfg(feature = "server")] server, #[cfg(feature = "tls")] tls,
}

/// The public names that `src/ws.rs` declares; it has no glob.
fn declared() -> std::io::Result<BTreeSet<String>> {
    let source = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ws.rs"))?;
    let mut names = BTreeSet::new();
    for item in source.split(';').filter_map(|item| item.rsplit_once("\npub ")) {
        let item = item.1;
        let (_, last) = item.rsplit_once([' ', ':']).unwrap_or_default();
        let list = item.split_once('{').map_or(last, |(_, list)| list.trim_end_matches('}'));
        names.extend(list.split(", ").map(str::to_owned));
    }
    Ok(names)
}

#[test]
fn every_name_of_ws_is_tried() -> std::io::Result<()> {
    assert_eq!(NAMES.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>(), declared()?);
    Ok(())
}

/// What a program says that uses both: PHP's error, that of `ws`, and one `Result`.
#[test]
fn a_program_of_both_globs() -> Result<(), Box<dyn StdError>> {
    fn listen() -> Result<Socket> {
        socket_create_listen(0, None)
    }
    fn is_taken(error: &Error) -> bool {
        error.code() == SOCKET_EADDRINUSE
    }
    fn serve(listener: &Socket) -> Result<(), WebSocketError> {
        let mut connection = Connection::accept(socket_accept(listener)?)?;
        match connection.read(&mut Vec::new()) {
            Ok(Message::Close(_)) | Err(WebSocketError::Closed) => Ok(()),
            Ok(message) => connection.send(message),
            Err(error) => Err(error),
        }
    }

    let listener = listen()?;
    let port = socket_getsockname(&listener)?.1;
    assert!(is_taken(&socket_create_listen(port, None).expect_err("it is taken")));
    let server = std::thread::spawn(move || serve(&listener));
    let mut connection = Connection::connect(&format!("ws://127.0.0.1:{port}/"))?;
    connection.send("你好")?;
    assert_eq!(connection.read(&mut Vec::new())?, Message::Text("你好"));
    server.join().expect("no panic")?;
    Ok(())
}
