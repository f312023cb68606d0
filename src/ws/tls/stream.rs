use std::{
    io::{self, IoSlice, Read, Write},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, TryLockError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use rustls::CommonState;

use super::{
    session::{MAX_WRITE, RECORD, Session},
    wait::Wait,
};
use crate::{
    Socket,
    ws::{Stream, error::would_block, memory::Buffer, stream::write_before_more},
};

/// TLS over a socket. Its clones are the same stream, which one thread may read while another one writes.
#[derive(Debug, Clone)]
pub(in crate::ws) struct TlsStream(Arc<Shared>);

/// The session is not locked while a thread waits for the network: encrypting and decrypting take moments.
#[derive(Debug)]
struct Shared {
    socket: Socket,
    session: Mutex<Session>,
    /// Held by the thread that reads from the socket.
    reading: Mutex<()>,
    /// Held by the thread that writes to the socket, with what is on its way there: this keeps the order.
    writing: Mutex<Buffer>,
    /// How long a blocking read waits.
    read_timeout: Limit,
    /// How long a blocking write waits.
    write_timeout: Limit,
    /// Something is left that the socket did not take.
    is_stuck: AtomicBool,
}

/// A time in nanoseconds; 0 for ever.
#[derive(Debug, Default)]
struct Limit(AtomicU64);

impl Limit {
    fn get(&self) -> Option<Duration> {
        match self.0.load(Ordering::Relaxed) {
            0 => None,
            nanoseconds => Some(Duration::from_nanos(nanoseconds)),
        }
    }

    fn set(&self, limit: Option<Duration>) {
        let nanoseconds = limit.map_or(0, |limit| u64::try_from(limit.as_nanos()).unwrap_or(0));
        self.0.store(nanoseconds, Ordering::Relaxed);
    }
}

/// How much is read at once, even where what it decrypts to may find no space.
const MIN_READ: usize = 4 << 10;

/// How a call waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// As the socket does.
    Socket,
    /// Never.
    Now,
}

/// Whether the same caller writes more right behind this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    Nothing,
    Follows,
}

impl TlsStream {
    pub(super) fn new(socket: Socket, mut session: Session) -> Self {
        // The first read or write reports what is wrong.
        let _ = session.go_on();
        Self(Arc::new(Shared {
            socket,
            session: Mutex::new(session),
            reading: Mutex::new(()),
            writing: Mutex::default(),
            read_timeout: Limit::default(),
            write_timeout: Limit::default(),
            is_stuck: AtomicBool::new(false),
        }))
    }

    pub(in crate::ws) fn socket(&self) -> &Socket {
        &self.0.socket
    }

    /// The peer takes nothing any more.
    pub(in crate::ws) fn abandon(&self) {
        lock(&self.0.session).abandon();
    }

    /// Shows what rustls tells of the connection.
    pub(in crate::ws) fn look<T>(&self, look: impl FnOnce(&CommonState) -> T) -> T {
        look(lock(&self.0.session).state())
    }

    #[cfg(test)]
    pub(super) fn session(&self) -> MutexGuard<'_, Session> {
        lock(&self.0.session)
    }
}

impl Shared {
    fn read(&self, space: &mut [u8], mode: Mode) -> io::Result<usize> {
        if space.is_empty() {
            return Ok(0);
        }
        let _reading = lock(&self.reading);
        let mut wait = Wait::new(self.read_timeout.get().filter(|_| mode == Mode::Socket));
        let result = self.read_before(space, mode, &mut wait);
        self.stop(&wait);
        result
    }

    /// Has the next read wait as long as it may.
    fn stop(&self, wait: &Wait) {
        if wait.is_shorter {
            let _ = self.socket.clone().set_read_timeout(self.read_timeout.get());
        }
    }

    fn read_before(&self, space: &mut [u8], mode: Mode, wait: &mut Wait) -> io::Result<usize> {
        let mut is_first = true;
        loop {
            let mut block = Buffer::default();
            let result = {
                let mut session = lock(&self.session);
                let result = session.read(space);
                if let (Ok(None), held @ [_, ..]) = (&result, session.held()) {
                    block.push(held);
                }
                result
            };
            if let Ok(Some(count @ 1..)) = result {
                // What rustls answers to that leaves with the caller's answer, or before the next wait: a server's tickets
                // with its response.
                return Ok(count);
            }
            self.write_answers(mode, wait, matches!(result, Ok(None)))?;
            if let Some(count) = result? {
                return Ok(count);
            }
            if !is_first {
                // Bytes that are no message yet do not make the wait longer.
                wait.shorten(&self.socket)?;
            }
            is_first = false;
            let mut socket = &self.socket;
            let held = block.len();
            // What is decrypted is to fit into the space, so that nothing has to be kept.
            let room = block.room(1);
            let length = space.len().saturating_sub(held).clamp(MIN_READ, room.len());
            let room = &mut room[..length];
            let count = match mode {
                Mode::Socket => {
                    wait.start();
                    socket.read(room)
                }
                Mode::Now => socket.clone().read_now(room),
            };
            match count {
                Ok(0) => lock(&self.session).cut(),
                Ok(count) => {
                    block.advance(count);
                    lock(&self.session).feed(&mut block, held);
                }
                Err(error) => {
                    if error.kind() == io::ErrorKind::ConnectionReset {
                        // Nobody is there to say goodbye to.
                        lock(&self.session).abandon();
                    }
                    return Err(error);
                }
            }
        }
    }

