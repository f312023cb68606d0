//! `socket_select`: sets, counts, times, and no limit on descriptors.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::time::{Duration, Instant};

use php_sockets::*;

use crate::skip;
use crate::support::{nobody_listens, tcp_pair};

/// Waits until what was sent has come, which takes its time on some systems, on the loopback interface too.
fn arrived(socket: &Socket) -> Result<()> {
    assert_eq!(socket_select(&mut vec![socket], None, None, 5, None)?, 1);
    Ok(())
}

/// Says whether a test can ask for a socket in two sets or twice in one, which Wine 8 answers for one of them only.
fn twice() -> bool {
    !skip::on_wine("Wine 8's WSAPoll answers once for a socket that it is asked for twice")
}

#[test]
fn each_set_is_cut_down_to_what_is_ready_in_it() -> Result<()> {
    let ((a, b), (c, d)) = (tcp_pair()?, tcp_pair()?);
    socket_write(&a, "x", None)?;
    arrived(&b)?;
    let (mut read, mut write) = (BTreeMap::from([(1, d.clone()), (2, b.clone())]), vec![("c", c.clone())]);
    let mut except = vec![a];
    assert_eq!(socket_select(&mut read, &mut write, &mut except, 5, None)?, 2);
    assert_eq!(read, BTreeMap::from([(2, b)]));
    assert_eq!((write, except), (vec![("c", c.clone())], vec![]));
    assert_eq!(socket_select(&mut vec![d], None, None, 0, 1000)?, 0);
    Ok(())
}

#[test]
fn sets_are_cut_down_and_keys_stay() -> Result<()> {
    if !twice() {
        return Ok(());
    }
    let (a, b) = tcp_pair()?;
    socket_write(&a, "测试", None)?;
    arrived(&b)?;
    let mut read = BTreeMap::from([(7, a.clone()), (9, b.clone())]);
    let mut write = HashMap::from([("a", a.clone()), ("b", b.clone())]);
    let mut except = vec![a.clone()];
    let count = socket_select(&mut read, &mut write, &mut except, 5, None)?;
    assert_eq!(count, 3);
    assert_eq!(read, BTreeMap::from([(9, b)]));
    assert_eq!(write.len(), 2);
    assert!(except.is_empty());
    Ok(())
}

#[test]
fn a_socket_under_two_keys_is_returned_under_both_and_counted_once() -> Result<()> {
    if !twice() {
        return Ok(());
    }
    let (a, b) = tcp_pair()?;
    socket_write(&a, "x", None)?;
    arrived(&b)?;
    let mut read = vec![b.clone(), a.clone(), b.clone()];
    let mut write = vec![b.clone()];
    assert_eq!(socket_select(&mut read, &mut write, None, 5, None)?, 2);
    assert_eq!(read, [b.clone(), b]);
    Ok(())
}

#[test]
fn a_list_of_pairs_keeps_keys_and_their_order() -> Result<()> {
    if !twice() {
        return Ok(());
    }
    let (a, b) = tcp_pair()?;
    socket_write(&a, "x", None)?;
    arrived(&b)?;
    let mut read = vec![("服务器", b.clone()), ("idle", a.clone()), ("again", b.clone())];
    let mut write = vec![(2, b.clone()), (1, a.clone())];
    assert_eq!(socket_select(&mut read, &mut write, None, 5, None)?, 3);
    assert_eq!(read, [("服务器", b.clone()), ("again", b.clone())]);
    assert_eq!(write, [(2, b), (1, a)]);
    Ok(())
}

#[test]
fn the_end_of_a_connection_is_readable() -> Result<()> {
    let (a, b) = tcp_pair()?;
    socket_close(&a)?;
    let mut read = vec![b.clone()];
    assert_eq!(socket_select(&mut read, None, None, 5, None)?, 1);
    assert_eq!(socket_read(&b, 16, None)?, b"");
    Ok(())
}

#[test]
fn a_refused_connection_is_writable() -> Result<()> {
    let (_held, port) = nobody_listens()?;
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_set_nonblock(&socket)?;
    let error = socket_connect(&socket, "127.0.0.1", port).expect_err("in progress, or refused at once");
    if [SOCKET_EINPROGRESS, SOCKET_EWOULDBLOCK].contains(&error.code()) {
        assert!(error.is_silent());
        let mut write = vec![socket.clone()];
        assert_eq!(socket_select(None, &mut write, None, 5, None)?, 1);
        assert_eq!(socket_get_option(&socket, SOL_SOCKET, SO_ERROR)?, i64::from(SOCKET_ECONNREFUSED));
    }
    Ok(())
}

