//! A peer that takes slowly what is sent to it is alive; one that takes nothing is not.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::TcpStream,
    sync::{Arc, Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};

use php_sockets::{
    ws::{CloseFrame, Config, Connection, Message, Protocol, Role, Stream, Timeout, WebSocketError},
    *,
};

use super::{handshaken, in_time, server};
use crate::{
    stream::{CLOSE, FIN, PING, PONG, TEXT, masked, unmasked},
    support::tcp_pair,
};

const SENT: usize = 8 << 20;
const TAKEN: usize = 100 << 10;
/// What the system may hold of a connection whose buffers are set to 64 KiB: it doubles each.
const HELD: usize = 256 << 10;

fn pong_of(role: Role, ping: &[u8]) -> Vec<u8> {
    match role {
        Role::Server => masked(FIN | PONG, ping),
        Role::Client => unmasked(FIN | PONG, ping),
    }
}

#[test]
fn a_peer_that_reads_slowly_is_alive_for_the_protocol() -> Result<(), WebSocketError> {
    for role in [Role::Server, Role::Client] {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut protocol = Protocol::new(role, Config::new(role));
        protocol.check_deadlines(start)?;
        protocol.send(&vec![7; SENT])?;
        let mut second = 0;
        while !protocol.output().is_empty() {
            protocol.written(TAKEN.min(protocol.output().len()))?;
            second += 1;
            protocol.check_deadlines(at(second))?;
        }
        assert!(second > 80, "{role:?}: all is taken");
        // Then it falls silent. The time for its Pong starts when the Ping has left.
        protocol.check_deadlines(at(second + 20))?;
        assert!(!protocol.output().is_empty(), "{role:?}: a Ping");
        for waiting in 21..39 {
            protocol.check_deadlines(at(second + waiting))?;
        }
        protocol.written(protocol.output().len())?;
        for waiting in 39..59 {
            protocol.check_deadlines(at(second + waiting))?;
        }
        let error = protocol.check_deadlines(at(second + 59)).expect_err("nobody answers");
        assert!(matches!(error, WebSocketError::Timeout(Timeout::Pong)), "{role:?}: {error:?}");
    }
    Ok(())
}

/// Half of it is taken, then nothing more: what waits does not keep a dead peer alive.
#[test]
fn a_peer_that_takes_nothing_is_not_alive() -> Result<(), WebSocketError> {
    for role in [Role::Server, Role::Client] {
        let start = Instant::now();
        let mut protocol = Protocol::new(role, Config::new(role));
        protocol.check_deadlines(start)?;
        protocol.send(&vec![7; SENT])?;
        for _ in 0..2 {
            protocol.written(SENT / 4)?;
        }
        let end = (1..).find(|second| protocol.check_deadlines(start + Duration::from_secs(*second)).is_err());
        assert_eq!(end, Some(41), "{role:?}");
    }
    Ok(())
}

/// A Ping that waits behind a message is not answered before it has left, and is answered then.
#[test]
fn a_ping_that_waits_leaves_between_two_frames() -> Result<(), WebSocketError> {
    for role in [Role::Server, Role::Client] {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut buffer = Vec::new();
        let mut protocol = Protocol::new(role, Config::new(role));
        protocol.check_deadlines(start)?;
        protocol.send(&vec![7; 50_000])?;
        let length = protocol.output().len();
        protocol.written(100)?;
        protocol.check_deadlines(at(20))?;
        assert_eq!(protocol.output().len(), length - 100, "the Ping is not in the middle of the message");
        for second in 21..30 {
            protocol.check_deadlines(at(second))?;
        }
        protocol.written(length - 100)?;
        let ping = protocol.output().to_vec();
        assert_eq!(ping[0], 0x89);
        let payload: Vec<u8> = match role {
            Role::Server => ping[2..].to_vec(),
            Role::Client => ping[6..].iter().zip(&ping[2..6]).map(|(byte, key)| byte ^ key).collect(),
        };
        protocol.written(ping.len())?;
        protocol.check_deadlines(at(39))?;
        protocol.feed(&pong_of(role, &payload));
        assert_eq!(protocol.next(&mut buffer)?, None);
        protocol.check_deadlines(at(58))?;
        assert!(protocol.output().is_empty(), "{role:?}: the peer has answered");
    }
    Ok(())
}

/// A stream that takes so many bytes between two looks at the clock.
struct Slow {
    room: usize,
    taken: usize,
}

impl Read for Slow {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(ErrorKind::WouldBlock.into())
    }
}

impl Write for Slow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len().min(self.room);
        if count == 0 {
            return Err(ErrorKind::WouldBlock.into());
        }
        self.room -= count;
        self.taken += count;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stream for Slow {
    fn is_blocking(&self) -> Option<bool> {
        Some(false)
    }
}

