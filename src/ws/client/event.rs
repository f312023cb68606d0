use std::{borrow::Cow, fmt};

use crate::ws::{CloseCode, CloseFrame};

/// Where a [`WebSocket`](super::WebSocket) is in its life; the numbers are JavaScript's.
///
/// # Examples
/// ```
/// use php_sockets::ws::{ReadyState, WebSocket};
///
/// let ws = WebSocket::new("ws://localhost:8080/")?;
/// assert_eq!(ws.ready_state(), WebSocket::CONNECTING);
/// assert_eq!(ReadyState::Open as i32, 1);
/// # Ok::<(), php_sockets::ws::WebSocketError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum ReadyState {
    /// The connection is not open yet.
    #[default]
    Connecting = 0,
    /// Messages can be sent and received.
    Open = 1,
    /// The closing handshake has begun.
    Closing = 2,
    /// The connection has ended, or could not be opened.
    Closed = 3,
}

impl super::WebSocket {
    /// `WebSocket.CONNECTING`.
    pub const CONNECTING: ReadyState = ReadyState::Connecting;
    /// `WebSocket.OPEN`.
    pub const OPEN: ReadyState = ReadyState::Open;
    /// `WebSocket.CLOSING`.
    pub const CLOSING: ReadyState = ReadyState::Closing;
    /// `WebSocket.CLOSED`.
    pub const CLOSED: ReadyState = ReadyState::Closed;
}

/// What a message carries: text, which JavaScript has as a string, or bytes, which it has as a `Blob` or `ArrayBuffer`.
///
/// It displays as the text, or as `[3 bytes]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Data<'a> {
    /// A text message.
    Text(Cow<'a, str>),
    /// A binary message.
    Binary(Cow<'a, [u8]>),
}

impl Data<'_> {
    /// Returns the text, or `None` for bytes.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Binary(_) => None,
        }
    }

    /// Returns the bytes, of text too.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }

    /// Returns the length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.as_bytes().len()
    }

    /// Says whether there are no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn into_owned(self) -> Data<'static> {
        match self {
            Self::Text(text) => Data::Text(Cow::Owned(text.into_owned())),
            Self::Binary(bytes) => Data::Binary(Cow::Owned(bytes.into_owned())),
        }
    }
}

impl fmt::Display for Data<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Binary(bytes) => write!(f, "[{} bytes]", bytes.len()),
        }
    }
}

impl<'a> From<&'a str> for Data<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<&'a String> for Data<'a> {
    fn from(text: &'a String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<String> for Data<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl<'a> From<&'a [u8]> for Data<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Binary(Cow::Borrowed(bytes))
    }
}

impl<'a> From<&'a Vec<u8>> for Data<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        Self::from(bytes.as_slice())
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Data<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        Self::from(bytes.as_slice())
    }
}

impl From<Vec<u8>> for Data<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Binary(Cow::Owned(bytes))
    }
}

/// What `onmessage` is told.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MessageEvent<'a> {
    /// The message: `evt.data`.
    pub data: Data<'a>,
}

/// What `onclose` is told, and what [`run`](super::WebSocket::run) returns.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CloseEvent {
    /// The peer's code, 1005 when its Close frame had none, 1006 when there was no Close frame: `evt.code`.
    pub code: CloseCode,
    /// The peer's reason: `evt.reason`.
    pub reason: String,
    /// Both sides have sent a Close frame: `evt.wasClean`.
    pub was_clean: bool,
}

impl CloseEvent {
    pub(super) fn abnormal() -> Self {
        Self::new(Some(CloseFrame::ABNORMAL))
    }

    pub(super) fn new(frame: Option<CloseFrame<'_>>) -> Self {
        let frame = frame.unwrap_or(CloseFrame { code: CloseCode::NO_STATUS, reason: "" });
        Self { code: frame.code, reason: frame.reason.to_owned(), was_clean: frame.code != CloseCode::ABNORMAL }
    }
}
