pub(crate) fn getmypid() -> i64 {
    i64::from(std::process::id())
}

pub(crate) fn posix_getppid() -> i64 {
    i64::from(std::os::unix::process::parent_id())
}

pub(crate) fn posix_getuid() -> i64 {
    own_id("Uid:", 0)
}

pub(crate) fn posix_geteuid() -> i64 {
    own_id("Uid:", 1)
}

pub(crate) fn posix_getgid() -> i64 {
    own_id("Gid:", 0)
}

pub(crate) fn posix_getegid() -> i64 {
    own_id("Gid:", 1)
}

/// A number of the user or the group of the process: the real one, then the effective one.
fn own_id(name: &str, at: usize) -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.split_whitespace().nth(at).and_then(|id| id.parse().ok()).unwrap_or(0)
}

/// The name of an address, or the address, as the system looks it up.
pub(crate) fn gethostbyaddr(address: impl Bytes) -> Option<Vec<u8>> {
    let text = String::from_utf8_lossy(&address.bytes()).into_owned();
    if text.parse::<std::net::IpAddr>().is_err() {
        warning("gethostbyaddr(): Address is not a valid IPv4 or IPv6 address");
        return None;
    }
    let found = std::process::Command::new("getent").args(["hosts", &text]).output().ok();
    let line = found.map(|found| String::from_utf8_lossy(&found.stdout).into_owned()).unwrap_or_default();
    Some(line.split_whitespace().nth(1).unwrap_or(&text).as_bytes().to_vec())
}

/// What the system is: its name, the host's name, its release, its version and the machine.
pub(crate) fn php_uname(mode: impl Bytes) -> Vec<u8> {
    let part = |name: &str| std::fs::read(format!("/proc/sys/kernel/{name}")).map(trim).unwrap_or_default();
    let machine = std::env::consts::ARCH.as_bytes().to_vec();
    match mode.bytes().first() {
        Some(b's') => part("ostype"),
        Some(b'n') => part("hostname"),
        Some(b'r') => part("osrelease"),
        Some(b'v') => part("version"),
        Some(b'm') => machine,
        _ => [part("ostype"), part("hostname"), part("osrelease"), part("version"), machine].join(&b' '),
    }
}

/// Whether PHP has an extension: those that every PHP has, and ext/sockets.
pub(crate) fn extension_loaded(name: impl Bytes) -> bool {
    let name = String::from_utf8_lossy(&name.bytes()).to_lowercase();
    const ALWAYS: &[&str] = &["core", "date", "hash", "json", "pcre", "random", "reflection", "sockets", "spl", "standard"];
    if !ALWAYS.contains(&name.as_str()) {
        fatal(format!("extension_loaded(): whether {name} is there is not known here"));
    }
    true
}

/// The first IPv4 address of a name, or the name.
pub(crate) fn gethostbyname(name: impl Bytes) -> Vec<u8> {
    use std::net::ToSocketAddrs;
    let name = name.bytes();
    let text = String::from_utf8_lossy(&name).into_owned();
    let mut found = (text.as_str(), 0).to_socket_addrs().into_iter().flatten().filter(std::net::SocketAddr::is_ipv4);
    found.next().map_or_else(|| name.into_owned(), |address| address.ip().to_string().into_bytes())
}

/// The port of a service, as `/etc/services` has it.
pub(crate) fn getservbyname(name: impl Bytes, protocol: impl Bytes) -> Option<usize> {
    let (name, protocol) = (name.bytes(), protocol.bytes());
    let services = std::fs::read("/etc/services").unwrap_or_default();
    services.split(|b| *b == b'\n').find_map(|line| {
        let line = line.split(|b| *b == b'#').next().unwrap_or_default();
        let words: Vec<&[u8]> = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect();
        let (port, kind) = std::str::from_utf8(words.get(1)?).ok()?.split_once('/')?;
        let named = words.iter().enumerate().any(|(at, word)| at != 1 && *word == &*name);
        (named && kind.as_bytes() == &*protocol).then(|| port.parse().ok()).flatten()
    })
}

