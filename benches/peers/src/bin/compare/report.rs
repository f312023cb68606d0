//! The tables. A ratio is how far the first server of the table, ours, is ahead: above 1 it is better.

use std::fmt::Write;

use crate::{
    cases::{Case, Unit},
    servers::Server,
    session::Sample,
};

/// One server's results in one case.
pub(crate) struct Row {
    pub(crate) server: &'static Server,
    /// One for each run; none where it failed.
    pub(crate) samples: Vec<Option<Sample>>,
    /// System calls for one message.
    pub(crate) calls: Option<f64>,
}

impl Row {
    pub(crate) fn new(server: &'static Server) -> Self {
        Self { server, samples: Vec::new(), calls: None }
    }

    fn spread(&self, value: impl Fn(&Sample) -> Option<f64>) -> Option<Spread> {
        Spread::of(self.samples.iter().flatten().filter_map(value))
    }

    /// Run by run, how much of `value` this row has for each one that `ours` has.
    fn ratio(&self, ours: &Self, value: impl Fn(&Sample) -> Option<f64>) -> Option<Spread> {
        let runs = self.samples.iter().zip(&ours.samples);
        Spread::of(runs.filter_map(|(theirs, ours)| Some(value(theirs.as_ref()?)? / value(ours.as_ref()?)?)))
    }

    /// How far ours is ahead.
    fn ahead(&self, case: &Case, ours: &Self) -> Option<Spread> {
        match case.unit {
            Unit::Rate(_) => self.ratio(ours, |sample| Some(1.0 / sample.value)),
            Unit::Bytes | Unit::Latency => self.ratio(ours, |sample| Some(sample.value)),
        }
    }
}

struct Spread {
    least: f64,
    median: f64,
    most: f64,
}

impl Spread {
    fn of(values: impl Iterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<_> = values.collect();
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        let median = match values.len() % 2 {
            0 if middle > 0 => f64::midpoint(values[middle - 1], values[middle]),
            _ => *values.get(middle)?,
        };
        Some(Self { least: *values.first()?, median, most: *values.last()? })
    }
}

/// One line for each case, one column for each server, in it how far ours is ahead.
pub(crate) fn summary(tables: &[(&'static Case, Vec<Row>)]) -> String {
    let mut text = String::new();
    let mut columns = Vec::new();
    for (case, rows) in tables {
        let names: Vec<_> = rows.iter().map(|row| row.server.name).collect();
        if names != columns {
            let _ =
                writeln!(text, "\n| Ours is ahead by | {} |\n|---{}|", names.join(" | "), "|---:".repeat(names.len()));
            columns = names;
        }
        let _ = write!(text, "| {} |", case.title);
        for row in rows {
            let cell = row.ahead(case, &rows[0]).map_or("failed".to_owned(), |ahead| format!("{:.2}", ahead.median));
            let _ = write!(text, " {cell} |");
        }
        text.push('\n');
    }
    text
}

/// All that is known of one case.
pub(crate) fn table(case: &Case, rows: &[Row]) -> String {
    let mut text = format!("\n### {}\n\n", case.title);
    let what = match case.unit {
        Unit::Rate(what) => what,
        Unit::Bytes => "bytes each",
        Unit::Latency => return latency(text, rows),
    };
    let _ = writeln!(
        text,
        "| Server | {what} | ours is ahead by | CPU time each | ours is ahead by | system calls each | busy: server, load |"
    );
    text.push_str("|---|---:|---:|---:|---:|---:|---:|\n");
    for row in rows {
        let ours = &rows[0];
        let cells = [
            format!("{} ({})", row.server.name, row.server.what),
            spread(row.spread(|sample| Some(sample.value)), number),
            spread(row.ahead(case, ours), ratio),
            row.spread(|sample| sample.cpu).map_or_else(String::new, |cpu| duration(cpu.median)),
            spread(row.ratio(ours, |sample| sample.cpu), ratio),
            row.calls.map_or_else(String::new, |calls| format!("{calls:.2}")),
            busy(row),
        ];
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    text
}

/// The medians of all runs.
fn latency(mut text: String, rows: &[Row]) -> String {
    text.push_str("| Server | 50 % | 99 % | 99.9 % | ours is ahead by, at 99 % |\n|---|---:|---:|---:|---:|\n");
    for row in rows {
        let [half, most, nearly_all] = [0, 1, 2].map(|which| {
            let spread = row.spread(|sample| sample.percentiles.map(|percentiles| percentiles[which]));
            spread.map_or_else(String::new, |spread| duration(spread.median))
        });
        let ahead = spread(row.ratio(&rows[0], |sample| Some(sample.value)), ratio);
        let (name, what) = (row.server.name, row.server.what);
        let _ = writeln!(text, "| {name} ({what}) | {half} | {most} | {nearly_all} | {ahead} |");
    }
    text
}

fn busy(row: &Row) -> String {
    let [server, load] = [0, 1].map(|who| row.spread(|sample| sample.busy.map(|busy| busy[who])));
    let percent = |share: Spread| format!("{:.0} %", 100.0 * share.median);
    server.zip(load).map_or_else(String::new, |(server, load)| format!("{}, {}", percent(server), percent(load)))
}

fn spread(spread: Option<Spread>, format: fn(f64) -> String) -> String {
    spread.map_or_else(String::new, |Spread { least, median, most }| {
        format!("{} ({}..{})", format(median), format(least), format(most))
    })
}

fn ratio(value: f64) -> String {
    format!("{value:.2}")
}

/// Four digits are all that a measurement has to say.
fn number(value: f64) -> String {
    let digits = format!("{:.0}", value.max(0.0));
    let kept = digits.len().min(4);
    let rounded = format!("{}{}", &digits[..kept], "0".repeat(digits.len() - kept));
    let mut grouped = String::new();
    for (index, digit) in rounded.chars().enumerate() {
        if index > 0 && (rounded.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

fn duration(nanoseconds: f64) -> String {
    if nanoseconds < 10_000.0 { format!("{nanoseconds:.0} ns") } else { format!("{:.0} µs", nanoseconds / 1000.0) }
}
