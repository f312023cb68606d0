use crate::prelude::*;

const DIFFERENCES: &[Difference] = &[
    before(
        8,
        3,
        "false\nfalse\nWarning: socket_set_option(): Unable to set socket option [22]: Invalid argument\nfalse\n",
        "false\ntrue\nWarning: socket_set_option(): Unsupported CBPF filter\nfalse\n",
    ),
    before(
        8,
        5,
        "1400\nWarning: socket_set_option(): Unable to set socket option [22]: Invalid argument\nfalse\n",
        "1400\nValueError: socket_set_option(): Argument #4 ($value) must be between 0 and 65535\n",
    ),
    before(
        8,
        6,
        "5000\nWarning: socket_set_option(): Unable to set socket option [22]: Invalid argument\nfalse\n",
        "5000\nValueError: socket_set_option(): Argument #4 ($value) must be between 0 and 4294967295\n",
    ),
];

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, DIFFERENCES)
}

fn port() -> Result<()> {
    // Options that came after PHP 8.2, by their numbers on Linux.
    let udp_segment = 103;
    let user_timeout = 18;
    let socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    show(socket_set_option(&socket, SOL_UDP, udp_segment, 1400));
    show(socket_get_option(&socket, SOL_UDP, udp_segment));
    show(socket_set_option(&socket, SOL_UDP, udp_segment, 65536));
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    show(socket_set_option(&socket, SOL_TCP, user_timeout, 5000));
    show(socket_get_option(&socket, SOL_TCP, user_timeout));
    show(socket_set_option(&socket, SOL_TCP, user_timeout, -1));

    // A program for the kernel to choose a socket with: PHP makes it of two numbers only.
    let attach_reuseport_cbpf = 51;
    let socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    socket_set_option(&socket, SOL_SOCKET, SO_REUSEPORT, 1)?;
    show(socket_set_option(&socket, SOL_SOCKET, attach_reuseport_cbpf, SKF_AD_CPU).is_ok());
    show(socket_set_option(&socket, SOL_SOCKET, attach_reuseport_cbpf, 12345));
    Ok(())
}
