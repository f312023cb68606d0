//! A chat: the web page, its WebSocket server and the history, in one program.
//!
//! ```sh
//! cargo run --release -p chat --bin chat_server                                  # then open http://127.0.0.1:8080
//! cargo run --release -p chat --bin chat_server -- --history chat.db --threads 2
//! cargo run --release -p chat --features redis --bin chat_server -- --redis redis://127.0.0.1
//! ```
//!
//! Also: `cargo run --release -p chat --bin chat_client`, or, in the console of any page of the same origin,
//! `new WebSocket("ws://localhost:8080/msg").send(...)`.

mod certificate;
#[cfg_attr(not(feature = "redis"), allow(dead_code, reason = "several servers use the rest"))]
mod chat;
mod descriptors;
mod door;
mod hall;
mod history;
mod http;
mod log;
mod options;
mod rate;
mod server;
#[cfg(feature = "redis")]
mod shared;
mod sqlite;
#[cfg_attr(unix, path = "system/unix.rs")]
#[cfg_attr(not(unix), path = "system/elsewhere.rs")]
mod system;

use std::error::Error;
use std::io::{Write, stdout};
use std::process::ExitCode;

fn main() -> ExitCode {
    let Err(error) = run() else { return ExitCode::SUCCESS };
    log::log(error);
    ExitCode::FAILURE
}

fn run() -> Result<(), Box<dyn Error>> {
    let Some(options) = options::parse(std::env::args_os())? else {
        return Ok(write!(stdout(), "{}", options::HELP)?);
    };
    if let Some(process) = options.restart {
        return Ok(writeln!(stdout(), "{}", system::restart(process)?)?);
    }
    descriptors::raise_limit();
    server::run(options)
}
