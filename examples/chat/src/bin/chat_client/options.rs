//! The command line.

use std::error::Error;

use lexopt::{Arg, Parser, ValueExt};

pub(crate) const HELP: &str = "\
The chat room in a terminal.

Usage: chat_client [OPTIONS] [URL]

  URL                   of the server, as it prints it, or of a room, as the browser shows it
                                                        [default: http://127.0.0.1:8080]

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
    let mut name = std::env::var("USER").or_else(|_| std::env::var("USERNAME")).unwrap_or_else(|_| "somebody".into());
    let (mut room, mut url) = (None, None);
    let mut parser = Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Short('n') | Arg::Long("name") => name = parser.value()?.string()?,
            Arg::Short('r') | Arg::Long("room") => room = Some(parser.value()?.string()?),
            Arg::Short('h') | Arg::Long("help") => return Ok(None),
            Arg::Value(value) if url.is_none() => url = Some(value.string()?),
            _ => return Err(argument.unexpected().into()),
        }
    }
    let url = url.unwrap_or_else(|| "127.0.0.1:8080".into());
    let (server, fragment) = url.split_once('#').unwrap_or((&url, ""));
    // That of a private conversation names nobody whom this session knows.
    let shown = decode(fragment).filter(|room| !room.is_empty() && !room.starts_with('@'));
    let room = room.or(shown).unwrap_or_else(|| chat_protocol::LOBBY.into());
    Ok(Some(Options { url: websocket(server), name, room }))
}

/// Returns the address of the WebSocket of a server: `http` is taken for `ws`, and the path need not be given.
fn websocket(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("ws", url));
    let scheme = match &*scheme.to_ascii_lowercase() {
        "http" => "ws".to_owned(),
        "https" => "wss".to_owned(),
        other => other.to_owned(),
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let path = if rest.contains('/') { "" } else { "/msg" };
    format!("{scheme}://{rest}{path}")
}

/// Reads what is percent-encoded (RFC 3986, section 2.1), as a browser's address is.
fn decode(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(part.get(..2)?, 16).ok()?);
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    String::from_utf8(bytes).ok()
}
