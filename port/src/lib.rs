//! Ports PHP socket programs to Rust and `php-sockets`: line for line, right or refused.
//!
//! ```
//! let output = php_sockets_port::port("<?php echo \"hello\\n\";");
//! assert!(output.refused.is_empty());
//! assert!(output.rust.contains("echo!(\"hello\\n\");"));
//! ```
//!
//! What is refused stays in its place as `// PHP: the line`, with the reason above it, and the rest still compiles. The rules are
//! those of the guide, `docs/from-php.md`. The stages: `parse` to the tree of `ast`, `shape` finds the ways in which PHP checks a
//! call, `flow` tells apart the lives of a variable, `infer` finds its type, `places` where it is declared, `emit` writes
//! the lines, and `audit` makes sure that each part of the PHP was taken exactly once.

mod ast;
mod audit;
mod calls;
mod code;
mod emit;
mod exceptions;
mod expr;
mod flow;
mod functions;
mod include;
mod infer;
mod limits;
mod parse;
mod places;
mod program;
mod records;
mod runtime;
mod shape;
mod signals;
mod types;
mod zones;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use include::Source;

/// A program in Rust.
#[derive(Clone, Debug, Default)]
pub struct Output {
    /// `main.rs`, which has a `mod php;`.
    pub rust: String,
    /// `php.rs`: the helpers that `main.rs` uses.
    pub php: String,
    /// What could not be ported, in the order of the lines.
    pub refused: Vec<Refused>,
}

/// A line that could not be ported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The file that the program includes and the line is of; none if it is of the program itself.
    pub file: Option<PathBuf>,
    /// The line of the PHP file, from 1.
    pub line: usize,
    /// What the obstacle is.
    pub reason: String,
}

/// Ports a PHP program.
#[must_use]
pub fn port(source: &str) -> Output {
    deep(limits::is_flat(source), || port_with(&Source::of(source), false))
}

/// Ports a PHP file with the files beside it that it includes: each stands where it is included.
///
/// # Errors
///
/// When the file cannot be read.
pub fn port_file(path: &Path) -> io::Result<Output> {
    deep(false, || Ok(port_with(&Source::read(path)?, false)))
}

/// Ports a script of tests/parity, whose prelude has `show()` and `listening()`.
#[doc(hidden)]
#[must_use]
pub fn port_with_prelude(source: &str) -> Output {
    deep(limits::is_flat(source), || port_with(&Source::of(source), true))
}

/// Every helper that a `php.rs` may have, for programs that share one.
#[doc(hidden)]
#[must_use]
pub fn all_helpers() -> String {
    runtime::all()
}

