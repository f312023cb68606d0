use std::{
    sync::MutexGuard,
    thread,
    time::{Duration, Instant},
};

use super::{CloseEvent, Data, MessageEvent, ReadyState, State, WebSocket};
use crate::{
    SOCKET_EINTR, Socket, socket_read, socket_select, socket_set_block,
    ws::{Connection, Message, Transport, WebSocketError, dial::Wait},
};

impl WebSocket {
    /// Connects, calls the handlers, and returns when the connection has ended, after `onclose`.
    ///
    /// Handlers are called one after the other, on this thread; the other methods may be called from any thread meanwhile.
    ///
    /// # Errors
    /// What `onerror` was told: why the connection could not be opened, or failed. [`WebSocketError::Closed`] when the
    /// WebSocket has run before.
    pub fn run(&self) -> Result<CloseEvent, WebSocketError> {
        if self.lock().runner.replace(thread::current().id()).is_some() {
            return Err(WebSocketError::Closed);
        }
        let result = self.open().and_then(|()| self.converse().or_else(|error| self.terminated().ok_or(error)));
        let (connection, waiting) = {
            let mut state = self.lock();
            state.ready = ReadyState::Closed;
            state.early.clear();
            let connection = state.connection.take();
            let waiting = connection.as_ref().map_or(0, Connection::buffered_amount);
            let kept = std::mem::take(&mut state.kept);
            state.lose(kept + waiting);
            (connection, waiting)
        };
        // The server ends the stream first. The closing handshake is over by now, so an error here changes nothing.
        if let (Ok(CloseEvent { was_clean: true, .. }), Some(mut connection)) = (&result, connection) {
            let _ = socket_set_block(connection.stream().socket()).map(|()| connection.finish_here());
            if !connection.has_lost() {
                self.lock().late -= waiting;
            }
        }
        if let Err(error) = &result {
            self.shared.onerror.call(|handler| handler(self, error));
        }
        let event = result.as_ref().map_or_else(|_| CloseEvent::abnormal(), Clone::clone);
        self.shared.onclose.call(|handler| handler(self, &event));
        self.shared.onopen.clear();
        self.shared.onmessage.clear();
        self.shared.onerror.clear();
        self.shared.onclose.clear();
        result
    }

    /// Returns how the conversation has ended, if somebody has terminated it.
    fn terminated(&self) -> Option<CloseEvent> {
        self.lock().connection.is_none().then(CloseEvent::abnormal)
    }

    fn open(&self) -> Result<(), WebSocketError> {
        drop(self.require_connecting()?);
        let connector = &self.shared.connector;
        let wait = Wait::new(connector.deadline(), Some(self.shared.wake[0].clone()));
        let result = connector.connect_until(&self.shared.url, &wait);
        let mut state = self.require_connecting()?;
        let connection = result?;
        state.ready = ReadyState::Open;
        state.protocol = connection.subprotocol().unwrap_or_default().to_owned();
        state.connection = Some(connection);
        state.kept = 0;
        for data in std::mem::take(&mut state.early) {
            state.send(&data);
        }
        drop(state);
        self.shared.onopen.call(|handler| handler(self));
        Ok(())
    }

    /// Returns the error of a WebSocket that was closed before it was open, or was sent more than it may keep: in a browser that
    /// connection fails.
    fn require_connecting(&self) -> Result<MutexGuard<'_, State>, WebSocketError> {
        let mut state = self.lock();
        match state.failure.take() {
            Some(error) => Err(error),
            None if state.ready != ReadyState::Connecting => Err(WebSocketError::Closed),
            None => Ok(state),
        }
    }

    fn converse(&self) -> Result<CloseEvent, WebSocketError> {
        let mut buffer = Vec::new();
        let mut has_heard_all = false;
        loop {
            let mut state = self.lock();
            if let Some(error) = state.failure.take() {
                return Err(error);
            }
            let message = state.attempt(|connection| connection.next(&mut buffer))?;
            let is_open = state.ready == ReadyState::Open;
            if let Some(Message::Close(_)) = message {
                state.ready = ReadyState::Closing;
            }
            drop(state);
            let data = match message {
                None => {
                    has_heard_all = self.wait(has_heard_all)?;
                    continue;
                }
                Some(Message::Close(frame)) => return Ok(CloseEvent::new(frame)),
                Some(Message::Text(text)) => Data::from(text),
                Some(Message::Binary(bytes)) => Data::from(bytes),
                Some(Message::Ping(_) | Message::Pong(_)) => continue,
            };
            // What comes after one's own close() is not delivered.
            if is_open {
                self.shared.onmessage.call(|handler| handler(self, MessageEvent { data }));
            }
        }
    }

    /// Waits until there is something to read or write, a deadline, or a call from another thread.
    ///
    /// A handler may have taken longer than a deadline: unless the connection `has_heard_all`, what has come meanwhile is heard
    /// before anybody is found to be late. Returns whether that has been done instead.
    fn wait(&self, has_heard_all: bool) -> Result<bool, WebSocketError> {
        let (socket, mut write, timeout) = {
            let mut state = self.lock();
            let now = Instant::now();
            let deadline = connection(&mut state.connection)?.deadline();
            if !has_heard_all && deadline.is_some_and(|deadline| deadline <= now) {
                state.attempt(Connection::receive)?;
                return Ok(true);
            }
            state.attempt(|connection| connection.check_deadlines(now))?;
            let connection = connection(&mut state.connection)?;
            let socket = connection.stream().socket().clone();
            let write: Vec<Socket> = connection.wants_write().then(|| socket.clone()).into_iter().collect();
            (socket, write, connection.deadline().map(|deadline| deadline.saturating_duration_since(now)))
        };
        let mut read = vec![socket.clone(), self.shared.wake[0].clone()];
        let (seconds, microseconds) = split(timeout);
        match socket_select(&mut read, &mut write, None, seconds, microseconds) {
            Ok(_) => {}
            Err(error) if error.code() == SOCKET_EINTR => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        if read.contains(&self.shared.wake[0]) {
            // Only that it came matters; what is left wakes once more.
            let _ = socket_read(&self.shared.wake[0], 1024, None);
        }
        let mut state = self.lock();
        if !write.is_empty() {
            // When the connection is lost, what can still be read says how.
            let _ = state.attempt(Connection::flush);
        }
        if read.contains(&socket) {
            state.attempt(Connection::receive)?;
        }
        Ok(false)
    }
}

fn connection(slot: &mut Option<Connection<Transport>>) -> Result<&mut Connection<Transport>, WebSocketError> {
    slot.as_mut().ok_or(WebSocketError::Closed)
}

/// A time to wait as `socket_select` takes it, rounded up so that the deadline has passed afterwards.
fn split(timeout: Option<Duration>) -> (Option<i64>, i64) {
    let seconds = timeout.map(|timeout| i64::try_from(timeout.as_secs()).unwrap_or(i64::MAX));
    (seconds, timeout.map_or(0, |timeout| i64::from(timeout.subsec_micros()) + 1))
}
