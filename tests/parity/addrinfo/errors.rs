use crate::harness::compare_since;
use crate::prelude::*;

/// That tells the number of the error.
#[test]
fn parity() -> Outcome {
    compare_since(8, 6, module_path!(), port, &[])
}

fn code(host: &str, service: Option<&str>, hints: AddrInfoHints) {
    let found = socket_addrinfo_lookup(host, service, hints);
    let code = found.as_ref().err().map_or(0, Error::code);
    show((found, code));
}

fn port() -> Result<()> {
    const NONE: AddrInfoHints = AddrInfoHints { ai_flags: 0, ai_family: 0, ai_socktype: 0, ai_protocol: 0 };
    // A name is encoded before anything is asked for, and text is UTF-8.
    for host in ["bücher.invalid", "中文.invalid", "xn--bcher-kva.invalid", "\u{200d}", "..", &"ü".repeat(200)] {
        for flags in [0, AI_IDN, AI_CANONIDN, AI_IDN | AI_CANONNAME] {
            code(host, None, AddrInfoHints { ai_flags: flags | AI_NUMERICHOST, ..NONE });
        }
    }

    // Of several mistakes one is told.
    code("127.0.0.1", Some("-1"), AddrInfoHints { ai_socktype: 99, ..NONE });
    code("127.0.0.1", Some("70000"), AddrInfoHints { ai_socktype: 99, ..NONE });
    code("127.0.0.1", Some("70000"), AddrInfoHints { ai_flags: 1 << 20, ..NONE });
    code("127.0.0.1", Some("70000"), AddrInfoHints { ai_family: AF_INET6, ..NONE });
    code("::1", Some("70000"), AddrInfoHints { ai_family: AF_INET, ..NONE });
    code("127.0.0.1", Some("70000"), AddrInfoHints { ai_socktype: SOCK_DGRAM, ai_protocol: SOL_TCP, ..NONE });
    code("::g", Some("70000"), AddrInfoHints { ai_flags: AI_NUMERICHOST, ..NONE });
    code("", Some("70000"), NONE);
    code("127.0.0.1", Some("-1"), AddrInfoHints { ai_flags: AI_NUMERICSERV, ..NONE });
    code("127.0.0.1", Some("80x"), AddrInfoHints { ai_flags: AI_NUMERICSERV, ..NONE });
    Ok(())
}
