/// The longest head that is read by default, in bytes: 16 KiB.
pub const MAX_HEAD: usize = 16 * 1024;

/// The most header fields that a head may have by default.
pub const MAX_HEADERS: usize = 100;

/// How many answers of the kind "100 Continue" may come before the one that counts (RFC 9110, section 15.2).
pub(in crate::ws) const MAX_INTERIM: u32 = 16;

/// How large the head of the other side's request or response may be.
///
/// # Examples
/// ```
/// use php_sockets::ws::{Acceptor, handshake::{Limits, Server}};
///
/// // Allows cookies of 40 KiB.
/// let server = Server::new().limits(Limits::new().max_head(64 << 10));
/// let acceptor = Acceptor::new().handshake(server);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// In bytes.
    pub(super) head: usize,
    pub(super) headers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { head: MAX_HEAD, headers: MAX_HEADERS }
    }
}

impl Limits {
    /// Creates the default: [`MAX_HEAD`] bytes and [`MAX_HEADERS`] fields.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how many bytes the head may have.
    #[must_use]
    pub fn max_head(mut self, bytes: usize) -> Self {
        self.head = bytes;
        self
    }

    /// Sets how many header fields the head may have.
    #[must_use]
    pub fn max_headers(mut self, count: usize) -> Self {
        self.headers = count;
        self
    }
}
