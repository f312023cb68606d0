use crate::prelude::*;

const DIFFERENCES: &[Difference] = &[before(
    8,
    5,
    "false\nfalse\nfalse\nfalse\nfalse\nfalse\nfalse\n",
    "false\nfalse\nfalse\nfalse\n\
     ValueError: socket_addrinfo_lookup(): Argument #3 ($hints) \"ai_family\" key must be AF_INET or AF_INET6\n\
     ValueError: socket_addrinfo_lookup(): Argument #3 ($hints) \"ai_socktype\" key must be between 0 and 2147483647\n\
     ValueError: socket_addrinfo_lookup(): Argument #3 ($hints) \"ai_flags\" key must be between 0 and 2147483647\n",
)];

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, DIFFERENCES)
}

fn explained(host: &str, service: &str, hints: AddrInfoHints) {
    let addresses = socket_addrinfo_lookup(host, service, hints);
    show(&addresses);
    for address in addresses.iter().flatten() {
        show(socket_addrinfo_explain(address));
    }
}

fn port() -> Result<()> {
    const NONE: AddrInfoHints = AddrInfoHints { ai_flags: 0, ai_family: 0, ai_socktype: 0, ai_protocol: 0 };
    explained("127.0.0.1", "80", AddrInfoHints { ai_socktype: SOCK_STREAM, ..NONE });
    explained("127.0.0.1", "80", AddrInfoHints { ai_socktype: SOCK_DGRAM, ..NONE });
    explained("127.0.0.1", "80", AddrInfoHints { ai_socktype: SOCK_RAW, ..NONE });
    explained("127.0.0.1", "80", AddrInfoHints { ai_protocol: SOL_UDP, ..NONE });
    explained("127.0.0.1", "80", AddrInfoHints { ai_family: AF_INET, ai_socktype: SOCK_STREAM, ..NONE });
    explained("localhost", "80", AddrInfoHints { ai_family: AF_INET, ai_socktype: SOCK_STREAM, ..NONE });
    explained(
        "127.0.0.1",
        "80",
        AddrInfoHints { ai_family: AF_INET6, ai_flags: AI_V4MAPPED, ai_socktype: SOCK_STREAM, ..NONE },
    );
    explained(
        "127.0.0.1",
        "80",
        AddrInfoHints { ai_flags: AI_NUMERICHOST | AI_NUMERICSERV, ai_socktype: SOCK_STREAM, ..NONE },
    );

    // Hints that allow nothing.
    explained("localhost", "80", AddrInfoHints { ai_flags: AI_NUMERICHOST, ..NONE });
    explained("127.0.0.1", "http", AddrInfoHints { ai_flags: AI_NUMERICSERV, ..NONE });
    explained("127.0.0.1", "80", AddrInfoHints { ai_family: AF_INET6, ..NONE });
    explained("127.0.0.1", "80", AddrInfoHints { ai_socktype: 99, ..NONE });

    // Hints that PHP 8.5 refuses.
    show(socket_addrinfo_lookup("127.0.0.1", "80", AddrInfoHints { ai_family: AF_UNIX, ..NONE }));
    show(socket_addrinfo_lookup("127.0.0.1", "80", AddrInfoHints { ai_socktype: -1, ..NONE }));
    show(socket_addrinfo_lookup("127.0.0.1", "80", AddrInfoHints { ai_flags: -1, ai_family: 99, ..NONE }));
    Ok(())
}
