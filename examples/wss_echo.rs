//! An echo server over TLS, with a self-signed certificate for this machine, or with yours.
//!
//! ```sh
//! cargo run --release --features tls --example wss_echo                      # 127.0.0.1:8443, localhost.pem, localhost.key
//! cargo run --release --features tls --example wss_echo -- 0.0.0.0:8443 fullchain.pem privkey.pem
//! ```
//!
//! Missing files are created, existing ones are used. Then, in another terminal, a client that trusts the certificate (on Linux;
//! elsewhere trust it in the system's settings):
//!
//! ```sh
//! SSL_CERT_FILE=localhost.pem cargo run --release --features tls --example ws_client -- wss://localhost:8443/
//! ```

mod support;

use std::{
    error::Error,
    fs::File,
    io::{Write, stdout},
    path::{Path, PathBuf},
    process::ExitCode,
};

use php_sockets::ws::{
    server::{Callbacks, Server},
    tls::Certificates,
};
use support::Arguments;

fn main() -> ExitCode {
    support::run(include_str!("wss_echo.rs"), serve)
}

fn serve(arguments: &mut Arguments) -> Result<(), Box<dyn Error>> {
    let [address, certificate, key] = arguments.values()?;
    let (ip, port) = arguments.address_of(address, "127.0.0.1:8443")?;
    let certificate = certificate.map_or_else(|| PathBuf::from("localhost.pem"), PathBuf::from);
    let key = key.map_or_else(|| certificate.with_extension("key"), PathBuf::from);

    // Where this fails nothing has been written yet.
    let server = Server::bind(&ip, port)?;
    if !certificate.exists() && !key.exists() {
        make(&certificate, &key)?;
    }
    let certificates = Certificates::load(certificate, key)?;
    let (ip, port) = server.address()?;
    writeln!(stdout(), "listening on wss://{ip}:{port}")?;
    let echo = Callbacks::new().onmessage(|client, message| client.send(message));
    Ok(server.tls(certificates.server_config()?).run(echo)?)
}

/// Makes a certificate for this machine, in files that were not there.
fn make(certificate: &Path, key: &Path) -> Result<(), Box<dyn Error>> {
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()])?;
    let mut secret = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut secret, 0o600);
    secret.write(true).create_new(true).open(key)?.write_all(own.signing_key.serialize_pem().as_bytes())?;
    File::create_new(certificate)?.write_all(own.cert.pem().as_bytes())?;
    Ok(())
}
