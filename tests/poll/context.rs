//! The rules of `poll`: what is reported, how long a wait takes, and PHP's errors.

use std::io;
use std::slice::from_ref;
use std::time::{Duration, Instant};

use php_sockets::poll::{Backend, Context, Error, Event, Events, Watcher};
use php_sockets::*;

use crate::support::{nobody_listens, tcp_pair};

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

const SOON: Duration = Duration::from_secs(60);

fn udp() -> Result<Socket> {
    Ok(socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?)
}

#[test]
fn the_same_watchers_come_back_with_their_data() -> Result {
    for backend in Backend::available() {
        let context = Context::with_backend(backend)?;
        assert_eq!(context.backend(), backend);
        let (a, b) = tcp_pair()?;
        let first = context.add(&a, Event::Read, "小明".to_owned())?;
        let second = context.add(&b, [Event::Write, Event::Read, Event::Write], "小红".to_owned())?;
        assert_eq!(first.watched_events(), Event::Read.into());
        assert_eq!(second.watched_events().iter().collect::<Vec<_>>(), [Event::Read, Event::Write]);
        assert_eq!(first.triggered_events(), Events::EMPTY);

        socket_write(&b, "测试", None)?;
        socket_write(&a, "测试", None)?;
        let mut ready = context.wait(SOON, None)?;
        ready.sort_by_key(Watcher::data);
        assert_eq!(ready, [first.clone(), second.clone()]);
        assert!(ready[0].handle() == &a && first.has_triggered(Event::Read) && !first.has_triggered(Event::Write));
        assert_eq!(second.triggered_events().iter().collect::<Vec<_>>(), [Event::Read, Event::Write]);

        first.modify_data("小刚".to_owned())?;
        second.modify_data(second.take_data() + "！")?;
        assert_eq!((first.data(), second.data()), ("小刚".to_owned(), "小红！".to_owned()));
        first.modify(Event::Write, "小明".to_owned())?;
        assert_eq!((first.watched_events(), first.data()), (Event::Write.into(), "小明".to_owned()));
        // What has triggered stays until a wait returns the watcher again.
        assert!(first.has_triggered(Event::Read));
        context.wait(SOON, None)?;
        assert_eq!(first.triggered_events(), Event::Write.into());
    }
    Ok(())
}