    /// Writes what rustls answers to what came, its part of the handshake or an alert, and what was left before. It waits only
    /// during the handshake.
    fn write_answers(&self, mode: Mode, wait: &mut Wait, goes_on: bool) -> io::Result<()> {
        let (has_outgoing, is_handshaking) = {
            let session = lock(&self.session);
            (session.has_outgoing(), session.state().is_handshaking())
        };
        if !has_outgoing && !is_handshaking && !self.is_stuck.load(Ordering::Relaxed) {
            return Ok(());
        }
        match self.drain(Mode::Now) {
            Err(error) if would_block(&error) => {
                let waits = goes_on && is_handshaking && mode == Mode::Socket;
                if !waits || self.socket.is_blocking() == Some(false) {
                    return Ok(());
                }
                wait.start();
                self.socket.clone().set_write_timeout(wait.remaining())?;
                let result = self.drain(Mode::Socket);
                self.socket.clone().set_write_timeout(self.write_timeout.get())?;
                result
            }
            // What came is read first; an error of the stream is found again at its end.
            _ => Ok(()),
        }
    }

    fn write(&self, slices: &[IoSlice<'_>], mode: Mode) -> io::Result<usize> {
        // What waits goes first: no more than one write of ours ever waits.
        if self.is_stuck.load(Ordering::Relaxed) || !lock(&self.session).takes_more() {
            self.drain(mode)?;
        }
        let total = slices.iter().map(|slice| slice.len()).sum();
        let count = match self.encrypt(slices, mode) {
            // As much as may wait for the handshake waits already, and perhaps no other thread reads, which would finish it.
            Err(error) if mode == Mode::Socket && would_block(&error) && self.socket.is_blocking() != Some(false) => {
                self.finish_handshake()?;
                self.encrypt(slices, mode)?
            }
            result => result?,
        };
        let rest = if count < total { Rest::Follows } else { Rest::Nothing };
        match self.drain_before(rest, mode) {
            Err(error) if !would_block(&error) => Err(error),
            // The session has taken it; the next flush writes what is left.
            _ => Ok(count),
        }
    }

    /// Waits for the end of the handshake, no longer than a write may; what is decrypted on the way is kept.
    #[cold]
    fn finish_handshake(&self) -> io::Result<()> {
        let _reading = lock(&self.reading);
        let mut wait = Wait::new(self.write_timeout.get());
        wait.start();
        let result = self.finish_handshake_before(&mut wait);
        self.stop(&wait);
        result
    }

    fn finish_handshake_before(&self, wait: &mut Wait) -> io::Result<()> {
        loop {
            let result = lock(&self.session).go_on();
            // The peer is told what is wrong before the caller is.
            self.drain(Mode::Socket)?;
            result?;
            if !lock(&self.session).state().is_handshaking() {
                return Ok(());
            }
            wait.shorten(&self.socket)?;
            let mut block = Buffer::default();
            match (&mut &self.socket).read(block.room(MIN_READ))? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => block.advance(count),
            }
            lock(&self.session).feed(&mut block, 0);
        }
    }

