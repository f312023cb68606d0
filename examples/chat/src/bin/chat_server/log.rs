//! What is worth a line, on standard error.

use std::fmt::Display;
use std::io::{Write, stderr};
use std::sync::atomic::{AtomicBool, Ordering};

/// Lines are JSON objects.
pub(crate) static JSON: AtomicBool = AtomicBool::new(false);

/// Writes a line. Unlike `eprintln!` it goes on when nobody listens any more.
pub(crate) fn log(event: impl Display) {
    let line = if JSON.load(Ordering::Relaxed) {
        serde_json::json!({"time": crate::history::now(), "event": event.to_string()}).to_string()
    } else {
        event.to_string()
    };
    let _ = writeln!(stderr(), "{line}");
}
