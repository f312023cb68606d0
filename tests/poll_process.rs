//! The descriptors of a context and its process: when none is left, and what a child inherits.
#![cfg(unix)]

mod support;

use std::collections::HashSet;
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use php_sockets::poll::{Backend, Context, Error, Event};
use php_sockets::*;
use support::tcp_pair;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

const SOON: Duration = Duration::from_secs(10);

/// Descriptors and their limit are the whole process's: one test at a time.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
#[cfg(target_os = "linux")]
fn a_child_inherits_nothing_of_a_context() -> Result {
    /// The sockets and the like that a child has open, by the number that the system gave them.
    fn inherited() -> Result<HashSet<String>> {
        let output = Command::new("ls").args(["-l", "/proc/self/fd"]).output()?;
        let lines = String::from_utf8(output.stdout)?;
        let targets = lines.lines().filter_map(|line| line.split_once(" -> "));
        let targets = targets.filter(|(_, target)| target.starts_with("socket:") || target.starts_with("anon_inode:"));
        Ok(targets.map(|(_, target)| target.to_owned()).collect())
    }

    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let without = inherited()?;
    let _contexts = Backend::available()
        .into_iter()
        .map(Context::<()>::with_backend)
        .collect::<std::result::Result<Vec<_>, _>>()?;
    assert_eq!(inherited()?, without);
    Ok(())
}

#[test]
fn a_context_fails_and_a_close_still_ends_the_watch() -> Result {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    rlimit::setrlimit(rlimit::Resource::NOFILE, 64, rlimit::getrlimit(rlimit::Resource::NOFILE)?.1)?;
    let contexts =
        Backend::available().into_iter().map(Context::with_backend).collect::<std::result::Result<Vec<_>, _>>()?;
    let (a, b) = tcp_pair()?;
    let watchers = contexts
        .iter()
        .map(|context| context.add(&a, Event::Read | Event::Write, ()))
        .collect::<std::result::Result<Vec<_>, _>>()?;
    let mut others = Vec::new();
    let full = loop {
        match socket_create(AF_INET, SOCK_DGRAM, SOL_UDP) {
            Ok(socket) => others.push(socket),
            Err(error) => break error,
        }
    };
    assert_eq!(full.code(), SOCKET_EMFILE);

    for backend in Backend::available() {
        let error = Context::<()>::with_backend(backend).expect_err("no descriptor is left");
        assert!(matches!(error, Error::FailedContextInitializationException(_)), "{error:?}");
        assert_eq!(
            (error.to_string().as_str(), error.code()),
            ("Failed to initialize polling context", Error::ERROR_TOOBIG)
        );
    }

    // Closing needs a descriptor the first time, and does without.
    assert_eq!(contexts[0].wait(SOON, None)?.len(), 1);
    socket_close(&a)?;
    for (context, watcher) in contexts.iter().zip(&watchers) {
        let start = Instant::now();
        assert_eq!(context.wait(Duration::from_millis(20), None)?, []);
        assert!(start.elapsed() >= Duration::from_millis(20), "something has ended the wait");
        assert!(!watcher.is_active());
        watcher.remove()?;
    }
    assert_eq!(socket_read(&b, 1, None)?, b"");
    // Its descriptor comes back with the last handle.
    drop((a, watchers));
    socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    Ok(())
}
