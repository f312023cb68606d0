//! The Autobahn test suite over `wss://`, both roles, in the cases of `autobahn`: the suite speaks plain TCP to a tunnel, and
//! what it tests TLS.
//!
//! ```sh
//! WSTEST=$(tools/install-wstest) cargo test --all-features --test interop autobahn_tls -- --nocapture
//! ```

use std::fs;

use php_sockets::ws::{
    deflate::Parameters,
    handshake,
    server::Callbacks,
    tls::{
        Certificates,
        rustls::{ClientConfig, RootCertStore, crypto::ring},
    },
};

use crate::{
    autobahn::{Outcome, example, folder, fuzz_client, fuzz_server, wstest},
    running::Running,
    tunnel::{self, Tls},
};

#[test]
fn the_server_passes_every_case() -> Outcome {
    let folder = folder("autobahn-server-tls")?;
    let Some(wstest) = wstest(&folder) else { return Ok(()) };
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    let config = Certificates::from_pem(own.cert.pem(), own.signing_key.serialize_pem())?.server_config()?;
    let handshake = handshake::Server::new().deflate(Parameters::default())?;
    let server = Running::start(
        |server| {
            let server = server.tls(config).handshake(handshake);
            server.config(|config| config.max_message(64 << 20).send_buffer_limit(65 << 20))
        },
        || Callbacks::new().onmessage(|client, message| client.send(message)),
    )?;
    let mut roots = RootCertStore::empty();
    roots.add(own.cert.der().clone())?;
    let config = ClientConfig::builder_with_provider(ring::default_provider().into())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let port = tunnel::open(Tls::Connect(config.into()), u16::try_from(server.port)?)?;
    fuzz_server("server over TLS", wstest, &folder, &format!("ws://127.0.0.1:{port}"))?;
    server.stop()?;
    Ok(())
}

#[test]
#[cfg(target_os = "linux")] // where a variable says whom a client trusts
fn the_client_passes_every_case() -> Outcome {
    let folder = folder("autobahn-client-tls")?;
    let Some(wstest) = wstest(&folder) else { return Ok(()) };
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    let config = Certificates::from_pem(own.cert.pem(), own.signing_key.serialize_pem())?.server_config()?;
    let roots = folder.join("roots.pem");
    fs::write(&roots, own.cert.pem())?;
    fuzz_client("client over TLS", wstest, &folder, |port| {
        let port = tunnel::open(Tls::Accept(config), port)?;
        let mut client = example("autobahn_client");
        client.arg(format!("wss://localhost:{port}")).env("SSL_CERT_FILE", &roots);
        Ok(client)
    })
}
