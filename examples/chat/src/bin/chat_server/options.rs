//! The command line.

use std::error::Error;
use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::{Arg, Parser, ValueExt};
use php_sockets::ws::handshake::OriginPolicy;

pub(crate) const HELP: &str = "\
A chat room: the web page, its WebSocket server and the history, in one program.

Usage: chat_server [OPTIONS]

Options:
  -l, --listen ADDR     IP:PORT to listen on                        [default: 127.0.0.1:8080]
  -f, --history FILE    SQLite file that keeps what was said        [default: memory, the last 10,000 messages]
  -o, --origin ORIGIN   web origin to accept, as https://chat.example.com; may be given several times, `any` accepts
                        all                                         [default: the page's own]
  -r, --rate NUMBER     requests a second of one client, 0 for any  [default: 5]
  -c, --clients NUMBER  most connections at a time                  [default: 10000]
  -h, --help            print this

Ctrl-C or SIGTERM: says goodbye to everybody, writes the history, ends.
";

/// What the server was told to do.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) ip: String,
    pub(crate) port: i32,
    pub(crate) history: Option<PathBuf>,
    pub(crate) origin: OriginPolicy,
    /// Requests a second of one client.
    pub(crate) rate: Option<f64>,
    pub(crate) clients: usize,
}

/// Reads the arguments; `None` when they ask for help.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Option<Options>, Box<dyn Error>> {
    let mut options = Options {
        ip: "127.0.0.1".into(),
        port: 8080,
        history: None,
        origin: OriginPolicy::SameOrigin,
        rate: Some(5.0),
        clients: 10_000,
    };
    let mut origins = Vec::new();
    let mut parser = Parser::from_iter(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Short('l') | Arg::Long("listen") => (options.ip, options.port) = address(&parser.value()?.string()?)?,
            Arg::Short('f') | Arg::Long("history") => options.history = Some(parser.value()?.into()),
            Arg::Short('o') | Arg::Long("origin") => origins.push(parser.value()?.string()?),
            Arg::Short('r') | Arg::Long("rate") => {
                let rate: u32 = parser.value()?.parse()?;
                options.rate = (rate > 0).then_some(rate.into());
            }
            Arg::Short('c') | Arg::Long("clients") => options.clients = parser.value()?.parse()?,
            Arg::Short('h') | Arg::Long("help") => return Ok(None),
            _ => return Err(argument.unexpected().into()),
        }
    }
    if origins.iter().any(|origin| origin == "any") {
        options.origin = OriginPolicy::Any;
    } else if !origins.is_empty() {
        options.origin = OriginPolicy::list(origins);
    }
    Ok(Some(options))
}

/// Splits `127.0.0.1:8080` or `[::1]:8080`.
fn address(text: &str) -> Result<(String, i32), Box<dyn Error>> {
    let wrong = || format!("--listen is IP:PORT, as 127.0.0.1:8080, not {text:?}");
    let (ip, port) = text.rsplit_once(':').ok_or_else(wrong)?;
    let port: u16 = port.parse().map_err(|_| wrong())?;
    Ok((ip.trim_start_matches('[').trim_end_matches(']').to_owned(), port.into()))
}
