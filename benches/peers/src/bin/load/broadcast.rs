use std::{error::Error, io::Write};

use rustix::{
    buffer::spare_capacity,
    event::{
        Timespec,
        epoll::{self, EventData, EventFlags},
    },
    net::{RecvFlags, recv},
};

use crate::{
    connection::{PATIENCE, open},
    frames::Frames,
    meter::Meter,
    options::Options,
};

pub(crate) fn run(options: &Options) -> Result<String, Box<dyn Error>> {
    let frames = Frames::new(options)?;
    let reply = frames.reply.as_ref().map(Vec::len).ok_or("a broadcast is not compressed")?;
    let mut streams = Vec::new();
    for _ in 0..options.connections {
        streams.push(open(options)?);
    }
    let sender = streams[0].try_clone()?;
    // Some servers know a client only some time after they have shaken hands with it.
    std::thread::sleep(std::time::Duration::from_millis(200));
    (&sender).write_all(&frames.request)?;
    let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    for (index, stream) in streams.iter().enumerate() {
        frames.check_reply(stream)?;
        epoll::add(&epoll, stream, EventData::new_u64(index as u64), EventFlags::IN)?;
    }

    let mut sink = vec![0; 64 * 1024];
    let mut events = Vec::with_capacity(1024);
    let mut meter = Meter::start(options);
    let patience = Timespec::try_from(PATIENCE)?;
    loop {
        (&sender).write_all(&frames.request)?;
        let mut missing = reply * streams.len();
        while missing > 0 {
            epoll::wait(&epoll, spare_capacity(&mut events), Some(&patience))?;
            if events.is_empty() {
                return Err("the server has stopped answering".into());
            }
            for event in events.drain(..) {
                match recv(&streams[event.data.u64() as usize], &mut *sink, RecvFlags::TRUNC)? {
                    (_, 0) => return Err("the server has ended a connection".into()),
                    (_, count) => missing = missing.checked_sub(count).ok_or("more replies than messages")?,
                }
            }
        }
        if let Some(result) = meter.count(1)? {
            return Ok(result);
        }
    }
}