/// The service of a port, as `/etc/services` has it.
pub(crate) fn getservbyport(port: i64, protocol: impl Bytes) -> Option<Vec<u8>> {
    let wanted = format!("{port}/{}", String::from_utf8_lossy(&protocol.bytes()));
    let services = std::fs::read_to_string("/etc/services").unwrap_or_default();
    services.lines().find_map(|line| {
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        let name = words.next()?;
        (words.next()? == wanted).then(|| name.as_bytes().to_vec())
    })
}

/// All IPv4 addresses of a name.
pub(crate) fn gethostbynamel(name: impl Bytes) -> Option<Vec<Vec<u8>>> {
    use std::net::ToSocketAddrs;
    let text = String::from_utf8_lossy(&name.bytes()).into_owned();
    let found = (text.as_str(), 0).to_socket_addrs().ok()?.filter(std::net::SocketAddr::is_ipv4);
    let mut all: Vec<_> = found.map(|address| address.ip().to_string().into_bytes()).collect();
    all.dedup();
    (!all.is_empty()).then_some(all)
}

/// The name of the host.
pub(crate) fn gethostname() -> Vec<u8> {
    std::fs::read("/proc/sys/kernel/hostname").map(trim).unwrap_or_default()
}

pub(crate) fn phpversion() -> String {
    "8.6.0".into()
}

pub(crate) fn posix_kill(process: i64, signal: i64) -> bool {
    let (process, signal) = (process.to_string(), format!("-{signal}"));
    std::process::Command::new("kill").args([&*signal, "--", &*process]).status().is_ok_and(|status| status.success())
}

pub(crate) fn getenv(name: impl Bytes) -> Option<Vec<u8>> {
    std::env::var_os(&*String::from_utf8_lossy(&name.bytes())).map(|value| value.to_string_lossy().into_owned().into_bytes())
}

pub(crate) fn php_sapi_name() -> String {
    "cli".into()
}

/// 13 digits of the time, as PHP makes them.
pub(crate) fn uniqid(prefix: impl Bytes) -> String {
    // Two calls never see the same microsecond.
    std::thread::sleep(std::time::Duration::from_micros(1));
    let time = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    let prefix = String::from_utf8_lossy(&prefix.bytes()).into_owned();
    format!("{prefix}{:08x}{:05x}", time.as_secs(), time.subsec_micros())
}

/// `uniqid($prefix, true)`
pub(crate) fn uniqid_more(prefix: impl Bytes, more: i32) -> String {
    let id = uniqid(prefix);
    if more == 0 { id } else { format!("{id}{}.{:08}", rand(0, 9), rand(0, 99_999_999)) }
}

/// The memory of the process, in bytes.
pub(crate) fn memory_get_usage(_real: impl Into<Option<i32>>) -> i64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    pages.split(' ').nth(1).and_then(|pages| pages.parse::<i64>().ok()).unwrap_or(0) * 4096
}

pub(crate) fn memory_get_peak_usage(_real: impl Into<Option<i32>>) -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<i64>().unwrap_or(0) * 1024
}

pub(crate) fn random_bytes(length: i64) -> Vec<u8> {
    if length < 1 {
        fatal("ValueError: random_bytes(): Argument #1 ($length) must be greater than 0");
    }
    (0..length).map(|_| rand(0, 255) as u8).collect()
}

pub(crate) fn inet_pton(address: impl Bytes) -> Option<Vec<u8>> {
    let told = || {
        warning("inet_pton(): Unrecognized address");
        None
    };
    let address = String::from_utf8_lossy(&address.bytes()).into_owned();
    match address.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(address)) => Some(address.octets().to_vec()),
        Ok(std::net::IpAddr::V6(address)) => Some(address.octets().to_vec()),
        Err(_) => told(),
    }
}

