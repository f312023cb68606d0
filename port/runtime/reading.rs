/// A file that is read, or the standard input opened once more, with a buffer as large as PHP's.
pub(crate) struct Input {
    reader: RefCell<std::io::BufReader<std::fs::File>>,
    /// Whether what is short is the last of it: not so where more may come.
    whole: bool,
    ended: std::cell::Cell<bool>,
}

// when: Input
impl Input {
    fn new(file: std::fs::File) -> Self {
        let whole = file.metadata().is_ok_and(|file| file.is_file());
        let reader = RefCell::new(std::io::BufReader::with_capacity(8192, file));
        Self { reader, whole, ended: std::cell::Cell::new(false) }
    }

    /// Takes up to so many bytes, the last of which may be a certain one.
    fn take(&self, most: usize, last: Option<u8>) -> Vec<u8> {
        use std::io::BufRead;
        let mut reader = self.reader.borrow_mut();
        let mut out = Vec::new();
        while out.len() < most {
            let fresh = reader.buffer().is_empty();
            let Ok(buffer) = reader.fill_buf() else { break };
            if fresh && (buffer.is_empty() || self.whole && buffer.len() < 8192) {
                self.ended.set(true);
            }
            let part = &buffer[..buffer.len().min(most - out.len())];
            let end = last.and_then(|last| part.iter().position(|b| *b == last));
            let part = end.map_or(part, |end| &part[..=end]);
            let count = part.len();
            out.extend_from_slice(part);
            reader.consume(count);
            if count == 0 || end.is_some() {
                break;
            }
        }
        out
    }
}

/// `fopen('php://stdin', 'r')`
pub(crate) fn standard_input() -> Option<Input> {
    use std::os::fd::AsFd;
    let file = std::io::stdin().as_fd().try_clone_to_owned().ok()?;
    Some(Input::new(file.into()))
}

/// `fopen($name, 'r')`
pub(crate) fn open_to_read(name: impl Bytes) -> Option<Input> {
    fopen(name, "r").map(Input::new)
}

pub(crate) fn fgets(input: &Input, length: impl Into<Option<usize>>) -> Option<Vec<u8>> {
    let line = input.take(length.into().map_or(usize::MAX, |length| length - 1), Some(b'\n'));
    (!line.is_empty()).then_some(line)
}

pub(crate) fn fread(input: &Input, length: i64) -> Option<Vec<u8>> {
    if length <= 0 {
        fatal("ValueError: fread(): Argument #2 ($length) must be greater than 0");
    }
    Some(input.take(to_usize(length), None))
}

pub(crate) fn feof(input: &Input) -> bool {
    input.ended.get() && input.reader.borrow().buffer().is_empty()
}

/// The rest of a file.
pub(crate) fn stream_get_contents(input: &Input) -> Option<Vec<u8>> {
    Some(input.take(usize::MAX, None))
}

/// `flock($file, LOCK_EX)`
pub(crate) fn lock(file: &std::fs::File) -> bool {
    file.lock().is_ok()
}

/// `flock($file, LOCK_UN)`
pub(crate) fn unlock(file: &std::fs::File) -> bool {
    file.unlock().is_ok()
}
