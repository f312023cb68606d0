//! Tests that need a process of their own: those that count what is allocated, lower the process's limits, take its signals,
//! or start programs, which inherit what is open.
//!
//! Each case runs in a process of its own, on its main thread and without the test harness, whose threads allocate too.
//! `cargo test --test alone -- poll` runs those that have `poll` in their name, `-- --list` names them all.

#[path = "../support/running.rs"]
#[cfg(all(feature = "server", target_os = "linux"))]
mod running;
#[path = "../support/skip.rs"]
mod skip;
#[path = "../support/stream.rs"]
#[cfg(feature = "ws")]
#[expect(dead_code, reason = "the tests of ws use all of it")]
mod stream;
#[path = "../support/mod.rs"]
mod support;

mod allocations;
#[cfg(target_os = "linux")]
mod close;
#[cfg(target_os = "linux")]
mod inherited;
#[cfg(unix)]
mod interrupted;
#[cfg(all(feature = "poll", unix))]
mod poll_many;
#[cfg(feature = "poll")]
mod poll_memory;
#[cfg(all(feature = "poll", unix))]
mod poll_process;
#[cfg(unix)]
mod select;
#[cfg(all(feature = "server", target_os = "linux"))]
mod server_growth;
#[cfg(all(feature = "server", unix))]
mod server_many;
#[cfg(feature = "server")]
mod server_memory;
#[cfg(feature = "tls")]
mod tls_memory;
#[cfg(feature = "ws")]
mod ws_memory;

