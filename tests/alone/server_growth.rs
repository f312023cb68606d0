//! What a server has for nobody does not stay in its memory.

use std::{error::Error, sync::mpsc};

use php_sockets::ws::{
    Connection,
    server::{Callbacks, Server},
};

use crate::running::{LONG, Running, eventually};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// Nobody is there to hear it, and nobody keeps it.
pub(crate) fn what_nobody_hears_is_not_kept() -> Outcome {
    let server = Running::start(
        |server| server,
        || Callbacks::new().onmessage(|client, message| client.broadcast_others(message)),
    )?;
    let mut alone = Connection::connect(&format!("ws://127.0.0.1:{}/", server.port))?;
    let message = vec![7; 1 << 20];
    let before = resident()?;
    for _ in 0..400 {
        alone.send(&message)?;
        eventually(|| server.handle.publish("nothing", &message).is_ok());
    }
    eventually(|| server.handle.metrics().messages_in == 400);
    let grown = resident()?.saturating_sub(before);
    assert!(grown < 200 << 20, "it grew by {grown} bytes");
    Ok(())
}

/// The bytes of memory that this process has.
fn resident() -> Outcome<usize> {
    let text = std::fs::read_to_string("/proc/self/statm")?;
    let pages: usize = text.split(' ').nth(1).ok_or("a field")?.parse()?;
    Ok(pages * 4096)
}

/// What one callback publishes by the thousand is not gathered without a bound for the other threads.
pub(crate) fn what_a_turn_has_for_other_threads_is_bounded() -> Outcome {
    let (tell, told) = mpsc::channel();
    let server = Running::start_threads(
        2,
        |server| server,
        move || {
            let tell = tell.clone();
            Callbacks::new().onmessage(move |client, message| {
                let before = resident().expect("it can be read");
                (0..400).for_each(|_| client.publish("nothing", message));
                let after = resident().expect("it can be read");
                let _ = tell.send(after.saturating_sub(before));
            })
        },
    )?;
    let mut client = Connection::connect(&format!("ws://127.0.0.1:{}/", server.port))?;
    client.send(&vec![7; 1 << 20])?;
    let grown = told.recv_timeout(LONG)?;
    assert!(grown < 200 << 20, "it grew by {grown} bytes");
    Ok(())
}

/// Whoever keeps a handle of a server that a panic has ended keeps nothing else.
pub(crate) fn a_handle_of_a_server_that_has_panicked_keeps_nothing() -> Outcome {
    for threads in [1, 2] {
        let make = || Callbacks::new().onstart(|_| std::panic::resume_unwind(Box::new("on purpose")));
        let set = |server: Server| server.inbox_limit(usize::MAX);
        let server =
            if threads == 1 { Running::start(set, make)? } else { Running::start_threads(threads, set, make)? };
        let handle = server.handle.clone();
        let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| server.join())).expect_err("it panics");
        assert_eq!(panic.downcast_ref(), Some(&"on purpose"));
        let message = vec![7; 1 << 20];
        let before = resident()?;
        (0..400).try_for_each(|_| handle.broadcast(&message))?;
        let grown = resident()?.saturating_sub(before);
        assert!(grown < 200 << 20, "it grew by {grown} bytes");
    }
    Ok(())
}
