//! TLS of the load. rustls shakes hands and reads the first reply; from then on the load encrypts what it sends by itself
//! and counts what comes by the headers of its records, without decrypting: it has half of the server's work.

use std::{
    error::Error,
    io::{self, Write},
    net::TcpStream,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use peers::tls::{CERTIFICATE, Cipher, HEAD, RECORD, TAIL};
use rustls::{
    ClientConfig, ClientConnection, ConnectionTrafficSecrets, DigitallySignedStruct, HandshakeKind, NamedGroup,
    SignatureScheme, StreamOwned,
    client::{
        ClientSessionStore, Resumption, Tls12ClientSessionValue, Tls13ClientSessionValue,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
    version::TLS13,
};

use crate::{
    connection::{answered, ask, connect},
    frames::Frames,
    options::{Options, Tls},
};

/// Connections a second that those make at most that send no new ticket.
const MOST_RESUMED: f64 = 1_500.0;

/// What a client offers, and how it begins: in full, or with a session of an earlier connection.
pub(crate) struct Client {
    config: Arc<ClientConfig>,
    kind: HandshakeKind,
}

impl Client {
    pub(crate) fn new(options: &Options, tls: Tls) -> Result<Self, Box<dyn Error>> {
        let provider = CryptoProvider {
            cipher_suites: vec![ring::cipher_suite::TLS13_AES_128_GCM_SHA256],
            kx_groups: vec![ring::kx_group::X25519],
            ..ring::default_provider()
        };
        let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&[&TLS13])?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Known(CertificateDer::from_pem_file(CERTIFICATE)?)))
            .with_no_client_auth();
        config.enable_secret_extraction = true;
        let tickets = Arc::new(Tickets::default());
        config.resumption = match tls {
            Tls::Full => Resumption::disabled(),
            Tls::Resumed => Resumption::store(Arc::clone(&tickets) as _),
        };
        let mut client = Self { config: Arc::new(config), kind: HandshakeKind::Full };
        if tls == Tls::Resumed {
            // A ticket is good for one connection. Most servers send a new one then; Node does not, and of it there have to be
            // enough before.
            let enough = options.connections + (2.0 * MOST_RESUMED * options.time.as_secs_f64()) as usize;
            let mut saved = Vec::new();
            while saved.len() < enough {
                let mut opening = client.begin(options)?;
                client.ask(&mut opening, options)?;
                opening.answered()?;
                // The next connection is not to take them.
                saved.append(&mut tickets.lock());
            }
            *tickets.lock() = saved;
            client.kind = HandshakeKind::Resumed;
        }
        Ok(client)
    }

    /// Connects and says hello.
    pub(crate) fn begin(&self, options: &Options) -> Result<Opening, Box<dyn Error>> {
        let stream = connect(options.address)?;
        stream.set_nodelay(true)?;
        let tls = ClientConnection::new(Arc::clone(&self.config), ServerName::try_from("localhost")?)?;
        let mut opening = Opening(StreamOwned::new(tls, stream));
        opening.0.conn.write_tls(&mut opening.0.sock)?;
        Ok(opening)
    }

    /// Ends TLS's handshake and sends the request.
    pub(crate) fn ask(&self, opening: &mut Opening, options: &Options) -> Result<(), Box<dyn Error>> {
        ask(&mut opening.0, options)?;
        let kind = opening.0.conn.handshake_kind();
        if kind == Some(self.kind) { Ok(()) } else { Err(format!("the handshake is {kind:?}").into()) }
    }

    pub(crate) fn open(&self, options: &Options) -> Result<Opening, Box<dyn Error>> {
        let mut opening = self.begin(options)?;
        self.ask(&mut opening, options)?;
        opening.answered()?;
        Ok(opening)
    }

    /// Opens a connection that has echoed one message.
    pub(crate) fn open_echo(&self, options: &Options, frames: &Frames) -> Result<(TcpStream, Secure), Box<dyn Error>> {
        let mut opening = self.open(options)?;
        // No server here answers before it has the whole message.
        opening.0.write_all(&frames.request)?;
        frames.check_reply(&mut opening.0)?;
        opening.into_parts()
    }
}

