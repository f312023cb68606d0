//! What the pairs cover: every function of the crate's socket part, and every text that a caller can provoke.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::harness::{Failure, Outcome, Pair, phps};

fn parity() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parity")
}

/// The files under `directory` whose names end in `.extension`.
pub(crate) fn files(directory: &Path, extension: &str) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path, extension)?);
        } else if path.extension().is_some_and(|end| end == extension) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

pub(crate) fn contents(paths: &[PathBuf]) -> std::io::Result<String> {
    paths.iter().map(fs::read_to_string).collect()
}

/// A script that no module names would never run.
#[test]
fn every_script_belongs_to_a_port() -> Outcome {
    let mut pairs = 0;
    for script in files(&parity(), "php")?.iter().filter(|script| script.parent() != Some(&parity())) {
        let name = script.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let name = name.strip_suffix("_server").or_else(|| name.strip_suffix("_client")).unwrap_or(name);
        let topic = script.with_file_name("").with_extension("rs");
        if !fs::read_to_string(&topic)?.contains(&format!("mod {name};"))
            || !script.with_file_name(name).with_extension("rs").is_file()
        {
            return Err(format!("{} has no port in {}", script.display(), topic.display()).into());
        }
        pairs += 1;
    }
    assert!(pairs >= 50, "only {pairs} scripts");
    Ok(())
}

#[test]
fn every_function_is_called() -> Outcome {
    let source = contents(&files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "rs")?)?;
    let declared = source.lines().filter_map(|line| line.strip_prefix("pub fn socket_")?.split(['(', '<']).next());
    let functions = declared.collect::<BTreeSet<_>>();
    assert!(functions.contains("select"), "the functions are found in src: {functions:?}");
    let scripts = contents(&files(&parity(), "php")?)?;
    match functions.iter().find(|function| !scripts.contains(&format!("socket_{function}("))) {
        Some(missing) => Err(format!("no script calls socket_{missing}()").into()),
        None => Ok(()),
    }
}

