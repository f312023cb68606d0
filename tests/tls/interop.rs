//! Other people's TLS: curl, with whichever library it was built.

use std::{fs, process::Command};

use php_sockets::ws::{handshake::Response, server::Callbacks};

use super::support::{Authority, Outcome, Running, certificates};

#[path = "../support/skip.rs"]
mod skip;

#[test]
fn curl_gets_a_page() -> Outcome {
    let authority = Authority::new()?;
    let config = certificates(&authority)?.server_config()?;
    let page = "床前明月光".repeat(20_000);
    let expected = page.clone();
    let server = Running::start(
        |server| server.tls(config),
        move || Callbacks::<()>::new().onrequest(move |_, _| Response::new(200).html(page.as_str()).into()),
    )?;
    let directory = tempfile::tempdir()?;
    let roots = directory.path().join("roots.pem");
    fs::write(&roots, authority.pem())?;
    for version in ["--tlsv1.3", "--tls-max=1.2"] {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--show-error", "--noproxy", "*", "--max-time", "20"]);
        match version.split_once('=') {
            Some((option, value)) => curl.args([option, value]),
            None => curl.arg(version),
        };
        let Ok(output) = curl.arg("--cacert").arg(&roots).arg(server.url().replace("wss", "https")).output() else {
            skip::missing("curl");
            return Ok(());
        };
        assert!(output.status.success(), "{version}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stdout == expected.as_bytes(), "{version}");
    }
    server.stop()?;
    Ok(())
}
