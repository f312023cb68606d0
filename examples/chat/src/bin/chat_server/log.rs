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

/// The most that is said of one trouble: it may turn into another one, and back.
const MOST: usize = 10;

/// Something that may go wrong again and again: says once what it is, also what it turns into, and that it is over.
pub(crate) struct Trouble {
    place: &'static str,
    told: Vec<String>,
}

impl Trouble {
    pub(crate) fn with(place: &'static str) -> Self {
        Self { place, told: Vec::new() }
    }

    pub(crate) fn begins(&mut self, what: impl Display) {
        let what = what.to_string();
        if self.told.len() < MOST && !self.told.contains(&what) {
            log(format_args!("{}: {what}", self.place));
            self.told.push(what);
        }
    }

    pub(crate) fn ends(&mut self, how: &str) {
        if !std::mem::take(&mut self.told).is_empty() {
            log(format_args!("{}: {how}", self.place));
        }
    }
}
