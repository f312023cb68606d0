//! A first server, one Rust line for each PHP line: it greets each client, prints what the client says, and ends after five.
//!
//! ```sh
//! cargo run --release --example echo_server                            # 127.0.0.1:8001
//! cargo run --release --example echo_server -- --forever 127.0.0.1:9000
//! ```
//!
//! Then, in another terminal: `cargo run --release --example echo_client`, or `nc 127.0.0.1 8001`, type a line, press Enter.
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
    support::run(include_str!("echo_server.rs"), serve)
}

fn serve(arguments: &mut Arguments) -> Result<(), Box<dyn Error>> {
    let forever = arguments.flag("--forever");
    let (ip, port) = arguments.address("127.0.0.1:8001")?;

    let sock = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    // Not in the tutorial: without it the port stays in use for a minute after the server has ended.
    socket_set_option(&sock, SOL_SOCKET, SO_REUSEADDR, 1)?;
    socket_bind(&sock, &ip, port)?;
    socket_listen(&sock, 4)?;
    let (ip, port) = socket_getsockname(&sock)?;
    writeln!(stdout(), "listening on {ip}:{port}")?;

    let mut count = 0;
    loop {
        let msgsock = match socket_accept(&sock) {
            Ok(msgsock) => msgsock,
            Err(error) => {
                // No descriptors are left, most likely. Those who leave make room.
                let _ = writeln!(stderr(), "失败: {}", socket_strerror(error.code()));
                sleep(Duration::from_secs(1));
                continue;
            }
        };
        // A client that goes away is its own affair: the server warns, as PHP does, and takes the next.
        match greet(&msgsock) {
            Ok(buf) => writeln!(stdout(), "测试成功了啊\n收到的信息:{}", String::from_utf8_lossy(&buf))?,
            Err(error) => drop(writeln!(stderr(), "{error}")),
        }
        count += 1;
        if count >= 5 && !forever {
            break;
        }
        socket_close(&msgsock)?;
    }
    socket_close(&sock)?;
    Ok(())
}

/// How long the next client waits for one who says or reads nothing.
const PATIENCE: Timeval = Timeval { sec: 10, usec: 0 };

fn greet(msgsock: &Socket) -> Result<Vec<u8>> {
    socket_set_option(msgsock, SOL_SOCKET, SO_RCVTIMEO, PATIENCE)?;
    socket_set_option(msgsock, SOL_SOCKET, SO_SNDTIMEO, PATIENCE)?;
    let msg = "测试成功！";
    socket_write(msgsock, msg, msg.len())?;
    loop {
        match socket_read(msgsock, 8192, None) {
            // Ctrl-Z and fg.
            Err(error) if error.code() == SOCKET_EINTR => {}
            buf => return buf,
        }
    }
}
