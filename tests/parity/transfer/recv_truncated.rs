use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[always("15\n15\n", "15\n6\n"), before(8, 6, "\"15 15\"\n", "\"15 6\"\n")])
}

fn port() -> Result<()> {
    // MSG_TRUNC asks for the whole length of a datagram; PHP returns a string of that length, read past its buffer.
    let pair = socket_create_pair(AF_UNIX, SOCK_DGRAM, 0)?;
    let mut data = Vec::new();
    socket_write(&pair[0], "a long datagram", None)?;
    show(socket_recv(&pair[1], &mut data, 6, MSG_TRUNC));
    socket_write(&pair[0], "a long datagram", None)?;
    show(socket_recv(&pair[1], &mut data, 6, MSG_TRUNC).map(|_| data.len()));
    socket_write(&pair[0], "a long datagram", None)?;
    show(joined(socket_recv(&pair[1], &mut data, 6, 0), &data));
    socket_write(&pair[0], "short", None)?;
    show(joined(socket_recv(&pair[1], &mut data, 6, MSG_TRUNC), &data));

    // So does socket_recvfrom.
    socket_write(&pair[0], "a long datagram", None)?;
    show(socket_recvfrom(&pair[1], &mut data, 6, MSG_TRUNC).map(|(count, ..)| format!("{count} {}", data.len())));
    socket_write(&pair[0], "short", None)?;
    show(joined(socket_recvfrom(&pair[1], &mut data, 6, MSG_TRUNC).map(|(count, ..)| count), &data));
    Ok(())
}
