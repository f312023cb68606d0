use std::{
    fs::File,
    io::{self, Read as _},
    ops::RangeInclusive,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use rustls::{
    CertificateError as Refusal, RootCertStore, ServerConfig,
    client::{verify_server_cert_signed_by_trust_anchor, verify_server_name},
    crypto::ring,
    pki_types::{
        CertificateDer, PrivateKeyDer, ServerName, UnixTime,
        pem::{self, PemObject},
    },
    server::{ClientHello, ParsedCertificate, ResolvesServerCert},
    sign::CertifiedKey,
};

use crate::ws::error::WebSocketError;

/// A server's certificates and their keys, from PEM files, which can be reloaded while the server runs.
///
/// All clones share them. A client gets the first certificate that is valid for the name it asks for, otherwise the first of all.
///
/// # Examples
/// A server that reloads a renewed certificate on `SIGHUP`:
/// ```no_run
/// use php_sockets::ws::{server::{Callbacks, Server}, tls::Certificates};
///
/// let certificates = Certificates::load("fullchain.pem", "privkey.pem")?;
/// let server = Server::bind("0.0.0.0", 8443)?.tls(certificates.server_config()?);
///
/// let mut signals = signal_hook::iterator::Signals::new([signal_hook::consts::SIGHUP])?;
/// std::thread::spawn(move || {
///     for _ in signals.forever() {
///         // Those who are connected stay as they are. What cannot be loaded changes nothing.
///         if let Err(error) = certificates.reload() {
///             eprintln!("{error}");
///         }
///     }
/// });
/// server.run(Callbacks::new().onmessage(|client, message| client.send(message)))?;
/// # Ok::<(), php_sockets::ws::WebSocketError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Certificates(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    sources: Vec<[Source; 2]>,
    loaded: RwLock<Vec<Arc<CertifiedKey>>>,
}

/// Where a certificate or a key comes from.
#[derive(Debug, Clone)]
enum Source {
    File(PathBuf),
    Text(Vec<u8>),
}

/// Why a certificate or its key cannot be used; the text names the file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// The file cannot be read.
    #[non_exhaustive]
    #[error("{name}: {error}")]
    Io {
        /// The file.
        name: String,
        /// What the system says.
        #[source]
        error: io::Error,
    },
    /// What is in the file cannot be used.
    #[non_exhaustive]
    #[error("{name}: {why}")]
    Content {
        /// The file.
        name: String,
        /// What is wrong with it.
        why: String,
    },
}

impl From<CertificateError> for WebSocketError {
    fn from(error: CertificateError) -> Self {
        let kind = match &error {
            CertificateError::Io { error, .. } => error.kind(),
            CertificateError::Content { .. } => io::ErrorKind::InvalidData,
        };
        Self::Io(io::Error::new(kind, error))
    }
}

impl Certificates {
    /// Loads a certificate with its chain, and its key; both may be in the same file.
    ///
    /// # Errors
    /// [`CertificateError`]: a file cannot be read or holds nothing of the kind, the key is encrypted or of an unknown
    /// kind, or it does not belong to the certificate.
    pub fn load(certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Result<Self, CertificateError> {
        Self::new(vec![[Source::File(certificate.into()), Source::File(key.into())]])
    }

    /// Creates them from PEM text, for a certificate that is not in a file.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn from_pem(certificate: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Result<Self, CertificateError> {
        Self::new(vec![[Source::Text(certificate.into()), Source::Text(key.into())]])
    }

