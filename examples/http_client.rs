//! The example client of PHP's manual: it requests the head of a web server's front page, and prints the answer.
//!
//! ```sh
//! cargo run --release --example http_client                    # www.example.com, port 80
//! cargo run --release --example http_client -- localhost 8080
//! ```

mod support;

use std::error::Error;
use std::io::{Write, stdout};
use std::process::ExitCode;

use php_sockets::*;
use support::Arguments;

fn main() -> ExitCode {
    support::run(include_str!("http_client.rs"), request)
}

fn request(arguments: &mut Arguments) -> Result<(), Box<dyn Error>> {
    let [address, service_port] = arguments.values()?;
    let address = address.unwrap_or_else(|| "www.example.com".into()).to_string_lossy().into_owned();
    let service_port = service_port.unwrap_or_else(|| "80".into()).to_string_lossy().into_owned();
    let service_port: i32 = service_port.parse().map_err(|_| format!("the port is a number, not {service_port:?}"))?;

    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_set_option(&socket, SOL_SOCKET, SO_SNDTIMEO, Timeval { sec: 10, usec: 0 })?;
    socket_set_option(&socket, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 10, usec: 0 })?;
    writeln!(stdout(), "Attempting to connect to '{address}' on port '{service_port}'...")?;
    socket_connect(&socket, &address, service_port)?;

    let request = format!("HEAD / HTTP/1.1\r\nHost: {address}\r\nConnection: Close\r\n\r\n");
    socket_write(&socket, &request, request.len())?;
    writeln!(stdout(), "Reading response:\n")?;
    loop {
        let out = socket_read(&socket, 2048, None)?;
        if out.is_empty() {
            break;
        }
        stdout().write_all(&out)?;
    }
    socket_close(&socket)?;
    Ok(())
}
