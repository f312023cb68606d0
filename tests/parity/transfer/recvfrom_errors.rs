use crate::prelude::*;

/// The buffer is empty after an error: it was written over.
const DIFFERENCES: &[Difference] =
    &[always("[\"kept\", \"kept\", \"kept\"]", "[\"\", \"kept\", \"kept\"]"), always("\n\"kept\"\n", "\n\"\"\n")];

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, DIFFERENCES)
}

fn port() -> Result<()> {
    let mut data = b"kept".to_vec();
    let (address, port) = ("kept", "kept");
    let socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    show(socket_recvfrom(&socket, &mut data, 0, 0));
    show(socket_last_error(&socket));
    show(socket_recvfrom(&socket, &mut data, 10, MSG_DONTWAIT));
    show(socket_last_error(&socket));
    show((&data, address, port));

    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    show(socket_recvfrom(&socket, &mut data, 10, 0));
    show(socket_last_error(&socket));
    show(socket_last_error(None));
    let socket = socket_create(AF_UNIX, SOCK_DGRAM, 0)?;
    show(socket_recvfrom(&socket, &mut data, 10, MSG_OOB));
    let socket = socket_create(AF_UNIX, SOCK_STREAM, 0)?;
    show(socket_recvfrom(&socket, &mut data, 10, 0));
    show(&data);
    Ok(())
}
