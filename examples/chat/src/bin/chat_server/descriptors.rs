//! How many connections this process may have.

/// Allows this process as many descriptors as the system lets it have: a connection is one.
#[cfg(unix)]
pub(crate) fn raise_limit() {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    // Where it cannot be raised, fewer connections are had.
    if let Ok((_, most)) = getrlimit(Resource::RLIMIT_NOFILE) {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, most, most);
    }
}

/// Here there is no such limit.
#[cfg(not(unix))]
pub(crate) fn raise_limit() {}
