//! The client for `echo_server`: it prints the greeting, sends one line, and ends.
//!
//! ```sh
//! cargo run --release --example echo_server                    # in another terminal, first
//! cargo run --release --example echo_client                    # 127.0.0.1:8001
//! cargo run --release --example echo_client -- 127.0.0.1:8001 "你好"
//! ```

mod support;

use std::error::Error;
use std::io::{Write, stdout};
use std::process::ExitCode;

use php_sockets::*;
use support::Arguments;

fn main() -> ExitCode {
    support::run(include_str!("echo_client.rs"), talk)
}

fn talk(arguments: &mut Arguments) -> Result<(), Box<dyn Error>> {
    let [address, message] = arguments.values()?;
    let (ip, port) = arguments.address_of(address, "127.0.0.1:8001")?;
    let message = message.map_or_else(|| "你好，服务器！".into(), |message| message.to_string_lossy().into_owned());

    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_connect(&socket, &ip, port)?;
    let greeting = socket_read(&socket, 8192, None)?;
    writeln!(stdout(), "{}", String::from_utf8_lossy(&greeting))?;
    socket_write(&socket, &message, message.len())?;
    socket_close(&socket)?;
    Ok(())
}
