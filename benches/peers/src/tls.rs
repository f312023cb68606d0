//! TLS as everybody here speaks it: one certificate for this machine, ECDSA on P-256, and of TLS 1.3 what the load offers,
//! which is X25519 and `TLS_AES_128_GCM_SHA256` alone. Servers on rustls share one configuration.

use std::{error::Error, fs, path::Path, sync::Arc};

use ring::aead::{AES_128_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, Tag, UnboundKey};
use rustls::{
    ServerConfig,
    crypto::ring as provider,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

/// Where the comparison puts the certificate, as seen from this package's folder, in which servers are started.
pub const CERTIFICATE: &str = "target/certificate/certificate.pem";
const KEY: &str = "target/certificate/key.pem";

/// The most that a record holds.
pub const RECORD: usize = 16 << 10;
/// The header of a record.
pub const HEAD: usize = 5;
/// What a record has behind its content: the content's type and the tag.
pub const TAIL: usize = 1 + TAG;
const TAG: usize = 16;
const APPLICATION_DATA: u8 = 23;

/// Makes the certificate unless it is there.
pub fn make_certificate() -> Result<(), Box<dyn Error>> {
    if Path::new(CERTIFICATE).exists() && Path::new(KEY).exists() {
        return Ok(());
    }
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    fs::create_dir_all(Path::new(CERTIFICATE).parent().ok_or("no folder")?)?;
    fs::write(KEY, own.signing_key.serialize_pem())?;
    Ok(fs::write(CERTIFICATE, own.cert.pem())?)
}

/// What every server on rustls is given: rustls' defaults, and tickets, so that sessions are resumed without a table.
pub fn server_config() -> Result<Arc<ServerConfig>, Box<dyn Error>> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(provider::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from_pem_file(CERTIFICATE)?], PrivateKeyDer::from_pem_file(KEY)?)?;
    config.ticketer = provider::Ticketer::new()?;
    Ok(Arc::new(config))
}

/// The records of one direction (RFC 8446, section 5.2).
pub struct Cipher {
    key: LessSafeKey,
    iv: [u8; NONCE_LEN],
    number: u64,
}

impl Cipher {
    /// `number` is that of the next record.
    pub fn new(key: &[u8], iv: &[u8], number: u64) -> Result<Self, Box<dyn Error>> {
        let key = UnboundKey::new(&AES_128_GCM, key).map_err(|_| "the key is not of AES-128-GCM")?;
        Ok(Self { key: LessSafeKey::new(key), iv: iv.try_into()?, number })
    }

    fn nonce(&self, number: u64) -> Nonce {
        let mut nonce = self.iv;
        nonce[NONCE_LEN - 8..].iter_mut().zip(number.to_be_bytes()).for_each(|(byte, other)| *byte ^= other);
        Nonce::assume_unique_for_key(nonce)
    }

    /// Encrypts the content in `record`, which has room for the header before it and for the tail behind it.
    pub fn seal(&mut self, record: &mut [u8]) -> Result<(), &'static str> {
        let (head, rest) = record.split_at_mut(HEAD);
        let length = u16::try_from(rest.len()).map_err(|_| "a record is not that long")?;
        head.copy_from_slice(&[APPLICATION_DATA, 3, 3, (length >> 8) as u8, length as u8]);
        let (content, tag) = rest.split_at_mut(rest.len() - TAG);
        *content.last_mut().ok_or("a record has a type")? = APPLICATION_DATA;
        let sealed: Result<Tag, _> =
            self.key.seal_in_place_separate_tag(self.nonce(self.number), Aad::from(&*head), content);
        tag.copy_from_slice(sealed.map_err(|_| "the content is too long")?.as_ref());
        self.number += 1;
        Ok(())
    }

    /// Decrypts the record that [`seal`](Self::seal) has made last.
    pub fn open_last(&self, record: &mut [u8]) -> Result<(), &'static str> {
        let (head, rest) = record.split_at_mut(HEAD);
        let nonce = self.nonce(self.number - 1);
        self.key.open_in_place(nonce, Aad::from(&*head), rest).map(drop).map_err(|_| "it is not what was sealed")
    }
}
