/// Prints PHP's warning.
pub(crate) fn warning(text: impl Display) {
    eprintln!("PHP Warning:  {text}");
}

thread_local! {
    static IGNORED: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// `set_error_handler` with a function that does nothing: no warning is printed from here on.
pub(crate) fn ignore_warnings() {
    IGNORED.set(true);
}

/// Ends as PHP does when nobody catches what is thrown.
pub(crate) fn fatal(text: impl Display) -> ! {
    eprintln!("PHP Fatal error:  Uncaught {text}");
    std::process::exit(255)
}

pub(crate) fn thrown(error: &Error) -> ! {
    match error {
        Error::ValueError { .. } => fatal(format!("ValueError: {error}")),
        Error::TypeError { .. } => fatal(format!("TypeError: {error}")),
        _ => fatal(format!("Error: {error}")),
    }
}

/// PHP's `false` is `None`: prints the warning and goes on, or ends where PHP throws.
pub(crate) fn warn<T>(result: Result<T>) -> Option<T> {
    match result {
        Ok(value) => return Some(value),
        Err(error) if error.is_thrown() => thrown(&error),
        Err(error) if error.is_silent() => {}
        Err(error) => warning(error),
    }
    None
}

/// `@` in front of a call: nothing is printed.
pub(crate) fn quiet<T>(result: Result<T>) -> Option<T> {
    match result {
        Err(error) if error.is_thrown() => thrown(&error),
        result => result.ok(),
    }
}

/// A call whose false PHP's next line does not survive: it warns and ends.
pub(crate) fn must<T>(result: Result<T>) -> T {
    need(warn(result))
}

/// A value without which nothing goes on: false ends the program.
pub(crate) fn need<T>(value: Option<T>) -> T {
    value.unwrap_or_else(|| fatal("TypeError: a value is wanted, false given"))
}

/// `die("text")`: says it, and ends.
pub(crate) fn die(text: impl Bytes) -> ! {
    output(&text);
    std::process::exit(0)
}

/// What `socket_recvfrom` has found, each by itself.
pub(crate) fn received(found: Option<(usize, String, i32)>) -> (Option<usize>, String, i32) {
    found.map_or_else(Default::default, |(count, address, port)| (Some(count), address, port))
}

/// Data that stays what it was where nothing is received, as PHP's does.
pub(crate) fn keeping<T>(data: &mut Vec<u8>, receive: impl FnOnce(&mut Vec<u8>) -> Result<T>) -> Result<T> {
    let mut received = Vec::new();
    let result = receive(&mut received);
    if result.is_ok() {
        *data = received;
    }
    result
}

/// An int where the system takes 32 bits.
pub(crate) fn to_i32(number: impl TryInto<i64>) -> i32 {
    let number = number.try_into().unwrap_or(i64::MAX);
    i32::try_from(number).unwrap_or(if number < 0 { i32::MIN } else { i32::MAX })
}

/// An int where a length is wanted.
pub(crate) fn to_usize(number: impl TryInto<usize>) -> usize {
    number.try_into().unwrap_or(0)
}

/// `@` in front of a function that is none of ext/sockets: no warning is printed.
pub(crate) fn silently<T>(call: impl FnOnce() -> T) -> T {
    let before = IGNORED.replace(true);
    let value = call();
    IGNORED.set(before);
    value
}

/// A variable that nothing has been assigned to: PHP's warning, and null, which is no text.
pub(crate) fn undefined(name: &str) -> &'static str {
    warning(format!("Undefined variable ${name}"));
    ""
}

/// PHP's int of a socket, which is 1.
pub(crate) fn socket_number(_: &Socket) -> i64 {
    warning("Object of class Socket could not be converted to int");
    1
}

/// A value where PHP takes no null, which ends the program.
pub(crate) fn not_null<T>(value: Option<T>) -> T {
    value.unwrap_or_else(|| fatal("TypeError: null given"))
}
