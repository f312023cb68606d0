//! An echo server over TLS, and its client: a connection takes any stream, here rustls' around a socket.
//!
//! ```sh
//! cargo run --release --example wss_echo                            # 127.0.0.1:8443, the certificate goes to localhost.pem
//! cargo run --release --example wss_echo -- wss://localhost:8443/
//! cargo run --release --example wss_echo -- --certificate other.pem 127.0.0.1:9443
//! ```
//!
//! Run the second in another terminal: it trusts the certificate that the server made at its start, sends what you type,
//! and prints what comes back; Ctrl-D closes.

use std::error::Error;
use std::io::{Write, stderr, stdin, stdout};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use lexopt::ValueExt;
use php_sockets::ws::handshake::Url;
use php_sockets::ws::{Acceptor, Connector, Message, ReadWrite};
use php_sockets::*;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned};

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> ExitCode {
    if let Err(error) = start() {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn start() -> Outcome {
    let mut address = "127.0.0.1:8443".to_owned();
    let mut certificate = "localhost.pem".to_owned();
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            lexopt::Arg::Long("certificate") => certificate = arguments.value()?.string()?,
            lexopt::Arg::Value(value) => address = value.string()?,
            other => return Err(other.unexpected().into()),
        }
    }
    if address.contains("://") { connect(&address, &certificate) } else { serve(&address, &certificate) }
}

fn serve(address: &str, certificate: &str) -> Outcome {
    let config = server_config(certificate)?;
    let form = "the address is IP:PORT, as 127.0.0.1:8443";
    let (ip, port) = address.rsplit_once(':').ok_or(form)?;
    let port: i32 = port.parse().map_err(|_| form)?;

    let sock = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_set_option(&sock, SOL_SOCKET, SO_REUSEADDR, 1)?;
    socket_bind(&sock, ip, port)?;
    socket_listen(&sock, SOMAXCONN)?;
    let (ip, port) = socket_getsockname(&sock)?;
    writeln!(stdout(), "listening on {ip}:{port}")?;
    loop {
        if let Err(error) = accept(&sock, &config) {
            report(&*error);
            // No descriptors or threads are left, most likely. Those who leave make room.
            thread::sleep(Duration::from_secs(1));
        }
    }
}

fn accept(sock: &Socket, config: &Arc<ServerConfig>) -> Outcome {
    let client = socket_accept(sock)?;
    let config = Arc::clone(config);
    thread::Builder::new().spawn(move || {
        if let Err(error) = echo(client, config) {
            report(&*error);
        }
    })?;
    Ok(())
}

/// Says what befell one client; it does not matter when nobody listens.
fn report(error: &dyn Error) {
    let _ = writeln!(stderr(), "{error}");
}

/// Makes a certificate for this machine and writes it, without its key, to a file for clients.
fn server_config(certificate: &str) -> Outcome<Arc<ServerConfig>> {
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()])?;
    std::fs::write(certificate, own.cert.pem())?;
    let key = PrivateKeyDer::try_from(own.signing_key.serialize_der())?;
    let config = ServerConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key)?;
    Ok(Arc::new(config))
}

fn echo(client: Socket, config: Arc<ServerConfig>) -> Outcome {
    // Of a stream that is no Socket the library cannot keep the deadlines: a client that for a minute is silent, or takes
    // nothing, is gone.
    socket_set_option(&client, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 60, usec: 0 })?;
    socket_set_option(&client, SOL_SOCKET, SO_SNDTIMEO, Timeval { sec: 60, usec: 0 })?;
    let stream = StreamOwned::new(ServerConnection::new(config)?, client);
    let mut upgrade = Acceptor::new().upgrade(ReadWrite(stream));
    upgrade.read()?;
    let mut connection = upgrade.accept()?;
    let mut buffer = Vec::new();
    loop {
        match connection.read(&mut buffer)? {
            Message::Close(_) => break,
            message => connection.send(message)?,
        }
    }
    let ReadWrite(stream) = connection.stream_mut();
    stream.conn.send_close_notify();
    Ok(stream.flush()?)
}

fn connect(url: &str, certificate: &str) -> Outcome {
    let url = Url::parse(url)?;
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(certificate)?)?;
    let config = ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(url.host().to_owned())?;

    let sock = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_connect(&sock, url.host(), i32::from(url.port()))?;
    let stream = StreamOwned::new(ClientConnection::new(Arc::new(config), name)?, sock);
    let mut opening = Connector::new().open(ReadWrite(stream), &url)?;
    let mut connection = opening.advance()?.ok_or("a blocking stream does not wait")?;
    writeln!(stdout(), "Connection open ...")?;

    let mut buffer = Vec::new();
    for line in stdin().lines() {
        connection.send(&line?)?;
        if let Message::Text(text) = connection.read(&mut buffer)? {
            writeln!(stdout(), "{text}")?;
        }
    }
    connection.close(None)?;
    while !matches!(connection.read(&mut buffer)?, Message::Close(_)) {}
    Ok(())
}
