//! Datagrams: the server sends each back to where it came from, the client sends one and prints the answer.
//!
//! ```sh
//! cargo run --release --example udp_echo                              # the server, 127.0.0.1:9999
//! cargo run --release --example udp_echo -- --send "你好" 127.0.0.1:9999    # the client
//! ```
//!
//! Or: `nc -u 127.0.0.1 9999`, type a line.

mod support;

use std::error::Error;
use std::io::{Write, stderr, stdout};
use std::process::ExitCode;
use std::thread::sleep;
use std::time::Duration;

use php_sockets::*;
use support::Arguments;

fn main() -> ExitCode {
    support::run(include_str!("udp_echo.rs"), run)
}

fn run(arguments: &mut Arguments) -> Result<(), Box<dyn Error>> {
    let message = arguments.option("--send")?;
    let (ip, port) = arguments.address("127.0.0.1:9999")?;
    let socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    match message {
        Some(message) => send(&socket, &message.to_string_lossy(), &ip, port),
        None => serve(&socket, &ip, port),
    }
}

fn serve(socket: &Socket, ip: &str, port: i32) -> Result<(), Box<dyn Error>> {
    socket_bind(socket, ip, port)?;
    let (ip, port) = socket_getsockname(socket)?;
    writeln!(stdout(), "listening on {ip}:{port}")?;
    let mut buf = Vec::new();
    loop {
        let (length, from, port) = match socket_recvfrom(socket, &mut buf, 65_536, 0) {
            Ok(datagram) => datagram,
            Err(error) => {
                // The system is short of memory, most likely.
                let _ = writeln!(stderr(), "{error}");
                sleep(Duration::from_secs(1));
                continue;
            }
        };
        writeln!(stdout(), "{length} bytes from {from}:{port}")?;
        if let Err(error) = socket_sendto(socket, &buf, length, 0, &from, port) {
            let _ = writeln!(stderr(), "{error}");
        }
    }
}

fn send(socket: &Socket, message: &str, ip: &str, port: i32) -> Result<(), Box<dyn Error>> {
    // A datagram may get lost: nobody waits for ever.
    socket_set_option(socket, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 5, usec: 0 })?;
    socket_sendto(socket, message, message.len(), 0, ip, port)?;
    let mut buf = Vec::new();
    socket_recvfrom(socket, &mut buf, 65_536, 0)?;
    writeln!(stdout(), "{}", String::from_utf8_lossy(&buf))?;
    Ok(())
}