/// A connection whose handshakes are under way.
pub(crate) struct Opening(StreamOwned<ClientConnection, TcpStream>);

impl Opening {
    pub(crate) fn answered(&mut self) -> Result<(), Box<dyn Error>> {
        answered(&mut self.0).map(drop)
    }

    fn into_parts(self) -> Result<(TcpStream, Secure), Box<dyn Error>> {
        let (tls, stream) = self.0.into_parts();
        let (number, secrets) = tls.dangerous_extract_secrets()?.tx;
        let ConnectionTrafficSecrets::Aes128Gcm { key, iv } = secrets else { return Err("not AES-128-GCM".into()) };
        let cipher = Cipher::new(key.as_ref(), iv.as_ref(), number)?;
        Ok((stream, Secure { cipher, sealed: Vec::new(), gone: 0, skip: 0, head: Vec::new() }))
    }
}

/// Both directions of a connection.
pub(crate) struct Secure {
    cipher: Cipher,
    /// Records, of which so many bytes have gone.
    sealed: Vec<u8>,
    gone: usize,
    /// How much is still to come of a record's body.
    skip: usize,
    /// The beginning of a record's header.
    head: Vec<u8>,
}

impl Secure {
    /// What is encrypted and has not gone.
    pub(crate) fn waiting(&self) -> &[u8] {
        &self.sealed[self.gone..]
    }

    pub(crate) fn went(&mut self, count: usize) {
        self.gone += count;
    }

    /// Encrypts one record, of as much of `content` as fits; says how much that was. Nothing is waiting.
    pub(crate) fn seal(&mut self, content: &[u8]) -> io::Result<usize> {
        let content = &content[..content.len().min(RECORD)];
        self.sealed.clear();
        self.gone = 0;
        self.sealed.resize(HEAD, 0);
        self.sealed.extend_from_slice(content);
        self.sealed.resize(HEAD + content.len() + TAIL, 0);
        self.cipher.seal(&mut self.sealed).map_err(io::Error::other)?;
        Ok(content.len())
    }

    /// Says how many bytes of content the records have that begin in `bytes`.
    pub(crate) fn count(&mut self, mut bytes: &[u8]) -> usize {
        let mut content = 0;
        while !bytes.is_empty() {
            if self.skip > 0 {
                let taken = self.skip.min(bytes.len());
                self.skip -= taken;
                bytes = &bytes[taken..];
                continue;
            }
            let taken = (HEAD - self.head.len()).min(bytes.len());
            self.head.extend_from_slice(&bytes[..taken]);
            bytes = &bytes[taken..];
            if self.head.len() == HEAD {
                self.skip = usize::from(u16::from_be_bytes([self.head[3], self.head[4]]));
                content += self.skip.saturating_sub(TAIL);
                self.head.clear();
            }
        }
        content
    }
}

/// Knows one certificate and checks no signature: to verify costs more than to sign, and it is the server that is measured.
#[derive(Debug)]
struct Known(CertificateDer<'static>);

impl ServerCertVerifier for Known {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if *certificate == self.0 {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(rustls::Error::General("the certificate is not the one that all servers have".to_owned()))
        }
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::Error::General("it is TLS 1.3".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ECDSA_NISTP256_SHA256]
    }
}

/// As many as there are: rustls' own store keeps eight.
#[derive(Debug, Default)]
struct Tickets(Mutex<Vec<Tls13ClientSessionValue>>);

impl Tickets {
    fn lock(&self) -> MutexGuard<'_, Vec<Tls13ClientSessionValue>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClientSessionStore for Tickets {
    fn set_kx_hint(&self, _: ServerName<'static>, _: NamedGroup) {}

    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        None
    }

    fn set_tls12_session(&self, _: ServerName<'static>, _: Tls12ClientSessionValue) {}

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        None
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {}

    fn insert_tls13_ticket(&self, _: ServerName<'static>, value: Tls13ClientSessionValue) {
        self.lock().push(value);
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.lock().pop()
    }
}