/// Texts that PHP and this crate have, or this crate alone where PHP decided so after 8.2.
const TEXTS: &[&str] = &[
    "socket_accept(): unable to accept incoming connection [22]",
    "socket_accept(): unable to accept incoming connection [24]",
    "socket_accept(): unable to accept incoming connection [95]",
    "socket_addrinfo_bind(): Unable to bind address [98]",
    "socket_addrinfo_bind(): Unable to create socket [24]",
    "socket_addrinfo_connect(): Unable to connect address [111]",
    "socket_addrinfo_connect(): Unable to create socket [24]",
    "socket_addrinfo_lookup(): Argument #3 ($hints) \\\"ai_family\\\" key must be AF_INET or AF_INET6",
    "socket_addrinfo_lookup(): Argument #3 ($hints) \\\"ai_socktype\\\" key must be between 0 and 2147483647",
    "socket_atmark(): Unable to apply sockmark [25]",
    "socket_bind(): Argument #2 ($address) must be less than 108",
    "socket_bind(): Argument #3 ($port) must be between 0 and 65535",
    "socket_bind(): Host lookup failed [-10001]: Unknown host",
    "socket_bind(): Host lookup failed [-10003]: Unknown server error",
    "socket_bind(): Unable to bind address [2]",
    "socket_bind(): Unable to bind address [22]",
    "socket_bind(): Unable to bind address [98]",
    "socket_bind(): Unable to bind address [99]",
    "socket_cmsg_space(): Argument #3 ($num) must be greater than or equal to 0",
    "ValueError: Pair level 1 and/or type 99 is not supported",
    "socket_connect(): Argument #2 ($address) must be less than 108",
    "socket_connect(): Argument #3 ($port) cannot be null when the socket type is AF_INET\n",
    "socket_connect(): Argument #3 ($port) cannot be null when the socket type is AF_INET6\n",
    "socket_connect(): Argument #3 ($port) must be between 0 and 65535",
    "socket_connect(): Host lookup failed [-10001]",
    "socket_connect(): unable to connect [2]",
    "socket_connect(): unable to connect [22]",
    "socket_connect(): unable to connect [91]",
    "socket_connect(): unable to connect [106]",
    "socket_connect(): unable to connect [111]",
    "socket_create(): Argument #1 ($domain) must be one of AF_UNIX, AF_PACKET, AF_INET6, or AF_INET",
    "socket_create(): Argument #2 ($type) must be one of SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_RAW, or SOCK_RDM",
    "socket_create(): Unable to create socket [22]",
    "socket_create(): Unable to create socket [24]",
    "socket_create(): Unable to create socket [93]",
    "socket_create(): Unable to create socket [94]",
    "socket_create_listen(): Argument #1 ($port) must be between 0 and 65535",
    "socket_create_listen(): unable to bind to given address [98]",
    "socket_create_listen(): unable to create listening socket [24]",
    "socket_create_pair(): Argument #1 ($domain) must be one of AF_UNIX, AF_INET6, or AF_INET",
    "socket_create_pair(): Argument #2 ($type) must be one of SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_RAW, or SOCK_RDM",
    "socket_create_pair(): Unable to create socket pair [95]",
    "socket_get_option(): Unable to retrieve socket option [92]",
    "socket_get_option(): Unable to retrieve socket option [95]",
    "socket_get_option(): unable to get socket option [92]",
    "socket_getopt(): Unable to retrieve socket option [92]",
    "socket_getpeername(): unable to retrieve peer name [107]",
    "socket_import_stream(): Cannot represent a stream of type STDIO as a Socket Descriptor",
    "socket_listen(): unable to listen on socket [22]",
    "socket_listen(): unable to listen on socket [95]",
    "socket_read(): unable to read from socket [104]",
    "socket_read(): unable to read from socket [107]",
    "socket_read(): unable to read from socket [111]",
    "socket_recv(): Unable to read from socket [22]",
    "socket_recv(): Unable to read from socket [107]",
    "socket_recvfrom(): Unable to recvfrom [107]",
    "socket_recvfrom(): unable to recvfrom [107]",
    "socket_recvmsg(): Error in recvmsg [107]",
    "(path: msghdr > controllen): controllen cannot be 0",
    "(path: msghdr > controllen): given PHP integer is out of bounds for an unsigned 32-bit integer",
    "(path: msghdr > buffer_size): the buffer size must be between 1 and 104857600; given 104857601",
    "socket_select(): Argument #1 ($read) contains a closed socket",
    "socket_select(): Argument #2 ($write) contains a closed socket",
    "socket_select(): Argument #3 ($except) contains a closed socket",
    "socket_select(): At least one array argument must be passed",
    "socket_select(): Unable to select [22]",
    "socket_send(): Unable to write to socket [32]",
    "socket_send(): Unable to write to socket [89]",
    "socket_sendmsg(): Error in sendmsg [2]",
    "socket_sendmsg(): Error in sendmsg [22]",
    "socket_sendmsg(): Error in sendmsg [32]",
    "socket_sendmsg(): Error in sendmsg [89]",
    "(path: msghdr > control > element #0 > data > ifindex): no interface with name \"nosuchdevice\" could be found",
    "(path: msghdr > control > element #0 > data > element #1): socket is already closed",
    "(path: msghdr > control > element #0 > data > pid): given PHP integer is out of bounds for a pid_t value",
    "(path: msghdr > control > element #0 > data): The key 'addr' is required",
    "(path: msghdr > control > element #0 > data): expected an array here",
    "(path: msghdr > control > element #0): expected an array here",
    "(path: msghdr > control > element #0): cmsghdr with level 1 and type 99 not supported",
    "(path: msghdr > control > element #0): expected at least one element in this array",
    "(path: msghdr > name > addr): could not resolve address '::g' to get an AF_INET6 address",
    "(path: msghdr > name > path): the path is must not be empty",
    "(path: msghdr > name > path): the path is too long, the maximum permitted length is 107",
    "(path: msghdr > name > port): given PHP integer is out of bounds for an unsigned 16-bit integer",
    "(path: msghdr > name): the only families currently supported are AF_INET, AF_INET6 and AF_UNIX",
    "(path: msghdr > name): the specified family (AF_INET6) is not supported on this socket",
    "socket_sendto(): Argument #5 ($address) must be less than 108",
    "socket_sendto(): Argument #6 ($port) cannot be null when the socket type is AF_INET\n",
    "socket_sendto(): Argument #6 ($port) cannot be null when the socket type is AF_INET6\n",
    "socket_sendto(): Argument #6 ($port) must be between 0 and 65535",
    "socket_sendto(): Host lookup failed [-10001]",
    "socket_sendto(): Unable to write to socket [2]",
    "socket_sendto(): Unable to write to socket [13]",
    "socket_sendto(): Unable to write to socket [90]",
    "socket_sendto(): Unable to write to socket [106]",
    "socket_sendto(): Unable to write to socket [111]",
    "ValueError: IP address used in the context of an unexpected type of socket",
    "ValueError: Index must be between 0 and 4294967295",
    "ValueError: No key \"group\" passed in optval",
    "ValueError: No key \"source\" passed in optval",
    "(path: in6_pktinfo > addr): could not resolve address '::g' to get an AF_INET6 address",
    "(path: in6_pktinfo > ifindex): no interface with name \"nosuchdevice\" could be found",
    "(path: in6_pktinfo): expected an array here",
    "socket_set_option(): Argument #4 ($value) must be between -1 and 255",
    "socket_set_option(): Argument #4 ($value) must be between 0 and 255",
    "socket_set_option(): Argument #4 ($value) must be between 0 and 65535",
    "socket_set_option(): Argument #4 ($value) must be between 0 and 4294967295",
    "when argument #3 ($option) is SO_LINGER, int given",
    "when argument #3 ($option) is SO_RCVTIMEO, int given",
    "when argument #3 ($option) is SO_SNDTIMEO, int given",
    "when argument #3 ($option) is MCAST_LEAVE_GROUP, int given",
    "\\\"l_onoff\\\" must be between 0 and 65535",
    "\\\"l_linger\\\" must be between 0 and 65535",
    "socket_set_option(): Failed obtaining address for interface 9999: error 19",
    "socket_set_option(): Host lookup failed [-10001]",
    "socket_set_option(): No interface with name \"nosuchdevice\" could be found",
    "socket_set_option(): Unable to set socket option [2]",
    "socket_set_option(): Unable to set socket option [19]",
    "socket_set_option(): Unable to set socket option [22]",
    "socket_set_option(): Unable to set socket option [33]",
    "socket_set_option(): Unable to set socket option [92]",
    "socket_set_option(): Unable to set socket option [98]",
    "socket_set_option(): Unable to set socket option [99]",
    "socket_set_option(): Unsupported CBPF filter",
    "socket_setopt(): Unable to set socket option [92]",
    "socket_shutdown(): Argument #2 ($mode) must be one of SHUT_RD, SHUT_WR or SHUT_RDWR",
    "socket_shutdown(): Unable to shutdown socket [107]",
    "socket_write(): unable to write to socket [32]",
    "socket_write(): unable to write to socket [89]",
    "socket_write(): unable to write to socket [90]",
];

