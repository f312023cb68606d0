//! What a `Socket` is to the standard library: `Read`, `Write`, descriptors, and the stream types.

use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::sync::Arc;

use super::Socket;
use crate::{Error, Result, sys};

impl Read for &Socket {
    #[inline]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self.open("Socket::read")?).read(buffer)
    }

    fn read_vectored(&mut self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        (&*self.open("Socket::read_vectored")?).read_vectored(buffers)
    }
}

impl Write for &Socket {
    #[inline]
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.open("Socket::write")?.send_with_flags(sys::part(data), sys::MSG_NOSIGNAL)
    }

    fn write_vectored(&mut self, data: &[IoSlice<'_>]) -> io::Result<usize> {
        if cfg!(windows) && data.iter().any(|slice| sys::part(slice).len() < slice.len()) {
            return self.write(data.iter().find(|slice| !slice.is_empty()).map_or(&[], |slice| slice));
        }
        self.open("Socket::write_vectored")?.send_vectored_with_flags(data, sys::MSG_NOSIGNAL)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Socket {
    #[inline]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self).read(buffer)
    }

    fn read_vectored(&mut self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        (&*self).read_vectored(buffers)
    }
}

impl Write for Socket {
    #[inline]
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        (&*self).write(data)
    }

    fn write_vectored(&mut self, data: &[IoSlice<'_>]) -> io::Result<usize> {
        (&*self).write_vectored(data)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Turns a stream of the standard library into a socket.
///
/// ```text
/// socket_import_stream($stream): Socket|false
/// ```
///
/// The stream is taken over: `TcpStream`, `TcpListener`, `UdpSocket`, `UnixStream`, `UnixListener`, `UnixDatagram` or any
/// descriptor. PHP shares it with the stream instead; clone the stream first (`try_clone`) where both are needed.
/// [`Socket`] also has [`From`] for the standard types, which cannot fail.
///
/// # Errors
/// `Cannot represent a stream of type STDIO as a Socket Descriptor` for a descriptor that is no socket;
/// `Unable to obtain socket family` with the system's error number.
///
/// See <https://www.php.net/socket_import_stream>.
///
/// # Examples
/// ```
/// use php_sockets::*;
///
/// let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
/// let socket = socket_import_stream(listener)?;
/// assert_eq!(socket_getsockname(&socket)?.0, "127.0.0.1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn socket_import_stream(stream: impl Into<sys::OwnedHandle>) -> Result<Socket> {
    const FUNCTION: &str = "socket_import_stream";
    let socket = socket2::Socket::from(stream.into());
    match sys::family(&socket) {
        Ok(family) => Ok(Socket::foreign(socket, family)),
        Err(error) if crate::error::os_code(&error) == crate::SOCKET_ENOTSOCK => Err(Error::Failure {
            function: FUNCTION,
            message: "Cannot represent a stream of type STDIO as a Socket Descriptor".into(),
        }),
        Err(error) => Err(Error::system(FUNCTION, "Unable to obtain socket family", &error)),
    }
}

/// Turns a socket into a stream of the standard library that shares its connection.
///
/// ```text
/// socket_export_stream(Socket $socket)
/// ```
///
/// The stream has a descriptor of its own (dup(2)) for the same connection, so that each of the two is closed
/// independently; PHP's stream and socket close each other. The caller names the type: `TcpStream`, `TcpListener`,
/// `UdpSocket`, `UnixStream`, `UnixListener`, `UnixDatagram`, or the bare descriptor.
///
/// # Errors
/// `Failed to create stream`, with [`SOCKET_EMFILE`](crate::SOCKET_EMFILE) when there is no descriptor left.
///
/// # Platforms
/// On Windows [`socket_close`](crate::socket_close) also ends the stream's connection where the socket's handle was lent out.
///
/// See <https://www.php.net/socket_export_stream>.
///
/// # Examples
/// ```
/// use php_sockets::*;
///
/// let socket = socket_create_listen(0, None)?;
/// let listener: std::net::TcpListener = socket_export_stream(&socket)?;
/// assert_eq!(i32::from(listener.local_addr()?.port()), socket_getsockname(&socket)?.1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn socket_export_stream<T: From<sys::OwnedHandle>>(socket: &Socket) -> Result<T> {
    const FUNCTION: &str = "socket_export_stream";
    let copy =
        socket.open(FUNCTION)?.try_clone().map_err(|error| socket.fail(FUNCTION, "Failed to create stream", &error))?;
    Ok(T::from(copy.into()))
}

/// Takes the connection out of the only handle, or shares it where there are clones.
impl TryFrom<Socket> for sys::OwnedHandle {
    type Error = Error;

    fn try_from(socket: Socket) -> Result<Self> {
        socket.open("socket_export_stream")?;
        match Arc::try_unwrap(socket.0) {
            Ok(inner) => match sys::into_socket(inner.socket) {
                Some(socket) => Ok(socket.into()),
                None => Err(Error::Closed { function: "socket_export_stream" }),
            },
            Err(shared) => socket_export_stream(&Socket(shared)),
        }
    }
}

/// Converts from and to a type of the standard library: from it the family is known or asked of the system, to it the
/// descriptor is handed over.
macro_rules! convert {
    ($($stream:ty),*) => {$(
        impl From<$stream> for Socket {
            /// Takes over the stream's descriptor.
            fn from(stream: $stream) -> Self {
                let socket = socket2::Socket::from(sys::OwnedHandle::from(stream));
                let family = sys::family(&socket).unwrap_or(sys::AF_UNSPEC);
                Self::foreign(socket, family)
            }
        }

        impl TryFrom<Socket> for $stream {
            type Error = Error;

            /// Takes the connection out of the only handle, or shares it where there are clones.
            fn try_from(socket: Socket) -> Result<Self> {
                Ok(sys::OwnedHandle::try_from(socket)?.into())
            }
        }
    )*};
}

convert!(std::net::TcpStream, std::net::TcpListener, std::net::UdpSocket);

#[cfg(unix)]
mod unix {
    use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
    use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};

    use super::{Error, Result, Socket, sys};

    convert!(UnixStream, UnixListener, UnixDatagram);

    impl AsFd for Socket {
        fn as_fd(&self) -> BorrowedFd<'_> {
            self.0.socket.as_fd()
        }
    }

    impl AsRawFd for Socket {
        /// Returns the descriptor; after [`socket_close`](crate::socket_close) it is one on which every call fails.
        fn as_raw_fd(&self) -> RawFd {
            self.0.socket.as_raw_fd()
        }
    }

    impl TryFrom<std::os::fd::OwnedFd> for Socket {
        type Error = Error;

        /// Takes over a descriptor, as [`socket_import_stream`](crate::socket_import_stream) does.
        fn try_from(descriptor: std::os::fd::OwnedFd) -> Result<Self> {
            crate::socket_import_stream(descriptor)
        }
    }
}

#[cfg(windows)]
mod windows {
    use std::os::windows::io::{AsRawSocket, AsSocket, BorrowedSocket, RawSocket};

    use super::{Socket, sys};

    impl AsSocket for Socket {
        fn as_socket(&self) -> BorrowedSocket<'_> {
            sys::lend(&self.0.socket)
        }
    }

    impl AsRawSocket for Socket {
        fn as_raw_socket(&self) -> RawSocket {
            sys::lend(&self.0.socket).as_raw_socket()
        }
    }
}