    /// Has small slices share a record.
    fn encrypt(&self, slices: &[IoSlice<'_>], mode: Mode) -> io::Result<usize> {
        if mode == Mode::Now && !lock(&self.session).takes_more() {
            // Another thread is waiting to write.
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let mut slices = slices.iter().filter(|slice| !slice.is_empty());
        let Some(first) = slices.next() else { return Ok(0) };
        let first = &first[..first.len().min(MAX_WRITE)];
        if first.len() >= RECORD {
            return lock(&self.session).write(&[first]);
        }
        let Some(second) = slices.next() else { return lock(&self.session).write(&[first]) };
        let mut record = Buffer::default();
        record.push(first);
        let mut rest = &second[..];
        loop {
            let (head, tail) = rest.split_at(rest.len().min(RECORD - record.len()));
            record.push(head);
            rest = tail;
            if !rest.is_empty() {
                break;
            }
            let Some(next) = slices.next() else { break };
            rest = &next[..];
        }
        let rest = &rest[..rest.len().min(MAX_WRITE - RECORD)];
        let slices = [record.data(), rest];
        lock(&self.session).write(if rest.is_empty() { &slices[..1] } else { &slices })
    }

    fn drain(&self, mode: Mode) -> io::Result<()> {
        self.drain_before(Rest::Nothing, mode)
    }

    /// Writes what is encrypted, until nothing is left. A thread that does so already takes what has come along.
    fn drain_before(&self, rest: Rest, mode: Mode) -> io::Result<()> {
        loop {
            let Some(mut writing) = (match mode {
                Mode::Socket => Some(lock(&self.writing)),
                Mode::Now => try_lock(&self.writing),
            }) else {
                return Ok(());
            };
            let result = self.write_all(&mut writing, rest, mode);
            self.is_stuck.store(!writing.is_empty(), Ordering::Relaxed);
            drop(writing);
            result?;
            // Another thread may have added something just then, and found the lock taken.
            if !lock(&self.session).has_outgoing() {
                return Ok(());
            }
        }
    }

    fn write_all(&self, writing: &mut Buffer, rest: Rest, mode: Mode) -> io::Result<()> {
        loop {
            if writing.is_empty() {
                let mut session = lock(&self.session);
                if !session.has_outgoing() {
                    let is_closed = session.is_closed();
                    drop(session);
                    return if is_closed { self.shut_down() } else { Ok(()) };
                }
                session.take_outgoing(writing);
            }
            let mut socket = &self.socket;
            let count = match (mode, rest) {
                (_, Rest::Follows) => write_before_more(socket, writing.data(), mode == Mode::Now),
                (Mode::Socket, Rest::Nothing) => socket.write(writing.data()),
                (Mode::Now, Rest::Nothing) => socket.clone().write_now(writing.data()),
            };
            match count {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => writing.consume(count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    if would_block(&error) {
                        writing.settle();
                    } else {
                        writing.clear();
                        lock(&self.session).abandon();
                    }
                    return Err(error);
                }
            }
        }
    }

    /// The peer may have ended the connection first.
    #[expect(clippy::unnecessary_wraps, reason = "the end of a write")]
    fn shut_down(&self) -> io::Result<()> {
        let _ = self.socket.clone().shutdown_write();
        Ok(())
    }
}

impl Read for TlsStream {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        self.0.read(space, Mode::Socket)
    }
}

impl Write for TlsStream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(&[IoSlice::new(bytes)], Mode::Socket)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.write(slices, Mode::Socket)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.drain(Mode::Socket)
    }
}

impl Stream for TlsStream {
    fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.0.socket.clone().set_read_timeout(timeout)?;
        self.0.read_timeout.set(timeout);
        Ok(())
    }

    fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.0.socket.clone().set_write_timeout(timeout)?;
        self.0.write_timeout.set(timeout);
        Ok(())
    }

    fn set_nodelay(&mut self) -> io::Result<()> {
        self.0.socket.clone().set_nodelay()
    }

    fn shutdown_write(&mut self) -> io::Result<()> {
        lock(&self.0.session).close();
        if try_lock(&self.0.writing).is_none() {
            // A writer waits for the peer: this ends its wait.
            return self.0.socket.clone().shutdown_write();
        }
        self.0.drain(Mode::Now)
    }

    fn read_now(&mut self, space: &mut [u8]) -> io::Result<usize> {
        self.0.read(space, Mode::Now)
    }

    fn write_now(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(&[IoSlice::new(bytes)], Mode::Now)
    }

    fn is_blocking(&self) -> Option<bool> {
        self.0.socket.is_blocking()
    }

    fn has_more(&self) -> bool {
        lock(&self.0.session).has_more()
    }

    fn wants_write(&self) -> bool {
        self.0.is_stuck.load(Ordering::Relaxed) || lock(&self.0.session).has_outgoing()
    }
}

/// Says goodbye to the peer, if that goes without waiting.
impl Drop for Shared {
    fn drop(&mut self) {
        let mut session = lock(&self.session);
        let is_over = session.is_closed() && !session.has_outgoing() && !self.is_stuck.load(Ordering::Relaxed);
        if !is_over && !session.state().is_handshaking() {
            session.close();
            drop(session);
            let _ = self.drain(Mode::Now);
        }
    }
}

/// A thread that panicked was not in the middle of anything: rustls does not panic, nor do the buffers.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn try_lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}
