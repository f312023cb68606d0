//! What a connection runs over, and what it can keep there.

use std::{
    io::{self, Cursor, ErrorKind, Read, Write},
    net::{TcpListener, TcpStream},
    time::{Duration, Instant},
};

use php_sockets::ws::{
    Acceptor, CloseFrame, Config, Connection, Message, Protocol, ReadWrite, Role, Stream, Timeout, WebSocketError,
};

use super::server;
use crate::stream::{FIN, TEXT, masked};

const QUICK: Duration = Duration::from_millis(50);

fn std_pair() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let client = TcpStream::connect(listener.local_addr()?)?;
    Ok((listener.accept()?.0, client))
}

#[test]
fn a_read_timeout_holds_on_a_connection_made_of_a_socket() -> Result<(), WebSocketError> {
    let (mut connection, mut peer) = server(Config::server())?;
    connection.set_read_timeout(Some(QUICK))?;
    let start = Instant::now();
    let error = connection.read(&mut Vec::new()).map(|_| ()).expect_err("the peer says nothing");
    assert!(error.would_block() && start.elapsed() >= QUICK, "{error:?}");
    peer.write_all(&masked(FIN | TEXT, "在".as_bytes()))?;
    assert_eq!(connection.read(&mut Vec::new())?, Message::Text("在"));
    Ok(())
}

#[test]
fn a_stream_without_timeouts_says_so() {
    let memory = ReadWrite(Cursor::new(masked(FIN | TEXT, b"here")));
    let mut connection = Connection::new(memory, Protocol::new(Role::Server, Config::server()));
    let error = connection.set_read_timeout(Some(QUICK)).expect_err("memory does not wait");
    assert!(matches!(&error, WebSocketError::Io(error) if error.kind() == ErrorKind::Unsupported), "{error:?}");
    assert_eq!(error.to_string(), "the stream has no timeouts");
    assert!(matches!(connection.read(&mut Vec::new()), Ok(Message::Text("here"))));
}

/// A peer that is silent is found out on every stream with timeouts, also behind a pointer.
#[test]
fn deadlines_are_kept_on_the_standard_librarys_streams() -> Result<(), WebSocketError> {
    fn finds_out(stream: impl Stream) {
        let config = Config::server().keepalive(QUICK).pong_timeout(QUICK);
        let mut connection = Connection::new(stream, Protocol::new(Role::Server, config));
        let error = connection.read(&mut Vec::new()).map(|_| ()).expect_err("no Pong");
        assert!(matches!(error, WebSocketError::Timeout(Timeout::Pong)), "{error:?}");
    }
    let (one, _peer) = std_pair()?;
    finds_out(one);
    let (one, _peer) = std_pair()?;
    finds_out(&one);
    let (one, _peer) = std_pair()?;
    finds_out(Box::new(one) as Box<dyn Stream>);
    let (mut one, _peer) = std_pair()?;
    finds_out(&mut one);
    #[cfg(unix)]
    {
        let (one, _peer) = std::os::unix::net::UnixStream::pair()?;
        finds_out(one);
    }
    Ok(())
}

#[test]
fn a_silent_client_is_refused_on_the_standard_librarys_streams() -> Result<(), WebSocketError> {
    let (one, _peer) = std_pair()?;
    let error = Acceptor::new().timeout(QUICK).accept(one).map(|_| ()).expect_err("no request");
    assert!(matches!(error, WebSocketError::Timeout(Timeout::Handshake)), "{error:?}");
    Ok(())
}

/// A stream that a signal interrupts, that has no timeouts, and that ends behind what it holds.
struct Interrupted {
    input: Cursor<Vec<u8>>,
    output: Vec<u8>,
    calls: usize,
    timeouts: bool,
}

impl Interrupted {
    fn new(input: &str, timeouts: bool) -> Self {
        Self { input: Cursor::new(input.into()), output: Vec::new(), calls: 0, timeouts }
    }

    /// Every other call is interrupted.
    fn call(&mut self) -> io::Result<()> {
        self.calls += 1;
        if self.calls % 2 == 1 { Err(ErrorKind::Interrupted.into()) } else { Ok(()) }
    }
}

impl Read for &mut Interrupted {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        self.call()?;
        self.input.read(space)
    }
}

impl Write for &mut Interrupted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.call()?;
        self.output.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stream for &mut Interrupted {
    fn set_read_timeout(&mut self, _: Option<Duration>) -> io::Result<()> {
        if self.timeouts { Ok(()) } else { Err(ErrorKind::Unsupported.into()) }
    }
}

#[test]
fn a_signal_or_the_want_of_timeouts_keeps_no_client_out() -> Result<(), WebSocketError> {
    let request = "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    let mut stream = Interrupted::new(request, false);
    let mut connection = Acceptor::new().accept(&mut stream)?;
    assert_eq!(connection.read(&mut Vec::new())?, Message::Close(Some(CloseFrame::ABNORMAL)));
    drop(connection);
    assert!(stream.output.starts_with(b"HTTP/1.1 101 "));
    // A timeout that cannot be set for another reason is no small thing.
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(ErrorKind::WouldBlock.into())
        }
    }
    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(ErrorKind::WouldBlock.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    impl Stream for Broken {
        fn set_read_timeout(&mut self, _: Option<Duration>) -> io::Result<()> {
            Err(ErrorKind::NotConnected.into())
        }
    }
    let error = Acceptor::new().accept(Broken).map(|_| ()).expect_err("it is broken");
    assert!(matches!(&error, WebSocketError::Io(error) if error.kind() == ErrorKind::NotConnected), "{error:?}");
    Ok(())
}

/// Who is refused and has left is not waited for.
#[test]
fn the_end_behind_a_refused_request_is_the_end() {
    let mut stream = Interrupted::new("no request\r\n\r\n", true);
    assert!(Acceptor::new().accept(&mut stream).is_err());
    assert!(stream.output.starts_with(b"HTTP/1.1 400 "));
    assert!(stream.calls < 12, "{} calls", stream.calls);
}