#[test]
fn a_peer_that_reads_slowly_is_alive_for_a_connection() -> Result<(), WebSocketError> {
    for role in [Role::Server, Role::Client] {
        let start = Instant::now();
        let stream = Slow { room: TAKEN, taken: 0 };
        let mut connection = Connection::new(stream, Protocol::new(role, Config::new(role)));
        connection.check_deadlines(start)?;
        connection.send(&vec![7; SENT])?;
        let mut second = 0;
        while connection.wants_write() {
            second += 1;
            connection.stream_mut().room = TAKEN;
            connection.flush()?;
            connection.check_deadlines(start + Duration::from_secs(second))?;
        }
        assert!(second > 80 && connection.stream().taken > SENT, "{role:?}: all is taken");
    }
    Ok(())
}

/// A socket whose peer takes something before each look at the clock, however slow the machine is: what the system holds
/// for it, so that a write ends, by its timeout, with a part of what it was given. After so many looks the peer takes all
/// the rest, and leaves.
#[derive(Clone)]
struct Taking {
    socket: Socket,
    peer: Arc<Mutex<TcpStream>>,
    /// Whether this half's last write took something, which is told when the next one begins.
    wrote: bool,
    told: mpsc::Sender<()>,
    tells: Arc<Mutex<mpsc::Receiver<()>>>,
    looks: usize,
    left: usize,
}

impl Taking {
    fn take(&mut self, most: usize) -> io::Result<()> {
        let mut peer = self.peer.lock().expect("no panic");
        let mut bytes = vec![0; most.min(self.left)];
        peer.read_exact(&mut bytes)?;
        self.left -= bytes.len();
        Ok(())
    }
}

impl Read for Taking {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        let error = match self.socket.read(space) {
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => error,
            result => return result,
        };
        if self.looks == 0 {
            self.take(usize::MAX)?;
            return Ok(0);
        }
        self.looks -= 1;
        while self.tells.lock().expect("no panic").try_recv().is_ok() {}
        self.take(2 * HELD)?;
        self.tells.lock().expect("no panic").recv_timeout(Duration::from_secs(60)).map_err(io::Error::other)?;
        Err(error)
    }
}

impl Write for Taking {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.wrote {
            let _ = self.told.send(());
        }
        // On Windows a write waits until all is taken.
        let most = if cfg!(unix) { bytes.len() } else { bytes.len().min(HELD / 4) };
        let result = self.socket.write(&bytes[..most]);
        self.wrote = result.is_ok();
        result
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stream for Taking {
    fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.socket.set_read_timeout(timeout)
    }

    fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.socket.set_write_timeout(timeout)
    }

    fn is_blocking(&self) -> Option<bool> {
        Some(true)
    }
}

/// A writer waits for a slow peer all the time, inside one message that is longer than what the system holds.
#[test]
fn a_peer_that_reads_slowly_is_alive_for_split_halves() -> Result<(), Box<dyn std::error::Error>> {
    const QUICK: Duration = Duration::from_millis(40);
    // A look each ten milliseconds: for five times as long as a dead peer is given.
    const LOOKS: usize = 40;
    let config = Config::server().keepalive(QUICK).pong_timeout(QUICK).send_timeout(None);
    let (socket, peer) = tcp_pair()?;
    socket_set_option(&socket, SOL_SOCKET, SO_SNDBUF, 64 << 10)?;
    socket_set_option(&peer, SOL_SOCKET, SO_RCVBUF, 64 << 10)?;
    let (told, tells) = mpsc::channel();
    let peer = TcpStream::try_from(peer)?;
    peer.set_read_timeout(Some(Duration::from_secs(60)))?;
    let stream = Taking {
        socket,
        peer: Arc::new(Mutex::new(peer)),
        wrote: false,
        told,
        tells: Arc::new(Mutex::new(tells)),
        looks: LOOKS,
        left: 10 + (24 << 20),
    };
    let (mut reader, writer) = Connection::new(stream, Protocol::new(Role::Server, config)).split();
    let writing = thread::spawn(move || writer.send(&vec![7; 24 << 20]));
    let start = Instant::now();
    assert_eq!(reader.read(&mut Vec::new())?, Message::Close(Some(CloseFrame::ABNORMAL)));
    assert!(start.elapsed() >= 5 * 2 * QUICK, "it took a while");
    writing.join().expect("no panic")?;
    Ok(())
}

