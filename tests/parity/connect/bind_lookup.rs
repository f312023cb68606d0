use crate::prelude::*;

/// PHP reports the number of an earlier lookup, here of none: these names are refused before a lookup.
const DIFFERENCES: &[Difference] = &[always(
    "Warning: socket_bind(): Host lookup failed [-10000]: Unknown error -10000\nfalse\n-10000\n\
     Warning: socket_bind(): Host lookup failed [-10000]: Unknown error -10000\nfalse\n-10000\n\
     Warning: socket_bind(): Host lookup failed [-10000]: Unknown error -10000\nfalse\n-10000\n\
     Warning: socket_bind(): Host lookup failed [-10000]: Unknown error -10000\nfalse\n-10000\n\
     Warning: socket_bind(): Host lookup failed [-10000]: Unknown error -10000\nfalse\n-10000\n\
     Warning: socket_bind(): Host lookup failed [-10000]: Unknown error -10000\nfalse\n-10000\n",
    "Warning: socket_bind(): Host lookup failed [-10001]: Unknown host\nfalse\n-10001\n\
     Warning: socket_bind(): Host lookup failed [-10001]: Unknown host\nfalse\n-10001\n\
     Warning: socket_bind(): Host lookup failed [-10001]: Unknown host\nfalse\n-10001\n\
     Warning: socket_bind(): Host lookup failed [-10001]: Unknown host\nfalse\n-10001\n\
     Warning: socket_bind(): Host lookup failed [-10001]: Unknown host\nfalse\n-10001\n\
     Warning: socket_bind(): Host lookup failed [-10001]: Unknown host\nfalse\n-10001\n",
)];

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, DIFFERENCES)
}

fn port() -> Result<()> {
    // No address and no possible name of a host.
    for host in ["127.0.0.256", "a b", "::1", "::1%lo", "::ffff:127.0.0.1", &"a".repeat(256)] {
        let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
        show(socket_bind(&socket, host, 0));
        show(socket_last_error(&socket));
    }

    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    show(socket_bind(&socket, "", 0));
    show(socket_last_error(&socket));
    show(socket_last_error(None));
    show(socket_strerror(socket_last_error(None)));

    let socket = socket_create(AF_INET6, SOCK_STREAM, SOL_TCP)?;
    show(socket_bind(&socket, "", 0));
    show(socket_bind(&socket, "::g", 0));
    show(socket_bind(&socket, "a b", 0));
    show(socket_connect(&socket, "::1 ", 1));
    show(socket_last_error(&socket));
    show(socket_last_error(None));
    show(socket_strerror(socket_last_error(None)));
    Ok(())
}