    /// Loads another certificate, for clients that ask for its name.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    ///
    /// # Examples
    /// ```no_run
    /// use php_sockets::ws::tls::Certificates;
    ///
    /// let certificates = Certificates::load("example.com.pem", "example.com.key")?
    ///     .and("example.org.pem", "example.org.key")?;
    /// # Ok::<(), php_sockets::ws::tls::CertificateError>(())
    /// ```
    pub fn and(self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Result<Self, CertificateError> {
        let mut sources = self.0.sources.clone();
        sources.push([Source::File(certificate.into()), Source::File(key.into())]);
        Self::new(sources)
    }

    fn new(sources: Vec<[Source; 2]>) -> Result<Self, CertificateError> {
        let loaded = RwLock::new(load(&sources)?);
        Ok(Self(Arc::new(Shared { sources, loaded })))
    }

    /// Loads the files again: clients that connect from now on get the new certificates.
    ///
    /// # Errors
    /// As [`load`](Self::load); the old certificates then stay in use.
    pub fn reload(&self) -> Result<(), CertificateError> {
        let loaded = load(&self.0.sources)?;
        *self.0.loaded.write().unwrap_or_else(PoisonError::into_inner) = loaded;
        Ok(())
    }

    /// Returns the time for which all of them are valid, those of their issuers aside. Whether it is now nobody asks but clients,
    /// who refuse what is not.
    ///
    /// # Examples
    /// ```no_run
    /// use php_sockets::ws::tls::Certificates;
    /// use std::time::{Duration, SystemTime};
    ///
    /// let certificates = Certificates::load("fullchain.pem", "privkey.pem")?;
    /// let in_a_week = SystemTime::now() + Duration::from_secs(7 * 24 * 60 * 60);
    /// if !certificates.validity().contains(&in_a_week) {
    ///     eprintln!("renew the certificate");
    /// }
    /// # Ok::<(), php_sockets::ws::tls::CertificateError>(())
    /// ```
    #[must_use]
    pub fn validity(&self) -> RangeInclusive<SystemTime> {
        let loaded = self.0.loaded.read().unwrap_or_else(PoisonError::into_inner);
        let all = loaded.iter().map(|key| validity(key));
        let (from, until) = all.fold((0, END), |all, own| (all.0.max(own.0), all.1.min(own.1)));
        let time = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        time(from)..=time(until)
    }

    /// Creates a server configuration: TLS 1.2 and 1.3, no client certificates, session resumption by tickets, HTTP/1.1.
    ///
    /// For anything else create one with rustls' own [builder](ServerConfig::builder_with_provider) and the
    /// [`resolver`](Self::resolver) of these certificates.
    ///
    /// # Errors
    /// [`WebSocketError::Io`]: the random source fails.
    pub fn server_config(&self) -> Result<Arc<ServerConfig>, WebSocketError> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(super::invalid)?
            .with_no_client_auth()
            .with_cert_resolver(self.resolver());
        config.ticketer = ring::Ticketer::new().map_err(super::invalid)?;
        config.alpn_protocols = vec![super::PROTOCOL.to_vec()];
        Ok(Arc::new(config))
    }

    /// Returns the certificate resolver, for a configuration of your own.
    #[must_use]
    pub fn resolver(&self) -> Arc<dyn ResolvesServerCert> {
        Arc::clone(&self.0) as Arc<dyn ResolvesServerCert>
    }
}

impl ResolvesServerCert for Shared {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let loaded = self.loaded.read().unwrap_or_else(PoisonError::into_inner);
        let found = match hello.server_name() {
            Some(name) if loaded.len() > 1 => {
                ServerName::try_from(name).ok().and_then(|name| loaded.iter().find(|key| is_for(key, &name)))
            }
            _ => None,
        };
        found.or_else(|| loaded.first()).cloned()
    }
}

fn is_for(key: &CertifiedKey, name: &ServerName<'_>) -> bool {
    let certificate = key.end_entity_cert().and_then(ParsedCertificate::try_from);
    certificate.is_ok_and(|certificate| verify_server_name(&certificate, name).is_ok())
}

/// A second after the last one that a certificate can name: the year 10000.
const END: u64 = 253_402_300_800;

