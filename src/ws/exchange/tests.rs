//! What a stream may do while a head is on its way, one call after the other.

use std::{
    collections::VecDeque,
    io::{ErrorKind, Read, Write},
};

use super::*;

/// A stream that does what it is told to, and notes what it is asked for.
#[derive(Debug, Default)]
struct Script {
    blocking: Option<bool>,
    /// What `read_now` and `read` give; nothing has come when there is no more of the former.
    come: VecDeque<io::Result<&'static [u8]>>,
    waited_for: VecDeque<io::Result<&'static [u8]>>,
    /// The same for `write_now`, `write` and `flush`.
    goes: VecDeque<io::Result<usize>>,
    waited_to_go: VecDeque<io::Result<usize>>,
    flushes: VecDeque<io::Result<()>>,
    /// How often it says that it holds more.
    holds: std::cell::Cell<usize>,
    has_own: bool,
    is_shut: bool,
    has_no_timeouts: bool,
    calls: Vec<&'static str>,
}

fn put(bytes: io::Result<&[u8]>, space: &mut [u8]) -> io::Result<usize> {
    bytes.map(|bytes| {
        space[..bytes.len()].copy_from_slice(bytes);
        bytes.len()
    })
}

impl Read for Script {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        self.calls.push("read");
        put(self.waited_for.pop_front().expect("no read is expected"), space)
    }
}

impl Write for Script {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        self.calls.push("write");
        self.waited_to_go.pop_front().expect("no write is expected")
    }

    fn flush(&mut self) -> io::Result<()> {
        self.calls.push("flush");
        self.flushes.pop_front().unwrap_or(Ok(()))
    }
}

impl Stream for Script {
    fn set_read_timeout(&mut self, _: Option<Duration>) -> io::Result<()> {
        self.calls.push("set_read_timeout");
        if self.has_no_timeouts { Err(ErrorKind::Unsupported.into()) } else { Ok(()) }
    }

    fn set_write_timeout(&mut self, _: Option<Duration>) -> io::Result<()> {
        self.calls.push("set_write_timeout");
        Ok(())
    }

    fn shutdown_write(&mut self) -> io::Result<()> {
        if self.is_shut { Err(ErrorKind::NotConnected.into()) } else { Ok(()) }
    }

    fn read_now(&mut self, space: &mut [u8]) -> io::Result<usize> {
        put(self.come.pop_front().unwrap_or_else(|| Err(ErrorKind::WouldBlock.into())), space)
    }

    fn write_now(&mut self, _: &[u8]) -> io::Result<usize> {
        self.goes.pop_front().unwrap_or_else(|| Err(ErrorKind::WouldBlock.into()))
    }

    fn is_blocking(&self) -> Option<bool> {
        self.blocking
    }

    fn has_more(&self) -> bool {
        let left = self.holds.get();
        self.holds.set(left.saturating_sub(1));
        left > 0
    }

    fn wants_write(&self) -> bool {
        self.has_own
    }
}

fn exchange(stream: Script) -> Exchange<Script> {
    let mut exchange = Exchange::new(stream, Arc::new(Config::server()), Parser::new(), deadline(TIMEOUT));
    exchange.queue(vec![7; 100]);
    exchange
}

fn calls(exchange: &Exchange<Script>) -> &[&'static str] {
    &exchange.stream().expect("there is one").calls
}

fn kind<T: std::fmt::Debug>(result: Result<T, WebSocketError>) -> ErrorKind {
    match result.expect_err("it fails") {
        WebSocketError::Io(error) => error.kind(),
        error => panic!("{error:?}"),
    }
}

