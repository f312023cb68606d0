//! Signals: the end, and the next program in this one's place.

use std::error::Error;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use php_sockets::Socket;
use php_sockets::ws::server::Handle;
use signal_hook::consts::{SIGINT, SIGTERM, SIGUSR2, SIGXFSZ};
use signal_hook::iterator::Signals;

use crate::log::log;

/// Tells the next program that its standard input is the listening socket.
const INHERITED: &str = "CHAT_SERVER_LISTENER";
/// Over which time clients are told to come back: to all of them at once it would be a rush.
const SPREAD: Duration = Duration::from_secs(1);

/// What the next program needs of this one: the listening socket.
pub(crate) struct Next(OwnedFd);

impl Next {
    pub(crate) fn new(listener: &Socket) -> io::Result<Self> {
        Ok(Self(listener.as_fd().try_clone_to_owned()?))
    }

    /// Starts it; it finds newcomers waiting as soon as it has the history.
    fn start(&self) -> io::Result<u32> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(std::env::args_os().skip(1)).env(INHERITED, "stdin");
        Ok(command.stdin(Stdio::from(self.0.try_clone()?)).spawn()?.id())
    }
}

/// Ends the server when a signal asks for it; SIGUSR2 has this program, as it is on the disk now, take its place.
pub(crate) fn on_signals(handle: Handle, next: Next, has_history: bool) -> Result<(), Box<dyn Error>> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGUSR2])?;
    // A history at the limit of a file's size is a write that fails, not the end of the program.
    signal_hook::flag::register(SIGXFSZ, Arc::default())?;
    let follow = move || {
        for signal in signals.forever() {
            if signal != SIGUSR2 {
                return handle.stop();
            }
            if !has_history {
                log("no restart: without --history or --redis what was said would be lost");
                continue;
            }
            match next.start() {
                Ok(process) => {
                    log(format_args!("process {process} takes over"));
                    return handle.restart(SPREAD);
                }
                Err(error) => log(format_args!("no restart: {error}")),
            }
        }
    };
    std::thread::Builder::new().name("signals".into()).spawn(follow)?;
    Ok(())
}

/// Returns the listening socket that this program was started with, and whether another chat server, on its way out, has it
/// still.
pub(crate) fn inherited() -> Result<Option<(Socket, bool)>, Box<dyn Error>> {
    if std::env::var_os(INHERITED).is_some() {
        return Ok(Some((io::stdin().as_fd().try_clone_to_owned()?.try_into()?, true)));
    }
    // systemd's, or whoever else starts programs for their sockets.
    let listener = listenfd::ListenFd::from_env().take_tcp_listener(0)?;
    Ok(listener.map(|listener| (listener.into(), false)))
}
