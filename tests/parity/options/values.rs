use crate::prelude::*;

const DIFFERENCES: &[Difference] = &[
    always(
        "8\ntrue\ntrue\ntrue\n",
        "8\n\
         TypeError: socket_set_option(): Argument #4 ($value) must be of type int, string given\n\
         TypeError: socket_set_option(): Argument #4 ($value) must be of type int, array given\n\
         ValueError: socket_set_option(): Argument #4 ($value) must be between -2147483648 and 4294967295\n",
    ),
    before(
        8,
        6,
        "Warning: socket_set_option(): Unable to set socket option [22]: Invalid argument\nfalse\ntrue\n",
        "TypeError: socket_set_option(): Argument #4 ($value) must be of type string \
         when argument #3 ($option) is TCP_CONGESTION, int given\n\
         TypeError: socket_set_option(): Argument #4 ($value) must be of type string \
         when argument #3 ($option) is SO_BINDTODEVICE, int given\n",
    ),
];

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, DIFFERENCES)
}

fn port() -> Result<()> {
    // What PHP makes a number of.
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    show(socket_set_option(&socket, SOL_SOCKET, SO_KEEPALIVE, true));
    show(socket_get_option(&socket, SOL_SOCKET, SO_KEEPALIVE));
    show(socket_set_option(&socket, SOL_SOCKET, SO_RCVLOWAT, "7"));
    show(socket_get_option(&socket, SOL_SOCKET, SO_RCVLOWAT));
    show(socket_set_option(&socket, SOL_SOCKET, SO_RCVLOWAT, " 8"));
    show(socket_get_option(&socket, SOL_SOCKET, SO_RCVLOWAT));

    // Text, an array of another option, and a number that does not fit.
    show(socket_set_option(&socket, SOL_SOCKET, SO_KEEPALIVE, "yes"));
    show(socket_set_option(&socket, SOL_SOCKET, SO_KEEPALIVE, Timeval { sec: 1, usec: 0 }));
    show(socket_set_option(&socket, SOL_SOCKET, SO_KEEPALIVE, 4294967296_i64));
    show(socket_set_option(&socket, SOL_TCP, TCP_CONGESTION, 5));
    show(socket_set_option(&socket, SOL_SOCKET, SO_BINDTODEVICE, 5));
    Ok(())
}