pub(crate) fn inet_ntop(address: impl Bytes) -> Option<String> {
    let address = address.bytes();
    if let Ok(address) = <[u8; 4]>::try_from(&*address) {
        return Some(std::net::Ipv4Addr::from(address).to_string());
    }
    <[u8; 16]>::try_from(&*address).ok().map(|address| std::net::Ipv6Addr::from(address).to_string())
}

pub(crate) fn ip2long(address: impl Bytes) -> Option<i64> {
    let address = String::from_utf8_lossy(&address.bytes()).into_owned();
    address.parse::<std::net::Ipv4Addr>().ok().map(|address| i64::from(u32::from(address)))
}

pub(crate) fn long2ip(address: i64) -> String {
    std::net::Ipv4Addr::from(address as u32).to_string()
}

/// A signal for which nothing is done: it ends what waits.
pub(crate) fn interrupted_by(signal: i64) -> bool {
    signal_hook::flag::register(to_i32(signal), std::sync::Arc::default()).is_ok()
}

thread_local! {
    /// What comes of each signal that the program has a function for: a byte each time.
    static SIGNALS: RefCell<Vec<(i64, std::os::unix::net::UnixStream)>> = const { RefCell::new(Vec::new()) };
}

/// Whether such a signal has come.
pub(crate) fn signaled() -> &'static std::sync::Arc<std::sync::atomic::AtomicBool> {
    static FLAG: std::sync::OnceLock<std::sync::Arc<std::sync::atomic::AtomicBool>> = std::sync::OnceLock::new();
    FLAG.get_or_init(std::sync::Arc::default)
}

/// Waits until the time is over or a signal comes; returns what is left of the time.
pub(crate) fn wait_for_signal(time: std::time::Duration) -> std::time::Duration {
    let end = std::time::Instant::now() + time;
    loop {
        let left = end.saturating_duration_since(std::time::Instant::now());
        if left.is_zero() || signaled().load(std::sync::atomic::Ordering::Relaxed) {
            return left;
        }
        std::thread::sleep(left.min(std::time::Duration::from_millis(10)));
    }
}

/// `sleep`, which a signal ends.
pub(crate) fn sleep_or_signal(seconds: i64) -> i64 {
    wait_for_signal(std::time::Duration::from_secs(seconds.max(0) as u64)).as_secs_f64().round() as i64
}

/// `usleep`, which a signal ends.
pub(crate) fn usleep_or_signal(microseconds: i64) {
    wait_for_signal(std::time::Duration::from_micros(microseconds.max(0) as u64));
}

/// `pcntl_signal` with a function of the program, which `after` calls.
pub(crate) fn on_signal(signal: i64) -> bool {
    let Ok((read, write)) = std::os::unix::net::UnixStream::pair() else { return false };
    let flagged = signal_hook::flag::register(to_i32(signal), signaled().clone()).is_ok();
    let there = flagged && read.set_nonblocking(true).is_ok() && signal_hook::low_level::pipe::register(to_i32(signal), write).is_ok();
    SIGNALS.with_borrow_mut(|signals| signals.push((signal, read)));
    there
}

/// A signal that has come, once.
pub(crate) fn next_signal() -> Option<i64> {
    let came = |(signal, mut read): (i64, &std::os::unix::net::UnixStream)| {
        std::io::Read::read(&mut read, &mut [0]).is_ok_and(|count| count > 0).then_some(signal)
    };
    SIGNALS.with_borrow(|signals| signals.iter().map(|(signal, read)| (*signal, read)).find_map(came))
}

/// What a call has come to, behind which the functions are called for the signals that have come.
pub(crate) fn after<T>(value: T, mut handler: impl FnMut(i64)) -> T {
    signaled().store(false, std::sync::atomic::Ordering::Relaxed);
    while let Some(signal) = next_signal() {
        handler(signal);
    }
    value
}
