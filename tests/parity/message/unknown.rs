use crate::prelude::*;

/// PHP loses the message.
const DIFFERENCES: &[Difference] = &[always(
    "Warning: socket_recvmsg(): error converting native data (path: msghdr > control > element #1 > data): \
     cmsghdr with level 1 and type 29 not supported\n1\nfalse\n",
    "1\n1\n",
)];

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, DIFFERENCES)
}

fn port() -> Result<()> {
    // A control message of another kind: the time of arrival, SO_TIMESTAMP.
    let timestamp = 29;
    let server = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    socket_bind(&server, "127.0.0.1", 0)?;
    let (_, port) = socket_getsockname(&server)?;
    show(socket_set_option(&server, SOL_SOCKET, timestamp, 1));
    let client = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    show(socket_sendto(&client, "x", 1, 0, "127.0.0.1", port));
    let mut message = MessageHeader { controllen: 100, ..MessageHeader::default() };
    show(socket_recvmsg(&server, &mut message, None));
    show(message.control.len());
    Ok(())
}
