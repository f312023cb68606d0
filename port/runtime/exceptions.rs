/// What is thrown: PHP's class, message and code.
#[derive(Clone, Debug)]
pub(crate) struct Exception {
    pub(crate) class: &'static str,
    pub(crate) message: Vec<u8>,
    pub(crate) code: i64,
    pub(crate) line: i64,
}

// when: Exception
impl Exception {
    pub(crate) fn new(class: &'static str, message: impl Bytes, code: i64) -> Self {
        Self { class, message: message.bytes().into_owned(), code, line: 0 }
    }

    /// The line of the PHP program that it comes from.
    pub(crate) fn at_line(self, line: i64) -> Self {
        Self { line, ..self }
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

/// A call in a `try`: what it throws ends the block of that name; some keep it as the error or the value that they end with.
macro_rules! caught {
    ($block:lifetime, $call:expr) => {
        match $call {
            Ok(value) => value,
            Err(exception) => break $block exception,
        }
    };
    ($block:lifetime, $kept:path, $call:expr) => {
        match $call {
            Ok(value) => value,
            Err(exception) => break $block $kept(exception),
        }
    };
}
pub(crate) use caught;

/// What PHP throws, as an exception.
pub(crate) fn error_of(error: &Error) -> Exception {
    let class = match error {
        Error::ValueError { .. } => "ValueError",
        Error::TypeError { .. } => "TypeError",
        _ => "Error",
    };
    Exception::new(class, error.to_string(), 0)
}

/// `warn` where something catches what PHP throws, or has a `finally`.
pub(crate) fn try_warn<T>(result: Result<T>) -> std::result::Result<Option<T>, Exception> {
    match result {
        Err(error) if error.is_thrown() => Err(error_of(&error)),
        result => Ok(warn(result)),
    }
}

/// `quiet` there.
pub(crate) fn try_quiet<T>(result: Result<T>) -> std::result::Result<Option<T>, Exception> {
    match result {
        Err(error) if error.is_thrown() => Err(error_of(&error)),
        result => Ok(result.ok()),
    }
}

/// `must` there.
pub(crate) fn try_must<T>(result: Result<T>) -> std::result::Result<T, Exception> {
    try_need(try_warn(result)?)
}

/// `need` there.
pub(crate) fn try_need<T>(value: Option<T>) -> std::result::Result<T, Exception> {
    value.ok_or_else(|| Exception::new("TypeError", "a value is wanted, false given", 0))
}

/// `need` of a socket, where the program may look at what PHP says.
pub(crate) fn need_by<T>(function: &str, given: &str, value: Option<T>) -> T {
    or_end(try_need_by(function, given, value))
}

pub(crate) fn try_need_by<T>(function: &str, given: &str, value: Option<T>) -> std::result::Result<T, Exception> {
    let told = || format!("{function}(): Argument #1 ($socket) must be of type Socket, {given} given");
    value.ok_or_else(|| Exception::new("TypeError", told(), 0))
}
