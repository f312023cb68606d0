//! What prelude.php gives the PHP scripts, for their Rust ports: a failed call prints the line that PHP's warning or
//! exception is there.

use std::fmt::Display;
use std::io::{self, Write};

pub(crate) use php_sockets::*;

pub(crate) use crate::harness::{Difference, Outcome, always, before, compare, exchange};

/// Prints as PHP's `echo` does, byte for byte.
macro_rules! echo {
    ($($part:expr),+ $(,)?) => {{
        $($crate::prelude::write_out(&$crate::prelude::Echo::echo(&$part));)+
    }};
}
pub(crate) use echo;

/// What `echo!` can print.
pub(crate) trait Echo {
    fn echo(&self) -> Vec<u8>;
}

impl Echo for Vec<u8> {
    fn echo(&self) -> Vec<u8> {
        self.clone()
    }
}

impl<T: Echo + ?Sized> Echo for &T {
    fn echo(&self) -> Vec<u8> {
        (**self).echo()
    }
}

macro_rules! echo_by_display {
    ($($type:ty),+) => {$(
        impl Echo for $type {
            fn echo(&self) -> Vec<u8> {
                self.to_string().into_bytes()
            }
        }
    )+};
}
echo_by_display!(str, String, i32, i64, usize);

pub(crate) fn write_out(bytes: &[u8]) {
    io::stdout().write_all(bytes).expect("the test reads what the port prints");
}

/// Prints what a call returned, or the lines of its error: a warning is followed by `false`, an exception is not.
pub(crate) fn show(result: impl Describe) {
    echo!(result.describe(), "\n");
}

/// Tells the test that clients may connect, and where: it becomes `argv(1)` of the client.
pub(crate) fn listening(address: impl Display) {
    eprintln!("{address}");
}

/// `$argv[1]`: where the server listens.
pub(crate) fn argument() -> String {
    std::env::var(crate::harness::ARGUMENT).expect("a client is told where to connect")
}

/// Prints PHP's line for an error that was not shown: a warning's text, nothing where PHP is silent.
pub(crate) fn warn(error: &Error) {
    if !error.is_silent() {
        echo!(class(error), ": ", error.to_string(), "\n");
    }
}

/// The class that PHP throws, or `Warning`.
pub(crate) fn class(error: &Error) -> &'static str {
    match error {
        Error::ValueError { .. } => "ValueError",
        Error::TypeError { .. } => "TypeError",
        Error::Closed { .. } => "Error",
        _ => "Warning",
    }
}

/// Writes a value as JSON does, a socket by its class.
pub(crate) trait Describe {
    fn describe(&self) -> String;
}

impl<T: Describe> Describe for Result<T> {
    fn describe(&self) -> String {
        match self {
            Ok(value) => value.describe(),
            Err(error) if error.is_silent() => "false".to_owned(),
            Err(error) => match class(error) {
                "Warning" => format!("Warning: {error}\nfalse"),
                class => format!("{class}: {error}"),
            },
        }
    }
}

impl<T: Describe + ?Sized> Describe for &T {
    fn describe(&self) -> String {
        (**self).describe()
    }
}

/// PHP's functions return true where there is nothing else to return.
impl Describe for () {
    fn describe(&self) -> String {
        "true".to_owned()
    }
}

impl<T: Describe> Describe for Option<T> {
    fn describe(&self) -> String {
        self.as_ref().map_or_else(|| "null".to_owned(), Describe::describe)
    }
}

impl Describe for Socket {
    fn describe(&self) -> String {
        "Socket".to_owned()
    }
}

macro_rules! describe_by_display {
    ($($type:ty),+) => {$(
        impl Describe for $type {
            fn describe(&self) -> String {
                self.to_string()
            }
        }
    )+};
}
describe_by_display!(bool, u8, u16, u32, i32, i64, usize);

impl Describe for str {
    fn describe(&self) -> String {
        let mut quoted = String::from("\"");
        for character in self.chars() {
            match character {
                '"' | '\\' => quoted.extend(['\\', character]),
                '\n' => quoted.push_str("\\n"),
                '\r' => quoted.push_str("\\r"),
                '\t' => quoted.push_str("\\t"),
                '\0'..' ' => quoted.push_str(&format!("\\u{:04x}", u32::from(character))),
                _ => quoted.push(character),
            }
        }
        quoted + "\""
    }
}

impl Describe for String {
    fn describe(&self) -> String {
        self.as_str().describe()
    }
}

/// A PHP string.
impl Describe for Vec<u8> {
    fn describe(&self) -> String {
        String::from_utf8_lossy(self).describe()
    }
}

/// A PHP list.
impl<T: Describe> Describe for [T] {
    fn describe(&self) -> String {
        list(self.iter().map(Describe::describe))
    }
}

impl<T: Describe, const N: usize> Describe for [T; N] {
    fn describe(&self) -> String {
        self[..].describe()
    }
}

impl<A: Describe, B: Describe> Describe for (A, B) {
    fn describe(&self) -> String {
        list([self.0.describe(), self.1.describe()])
    }
}

impl<A: Describe, B: Describe, C: Describe> Describe for (A, B, C) {
    fn describe(&self) -> String {
        list([self.0.describe(), self.1.describe(), self.2.describe()])
    }
}

fn list(parts: impl IntoIterator<Item = String>) -> String {
    format!("[{}]", parts.into_iter().collect::<Vec<_>>().join(", "))
}

/// A value that is not of one type in PHP.
pub(crate) struct Answer(String);

impl Answer {
    pub(crate) fn of(value: impl Describe) -> Self {
        Self(value.describe())
    }
}

impl Describe for Answer {
    fn describe(&self) -> String {
        self.0.clone()
    }
}
