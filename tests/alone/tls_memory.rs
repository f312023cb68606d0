//! What an idle TLS connection costs in memory, counted by the allocator.

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
) -> ws::Result<()> {
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
