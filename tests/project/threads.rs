//! What threads may hold and share: this file does not compile when a type loses that, which no other test would notice.

use php_sockets::{
    Error, Socket,
    poll::{Context, Error as PollError, Notifier, Watcher},
};

fn shared<T: Send + Sync + 'static>() {}

#[test]
fn sockets_and_what_watches_them_are_shared() {
    shared::<Socket>();
    shared::<Error>();
    shared::<(Context<String>, Watcher<String>, Notifier, PollError)>();
}

#[test]
fn connections_and_their_halves_are_shared() {
    use php_sockets::ws::{
        Acceptor, Backoff, Config, Connection, Connector, Opening, Prepared, Protocol, Reader, Transport, Upgrade,
        WebSocket, WebSocketError, Writer, handshake,
    };
    shared::<(Connection, Reader, Writer, Upgrade, Opening)>();
    shared::<(Connection<Transport>, Reader<Transport>, Writer<Transport>)>();
    shared::<(Acceptor, Connector, Config, Prepared, Protocol, Backoff, WebSocket, WebSocketError)>();
    shared::<(handshake::Server, handshake::Client, handshake::Request, handshake::Response, handshake::Error)>();
}

#[cfg(feature = "server")]
#[test]
fn a_server_and_its_handle_are_shared() {
    use php_sockets::ws::server::{Answer, ClientId, Handle, Metrics, Server, Threads, Timer};
    shared::<(Server, Threads, Handle, Answer, ClientId, Metrics, Timer)>();
}

#[cfg(feature = "tls")]
#[test]
fn certificates_are_shared() {
    use php_sockets::ws::tls::{CertificateError, Certificates};
    shared::<(Certificates, CertificateError)>();
}
