//! What is skipped, kept for the list at the end of `cargo test`, which `tests/z_skipped.rs` prints.
#![allow(dead_code, reason = "each test binary uses a part")]

use std::{env, fs, io::Write, path::PathBuf};

/// The variable by which a test that starts itself again says whose run it belongs to.
pub(crate) const RUN: &str = "PHP_SOCKETS_TEST_RUN";

/// The run of `cargo test` that this belongs to: the process that started the test binaries.
pub(crate) fn run() -> String {
    #[cfg(unix)]
    let parent = std::os::unix::process::parent_id();
    #[cfg(not(unix))]
    let parent = 0;
    env::var(RUN).unwrap_or_else(|_| parent.to_string())
}

/// The file of what this run has skipped.
pub(crate) fn list() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("skipped-{}", run()))
}

/// Notes that the test, or the part of it that comes now, cannot be run on this machine.
pub(crate) fn skip(reason: &str) {
    let thread = std::thread::current();
    let case = env::args().skip(1).last();
    let test = thread.name().filter(|name| *name != "main").or(case.as_deref()).unwrap_or("all");
    let line = format!("{}: {test}: {reason}\n", env!("CARGO_CRATE_NAME"));
    let file = fs::File::options().create(true).append(true).open(list());
    file.and_then(|mut file| file.write_all(line.as_bytes())).expect("the list of what is skipped can be written");
}

/// Whether this Windows is Wine, as `tools/windows` says, and so a test is skipped for what Wine does otherwise.
pub(crate) fn on_wine(reason: &str) -> bool {
    let is_wine = env::var_os("PHP_SOCKETS_WINE").is_some();
    if is_wine {
        skip(reason);
    }
    is_wine
}

/// As [`skip`], for want of a program or a library that can be installed: with `CI=true` the test fails.
pub(crate) fn missing(what: &str) {
    assert!(env::var_os("CI").is_none_or(|ci| ci != "true"), "{what} is missing");
    skip(&format!("{what} is missing"));
}
