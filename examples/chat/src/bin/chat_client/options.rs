//! The command line.

use std::error::Error;

use lexopt::{Arg, Parser, ValueExt};

pub(crate) const HELP: &str = "\
The chat room in a terminal.

Usage: chat_client [OPTIONS] [URL]

  URL                   of the server, as it prints it  [default: http://127.0.0.1:8080]

Options:
  -n, --name NAME       your name                       [default: the system's user name]
  -r, --room ROOM       the room to enter first         [default: lobby]
  -h, --help            print this

Without a terminal it sends what it reads, a message a line, as fast as the server takes it, and ends when all is
acknowledged: with 1 and a reason when something was refused. NO_COLOR is respected.
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
    let mut has_url = false;
    let mut parser = Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Short('n') | Arg::Long("name") => options.name = parser.value()?.string()?,
            Arg::Short('r') | Arg::Long("room") => options.room = parser.value()?.string()?,
            Arg::Short('h') | Arg::Long("help") => return Ok(None),
            Arg::Value(url) if !has_url => {
                options.url = websocket(&url.string()?);
                has_url = true;
            }
            _ => return Err(argument.unexpected().into()),
        }
    }
    Ok(Some(options))
}

/// Returns the address of the WebSocket of a server: `http` is taken for `ws`, and the path need not be given.
fn websocket(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("ws", url));
    let scheme = match scheme {
        "http" => "ws",
        "https" => "wss",
        other => other,
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let path = if rest.contains('/') { "" } else { "/msg" };
    format!("{scheme}://{rest}{path}")
}
