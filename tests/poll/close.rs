//! `socket_close` of a watched socket: no registration stays, with or without clones alive.

use std::net::TcpStream;
#[cfg(unix)]
use std::os::fd::AsRawFd;
use std::slice::from_ref;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use php_sockets::poll::{Backend, Context, Error, Event};
use php_sockets::*;

use crate::support::tcp_pair;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

const SOON: Duration = Duration::from_secs(60);

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
        assert!(watcher.handle() == &clone && watcher.data() == 1);
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
fn the_data_and_the_number_are_free_when_the_close_returns() -> Result {
    for backend in Backend::available() {
        for contexts in [1, 2, 3] {
            let contexts: Vec<_> =
                (0..contexts).map(|_| Context::with_backend(backend)).collect::<std::result::Result<_, _>>()?;
            let count = Arc::new(());
            let (mut again, mut rounds, start) = (0, 0, Instant::now());
            // Other tests may be quicker now and then: then there are more rounds.
            while rounds < 500 || again < 100 {
                assert!(start.elapsed() < SOON, "the numbers are not free: {again} of {rounds} were used again");
                rounds += 1;
                let socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
                for context in &contexts {
                    context.add(&socket, Event::Read, count.clone())?;
                }
                socket_close(&socket)?;
                assert_eq!(Arc::strong_count(&count), 1);
                // The caller's own handle is the last one.
                #[cfg(unix)]
                {
                    let number = socket.as_raw_fd();
                    drop(socket);
                    again += usize::from(socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?.as_raw_fd() == number);
                }
                // Elsewhere the number is nothing that shows.
                #[cfg(not(unix))]
                {
                    again = rounds;
                }
            }
        }
    }
    Ok(())
}

/// Nobody waits in between, and then somebody waits for ever.
#[test]
fn a_wait_for_ever_holds_nothing_of_what_was_closed() -> Result {
    for backend in Backend::available() {
        let context = Context::with_backend(backend)?;
        let count = Arc::new(());
        let add = || -> Result<_> {
            Ok(context.add(&socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?, Event::Read, count.clone())?)
        };
        let before: Vec<_> = (0..250).map(|_| add()).collect::<Result<_>>()?;
        let during: Vec<_> = (0..250).map(|_| add()).collect::<Result<_>>()?;
        before.iter().try_for_each(|watcher| socket_close(watcher.handle()))?;
        thread::scope(|scope| -> Result {
            let waiter = scope.spawn(|| context.wait(None, None));
            for watcher in &during {
                let kept = Arc::strong_count(&count);
                socket_close(watcher.handle())?;
                assert_eq!(Arc::strong_count(&count), kept);
            }
            context.notifier().notify()?;
            assert_eq!(waiter.join().map_err(|_| "the waiter panicked")??, []);
            Ok(())
        })?;
        // Who holds a watcher holds its data, and nobody else does.
        assert_eq!(Arc::strong_count(&count), 501);
        drop((before, during));
        assert_eq!(Arc::strong_count(&count), 1);
    }
    Ok(())
}

/// A proxy: each half's data holds the other half. Dropping data is foreign code, which may do anything with contexts.
#[test]
fn data_that_closes_and_watches_other_sockets_can_be_dropped() -> Result {
    struct Data {
        other: Option<Socket>,
        context: Context<Self>,
    }

    impl Drop for Data {
        fn drop(&mut self) {
            let Some(other) = self.other.take() else { return };
            let watched = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP).expect("a descriptor is left");
            let nothing = Self { other: None, context: self.context.clone() };
            let watcher = self.context.add(&watched, Event::Write, nothing).expect("it is new");
            drop(Context::<()>::new().expect("a descriptor is left"));
            assert_eq!(self.context.wait(SOON, None).expect("it is ready"), from_ref(&watcher));
            watcher.remove().expect("it is active");
            // The second half has been closed by the first one.
            let _ = socket_close(&other);
        }
    }

    let (done, end) = mpsc::channel();
    let thread = thread::spawn(move || -> std::result::Result<(), String> {
        for backend in Backend::available() {
            let context = Context::with_backend(backend).map_err(|error| error.to_string())?;
            let (a, b) = tcp_pair().map_err(|error| error.to_string())?;
            for (half, other) in [(&a, &b), (&b, &a)] {
                let data = Data { other: Some(other.clone()), context: context.clone() };
                context.add(half, Event::Read, data).map_err(|error| error.to_string())?;
            }
            socket_close(&a).map_err(|error| error.to_string())?;
            assert!(socket_close(&b).is_err());
            // A chain: each one closes the next.
            let sockets: Vec<_> = (0..200)
                .map(|_| socket_create(AF_INET, SOCK_DGRAM, SOL_UDP))
                .collect::<php_sockets::Result<_>>()
                .map_err(|error| error.to_string())?;
            for pair in sockets.windows(2) {
                let data = Data { other: Some(pair[1].clone()), context: context.clone() };
                context.add(&pair[0], Event::Read, data).map_err(|error| error.to_string())?;
            }
            socket_close(&sockets[0]).map_err(|error| error.to_string())?;
            assert!(socket_close(&sockets[199]).is_err());
        }
        done.send(()).map_err(|error| error.to_string())
    });
    let ended = end.recv_timeout(SOON);
    if ended.is_ok() || thread.is_finished() {
        thread.join().map_err(|_| "it panicked")??;
    }
    Ok(ended?)
}

/// The old event is on its way, and the exported stream would bring it again and again.
#[test]
#[cfg(unix)]
fn a_number_that_is_used_again_brings_no_old_event() -> Result {
    for backend in Backend::available() {
        let context = Context::with_backend(backend)?;
        let (mut again, mut rounds, start) = (0, 0, Instant::now());
        // Another test may have been quicker, but not always.
        while rounds < 50 || again == 0 {
            assert!(start.elapsed() < SOON, "no number was used again");
            rounds += 1;
            let (a, b) = tcp_pair()?;
            let number = a.as_raw_fd();
            context.add(&a, Event::Read, "old")?;
            let _stream: TcpStream = socket_export_stream(&a)?;
            socket_write(&b, "x", None)?;
            socket_close(&a)?;
            drop(a);
            let [new, peer] = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;
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
            assert_eq!(ready[0].data(), "new");
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

/// Who closes a socket that several contexts watch asks all that there are, which lasts as long as what is dropped meanwhile.
#[test]
fn a_close_elsewhere_keeps_no_context_alive() -> Result {
    struct Slow(mpsc::Sender<()>, mpsc::Receiver<()>);

    impl Drop for Slow {
        fn drop(&mut self) {
            let _ = self.0.send(());
            let _ = self.1.recv();
        }
    }

    let (begins, begun) = mpsc::channel();
    let (ends, end) = mpsc::channel();
    let contexts = [Context::new()?, Context::new()?];
    let socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    contexts[0].add(&socket, Event::Read, Some(Slow(begins, end)))?;
    contexts[1].add(&socket, Event::Read, None)?;
    let (other, count) = (Context::new()?, Arc::new(()));
    let watcher = other.add(&socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?, Event::Read, Arc::clone(&count))?;
    let closing = thread::spawn(move || socket_close(&socket));
    begun.recv_timeout(SOON)?;
    drop(other);
    assert!(!watcher.is_active());
    drop(watcher);
    assert_eq!(Arc::strong_count(&count), 1);
    ends.send(())?;
    closing.join().map_err(|_| "it panicked")??;
    Ok(())
}
