//! Clients: whom they trust, what they say when they do not, and what the server hears of it.

use std::{sync::Arc, thread, time::Duration};

use php_sockets::{
    ws::{
        Acceptor, Connection, Connector, Message, WebSocket, WebSocketError,
        tls::{
            Certificates,
            rustls::{self, HandshakeKind, ProtocolVersion},
        },
    },
    *,
};

use super::support::{Authority, LONG, Outcome, Running, certificates, client, expired};

/// Echoes to one client, as a blocking server does.
fn serve_one(
    certificates: &Certificates,
) -> Outcome<(i32, thread::JoinHandle<std::result::Result<(), WebSocketError>>)> {
    let acceptor = Acceptor::new().timeout(LONG).tls(certificates.server_config()?);
    let listener = socket_create_listen(0, None)?;
    let port = socket_getsockname(&listener)?.1;
    let thread = thread::spawn(move || {
        let mut connection = acceptor.accept(socket_accept(&listener)?)?;
        let mut buffer = Vec::new();
        loop {
            match connection.read(&mut buffer)? {
                Message::Close(_) => return connection.finish(),
                message => connection.send(message)?,
            }
        }
    });
    Ok((port, thread))
}

#[test]
fn a_name_and_addresses_are_checked() -> Outcome {
    let authority = Authority::new()?;
    let config = Arc::new(authority.client_config()?);
    for host in ["localhost", "LOCALHOST", "127.0.0.1"] {
        let (port, server) = serve_one(&certificates(&authority)?)?;
        let mut connection = client(&format!("wss://{host}:{port}/"), Arc::clone(&config))?;
        let alpn = connection.stream().tls_state(|state| state.alpn_protocol().map(<[u8]>::to_vec)).flatten();
        assert_eq!(alpn.as_deref(), Some(&b"http/1.1"[..]), "{host}");
        assert!(connection.stream().is_secure());
        let mut buffer = Vec::new();
        for length in [0, 5, 125, 70_000, 3_000_000] {
            let bytes = vec![7; length];
            connection.send(&bytes)?;
            assert_eq!(connection.read(&mut buffer)?, Message::Binary(&bytes), "{host}");
        }
        connection.close(None)?;
        assert_eq!(connection.read(&mut buffer)?, Message::Close(None));
        connection.finish()?;
        server.join().expect("no panic")?;
    }
    Ok(())
}

#[test]
fn a_bad_certificate_is_named_and_the_server_gets_its_alert() -> Outcome {
    let authority = Authority::new()?;
    let stranger = Authority::new()?;
    let local = ["localhost", "127.0.0.1"];
    for (what, pair, error, alert) in [
        ("expired", authority.issue_with(&local, expired)?, "expired", "ertificate"),
        ("wrong name", authority.issue(&["example.com"])?, "not valid for name \"localhost\"", "ertificate"),
        ("unknown issuer", stranger.issue(&local)?, "UnknownIssuer", "UnknownCA"),
    ] {
        let [certificate, key] = pair;
        let (port, server) = serve_one(&Certificates::from_pem(certificate, key)?)?;
        let result = client(&format!("wss://localhost:{port}/"), authority.client_config()?);
        let text = result.expect_err(what).to_string();
        assert!(text.starts_with("invalid peer certificate: ") && text.contains(error), "{what}: {text}");
        let text = server.join().expect("no panic").expect_err(what).to_string();
        assert!(text.starts_with("received fatal alert: ") && text.contains(alert), "{what}: {text}");
    }
    Ok(())
}

#[test]
fn a_server_without_tls_is_told_apart() -> Outcome {
    let authority = Authority::new()?;
    let listener = socket_create_listen(0, None)?;
    let url = format!("wss://localhost:{}/", socket_getsockname(&listener)?.1);
    let server = thread::spawn(move || Connection::accept(socket_accept(&listener)?).map(drop));
    let error = client(&url, authority.client_config()?).expect_err("no TLS");
    assert_eq!(error.to_string(), "the server speaks HTTP without TLS");
    server.join().expect("no panic").expect_err("a ClientHello is no request");
    Ok(())
}

#[test]
fn a_deadline_holds_over_the_handshake_of_a_silent_server() -> Outcome {
    let authority = Authority::new()?;
    let listener = socket_create_listen(0, None)?;
    let url = format!("wss://localhost:{}/", socket_getsockname(&listener)?.1);
    let connector = Connector::new().tls(authority.client_config()?).timeout(Duration::from_millis(200));
    let error = connector.connect(&url).expect_err("nobody answers");
    assert_eq!(error.to_string(), "the opening handshake took too long");
    Ok(())
}