/// Both want the door: whoever leaves it answers, so that no Pong and no Close is lost.
#[test]
fn a_look_at_the_writer_takes_no_answer_away() -> Result<(), WebSocketError> {
    for _ in 0..200 {
        let (connection, mut peer) = server(Config::server())?;
        let (mut reader, writer) = connection.split();
        let (stop, stopped) = mpsc::channel::<()>();
        let looking = thread::spawn(move || {
            let mut open = 0_u64;
            while matches!(stopped.try_recv(), Err(mpsc::TryRecvError::Empty)) {
                open += u64::from(writer.is_open()) + u64::from(writer.buffered_amount() == 0);
                if open % 7 == 0 {
                    let _ = writer.flush();
                }
            }
            open
        });
        let reading = thread::spawn(move || {
            let mut buffer = Vec::new();
            while !matches!(reader.read(&mut buffer)?, Message::Close(_)) {}
            Result::<(), WebSocketError>::Ok(())
        });
        peer.write_all(&[masked(FIN | PING, b"?"), masked(FIN | TEXT, b"!"), masked(FIN | CLOSE, b"")].concat())?;
        let answered: Vec<u8> = in_time(move || {
            let mut bytes = Vec::new();
            peer.read_to_end(&mut bytes).map(|_| bytes)
        })?;
        drop(stop);
        looking.join().expect("no panic");
        reading.join().expect("no panic")?;
        assert_eq!(answered, [unmasked(FIN | PONG, b"?"), unmasked(FIN | CLOSE, b"")].concat());
    }
    Ok(())
}

/// The Pong lies in the system's memory when the application comes back to read, late.
#[test]
fn a_pong_that_has_come_counts_before_the_clock() -> Result<(), WebSocketError> {
    let quick = Duration::from_millis(50);
    let config = Config::server().keepalive(quick).pong_timeout(quick);
    let (mut connection, client) = handshaken(config, Config::client())?;
    let mut peer = TcpStream::try_from(client.stream().clone())?;
    peer.set_nonblocking(true)?;
    let mut buffer = Vec::new();
    // Each read looks at the clock once: the Pong is there before the look that follows the one at which the Ping left.
    connection.set_read_timeout(Some(Duration::from_millis(1)))?;
    while connection.read(&mut buffer).map(|_| ()).expect_err("the peer says nothing").would_block() {
        let mut ping = [0; 6];
        if peer.peek(&mut ping).is_ok_and(|length| length == 6) {
            // The first byte of the next message keeps the reader in the middle of one.
            peer.write_all(&[masked(FIN | PONG, &ping[2..]), masked(FIN | TEXT, b"late")[..1].to_vec()].concat())?;
            thread::sleep(3 * quick);
            peer.write_all(&masked(FIN | TEXT, b"late")[1..])?;
            connection.set_read_timeout(None)?;
            assert_eq!(connection.read(&mut buffer)?, Message::Text("late"));
            return Ok(());
        }
    }
    panic!("no Ping came");
}

/// Who talks is there, also when he takes nothing of what is sent to him, a Ping included; however his bytes come in.
#[test]
fn a_peer_that_talks_is_alive_though_the_ping_waits() -> Result<(), WebSocketError> {
    let frame = masked(FIN | TEXT, b"still here");
    for fed in [true, false] {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut buffer = Vec::new();
        let mut protocol = Protocol::new(Role::Server, Config::server());
        protocol.check_deadlines(start)?;
        protocol.send(&vec![7; SENT])?;
        protocol.written(100)?;
        protocol.check_deadlines(at(1))?;
        protocol.check_deadlines(at(21))?; // puts a Ping behind all that
        for second in 22..200 {
            if fed {
                protocol.feed(&frame);
            } else {
                protocol.read_from(&mut &frame[..])?;
            }
            assert!(protocol.next(&mut buffer)?.is_some());
            protocol.check_deadlines(at(second))?;
        }
        let end = (200..).find(|second| protocol.check_deadlines(at(*second)).is_err());
        assert_eq!(end, Some(219), "20 seconds after the last word");
    }
    Ok(())
}

/// The time of each message is its own, however the reads cut them.
#[test]
fn a_deadline_is_for_one_message() -> Result<(), WebSocketError> {
    let start = Instant::now();
    let mut buffer = Vec::new();
    let mut protocol = Protocol::new(Role::Server, Config::server());
    let frame = masked(FIN | TEXT, b"one of many");
    let (head, tail) = frame.split_at(7);
    protocol.feed(head);
    for second in 0..300 {
        assert_eq!(protocol.next(&mut buffer)?, None);
        protocol.check_deadlines(start + Duration::from_secs(second))?;
        protocol.feed(&[tail, head].concat());
        assert_eq!(protocol.next(&mut buffer)?, Some(Message::Text("one of many")));
    }
    Ok(())
}

/// A caller's clock may be behind the first time that any connection was told.
#[test]
fn times_may_be_earlier_than_the_first() -> Result<(), WebSocketError> {
    let now = Instant::now();
    Protocol::new(Role::Server, Config::server()).check_deadlines(now)?;
    let Some(earlier) = now.checked_sub(Duration::from_secs(60)) else { return Ok(()) };
    let mut protocol = Protocol::new(Role::Server, Config::server());
    protocol.check_deadlines(earlier)?;
    assert_eq!(protocol.deadline(), Some(earlier + Duration::from_secs(20)));
    protocol.check_deadlines(earlier + Duration::from_secs(20))?;
    assert_eq!(protocol.output().first(), Some(&0x89), "a Ping");
    Ok(())
}
