//! The command line.

use std::error::Error;

use lexopt::{Arg, Parser, ValueExt};

pub(crate) const HELP: &str = "\
The chat room in a terminal.

Usage: chat_client [OPTIONS] [URL]

  URL                   of the server's WebSocket  [default: ws://127.0.0.1:8080/msg]

Options:
  -n, --name NAME       your name                  [default: the system's user name]
  -r, --room ROOM       the room to enter first    [default: lobby]
  -h, --help            print this

Without a terminal it sends what it reads, a message a line, and ends when all is acknowledged. NO_COLOR is respected.
";

/// What the client was told to do.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) url: String,
    pub(crate) name: String,
    pub(crate) room: String,
}

/// Reads the arguments; `None` when they ask for help.
pub(crate) fn parse() -> Result<Option<Options>, Box<dyn Error>> {
    let mut options = Options {
        url: "ws://127.0.0.1:8080/msg".into(),
        name: std::env::var("USER").or_else(|_| std::env::var("USERNAME")).unwrap_or_else(|_| "somebody".into()),
        room: chat_protocol::LOBBY.into(),
    };
    let mut parser = Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Short('n') | Arg::Long("name") => options.name = parser.value()?.string()?,
            Arg::Short('r') | Arg::Long("room") => options.room = parser.value()?.string()?,
            Arg::Short('h') | Arg::Long("help") => return Ok(None),
            Arg::Value(url) => options.url = url.string()?,
            _ => return Err(argument.unexpected().into()),
        }
    }
    Ok(Some(options))
}
