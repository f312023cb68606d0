use std::{
    io::{self, IoSlice, Read, Write},
    net::{Shutdown, TcpStream},
    time::Duration,
};

use socket2::SockRef;

use crate::{Socket, sys};

/// What a connection runs over: something that reads and writes, with optional abilities.
///
/// [`Socket`], the standard library's streams and references to those implement all of it. For a type of your own `impl Stream` with
/// no methods is enough; each method that you add gives the connection an ability, such as deadlines. Wrap a type from another
/// crate in [`ReadWrite`].
///
/// # Examples
/// ```
/// use std::{io::{self, Read, Write}, time::Duration};
/// use php_sockets::{ws::Stream, *};
///
/// /// Counts what is written.
/// struct Counted(Socket, usize);
///
/// impl Read for Counted {
///     fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
///         self.0.read(space)
///     }
/// }
///
/// impl Write for Counted {
///     fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
///         let count = self.0.write(bytes)?;
///         self.1 += count;
///         Ok(count)
///     }
///     fn flush(&mut self) -> io::Result<()> {
///         Ok(())
///     }
/// }
///
/// impl Stream for Counted {
///     // Now a blocking connection keeps its deadlines.
///     fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
///         self.0.set_read_timeout(timeout)
///     }
///     fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
///         self.0.set_write_timeout(timeout)
///     }
/// }
/// ```
pub trait Stream: Read + Write {
    /// Sets how long a blocking read waits, `None` for ever: `SO_RCVTIMEO`.
    ///
    /// Without it a blocking read waits as long as the stream does, and the application has to
    /// [check the deadlines](super::Connection::check_deadlines).
    ///
    /// # Errors
    /// Those of the stream; [`io::ErrorKind::Unsupported`] if it has no timeouts, the default.
    fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        let _ = timeout;
        Err(no_timeouts())
    }

    /// Sets how long a blocking write waits, `None` for ever: `SO_SNDTIMEO`.
    ///
    /// # Errors
    /// As [`set_read_timeout`](Self::set_read_timeout).
    fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        let _ = timeout;
        Err(no_timeouts())
    }

    /// Makes small writes leave at once: `TCP_NODELAY`. Does nothing by default.
    ///
    /// # Errors
    /// Those of the stream; the connection continues regardless.
    fn set_nodelay(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Ends the sending direction: shutdown(2) with `SHUT_WR`. Does nothing by default.
    ///
    /// # Errors
    /// Those of the stream; the peer may have ended the connection first.
    fn shutdown_write(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Reads what has already arrived, without waiting even if [`read`](Read::read) would. By default it finds nothing.
    ///
    /// # Errors
    /// Those of the stream; [`io::ErrorKind::WouldBlock`] if nothing has arrived.
    fn read_now(&mut self, space: &mut [u8]) -> io::Result<usize> {
        let _ = space;
        Err(io::ErrorKind::WouldBlock.into())
    }

    /// Writes what it can without waiting, even if [`write`](Write::write) would wait; with no bytes, what the stream has buffered. By
    /// default it calls `write`.
    ///
    /// # Errors
    /// Those of the stream; [`io::ErrorKind::WouldBlock`] if nothing can be written.
    fn write_now(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write(bytes)
    }

    /// Returns whether calls block, or `None` if that is not known, the default.
    fn is_blocking(&self) -> Option<bool> {
        None
    }

    /// Returns whether a read would succeed even though nothing arrives, because the stream has buffered data, as TLS does: waiting
    /// for the socket does not show that. `false` by default.
    fn has_more(&self) -> bool {
        false
    }

    /// Returns whether the stream has buffered or generated data to write, which [`flush`](Write::flush) and every read try to do.
    /// `false` by default.
    fn wants_write(&self) -> bool {
        false
    }
}

fn no_timeouts() -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, "the stream has no timeouts")
}

/// Wraps a type from another crate that can read and write, to make it a [`Stream`] without further abilities.
///
/// # Examples
/// ```
/// use std::io::Cursor;
/// use php_sockets::ws::{Config, Connection, Message, Protocol, ReadWrite, Role};
///
/// let memory = ReadWrite(Cursor::new(b"\x81\x06\xe4\xbd\xa0\xe5\xa5\xbd".to_vec()));
/// let mut connection = Connection::new(memory, Protocol::new(Role::Client, Config::client()));
/// assert_eq!(connection.read(&mut Vec::new())?, Message::Text("你好"));
/// # Ok::<(), php_sockets::ws::WebSocketError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct ReadWrite<S>(pub S);

