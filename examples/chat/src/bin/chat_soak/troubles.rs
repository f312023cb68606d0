//! What clients do to servers.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chat_protocol::{Event, MAX_TEXT, Request};
use php_sockets::ws::handshake::{self, Url};
use php_sockets::ws::{CloseCode, Connection, Connector, FrameHeader, Message, Opcode, Transport};
use php_sockets::{
    AF_INET, Linger, SO_LINGER, SO_RCVBUF, SOCK_STREAM, SOL_SOCKET, SOL_TCP, Socket, socket_connect, socket_create,
    socket_set_nonblock, socket_set_option,
};

use crate::flood::{flood, send};
use crate::pace::{Dice, Pace};
use crate::subject::Subject;
use crate::talkers::ROOM;
use crate::{Counts, Outcome, PATIENCE};

/// Where those who make trouble are by themselves.
const ELSEWHERE: &str = "elsewhere";
/// How many there are at a time who read nothing.
const SLOW: usize = 16;
/// How long there is between two troubles.
const BETWEEN: Duration = Duration::from_millis(20);

/// One who makes trouble for a server.
struct Maker {
    /// IP and port.
    address: String,
    url: Url,
    dice: Dice,
    /// Those who read nothing, the oldest first.
    slow: VecDeque<Connection<Socket>>,
    /// How many of them the server has dropped.
    dropped: usize,
}

