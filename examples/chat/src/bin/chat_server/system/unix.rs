//! What the system is asked for: signals, the socket that this program was started with, and the next program in
//! this one's place.

use std::error::Error;
use std::io::{self, BufRead, BufReader, Write, stdout};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use php_sockets::Socket;
use php_sockets::ws::server::Handle;
use signal_hook::consts::{SIGINT, SIGTERM, SIGUSR2, SIGXFSZ};
use signal_hook::iterator::Signals;

use crate::log::log;

/// How long the next program may take until it serves: what is said meanwhile waits.
const PATIENCE: Duration = Duration::from_secs(8);

/// Starts this program, as it is on the disk now, to take this one's place, and waits until it serves: then returns its process.
/// It says why by itself when it does not.
pub(crate) fn start_next(listener: &Socket) -> Result<u32, Box<dyn Error>> {
    if std::process::id() == 1 {
        return Err("a container ends with its first process, which this is: restart the container".into());
    }
    let (own, output) = UnixStream::pair()?;
    own.set_read_timeout(Some(PATIENCE))?;
    // By the name that it was started by: the file itself may have been replaced.
    let mut arguments = std::env::args_os();
    let mut command = Command::new(arguments.next().unwrap_or_default());
    // The socket, as systemd would hand it on, but for the number of its descriptor.
    command.args(arguments).envs([("LISTEN_FDS", "1"), ("LISTEN_FDS_FIRST_FD", "0")]);
    command.stdin(listener.as_fd().try_clone_to_owned()?).stdout(OwnedFd::from(output));
    let mut process = command.spawn()?;
    // It has its output alone now, and its end is heard.
    drop(command);
    let mut line = String::new();
    match BufReader::new(own).read_line(&mut line) {
        Ok(1..) => {
            let _ = stdout().write_all(line.as_bytes());
            Ok(process.id())
        }
        Ok(0) => Err(format!("the new program ended: {}", process.wait()?).into()),
        Err(_) => {
            process.kill()?;
            process.wait()?;
            Err("the new program took too long to start".into())
        }
    }
}

/// Which file a path leads to.
pub(crate) type Identity = (u64, u64);

pub(crate) fn identity(path: &Path) -> Option<Identity> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

/// Ends the server when a signal asks for it; returns what SIGUSR2 sets, which asks for the next program.
pub(crate) fn on_signals(handle: Handle) -> io::Result<Arc<AtomicBool>> {
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let stop = move || signals.forever().for_each(|_| handle.stop());
    std::thread::Builder::new().name("signals".into()).spawn(stop)?;
    // A history at the limit of a file's size is a write that fails, not the end of the program.
    signal_hook::flag::register(SIGXFSZ, Arc::default())?;
    let next = Arc::default();
    signal_hook::flag::register(SIGUSR2, Arc::clone(&next))?;
    Ok(next)
}

/// Returns the listening socket that this program was started with: by another chat server on its way out, or by systemd.
pub(crate) fn inherited() -> Result<Option<Socket>, String> {
    let mut listeners = listenfd::ListenFd::from_env();
    if listeners.len() > 1 {
        return Err("systemd has opened several sockets: one ListenStream= is served, as PORT for IPv4 and IPv6".into());
    }
    let listener = listeners.take_tcp_listener(0).map_err(|error| format!("{error}: ListenStream= is IP:PORT"))?;
    Ok(listener.map(Socket::from))
}

/// Tells systemd, for a service of `Type=notify`, that this program serves, in the place of another one perhaps.
pub(crate) fn notify() {
    let Some(path) = std::env::var_os("NOTIFY_SOCKET") else { return };
    let state = format!("READY=1\nMAINPID={}", std::process::id());
    if let Err(error) = UnixDatagram::unbound().and_then(|socket| socket.send_to(state.as_bytes(), path)) {
        log(format_args!("systemd could not be told that this serves: {error}"));
    }
}
