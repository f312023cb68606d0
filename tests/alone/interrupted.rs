//! A signal ends a call with EINTR, as PHP reports it.

use std::error::Error;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
#[cfg(feature = "poll")]
use std::time::Duration;

use php_sockets::*;

pub(crate) fn a_signal_ends_a_call() -> Result<(), Box<dyn Error>> {
    let arrived = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(signal_hook::consts::SIGUSR1, arrived)?;
    let [a, b] = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;

    // Signals come until the call has ended: one alone could arrive before it has begun.
    let mut sender = signals_from_outside()?;
    let mut read = vec![a.clone()];
    let error = socket_select(&mut read, None, None, 20, None).expect_err("interrupted");
    assert_eq!(error.to_string(), "socket_select(): Unable to select [4]: Interrupted system call");
    assert_eq!((read.len(), socket_last_error(None), error.code()), (1, SOCKET_EINTR, SOCKET_EINTR));

    // With a timeout, the system does not start a receive again after the handler.
    socket_set_option(&b, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 20, usec: 0 })?;
    let error = socket_read(&b, 1, None).expect_err("interrupted");
    assert_eq!(error.to_string(), "socket_read(): unable to read from socket [4]: Interrupted system call");
    assert_eq!(socket_last_error(&b), SOCKET_EINTR);

    // What has come of a line is not lost, as it is in PHP; the next call tells of the signal.
    socket_write(&a, "half", None)?;
    assert_eq!(socket_read(&b, 100, PHP_NORMAL_READ)?, b"half");
    let error = socket_read(&b, 100, PHP_NORMAL_READ).expect_err("interrupted");
    assert_eq!(error.code(), SOCKET_EINTR);

    sender.kill()?;
    sender.wait()?;
    Ok(())
}

/// It only sets a flag, and ends the wait all the same.
#[cfg(feature = "poll")]
pub(crate) fn a_signal_ends_a_wait() -> Result<(), Box<dyn Error>> {
    use php_sockets::poll::{self, Backend, Context};

    signal_hook::flag::register(signal_hook::consts::SIGUSR1, Arc::default())?;
    for backend in Backend::available() {
        let context = Context::<()>::with_backend(backend)?;
        let mut sender = signals_from_outside()?;
        let result = context.wait(Duration::from_secs(20), None);
        sender.kill()?;
        sender.wait()?;
        let error = result.expect_err("a signal has come");
        assert!(matches!(error, poll::Error::FailedPollWaitException(_)));
        assert_eq!((error.to_string().as_str(), error.code()), ("Poll wait failed", poll::Error::ERROR_INTERRUPTED));
        assert_eq!(std::io::Error::from(error).kind(), std::io::ErrorKind::Interrupted);
    }
    Ok(())
}

fn signals_from_outside() -> std::io::Result<std::process::Child> {
    let script = format!("while kill -USR1 {} 2>/dev/null; do sleep 0.05; done", std::process::id());
    Command::new("sh").args(["-c", &script]).stdin(Stdio::null()).spawn()
}
