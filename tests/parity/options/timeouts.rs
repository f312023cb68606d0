use crate::prelude::*;

const DIFFERENCES: &[Difference] = &[before(
    8,
    5,
    "ValueError: socket_set_option(): Argument #4 ($value) must have key \"sec\"\n\
     ValueError: socket_set_option(): Argument #4 ($value) must have key \"sec\"\n",
    "TypeError: socket_set_option(): Argument #4 ($value) must be of type array \
     when argument #3 ($option) is SO_RCVTIMEO, int given\n\
     TypeError: socket_set_option(): Argument #4 ($value) must be of type array \
     when argument #3 ($option) is SO_SNDTIMEO, int given\n",
)];

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, DIFFERENCES)
}

fn port() -> Result<()> {
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
        show(socket_get_option(&socket, SOL_SOCKET, option));
        show(socket_set_option(&socket, SOL_SOCKET, option, Timeval { sec: 1, usec: 500000 }));
        show(socket_get_option(&socket, SOL_SOCKET, option));
        show(socket_set_option(&socket, SOL_SOCKET, option, Timeval { sec: 0, usec: 1 }));
        show(socket_get_option(&socket, SOL_SOCKET, option));
        show(socket_set_option(&socket, SOL_SOCKET, option, Timeval { sec: -1, usec: 0 }));
        show(socket_get_option(&socket, SOL_SOCKET, option));
        show(socket_set_option(&socket, SOL_SOCKET, option, Timeval { sec: 0, usec: 0 }));
        show(socket_get_option(&socket, SOL_SOCKET, option));

        // Microseconds of a second and more.
        show(socket_set_option(&socket, SOL_SOCKET, option, Timeval { sec: 0, usec: 1000000 }));
        show(socket_last_error(&socket));
        show(socket_set_option(&socket, SOL_SOCKET, option, Timeval { sec: 0, usec: -1 }));
    }

    // Not an array.
    show(socket_set_option(&socket, SOL_SOCKET, SO_RCVTIMEO, 5));
    show(socket_set_option(&socket, SOL_SOCKET, SO_SNDTIMEO, 5));
    Ok(())
}
