//! What a connection runs over, and what it can keep there.

use std::{
    io::{self, Cursor, ErrorKind, Write},
    net::{TcpListener, TcpStream},
    time::{Duration, Instant},
};

use php_sockets::ws::{
    Acceptor, Config, Connection, Error, Message, Protocol, ReadWrite, Result, Role, Stream, Timeout,
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
fn a_read_timeout_holds_on_a_connection_made_of_a_socket() -> Result<()> {
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
    assert!(matches!(&error, Error::Io(error) if error.kind() == ErrorKind::Unsupported), "{error:?}");
    assert_eq!(error.to_string(), "the stream has no timeouts");
    assert!(matches!(connection.read(&mut Vec::new()), Ok(Message::Text("here"))));
}

/// A peer that is silent is found out on every stream with timeouts, also behind a pointer.
#[test]
fn deadlines_are_kept_on_the_standard_librarys_streams() -> Result<()> {
    fn finds_out(stream: impl Stream) {
        let config = Config::server().keepalive(QUICK).pong_timeout(QUICK);
        let mut connection = Connection::new(stream, Protocol::new(Role::Server, config));
        let error = connection.read(&mut Vec::new()).map(|_| ()).expect_err("no Pong");
        assert!(matches!(error, Error::Timeout(Timeout::Pong)), "{error:?}");
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
fn a_silent_client_is_refused_on_the_standard_librarys_streams() -> Result<()> {
    if crate::skip::on_wine("it hangs under Wine 8; whether on Windows is not known") {
        return Ok(());
    }
    let (one, _peer) = std_pair()?;
    let error = Acceptor::new().timeout(QUICK).accept(one).map(|_| ()).expect_err("no request");
    assert!(matches!(error, Error::Timeout(Timeout::Handshake)), "{error:?}");
    Ok(())
}
