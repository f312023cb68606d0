use std::io;

use super::{CloseCode, handshake};

/// Why a WebSocket operation failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WebSocketError {
    /// The stream failed; if [`WebSocketError::would_block`] is true, nothing is lost.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The opening handshake failed.
    #[error(transparent)]
    Handshake(#[from] handshake::Error),
    /// The server answered by HTTP instead of opening a WebSocket: its response, with as much of the body as arrived, at most
    /// [`MAX_RESPONSE_BODY`](handshake::MAX_RESPONSE_BODY) bytes.
    #[error("the server answered with HTTP status {}", .0.status())]
    Refused(Box<handshake::Response>),
    /// A proxy on the way to the server did not connect.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    /// The peer violated the protocol or a limit: a Close frame with [`ProtocolError::close_code`] has been queued, and nothing more
    /// that the peer sends reaches the application.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
    /// The message cannot be sent; nothing was sent, and the connection is unchanged.
    #[error(transparent)]
    Unsendable(#[from] Unsendable),
    /// A deadline passed.
    #[error(transparent)]
    Timeout(#[from] Timeout),
    /// The closing handshake has begun or the connection has ended.
    #[error("the connection is closed")]
    Closed,
}

impl WebSocketError {
    /// Returns whether the operation would only have had to wait (on a non-blocking socket, or with `SO_RCVTIMEO`): nothing is lost,
    /// try again later.
    #[must_use]
    pub fn would_block(&self) -> bool {
        matches!(self, Self::Io(error) if would_block(error))
    }
}

/// `SO_RCVTIMEO` is EAGAIN on Unix and a time-out on Windows.
pub(super) fn would_block(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

/// How the peer violated RFC 6455, RFC 7692 or this endpoint's limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum ProtocolError {
    /// A reserved bit is set and no extension gives it a meaning.
    #[error("a reserved bit is set")]
    ReservedBit,
    /// The opcode is none of 0, 1, 2, 8, 9, 10.
    #[error("the opcode is reserved")]
    ReservedOpcode,
    /// A control frame without FIN.
    #[error("a control frame is fragmented")]
    FragmentedControl,
    /// A control frame of more than 125 bytes.
    #[error("a control frame is longer than 125 bytes")]
    ControlTooLong,
    /// A length in more bytes than it needs.
    #[error("a frame length is not encoded in the fewest bytes")]
    LengthNotMinimal,
    /// A 64-bit length with the top bit set.
    #[error("a frame length exceeds 63 bits")]
    LengthTooLarge,
    /// A client's frame without a mask.
    #[error("a client's frame is not masked")]
    Unmasked,
    /// A server's frame with a mask.
    #[error("a server's frame is masked")]
    Masked,
    /// A continuation frame outside a fragmented message.
    #[error("a continuation frame continues nothing")]
    UnexpectedContinuation,
    /// A new data frame inside a fragmented message.
    #[error("a new message begins inside a fragmented one")]
    ExpectedContinuation,
    /// A Close frame with a body of one byte.
    #[error("a Close frame has a body of one byte")]
    CloseLength,
    /// A Close frame with a code that must not be sent.
    #[error("a Close frame has an invalid code")]
    CloseCode,
    /// A text message or a close reason that is not UTF-8.
    #[error("text is not valid UTF-8")]
    InvalidUtf8,
    /// A compressed message that does not inflate.
    #[error("a compressed message is damaged")]
    InvalidDeflate,
    /// A frame above [`Config::max_frame`](super::Config::max_frame).
    #[error("a frame is too big")]
    FrameTooBig,
    /// A message above [`Config::max_message`](super::Config::max_message).
    #[error("a message is too big")]
    MessageTooBig,
    /// A message of more frames than [`Config::max_fragments`](super::Config::max_fragments).
    #[error("a message has too many fragments")]
    TooManyFragments,
}

impl ProtocolError {
    /// Returns the code of the Close frame that this error is answered with: 1002, 1007, 1008 or 1009.
    #[must_use]
    pub const fn close_code(self) -> CloseCode {
        match self {
            Self::InvalidUtf8 | Self::InvalidDeflate => CloseCode::INVALID_DATA,
            Self::FrameTooBig | Self::MessageTooBig => CloseCode::MESSAGE_TOO_BIG,
            Self::TooManyFragments => CloseCode::POLICY_VIOLATION,
            _ => CloseCode::PROTOCOL_ERROR,
        }
    }
}

/// Why a [proxy](super::Connector::proxy) did not connect to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyError {
    /// It answered CONNECT with an HTTP status other than 2xx: 407 asks for a user name and password.
    #[error("the proxy answered with HTTP status {0}")]
    Status(u16),
    /// It rejects the user name and password, or requires them.
    #[error("the proxy does not accept the user name and password, or their lack")]
    Authentication,
    /// It answered with a SOCKS error ([RFC 1928, section 6](https://www.rfc-editor.org/rfc/rfc1928#section-6)).
    #[error("the proxy answered with SOCKS error {0}{explained}", explained = socks_error(*.0))]
    Socks(u8),
    /// It does not speak the protocol.
    #[error("the proxy's answer is malformed")]
    Malformed,
    /// A user name, password or host is longer than the 255 bytes that SOCKS allows.
    #[error("a user name, password or host is longer than 255 bytes")]
    TooLong,
}

fn socks_error(code: u8) -> &'static str {
    match code {
        1 => ": general failure",
        2 => ": not allowed by its rules",
        3 => ": network unreachable",
        4 => ": host unreachable",
        5 => ": connection refused",
        6 => ": time to live expired",
        7 => ": command not supported",
        8 => ": address type not supported",
        _ => "",
    }
}

