//! The example server of PHP's manual: it repeats each line; `quit` ends the connection, `shutdown` the server.
//!
//! ```sh
//! cargo run --release --example talkback                    # 127.0.0.1:10000
//! ```
//!
//! Then: `telnet 127.0.0.1 10000` (or `nc`), type a line, `quit`, or `shutdown`.
//! It serves one client at a time, and disconnects one that says nothing for ten seconds.

mod support;

use std::error::Error;
use std::io::{Write, stderr, stdout};
use std::process::ExitCode;
use std::thread::sleep;
use std::time::Duration;

use php_sockets::*;
use support::Arguments;

fn main() -> ExitCode {
    support::run(include_str!("talkback.rs"), serve)
}

fn serve(arguments: &mut Arguments) -> Result<(), Box<dyn Error>> {
    let (address, port) = arguments.address("127.0.0.1:10000")?;

    let sock = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_set_option(&sock, SOL_SOCKET, SO_REUSEADDR, 1)?;
    socket_bind(&sock, &address, port)?;
    socket_listen(&sock, 5)?;
    let (address, port) = socket_getsockname(&sock)?;
    writeln!(stdout(), "listening on {address}:{port}")?;

    loop {
        let msgsock = match socket_accept(&sock) {
            Ok(msgsock) => msgsock,
            Err(error) => {
                // No descriptors are left, most likely. Those who leave make room.
                let _ = writeln!(stderr(), "{error}");
                sleep(Duration::from_secs(1));
                continue;
            }
        };
        match talk(&msgsock) {
            Ok(Ending::Quit) => {}
            Ok(Ending::Shutdown) => break,
            // The end of the connection and a broken one both arrive here, as in PHP: the next client, please.
            Err(error) => drop(writeln!(stderr(), "{error}")),
        }
        socket_close(&msgsock)?;
    }
    socket_close(&sock)?;
    Ok(())
}

enum Ending {
    Quit,
    Shutdown,
}

/// How long the next client waits for one who says or reads nothing.
const PATIENCE: Timeval = Timeval { sec: 10, usec: 0 };

fn talk(msgsock: &Socket) -> Result<Ending> {
    socket_set_option(msgsock, SOL_SOCKET, SO_RCVTIMEO, PATIENCE)?;
    socket_set_option(msgsock, SOL_SOCKET, SO_SNDTIMEO, PATIENCE)?;
    let msg = "\nWelcome to the PHP Test Server. \n\
               To quit, type 'quit'. To shut down the server type 'shutdown'.\n";
    socket_write(msgsock, msg, msg.len())?;
    loop {
        let buf = match socket_read(msgsock, 2048, PHP_NORMAL_READ) {
            // Ctrl-Z and fg.
            Err(error) if error.code() == SOCKET_EINTR => continue,
            buf => buf?,
        };
        let buf = String::from_utf8_lossy(buf.trim_ascii());
        match &*buf {
            "" => continue,
            "quit" => return Ok(Ending::Quit),
            "shutdown" => return Ok(Ending::Shutdown),
            _ => {}
        }
        let talkback = format!("PHP: You said '{buf}'.\n");
        socket_write(msgsock, &talkback, talkback.len())?;
        let _ = writeln!(stdout(), "{buf}");
    }
}