#[test]
fn an_error_and_a_hang_up_are_reported_unasked() -> Result {
    for backend in Backend::available() {
        let (_held, port) = nobody_listens()?;
        let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
        socket_set_nonblock(&socket)?;
        let refused = socket_connect(&socket, "127.0.0.1", port).expect_err("nobody listens");
        let context = Context::with_backend(backend)?;
        let watcher = context.add(&socket, Event::Write, ())?;
        assert_eq!(context.wait(SOON, None)?, from_ref(&watcher));
        // The connection was refused at once, or is found to be refused now.
        if refused.code() == SOCKET_EINPROGRESS {
            assert!(watcher.has_triggered(Event::Error), "{:?}", watcher.triggered_events());
        }
        // A connection that never was is no hang-up to Windows, but an error only.
        let expected = if cfg!(windows) { Event::Error } else { Event::HangUp };
        assert!(watcher.has_triggered(expected), "{backend:?}: {:?}", watcher.triggered_events());
    }
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn the_end_of_the_peer_is_a_read_hang_up_when_asked_for() -> Result {
    for backend in Backend::available() {
        let context = Context::with_backend(backend)?;
        let (a, b) = tcp_pair()?;
        let watcher = context.add(&a, Event::Read, ())?;
        socket_shutdown(&b, SHUT_WR)?;
        context.wait(SOON, None)?;
        assert_eq!(watcher.triggered_events(), Event::Read.into());
        watcher.modify_events(Event::ReadHangUp)?;
        context.wait(SOON, None)?;
        assert_eq!(watcher.triggered_events(), Event::ReadHangUp.into());
        socket_shutdown(&a, SHUT_WR)?;
        context.wait(SOON, None)?;
        assert_eq!(watcher.triggered_events(), Event::HangUp | Event::ReadHangUp);
    }
    Ok(())
}

#[test]
fn one_shot_stays_registered_and_is_armed_by_modify_events() -> Result {
    for backend in Backend::available() {
        let context = Context::with_backend(backend)?;
        let (a, b) = tcp_pair()?;
        let watcher = context.add(&a, Event::Read | Event::OneShot, ())?;
        socket_write(&b, "x", None)?;
        assert_eq!(context.wait(SOON, None)?, from_ref(&watcher));
        assert_eq!(watcher.triggered_events(), Event::Read.into());
        assert_eq!(context.wait(Duration::ZERO, None)?, []);
        assert!(watcher.is_active());
        assert!(matches!(context.add(&a, Event::Read, ()), Err(Error::HandleAlreadyWatchedException)));
        watcher.modify_events(Event::Read | Event::OneShot)?;
        assert_eq!(context.wait(SOON, None)?, from_ref(&watcher));
        assert_eq!(context.wait(Duration::ZERO, None)?, []);
    }
    Ok(())
}

#[test]
fn edge_triggering_reports_what_is_new_where_it_exists() -> Result {
    for backend in Backend::available() {
        let context = Context::with_backend(backend)?;
        let (a, b) = tcp_pair()?;
        let added = context.add(&a, Event::Read | Event::EdgeTriggered, ());
        if !backend.supports_edge_triggering() {
            let error = added.expect_err("the backend has none");
            assert!(matches!(error, Error::FailedHandleAddException(_)), "{error:?}");
            assert_eq!((error.to_string().as_str(), error.code()), ("Failed to add handle", Error::ERROR_NOSUPPORT));
            assert_eq!(error.kind(), io::ErrorKind::Unsupported);
            let watcher = context.add(&a, Event::Read, ())?;
            let error = watcher.modify_events(Event::Read | Event::EdgeTriggered).expect_err("the backend has none");
            assert_eq!(error.to_string(), "Failed to modify watcher in polling system");
            assert_eq!((error.code(), watcher.watched_events()), (Error::ERROR_NOSUPPORT, Event::Read.into()));
            continue;
        }
        for _ in 0..2 {
            socket_write(&b, "x", None)?;
            assert_eq!(context.wait(SOON, None)?.len(), 1);
            assert_eq!(context.wait(Duration::ZERO, None)?, []);
        }
    }
    Ok(())
}

#[test]
fn a_wait_takes_as_long_as_it_is_told() -> Result {
    for backend in Backend::available() {
        let context = Context::with_backend(backend)?;
        // Without a watcher it sleeps, and never less than the time.
        for microseconds in [0, 1, 999, 1001, 20_000] {
            let timeout = Duration::from_micros(microseconds);
            let start = Instant::now();
            assert_eq!(context.wait(timeout, None)?, []);
            assert!(start.elapsed() >= timeout, "{backend:?}: {:?} of {timeout:?}", start.elapsed());
        }
        context.add(&udp()?, Event::Read, ())?;
        #[cfg(target_os = "linux")]
        {
            // A millisecond has parts. A busy machine takes its time to go on, but not always.
            let first = Instant::now();
            let wait = || {
                let start = Instant::now();
                context.wait(Duration::from_micros(200), None).map(|_| start.elapsed())
            };
            while wait()? >= Duration::from_micros(900) {
                assert!(first.elapsed() < SOON, "{backend:?} waits for whole milliseconds");
            }
        }
        let start = Instant::now();
        assert_eq!(context.wait(Some(Duration::from_millis(20)), 5)?, []);
        assert!(start.elapsed() >= Duration::from_millis(20));

        // Times beyond any clock, a C int of milliseconds and a timespec are long, not over.
        for timeout in [Some(Duration::MAX), Some(Duration::from_millis(1 << 32)), None] {
            let notifier = context.notifier();
            let thread = std::thread::spawn(move || notifier.notify());
            let start = Instant::now();
            assert_eq!(context.wait(timeout, None)?, []);
            thread.join().map_err(|_| "the notifier panicked")??;
            assert!(start.elapsed() < SOON);
            let ready = context.add(&udp()?, Event::Write, ())?;
            assert_eq!(context.wait(timeout, None)?, from_ref(&ready));
            ready.remove()?;
        }
    }
    Ok(())
}

#[test]
fn max_events_limits_the_result_and_nothing_is_lost() -> Result {
    for backend in Backend::available() {
        let context = Context::with_backend(backend)?;
        for number in 0..5 {
            context.add(&udp()?, Event::Write | Event::OneShot, number)?;
        }
        let mut ready = Vec::new();
        let mut numbers = Vec::new();
        for expected in [2, 2, 1, 0] {
            context.wait_into(&mut ready, Duration::ZERO, 2)?;
            assert_eq!(ready.len(), expected);
            numbers.extend(ready.iter().map(Watcher::data));
        }
        numbers.sort_unstable();
        assert_eq!(numbers, [0, 1, 2, 3, 4]);

        for (number, text) in [(0, "greater than 0"), (1 << 31, "less than or equal to 2147483647")] {
            let error = context.wait(None, number).expect_err("it is refused");
            assert!(matches!(error, Error::ValueError { .. }));
            let expected = format!("Io\\Poll\\Context::wait(): Argument #2 ($maxEvents) must be {text}");
            assert_eq!(error.to_string(), expected);
            assert_eq!((error.code(), error.kind()), (0, io::ErrorKind::InvalidInput));
        }
        assert_eq!(context.wait(Duration::ZERO, (1 << 31) - 1)?, []);
    }
    Ok(())
}

/// All of them are always ready, and only one fits.
#[test]
fn max_events_starves_nobody() -> Result {
    for backend in Backend::available() {
        let context = Context::with_backend(backend)?;
        for number in 0..3 {
            context.add(&udp()?, Event::Write, number)?;
        }
        let mut numbers = std::collections::BTreeSet::new();
        for _ in 0..6 {
            numbers.extend(context.wait(SOON, 1)?.iter().map(Watcher::data));
        }
        assert_eq!(numbers, [0, 1, 2].into(), "{backend:?}");
    }
    Ok(())
}

#[test]
fn no_event_at_all_is_a_type_error() -> Result {
    let context = Context::new()?;
    let socket = udp()?;
    let error = context.add(&socket, [], ()).expect_err("nothing to watch for");
    assert!(matches!(error, Error::TypeError { .. }));
    assert_eq!(error.to_string(), "Io\\Poll\\Context::add(): Argument #2 ($events) must be array of Event enums");
    let watcher = context.add(&socket, Event::Read, ())?;
    let error = watcher.modify_events(Events::EMPTY).expect_err("nothing to watch for");
    assert_eq!(
        error.to_string(),
        "Io\\Poll\\Watcher::modifyEvents(): Argument #1 ($events) must be array of Event enums"
    );
    let error = watcher.modify([], ()).expect_err("nothing to watch for");
    assert_eq!(error.to_string(), "Io\\Poll\\Watcher::modify(): Argument #1 ($events) must be array of Event enums");
    assert_eq!(watcher.watched_events(), Event::Read.into());
    Ok(())
}

#[test]
fn a_removed_watcher_is_inactive() -> Result {
    for backend in Backend::available() {
        let context = Context::with_backend(backend)?;
        let socket = udp()?;
        let watcher = context.add(&socket, Event::Write, 1)?;
        assert!(watcher.is_active());
        watcher.remove()?;
        assert!(!watcher.is_active());
        assert_eq!(context.wait(Duration::ZERO, None)?, []);
        let error = watcher.remove().expect_err("it was removed");
        assert_eq!(error.to_string(), "Cannot remove inactive watcher");
        for error in [watcher.modify(Event::Read, 2), watcher.modify_events(Event::Read), watcher.modify_data(2)] {
            let error = error.expect_err("it was removed");
            assert!(matches!(error, Error::InactiveWatcherException { .. }));
            assert_eq!(error.kind(), io::ErrorKind::NotConnected);
            assert_eq!((error.to_string().as_str(), error.code()), ("Cannot modify inactive watcher", 0));
        }
        assert_eq!(watcher.data(), 1);
        // The socket can be watched again, by another watcher, and the old one does it no harm.
        let again = context.add(&socket, Event::Write, 3)?;
        assert!(again != watcher && watcher.remove().is_err());
        assert_eq!(context.wait(SOON, None)?, [again]);
    }
    Ok(())
}

#[test]
fn adding_twice_is_an_error_in_one_context_only() -> Result {
    for backend in Backend::available() {
        let contexts = [Context::with_backend(backend)?, Context::with_backend(backend)?];
        let socket = udp()?;
        for context in &contexts {
            context.add(&socket, Event::Write, ())?;
            let error = context.add(&socket.clone(), Event::Read, ()).expect_err("it is watched");
            assert!(matches!(error, Error::HandleAlreadyWatchedException));
            assert_eq!(error.to_string(), "Handle already added");
            assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
            assert_eq!(context.wait(SOON, None)?.len(), 1);
        }
    }
    Ok(())
}

#[test]
fn the_end_of_the_context_deactivates_and_frees() -> Result {
    let context = Context::new()?;
    let clone = context.clone();
    let notifier = context.notifier();
    let data = std::sync::Arc::new(());
    let (kept, dropped) = (udp()?, udp()?);
    let watcher = context.add(&kept, Event::Write, data.clone())?;
    context.add(&dropped, Event::Write, data.clone())?;
    drop(context);
    assert!(watcher.is_active() && clone.wait(SOON, 1)?.len() == 1);
    drop(clone);
    assert!(!watcher.is_active());
    assert_eq!(watcher.remove().map_err(|error| error.to_string()), Err("Cannot remove inactive watcher".to_owned()));
    assert!(watcher.modify_events(Event::Read).is_err());
    notifier.notify()?;
    // The caller's own, and that of the watcher that is held.
    assert_eq!(std::sync::Arc::strong_count(&data), 2);
    Ok(())
}

#[test]
fn backends_say_what_they_can() -> Result {
    assert!(Backend::Auto.is_available());
    let mut unavailable = 0;
    for backend in [Backend::Poll, Backend::Epoll, Backend::Kqueue, Backend::EventPorts, Backend::WSAPoll] {
        assert_eq!(backend.is_available(), Backend::available().contains(&backend));
        if !backend.is_available() {
            unavailable += 1;
            let error = Context::<()>::with_backend(backend).expect_err("not available");
            assert!(matches!(error, Error::BackendUnavailableException(_)));
            assert_eq!(error.to_string(), format!("Backend {backend:?} not available"));
            assert!(!backend.supports_edge_triggering());
        }
    }
    assert!(unavailable > 0, "no system has them all");
    let automatic = Context::<()>::new()?.backend();
    assert_eq!(Some(&automatic), Backend::available().last());
    assert_eq!(automatic.supports_edge_triggering(), Backend::Auto.supports_edge_triggering());
    Ok(())
}

/// The data need not be `Sync`: it is copied and taken, and lent to one thread at a time.
#[test]
fn data_is_anything_that_another_thread_may_drop() -> Result {
    fn for_threads<T: Send + Sync>(_: &T) {}
    let context = Context::new()?;
    let watcher = context.add(&udp()?, Event::Write, std::cell::RefCell::new("小明"))?;
    for_threads(&context);
    for_threads(&watcher);
    watcher.modify_data("小红".into())?;
    assert_eq!(*context.wait(SOON, None)?[0].data().borrow(), "小红");
    Ok(())
}

/// With a guard that lives until the end of its statement, each of these would wait for ever.
#[test]
fn data_can_be_used_as_often_as_one_likes_in_a_statement() -> Result {
    let context = Context::new()?;
    let watcher = context.add(&udp()?, Event::Write, String::from("小"))?;
    watcher.modify_data(watcher.data() + &watcher.data())?;
    assert_eq!(format!("{} {}", watcher.data(), watcher.data().len()), "小小 6");
    watcher.modify(Event::Write, watcher.take_data() + &watcher.data() + "明")?;
    assert_eq!((watcher.take_data(), watcher.data()), ("小小明".to_owned(), String::new()));
    watcher.remove()?;
    assert_eq!(watcher.take_data(), "");
    Ok(())
}

/// The data is the caller's alone meanwhile; all else is at hand, and another thread that asks for it waits.
#[test]
fn data_is_changed_in_place() -> Result {
    let context = Context::new()?;
    let (one, two) = (context.add(&udp()?, Event::Write, 1)?, context.add(&udp()?, Event::Write, 10)?);
    let added = one.with_data(|data| {
        assert_eq!(context.wait(SOON, None).expect("it can write").len(), 2);
        *data += two.with_data(|other| *other + 1);
        one.modify_events(Event::Read).and_then(|()| one.remove()).expect("it is active");
        *data
    });
    assert_eq!((added, one.data(), one.is_active()), (12, 12, false));

    let threads: Vec<_> = (0..4)
        .map(|_| {
            let two = two.clone();
            std::thread::spawn(move || (0..1000).for_each(|_| two.with_data(|data| *data += 1)))
        })
        .collect();
    for thread in threads {
        thread.join().map_err(|_| "it panicked")?;
    }
    assert_eq!(two.data(), 4010);
    Ok(())
}

/// What is replaced may look at its watcher once more; with the data locked that would be for ever.
#[test]
fn old_data_is_dropped_with_nothing_locked() -> Result {
    #[derive(Default)]
    struct Data(Option<Watcher<Self>>);

    impl Drop for Data {
        fn drop(&mut self) {
            if let Some(watcher) = self.0.take() {
                assert!(watcher.take_data().0.is_none());
                assert!(watcher.modify_events(Event::Read).is_ok());
            }
        }
    }

    let (done, end) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        let context = Context::new().expect("a descriptor is left");
        let socket = udp().expect("a descriptor is left");
        let watcher = context.add(&socket, Event::Write, Data(None)).expect("it is new");
        watcher.modify_data(Data(Some(watcher.clone()))).expect("it is active");
        watcher.modify_data(Data(None)).expect("it is active");
        watcher.modify(Event::Write, Data(Some(watcher.clone()))).expect("it is active");
        watcher.modify(Event::Write, Data(None)).expect("it is active");
        done.send(())
    });
    end.recv_timeout(SOON)?;
    Ok(thread.join().map_err(|_| "it panicked")??)
}