#[test]
fn who_can_wait_waits_for_bytes_with_a_timeout() -> Result<(), WebSocketError> {
    for blocking in [None, Some(true)] {
        let mut exchange = exchange(Script { blocking, waited_for: [Ok(&b"abc"[..])].into(), ..Script::default() });
        assert_eq!(exchange.fill()?, Some(3));
        assert_eq!(exchange.input().data(), b"abc");
        assert_eq!(calls(&exchange), ["set_read_timeout", "read"]);
    }
    let mut exchange = exchange(Script { come: [Ok(&b"abc"[..])].into(), ..Script::default() });
    assert_eq!((exchange.fill()?, calls(&exchange)), (Some(3), &[][..]), "what has come needs none");
    let mut exchange = self::exchange(Script { blocking: Some(false), ..Script::default() });
    assert_eq!((exchange.fill()?, calls(&exchange)), (None, &[][..]));
    Ok(())
}

#[test]
fn a_read_that_fails_is_told() {
    let mut exchange = exchange(Script { come: [Err(ErrorKind::Other.into())].into(), ..Script::default() });
    assert_eq!(kind(exchange.fill()), ErrorKind::Other);
    let waited_for = [Err(ErrorKind::ConnectionReset.into())].into();
    let mut exchange = self::exchange(Script { waited_for, ..Script::default() });
    assert_eq!(kind(exchange.fill()), ErrorKind::ConnectionReset);
}

/// A timer may end before the deadline.
#[test]
fn a_read_that_ends_early_is_repeated() -> Result<(), WebSocketError> {
    let early = |kind: ErrorKind, blocking| {
        let waited_for = [Err(kind.into()), Ok(&b"abc"[..])].into();
        exchange(Script { blocking, waited_for, ..Script::default() }).fill()
    };
    assert_eq!(early(ErrorKind::TimedOut, None)?, Some(3));
    assert_eq!(early(ErrorKind::TimedOut, Some(true))?, Some(3));
    assert_eq!(early(ErrorKind::WouldBlock, Some(true))?, Some(3));
    assert_eq!(early(ErrorKind::WouldBlock, None)?, None, "nobody knows whether it waited");
    Ok(())
}

#[test]
fn who_can_wait_waits_to_write_with_a_timeout() -> Result<(), WebSocketError> {
    // On Windows a write that is to take what goes at once may wait, too.
    let at_once: &[_] = if cfg!(windows) { &["set_write_timeout"] } else { &[] };
    for blocking in [None, Some(true)] {
        let mut exchange = exchange(Script { blocking, waited_to_go: [Ok(60)].into(), ..Script::default() });
        assert!(exchange.write_once()?);
        assert_eq!(exchange.written, 60);
        assert_eq!(calls(&exchange), [at_once, &["set_write_timeout", "write"]].concat());
    }
    let mut exchange = exchange(Script { goes: [Ok(60)].into(), ..Script::default() });
    assert!(exchange.write_once()?);
    assert_eq!(calls(&exchange), at_once, "what goes needs none");
    let mut exchange = self::exchange(Script { blocking: Some(false), ..Script::default() });
    assert!(!exchange.write_once()? && calls(&exchange).is_empty());
    Ok(())
}

#[test]
fn a_write_that_fails_is_told() {
    let mut exchange = exchange(Script { goes: [Err(ErrorKind::Other.into())].into(), ..Script::default() });
    assert_eq!(kind(exchange.write_once()), ErrorKind::Other);
    for (result, expected) in
        [(Err(ErrorKind::BrokenPipe.into()), ErrorKind::BrokenPipe), (Ok(0), ErrorKind::WriteZero)]
    {
        let mut exchange = self::exchange(Script { waited_to_go: [result].into(), ..Script::default() });
        assert_eq!(kind(exchange.write_once()), expected);
    }
}

#[test]
fn a_write_that_ends_early_is_repeated() -> Result<(), WebSocketError> {
    let early = |kind: ErrorKind, blocking| {
        let waited_to_go = [Err(kind.into()), Ok(60)].into();
        exchange(Script { blocking, waited_to_go, ..Script::default() }).write_once()
    };
    assert!(early(ErrorKind::TimedOut, None)?);
    assert!(early(ErrorKind::WouldBlock, Some(true))?);
    assert!(!early(ErrorKind::WouldBlock, None)?, "nobody knows whether it waited");
    Ok(())
}