type Trouble = (&'static str, fn(&mut Maker) -> Outcome);

pub(crate) fn of_chat(pace: &Pace, chat: &Subject, _: &Subject) -> Outcome<Counts> {
    let troubles: [Trouble; 6] = [
        ("joined the talk, said something, left", Maker::visit),
        ("left without a word", Maker::vanish),
        ("cut off at a byte of what it said", Maker::cut_chat),
        ("those who read nothing asked for more", Maker::read_nothing),
        ("said long texts where nobody reads", Maker::say_much),
        ("asked too much for a fifth of a second", Maker::flood),
    ];
    make(pace, chat, troubles)
}

pub(crate) fn of_echo(pace: &Pace, _: &Subject, echo: &Subject) -> Outcome<Counts> {
    let troubles: [Trouble; 2] =
        [("echo: cut off at a byte of what it said", Maker::cut_echo), ("echo: read nothing", Maker::flood_echo)];
    make(pace, echo, troubles)
}

/// Sends messages of all lengths, some in fragments, and looks whether they come back.
pub(crate) fn steady_echo(pace: &Pace, _: &Subject, echo: &Subject) -> Outcome<Counts> {
    let mut dice = Dice(3);
    let mut connections = Vec::new();
    for _ in 0..4 {
        connections.push(connect(&echo.url)?);
    }
    let (mut count, mut buffer) = (0, Vec::new());
    while pace.wait(BETWEEN) {
        for connection in &mut connections {
            let length = 1 << dice.below(18);
            let first = dice.below(251);
            let message: Vec<u8> = (0..=250).cycle().skip(first).take(length + dice.below(length)).collect();
            connection.send(&message[..])?;
            if connection.read(&mut buffer)? != Message::Binary(&message) {
                return Err(
                    format!("ws_echo sent something else back than a message of {} bytes", message.len()).into()
                );
            }
            count += 1;
        }
    }
    for connection in connections {
        connection.finish()?;
    }
    Ok(vec![("echo: messages that came back as they were", count)])
}

/// Makes all troubles again and again, in every order.
fn make<const N: usize>(pace: &Pace, subject: &Subject, mut troubles: [Trouble; N]) -> Outcome<Counts> {
    let mut maker = Maker {
        address: subject.address.clone(),
        url: Url::parse(&subject.url)?,
        dice: Dice(N as u64),
        slow: VecDeque::new(),
        dropped: 0,
    };
    let mut counts: Vec<_> = troubles.iter().map(|(name, _)| (*name, 0)).collect();
    while pace.wait(BETWEEN) {
        maker.dice.shuffle(&mut troubles);
        for (name, trouble) in troubles {
            trouble(&mut maker).map_err(|error| format!("{}: {name}: {error}", subject.url))?;
            counts.iter_mut().filter(|(counted, _)| *counted == name).for_each(|(_, count)| *count += 1);
            if !pace.wait(BETWEEN) {
                break;
            }
        }
    }
    if maker.dropped > 0 {
        counts.push(("who read nothing was dropped", maker.dropped));
    }
    Ok(counts)
}

impl Maker {
    fn enter(&mut self, room: &str) -> Outcome<(String, Connection<Transport>)> {
        let mut connection = connect(&self.url.to_string())?;
        let name = new_name();
        // Those with a session can come back for a while: the server remembers them.
        let session = self.dice.below(2).eq(&0).then(|| format!("session of {name}"));
        send(&mut connection, &Request::Hello { name: name.clone(), session, after: None })?;
        send(&mut connection, &Request::Join { room: room.into(), after: None })?;
        until(&mut connection, |event| matches!(event, Event::Joined { .. }))?;
        Ok((name, connection))
    }

    /// Comes, says something, hears it, and leaves in one of the orderly ways.
    fn visit(&mut self) -> Outcome {
        let (name, mut connection) = self.enter(ROOM)?;
        let id = unused_id(&name);
        send(&mut connection, &Request::Say { id: id.clone(), room: ROOM.into(), text: "hello".into() })?;
        until(&mut connection, |event| matches!(event, Event::Said(said) if said.id == id))?;
        if self.dice.below(2) == 0 {
            send(&mut connection, &Request::Leave { room: ROOM.into() })?;
            until(&mut connection, |event| matches!(event, Event::Left { name: left, .. } if *left == name))?;
        }
        Ok(connection.finish()?)
    }

    fn vanish(&mut self) -> Outcome {
        let (_, connection) = self.enter(ROOM)?;
        if self.dice.below(2) == 0 {
            reset(connection.stream().socket())?;
        }
        Ok(())
    }

    fn cut_chat(&mut self) -> Outcome {
        let name = new_name();
        let say = Request::Say { id: unused_id(&name), room: ROOM.into(), text: "is it heard?".into() };
        let mut frames = Vec::new();
        for request in
            [Request::Hello { name, session: None, after: None }, Request::Join { room: ROOM.into(), after: None }, say]
        {
            frames.push((Opcode::Text, true, serde_json::to_vec(&request)?));
        }
        frames.push((Opcode::Close, true, CloseCode::NORMAL.0.to_be_bytes().to_vec()));
        self.cut(&frames)
    }

    fn cut_echo(&mut self) -> Outcome {
        let length = 1 << self.dice.below(15);
        self.cut(&[
            (Opcode::Ping, true, b"there?".to_vec()),
            (Opcode::Binary, false, vec![1; length]),
            (Opcode::Ping, true, Vec::new()),
            (Opcode::Continuation, true, vec![2; length]),
            (Opcode::Close, true, Vec::new()),
        ])
    }

    /// Says a part of the opening handshake and of these frames, and ends there: by a reset or not, with the server's
    /// answer read or not.
    fn cut(&mut self, frames: &[(Opcode, bool, Vec<u8>)]) -> Outcome {
        let head = handshake::Client::new().request(&self.url)?.as_bytes().to_vec();
        let mut bytes = head.clone();
        for (opcode, fin, payload) in frames {
            // With a mask of zeros the payload goes as it is.
            let (mask, length) = (Some([0; 4]), payload.len() as u64);
            bytes.extend(
                FrameHeader { fin: *fin, rsv1: false, opcode: *opcode, mask, payload_len: length }.encode().as_ref(),
            );
            bytes.extend(payload);
        }
        let (at, ending) = (self.dice.below(bytes.len() + 1), self.dice.below(4));
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(&bytes[..at])?;
        if ending % 2 == 0 && at >= head.len() {
            let _ = stream.read(&mut [0; 512])?;
        }
        match ending {
            0 | 1 => reset(&Socket::from(stream))?,
            2 => {}
            // The server ends it too.
            _ => {
                stream.shutdown(Shutdown::Write)?;
                // It may do so by a reset, when something is left that it did not read.
                let _ = std::io::copy(&mut stream, &mut std::io::sink());
            }
        }
        Ok(())
    }

    /// Connects with a receive buffer as small as can be.
    fn connect_slowly(&self) -> Outcome<Connection<Socket>> {
        let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
        socket_set_option(&socket, SOL_SOCKET, SO_RCVBUF, 2048)?;
        socket_connect(&socket, self.url.host(), i32::from(self.url.port()))?;
        Connector::new().timeout(PATIENCE).open(socket, &self.url)?.advance()?.ok_or_else(|| "no answer".into())
    }

    /// Those who read nothing ask again for long texts, until the server takes nothing more from them; what is said there
    /// then makes too much that waits for them, and they are dropped. Another one comes in their place.
    fn read_nothing(&mut self) -> Outcome {
        let earlier = serde_json::to_string(&Request::Earlier { room: ELSEWHERE.into(), before: i64::MAX })?;
        let count = self.slow.len();
        self.slow.retain_mut(|slow| slow.is_open() && slow.send(&earlier).and_then(|()| slow.send(&earlier)).is_ok());
        self.dropped += count - self.slow.len();
        if self.slow.len() == SLOW {
            return Ok(());
        }
        let mut connection = self.connect_slowly()?;
        socket_set_nonblock(connection.stream())?;
        let hello = Request::Hello { name: new_name(), session: None, after: None };
        for request in [hello, Request::Join { room: ELSEWHERE.into(), after: None }] {
            connection.send(&serde_json::to_string(&request)?)?;
        }
        self.slow.push_back(connection);
        Ok(())
    }

    fn say_much(&mut self) -> Outcome {
        let (name, mut connection) = self.enter(ELSEWHERE)?;
        for number in 0..3 {
            let (id, text) = (format!("{name} says {number}"), "长".repeat(MAX_TEXT));
            send(&mut connection, &Request::Say { id: id.clone(), room: ELSEWHERE.into(), text })?;
            until(&mut connection, |event| matches!(event, Event::Said(said) if said.id == id))?;
        }
        Ok(connection.finish()?)
    }

    fn flood(&mut self) -> Outcome {
        flood(&self.url.to_string(), ELSEWHERE, Duration::from_millis(200))?;
        Ok(())
    }

    /// Sends 4 MiB as far as the server takes it, and reads nothing.
    fn flood_echo(&mut self) -> Outcome {
        let mut connection = self.connect_slowly()?;
        socket_set_nonblock(connection.stream())?;
        let message = vec![7; 64 * 1024];
        for _ in 0..64 {
            connection.send(&message[..])?;
            if connection.wants_write() {
                break;
            }
        }
        self.slow.push_back(connection);
        if self.slow.len() > SLOW {
            if let Some(oldest) = self.slow.pop_front().filter(|_| self.dice.below(2) == 0) {
                reset(oldest.stream())?;
            }
        }
        Ok(())
    }
}

/// Returns a name that nobody had before.
fn new_name() -> String {
    static NAMES: AtomicUsize = AtomicUsize::new(0);
    format!("visitor-{}", NAMES.fetch_add(1, Ordering::Relaxed))
}

fn connect(url: &str) -> Outcome<Connection<Transport>> {
    let mut connection = Connector::new().timeout(PATIENCE).connect(url)?;
    connection.set_read_timeout(Some(PATIENCE))?;
    Ok(connection)
}

/// Has the socket end by a reset when it is closed.
fn reset(socket: &Socket) -> Outcome {
    Ok(socket_set_option(socket, SOL_SOCKET, SO_LINGER, Linger { l_onoff: 1, l_linger: 0 })?)
}

fn unused_id(name: &str) -> String {
    format!("{name} says")
}

/// Has somebody come and say something; returns its place.
pub(crate) fn say(url: &str) -> Outcome<i64> {
    let (mut connection, name, mut place) = (connect(url)?, new_name(), 0);
    let id = unused_id(&name);
    let room = ELSEWHERE.to_owned();
    send(&mut connection, &Request::Hello { name, session: None, after: None })?;
    send(&mut connection, &Request::Join { room: room.clone(), after: None })?;
    send(&mut connection, &Request::Say { id: id.clone(), room, text: "what time is it?".into() })?;
    until(&mut connection, |event| {
        let Event::Said(said) = event else { return false };
        place = said.seq;
        said.id == id
    })?;
    connection.finish()?;
    Ok(place)
}

/// Reads up to an event.
fn until(connection: &mut Connection<Transport>, mut wanted: impl FnMut(&Event) -> bool) -> Outcome {
    let (begun, mut buffer) = (Instant::now(), Vec::new());
    while begun.elapsed() < PATIENCE {
        let event = match connection.read(&mut buffer)? {
            Message::Text(text) => serde_json::from_str(text)?,
            other => return Err(format!("not an event: {other:?}").into()),
        };
        if wanted(&event) {
            return Ok(());
        }
        if let Event::Error { text, .. } = event {
            return Err(format!("refused: {text}").into());
        }
    }
    Err("what is waited for does not come".into())
}