#[test]
fn out_of_band_data_is_exceptional() -> Result<()> {
    let (a, b) = tcp_pair()?;
    socket_send(&a, "!", 1, MSG_OOB)?;
    let mut except = vec![b];
    assert_eq!(socket_select(None, None, &mut except, 5, None)?, 1);
    Ok(())
}

#[test]
fn bad_arguments_have_php_s_texts_and_leave_the_sets_alone() -> Result<()> {
    let empty = "socket_select(): At least one array argument must be passed";
    assert_eq!(socket_select(None, None, None, 0, None).expect_err("no set").to_string(), empty);
    let mut nobody: Vec<Socket> = Vec::new();
    assert_eq!(socket_select(&mut nobody, None, None, 0, None).expect_err("empty").to_string(), empty);

    let (a, b) = tcp_pair()?;
    let negative = [(Some(-1), 0), (Some(0), -1), (Some(i64::MIN), i64::MAX), (Some(1), -5), (Some(1), -1_000_000)];
    for (seconds, microseconds) in negative {
        let mut read = vec![a.clone()];
        let error = socket_select(&mut read, None, None, seconds, microseconds).expect_err("negative");
        let text = socket_strerror(SOCKET_EINVAL);
        assert_eq!(error.to_string(), format!("socket_select(): Unable to select [{SOCKET_EINVAL}]: {text}"));
        assert_eq!((read.len(), socket_last_error(None), socket_last_error(&a)), (1, SOCKET_EINVAL, 0));
    }

    socket_close(&b)?;
    for (argument, sets) in ["#1 ($read)", "#2 ($write)", "#3 ($except)"].into_iter().zip(0..) {
        let mut sets: [Option<Vec<Socket>>; 3] = std::array::from_fn(|set| (set == sets).then(|| vec![b.clone()]));
        let [read, write, except] = &mut sets;
        let error = socket_select(as_set(read), as_set(write), as_set(except), 0, None).expect_err("closed");
        assert_eq!(error.to_string(), format!("socket_select(): Argument {argument} contains a closed socket"));
        assert!(matches!(error, Error::TypeError { .. }));
        assert_eq!(sets.iter().flatten().flatten().count(), 1);
    }
    Ok(())
}

fn as_set(set: &mut Option<Vec<Socket>>) -> Option<&mut dyn SocketSet> {
    set.as_mut().map(|set| set as _)
}

#[test]
fn microseconds_carry_into_seconds_and_nothing_returns_early() -> Result<()> {
    let (a, _b) = tcp_pair()?;
    for (seconds, microseconds, least) in [(0, 30_000, 30), (0, 1_100_000, 1100), (-60, 60_020_000, 20), (0, 0, 0)] {
        let mut read = vec![a.clone()];
        let start = Instant::now();
        assert_eq!(socket_select(&mut read, None, None, seconds, microseconds)?, 0);
        let elapsed = start.elapsed();
        assert!(elapsed >= Duration::from_millis(least), "{elapsed:?} is less than {least} ms");
        assert!(elapsed < Duration::from_secs(60), "{elapsed:?} instead of {least} ms");
        assert!(read.is_empty());
    }
    Ok(())
}

#[test]
fn the_longest_time_does_not_overflow() -> Result<()> {
    let (a, b) = tcp_pair()?;
    socket_write(&a, "x", None)?;
    let mut read = vec![b];
    assert_eq!(socket_select(&mut read, None, None, i64::MAX, 999_999)?, 1);
    let error = socket_select(&mut read, None, None, i64::MAX, i64::MAX).expect_err("no time");
    assert_eq!(error.code(), SOCKET_EINVAL);
    Ok(())
}

#[test]
#[cfg(unix)]
fn a_hang_up_that_select_does_not_count_neither_returns_nor_spins() -> Result<()> {
    let [a, b] = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;
    socket_close(&b)?;
    let mut except = vec![a];
    let start = Instant::now();
    let before = cpu_time();
    assert_eq!(socket_select(None, None, &mut except, 0, 300_000)?, 0);
    assert!(start.elapsed() >= Duration::from_millis(300));
    assert!(cpu_time() - before < Duration::from_millis(100), "it has spun");
    Ok(())
}

/// What Windows allows is 64 sockets, where select(2) is asked.
#[test]
fn more_than_64_sockets() -> Result<()> {
    let pairs = (0..100).map(|_| tcp_pair()).collect::<Result<Vec<_>>>()?;
    socket_write(&pairs[99].0, "last", None)?;
    let mut read: Vec<_> = pairs.iter().map(|pair| pair.1.clone()).collect();
    assert_eq!(socket_select(&mut read, None, None, 5, None)?, 1);
    assert_eq!(read, [pairs[99].1.clone()]);
    let mut write: Vec<_> = pairs.iter().map(|pair| pair.0.clone()).collect();
    assert_eq!(socket_select(None, &mut write, None, 5, None)?, 100);
    Ok(())
}