/// More than may wait for the end of the handshake.
#[test]
fn a_deadline_holds_over_a_request_that_is_too_long_to_wait_for_the_handshake() -> Outcome {
    let listener = socket_create_listen(0, None)?;
    let url = format!("wss://localhost:{}/", socket_getsockname(&listener)?.1);
    let client = ws::handshake::Client::new().header("X-Long", &"x".repeat(100_000))?;
    let connector = Connector::new().tls(Authority::new()?.client_config()?).timeout(Duration::from_millis(200));
    let mut opening = connector.handshake(client).open_url(&url)?;
    let error = opening.advance().expect_err("the server says nothing");
    assert_eq!(error.to_string(), "the opening handshake took too long");
    Ok(())
}

#[test]
fn sessions_are_resumed() -> Outcome {
    let authority = Authority::new()?;
    let server = Running::echo(&certificates(&authority)?)?;
    for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])?
            .with_root_certificates(authority.roots()?)
            .with_no_client_auth();
        let config = Arc::new(config);
        for kind in [HandshakeKind::Full, HandshakeKind::Resumed, HandshakeKind::Resumed] {
            let mut connection = client(&server.url(), Arc::clone(&config))?;
            let mut buffer = Vec::new();
            connection.send("你好")?;
            assert_eq!(connection.read(&mut buffer)?, Message::Text("你好"));
            let found = connection.stream().tls_state(|state| (state.protocol_version(), state.handshake_kind()));
            assert_eq!(found, Some((Some(version.version), Some(kind))));
            connection.close(None)?;
            connection.read(&mut buffer)?;
        }
    }
    server.stop()?;
    Ok(())
}

#[test]
fn the_browsers_api_takes_wss() -> Outcome {
    let authority = Authority::new()?;
    let server = Running::echo(&certificates(&authority)?)?;
    let connector = Connector::new().tls(authority.client_config()?);
    let ws = WebSocket::with_connector(&server.url(), connector)?;
    ws.onopen(|ws| ws.send("你好"));
    ws.onmessage(|ws, event| {
        assert_eq!(event.data.to_string(), "你好");
        ws.close();
    });
    let event = ws.run()?;
    assert!(event.was_clean);
    server.stop()?;
    Ok(())
}

#[test]
fn a_client_certificate_is_shown() -> Outcome {
    let authority = Authority::new()?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let roots = Arc::new(authority.roots()?);
    let verifier = rustls::server::WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(&provider)).build()?;
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(certificates(&authority)?.resolver());
    let acceptor = Acceptor::new().tls(config);
    let listener = socket_create_listen(0, None)?;
    let url = format!("wss://localhost:{}/", socket_getsockname(&listener)?.1);
    let server = thread::spawn(move || {
        let mut found = Vec::new();
        for _ in 0..2 {
            let accepted = socket_accept(&listener).expect("a client");
            found.push(acceptor.accept(accepted).map(|connection| {
                connection.stream().tls_state(|state| state.peer_certificates().map_or(0, <[_]>::len))
            }));
        }
        found
    });
    let own = authority.issue(&["somebody"])?;
    let connection = client(&url, authority.client_config_with(&own)?)?;
    assert_eq!(connection.stream().tls_state(|state| state.protocol_version()), Some(Some(ProtocolVersion::TLSv1_3)));
    let error = client(&url, authority.client_config()?).expect_err("no certificate");
    assert_eq!(error.to_string(), "received fatal alert: CertificateRequired");
    let found = server.join().expect("no panic");
    assert!(matches!(&found[0], Ok(Some(1))), "{found:?}");
    assert!(matches!(&found[1], Err(error) if error.to_string().contains("certificate")), "{found:?}");
    Ok(())
}

/// Whatever comes together or apart, no request is left unread.
#[test]
fn many_openings_one_after_the_other_are_all_answered() -> Outcome {
    let authority = Authority::new()?;
    let server = Running::echo(&certificates(&authority)?)?;
    let config = Arc::new(authority.client_config()?);
    let threads = (0..4).map(|_| {
        let (url, config) = (server.url(), Arc::clone(&config));
        thread::spawn(move || -> Result<(), WebSocketError> {
            let mut buffer = Vec::new();
            for _ in 0..50 {
                let mut connection = client(&url, Arc::clone(&config))?;
                connection.send("你好")?;
                assert_eq!(connection.read(&mut buffer)?, Message::Text("你好"));
            }
            Ok(())
        })
    });
    for thread in threads.collect::<Vec<_>>() {
        thread.join().expect("no panic")?;
    }
    server.stop()?;
    Ok(())
}