/// TLS has its own part of the handshake.
#[test]
fn what_the_stream_holds_of_its_own_is_written_in_time() -> Result<(), WebSocketError> {
    for (blocking, has_own, expected) in [
        (Some(true), true, &["set_write_timeout", "flush"][..]),
        (None, true, &["set_write_timeout", "flush"]),
        (Some(false), true, &["flush"]),
        (Some(true), false, &["flush"]),
    ] {
        let mut exchange = exchange(Script { blocking, has_own, goes: [Ok(60), Ok(40)].into(), ..Script::default() });
        assert!(exchange.flush()?);
        let calls: Vec<_> = calls(&exchange).iter().copied().skip_while(|_| cfg!(windows)).collect();
        assert!(cfg!(windows) || calls == expected, "{calls:?}");
    }
    let flush = |result: io::Result<()>| {
        exchange(Script { goes: [Ok(100)].into(), flushes: [result].into(), ..Script::default() }).flush()
    };
    assert!(!flush(Err(ErrorKind::WouldBlock.into()))?, "later");
    assert_eq!(kind(flush(Err(ErrorKind::BrokenPipe.into()))), ErrorKind::BrokenPipe);
    Ok(())
}

#[test]
fn what_the_stream_holds_behind_the_head_is_the_connections() -> Result<(), WebSocketError> {
    let come = [Ok(&b"ab"[..]), Ok(&b"c"[..]), Ok(&b""[..])].into();
    let mut exchange = exchange(Script { come, holds: 5.into(), ..Script::default() });
    let (stream, protocol) = exchange.finish(Role::Server, Negotiated::default())?;
    assert_eq!((stream.holds.get(), stream.come.len()), (2, 0), "behind its end there is nothing");
    assert!(!protocol.inbound.decoder.is_idle());
    assert!(matches!(exchange.fill(), Err(WebSocketError::Closed)), "the stream is gone");
    Ok(())
}

#[test]
fn who_leaves_late_is_waited_for_within_limits() {
    let linger = |script: Script, time: Duration, most: usize| {
        let mut exchange = exchange(script);
        exchange.linger(Linger { until: deadline(time), latest: deadline(time), discarded: 0, most });
        calls(&exchange).iter().filter(|call| **call == "read").count()
    };
    let bytes = || [Ok(&[7; 10][..]), Ok(&[7; 10][..]), Ok(&b""[..])].into();
    let script = || Script { waited_for: bytes(), ..Script::default() };
    let long = Duration::from_secs(60);
    assert_eq!(linger(script(), long, 1000), 3, "until he leaves");
    assert_eq!(linger(script(), long, 10), 1);
    assert_eq!(linger(script(), long, 11), 2);
    assert_eq!(linger(script(), Duration::ZERO, 1000), 0);
    assert_eq!(linger(Script { is_shut: true, ..script() }, long, 1000), 0, "he has left");
    assert_eq!(linger(Script { has_no_timeouts: true, ..script() }, long, 1000), 0);
    let waited_for = [Err(ErrorKind::WouldBlock.into())].into();
    assert_eq!(linger(Script { waited_for, ..Script::default() }, long, 1000), 1);
}

#[test]
fn an_end_drops_the_stream_and_what_has_come() -> Result<(), WebSocketError> {
    let mut exchange = exchange(Script { come: [Ok(&b"abc"[..])].into(), ..Script::default() });
    exchange.fill()?;
    exchange.end();
    assert!(exchange.stream().is_none() && exchange.input().is_empty());
    assert!(exchange.is_answered() && exchange.wants_write() && exchange.waits_to_write());
    Ok(())
}

