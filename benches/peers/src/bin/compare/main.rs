//! Measures all servers of this package beside each other and prints Markdown tables.
//!
//! ```sh
//! cargo run --release --bin compare                                        # everything, about 20 minutes
//! cargo run --release --bin compare -- --only echo-100x20 --only fastwebsockets --runs 9
//! cargo run --release --bin compare -- --only tls- --runs 9 --no-trace     # TLS, about 5 minutes
//! cargo run --release --bin compare -- --list
//! ```
//!
//! The server has one core and the load another. In each of the runs all servers have their turn, each in a fresh
//! process; a ratio is that of two neighbours in one run, so that a machine that gets slower or faster does not count.

mod cases;
mod options;
mod report;
mod servers;
mod session;
mod trace;

use std::{
    env,
    error::Error,
    fs,
    path::Path,
    process::{Command, ExitCode},
};

use cases::{CALIBRATION, CASES, Case, Group, Unit};
use options::Options;
use peers::{process::open_many_files, tls::make_certificate};
use report::Row;
use servers::{GOOD, SERVERS, Server};

fn main() -> ExitCode {
    match Options::parse().map_err(Into::into).and_then(|options| run(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("compare: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    if options.list {
        CASES.iter().for_each(|case| println!("{:<22} {}", case.name, case.title));
        SERVERS.iter().for_each(|server| println!("{:<22} {}", server.name, server.what));
        return Ok(());
    }
    if cfg!(debug_assertions) {
        return Err("start it with --release".into());
    }
    open_many_files()?;
    build(&["--bins"])?;
    env::set_current_dir(env!("CARGO_MANIFEST_DIR"))?;
    if CASES.iter().any(|case| case.group == Group::Tls && options.wants_case(case)) {
        build(&["--features", "tls", "--bin", "php-sockets-tls"])?;
        make_certificate()?;
    }

    let mut report = String::new();
    let (servers, skipped): (Vec<_>, Vec<_>) =
        SERVERS.iter().filter(|server| options.wants_server(server)).partition(|server| server.is_there());
    let wants_latency = CASES.iter().any(|case| options.wants_case(case) && case.unit == Unit::Latency);
    let rate = if wants_latency { calibrate(options)? } else { 0.0 };
    let mut tables = Vec::new();
    for case in CASES.iter().filter(|case| options.wants_case(case)) {
        let servers: Vec<_> = servers.iter().copied().filter(|server| server.can(case)).collect();
        if !servers.is_empty() {
            tables.push((case, measure(case, &servers, rate, options)?));
        }
    }
    report.push_str(&report::summary(&tables));
    for (case, rows) in &tables {
        report.push_str(&report::table(case, rows));
    }
    if wants_latency {
        report.push_str(&format!(
            "\nLatencies: the slowest of {} reached {rate:.0} messages a second ({}).\n",
            GOOD.join(", "),
            CALIBRATION.title
        ));
    }
    for server in skipped {
        report.push_str(&format!("\nWithout {}: {}\n", server.name, server.install));
    }
    if !trace::is_there() {
        report.push_str("\nSystem calls were not counted: install strace.\n");
    }
    print!("{report}");
    if let Some(path) = &options.output {
        fs::write(path, report)?;
    }
    let failed = |row: &Row| row.samples.iter().any(Option::is_none);
    if tables.iter().any(|(_, rows)| rows.iter().any(failed)) { Err("some runs have failed".into()) } else { Ok(()) }
}

/// Builds the servers and the load.
fn build(which: &[&str]) -> Result<(), Box<dyn Error>> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--quiet", "--release", "--manifest-path"])
        .arg(manifest)
        .args(which)
        .status()?;
    if status.success() { Ok(()) } else { Err("the servers do not build".into()) }
}

/// Returns how many messages a second the slowest of the good peers makes, each in its median.
fn calibrate(options: &Options) -> Result<f64, Box<dyn Error>> {
    let mut slowest = f64::INFINITY;
    for server in SERVERS.iter().filter(|server| GOOD.contains(&server.name) && server.is_there()) {
        let mut rates = Vec::new();
        for _ in 0..5 {
            rates.push(session::run(&CALIBRATION, server, 0.0, options)?.value);
        }
        rates.sort_by(f64::total_cmp);
        eprintln!("{} {:.0}", server.name, rates[2]);
        slowest = slowest.min(rates[2]);
    }
    Ok(slowest)
}

fn measure(
    case: &'static Case,
    servers: &[&'static Server],
    rate: f64,
    options: &Options,
) -> Result<Vec<Row>, Box<dyn Error>> {
    let mut rows: Vec<_> = servers.iter().map(|server| Row::new(server)).collect();
    let runs = match case.unit {
        Unit::Bytes => options.runs.min(2), // it is the same each time
        // The median of many runs is what a single disturbance does not change.
        Unit::Latency => options.runs,
        // What counts longer does so fewer times.
        _ => options.runs.min(3.max((options.runs as f64 / case.longer) as usize)),
    };
    for run in 1..=runs {
        for row in &mut rows {
            eprint!("{} {run}/{runs} {} ", case.name, row.server.name);
            let result = session::run(case, row.server, rate, options);
            match &result {
                Ok(sample) => eprintln!("{:.0}", sample.value),
                Err(error) => eprintln!("failed: {error}"),
            }
            row.samples.push(result.ok());
        }
    }
    if options.trace && case.trace > 0 && trace::is_there() {
        for row in rows.iter_mut().filter(|row| !row.server.is_cipher()) {
            eprintln!("{} system calls of {}", case.name, row.server.name);
            row.calls = trace::calls(case, row.server, options).ok();
        }
    }
    Ok(rows)
}