impl<S: Read> Read for ReadWrite<S> {
    #[inline]
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        self.0.read(space)
    }
}

impl<S: Write> Write for ReadWrite<S> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    #[inline]
    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.write_vectored(slices)
    }

    #[inline]
    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl<S: Read + Write> Stream for ReadWrite<S> {}

/// Passes every method on to a stream behind a pointer.
macro_rules! behind {
    ($($pointer:ty),*) => { $(
        impl<S: Stream + ?Sized> Stream for $pointer {
            fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
                (**self).set_read_timeout(timeout)
            }

            fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
                (**self).set_write_timeout(timeout)
            }

            fn set_nodelay(&mut self) -> io::Result<()> {
                (**self).set_nodelay()
            }

            fn shutdown_write(&mut self) -> io::Result<()> {
                (**self).shutdown_write()
            }

            fn read_now(&mut self, space: &mut [u8]) -> io::Result<usize> {
                (**self).read_now(space)
            }

            fn write_now(&mut self, bytes: &[u8]) -> io::Result<usize> {
                (**self).write_now(bytes)
            }

            fn is_blocking(&self) -> Option<bool> {
                (**self).is_blocking()
            }

            fn has_more(&self) -> bool {
                (**self).has_more()
            }

            fn wants_write(&self) -> bool {
                (**self).wants_write()
            }
        }
    )* };
}

behind!(&mut S, Box<S>);

#[cfg(unix)]
fn read_now(socket: &socket2::Socket, space: &mut [u8]) -> io::Result<usize> {
    sys::receive_into(socket, space, crate::MSG_DONTWAIT)
}

#[cfg(unix)]
fn write_now(socket: &socket2::Socket, bytes: &[u8]) -> io::Result<usize> {
    socket.send_with_flags(bytes, sys::MSG_NOSIGNAL | crate::MSG_DONTWAIT)
}

/// Writes to a socket behind which the caller writes more at once, without waiting if it is to be `now`. What fills no packet
/// waits for that, or for the peer's word that the others have come.
#[cfg(all(feature = "tls", target_os = "linux"))]
pub(super) fn write_before_more(socket: &Socket, bytes: &[u8], now: bool) -> io::Result<usize> {
    let wait = if now { crate::MSG_DONTWAIT } else { 0 };
    socket.open("send")?.send_with_flags(bytes, sys::MSG_NOSIGNAL | crate::MSG_MORE | wait)
}

/// There is no such flag here.
#[cfg(all(feature = "tls", not(target_os = "linux")))]
pub(super) fn write_before_more(mut socket: &Socket, bytes: &[u8], now: bool) -> io::Result<usize> {
    if now { socket.clone().write_now(bytes) } else { socket.write(bytes) }
}

/// Windows has no `MSG_DONTWAIT`: there it is asked first whether a call would wait.
#[cfg(windows)]
fn ready(socket: &socket2::Socket, events: i16) -> io::Result<()> {
    let mut descriptors = [sys::PollFd { fd: sys::descriptor(socket), events, revents: 0 }];
    match sys::poll(&mut descriptors, Some(Duration::ZERO))? {
        0 => Err(io::ErrorKind::WouldBlock.into()),
        _ => Ok(()),
    }
}

#[cfg(windows)]
fn read_now(socket: &socket2::Socket, space: &mut [u8]) -> io::Result<usize> {
    ready(socket, sys::POLLIN)?;
    sys::receive_into(socket, space, 0)
}

/// A part at a time: a blocking send of more than there is room for waits, however much room there is.
#[cfg(windows)]
fn write_now(socket: &socket2::Socket, bytes: &[u8]) -> io::Result<usize> {
    ready(socket, sys::POLLOUT)?;
    socket.send(&bytes[..bytes.len().min(16 << 10)])
}

/// A timeout in the system's unit, rounded up: Windows counts milliseconds, socket2 cuts off what is less, and 0 is no timeout.
fn whole(timeout: Option<Duration>) -> Option<Duration> {
    if cfg!(windows) {
        let milliseconds = |time: Duration| time.as_nanos().div_ceil(1_000_000).try_into().unwrap_or(u64::MAX);
        timeout.map(|time| Duration::from_millis(milliseconds(time)))
    } else {
        timeout
    }
}

