use super::Response;

/// How much of a response's content is read, in bytes: 64 KiB.
pub const MAX_RESPONSE_BODY: usize = 64 * 1024;

/// The longest line that says how long a chunk is.
const MAX_CHUNK_SIZE: usize = 1024;

/// The content of a response on its way in, as far as it is kept.
#[derive(Debug)]
pub(in crate::ws) struct Content {
    expects: Expects,
    bytes: Vec<u8>,
}

/// What comes next (RFC 9112, section 6.3).
#[derive(Debug)]
enum Expects {
    /// So many bytes of a content, or of a chunk, which has another one behind it.
    Bytes(u64, bool),
    /// The line that says how long a chunk is.
    ChunkSize,
    /// The line end behind a chunk.
    ChunkEnd,
    Nothing,
}

impl Content {
    pub(in crate::ws) fn new(response: &Response) -> Self {
        let expects = if !response.has_body() {
            Expects::Nothing
        } else if response.head().lists("Transfer-Encoding", "chunked") {
            Expects::ChunkSize
        } else {
            // Without a length it ends with the stream.
            let length = response.header("Content-Length").and_then(|length| length.parse().ok());
            Expects::Bytes(length.unwrap_or(u64::MAX), false)
        };
        Self { expects, bytes: Vec::new() }
    }

    /// Takes what belongs to the content off the front of `input`; returns how many bytes those were.
    pub(in crate::ws) fn feed(&mut self, input: &[u8]) -> usize {
        let mut taken = 0;
        while let Some(count) = self.take(&input[taken..]) {
            taken += count;
        }
        taken
    }

    /// Returns whether nothing more is to be read: it is whole, or all that is kept of it is there.
    pub(in crate::ws) fn is_complete(&self) -> bool {
        matches!(self.expects, Expects::Nothing | Expects::Bytes(0, false)) || self.bytes.len() >= MAX_RESPONSE_BODY
    }

    pub(in crate::ws) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Goes one step; `None` when more input is needed, or none at all.
    fn take(&mut self, input: &[u8]) -> Option<usize> {
        if self.is_complete() {
            return None;
        }
        match self.expects {
            Expects::Nothing => None,
            Expects::Bytes(0, _) => {
                self.expects = Expects::ChunkEnd;
                Some(0)
            }
            Expects::Bytes(left, chunked) => {
                let count = usize::try_from(left).unwrap_or(usize::MAX).min(input.len());
                let kept = count.min(MAX_RESPONSE_BODY - self.bytes.len());
                self.bytes.extend_from_slice(&input[..kept]);
                self.expects = Expects::Bytes(left - u64::try_from(count).unwrap_or(left), chunked);
                Some(count).filter(|&count| count > 0)
            }
            Expects::ChunkEnd => {
                let end = input.get(..2)?;
                self.expects = if end == b"\r\n" { Expects::ChunkSize } else { Expects::Nothing };
                Some(2)
            }
            Expects::ChunkSize => match httparse::parse_chunk_size(&input[..input.len().min(MAX_CHUNK_SIZE)]) {
                Ok(httparse::Status::Complete((count, size))) if size > 0 => {
                    self.expects = Expects::Bytes(size, true);
                    Some(count)
                }
                Ok(httparse::Status::Partial) if input.len() < MAX_CHUNK_SIZE => None,
                // The last chunk, or none.
                _ => {
                    self.expects = Expects::Nothing;
                    None
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Parser, *};
    use crate::ws::Status;

    /// Reads a response piece by piece: the content, and whether it ended by itself.
    fn content(bytes: &[u8], piece: usize) -> (Vec<u8>, bool) {
        let Ok(Status::Complete(response, consumed)) = Parser::new().response(bytes) else { panic!("no response") };
        let mut content = Content::new(&response);
        let mut input = Vec::new();
        for piece in bytes[consumed..].chunks(piece) {
            input.extend_from_slice(piece);
            let taken = content.feed(&input);
            input.drain(..taken);
        }
        let complete = content.is_complete();
        (content.into_bytes(), complete)
    }

    #[test]
    fn it_ends_where_its_head_says() {
        for (head, rest, expected, complete) in [
            ("HTTP/1.1 401 X\r\nContent-Length: 5\r\n\r\n", "hello!", "hello", true),
            ("HTTP/1.1 401 X\r\nContent-Length: 5\r\n\r\n", "hell", "hell", false),
            ("HTTP/1.1 401 X\r\nContent-Length: 0\r\n\r\n", "hello", "", true),
            ("HTTP/1.1 401 X\r\nContent-Length: many\r\n\r\n", "hello", "hello", false),
            ("HTTP/1.0 401 X\r\n\r\n", "hello", "hello", false),
            ("HTTP/1.1 304 X\r\nContent-Length: 5\r\n\r\n", "hello", "", true),
            (
                "HTTP/1.1 401 X\r\nTransfer-Encoding: chunked\r\n\r\n",
                "3\r\nhel\r\n2;a=b\r\nlo\r\n0\r\n\r\nx",
                "hello",
                true,
            ),
            ("HTTP/1.1 401 X\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "1\r\nh\r\n", "h", false),
            ("HTTP/1.1 401 X\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nhello", "h", true),
            ("HTTP/1.1 401 X\r\nTransfer-Encoding: chunked\r\n\r\n", "zz\r\n", "", true),
            ("HTTP/1.1 401 X\r\nTransfer-Encoding: chunked\r\n\r\n", "ffffffffffffffff\r\nhello", "hello", false),
        ] {
            for piece in 1..=rest.len() {
                let found = content(format!("{head}{rest}").as_bytes(), head.len() + piece);
                assert_eq!(found, (expected.as_bytes().to_vec(), complete), "{head:?} {rest:?}");
                let found = content(format!("{head}{rest}").as_bytes(), piece);
                assert_eq!(found, (expected.as_bytes().to_vec(), complete), "{head:?} {rest:?} by {piece}");
            }
        }
    }

    #[test]
    fn only_so_much_is_kept() {
        let long = "x".repeat(MAX_RESPONSE_BODY + 1);
        let (bytes, complete) = content(format!("HTTP/1.1 401 X\r\n\r\n{long}").as_bytes(), 1000);
        assert_eq!((bytes.len(), complete), (MAX_RESPONSE_BODY, true));
        // A chunk's size that does not end is no reason to keep it.
        let head = "HTTP/1.1 401 X\r\nTransfer-Encoding: chunked\r\n\r\n1;";
        assert_eq!(content(format!("{head}{long}").as_bytes(), 100), (Vec::new(), true));
    }
}
