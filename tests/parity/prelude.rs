//! What prelude.php gives the PHP scripts, for their Rust ports: a failed call prints the line that PHP's warning or
//! exception is there.

use std::fmt::Display;
use std::io::{self, Write};

pub(crate) use php_sockets::*;

pub(crate) use crate::describe::{Answer, Describe};
pub(crate) use crate::harness::{Difference, Outcome, always, before, compare, exchange, since};

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

/// PHP's `socket_recv(…, $data, …) . " $data"`.
pub(crate) fn joined(count: Result<usize>, data: &[u8]) -> Result<String> {
    count.map(|count| format!("{count} {}", String::from_utf8_lossy(data)))
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
        Error::Closed { .. } | Error::Thrown { .. } => "Error",
        _ => "Warning",
    }
}
