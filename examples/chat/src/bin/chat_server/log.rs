//! What is worth a line, on standard error.

use std::fmt::Display;
use std::io::{Write, stderr};
use std::sync::atomic::{AtomicBool, Ordering};

/// Lines are JSON objects.
pub(crate) static JSON: AtomicBool = AtomicBool::new(false);

/// Writes a line. Unlike `eprintln!` it goes on when nobody listens any more.
pub(crate) fn log(event: impl Display) {
    let _ = writeln!(stderr(), "{}", line(event));
}

/// Returns an event as a line.
pub(crate) fn line(event: impl Display) -> String {
    let event = event.to_string();
    if JSON.load(Ordering::Relaxed) {
        return serde_json::json!({"time": crate::history::now(), "event": event}).to_string();
    }
    event
}

/// Something that may go wrong again and again: says what it is when that begins, and that it is over.
pub(crate) struct Trouble {
    place: &'static str,
    has_begun: bool,
}

impl Trouble {
    pub(crate) fn with(place: &'static str) -> Self {
        Self { place, has_begun: false }
    }

    pub(crate) fn begins(&mut self, what: impl Display) {
        if !std::mem::replace(&mut self.has_begun, true) {
            log(format_args!("{}: {what}", self.place));
        }
    }

    pub(crate) fn ends(&mut self, how: &str) {
        if std::mem::take(&mut self.has_begun) {
            log(format_args!("{}: {how}", self.place));
        }
    }
}
