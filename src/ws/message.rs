use super::CloseFrame;

/// One WebSocket message, borrowed.
///
/// A received message borrows from the buffer that the caller passed. A message to send is made from `&str` or `&String` (text), or
/// `&[u8]`, `&Vec<u8>` or `&[u8; N]` (binary), by `Into`: `send("text")`, `send(&bytes)`.
///
/// # Examples
/// ```
/// use php_sockets::ws::Message;
///
/// assert_eq!(Message::from("你好"), Message::Text("你好"));
/// assert_eq!(Message::from(b"\x01\x02"), Message::Binary(&[1, 2]));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message<'a> {
    /// A text message.
    Text(&'a str),
    /// A binary message.
    Binary(&'a [u8]),
    /// A Ping of at most 125 bytes. A received one has been answered already.
    Ping(&'a [u8]),
    /// A Pong of at most 125 bytes: the answer to a Ping, or unsolicited.
    Pong(&'a [u8]),
    /// The peer closes the connection; `None` if its Close frame has no code. A received one has been answered already.
    Close(Option<CloseFrame<'a>>),
}

impl<'a> Message<'a> {
    /// Returns the payload as bytes; for a Close the reason.
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        match *self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) | Self::Ping(bytes) | Self::Pong(bytes) => bytes,
            Self::Close(frame) => frame.map_or(&[], |frame| frame.reason.as_bytes()),
        }
    }

    /// Returns whether the message carries the application's data: text or binary.
    #[must_use]
    pub fn is_data(&self) -> bool {
        matches!(self, Self::Text(_) | Self::Binary(_))
    }
}

/// A part of a message, for messages too large to hold in memory.
///
/// # Examples
/// ```
/// use php_sockets::ws::{Message, Part};
///
/// assert_eq!(Part::more("床前"), Part::More(Message::Text("床前")));
/// assert!(Part::last("明月光").is_last());
/// assert!(!Part::last(Message::Close(None)).is_last());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'a> {
    /// More parts of the message follow.
    More(Message<'a>),
    /// The message ends with it. A message that arrives as a whole is one last part. So is a control frame, which may come in the
    /// middle of a message, as may the [`Message::Close`] with which a connection ends.
    Last(Message<'a>),
}

impl<'a> Part<'a> {
    /// Creates a part that others follow.
    #[must_use]
    pub fn more(message: impl Into<Message<'a>>) -> Self {
        Self::More(message.into())
    }

    /// Creates the last part of a message.
    #[must_use]
    pub fn last(message: impl Into<Message<'a>>) -> Self {
        Self::Last(message.into())
    }

    /// Returns the content of the part.
    #[must_use]
    pub fn message(&self) -> Message<'a> {
        match *self {
            Self::More(message) | Self::Last(message) => message,
        }
    }

    /// Returns whether the text or binary message ends with it. A control frame ends none.
    #[must_use]
    pub fn is_last(&self) -> bool {
        matches!(self, Self::Last(message) if message.is_data())
    }
}

impl<'a> From<&'a str> for Message<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Message<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a [u8]> for Message<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Binary(bytes)
    }
}

impl<'a> From<&'a Vec<u8>> for Message<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        Self::Binary(bytes)
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Message<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        Self::Binary(bytes)
    }
}

impl<'a> From<CloseFrame<'a>> for Message<'a> {
    fn from(frame: CloseFrame<'a>) -> Self {
        Self::Close(Some(frame))
    }
}
