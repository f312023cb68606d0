//! The chat room in a terminal.
//!
//! ```sh
//! cargo run --release -p chat --bin chat_server
//! cargo run --release -p chat --bin chat_client -- --name 小明
//! ```
//!
//! Then type; `/help` lists the commands.

mod network;
mod options;
mod session;
mod terminal;

use std::error::Error;
use std::io::{IsTerminal, Write, stdin, stdout};
use std::process::ExitCode;
use std::time::Duration;

use network::Network;
use session::{Command, Session};
use terminal::{Lines, Screen};

/// How long the program waits at its end for the next message to be acknowledged.
const PATIENCE: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let Some(options) = options::parse()? else {
        return Ok(write!(stdout(), "{}", options::HELP)?);
    };
    let (mut lines, screen) = terminal::open()?;
    let session = Session::new(options.name, options.room, session::random()?);
    let network = Network::start(options.url, session, screen.clone())?;
    let in_terminal = stdin().is_terminal();
    let read = talk(&mut lines, &screen, &network, in_terminal);
    // What comes now is not to wait for a line to be edited.
    drop(lines);
    let refused = network.finish(PATIENCE)?;
    // What was read before something that is no text has been said.
    read?;
    // Who sees the reasons as they come needs no other one at the end.
    match refused {
        Some(reason) if !in_terminal => Err(format!("not everything was taken: {reason}").into()),
        _ => Ok(()),
    }
}

/// Reads line by line until the user leaves.
fn talk(lines: &mut Lines, screen: &Screen, network: &Network, in_terminal: bool) -> Result<(), Box<dyn Error>> {
    loop {
        let prompt = if in_terminal { network.prompt() } else { String::new() };
        let Some(line) = lines.next(&prompt)? else { return Ok(()) };
        match session::command(&line) {
            Command::Nothing => {}
            Command::Quit => return Ok(()),
            Command::Help => screen.notice(session::HELP),
            Command::Wrong(problem) => network.refuse(problem),
            command => network.command(command),
        }
    }
}