#[test]
fn behind_the_deadline_only_what_has_come_counts() -> Result<(), WebSocketError> {
    let mut exchange = exchange(Script { come: [Ok(&b"abc"[..])].into(), ..Script::default() });
    exchange.set_deadline(Some(Duration::ZERO), Timeout::Send);
    assert_eq!(exchange.fill()?, Some(3));
    assert!(matches!(exchange.fill(), Err(WebSocketError::Timeout(Timeout::Send))));
    assert!(matches!(exchange.write_once(), Err(WebSocketError::Timeout(Timeout::Send))));
    Ok(())
}

/// That of a request, of so many bytes.
fn content(length: usize) -> Content {
    let head = format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n");
    let Ok(Status::Complete(request, _)) = Parser::new().request(head.as_bytes()) else { panic!("a request") };
    Content::of_request(&request, 100).expect("it has a body")
}

/// Nobody has been answered.
fn unanswered(stream: Script) -> Exchange<Script> {
    Exchange::new(stream, Arc::new(Config::server()), Parser::new(), deadline(TIMEOUT))
}

#[test]
fn a_content_is_read_in_turns() -> Result<(), WebSocketError> {
    let pieces = || [Ok(&b"abc"[..]), Ok(b"def"), Ok(b"ghi"), Ok(b"jklm")].into();
    for (turn, holds, left) in [(0, 0, 3), (1, 0, 3), (3, 0, 3), (4, 0, 2), (1, 1, 2), (1, 2, 1)] {
        let mut exchange = unanswered(Script { come: pieces(), holds: holds.into(), ..Script::default() });
        let mut content = content(12);
        assert!(!exchange.read_content(&mut content, turn)?, "{turn} {holds}");
        assert_eq!(exchange.stream().map(|stream| stream.come.len()), Some(left), "{turn} {holds}");
        assert!(exchange.read_content(&mut content, usize::MAX)?);
        assert_eq!((content.take_bytes(), exchange.input().data()), (b"abcdefghijkl".to_vec(), &b"m"[..]));
    }
    let mut ended = unanswered(Script { come: [Ok(&b"abc"[..]), Ok(b"")].into(), ..Script::default() });
    assert!(matches!(ended.read_content(&mut content(12), usize::MAX), Err(WebSocketError::Closed)));
    Ok(())
}

#[test]
fn who_always_sends_something_of_a_content_is_late_all_the_same() -> Result<(), WebSocketError> {
    let mut exchange = unanswered(Script { come: [Ok(&b"abc"[..]), Ok(b"def")].into(), ..Script::default() });
    exchange.set_deadline(Some(Duration::ZERO), Timeout::Handshake);
    let result = exchange.read_content(&mut content(6), usize::MAX);
    assert!(matches!(result, Err(WebSocketError::Timeout(Timeout::Handshake))), "{result:?}");
    // What completes it has come in time.
    assert!(exchange.read_content(&mut content(3), usize::MAX)?);
    Ok(())
}

#[test]
fn an_answer_stands_behind_what_is_left_of_100() -> Result<(), WebSocketError> {
    let script =
        Script { blocking: Some(false), goes: [Ok(3)].into(), come: [Ok(&b"abc"[..])].into(), ..Script::default() };
    let mut exchange = unanswered(script);
    exchange.queue_continue();
    assert!(exchange.waits_to_write() && !exchange.is_answered());
    // Who does not take it may go on all the same.
    assert!(exchange.read_content(&mut content(3), usize::MAX)?);
    exchange.queue(b"answer".to_vec());
    assert!(exchange.is_answered());
    assert_eq!(exchange.output[exchange.written..], [&CONTINUE[3..], b"answer"].concat());
    // It is gone.
    let mut exchange = unanswered(Script { goes: [Ok(CONTINUE.len())].into(), ..Script::default() });
    exchange.queue_continue();
    assert!(exchange.flush()? && !exchange.is_answered());
    exchange.queue(b"answer".to_vec());
    assert_eq!(exchange.output, b"answer");
    Ok(())
}
