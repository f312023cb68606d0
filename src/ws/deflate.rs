//! permessage-deflate ([RFC 7692](https://www.rfc-editor.org/rfc/rfc7692)): the negotiated parameters, and with the feature `deflate`
//! the codec.

#[cfg(not(feature = "deflate"))]
mod absent;
#[cfg(not(feature = "deflate"))]
pub(super) use absent::{Boxed, Deflate, Inflate, alone};
#[cfg(feature = "deflate")]
mod codec;
#[cfg(feature = "deflate")]
mod lent;
#[cfg(feature = "deflate")]
mod window;
#[cfg(feature = "deflate")]
pub(super) use codec::{Boxed, Deflate, Inflate, alone};

/// The parameters of permessage-deflate that both sides agreed on
/// ([RFC 7692, section 7.1](https://www.rfc-editor.org/rfc/rfc7692#section-7.1)).
///
/// # Memory
/// Between two messages a connection holds the data that the next one may refer to, at most this many bytes:
///
/// | | received | sent |
/// |---|---:|---:|
/// | context takeover | 2 to the power of the peer's window bits (32,768) | 4096, or the last message if that was longer, within the own window |
/// | no context takeover | 0 | 0 |
///
/// The codecs themselves belong to the thread: a decompressor of 48 KiB, and compressors of 160 to 290 KiB for up to 16 connections.
/// If more of them take turns, most keep theirs, and the others share one, which is primed for each message with 1 KiB of what the
/// connection holds, or four times the size of the message if that is more, which takes about as long as compressing that much. With
/// [`dedicated_codecs`](super::Config::dedicated_codecs) each connection keeps its own.
///
/// # Examples
/// ```
/// use php_sockets::ws::deflate::Parameters;
///
/// assert_eq!(Parameters::default().server_max_window_bits, 15);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Parameters {
    /// The server compresses each message independently.
    pub server_no_context_takeover: bool,
    /// The client compresses each message independently.
    pub client_no_context_takeover: bool,
    /// The base-2 logarithm of the server's window, 8 to 15. Our compressor needs 9 or more.
    pub server_max_window_bits: u8,
    /// The base-2 logarithm of the client's window, 8 to 15. Our compressor needs 9 or more.
    pub client_max_window_bits: u8,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            server_no_context_takeover: false,
            client_no_context_takeover: false,
            server_max_window_bits: 15,
            client_max_window_bits: 15,
        }
    }
}
