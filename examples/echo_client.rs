//! The client of the tutorial's server: it prints the greeting, sends one line, and ends.
//!
//! ```sh
//! cargo run --release --example echo_server                    # in another terminal, first
//! cargo run --release --example echo_client                    # 127.0.0.1:8001
//! cargo run --release --example echo_client -- 127.0.0.1:9000 "你好"
//! ```

use std::error::Error;
use std::io::{Write, stdout};
use std::process::ExitCode;

use php_sockets::*;

fn main() -> ExitCode {
    if let Err(error) = talk() {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn talk() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned());
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:8001".to_owned());
    let message = arguments.next().unwrap_or_else(|| "你好，服务器！".to_owned());
    let (ip, port) = address.rsplit_once(':').ok_or("the address is IP:PORT, as 127.0.0.1:8001")?;
    let port: i32 = port.parse().map_err(|_| format!("the port is a number, not {port:?}"))?;

    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_connect(&socket, ip, port)?;
    let greeting = socket_read(&socket, 8192, None)?;
    writeln!(stdout(), "{}", String::from_utf8_lossy(&greeting))?;
    socket_write(&socket, &message, message.len())?;
    socket_close(&socket)?;
    Ok(())
}