/// On a thread whose stack is enough for whatever `limits` lets pass; the system gives memory for what is used of it.
fn deep<T: Send>(flat: bool, work: impl FnOnce() -> T + Send) -> T {
    const STACK: usize = 256 << 20;
    if flat {
        return work();
    }
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).expect("a thread");
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn port_with(whole: &Source, prelude: bool) -> Output {
    let source = whole.text.as_str();
    if let Some((at, reason)) = limits::of_text(source) {
        return failed(whole, at, reason);
    }
    let mut blocked = BTreeSet::new();
    let mut tainted = BTreeSet::new();
    let mut merged = BTreeSet::new();
    let mut gone = BTreeSet::new();
    let mut reasons = BTreeMap::new();
    let mut helpers = emit::helpers();
    let mut unseen = BTreeSet::new();
    // Each turn knows more that does not work; each set only grows.
    for _ in 0..64 {
        let program = match parse::parse(source, &blocked, prelude) {
            Ok(program) => program,
            Err((at, reason)) => return failed(whole, at, format!("PHP does not take this: {reason}")),
        };
        if let Some((at, reason)) = limits::of_program(&program) {
            return failed(whole, at, reason);
        }
        let webs = flow::webs(&program, &merged, &unseen);
        if !webs.blocked.is_subset(&blocked) {
            blocked.extend(&webs.blocked);
            continue;
        }
        let types = infer::Types::new(&program, &webs);
        let places = places::places(&types);
        if !places.overlaps.is_subset(&merged) {
            merged.extend(places.overlaps.iter().cloned());
            continue;
        }
        let mut emit = emit::Emit::new(source, &types, &places, &tainted, &gone, &mut reasons, &helpers);
        let rust = program::write(&mut emit);
        if !emit.unshaped.is_subset(&blocked) {
            let unshaped = std::mem::take(&mut emit.unshaped);
            reasons.retain(|id, _| !unshaped.contains(id));
            blocked.extend(unshaped);
            continue;
        }
        if !emit.lost.is_subset(&tainted) || !emit.refused_functions.is_subset(&gone) {
            let (lost, refused) = (std::mem::take(&mut emit.lost), std::mem::take(&mut emit.refused_functions));
            tainted.extend(lost);
            gone.extend(refused);
            continue;
        }
        if !emit.unseen.is_subset(&unseen) {
            unseen.extend(std::mem::take(&mut emit.unseen));
            continue;
        }
        let unused = emit::unused(&types, &helpers, &rust);
        if !unused.is_empty() {
            helpers.retain(|name| !unused.contains(name));
            continue;
        }
        if let Some((at, what)) = audit::check(&types, &emit) {
            return failed(whole, at, format!("a mistake of php-sockets-port, please report it: {what}"));
        }
        let mut places: Vec<_> = emit.refused.iter().map(|r| (r.at, r.reason.clone())).collect();
        places.sort();
        let refused = places.into_iter().map(|(at, reason)| refused(whole, at, reason)).collect();
        let php = runtime::used(&rust);
        return Output { rust, php, refused };
    }
    failed(whole, 0, "a mistake of php-sockets-port, please report it: it does not come to an end".into())
}

fn refused(whole: &Source, at: usize, reason: String) -> Refused {
    let (file, line) = whole.place(at);
    Refused { file: file.map(Path::to_owned), line, reason }
}

fn failed(whole: &Source, at: usize, reason: String) -> Output {
    let rust = "fn main() {}\n".to_owned();
    Output { rust, php: String::new(), refused: vec![refused(whole, at, reason)] }
}

/// Writes a cargo project of the program, formatted where rustfmt is there; `dependency` is the value of `php-sockets` in its Cargo.toml.
///
/// # Errors
///
/// When a file cannot be written.
pub fn write_project(output: &Output, folder: &Path, dependency: &str) -> io::Result<()> {
    let name: String = folder
        .file_name()
        .map(|name| name.to_string_lossy().to_lowercase())
        .unwrap_or_default()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' })
        .collect();
    let name = name.trim_matches('-').to_owned();
    let name = if name.starts_with(|c: char| c.is_ascii_alphabetic()) { name } else { format!("port-{name}") };
    std::fs::create_dir_all(folder.join("src"))?;
    let signals = if output.php.contains("signal_hook::") { "signal-hook = \"0.4\"\n" } else { "" };
    // A sum that is too large for an int is a float in PHP: here it ends the program, in a release too.
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\nphp-sockets = {dependency}\n{signals}\n\
         [profile.release]\noverflow-checks = true\n\n[workspace]\n"
    );
    std::fs::write(folder.join("Cargo.toml"), manifest)?;
    std::fs::write(folder.join("src/main.rs"), &output.rust)?;
    if !output.php.is_empty() {
        std::fs::write(folder.join("src/php.rs"), &output.php)?;
    }
    let rustfmt = std::env::var_os("RUSTFMT").unwrap_or_else(|| "rustfmt".into());
    let formatted = std::process::Command::new(rustfmt)
        .args(["--edition", "2024", "--config", "max_width=120,use_small_heuristics=Max"])
        .arg(folder.join("src/main.rs"))
        .stderr(std::process::Stdio::null())
        .status();
    drop(formatted);
    Ok(())
}
