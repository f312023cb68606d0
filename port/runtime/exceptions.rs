/// What is thrown: PHP's class, message and code.
#[derive(Clone, Debug)]
pub(crate) struct Exception {
    pub(crate) class: &'static str,
    pub(crate) message: Vec<u8>,
    pub(crate) code: i64,
}

// when: Exception
impl Exception {
    pub(crate) fn new(class: &'static str, message: impl Bytes, code: i64) -> Self {
        Self { class, message: message.bytes().into_owned(), code }
    }
}

/// Ends as PHP does when nobody catches what was thrown.
pub(crate) fn uncaught(exception: &Exception) -> ! {
    fatal(format!("{}: {}", exception.class, String::from_utf8_lossy(&exception.message)))
}

/// A call of the main program, where nobody catches what it throws.
pub(crate) fn or_end<T>(result: std::result::Result<T, Exception>) -> T {
    result.unwrap_or_else(|exception| uncaught(&exception))
}

/// A call in a `try`: what it throws ends the block of that name.
macro_rules! caught {
    ($block:lifetime, $call:expr) => {
        match $call {
            Ok(value) => value,
            Err(exception) => break $block exception,
        }
    };
}
pub(crate) use caught;
