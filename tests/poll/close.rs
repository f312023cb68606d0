//! `socket_close` of a watched socket: no registration stays, with or without clones alive.

use std::net::TcpStream;
use std::slice::from_ref;
use std::sync::Arc;
use std::time::{Duration, Instant};

use php_sockets::poll::{Backend, Context, Error, Event};
use php_sockets::*;

use crate::support::tcp_pair;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

const SOON: Duration = Duration::from_secs(10);

/// Waits a little and demands that nothing ends the wait before its time.
fn assert_silent<T>(context: &Context<T>) -> Result {
    let time = Duration::from_millis(20);
    let start = Instant::now();
    assert_eq!(context.wait(time, None)?, []);
    assert!(start.elapsed() >= time, "something has ended the wait");
    Ok(())
}

#[test]
fn its_watcher_is_inactive_and_harmless() -> Result {
    for backend in Backend::available() {
        let context = Context::with_backend(backend)?;
        let (a, b) = tcp_pair()?;
        let clone = a.clone();
        let watcher = context.add(&a, Event::Read, 1)?;
        socket_write(&b, "x", None)?;
        socket_close(&a)?;
        assert!(!watcher.is_active());
        assert_silent(&context)?;
        let error = watcher.modify_events(Event::Read).expect_err("it is closed");
        assert!(matches!(error, Error::InactiveWatcherException { .. }));
        assert_eq!(error.to_string(), "Cannot modify inactive watcher");
        assert!(watcher.modify(Event::Write, 2).is_err() && watcher.modify_data(2).is_err());
        watcher.remove()?;
        watcher.remove()?;
        let error = context.add(&clone, Event::Read, 3).expect_err("it is closed");
        assert!(matches!(error, Error::InvalidHandleException));
        assert_eq!(error.to_string(), "Invalid handle for polling");
        assert!(watcher.handle() == &clone && *watcher.data() == 1);
    }
    Ok(())
}

/// The stream shares the connection, so that the system goes on watching it unless it is told.
#[test]
fn an_exported_stream_keeps_no_registration_alive() -> Result {
    for backend in Backend::available() {
        for contexts in [1, 2, 3] {
            let contexts: Vec<_> =
                (0..contexts).map(|_| Context::with_backend(backend)).collect::<std::result::Result<_, _>>()?;
            let (a, b) = tcp_pair()?;
            for context in &contexts {
                context.add(&a, Event::Read | Event::Write, ())?;
            }
            let stream: TcpStream = socket_export_stream(&a)?;
            socket_write(&b, "测试", None)?;
            assert_eq!(contexts[0].wait(SOON, None)?.len(), 1);
            socket_close(&a)?;
            for context in &contexts {
                assert_silent(context)?;
            }
            drop(a);
            contexts.iter().try_for_each(assert_silent)?;
            // The stream itself lives, except on Windows, and can be watched anew.
            let socket = socket_import_stream(stream)?;
            for context in &contexts {
                context.add(&socket, Event::Read, ())?;
                assert_eq!(context.wait(SOON, None)?.len(), 1);
            }
            #[cfg(unix)]
            assert_eq!(socket_read(&socket, 100, None)?, "测试".as_bytes());
        }
    }
    Ok(())
}

#[test]
fn the_data_and_the_number_are_freed_by_the_next_wait_or_add() -> Result {
    for backend in Backend::available() {
        let context = Context::with_backend(backend)?;
        let data = Arc::new(());
        for number in 0..500 {
            let (a, _b) = tcp_pair()?;
            context.add(&a, Event::Read, data.clone())?;
            socket_close(&a)?;
            if number % 2 == 0 {
                context.wait(Duration::ZERO, None)?;
                assert_eq!(Arc::strong_count(&data), 1);
            }
            assert!(Arc::strong_count(&data) <= 3, "the watchers of closed sockets have piled up");
        }
    }
    Ok(())
}

/// The old event is on its way, and the exported stream would bring it again and again.
#[test]
#[cfg(unix)]
fn a_number_that_is_used_again_brings_no_old_event() -> Result {
    use std::os::fd::AsRawFd;

    for backend in Backend::available() {
        let context = Context::with_backend(backend)?;
        let mut again = 0;
        for _ in 0..50 {
            let (a, b) = tcp_pair()?;
            let number = a.as_raw_fd();
            context.add(&a, Event::Read, "old")?;
            let _stream: TcpStream = socket_export_stream(&a)?;
            socket_write(&b, "x", None)?;
            socket_close(&a)?;
            drop(a);
            // The context lets the number go.
            assert_eq!(context.wait(Duration::ZERO, None)?, []);
            let [new, peer] = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;
            // Another test may have been quicker.
            again += usize::from(new.as_raw_fd() == number);
            let watcher = context.add(&new, Event::Read, "new")?;
            let moment = Duration::from_millis(1);
            let start = Instant::now();
            assert_eq!(context.wait(moment, None)?, []);
            assert!(start.elapsed() >= moment, "something has ended the wait");
            socket_write(&peer, "测试", None)?;
            assert_eq!(context.wait(SOON, None)?, from_ref(&watcher));
            watcher.remove()?;
        }
        assert!(again > 0, "no number was used again");
    }
    Ok(())
}

#[test]
fn a_closed_socket_s_place_goes_to_a_new_one() -> Result {
    for backend in Backend::available() {
        let context = Context::with_backend(backend)?;
        let old = context.add(&socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?, Event::Write, "old")?;
        socket_close(old.handle())?;
        old.remove()?;
        drop(old);
        let new = context.add(&socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?, Event::Write, "new")?;
        for _ in 0..2 {
            let ready = context.wait(SOON, None)?;
            assert_eq!(ready, from_ref(&new));
            assert_eq!(*ready[0].data(), "new");
        }
    }
    Ok(())
}

#[test]
fn a_context_that_is_gone_is_not_asked() -> Result {
    let (a, b) = tcp_pair()?;
    let gone = Context::new()?;
    gone.add(&a, Event::Read, ())?;
    drop(gone);
    // Its place among the contexts is taken by this one.
    let context = Context::new()?;
    context.add(&b, Event::Write, ())?;
    socket_close(&a)?;
    assert_eq!(context.wait(SOON, None)?.len(), 1);
    socket_close(&b)?;
    assert_silent(&context)
}

#[test]
fn the_last_handle_dropped_is_no_close_while_it_is_watched() -> Result {
    let context = Context::new()?;
    let (a, b) = tcp_pair()?;
    context.add(&a, Event::Read, ())?;
    drop(a);
    socket_write(&b, "x", None)?;
    let ready = context.wait(SOON, None)?;
    assert_eq!(socket_read(ready[0].handle(), 10, None)?, b"x");
    ready[0].remove()?;
    drop(ready);
    assert_eq!(socket_read(&b, 10, None)?, b"");
    Ok(())
}
