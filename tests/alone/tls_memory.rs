//! What an idle TLS connection costs in memory, and one that does not read, counted by the allocator.

use std::{alloc::System, error::Error, sync::Arc};

use php_sockets::{
    ws::{
        Acceptor, Connection, Connector, Message, Transport,
        handshake::Url,
        tls::{
            Certificates,
            rustls::{self, ClientConfig, RootCertStore, ServerConfig, crypto::ring},
        },
    },
    *,
};
use stats_alloc::Region;

use crate::ALLOCATOR;
use crate::support::tcp_pair;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

fn held(region: &Region<'_, System>) -> isize {
    let change = region.change();
    isize::try_from(change.bytes_allocated).expect("few") - isize::try_from(change.bytes_deallocated).expect("few")
}

fn configs(version: &'static rustls::SupportedProtocolVersion) -> Outcome<(Arc<ClientConfig>, Arc<ServerConfig>)> {
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    let mut roots = RootCertStore::empty();
    roots.add(own.cert.der().clone())?;
    let client = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[version])?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let server = Certificates::from_pem(own.cert.pem(), own.signing_key.serialize_pem())?.server_config()?;
    Ok((client.into(), server))
}

fn echo(
    from: &mut Connection<Transport>,
    to: &mut Connection<Transport>,
    message: &[u8],
    buffer: &mut Vec<u8>,
) -> Result<(), ws::WebSocketError> {
    from.send(message)?;
    while to.next(buffer)?.is_none_or(|received| received != Message::Binary(message)) {
        from.flush()?;
        to.receive()?;
    }
    Ok(())
}

/// Connects, and has messages of several sizes go both ways, without waiting.
fn connect(client: &Arc<ClientConfig>, server: &Arc<ServerConfig>) -> Outcome<[Connection<Transport>; 2]> {
    let (one, two) = tcp_pair()?;
    socket_set_nonblock(&one)?;
    socket_set_nonblock(&two)?;
    let one = Transport::tls_client(one, Arc::clone(client), "localhost")?;
    let two = Transport::tls_server(two, Arc::clone(server))?;
    let mut opening = Connector::new().open(one, &Url::parse("wss://localhost/")?)?;
    let mut upgrade = Acceptor::new().upgrade(two);
    let (mut client, mut server) = (None, None);
    while client.is_none() || server.is_none() {
        if client.is_none() {
            client = opening.advance()?;
        }
        if server.is_none() && upgrade.read()?.is_some() {
            server = Some(upgrade.accept()?);
        }
    }
    let (Some(mut client), Some(mut server)) = (client, server) else { return Err("no connection".into()) };
    let mut buffer = Vec::new();
    for size in [10, 20_000, 300_000, 10] {
        let message = vec![7; size];
        echo(&mut client, &mut server, &message, &mut buffer)?;
        echo(&mut server, &mut client, &message, &mut buffer)?;
    }
    // Nothing more comes, which is when memory is given back.
    for connection in [&mut client, &mut server] {
        connection.receive()?;
        assert_eq!(connection.next(&mut buffer)?, None);
    }
    Ok([client, server])
}

/// An idle connection holds what rustls holds, and no buffers.
pub(crate) fn an_idle_connection_holds_no_buffers() -> Outcome {
    for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
        let (client, server) = configs(version)?;
        // What the thread lends, and the sessions that are kept, are there.
        drop([connect(&client, &server)?, connect(&client, &server)?]);
        for side in ["a client", "a server"] {
            let [client, server] = connect(&client, &server)?;
            let region = Region::new(&ALLOCATOR);
            let rest = if side == "a client" {
                drop(client);
                server
            } else {
                drop(server);
                client
            };
            let held = -held(&region);
            println!("{:?}, {side}: {held} bytes", version.version);
            assert!((1000..4500).contains(&held), "{:?}: {held} bytes", version.version);
            drop(rest);
        }
    }
    Ok(())
}

/// With TLS between, a server keeps no more for a client that does not read than the limit and what is encrypted at once.
#[cfg(feature = "server")]
pub(crate) fn who_does_not_read_holds_no_more_than_its_buffer() -> Outcome {
    use php_sockets::ws::{
        Overflow,
        server::{Callbacks, Server},
    };

    const LIMIT: usize = 256 << 10;
    /// One buffer of records that rustls has made and one that is on its way to the socket.
    const ENCRYPTED: usize = 2 * (66 << 10);
    let (client, config) = configs(&rustls::version::TLS13)?;
    let server = Server::bind("127.0.0.1", 0)?
        .tls(config)
        .config(|config| config.send_buffer_limit(LIMIT).overflow(Overflow::Discard));
    let (url, handle) = (format!("wss://localhost:{}/", server.address()?.1), server.handle());
    let thread =
        std::thread::spawn(move || server.run(Callbacks::new().onmessage(|client, message| client.broadcast(message))));
    let connector = Connector::new().tls(client);
    let deaf = connector.connect(&url)?;
    let mut speaks = connector.connect(&url)?;
    // Else the system takes more.
    socket_set_option(deaf.stream().socket(), SOL_SOCKET, SO_RCVBUF, 4096)?;
    let message = vec![7; 64 << 10];
    let mut buffer = Vec::new();
    let mut round = || -> Result<(), ws::WebSocketError> {
        speaks.send(&message)?;
        assert!(speaks.read(&mut buffer)? == Message::Binary(&message));
        Ok(())
    };
    round()?;
    let region = Region::new(&ALLOCATOR);
    // What the system takes for who does not read is at most 4 MiB by default.
    for _ in 0..2 {
        for _ in 0..200 {
            round()?;
        }
        let held = held(&region);
        println!("{held} bytes");
        assert!((1..=isize::try_from(LIMIT + ENCRYPTED)?).contains(&held), "{held} bytes");
    }
    assert_eq!(handle.metrics().open, 2);
    handle.stop();
    drop(deaf);
    thread.join().expect("no panic")?;
    Ok(())
}
