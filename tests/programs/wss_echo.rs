//! The echo server over TLS as its users run it.

use std::{
    error::Error,
    fs,
    io::{Read, Write},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use php_sockets::{
    ws::{
        Stream, Transport,
        tls::rustls::{
            ClientConfig, RootCertStore,
            crypto::ring,
            pki_types::{CertificateDer, pem::PemObject},
        },
    },
    *,
};

use crate::program::{Server, example, run};

type Outcome<T = ()> = std::result::Result<T, Box<dyn Error>>;

#[test]
fn an_echo_over_tls_needs_the_server_s_certificate() -> Outcome {
    let directory = tempfile::tempdir()?;
    let path = |name: &str| directory.path().join(name).to_string_lossy().into_owned();
    let (own, other) = (path("own.pem"), path("other.pem"));
    let start = |file: &str| Server::spawn(example("wss_echo").args(["127.0.0.1:0", file]));
    let server = start(&own)?;
    let _another = start(&other)?;
    let (_, port) = server.address.rsplit_once(':').ok_or("no port")?;

    for host in ["localhost", "127.0.0.1"] {
        let url = format!("wss://{host}:{port}/");
        let client = |roots: &str| run(example("ws_client").env("SSL_CERT_FILE", roots).arg(&url), "");
        let trusting = client(&own)?;
        let said = String::from_utf8(trusting.stdout)?;
        assert!(said.starts_with("Connection open ...\n") && said.ends_with("Connection closed. 1005 \n"), "{said}");
        assert!(trusting.status.success(), "{}", String::from_utf8_lossy(&trusting.stderr));

        let distrusting = client(&other)?;
        assert!(!distrusting.status.success());
        assert!(String::from_utf8(distrusting.stderr)?.starts_with("invalid peer certificate: "));
    }

    // The files are used from now on, and nobody writes over them: neither one who finds the address taken nor the next.
    let before = fs::read(&own)?;
    let mut taken = example("wss_echo");
    let taken = run(taken.current_dir(&directory).args([&format!("127.0.0.1:{port}"), "new.pem"]), "")?;
    assert!(String::from_utf8(taken.stderr)?.contains("in use"));
    assert!(!directory.path().join("new.pem").exists());
    drop(server);
    let _again = start(&own)?;
    assert_eq!(fs::read(&own)?, before);
    Ok(())
}

/// How often a process has gone to sleep, and how long it has run, in hundredths of a second.
fn activity(process: u32) -> Outcome<[u64; 2]> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let sleeps = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    let fields: Vec<_> = stat.rsplit(')').next().unwrap_or_default().split(' ').collect();
    let ran = fields[12].parse::<u64>()? + fields[13].parse::<u64>()?;
    Ok([sleeps.ok_or("no such line")?.trim().parse()?, ran])
}

/// Clients that stand still at each point of TLS's handshake, and one that sends a byte now and then.
#[test]
fn an_echo_over_tls_sleeps_while_its_clients_stand_still() -> Outcome {
    let directory = tempfile::tempdir()?;
    let own = directory.path().join("own.pem");
    let server = Server::spawn(example("wss_echo").arg("127.0.0.1:0").arg(&own))?;
    let (_, port) = server.address.rsplit_once(':').ok_or("no port")?;
    let port: i32 = port.parse()?;
    let connect = || -> Outcome<Socket> {
        let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
        socket_connect(&socket, "127.0.0.1", port)?;
        Ok(socket)
    };
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(&own)?)?;
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let config = Arc::new(config);
    let mut still = Vec::new();
    for step in 0..5 {
        for _ in 0..10 {
            let socket = connect()?;
            match step {
                // Not a byte; the head of a record; a record that is not whole.
                0 => {}
                1 => drop(socket_write(&socket, [22, 3, 1], None)?),
                2 => drop(socket_write(&socket, [22, 3, 1, 2, 0, 1, 0], None)?),
                // A ClientHello, whose answer is not read; the whole handshake, but no request.
                _ => {
                    let mut transport = Transport::tls_client(socket.clone(), Arc::clone(&config), "localhost")?;
                    transport.flush()?;
                    if step == 4 {
                        transport.set_read_timeout(Some(Duration::from_millis(20)))?;
                        // Nothing comes after the handshake, which a busy machine takes its time for.
                        let start = Instant::now();
                        while transport.tls_state(|state| state.is_handshaking()) == Some(true)
                            && start.elapsed() < Duration::from_secs(10)
                        {
                            let _ = transport.read(&mut [0; 10]);
                        }
                        assert_eq!(transport.tls_state(|state| state.is_handshaking()), Some(false));
                    }
                    still.push(transport);
                    continue;
                }
            }
            still.push(socket.into());
        }
    }
    let slow = connect()?;
    socket_write(&slow, [22, 3, 1, 2, 0], None)?;
    let process = server.process.id();
    let (before, start) = (activity(process)?, Instant::now());
    for _ in 0..20 {
        thread::sleep(Duration::from_millis(100));
        socket_write(&slow, [1], None)?;
    }
    let after = activity(process)?;
    let [sleeps, ran] = [after[0] - before[0], after[1] - before[1]];
    // The deadlines are looked at every second.
    assert!(sleeps <= 38 + start.elapsed().as_secs() && ran <= 20, "{sleeps} waits, {ran}0 ms");
    drop(still);
    Ok(())
}
