//! Each deviation from PHP names tests that exist.

use std::{fs, io, path::Path};

use crate::find::Tests;

#[test]
fn every_deviation_has_its_test() -> io::Result<()> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/deviations.md"))?;
    let mut tests = Tests::default();
    let rows: Vec<_> = page.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    for row in &rows {
        let shown_by = row.trim_end_matches(" |").rsplit(" | ").next().unwrap_or_default();
        for test in shown_by.split(", ") {
            assert!(tests.contain(test.trim_matches('`'))?, "{test} of this row is no test:\n{row}");
        }
    }
    assert!(rows.len() >= 30, "only {} rows", rows.len());
    Ok(())
}
