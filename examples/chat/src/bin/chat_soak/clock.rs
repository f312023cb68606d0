//! The clock of the wall as the servers see it, which is set while they run: libfaketime's, loaded before them, as the
//! machine's own is everybody's. The monotonic clock is left alone, as it is when somebody sets a clock.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::pace::Pace;
use crate::subject::Subject;
use crate::troubles::say;
use crate::{Outcome, PATIENCE};

/// Where it is set to, one after the other, in seconds from the true time.
const OFFSETS: [i64; 6] = [3600, -3600, 24 * 3600, 0, 300, -24 * 3600];
/// A place that is further from the time is not of it, in microseconds: the server reads its clock's setting once a second.
const NEAR: i64 = 5_000_000;

/// The setting of a clock: the file that libfaketime reads.
#[derive(Clone)]
pub(crate) struct Setting {
    library: PathBuf,
    file: PathBuf,
}

impl Setting {
    /// Makes a clock that is right; `None` where libfaketime is not installed.
    pub(crate) fn new(directory: &Path) -> Outcome<Option<Self>> {
        let folders = fs::read_dir("/usr/lib")?.flatten();
        let libraries = folders.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"));
        let Some(library) = libraries.into_iter().find(|library| library.exists()) else { return Ok(None) };
        let setting = Self { library, file: directory.join("clock") };
        setting.set(0)?;
        Ok(Some(setting))
    }

    /// Has a program go by this clock. Without a descriptor for the file it goes by the true time meanwhile.
    pub(crate) fn give(&self, command: &mut Command) {
        command.env("LD_PRELOAD", &self.library).env("FAKETIME_TIMESTAMP_FILE", &self.file);
        command.envs([("FAKETIME_CACHE_DURATION", "1"), ("FAKETIME_DONT_FAKE_MONOTONIC", "1"), ("NO_FAKE_STAT", "1")]);
    }

    /// Whole at once: it may be read at any moment.
    fn set(&self, offset: i64) -> Outcome {
        let new = self.file.with_extension("new");
        fs::write(&new, format!("{offset:+}"))?;
        Ok(fs::rename(new, &self.file)?)
    }
}

/// The clock of a chat server whose messages have the time for their place.
pub(crate) struct Clock<'a> {
    setting: &'a Setting,
    steps: usize,
}

impl<'a> Clock<'a> {
    pub(crate) fn new(setting: &'a Setting) -> Self {
        Self { setting, steps: 0 }
    }

    /// How often it was set.
    pub(crate) fn steps(&self) -> usize {
        self.steps
    }

    /// Sets it forward or back, and looks whether the places of what is said go by it: its time, or where what was said before
    /// has a later one, one behind the other.
    pub(crate) fn step(&mut self, pace: &Pace, chat: &Subject) -> Outcome {
        let latest = say(&chat.url)?;
        let offset = OFFSETS[self.steps % OFFSETS.len()];
        self.setting.set(offset)?;
        self.steps += 1;
        let begun = Instant::now();
        loop {
            let first = say(&chat.url)?;
            if !pace.wait(Duration::from_secs(1)) {
                return Ok(());
            }
            let (second, time) = (say(&chat.url)?, true_time()? + offset * 1_000_000);
            let goes_by_it = if time > latest {
                (time - second).abs() < NEAR
            } else {
                (second - latest).abs() < NEAR && (1..500_000).contains(&(second - first))
            };
            if goes_by_it {
                return Ok(());
            }
            if begun.elapsed() > PATIENCE {
                return Err(format!(
                    "with its clock set to {time}, the chat server, which had {latest} before, has {first}, {second}"
                )
                .into());
            }
        }
    }
}

fn true_time() -> Outcome<i64> {
    Ok(i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros())?)
}
