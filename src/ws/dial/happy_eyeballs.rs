//! Connecting to the first of a host's addresses that answers (RFC 8305).

use std::{
    io,
    net::SocketAddr,
    time::{Duration, Instant},
};

use socket2::{Domain, Protocol, SockAddr, Type};

use super::Wait;
use crate::{Socket, socket_set_nonblock, ws::WebSocketError};

/// How long an address has before the next one is tried beside it ("Connection Attempt Delay", section 5).
const DELAY: Duration = Duration::from_millis(250);

/// Connects to all of them one after the other, and to each a little later than to the last: whichever answers first.
pub(super) fn connect(addresses: &[SocketAddr], wait: &Wait) -> Result<Socket, WebSocketError> {
    let mut waiting = interleave(addresses).into_iter().peekable();
    let mut attempts = Vec::new();
    let mut next = Instant::now();
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no address").into();
    loop {
        if attempts.is_empty() || next <= Instant::now() {
            match waiting.next().map(start) {
                Some(Ok(socket)) => {
                    attempts.push(socket);
                    next = Instant::now() + DELAY;
                }
                Some(Err(error)) => {
                    last = error;
                    continue;
                }
                None if attempts.is_empty() => return Err(last),
                None => {}
            }
        }
        let mut ready = attempts.clone();
        wait.select(&mut Vec::new(), &mut ready, if waiting.peek().is_some() { next } else { wait.deadline() })?;
        for socket in ready {
            let error = socket.open("getsockopt")?.take_error()?;
            match error {
                None => return Ok(socket),
                Some(error) => last = error.into(),
            }
            attempts.retain(|other| *other != socket);
            // There is no reason to wait for one that failed.
            next = Instant::now();
        }
    }
}

/// Begins to connect.
fn start(address: SocketAddr) -> Result<Socket, WebSocketError> {
    let socket = socket2::Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    let socket = Socket::new(socket, Domain::for_address(address).into());
    socket_set_nonblock(&socket)?;
    let result = socket.open("connect")?.connect(&SockAddr::from(address));
    match result {
        Err(error) if !is_in_progress(&error) => Err(error.into()),
        _ => Ok(socket),
    }
}

fn is_in_progress(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
        || error.raw_os_error() == Some(crate::SOCKET_EINPROGRESS)
        || error.kind() == io::ErrorKind::Interrupted
}

/// Sorts the addresses so that the families take turns, beginning with that of the first (section 4). Within each the
/// system's order stays.
fn interleave(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    let is_first = |address: &SocketAddr| addresses.first().is_some_and(|first| first.is_ipv4() == address.is_ipv4());
    let (first, second): (Vec<_>, Vec<_>) = addresses.iter().copied().partition(is_first);
    let turns = first.len().max(second.len());
    (0..turns).flat_map(|turn| [first.get(turn), second.get(turn)]).flatten().copied().collect()
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use crate::{socket_getpeername, ws::WebSocketError};

    fn wait(milliseconds: u64) -> Wait {
        Wait::new(Instant::now() + Duration::from_millis(milliseconds), None)
    }

    #[test]
    fn families_take_turns() {
        let sorted = |addresses: &[&str]| {
            let addresses: Vec<SocketAddr> = addresses.iter().map(|text| text.parse().expect("an address")).collect();
            interleave(&addresses).iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(
            sorted(&["[::1]:1", "[::2]:1", "[::3]:1", "1.1.1.1:1", "2.2.2.2:1"]),
            ["[::1]:1", "1.1.1.1:1", "[::2]:1", "2.2.2.2:1", "[::3]:1"]
        );
        assert_eq!(sorted(&["1.1.1.1:1", "[::1]:1", "[::2]:1"]), ["1.1.1.1:1", "[::1]:1", "[::2]:1"]);
        assert_eq!(sorted(&["1.1.1.1:1", "2.2.2.2:1"]), ["1.1.1.1:1", "2.2.2.2:1"]);
        assert!(sorted(&[]).is_empty());
    }

    #[test]
    fn one_that_refuses_costs_no_time() -> Result<(), WebSocketError> {
        // It is bound and does not listen: nobody else is given its port.
        let bound = crate::socket_create(crate::AF_INET, crate::SOCK_STREAM, 0)?;
        crate::socket_bind(&bound, "127.0.0.1", 0)?;
        let port = crate::socket_getsockname(&bound)?.1;
        let closed = SocketAddr::from(([127, 0, 0, 1], u16::try_from(port).map_err(io::Error::other)?));
        let answering = TcpListener::bind("127.0.0.1:0")?;
        let addresses = [&[closed; 100][..], &[answering.local_addr()?]].concat();
        let start = Instant::now();
        let socket = connect(&addresses, &wait(60_000))?;
        assert_eq!(socket_getpeername(&socket)?.1, i32::from(answering.local_addr()?.port()));
        assert!(start.elapsed() < 50 * DELAY, "{:?}", start.elapsed());
        let error = connect(&[closed, closed], &wait(10_000)).expect_err("nobody listens");
        assert!(matches!(error, WebSocketError::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused));
        let error = connect(&[], &wait(10_000)).expect_err("no address");
        assert!(matches!(error, WebSocketError::Io(error) if error.kind() == io::ErrorKind::NotFound));
        Ok(())
    }

    /// A listening socket whose queue is full does not answer: Linux drops the packet.
    #[cfg(target_os = "linux")]
    #[test]
    fn one_that_does_not_answer_leaves_time_for_the_next() -> Result<(), WebSocketError> {
        use std::net::TcpStream;

        let silent = crate::socket_create_listen(0, 0)?;
        let port = crate::socket_getsockname(&silent)?.1;
        let silent_address = SocketAddr::from(([127, 0, 0, 1], u16::try_from(port).map_err(io::Error::other)?));
        let mut queue = Vec::new();
        while let Ok(stream) = TcpStream::connect_timeout(&silent_address, Duration::from_millis(100)) {
            queue.push(stream);
            assert!(queue.len() < 100, "the queue does not fill");
        }
        let answering = TcpListener::bind("127.0.0.1:0")?;
        let addresses = [silent_address, silent_address, answering.local_addr()?];
        let start = Instant::now();
        let socket = connect(&addresses, &wait(120_000))?;
        assert_eq!(socket_getpeername(&socket)?.1, i32::from(addresses[2].port()));
        // Two of them were given their time, and not all of it.
        assert!((2 * DELAY..Duration::from_secs(60)).contains(&start.elapsed()), "{:?}", start.elapsed());
        let error = connect(&addresses[..1], &wait(200)).expect_err("silence");
        assert!(matches!(error, WebSocketError::Timeout(crate::ws::Timeout::Handshake)), "{error:?}");
        Ok(())
    }
}
