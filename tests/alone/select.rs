//! `socket_select` with lists that poll(2) takes no more: those longer than there may be open files.

use std::time::{Duration, Instant};

use php_sockets::*;
use rlimit::Resource;

use crate::support::tcp_pair;

/// A socket counts once, however often it is in the sets.
pub(crate) fn a_socket_in_every_set_counts_against_no_limit() -> Result<(), Box<dyn std::error::Error>> {
    let (a, b) = tcp_pair()?;
    socket_write(&a, "x", None)?;
    let (sender, urgent) = tcp_pair()?;
    socket_send(&sender, "!", 1, MSG_OOB)?;
    socket_select(None, None, &mut vec![&urgent], 5, None)?;
    let listener = socket_create_listen(0, None)?;
    Resource::NOFILE.set(64, Resource::NOFILE.get()?.1)?;

    let idle = vec![&listener; 100];
    let (mut read, mut write, mut except) = (idle.clone(), idle.clone(), idle.clone());
    assert_eq!(socket_select(&mut read, &mut write, &mut except, 0, 1000)?, 0);
    assert!(read.is_empty() && write.is_empty() && except.is_empty());

    // Each is ready in the sets for which it is ready, and in no other.
    let every = [&idle[..], &[&a, &b, &b, &urgent]].concat();
    let (mut read, mut write, mut except) = (every.clone(), every.clone(), every);
    assert_eq!(socket_select(&mut read, &mut write, &mut except, 5, None)?, 5);
    assert_eq!((read, write, except), (vec![&b, &b], vec![&a, &b, &b, &urgent], vec![&urgent]));
    Ok(())
}

/// What poll(2) tells unasked counts as it does with a short list: a hang-up is readable, an error readable and writable.
#[cfg(target_os = "linux")]
pub(crate) fn hang_ups_and_errors_count_in_long_lists_too() -> Result<(), Box<dyn std::error::Error>> {
    let unconnected = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    let (_held, port) = crate::support::nobody_hears()?;
    let refused = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    socket_connect(&refused, "127.0.0.1", port)?;
    socket_send(&refused, "x", 1, 0)?;
    let listener = socket_create_listen(0, None)?;
    Resource::NOFILE.set(64, Resource::NOFILE.get()?.1)?;

    for ready in [&unconnected, &refused] {
        let mut read = [&vec![&listener; 100][..], &[ready]].concat();
        assert_eq!(socket_select(&mut read, None, None, 5, None)?, 1);
        assert_eq!(read, [ready]);
    }
    Ok(())
}

/// What select(2) does not count ends no wait for a long list either.
pub(crate) fn a_hang_up_that_does_not_count_ends_no_wait_for_a_long_list() -> Result<(), Box<dyn std::error::Error>> {
    let [a, b] = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;
    socket_close(&b)?;
    Resource::NOFILE.set(64, Resource::NOFILE.get()?.1)?;
    let start = Instant::now();
    assert_eq!(socket_select(None, None, &mut vec![&a; 100], 0, 50_000)?, 0);
    assert!(start.elapsed() >= Duration::from_millis(50), "{:?}", start.elapsed());
    Ok(())
}
