use std::{error::Error, thread, time::Duration};

use peers::process::resident;

use crate::{
    connection::{Frames, check_echo, open},
    options::Options,
};

/// The first connections pay for what a server sets up once.
const FIRST: usize = 100;

/// Each connection has been used: it has echoed one message.
pub(crate) fn run(options: &Options) -> Result<String, Box<dyn Error>> {
    let pid = options.pid.ok_or("--pid says whose memory is looked at")?;
    let frames = Frames::new(options);
    let mut streams = Vec::new();
    let mut grow = |count: usize| -> Result<u64, Box<dyn Error>> {
        for _ in 0..count {
            let stream = open(options)?;
            check_echo(&stream, &frames)?;
            streams.push(stream);
        }
        // What a server tidies up when it has nothing else to do.
        thread::sleep(Duration::from_millis(300));
        Ok(resident(pid)?)
    };
    let before = grow(FIRST)?;
    let after = grow(options.connections)?;
    Ok(format!("count={} bytes={} before={before} after={after}", options.connections, after.saturating_sub(before)))
}
