//! An authority of one's own, certificates by it, and servers that have them.

use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use php_sockets::{
    ws::{
        Connection, Connector, Transport, WebSocketError,
        server::Callbacks,
        tls::{
            Certificates,
            rustls::{self, ClientConfig, RootCertStore, crypto::ring, pki_types::PrivateKeyDer},
        },
    },
    *,
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};

pub(crate) use crate::running::{LONG, Running, connect, eventually};

pub(crate) type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// Who signs certificates.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Outcome<Self> {
        let mut params = CertificateParams::new([])?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // Two of them are not to be taken for each other.
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let name = format!("authority {}", NUMBER.fetch_add(1, Ordering::Relaxed));
        params.distinguished_name.push(DnType::CommonName, name);
        Ok(Self(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?))
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for names and its key, as PEM.
    pub(crate) fn issue(&self, names: &[&str]) -> Outcome<[String; 2]> {
        self.issue_with(names, |_| {})
    }

    pub(crate) fn issue_with(&self, names: &[&str], set: impl FnOnce(&mut CertificateParams)) -> Outcome<[String; 2]> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names)?;
        params.distinguished_name.push(DnType::CommonName, "a server");
        set(&mut params);
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.0)?;
        Ok([certificate.pem(), key.serialize_pem()])
    }

    /// Whom a client trusts who trusts this one.
    pub(crate) fn roots(&self) -> Outcome<RootCertStore> {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone())?;
        Ok(roots)
    }

    pub(crate) fn client_config(&self) -> Outcome<ClientConfig> {
        Ok(builder()?.with_root_certificates(self.roots()?).with_no_client_auth())
    }

    /// With a certificate of the client's own.
    pub(crate) fn client_config_with(&self, [certificate, key]: &[String; 2]) -> Outcome<ClientConfig> {
        use rustls::pki_types::{CertificateDer, pem::PemObject};
        let chain = CertificateDer::pem_slice_iter(certificate.as_bytes()).collect::<Result<_, _>>()?;
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes())?;
        Ok(builder()?.with_root_certificates(self.roots()?).with_client_auth_cert(chain, key)?)
    }
}

pub(crate) fn builder() -> Outcome<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>> {
    Ok(ClientConfig::builder_with_provider(Arc::new(ring::default_provider())).with_safe_default_protocol_versions()?)
}

/// A certificate for this machine, in use.
pub(crate) fn certificates(authority: &Authority) -> Outcome<Certificates> {
    let [certificate, key] = authority.issue(&["localhost", "127.0.0.1", "::1"])?;
    Ok(Certificates::from_pem(certificate, key)?)
}

impl Running {
    /// A server that echoes.
    pub(crate) fn echo(certificates: &Certificates) -> Result<Self, WebSocketError> {
        let config = certificates.server_config()?;
        Self::start(|server| server.tls(config), || Callbacks::new().onmessage(|client, message| client.send(message)))
    }

    pub(crate) fn url(&self) -> String {
        format!("wss://localhost:{}/", self.port)
    }
}

/// A client that does not wait for ever.
pub(crate) fn client(url: &str, config: impl Into<Arc<ClientConfig>>) -> Result<Connection<Transport>, WebSocketError> {
    let mut connection = Connector::new().tls(config).connect(url)?;
    connection.set_read_timeout(Some(LONG))?;
    Ok(connection)
}

/// Two ends of a TLS connection, without the opening handshake: client and server, blocking.
pub(crate) fn pair(authority: &Authority) -> Outcome<[Transport; 2]> {
    pair_with(authority.client_config()?, authority)
}

pub(crate) fn pair_with(config: ClientConfig, authority: &Authority) -> Outcome<[Transport; 2]> {
    let listener = socket_create_listen(0, None)?;
    let client = connect(socket_getsockname(&listener)?.1)?;
    let server = socket_accept(&listener)?;
    socket_set_option(&server, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 20, usec: 0 })?;
    let config = Arc::new(config);
    Ok([
        Transport::tls_client(client, config, "localhost")?,
        Transport::tls_server(server, certificates(authority)?.server_config()?)?,
    ])
}

/// A time that is over.
pub(crate) fn expired(params: &mut CertificateParams) {
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2020, 2, 1);
}