/// PHP's numbers; what they stand for is the system's.
#[test]
#[cfg(unix)]
fn failed_calls_have_php_s_numbers() {
    for (number, code) in [
        (SOCKET_EBADF, Error::ERROR_INVALID),
        (SOCKET_EINVAL, Error::ERROR_INVALID),
        (SOCKET_EMFILE, Error::ERROR_TOOBIG),
        (SOCKET_ENFILE, Error::ERROR_TOOBIG),
        (SOCKET_ENOMEM, Error::ERROR_NOMEM),
        (SOCKET_EEXIST, Error::ERROR_EXISTS),
        (SOCKET_ENOENT, Error::ERROR_NOTFOUND),
        (SOCKET_ETIMEDOUT, Error::ERROR_TIMEOUT),
        (SOCKET_EINTR, Error::ERROR_INTERRUPTED),
        (SOCKET_EPERM, Error::ERROR_PERMISSION),
        (SOCKET_EACCES, Error::ERROR_PERMISSION),
        (SOCKET_EAGAIN, Error::ERROR_AGAIN),
        (SOCKET_ENOSYS, Error::ERROR_NOSUPPORT),
        (SOCKET_EIO, Error::ERROR_SYSTEM),
    ] {
        let error = Error::FailedPollWaitException(io::Error::from_raw_os_error(number));
        assert_eq!(error.code(), code, "{number}");
    }
    let error = Error::FailedHandleAddException(io::ErrorKind::InvalidInput.into());
    assert_eq!((error.code(), error.kind()), (Error::ERROR_INVALID, io::ErrorKind::InvalidInput));
    assert_eq!(Error::InvalidHandleException.kind(), io::ErrorKind::NotConnected);
    let error = Error::BackendUnavailableException(Backend::Kqueue);
    assert_eq!((error.code(), error.kind()), (Error::ERROR_NONE, io::ErrorKind::Unsupported));
}

/// What is seen of them in a log, and where they are keys.
#[test]
fn contexts_watchers_and_events_print_and_hash() -> Result {
    use std::hash::{BuildHasher, RandomState};

    let context = Context::new()?;
    let (one, other) = (udp()?, udp()?);
    let (one, other) = (context.add(&one, Event::Read, 1)?, context.add(&other, Event::Write, 2)?);
    let mut events = Events::from(Event::Read);
    events |= Event::HangUp;
    assert_eq!(format!("{events:?}"), "[Read, HangUp]");
    let text = format!("{context:?} {:?} {one:?}", context.notifier());
    assert!(text.starts_with(&format!("Context {{ backend: {:?}", context.backend())), "{text}");
    assert!(text.contains("Notifier") && text.contains("watched_events: [Read]"), "{text}");
    let hasher = RandomState::new();
    assert_eq!(hasher.hash_one(&one), hasher.hash_one(one.clone()));
    assert_ne!(hasher.hash_one(&one), hasher.hash_one(&other));
    Ok(())
}
