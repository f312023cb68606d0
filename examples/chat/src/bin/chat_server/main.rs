//! A chat room: the web page, its WebSocket server and the history, in one program and one thread.
//!
//! ```sh
//! cargo run --release -p chat --bin chat_server                                  # then open http://127.0.0.1:8080
//! cargo run --release -p chat --bin chat_server -- --history chat.db --help
//! ```
//!
//! Also: `cargo run --release -p chat --bin chat_client`, or, in the console of any page of the same origin,
//! `new WebSocket("ws://localhost:8080/msg").send(...)` as in the tutorial.

mod chat;
mod client;
mod descriptors;
mod history;
mod http;
mod options;
mod rate;
mod server;
mod signals;

use std::error::Error;
use std::fmt::Display;
use std::io::{Write, stderr, stdout};
use std::process::ExitCode;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&*error);
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let Some(options) = options::parse(std::env::args_os())? else {
        return Ok(write!(stdout(), "{}", options::HELP)?);
    };
    // A connection is a descriptor.
    descriptors::raise_limit();
    let server = server::Server::new(options)?;
    writeln!(stdout(), "chat on http://{}", server.address()?)?;
    server.run()
}

/// Says what has failed. Unlike `eprintln!` it goes on when nobody listens any more.
fn report(error: impl Display) {
    let _ = writeln!(stderr(), "{error}");
}
