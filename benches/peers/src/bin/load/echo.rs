use std::{error::Error, io, net::TcpStream};

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
    connection::{Opened, PATIENCE, open},
    frames::Frames,
    meter::Meter,
    options::{Kind, Options},
    replies::Replies,
    secure::{self, Secure},
    sending::Sending,
};

/// What one read takes at most.
const READ: usize = 4 << 20;

/// One connection with up to `window` messages under way.
struct Client {
    stream: TcpStream,
    /// What TLS adds.
    secure: Option<Secure>,
    sending: Sending,
    replies: Replies,
    /// Messages that are still to be sent.
    quota: u64,
}

pub(crate) fn run(options: &Options) -> Result<String, Box<dyn Error>> {
    let frames = Frames::new(options)?;
    let (frame, reply) = (frames.request.len(), frames.reply.as_ref().map(Vec::len));
    // As many frames as go out at once, and one because the first may have gone in part.
    let burst = frames.request.repeat(options.window + 1);
    let quota = options.messages.map_or(u64::MAX, |messages| messages.div_ceil(options.connections as u64));
    let tls = options.tls.map(|tls| secure::Client::new(options, tls)).transpose()?;
    let mut clients: Vec<Client> = Vec::new();
    let mut opened = Opened::new();
    for _ in 0..options.connections {
        // Of TLS and of plain bytes no Pings are looked for.
        if tls.is_none() && options.kind == Kind::Echo {
            opened.sweep(clients.iter().map(|client| &client.stream))?;
        }
        let (stream, secure) = match &tls {
            Some(tls) => tls.open_echo(options, &frames).map(|(stream, secure)| (stream, Some(secure)))?,
            None => {
                let stream = open(options)?;
                frames.check_echo(&stream)?;
                (stream, None)
            }
        };
        stream.set_nonblocking(true)?;
        clients.push(Client { stream, secure, sending: Sending::default(), replies: Replies::default(), quota });
    }
    if tls.is_none() && options.kind == Kind::Echo {
        Opened::sweep_all(clients.iter().map(|client| &client.stream))?;
    }

    let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    for (index, client) in clients.iter().enumerate() {
        // Edge-triggered: each is registered once and for all.
        let flags = EventFlags::IN | EventFlags::OUT | EventFlags::ET;
        epoll::add(&epoll, &client.stream, EventData::new_u64(index as u64), flags)?;
    }
    let mut sink = vec![0; READ];
    let mut events = Vec::with_capacity(options.connections.min(1024));
    let mut meter =
        Meter::start(&Options { messages: options.messages.map(|_| quota * options.connections as u64), ..*options });
    for client in &mut clients {
        client.queue(options.window as u64, frame);
        client.write(&burst, frame)?;
    }
    let patience = Timespec::try_from(PATIENCE)?;
    loop {
        epoll::wait(&epoll, spare_capacity(&mut events), Some(&patience))?;
        if events.is_empty() {
            return Err("the server has stopped answering".into());
        }
        let mut count = 0;
        for event in events.drain(..) {
            let client = &mut clients[event.data.u64() as usize];
            let replies = client.read(&mut sink, reply)?;
            client.queue(replies, frame);
            client.write(&burst, frame)?;
            count += replies;
        }
        if let Some(result) = meter.count(count)? {
            return Ok(result);
        }
    }
}

impl Client {
    fn queue(&mut self, messages: u64, frame: usize) {
        let messages = messages.min(self.quota);
        self.quota -= messages;
        self.sending.queue(messages as usize * frame);
    }

    /// Reads what has come and returns how many replies are complete with it.
    fn read(&mut self, sink: &mut [u8], reply: Option<usize>) -> Result<u64, Box<dyn Error>> {
        let (Some(secure), Some(length)) = (&mut self.secure, reply) else {
            return self.replies.read(&self.stream, sink, reply);
        };
        let mut replies = 0;
        loop {
            match recv(&self.stream, &mut *sink, RecvFlags::empty()) {
                Ok((_, 0)) => return Err("the server has ended a connection".into()),
                Ok((_, count)) => {
                    replies += self.replies.count(secure.count(&sink[..count]), length);
                    if count < sink.len() {
                        return Ok(replies);
                    }
                }
                Err(Errno::AGAIN) => return Ok(replies),
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn write(&mut self, burst: &[u8], frame: usize) -> io::Result<()> {
        if self.secure.is_some() {
            return self.write_secure(burst, frame);
        }
        self.sending.write(&self.stream, burst, frame)
    }

    fn write_secure(&mut self, burst: &[u8], frame: usize) -> io::Result<()> {
        let Some(secure) = &mut self.secure else { return Ok(()) };
        loop {
            if secure.waiting().is_empty() {
                let next = self.sending.next(burst);
                if next.is_empty() {
                    return Ok(());
                }
                self.sending.went(secure.seal(next)?, frame);
            }
            match send(&self.stream, secure.waiting(), SendFlags::NOSIGNAL) {
                Ok(count) => secure.went(count),
                Err(Errno::AGAIN) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }
}
