//! Other people's TLS: curl's, and OpenSSL under npm's `ws` and Python's `websockets`, as clients and as servers, with the
//! scripts of `tests/interop`; `tests/support/peer.rs` says how they are found.

use std::{error::Error, fs, path::PathBuf, process::Command};

use php_sockets::ws::{
    CloseCode, CloseFrame, Connector, Message,
    handshake::{self, Response},
    server::{Answer, Callbacks},
    tls::rustls::HandshakeKind,
};
use tempfile::TempDir;

use super::support::{Authority, LONG, Outcome, Running, certificates};
use crate::{
    devtools::Browser,
    peer::{Peer, Process},
    skip,
};

/// Files for those who take nothing else.
struct Files {
    directory: TempDir,
    authority: Authority,
}

impl Files {
    fn new() -> Outcome<Self> {
        let (directory, authority) = (tempfile::tempdir()?, Authority::new()?);
        let [certificate, key] = authority.issue(&["localhost", "127.0.0.1"])?;
        for (name, text) in [("roots.pem", &authority.pem()), ("certificate.pem", &certificate), ("key.pem", &key)] {
            fs::write(directory.path().join(name), text)?;
        }
        Ok(Self { directory, authority })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }
}

impl Peer {
    /// Has its client talk to a server of ours.
    fn serve(&self) -> Outcome {
        let files = Files::new()?;
        let config = certificates(&files.authority)?.server_config()?;
        let handshake = handshake::Server::new().subprotocols(["chat"])?;
        let server = Running::start(
            |server| server.tls(config).handshake(handshake),
            || {
                Callbacks::new().onmessage(|client, message| match message {
                    Message::Text("close 4001 再见") => {
                        client.close(CloseFrame { code: CloseCode(4001), reason: "再见" });
                    }
                    message => client.send(message),
                })
            },
        )?;
        let mut command = self.script(self.client);
        command.env(self.roots, files.path("roots.pem")).args([&*server.url(), "none", "plain"]);
        let output = Process::start(&mut command)?.finish()?;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8(output.stdout)?.trim(), "done");
        server.stop()?;
        Ok(())
    }

    /// Has a client of ours talk to its server.
    fn converse(&self) -> Outcome {
        let files = Files::new()?;
        let mut command = self.script(self.server);
        command.arg("none").args([files.path("certificate.pem"), files.path("key.pem")]);
        let mut process = Process::start(&mut command)?;
        let port = process.first_line()?;
        let client = handshake::Client::new().subprotocols(["chat"])?;
        let connector = Connector::new().handshake(client).tls(files.authority.client_config()?);
        for kind in [HandshakeKind::Full, HandshakeKind::Resumed] {
            let mut connection = connector.connect(&format!("wss://localhost:{port}/"))?;
            connection.set_read_timeout(Some(LONG))?;
            assert_eq!(connection.subprotocol(), Some("chat"));
            assert_eq!(connection.stream().tls_state(|state| state.handshake_kind()), Some(Some(kind)));
            let mut buffer = Vec::new();
            for length in [0, 1, 125, 126, 16_384, 65_536, 3_000_000] {
                let bytes = vec![7; length];
                connection.send(&bytes)?;
                assert_eq!(connection.read(&mut buffer)?, Message::Binary(&bytes));
            }
            connection.close(CloseFrame { code: CloseCode(3000), reason: "再见" })?;
            let last = connection.read(&mut buffer)?;
            assert!(matches!(last, Message::Close(Some(frame)) if frame.code == CloseCode(3000)), "{last:?}");
            connection.finish()?;
        }
        Ok(())
    }
}

#[test]
fn python_is_a_client_and_a_server() -> Outcome {
    let peer = Peer::python();
    if peer.is_available() {
        peer.serve()?;
        peer.converse()?;
    }
    Ok(())
}

#[test]
fn node_is_a_client_and_a_server() -> Outcome {
    let peer = Peer::node();
    if peer.is_available() {
        peer.serve()?;
        peer.converse()?;
    }
    Ok(())
}

#[test]
fn curl_gets_a_page() -> Outcome {
    let files = Files::new()?;
    let config = certificates(&files.authority)?.server_config()?;
    let page = "床前明月光".repeat(20_000);
    let expected = page.clone();
    let server = Running::start(
        |server| server.tls(config),
        move || Callbacks::new().onrequest(move |_, _| Response::new(200).with_html(page.as_str()).into()),
    )?;
    for version in [&["--tlsv1.3"][..], &["--tls-max", "1.2"]] {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--show-error", "--noproxy", "*", "--max-time", "20"]).args(version);
        let url = server.url().replace("wss", "https");
        let Ok(output) = curl.arg("--cacert").arg(files.path("roots.pem")).arg(url).output() else {
            skip::missing("curl");
            return Ok(());
        };
        assert!(output.status.success(), "{version:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stdout == expected.as_bytes(), "{version:?}");
    }
    server.stop()?;
    Ok(())
}

#[test]
fn chromium_opens_a_page_and_its_websocket() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let Some(mut browser) = Browser::start(directory.path())? else { return Ok(()) };
    let authority = Authority::new().map_err(|error| error.to_string())?;
    let config = certificates(&authority).map_err(|error| error.to_string())?.server_config()?;
    let page = "<script>
        const ws = new WebSocket(`wss://${location.host}/ws`)
        ws.onopen = () => ws.send('床前明月光')
        ws.onmessage = event => document.title = event.data
    </script>";
    let server = Running::start(
        |server| server.tls(config),
        move || {
            Callbacks::new()
                .onrequest(move |_, request| match request.target() {
                    "/ws" => Answer::upgrade(),
                    _ => Response::new(200).with_html(page).into(),
                })
                .onmessage(|client, message| client.send(message))
        },
    )?;
    let page = browser.open(&server.url().replace("wss", "https"), "zh-CN")?;
    browser.wait_for(&page, "document.title === '床前明月光'")?;
    drop(browser);
    server.stop()?;
    Ok(())
}
