//! TLS by [rustls]: `wss://` URLs, and servers with a certificate. Needs the feature `tls`.
//!
//! A client needs no configuration: [`Connection::connect`](super::Connection::connect) and [`WebSocket`](super::WebSocket) take
//! `wss://` URLs and use the platform's trusted roots. [`Connector::tls`](super::Connector::tls) sets other roots, a client
//! certificate or a session store. A server loads [`Certificates`], which it can reload while it runs, and passes their
//! [`server_config`](Certificates::server_config) to `ws::server::Server::tls` or to [`Acceptor::tls`](super::Acceptor::tls).
//! Everything else that rustls offers is set in its own configuration: [`rustls`] is the version in use.
//!
//! One deadline covers connecting, the TLS handshake and the opening handshake. A peer that ends the connection without a
//! `close_notify` has ended it abnormally. While one half of a [split](super::Connection::split) connection waits for the network,
//! it does not block the other.
//!
//! # Examples
//! ```
//! use php_sockets::{ws::{Acceptor, Connector, Message, tls::{Certificates, rustls}}, *};
//!
//! // A self-signed certificate; `Certificates::load` takes files.
//! let own = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()])?;
//! let certificates = Certificates::from_pem(own.cert.pem(), own.signing_key.serialize_pem())?;
//! let acceptor = Acceptor::new().tls(certificates.server_config()?);
//!
//! let listener = socket_create_listen(0, None)?;
//! let url = format!("wss://127.0.0.1:{}/", socket_getsockname(&listener)?.1);
//! let server = std::thread::spawn(move || -> Result<(), ws::WebSocketError> {
//!     let mut connection = acceptor.accept(socket_accept(&listener)?)?;
//!     let mut buffer = Vec::new();
//!     while let Message::Text(text) = connection.read(&mut buffer)? {
//!         connection.send(text)?;
//!     }
//!     connection.finish()
//! });
//!
//! // The client has to be told to trust it.
//! let mut roots = rustls::RootCertStore::empty();
//! roots.add(own.cert.der().clone())?;
//! let provider = rustls::crypto::ring::default_provider();
//! let config = rustls::ClientConfig::builder_with_provider(provider.into())
//!     .with_safe_default_protocol_versions()?
//!     .with_root_certificates(roots)
//!     .with_no_client_auth();
//! let mut connection = Connector::new().tls(config).connect(&url)?;
//! let mut buffer = Vec::new();
//! connection.send("你好")?;
//! assert_eq!(connection.read(&mut buffer)?, Message::Text("你好"));
//! connection.close(None)?;
//! assert_eq!(connection.read(&mut buffer)?, Message::Close(None));
//! connection.finish()?;
//! server.join().expect("no panic")?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod certificates;
mod session;
mod step;
mod stream;
#[cfg(test)]
mod tests;
mod wait;

use std::{
    io,
    sync::{Arc, OnceLock},
};

pub use certificates::{CertificateError, Certificates};
pub use rustls;
pub(super) use stream::TlsStream;

use rustls::{
    ClientConfig, ServerConfig, client::UnbufferedClientConnection, pki_types::ServerName,
    server::UnbufferedServerConnection,
};
use rustls_platform_verifier::BuilderVerifierExt as _;

use crate::Socket;

/// What a WebSocket's opening handshake is to TLS (RFC 7301).
const PROTOCOL: &[u8] = b"http/1.1";

/// Begins as a client.
pub(super) fn client(socket: Socket, config: Arc<ClientConfig>, host: &str) -> io::Result<TlsStream> {
    // No certificate is for a zone, or for a name with the root's dot.
    let host = host.split('%').next().unwrap_or_default();
    let host = host.strip_suffix('.').unwrap_or(host);
    let name = ServerName::try_from(host.to_owned()).map_err(|error| invalid(format!("{host}: {error}")))?;
    let client = UnbufferedClientConnection::new(config, name).map_err(invalid)?;
    Ok(TlsStream::new(socket, client.into()))
}

/// Begins as a server.
pub(super) fn server(socket: Socket, config: Arc<ServerConfig>) -> io::Result<TlsStream> {
    if config.max_early_data_size > 0 {
        // A request that can be repeated by somebody else opens no WebSocket.
        return Err(invalid("early data is not supported"));
    }
    let server = UnbufferedServerConnection::new(config).map_err(invalid)?;
    Ok(TlsStream::new(socket, server.into()))
}

fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, error)
}

/// What a client uses unless it is told otherwise. The platform's roots are looked for once.
pub(super) fn default_client_config() -> io::Result<Arc<ClientConfig>> {
    static CONFIG: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    if let Some(config) = CONFIG.get() {
        return Ok(Arc::clone(config));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(rustls::ConfigBuilder::with_platform_verifier)
        .map_err(invalid)?
        .with_no_client_auth();
    Ok(Arc::clone(CONFIG.get_or_init(|| client_for_http(config.into()))))
}

/// Says that HTTP/1.1 is to be spoken, where a configuration says nothing of it.
macro_rules! for_http {
    ($name:ident, $config:ty) => {
        pub(super) fn $name(mut config: Arc<$config>) -> Arc<$config> {
            if config.alpn_protocols.is_empty() {
                Arc::make_mut(&mut config).alpn_protocols.push(PROTOCOL.to_vec());
            }
            config
        }
    };
}

for_http!(client_for_http, ClientConfig);
for_http!(server_for_http, ServerConfig);