impl Stream for Socket {
    fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.open("setsockopt")?.set_read_timeout(whole(timeout))
    }

    fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.open("setsockopt")?.set_write_timeout(whole(timeout))
    }

    fn set_nodelay(&mut self) -> io::Result<()> {
        self.open("setsockopt")?.set_tcp_nodelay(true)
    }

    fn shutdown_write(&mut self) -> io::Result<()> {
        self.open("shutdown")?.shutdown(Shutdown::Write)
    }

    fn read_now(&mut self, space: &mut [u8]) -> io::Result<usize> {
        read_now(&*self.open("recv")?, space)
    }

    fn write_now(&mut self, bytes: &[u8]) -> io::Result<usize> {
        write_now(&*self.open("send")?, bytes)
    }

    fn is_blocking(&self) -> Option<bool> {
        self.is_blocking()
    }
}

/// What the standard library has in several types is one thing to the system.
macro_rules! of_the_standard_library {
    ($($stream:ty),*) => { $(
        impl Stream for $stream {
            fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
                SockRef::from(&*self).set_read_timeout(whole(timeout))
            }

            fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
                SockRef::from(&*self).set_write_timeout(whole(timeout))
            }

            fn set_nodelay(&mut self) -> io::Result<()> {
                SockRef::from(&*self).set_tcp_nodelay(true)
            }

            fn shutdown_write(&mut self) -> io::Result<()> {
                SockRef::from(&*self).shutdown(Shutdown::Write)
            }

            fn read_now(&mut self, space: &mut [u8]) -> io::Result<usize> {
                read_now(&SockRef::from(&*self), space)
            }

            fn write_now(&mut self, bytes: &[u8]) -> io::Result<usize> {
                write_now(&SockRef::from(&*self), bytes)
            }

            fn is_blocking(&self) -> Option<bool> {
                sys::is_blocking(&SockRef::from(&*self))
            }
        }
    )* };
}

of_the_standard_library!(TcpStream, &TcpStream);
#[cfg(unix)]
of_the_standard_library!(std::os::unix::net::UnixStream, &std::os::unix::net::UnixStream);

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Noted(Vec<u8>, usize);

    impl Read for Noted {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Ok(7)
        }
    }

    impl Write for Noted {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.write(bytes)
        }

        fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
            self.0.write_vectored(slices)
        }

        fn flush(&mut self) -> io::Result<()> {
            self.1 += 1;
            Ok(())
        }
    }

    #[test]
    fn a_stream_of_which_nothing_is_known_reads_and_writes() -> io::Result<()> {
        let mut stream = ReadWrite(Noted::default());
        assert_eq!(stream.read(&mut [])?, 7);
        assert_eq!((stream.write(b"abc")?, stream.write_now(b"de")?), (3, 2));
        assert_eq!(stream.write_vectored(&[IoSlice::new(b"fg"), IoSlice::new(b"hi")])?, 4);
        stream.flush()?;
        assert_eq!((&stream.0.0[..], stream.0.1), (&b"abcdefghi"[..], 1));
        assert_eq!(stream.is_blocking(), None);
        assert!(!stream.has_more() && !Stream::wants_write(&stream));
        let late = Some(Duration::from_secs(1));
        for result in [stream.set_read_timeout(late), stream.set_write_timeout(late)] {
            assert_eq!(result.expect_err("it has none").kind(), io::ErrorKind::Unsupported);
        }
        assert_eq!(stream.read_now(&mut [0]).expect_err("nothing has come").kind(), io::ErrorKind::WouldBlock);
        Ok(())
    }

    /// A datagram shows it: one is made of both writes.
    #[cfg(all(feature = "tls", target_os = "linux"))]
    #[test]
    fn what_is_written_before_more_leaves_with_it() -> io::Result<()> {
        use crate::*;
        let [mut from, to] = [(); 2].map(|()| socket_create(AF_INET, SOCK_DGRAM, SOL_UDP).expect("a socket"));
        socket_bind(&to, "127.0.0.1", 0)?;
        socket_connect(&from, "127.0.0.1", socket_getsockname(&to)?.1)?;
        for now in [false, true] {
            assert_eq!(write_before_more(&from, b"first, ", now)?, 7);
            assert_eq!(from.write(b"second")?, 6);
            assert_eq!(socket_read(&to, 100, None)?, b"first, second");
        }
        Ok(())
    }
}
