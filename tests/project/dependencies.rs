//! What a user of the crate builds with it: few crates, and licences that ask for no more than the crate's own.

use std::{error::Error, process::Command};

/// What the library may depend on. Another one wants a reason, and a row here.
const ALLOWED: [&str; 12] = [
    "socket2",
    "thiserror",
    "libc",    // the functions of PHP
    "polling", // poll, where there is no epoll
    "httparse",
    "sha1",
    "base64",
    "getrandom",
    "simdutf8", // ws
    "zlib-rs",  // deflate
    "rustls",
    "rustls-platform-verifier", // tls
];

/// One of these has to be among the choices of each crate.
const LICENCES: [&str; 8] =
    ["MIT", "Apache-2.0", "Zlib", "BSD-3-Clause", "ISC", "Unicode-3.0", "CDLA-Permissive-2.0", "0BSD"];

/// The crates below the library with all its features, as far as `arguments` go: their names and licences.
fn tree(arguments: &[&str]) -> Result<Vec<(String, String)>, Box<dyn Error>> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["tree", "-p", "php-sockets", "--all-features", "--edges", "normal", "--prefix", "none"]);
    cargo.args(["--no-dedupe", "--format", "{p}\t{l}"]).args(arguments);
    let output = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).output()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout)?;
    let crates = text.lines().filter_map(|line| line.split_once('\t'));
    let crates =
        crates.map(|(name, licence)| (name.split(' ').next().unwrap_or_default().to_owned(), licence.to_owned()));
    Ok(crates.filter(|(name, _)| name != "php-sockets").collect())
}

#[test]
fn the_library_depends_on_nothing_without_a_reason() -> Result<(), Box<dyn Error>> {
    let direct = tree(&["--depth", "1"])?;
    assert!(direct.iter().any(|(name, _)| name == "socket2"), "{direct:?}");
    let others: Vec<_> = direct.iter().filter(|(name, _)| !ALLOWED.contains(&name.as_str())).collect();
    assert!(others.is_empty(), "{others:?}");
    Ok(())
}

#[test]
fn licences_ask_for_no_more_than_ours() -> Result<(), Box<dyn Error>> {
    let is_free = |licence: &str| {
        // All that are joined by AND are asked for, one of those that are joined by OR is chosen.
        licence
            .replace('/', " OR ")
            .split(" AND ")
            .all(|choices| choices.split(" OR ").any(|choice| LICENCES.contains(&choice.trim_matches([' ', '(', ')']))))
    };
    let all = tree(&[])?;
    assert!(all.len() > 5, "{all:?}");
    let others: Vec<_> = all.iter().filter(|(_, licence)| !is_free(licence)).collect();
    assert!(others.is_empty(), "{others:?}");
    Ok(())
}
