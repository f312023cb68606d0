//! PHP and what php-sockets-port makes of it: the same output, the same exchange, or a refusal.
//!
//! All programs are modules of one crate, which is compiled once: the scripts of tests/parity/programs, those of `held_out`,
//! which were written before the tool was ever run on them, and the traps of `traps.txt`, small programs whose meaning in PHP
//! is easily missed. PHP is 8.6, as `tools/php86` brings it; without it the tests say so and compare nothing.

#![cfg(target_os = "linux")]

mod programs;
mod run;

use std::collections::BTreeSet;

use programs::{Program, cargo, programs};
use run::{alone, exchange, php};

/// Scripts of the parity corpus that are refused in part: what they need is not ported.
const REFUSED: &[&str] = &[
    "clock_client",
    "clock_server",
    "connect_proxy_server",
    "control_client",
    "control_server",
    "forking_server",
    "hand_over_client",
    "hand_over_server",
    "keys_client",
    "keys_server",
    "pass_file_client",
    "pass_file_server",
    "passive_client",
    "passive_server",
    "prefork_server",
    "rooms_client",
    "syslog_server",
];

#[test]
fn every_output_compiles() {
    assert!(programs().binary.exists());
}

/// What clippy denies by default is a mistake of what was written; what it only warns of may be PHP's own.
#[test]
fn no_output_has_what_clippy_denies() {
    let output = cargo("clippy").output().expect("cargo runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    let denied: Vec<_> = errors.lines().filter(|line| line.contains(": error")).collect();
    assert!(output.status.success(), "{}", if denied.is_empty() { errors.into_owned() } else { denied.join("\n") });
}

#[test]
fn parity_scripts_do_the_same() {
    let refused: BTreeSet<_> = names("parity", |p| !p.refused.is_empty());
    assert_eq!(refused, REFUSED.iter().map(|name| (*name).to_owned()).collect());
    pairs("parity");
}

#[test]
fn programs_that_the_tool_was_not_made_with_do_the_same() {
    let refused: BTreeSet<_> = names("held_out", |p| !p.refused.is_empty());
    assert_eq!(refused, BTreeSet::from(["pair_alone".to_owned()]));
    pairs("held_out");
}

#[test]
fn traps_do_the_same_or_are_refused() {
    let Some(php) = php() else { return };
    let mut wrong = Vec::new();
    let mut count = 0;
    for program in of("traps").filter(|p| p.refused.is_empty()) {
        count += 1;
        let (expected, found) = (alone(program, Some(&php)), alone(program, None));
        if expected != found {
            wrong.push(format!("{}:\n  PHP:  {expected:?}\n  Rust: {found:?}", program.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 60, "{count}");
}

fn of(set: &str) -> impl Iterator<Item = &'static Program> {
    programs().list.iter().filter(move |p| p.set == set)
}

fn names(set: &str, test: impl Fn(&Program) -> bool) -> BTreeSet<String> {
    of(set).filter(|p| test(p)).map(|p| p.name.clone()).collect()
}

/// Lets a server and a client talk: PHP with PHP, and each with the other's port where there is one.
fn pairs(set: &str) {
    let Some(php) = php() else { return };
    for server in of(set).filter(|p| p.name.ends_with("_server")) {
        let stem = server.name.trim_end_matches("_server");
        let client = of(set).find(|p| p.name == format!("{stem}_client")).expect("a server has its client");
        let expected = exchange((server, Some(&php)), (client, Some(&php)));
        for (one, other) in [(false, true), (true, false), (false, false)] {
            let missing = |is_php: bool, p: &Program| !is_php && !p.refused.is_empty();
            if missing(one, server) || missing(other, client) {
                continue;
            }
            let found = exchange((server, one.then_some(&php)), (client, other.then_some(&php)));
            assert_eq!(expected, found, "{stem}: server {}, client {}", named(one), named(other));
        }
    }
    for program in of(set).filter(|p| p.name.ends_with("_alone") && p.refused.is_empty()) {
        assert_eq!(alone(program, Some(&php)), alone(program, None), "{}", program.name);
    }
}

fn named(php: bool) -> &'static str {
    if php { "in PHP" } else { "ported" }
}
