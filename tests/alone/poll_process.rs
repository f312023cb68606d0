//! The descriptors of a context and its process: when none is left, and what a child inherits.

use std::collections::HashSet;
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use php_sockets::poll::{Backend, Context, Error, Event};
use php_sockets::*;

use crate::support::tcp_pair;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

const SOON: Duration = Duration::from_secs(10);
const SHORT: Duration = Duration::from_millis(20);

#[cfg(target_os = "linux")]
pub(crate) fn a_child_inherits_nothing_of_a_context() -> Result {
    /// The sockets and the like that a child has open, by the number that the system gave them.
    fn inherited() -> Result<HashSet<String>> {
        let output = Command::new("ls").args(["-l", "/proc/self/fd"]).output()?;
        let lines = String::from_utf8(output.stdout)?;
        let targets = lines.lines().filter_map(|line| line.split_once(" -> "));
        let targets = targets.filter(|(_, target)| target.starts_with("socket:") || target.starts_with("anon_inode:"));
        Ok(targets.map(|(_, target)| target.to_owned()).collect())
    }

    let without = inherited()?;
    let _contexts = Backend::available()
        .into_iter()
        .map(Context::<()>::with_backend)
        .collect::<std::result::Result<Vec<_>, _>>()?;
    assert_eq!(inherited()?, without);
    Ok(())
}

pub(crate) fn a_context_fails_and_a_close_still_ends_the_watch() -> Result {
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
        assert_eq!(context.wait(SHORT, None)?, []);
        assert!(start.elapsed() >= SHORT, "something has ended the wait");
        assert!(!watcher.is_active());
        watcher.remove()?;
    }
    assert_eq!(socket_read(&b, 1, None)?, b"");
    // Its descriptor comes back with the last handle.
    drop((a, watchers));
    socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    Ok(())
}

/// A programme that was started meanwhile has been given the connection.
pub(crate) fn a_child_process_keeps_no_registration_alive() -> Result {
    for backend in Backend::available() {
        let context = Context::with_backend(backend)?;
        let (a, b) = tcp_pair()?;
        context.add(&a, Event::Read, ())?;
        let mut child =
            Command::new("cat").stdin(Stdio::piped()).stdout(socket_export_stream::<OwnedFd>(&a)?).spawn()?;
        socket_close(&a)?;
        drop(a);
        socket_write(&b, "x", None)?;
        let start = Instant::now();
        let ready = context.wait(SHORT, None);
        let waited = start.elapsed();
        socket_set_nonblock(&b)?;
        let read = socket_read(&b, 1, None);
        child.kill()?;
        child.wait()?;
        assert_eq!(ready?, []);
        assert!(waited >= SHORT, "something has ended the wait");
        assert!(read.is_err_and(|error| error.is_silent()), "the child does not have the connection");
    }
    Ok(())
}
