//! What the system is asked for: signals, the socket that this program was started with, and the next program in
//! this one's place.

use std::error::Error;
use std::fmt::Display;
use std::io::{self, BufRead, BufReader, Write, stdout};
use std::num::NonZeroU32;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use php_sockets::ws::server::Handle;
use php_sockets::{
    AF_UNIX, SO_RCVTIMEO, SOCK_DGRAM, SOL_SOCKET, Socket, socket_bind, socket_create, socket_recv, socket_sendto,
    socket_set_option,
};
use signal_hook::consts::{SIGINT, SIGTERM, SIGUSR2, SIGXFSZ};
use signal_hook::iterator::{SignalsInfo, exfiltrator::WithOrigin};

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

/// Ends the server when a signal asks for it. What it returns are the processes that have asked for the next program by SIGUSR2,
/// to be [told](tell) what came of it.
pub(crate) fn on_signals(handle: Handle) -> io::Result<Receiver<i32>> {
    let mut signals = SignalsInfo::<WithOrigin>::new([SIGINT, SIGTERM, SIGUSR2])?;
    let (asker, askers) = sync_channel(16);
    let follow = move || {
        signals.forever().for_each(|origin| match origin.signal {
            // One of another container has no number here. When many wait already, one more asks for nothing new.
            SIGUSR2 => drop(asker.try_send(origin.process.map_or(0, |process| process.pid))),
            _ => handle.stop(),
        });
    };
    std::thread::Builder::new().name("signals".into()).spawn(follow)?;
    // A history at the limit of a file's size is a write that fails, not the end of the program.
    signal_hook::flag::register(SIGXFSZ, Arc::default())?;
    Ok(askers)
}

/// Has the next program take the place of a server, and waits for what the server tells of it.
pub(crate) fn restart(server: NonZeroU32) -> Result<String, Box<dyn Error>> {
    let socket = socket_create(AF_UNIX, SOCK_DGRAM, 0)?;
    socket_bind(&socket, ear(std::process::id()), None)?;
    socket_set_option(&socket, SOL_SOCKET, SO_RCVTIMEO, Duration::from_secs(1))?;
    // No process has the greatest number.
    let process = Pid::from_raw(i32::try_from(server.get()).unwrap_or(i32::MAX));
    let until = Instant::now() + 2 * PATIENCE;
    let mut signal = Some(Signal::SIGUSR2);
    let mut outcome = Vec::new();
    while Instant::now() < until {
        // Later it is only seen whether it is there.
        kill(process, signal.take()).map_err(|error| format!("process {process}: {error}"))?;
        if socket_recv(&socket, &mut outcome, 4096, 0).is_ok() {
            let (is_done, told) = serde_json::from_slice::<(bool, String)>(&outcome)?;
            return if is_done { Ok(told) } else { Err(told.into()) };
        }
    }
    Err(format!("process {process} has not told what came of it; its log may say it").into())
}

/// Tells a process that has asked for the next program whether that serves, in words too. Not each one waits for that.
pub(crate) fn tell(asker: i32, outcome: (bool, &str)) {
    if let (Ok(socket), Ok(text)) = (socket_create(AF_UNIX, SOCK_DGRAM, 0), serde_json::to_vec(&outcome)) {
        let _ = socket_sendto(&socket, &text, text.len(), 0, ear(asker), None);
    }
}

/// Where a process hears what came of a restart: a name that no file has.
fn ear(process: impl Display) -> String {
    format!("\0chat_server/{process}")
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