/// Why a message cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Unsendable {
    /// A Ping or Pong of more than 125 bytes, or a close reason of more than 123.
    #[error("a control frame holds at most 125 bytes, the reason in a Close frame 123")]
    ControlTooLong,
    /// A code that must not stand in a Close frame, or 1010 from a server.
    #[error("the close code must not be sent")]
    CloseCode,
    /// A whole message inside a fragmented one, or a fragment of the other type.
    #[error("a fragmented message is not finished")]
    UnfinishedMessage,
    /// A control message passed as a fragment.
    #[error("a control message cannot be a fragment")]
    FragmentedControl,
    /// The message does not fit into the send buffer
    /// ([`Config::send_buffer_limit`](super::Config::send_buffer_limit)).
    #[error("the send buffer is full")]
    BufferFull,
}

/// Which deadline passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Timeout {
    /// The opening handshake was not complete in time.
    #[error("the opening handshake took too long")]
    Handshake,
    /// The peer took nothing of what was sent.
    #[error("the peer does not take what is sent to it")]
    Send,
    /// A message that had begun was not completed in time.
    #[error("the peer did not finish its message in time")]
    Message,
    /// A keepalive Ping was not answered in time.
    #[error("the peer did not answer a ping in time")]
    Pong,
    /// The peer did not finish the closing handshake in time.
    #[error("the peer did not finish closing in time")]
    Close,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_wait_would_block() {
        use io::ErrorKind::{BrokenPipe, TimedOut, WouldBlock};
        let would_block = |kind: io::ErrorKind| WebSocketError::from(io::Error::from(kind)).would_block();
        assert!(would_block(WouldBlock) && would_block(TimedOut) && !would_block(BrokenPipe));
        assert!(!WebSocketError::Closed.would_block() && !WebSocketError::from(Timeout::Pong).would_block());
    }

    /// RFC 1928, section 6: X'09' and above are not assigned.
    #[test]
    fn each_error_of_socks_is_explained() {
        let texts: std::collections::HashSet<_> = (0..=9).map(socks_error).collect();
        assert_eq!(texts.len(), 9, "eight and nothing");
        assert_eq!(ProxyError::Socks(9).to_string(), "the proxy answered with SOCKS error 9");
        assert_eq!(ProxyError::Socks(5).to_string(), "the proxy answered with SOCKS error 5: connection refused");
    }

    #[test]
    fn an_error_is_small() {
        assert!(size_of::<WebSocketError>() <= 24, "{}", size_of::<WebSocketError>());
    }
}
