//! TLS for a program that has none: what comes by plain TCP goes on in TLS by rustls, or the other way round.

use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, Shutdown, TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use php_sockets::ws::tls::rustls::{ClientConfig, ClientConnection, Connection, ServerConfig, ServerConnection};

/// Which side of it speaks TLS.
pub(crate) enum Tls {
    /// Those who come; it goes on in plain TCP.
    Accept(Arc<ServerConfig>),
    /// Those to whom it goes on.
    Connect(Arc<ClientConfig>),
}

/// Listens and connects whoever comes to `port`; returns the port on which it listens. It ends with the process.
pub(crate) fn open(tls: Tls, port: u16) -> io::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let own = listener.local_addr()?.port();
    thread::spawn(move || {
        for near in listener.incoming() {
            let connect = || -> io::Result<()> {
                let (near, far) = (near?, TcpStream::connect((Ipv4Addr::LOCALHOST, port))?);
                near.set_nodelay(true)?;
                far.set_nodelay(true)?;
                let name = "localhost".try_into().map_err(io::Error::other)?;
                let (connection, plain, secure) = match &tls {
                    Tls::Accept(config) => {
                        (ServerConnection::new(Arc::clone(config)).map(Connection::Server), far, near)
                    }
                    Tls::Connect(config) => {
                        (ClientConnection::new(Arc::clone(config), name).map(Connection::Client), near, far)
                    }
                };
                carry(connection.map_err(io::Error::other)?, plain, secure, [own, port])
            };
            // Who is not served finds the connection ended.
            let _ = connect();
        }
    });
    Ok(own)
}

/// Shared by two threads, which hold it to encrypt and to decrypt, never to wait.
struct Session {
    tls: Mutex<Connection>,
    /// Held to write to the socket, so that records keep their order.
    secure: Mutex<TcpStream>,
}

impl Session {
    /// Does something with rustls, and sends what it has to say then.
    fn with<T>(&self, act: impl FnOnce(&mut Connection) -> io::Result<T>) -> io::Result<T> {
        let mut secure = self.secure.lock().unwrap_or_else(PoisonError::into_inner);
        let (result, bytes) = {
            let mut tls = self.tls.lock().unwrap_or_else(PoisonError::into_inner);
            let result = act(&mut tls);
            let mut bytes = Vec::new();
            while tls.wants_write() {
                tls.write_tls(&mut bytes)?;
            }
            (result, bytes)
        };
        secure.write_all(&bytes)?;
        result
    }

    /// Takes in what came, and returns what it says and whether rustls has an answer to it.
    fn take(&self, mut bytes: &[u8]) -> io::Result<(Vec<u8>, bool)> {
        let mut tls = self.tls.lock().unwrap_or_else(PoisonError::into_inner);
        let mut plain = Vec::new();
        while !bytes.is_empty() {
            tls.read_tls(&mut bytes)?;
            let state = tls.process_new_packets().map_err(io::Error::other)?;
            let start = plain.len();
            plain.resize(start + state.plaintext_bytes_to_read(), 0);
            tls.reader().read_exact(&mut plain[start..])?;
        }
        Ok((plain, tls.wants_write()))
    }
}

/// Names the port in a request's `Host` by that to which it goes on: the suite looks at it.
fn rename(request: &[u8], [from, to]: [u16; 2]) -> Vec<u8> {
    let text = String::from_utf8_lossy(request);
    text.replacen(&format!("\r\nHost: localhost:{from}\r\n"), &format!("\r\nHost: localhost:{to}\r\n"), 1).into_bytes()
}

/// Begins to carry both ways, in a thread each.
fn carry(mut tls: Connection, mut plain: TcpStream, mut secure: TcpStream, ports: [u16; 2]) -> io::Result<()> {
    tls.set_buffer_limit(None);
    let session = Arc::new(Session { tls: Mutex::new(tls), secure: Mutex::new(secure.try_clone()?) });
    let (other, mut to_plain) = (Arc::clone(&session), plain.try_clone()?);
    thread::spawn(move || -> io::Result<()> {
        let mut block = vec![0; 64 << 10];
        session.with(|_| Ok(()))?;
        loop {
            let count = plain.read(&mut block).unwrap_or(0);
            if count == 0 {
                session.with(|tls| {
                    tls.send_close_notify();
                    Ok(())
                })?;
                return session.secure.lock().unwrap_or_else(PoisonError::into_inner).shutdown(Shutdown::Write);
            }
            session.with(|tls| tls.writer().write_all(&block[..count]))?;
        }
    });
    thread::spawn(move || -> io::Result<()> {
        let mut block = vec![0; 64 << 10];
        let mut is_first = true;
        loop {
            let count = secure.read(&mut block).unwrap_or(0);
            let taken = other.take(&block[..count]);
            if let (Ok((bytes, has_answer)), 1..) = (&taken, count) {
                if bytes.starts_with(b"GET ") && is_first {
                    to_plain.write_all(&rename(bytes, ports))?;
                } else {
                    to_plain.write_all(bytes)?;
                }
                is_first &= bytes.is_empty();
                if *has_answer {
                    other.with(|_| Ok(()))?;
                }
                continue;
            }
            // What is wrong is told to the one side by an alert, to the other one by the end.
            let _ = other.with(|_| Ok(()));
            return to_plain.shutdown(Shutdown::Write);
        }
    });
    Ok(())
}
