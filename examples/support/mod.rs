//! What the examples have in common: their arguments, `--help`, and one line about what is wrong.
#![allow(dead_code, reason = "each example uses a part")]

use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::io::{Write, stderr, stdout};
use std::process::ExitCode;

pub(crate) type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// Runs an example; `--help` prints how its source begins instead.
pub(crate) fn run(source: &str, example: impl FnOnce(&mut Arguments) -> Outcome) -> ExitCode {
    let mut arguments = Arguments { left: env::args_os().skip(1).collect(), address: None };
    if arguments.flag("--help") || arguments.flag("-h") {
        // It does not matter when nobody listens.
        let _ = stdout().write_all(help(source).as_bytes());
        return ExitCode::SUCCESS;
    }
    let Err(error) = example(&mut arguments) else { return ExitCode::SUCCESS };
    let mut line = error.to_string().replace('\n', " ");
    if let (Some(address), true) = (arguments.address, line.contains("in use")) {
        line += &format!(" ({address}: end the program that listens there, or name another address; see --help)");
    }
    let _ = writeln!(stderr(), "{line}");
    ExitCode::FAILURE
}

/// The comment that a source begins with, as plain text.
fn help(source: &str) -> String {
    let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
    let lines = lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).filter(|line| !line.starts_with("```"));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// What the example was told. What is not asked for is an error, once the values are taken.
pub(crate) struct Arguments {
    left: Vec<OsString>,
    address: Option<String>,
}

impl Arguments {
    /// Takes out an option without a value.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        let place = self.left.iter().position(|argument| argument == name);
        place.map(|place| self.left.remove(place)).is_some()
    }

    /// Takes out an option and its value.
    pub(crate) fn option(&mut self, name: &str) -> Outcome<Option<OsString>> {
        let Some(place) = self.left.iter().position(|argument| argument == name) else { return Ok(None) };
        self.left.remove(place);
        if place == self.left.len() {
            return Err(format!("{name} needs a value; see --help").into());
        }
        Ok(Some(self.left.remove(place)))
    }

    /// Takes out the values, `N` at most; all options have been taken before.
    pub(crate) fn values<const N: usize>(&mut self) -> Outcome<[Option<OsString>; N]> {
        let option = self.left.iter().find(|argument| argument.to_string_lossy().starts_with("--"));
        if let Some(unknown) = option.or_else(|| self.left.get(N)) {
            return Err(format!("{unknown:?} is not asked for; see --help").into());
        }
        let mut values = self.left.drain(..);
        Ok(std::array::from_fn(|_| values.next()))
    }

    /// Takes out the only value, which is text.
    pub(crate) fn text(&mut self, default: &str) -> Outcome<String> {
        let [text] = self.values()?;
        Ok(text.map_or_else(|| default.to_owned(), |text| text.to_string_lossy().into_owned()))
    }

    /// Takes out the only value, an IP address and a port.
    pub(crate) fn address(&mut self, default: &str) -> Outcome<(String, i32)> {
        let [address] = self.values()?;
        self.address_of(address, default)
    }

    /// Reads a value that is an IP address and a port.
    pub(crate) fn address_of(&mut self, value: Option<OsString>, default: &str) -> Outcome<(String, i32)> {
        let address = value.map_or_else(|| default.to_owned(), |value| value.to_string_lossy().into_owned());
        let form = || format!("the address is IP:PORT, as {default}; see --help");
        let (ip, port) = address.rsplit_once(':').ok_or_else(form)?;
        let port = port.parse().map_err(|_| format!("the port is a number, not {port:?}; {}", form()))?;
        let ip = ip.to_owned();
        self.address = Some(address);
        Ok((ip, port))
    }
}

/// Makes a server that listens where the example was told to, and says where that is.
#[cfg(feature = "server")]
pub(crate) fn bind(arguments: &mut Arguments, default: &str) -> Outcome<php_sockets::ws::server::Server> {
    let (ip, port) = arguments.address(default)?;
    announce(php_sockets::ws::server::Server::bind(&ip, port)?)
}

/// Says where a server listens.
#[cfg(feature = "server")]
pub(crate) fn announce(server: php_sockets::ws::server::Server) -> Outcome<php_sockets::ws::server::Server> {
    let (ip, port) = server.address()?;
    writeln!(stdout(), "listening on ws://{ip}:{port}")?;
    Ok(server)
}
