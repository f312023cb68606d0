//! What is wrong with a server's files is said with the file's name.

use std::path::Path;

use php_sockets::ws::{WebSocketError, tls::Certificates};

use super::support::{Authority, Outcome};

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
        ("good.pem", "other.key", "other.key", "its private key is not that of"),
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
