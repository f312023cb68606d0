//! The last test binary by its name: lists what `cargo test` has skipped on this machine, and why.

#[path = "support/skip.rs"]
mod skip;

use std::{collections::BTreeSet, fs, io};

fn main() -> io::Result<()> {
    let list = match fs::read_to_string(skip::list()) {
        Ok(list) => list,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error),
    };
    let lines: BTreeSet<&str> = list.lines().collect();
    println!("\nskipped on this machine: {}", lines.len());
    for line in lines {
        println!("  {line}");
    }
    println!();
    if list.is_empty() { Ok(()) } else { fs::remove_file(skip::list()) }
}
