//! No server: what the system takes of one. It waits with epoll, receives, and sends as many bytes as an echo has, in the same
//! system calls. Of each connection it decodes the first message alone, and holds all that follow to be the same.
//!
//! ```sh
//! cargo run --release --bin floor -- 127.0.0.1:9002
//! ```

use std::{
    error::Error,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
};

use peers::server;
use php_sockets::ws::{Connection, FrameHeader, Opcode};
use rustix::{
    buffer::spare_capacity,
    event::epoll::{self, EventData, EventFlags},
};

/// What one read takes, as `ws_echo` has it.
const READ: usize = 64 * 1024 + 256;
const LISTENER: u64 = u64::MAX;

struct Client {
    stream: TcpStream,
    /// The bytes of a message as it comes, and of its echo.
    request: usize,
    reply: usize,
    /// What has come of the next message.
    bytes: usize,
}

fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(server::arguments().address)?;
    server::announce(listener.local_addr()?);
    let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    epoll::add(&epoll, &listener, EventData::new_u64(LISTENER), EventFlags::IN)?;
    let mut clients = Vec::new();
    let mut events = Vec::with_capacity(1024);
    let mut input = vec![0; READ];
    let mut output = Vec::new();
    loop {
        epoll::wait(&epoll, spare_capacity(&mut events), None)?;
        for event in events.drain(..) {
            let place = event.data.u64();
            if place == LISTENER {
                let client = Client::open(listener.accept()?.0)?;
                epoll::add(&epoll, &client.stream, EventData::new_u64(clients.len() as u64), EventFlags::IN)?;
                output.resize(output.len().max(client.reply * (READ / client.request + 2)), 0);
                clients.push(Some(client));
            } else if let Some(client) = &mut clients[place as usize]
                && !client.answer(&mut input, &output)
            {
                clients[place as usize] = None;
            }
        }
    }
}

impl Client {
    /// Shakes hands and echoes the first message.
    fn open(stream: TcpStream) -> Result<Self, Box<dyn Error>> {
        stream.set_nodelay(true)?;
        let mut connection = Connection::accept(stream.try_clone()?)?;
        let mut buffer = Vec::new();
        let message = connection.read(&mut buffer)?;
        let payload = message.as_bytes().len();
        connection.send(message)?;
        let size = |mask| {
            let header =
                FrameHeader { fin: true, rsv1: false, opcode: Opcode::Text, mask, payload_len: payload as u64 };
            header.encode().as_ref().len() + payload
        };
        Ok(Self { stream, request: size(Some([0; 4])), reply: size(None), bytes: 0 })
    }

    /// Sends as many bytes as an echo of what has come; `false` when the client has gone. The load always reads, so that a send
    /// may wait.
    fn answer(&mut self, input: &mut [u8], output: &[u8]) -> bool {
        let Ok(count @ 1..) = self.stream.read(input) else { return false };
        self.bytes += count;
        let messages = self.bytes / self.request;
        self.bytes %= self.request;
        messages == 0 || self.stream.write_all(&output[..messages * self.reply]).is_ok()
    }
}