use std::{
    env,
    error::Error,
    io::{self, Read},
    process::{Command, ExitCode, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

/// The name of a case and what it does.
type Case = (&'static str, fn() -> Result<(), Box<dyn Error>>);

#[global_allocator]
static ALLOCATOR: stats_alloc::StatsAlloc<std::alloc::System> = stats_alloc::StatsAlloc::system();

/// A case that takes longer hangs: the longest takes some seconds.
const LONGEST: Duration = Duration::from_secs(600);

/// The argument before the name of the case that this process is for.
const CASE: &str = "--case";

macro_rules! cases {
    ($($(#[$condition:meta])* $module:ident::$name:ident,)+) => {
        &[$($(#[$condition])* (concat!(stringify!($module), "::", stringify!($name)), || $module::$name().map_err(Into::into))),+]
    };
}

const CASES: &[Case] = cases! {
    allocations::no_allocation_that_the_signature_does_not_force,
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    allocations::large_reads_take_no_fresh_memory,
    #[cfg(target_os = "linux")]
    close::without_descriptors_the_connection_ends_all_the_same,
    #[cfg(target_os = "linux")]
    close::the_last_clone_frees_the_number,
    #[cfg(target_os = "linux")]
    close::nothing_is_kept_open_that_leads_anywhere,
    #[cfg(target_os = "linux")]
    close::nor_where_there_is_no_proc,
    #[cfg(target_os = "linux")]
    inherited::no_socket,
    #[cfg(unix)]
    interrupted::a_signal_ends_a_call,
    #[cfg(all(feature = "poll", target_os = "linux"))]
    interrupted::a_signal_ends_a_wait,
    #[cfg(all(feature = "poll", unix))]
    poll_many::ten_thousand_sockets,
    #[cfg(feature = "poll")]
    poll_memory::a_wait_allocates_nothing_and_a_watcher_little,
    #[cfg(all(feature = "poll", target_os = "linux"))]
    poll_process::a_child_inherits_nothing_of_a_context,
    #[cfg(all(feature = "poll", unix))]
    poll_process::a_child_process_keeps_no_registration_alive,
    #[cfg(all(feature = "poll", unix))]
    poll_process::a_context_fails_and_a_close_still_ends_the_watch,
    #[cfg(unix)]
    select::a_socket_in_every_set_counts_against_no_limit,
    #[cfg(unix)]
    select::a_hang_up_that_does_not_count_ends_no_wait_for_a_long_list,
    #[cfg(target_os = "linux")]
    select::hang_ups_and_errors_count_in_long_lists_too,
    #[cfg(all(feature = "server", target_os = "linux"))]
    server_growth::what_nobody_hears_is_not_kept,
    #[cfg(all(feature = "server", target_os = "linux"))]
    server_growth::what_a_turn_has_for_other_threads_is_bounded,
    #[cfg(all(feature = "server", target_os = "linux"))]
    server_growth::a_handle_of_a_server_that_has_panicked_keeps_nothing,
    #[cfg(all(feature = "server", unix))]
    server_many::everybody_hears_what_the_model_says,
    #[cfg(feature = "server")]
    server_memory::messages_allocate_nothing,
    #[cfg(all(feature = "server", target_os = "linux"))]
    server_memory::the_page_on_scale_is_true,
    #[cfg(feature = "tls")]
    tls_memory::an_idle_connection_holds_no_buffers,
    #[cfg(all(feature = "tls", feature = "server"))]
    tls_memory::who_does_not_read_holds_no_more_than_its_buffer,
    #[cfg(feature = "ws")]
    ws_memory::messages_allocate_nothing,
    #[cfg(feature = "ws")]
    ws_memory::corked_messages_allocate_nothing,
    #[cfg(feature = "ws")]
    ws_memory::large_messages_side_by_side_allocate_nothing,
    #[cfg(feature = "ws")]
    ws_memory::a_broadcast_allocates_nothing,
    #[cfg(feature = "ws")]
    ws_memory::an_idle_connection_holds_no_buffer,
    #[cfg(feature = "ws")]
    ws_memory::s08_an_impossible_length_allocates_nothing,
    #[cfg(feature = "ws")]
    ws_memory::s09_an_announced_message_costs_nothing,
    #[cfg(feature = "ws")]
    ws_memory::s12_a_million_fragments_cost_their_payload,
    #[cfg(feature = "deflate")]
    ws_memory::s17_a_bomb_holds_its_limit,
    #[cfg(feature = "deflate")]
    ws_memory::s20_a_closed_connection_holds_no_window,
    #[cfg(feature = "deflate")]
    ws_memory::a_connection_with_a_context_holds_its_windows,
    #[cfg(feature = "deflate")]
    ws_memory::who_leaves_takes_the_compressor_along,
};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if arguments.first().is_some_and(|argument| argument == CASE) {
        let (_, case) = CASES.iter().find(|(name, _)| arguments[1..] == [*name]).ok_or("no such case")?;
        case()?;
        return Ok(ExitCode::SUCCESS);
    }
    let (mut is_list, mut is_shown, mut filters, mut skipped) = (false, false, Vec::new(), Vec::new());
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--list" => is_list = true,
            "--nocapture" | "--no-capture" => is_shown = true,
            "--skip" => skipped.extend(arguments.next()),
            // The other options of the test harness mean nothing here; these have a value.
            "--test-threads" | "--color" | "--format" | "--logfile" => drop(arguments.next()),
            option if option.starts_with('-') => {}
            _ => filters.push(argument),
        }
    }
    let chosen = CASES.iter().map(|(name, _)| *name).filter(|name| {
        (filters.is_empty() || filters.iter().any(|filter| name.contains(filter)))
            && !skipped.iter().any(|skipped| name.contains(skipped))
    });
    if is_list {
        chosen.for_each(|name| println!("{name}: test"));
        return Ok(ExitCode::SUCCESS);
    }
    let (mut passed, mut failed) = (0, 0);
    for name in chosen {
        let start = Instant::now();
        let mut case = Command::new(env::current_exe()?);
        case.args([CASE, name]).env(skip::RUN, skip::run()).stdin(Stdio::null());
        let (is_passed, printed) = if is_shown { (case.status()?.success(), String::new()) } else { run(&mut case)? };
        println!("test {name} ... {} ({:.1?})", if is_passed { "ok" } else { "FAILED" }, start.elapsed());
        if is_passed {
            passed += 1;
        } else {
            failed += 1;
            println!("{printed}");
        }
    }
    println!("\ntest result: {passed} passed; {failed} failed");
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs a case to its end, or ends one that hangs; returns whether it has passed, and what it printed.
fn run(case: &mut Command) -> io::Result<(bool, String)> {
    let mut process = case.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let streams: [Option<Box<dyn Read + Send>>; 2] =
        [process.stdout.take().map(|it| Box::new(it) as _), process.stderr.take().map(|it| Box::new(it) as _)];
    let [output, errors] = streams.map(|stream| {
        let (sender, read) = mpsc::channel();
        thread::spawn(move || {
            let mut bytes = Vec::new();
            // What was read before an error is shown all the same.
            let _ = stream.map(|mut stream| stream.read_to_end(&mut bytes));
            sender.send(bytes)
        });
        read
    });
    let mut printed = output.recv_timeout(LONGEST).unwrap_or_else(|_| {
        let _ = process.kill();
        format!("it has not ended in {LONGEST:?}\n").into_bytes()
    });
    printed.extend(errors.recv_timeout(LONGEST).unwrap_or_default());
    Ok((process.wait()?.success(), String::from_utf8_lossy(&printed).into_owned()))
}