/// The first and the last second for which a certificate is valid. Nobody is trusted here, which is seen later than the time.
fn validity(key: &CertifiedKey) -> (u64, u64) {
    let algorithms = ring::default_provider().signature_verification_algorithms.all;
    let refusal = |seconds| {
        let certificate = key.end_entity_cert().and_then(ParsedCertificate::try_from).ok()?;
        let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        match verify_server_cert_signed_by_trust_anchor(&certificate, &RootCertStore::empty(), &[], now, algorithms) {
            Err(rustls::Error::InvalidCertificate(refusal)) => Some(refusal),
            _ => None,
        }
    };
    let from = match refusal(0) {
        Some(Refusal::NotValidYetContext { not_before, .. }) => not_before.as_secs(),
        _ => 0,
    };
    let until = match refusal(END) {
        Some(Refusal::ExpiredContext { not_after, .. }) => not_after.as_secs(),
        // It ends before it begins.
        _ => 0,
    };
    (from, until)
}

fn load(sources: &[[Source; 2]]) -> Result<Vec<Arc<CertifiedKey>>, CertificateError> {
    sources.iter().map(|[certificate, key]| load_pair(certificate, key).map(Arc::new)).collect()
}

fn load_pair(certificate: &Source, key: &Source) -> Result<CertifiedKey, CertificateError> {
    let text = certificate.read("the certificate")?;
    let wrong = |why: String| CertificateError::Content { name: certificate.name("the certificate"), why };
    let chain = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| wrong(format!("it is no PEM: {error}")))?;
    if chain.is_empty() {
        let what = || "it has no certificate (-----BEGIN CERTIFICATE-----)".into();
        return Err(wrong(no_text(&text, "x509").unwrap_or_else(what)));
    }
    chain.iter().enumerate().try_for_each(|(index, der)| {
        let parsed = ParsedCertificate::try_from(der).map(drop);
        parsed.map_err(|error| wrong(format!("its certificate {} is damaged: {error}", index + 1)))
    })?;

    let text = key.read("the key")?;
    let wrong = |why: String| CertificateError::Content { name: key.name("the key"), why };
    let private = PrivateKeyDer::from_pem_slice(&text).map_err(|error| match error {
        _ if is_encrypted(&text) => {
            wrong("its private key is encrypted: `openssl pkey -in FILE -out OTHER` decrypts it".into())
        }
        pem::Error::NoItemsFound => {
            let what = || "it has no private key (-----BEGIN PRIVATE KEY-----)".into();
            wrong(no_text(&text, "pkey").unwrap_or_else(what))
        }
        error => wrong(format!("it is no PEM: {error}")),
    })?;
    CertifiedKey::from_der(chain, private, &ring::default_provider()).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => {
            wrong(format!("its private key is not that of {}", certificate.name("the certificate")))
        }
        error => wrong(format!("its private key cannot be used: {error}")),
    })
}

fn is_encrypted(text: &[u8]) -> bool {
    text.windows(9).any(|word| word == b"ENCRYPTED")
}

/// Says what a file is, and how to make PEM of it, that has nothing of PEM.
fn no_text(bytes: &[u8], command: &str) -> Option<String> {
    match bytes {
        // A sequence of so many bytes that its length takes two.
        [0x30, 0x81 | 0x82, ..] => {
            Some(format!("it is DER, not PEM: `openssl {command} -inform DER -in FILE -out OTHER` converts it"))
        }
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => Some("it is UTF-16, not PEM: an editor saves it as UTF-8".to_owned()),
        _ => None,
    }
}

impl Source {
    fn name(&self, what: &str) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Text(_) => what.to_owned(),
        }
    }

    fn read(&self, what: &str) -> Result<Vec<u8>, CertificateError> {
        let mut text = match self {
            Self::File(path) => read(path).map_err(|error| CertificateError::Io { name: self.name(what), error })?,
            Self::Text(text) => text.clone(),
        };
        // An editor's byte order mark would hide the line behind it, and with that the server's own certificate.
        if text.starts_with("\u{feff}".as_bytes()) {
            text.drain(..3);
        }
        Ok(text)
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    /// More than any chain of certificates has.
    const LIMIT: u64 = 1 << 20;
    let mut text = Vec::new();
    // Whatever it is a file of: a device says that it has no length.
    File::open(path)?.take(LIMIT + 1).read_to_end(&mut text)?;
    if text.len() as u64 > LIMIT {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is larger than 1 MiB"));
    }
    Ok(text)
}
