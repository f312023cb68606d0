use crate::prelude::*;

/// PHP takes the number for that of `SO_BINDTODEVICE`.
const DIFFERENCES: &[Difference] = &[
    before(
        8,
        6,
        "Warning: socket_set_option(): Unable to set socket option [22]: Invalid argument\nfalse\n0\n",
        "true\n16384\n",
    ),
    since(
        8,
        6,
        "TypeError: socket_set_option(): Argument #4 ($value) must be of type string \
         when argument #3 ($option) is SO_BINDTODEVICE, int given\n0\n",
        "true\n16384\n",
    ),
];

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, DIFFERENCES)
}

fn port() -> Result<()> {
    // An option of TCP whose number means something else elsewhere: PHP goes by the number.
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    show(socket_set_option(&socket, SOL_TCP, TCP_NOTSENT_LOWAT, 16384));
    show(socket_get_option(&socket, SOL_TCP, TCP_NOTSENT_LOWAT));
    Ok(())
}
