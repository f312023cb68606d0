//! What is wrong with a server's files is said with the file's name.

use std::{
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use php_sockets::ws::{
    WebSocketError,
    tls::{
        Certificates,
        rustls::{self, pki_types::pem::PemObject},
    },
};

use rcgen::date_time_ymd;

use super::support::{Authority, Outcome, expired};

#[test]
fn errors_name_the_file_and_what_is_wrong() -> Outcome {
    let authority = Authority::new()?;
    let [certificate, key] = authority.issue(&["localhost"])?;
    let [_, other] = authority.issue(&["localhost"])?;
    let directory = tempfile::tempdir()?;
    let path = |name: &str| directory.path().join(name);
    let write = |name: &str, text: &str| std::fs::write(path(name), text);
    write("good.pem", &certificate)?;
    write("good.key", &key)?;
    write("both.pem", &(certificate.clone() + &key))?;
    write("other.key", &other)?;
    write("empty", "")?;
    write("cut.pem", &certificate[..certificate.len() - 40])?;
    write("damaged.pem", "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n")?;
    write("damaged.key", "-----BEGIN PRIVATE KEY-----\nMAMCAQE=\n-----END PRIVATE KEY-----\n")?;
    write("encrypted.key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAMCAQE=\n-----END ENCRYPTED PRIVATE KEY-----\n")?;
    let der = rustls::pki_types::CertificateDer::from_pem_slice(certificate.as_bytes())?;
    std::fs::write(path("certificate.der"), &der)?;
    std::fs::write(path("key.der"), rustls::pki_types::PrivateKeyDer::from_pem_slice(key.as_bytes())?.secret_der())?;
    let utf16: Vec<u8> = format!("\u{feff}{certificate}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::write(path("utf16.pem"), utf16)?;
    // As `openssl rsa -aes128 -traditional` writes it.
    let header = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,8C0D2C2F7A9E0D5F1B8E8B8C6E1F3A55\n\nMAMCAQE=\n";
    write("old.key", &format!("-----BEGIN RSA PRIVATE KEY-----\n{header}-----END RSA PRIVATE KEY-----\n"))?;
    std::fs::File::create(path("large"))?.set_len(2 << 20)?;

    Certificates::load(path("good.pem"), path("good.key"))?;
    Certificates::load(path("both.pem"), path("both.pem"))?;
    for (certificate, key, faulty, why) in [
        ("missing", "good.key", "missing", "os error 2"),
        ("good.pem", "missing", "missing", "os error 2"),
        ("large", "good.key", "large", "larger than 1 MiB"),
        ("empty", "good.key", "empty", "it has no certificate"),
        ("good.key", "good.key", "good.key", "it has no certificate"),
        ("cut.pem", "good.key", "cut.pem", "it is no PEM"),
        ("damaged.pem", "good.key", "damaged.pem", "its certificate 1 is damaged"),
        ("good.pem", "empty", "empty", "it has no private key"),
        ("good.pem", "good.pem", "good.pem", "it has no private key"),
        ("good.pem", "damaged.key", "damaged.key", "its private key cannot be used"),
        ("good.pem", "encrypted.key", "encrypted.key", "its private key is encrypted"),
        ("good.pem", "old.key", "old.key", "its private key is encrypted"),
        ("good.pem", "other.key", "other.key", "its private key is not that of"),
        ("certificate.der", "good.key", "certificate.der", "it is DER, not PEM: `openssl x509 -inform DER -in FILE"),
        ("good.pem", "key.der", "key.der", "it is DER, not PEM: `openssl pkey -inform DER -in FILE"),
        ("utf16.pem", "good.key", "utf16.pem", "it is UTF-16"),
    ] {
        let error = Certificates::load(path(certificate), path(key)).expect_err(faulty).to_string();
        let start = format!("{}: ", path(faulty).display());
        assert!(error.starts_with(&start) && error.contains(why), "{certificate}, {key}: {error}");
        let error =
            WebSocketError::from(Certificates::load(path(certificate), path(key)).expect_err(faulty)).to_string();
        assert!(error.starts_with(&start), "{error}");
    }
    assert!(!Path::new("missing").exists());
    Ok(())
}

/// What editors leave around the text is no part of it: a byte order mark would hide the first certificate.
#[test]
fn files_of_other_systems_are_read() -> Outcome {
    let authority = Authority::new()?;
    let [certificate, key] = authority.issue(&["localhost"])?;
    let chain = certificate + &authority.pem();
    for (before, line_end) in [("\u{feff}", "\n"), ("", "\r\n"), ("\u{feff}", "\r\n"), ("Bag Attributes\n", "\n")] {
        let [chain, key] =
            [&chain, &key].map(|text| before.to_owned() + &text.replace("\r\n", "\n").replace('\n', line_end));
        Certificates::from_pem(chain, key)?;
    }
    Ok(())
}

/// One that never ends is not read to its end.
#[cfg(unix)]
#[test]
fn a_device_is_no_certificate() {
    let error = Certificates::load("/dev/zero", "/dev/zero").expect_err("no certificate").to_string();
    assert_eq!(error, "/dev/zero: it is larger than 1 MiB");
}

#[test]
fn the_time_for_which_all_are_valid_is_told() -> Outcome {
    let authority = Authority::new()?;
    let directory = tempfile::tempdir()?;
    let files = |name: &str, [certificate, key]: [String; 2]| -> Outcome<[std::path::PathBuf; 2]> {
        let paths = ["pem", "key"].map(|end| directory.path().join(format!("{name}.{end}")));
        std::fs::write(&paths[0], certificate)?;
        std::fs::write(&paths[1], key)?;
        Ok(paths)
    };
    let time = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
    let [certificate, key] = files("expired", authority.issue_with(&["localhost"], expired)?)?;
    let old = Certificates::load(&certificate, &key)?;
    // 2020-01-01 to 2020-02-01.
    assert_eq!(old.validity(), time(1_577_836_800)..=time(1_580_515_200));
    // What never ends has the last second that can be written (RFC 5280, section 4.1.2.5).
    let for_ever = authority.issue_with(&["localhost"], |params| {
        params.not_before = date_time_ymd(2020, 1, 15);
        params.not_after = date_time_ymd(9999, 12, 31);
    })?;
    let [other, other_key] = files("for-ever", for_ever)?;
    let valid = Certificates::load(&other, &other_key)?.validity();
    assert_eq!(valid, time(1_579_046_400)..=time(253_402_214_400));
    assert!(valid.contains(&SystemTime::now()));
    assert_eq!(old.and(&other, &other_key)?.validity(), time(1_579_046_400)..=time(1_580_515_200));
    // It is that of what is served.
    let certificates = Certificates::load(&certificate, &key)?;
    std::fs::copy(&other, &certificate)?;
    std::fs::copy(&other_key, &key)?;
    assert!(!certificates.validity().contains(&SystemTime::now()));
    certificates.reload()?;
    assert_eq!(certificates.validity(), valid);
    let backwards = authority.issue_with(&["localhost"], |params| {
        expired(params);
        std::mem::swap(&mut params.not_before, &mut params.not_after);
    })?;
    let [certificate, key] = backwards;
    assert!(!Certificates::from_pem(certificate, key)?.validity().contains(&SystemTime::now()));
    Ok(())
}