/// What has come in the ordinary way is not exceptional, and does not end a wait for what is.
#[test]
fn ordinary_data_is_not_exceptional() -> Result<()> {
    let (a, b) = tcp_pair()?;
    socket_write(&a, "x", None)?;
    arrived(&b)?;
    let mut except = vec![b];
    let start = Instant::now();
    assert_eq!(socket_select(None, None, &mut except, 0, 30_000)?, 0);
    assert!(start.elapsed() >= Duration::from_millis(30));
    Ok(())
}

/// The processor time of this thread, from /proc; zero elsewhere.
#[cfg(unix)]
fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = stat.split(' ').next().and_then(|text| text.parse().ok()).unwrap_or(0);
    Duration::from_nanos(nanoseconds)
}

#[test]
#[cfg(unix)]
fn more_than_1024_descriptors() -> Result<()> {
    const PAIRS: u64 = 1500;
    // The tests beside this one have some open, too.
    if rlimit::increase_nofile_limit(2 * PAIRS + 3000).is_ok_and(|limit| limit < 2 * PAIRS + 3000) {
        skip::skip("the limit on open files cannot be raised");
        return Ok(());
    }
    let mut pairs = Vec::new();
    for _ in 0..PAIRS {
        pairs.push(socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?);
    }
    let [first, .., last] = &pairs[..] else { unreachable!("there are 1500") };
    socket_write(&first[0], "first", None)?;
    socket_write(&last[0], "last", None)?;
    let mut read: Vec<_> = pairs.iter().map(|pair| pair[1].clone()).collect();
    assert_eq!(socket_select(&mut read, None, None, 5, None)?, 2);
    assert_eq!(read, [first[1].clone(), last[1].clone()]);
    let mut write: Vec<_> = pairs.iter().map(|pair| pair[0].clone()).collect();
    assert_eq!(socket_select(None, &mut write, None, 5, None)?, 1500);
    Ok(())
}

/// Whatever has sockets can be looked through, with its keys.
#[test]
fn sets_of_references_pairs_and_types_of_ones_own() -> Result<()> {
    struct Client(Socket);
    impl HasSocket for Client {
        fn socket(&self) -> &Socket {
            &self.0
        }
    }
    let (a, b) = tcp_pair()?;
    let (_c, d) = tcp_pair()?;
    socket_write(&a, "x", None)?;

    let mut references = vec![&d, &b];
    let mut pairs = vec![("d", &d), ("b", &b)];
    assert_eq!(socket_select(&mut references, None, None, 5, None)?, 1);
    assert_eq!(socket_select(&mut pairs, None, None, 5, None)?, 1);
    assert_eq!((references, pairs), (vec![&b], vec![("b", &b)]));

    let map = HashMap::from([(1, Client(d.clone())), (2, Client(b.clone()))]);
    let mut of_map: Vec<(&i32, &Client)> = map.iter().collect();
    let mut set = HashSet::from([&d, &b]);
    let mut queue = VecDeque::from([d.clone(), b.clone()]);
    assert_eq!(socket_select(&mut of_map, None, None, 5, None)?, 1);
    assert_eq!(of_map[0].0, &2);
    assert_eq!(socket_select(&mut set, None, None, 5, None)?, 1);
    assert_eq!(set, HashSet::from([&b]));
    assert_eq!(socket_select(None, &mut queue, None, 5, None)?, 2);
    assert_eq!(queue, [d, b]);
    Ok(())
}

/// As select(2) has it: a hang-up is readable, and a socket that never was connected has hung up.
#[test]
#[cfg(target_os = "linux")]
fn a_hang_up_is_readable() -> Result<()> {
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    assert_eq!(socket_select(&mut vec![&socket], None, None, 5, None)?, 1);
    Ok(())
}

/// An error is readable and writable: here that nobody listens where a datagram went.
#[test]
#[cfg(target_os = "linux")]
fn an_error_is_readable() -> Result<()> {
    let (_held, port) = crate::support::nobody_hears()?;
    let socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    socket_connect(&socket, "127.0.0.1", port)?;
    socket_send(&socket, "x", 1, 0)?;
    assert_eq!(socket_select(&mut vec![&socket], None, None, 5, None)?, 1);
    assert_eq!(socket_read(&socket, 1, None).map_err(|error| error.code()), Err(SOCKET_ECONNREFUSED));
    Ok(())
}
