//! PHP 8.6's `Io\\Poll` on streams beside `poll` on sockets: the same scripts, which older versions of PHP cannot run.

mod accept;
mod add;
mod add_again;
mod add_closed;
mod add_events;
mod add_twice;
mod backends;
mod close_found;
mod close_remove;
mod close_reuse;
mod close_watched;
mod connect_refused;
mod context_end;
mod data;
mod data_freed;
mod datagrams;
mod descriptors;
mod echo;
mod edge;
mod edge_modify;
mod error_numbers;
mod game;
mod hang_up;
mod many;
mod max_bounds;
mod max_events;
mod modify;
mod one_shot;
mod one_shot_hang_up;
mod read_hang_up;
mod remove;
mod remove_found;
mod reset;
mod signal;
mod stopped;
mod triggered;
mod wait_empty;
mod wait_finely;
mod wait_times;
mod write_full;

use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use php_sockets::poll::{Backend, Context, Event, Events, Watcher};

use crate::coverage::{contents, files};
use crate::harness::{compare_since, phps};
use crate::prelude::*;

pub(crate) type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Those that PHP has on Linux.
const BACKENDS: [Backend; 2] = [Backend::Poll, Backend::Epoll];

/// PHP's `Event::cases()`.
const EVENTS: [Event; 7] =
    [Event::Read, Event::Write, Event::Error, Event::HangUp, Event::ReadHangUp, Event::OneShot, Event::EdgeTriggered];

/// What `streams()` of prelude.php gives.
fn sockets() -> Result<[Socket; 2]> {
    Ok(socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?)
}

fn milliseconds(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// Prints what a wait has found.
fn found<T: Describe + Clone>(watchers: Vec<Watcher<T>>) {
    let mut lines: Vec<_> = watchers
        .iter()
        .map(|watcher| format!("{} {}", watcher.data().describe(), events(watcher.triggered_events())))
        .collect();
    lines.sort_unstable();
    echo!(if lines.is_empty() { "nothing".to_owned() } else { lines.join(", ") }, "\n");
}

fn events(events: Events) -> String {
    events.iter().map(|event| format!("{event:?}")).collect::<Vec<_>>().join("|")
}

/// Prints whether a call of `poll` has done what it should, or its error: PHP's class, number and text.
fn attempt<T>(result: poll::Result<T>) {
    let Err(error) = result else { return echo!("ok\n") };
    let debug = format!("{error:?}");
    let name = debug.split(|character: char| !character.is_alphanumeric()).next().unwrap_or_default();
    let class = if name.ends_with("Exception") { format!("Io\\Poll\\{name}") } else { name.to_owned() };
    echo!(class, " [", error.code(), "]: ", error.to_string(), "\n");
}

fn shell(script: &str) -> Result<Child> {
    Ok(Command::new("sh").args(["-c", script]).spawn()?)
}

/// Every method of PHP's classes has its function, named as Rust names it.
#[test]
fn every_method_is_there() -> Outcome {
    const METHODS: &str = r"
        foreach ([Io\Poll\Context::class, Io\Poll\Watcher::class, Io\Poll\Backend::class] as $class) {
            foreach (array_diff(get_class_methods($class), ['__construct', 'cases']) as $method) {
                echo $method, PHP_EOL;
            }
        }
    ";
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/poll");
    let source = contents(&files(&source, "rs")?)? + &std::fs::read_to_string(source.with_extension("rs"))?;
    for php in phps()?.iter().filter(|php| php.version >= 80_600) {
        let printed = php.run(METHODS)?;
        assert!(printed.lines().count() >= 15, "{printed}");
        for method in printed.lines() {
            let name = method.strip_prefix("get").unwrap_or(method).replace("AvailableBackends", "available");
            let snake = name.chars().fold(String::new(), |snake, character| {
                let separator = if character.is_uppercase() && !snake.is_empty() { "_" } else { "" };
                snake + separator + &character.to_lowercase().to_string()
            });
            assert!(source.contains(&format!("pub fn {snake}(")), "there is no {snake} for {method}()");
        }
    }
    Ok(())
}

/// The number of this thread, which a signal is sent to: the test harness has others.
fn thread() -> Result<String> {
    let task = std::fs::read_link("/proc/thread-self")?;
    Ok(task.file_name().ok_or("no number")?.to_string_lossy().into_owned())
}

/// Says when it is dropped.
struct Farewell(&'static str);

impl Drop for Farewell {
    fn drop(&mut self) {
        echo!("gone: ", self.0, "\n");
    }
}