/// The functions that refuse a closed socket.
const CLOSED: &[&str] = &[
    "accept",
    "bind",
    "close",
    "connect",
    "export_stream",
    "get_option",
    "getopt",
    "getpeername",
    "getsockname",
    "listen",
    "read",
    "recv",
    "recvfrom",
    "recvmsg",
    "send",
    "sendmsg",
    "sendto",
    "set_block",
    "set_nonblock",
    "set_option",
    "setopt",
    "shutdown",
    "write",
];

/// Not here: what Rust's types exclude (a negative length, a missing key, an element that is no socket), what no caller can
/// provoke (a failing getsockname(2) or fcntl(2)), and what needs a privilege (`AF_PACKET`, raw sockets).
#[test]
fn every_text_is_provoked() -> Outcome {
    let phps = phps()?;
    if phps.len() < 2 {
        return Ok(()); // a text of the other one is missing
    }
    let mut printed = contents(
        &files(&parity(), "rs")?.into_iter().filter(|path| !path.ends_with("coverage.rs")).collect::<Vec<_>>(),
    )?;
    for script in files(&parity(), "php")? {
        let stem = script.with_extension("");
        // Those of Io\Poll have none of these texts.
        let topic = stem.parent().filter(|topic| *topic != parity() && *topic != parity().join("poll"));
        if stem.with_extension("rs").is_file() && topic.is_some() {
            for php in phps {
                printed += &Pair::of(&stem).output(php)?;
            }
        }
    }
    let closed = CLOSED.iter().map(|name| format!("socket_{name}(): Argument #1 ($socket) has already been closed"));
    let missing = TEXTS.iter().map(|text| (*text).to_owned()).chain(closed).filter(|text| !printed.contains(text));
    let missing = missing.collect::<Vec<_>>();
    if missing.is_empty() { Ok(()) } else { Err(Failure::from(format!("no pair provokes:\n{}", missing.join("\n")))) }
}
