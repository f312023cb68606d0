use std::{
    io,
    time::{Duration, Instant},
};

use peers::process::{self, cpu_time};

use crate::options::Options;

/// Counts what happens between the end of the warm-up and the end of the run.
pub(crate) struct Meter {
    pid: Option<u32>,
    limit: Option<u64>,
    begin: Instant,
    end: Instant,
    started: Option<(Instant, Sample)>,
    total: u64,
    before: u64,
}

/// Processor time: the server's, and the load's own.
#[derive(Clone, Copy)]
struct Sample {
    server: u64,
    load: u64,
}

impl Sample {
    fn take(pid: Option<u32>) -> io::Result<Self> {
        Ok(Self { server: pid.map_or(Ok(0), cpu_time)?, load: process::cpu_time(std::process::id())? })
    }
}

impl Meter {
    pub(crate) fn start(options: &Options) -> Self {
        let now = Instant::now();
        let warm_up = options.time / 5;
        Self {
            pid: options.pid,
            limit: options.messages,
            begin: now + warm_up,
            end: now + warm_up + options.time,
            started: None,
            total: 0,
            before: 0,
        }
    }

    /// Counts; returns the result when the run is over.
    pub(crate) fn count(&mut self, count: u64) -> io::Result<Option<String>> {
        self.total += count;
        if let Some(limit) = self.limit {
            return Ok((self.total >= limit).then(|| format!("count={}", self.total)));
        }
        let now = Instant::now();
        match self.started {
            None if now >= self.begin => {
                self.started = Some((Instant::now(), Sample::take(self.pid)?));
                self.before = self.total;
            }
            Some((then, before)) if now >= self.end => {
                let after = Sample::take(self.pid)?;
                return Ok(Some(format!(
                    "count={} nanoseconds={} cpu={} load={}",
                    self.total - self.before,
                    nanoseconds(now - then),
                    after.server - before.server,
                    after.load - before.load,
                )));
            }
            _ => {}
        }
        Ok(None)
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
