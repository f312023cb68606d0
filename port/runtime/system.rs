pub(crate) fn getmypid() -> i64 {
    i64::from(std::process::id())
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
