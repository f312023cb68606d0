//! The terminal: a line to edit, and above it what comes.

use std::collections::VecDeque;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::io::{IsTerminal, Write, stdout};
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use rustyline::error::ReadlineError;
use rustyline::{DefaultEditor, ExternalPrinter};
use tz::TimeZone;

use chat_protocol::{Event, Reason, Room, Said, Told};

/// Where lines come from.
pub(crate) struct Lines(DefaultEditor);

/// Where lines go to; cheap to clone. A thread of its own prints them: above a line that is being edited that waits for the editor,
/// and nobody else may wait for it meanwhile.
#[derive(Clone)]
pub(crate) struct Screen {
    queue: Arc<(Mutex<Queue>, Condvar)>,
    colors: bool,
}

#[derive(Default)]
struct Queue {
    /// What is not on the screen yet; the first is being printed.
    waiting: VecDeque<String>,
    printed: u64,
}

/// The most lines that wait to be printed before no more is heard.
const MOST_WAITING: usize = 1000;

/// Opens both halves.
pub(crate) fn open() -> rustyline::Result<(Lines, Screen)> {
    let mut editor = DefaultEditor::new()?;
    let mut printer = editor.create_external_printer().ok();
    let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let colors = wanted && stdout().is_terminal() && std::env::var_os("TERM").is_none_or(|terminal| terminal != "dumb");
    let screen = Screen { queue: Arc::default(), colors };
    let printing = screen.clone();
    thread::Builder::new().name("screen".into()).spawn(move || {
        // Prints above the line that is being edited, where there is a terminal.
        printing.print_all(|text| {
            let printed = printer.as_mut().is_some_and(|printer| printer.print(format!("{text}\n")).is_ok());
            if !printed {
                // A terminal that is gone is found out by reading from it.
                let _ = writeln!(stdout(), "{text}");
            }
        })
    })?;
    Ok((Lines(editor), screen))
}

impl Lines {
    /// Reads a line; `None` when the user leaves.
    pub(crate) fn next(&mut self, prompt: &str) -> rustyline::Result<Option<String>> {
        match self.0.readline(prompt) {
            Ok(line) => {
                self.0.add_history_entry(&line)?;
                Ok(Some(line))
            }
            Err(ReadlineError::Eof | ReadlineError::Interrupted) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Screen {
    /// Shows what the server tells; `name` is the user's own.
    pub(crate) fn event(&self, event: &Event, name: &str) {
        match event {
            Event::Hello { name } => self.notice(&format!("you are {name}")),
            Event::Joined { room, names, messages, .. } => {
                messages.iter().for_each(|said| self.said(said));
                self.notice(&format!("in #{room}: {}", names.join(", ")));
            }
            Event::History { messages, .. } | Event::Earlier { messages, .. } => {
                messages.iter().for_each(|said| self.said(said));
            }
            Event::Said(said) => self.said(said),
            Event::Told(Told { from, to, text, seq, .. }) => {
                let other = if from == name { format!("to {to}") } else { format!("from {from}") };
                self.print(&format!(
                    "{} {}: {}",
                    self.faint(&clock(*seq)),
                    self.paint("1;35", &visible(&other)),
                    visible(text)
                ));
            }
            Event::Entered { room, name } => self.notice(&format!("{name} is in #{room} now")),
            Event::Left { room, name } => self.notice(&format!("{name} has left #{room}")),
            Event::Renamed { room, from, to } => self.notice(&format!("{from} in #{room} is {to} now")),
            Event::People { room, names } => self.notice(&format!("in #{room}: {}", names.join(", "))),
            Event::Rooms { rooms } => {
                let rooms: Vec<_> = rooms.iter().map(|Room { room, people }| format!("#{room} ({people})")).collect();
                self.notice(&rooms.join(", "));
            }
            Event::Error { text, reason, about } if reason.is_of_a_name() && about.room.is_none() => {
                self.problem(&format!("{text}; /nick NAME takes another"));
            }
            Event::Error { reason: Reason::Busy, .. } => {
                self.problem("the server is busy; what is typed is sent when it is not");
            }
            Event::Error { text, .. } => self.problem(text),
            // It would only push the line about.
            Event::Typing { .. } => {}
        }
    }

    pub(crate) fn notice(&self, text: &str) {
        let lines: Vec<_> = text.lines().map(|line| self.faint(&format!("* {}", visible(line)))).collect();
        self.print(&lines.join("\n"));
    }

    pub(crate) fn problem(&self, text: &str) {
        self.print(&self.paint("31", &format!("! {}", visible(text))));
    }

    fn said(&self, said: &Said) {
        let mut hasher = DefaultHasher::new();
        said.from.hash(&mut hasher);
        let color = format!("1;{}", 31 + hasher.finish() % 6);
        let (time, room) = (self.faint(&clock(said.seq)), self.faint(&visible(&format!("#{}", said.room))));
        self.print(&format!("{time} {room} {}: {}", self.paint(&color, &visible(&said.from)), visible(&said.text)));
    }

    fn faint(&self, text: &str) -> String {
        self.paint("2", text)
    }

    fn paint(&self, color: &str, text: &str) -> String {
        if self.colors { format!("\x1b[{color}m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn print(&self, text: &str) {
        self.queue().waiting.push_back(text.to_owned());
        self.queue.1.notify_all();
    }

    fn print_all(&self, mut print: impl FnMut(&str)) -> ! {
        loop {
            let some = self.queue.1.wait_while(self.queue(), |queue| queue.waiting.is_empty());
            let text = some.unwrap_or_else(PoisonError::into_inner).waiting.front().cloned().unwrap_or_default();
            print(&text);
            let mut queue = self.queue();
            queue.waiting.pop_front();
            queue.printed += 1;
            drop(queue);
            self.queue.1.notify_all();
        }
    }

    /// Waits until all is on the screen, for at most this long for each line.
    pub(crate) fn finish(&self, patience: Duration) {
        let mut queue = self.queue();
        let mut printed = u64::MAX;
        while !queue.waiting.is_empty() && queue.printed != printed {
            printed = queue.printed;
            let wait = self.queue.1.wait_timeout_while(queue, patience, |queue| queue.printed == printed);
            queue = wait.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits until what comes can be kept: a terminal may take nothing for a while.
    pub(crate) fn wait_for_space(&self) {
        drop(self.queue.1.wait_while(self.queue(), |queue| queue.waiting.len() >= MOST_WAITING));
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What others write must not command this terminal, nor turn the rest of its line round: control characters, ESC among
/// them, and those that change the direction are shown as U+FFFD.
fn visible(text: &str) -> String {
    let shown = |c: char| match c {
        '\n' | '\r' | '\t' => ' ',
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    text.chars().map(shown).collect()
}

/// Returns hours and minutes of a time in microseconds since 1970, where the user is; of UTC, as a `Z` says, where the
/// system does not tell where that is.
fn clock(time: i64) -> String {
    static ZONE: LazyLock<Option<TimeZone>> = LazyLock::new(|| match std::env::var("TZ") {
        Ok(zone) => TimeZone::from_posix_tz(&zone).ok(),
        Err(_) => TimeZone::local().ok(),
    });
    let seconds = time.div_euclid(1_000_000);
    let zone = ZONE.as_ref().and_then(|zone| zone.find_local_time_type(seconds).ok());
    let offset = zone.map_or(0, |zone| i64::from(zone.ut_offset()));
    let minutes = (seconds + offset).div_euclid(60).rem_euclid(24 * 60);
    format!("{:02}:{:02}{}", minutes / 60, minutes % 60, if zone.is_some() { "" } else { "Z" })
}
