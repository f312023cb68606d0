use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<()> {
    show(socket_last_error(None));
    let one = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    let two = socket_create(AF_UNIX, SOCK_STREAM, 0)?;
    show([socket_last_error(&one), socket_last_error(&two)]);

    // Each socket keeps its own; without a socket it is the last of all.
    drop(socket_getpeername(&one));
    drop(socket_connect(&two, "nowhere.sock", None));
    show([socket_last_error(&one), socket_last_error(&two), socket_last_error(None)]);

    // A success changes nothing.
    socket_bind(&one, "127.0.0.1", 0)?;
    socket_listen(&one, None)?;
    show([socket_last_error(&one), socket_last_error(&two), socket_last_error(None)]);

    // Clearing one leaves the others.
    socket_clear_error(&one);
    show([socket_last_error(&one), socket_last_error(&two), socket_last_error(None)]);
    socket_clear_error(None);
    show([socket_last_error(&one), socket_last_error(&two), socket_last_error(None)]);
    socket_clear_error(&two);
    show([socket_last_error(&one), socket_last_error(&two), socket_last_error(None)]);

    // A new socket has none; a failed one is remembered without it.
    drop(socket_create(AF_INET, SOCK_STREAM, SOL_UDP));
    show(socket_last_error(None));
    let three = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    show([socket_last_error(&three), socket_last_error(None)]);

    // The errors of socket_select() belong to no socket.
    let mut read = vec![one.clone()];
    drop(socket_select(&mut read, None, None, -1, None));
    show([socket_last_error(&one), socket_last_error(None)]);

    // An exception is not recorded.
    drop(socket_connect(&three, "127.0.0.1", None));
    show([socket_last_error(&three), socket_last_error(None)]);
    Ok(())
}
