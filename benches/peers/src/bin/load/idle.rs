use std::{error::Error, io::Write, net::TcpStream, thread, time::Duration};

use peers::process::resident;

use crate::{
    connection::{Opened, open},
    frames::Frames,
    options::Options,
    replies::Replies,
    secure::Client,
};

/// How many more messages there are with compression, so that the windows are full.
const MORE: usize = 40;
/// The first connections pay for what a server sets up once.
const FIRST: usize = 100;

/// Each connection has been used: it has echoed one message.
pub(crate) fn run(options: &Options) -> Result<String, Box<dyn Error>> {
    let pid = options.pid.ok_or("--pid says whose memory is looked at")?;
    let frames = Frames::new(options)?;
    let secure = options.tls.map(|tls| Client::new(options, tls)).transpose()?;
    let mut streams = Vec::new();
    let mut sink = vec![0; 64 * 1024];
    let mut opened = Opened::new();
    let mut grow = |count: usize| -> Result<u64, Box<dyn Error>> {
        for _ in 0..count {
            if let Some(client) = &secure {
                streams.push(client.open_echo(options, &frames)?.0);
                continue;
            }
            opened.sweep(streams.iter())?;
            let stream = open(options)?;
            frames.check_echo(&stream)?;
            if options.deflate.is_some() {
                fill(&stream, &frames, &mut sink)?;
            }
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

fn fill(mut stream: &TcpStream, frames: &Frames, sink: &mut [u8]) -> Result<(), Box<dyn Error>> {
    let mut replies = Replies::default();
    for _ in 0..MORE {
        stream.write_all(&frames.request)?;
        while replies.read(stream, sink, None)? == 0 {}
    }
    Ok(())
}
