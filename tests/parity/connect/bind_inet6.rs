use crate::prelude::*;

const DIFFERENCES: &[Difference] = &[
    // PHP reports the number of an earlier lookup, here of none.
    always(
        "Warning: socket_bind(): Host lookup failed [-10000]: Unknown error -10000\n-10000\n",
        "Warning: socket_bind(): Host lookup failed [-10001]: Unknown host\n-10001\n",
    ),
    // The loopback interface is the first one.
    always("[\"ff02::1\", true]", "[\"ff02::1%1\", true]"),
];

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, DIFFERENCES)
}

fn bound(address: &str) -> Result<Answer> {
    let socket = socket_create(AF_INET6, SOCK_DGRAM, SOL_UDP)?;
    if let Err(error) = socket_bind(&socket, address, 0) {
        warn(&error);
        return Ok(Answer::of(socket_last_error(&socket)));
    }
    let (address, port) = socket_getsockname(&socket)?;
    Ok(Answer::of((address, port > 0)))
}

fn port() -> Result<()> {
    show(bound("::1"));
    show(bound("::"));
    show(bound("0:0:0:0:0:0:0:1"));
    show(bound("127.0.0.1"));
    show(bound("::ffff:127.0.0.1"));
    show(bound("::ffff:7f00:1"));
    show(bound("0"));
    show(bound("::1%1"));
    show(bound("fe80::1%lo"));
    show(bound("fe80::1%9999"));
    show(bound("2001:db8::1"));
    show(bound("0x7f.1"));
    show(bound("127.0x1"));
    show(bound("::1%lo"));

    // An address of one interface.
    show(bound("ff02::1%lo"));
    Ok(())
}
