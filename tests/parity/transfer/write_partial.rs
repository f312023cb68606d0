use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<()> {
    // A buffer that is full takes a part, then nothing; what was taken arrives.
    let pair = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;
    let [ours, theirs] = pair;
    socket_set_nonblock(&ours)?;
    socket_set_nonblock(&theirs)?;
    let message = "0123456789".repeat(400_000);
    let mut sent = 0;
    while let Ok(count) = socket_write(&ours, &message[sent..], None) {
        sent += count;
    }
    show(sent > 0 && sent < message.len());
    show(socket_last_error(&ours) == SOCKET_EAGAIN);
    show(socket_write(&ours, "x", None));
    show(socket_send(&ours, "x", 1, 0));

    // Room again.
    let mut received = Vec::new();
    while let Ok(data) = socket_read(&theirs, 65536, None) {
        received.extend(data);
    }
    show(received.len() == sent);
    show(received == message.as_bytes()[..sent]);
    show(socket_write(&ours, "x", None));

    // A blocking socket takes all of it, while another process reads; here the timeout cuts it short.
    socket_set_block(&ours)?;
    socket_set_option(&ours, SOL_SOCKET, SO_SNDTIMEO, Timeval { sec: 0, usec: 20000 })?;
    let count = socket_write(&ours, &message, None)?;
    show(count > 0 && count < message.len());
    show(socket_write(&ours, &message, None));
    show(socket_last_error(&ours) == SOCKET_EAGAIN);
    Ok(())
}
