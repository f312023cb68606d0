//! Latency as users feel it: messages leave by a schedule, and a reply is late by the schedule, also when its message could
//! not leave in time because the server took none.

use std::{
    collections::VecDeque,
    error::Error,
    net::TcpStream,
    time::{Duration, Instant},
};

use rustix::{
    buffer::spare_capacity,
    event::{
        Timespec,
        epoll::{self, EventData, EventFlags},
    },
    io::Errno,
    net::{RecvFlags, SendFlags, recv, send},
};

use crate::{
    connection::{Opened, open},
    frames::Frames,
    options::Options,
    replies::Replies,
    sending::Sending,
};

/// What one read takes at most.
const READ: usize = 1 << 20;
/// How much a client that behaves badly sends at once.
const BURST: usize = 64 * 1024;
/// How much a client that never reads sends at most: some servers take all.
const STALLED: usize = 4 << 20;
/// Replies that have not come so long after the last one count as if they came then: a server may let a client wait for ever.
const SILENCE: Duration = Duration::from_secs(2);
/// So long has nobody taken anything from them when the measurement begins.
const STILL: Duration = Duration::from_millis(100);

struct Client {
    stream: TcpStream,
    /// The messages that are due.
    sending: Sending,
    replies: Replies,
    /// When each message was due whose reply has not come.
    due: VecDeque<Instant>,
}

pub(crate) fn run(options: &Options) -> Result<String, Box<dyn Error>> {
    let frames = Frames::new(options)?;
    let reply = frames.reply.as_ref().map(Vec::len);
    let open = || -> Result<TcpStream, Box<dyn Error>> {
        let stream = open(options)?;
        frames.check_echo(&stream)?;
        stream.set_nonblocking(true)?;
        Ok(stream)
    };
    let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    let mut clients: Vec<Client> = Vec::new();
    let mut opened = Opened::new();
    for index in 0..options.connections {
        opened.sweep(clients.iter().map(|client| &client.stream))?;
        let stream = open()?;
        epoll::add(
            &epoll,
            &stream,
            EventData::new_u64(index as u64),
            EventFlags::IN | EventFlags::OUT | EventFlags::ET,
        )?;
        clients.push(Client { stream, sending: Sending::default(), replies: Replies::default(), due: VecDeque::new() });
    }
    let burst = frames.request.repeat(BURST.div_ceil(frames.request.len()) + 1);
    let bad = || -> Result<Flood, Box<dyn Error>> { Ok(Flood { stream: open()?, offset: 0, sent: 0 }) };
    let mut stalled = (0..options.stalled).map(|_| bad()).collect::<Result<Vec<_>, _>>()?;
    let mut last = Instant::now();
    while last.elapsed() < STILL {
        for client in stalled.iter_mut().filter(|client| client.sent < STALLED) {
            if client.send(&burst, frames.request.len())? {
                last = Instant::now();
            }
        }
    }
    Opened::sweep_all(clients.iter().map(|client| &client.stream))?;
    let mut flood = options.flood.then(bad).transpose()?;

    let gap = Duration::from_secs_f64(1.0 / options.rate);
    let warm_up = options.time / 5;
    let start = Instant::now();
    let (mut sent, mut late, mut done) = (0_u32, Vec::new(), 0_usize);
    let mut sink = vec![0; READ];
    let mut events = Vec::with_capacity(1024);
    let mut last = start;
    loop {
        let now = Instant::now();
        let is_sending = now - start < warm_up + options.time;
        while is_sending && start + gap * sent <= now {
            let index = sent as usize % clients.len();
            let client = &mut clients[index];
            client.due.push_back(start + gap * sent);
            client.sending.queue(frames.request.len());
            client.sending.write(&client.stream, &burst, frames.request.len())?;
            sent += 1;
        }
        if let Some(flood) = &mut flood {
            flood.send(&burst, frames.request.len())?;
            flood.drain(&mut sink)?;
        }
        // It never sleeps: what a timer is late by would count as the server's.
        epoll::wait(&epoll, spare_capacity(&mut events), Some(&Timespec::default()))?;
        let mut any = false;
        for event in events.drain(..) {
            let client = &mut clients[event.data.u64() as usize];
            let replies = client.replies.read(&client.stream, &mut sink, reply)?;
            let now = Instant::now();
            for _ in 0..replies {
                let due = client.due.pop_front().ok_or("more replies than messages")?;
                any = true;
                done += 1;
                if due - start >= warm_up {
                    late.push(now - due);
                }
            }
            client.sending.write(&client.stream, &burst, frames.request.len())?;
        }
        if any {
            last = Instant::now();
        }
        if !is_sending && done == sent as usize {
            break;
        }
        if last.elapsed() > SILENCE {
            let unanswered = clients.iter().flat_map(|client| &client.due).filter(|due| **due - start >= warm_up);
            late.extend(unanswered.map(|due| due.elapsed()));
            break;
        }
    }
    if late.is_empty() {
        return Err("no message was due: a higher --rate or more --seconds".into());
    }
    late.sort();
    let at = |share: f64| late[((late.len() as f64 * share) as usize).min(late.len() - 1)].as_nanos();
    Ok(format!(
        "count={} p50={} p99={} p999={} most={}",
        late.len(),
        at(0.5),
        at(0.99),
        at(0.999),
        late[late.len() - 1].as_nanos()
    ))
}

/// A client that sends without end.
struct Flood {
    stream: TcpStream,
    offset: usize,
    sent: usize,
}

impl Flood {
    /// Sends what is taken now, and says whether that is anything.
    fn send(&mut self, burst: &[u8], frame: usize) -> Result<bool, Box<dyn Error>> {
        match send(&self.stream, &burst[self.offset..], SendFlags::NOSIGNAL) {
            Ok(count) => {
                self.offset = (self.offset + count) % frame;
                self.sent += count;
                Ok(true)
            }
            Err(Errno::AGAIN) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn drain(&self, sink: &mut [u8]) -> Result<(), Box<dyn Error>> {
        match recv(&self.stream, sink, RecvFlags::TRUNC) {
            Ok((_, 0)) => Err("the server has ended the flooding client".into()),
            Ok(_) | Err(Errno::AGAIN) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
