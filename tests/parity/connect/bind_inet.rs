use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn bound(address: &str) -> Result<Answer> {
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    if let Err(error) = socket_bind(&socket, address, 0) {
        warn(&error);
        return Ok(Answer::of([socket_last_error(&socket), socket_last_error(None)]));
    }
    let (address, port) = socket_getsockname(&socket)?;
    Ok(Answer::of((address, port > 0)))
}

fn port() -> Result<()> {
    show(bound("127.0.0.1"));
    show(bound("0.0.0.0"));
    show(bound("0"));
    show(bound("0"));
    show(bound("127.1"));
    show(bound("2130706433"));
    show(bound("localhost"));

    // The port is optional.
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    show(socket_bind(&socket, "127.0.0.1", None));

    // Bound already, in use, not an address of this machine.
    show(socket_bind(&socket, "127.0.0.1", None));
    show(socket_last_error(&socket));
    let (_, port) = socket_getsockname(&socket)?;
    let other = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    show(socket_bind(&other, "127.0.0.1", port));
    show(socket_last_error(&other));
    show(socket_strerror(socket_last_error(&other)));
    show(socket_bind(&other, "203.0.113.5", 0));
    show(socket_last_error(&other));
    show(socket_last_error(&socket));
    Ok(())
}
