mod php;

use php::*;
use php_sockets::*;

fn main() {
    // Setup socket pair
    let made = warn(socket_create_pair(AF_UNIX, SOCK_STREAM, 0));
    let sockets = made.clone().map_or_else(Vec::new, Vec::from);
    if made.is_none() {
        echo!("socket_create_pair failed. Reason: ", socket_strerror(socket_last_error(None)));
    }
    // Send and Receive Data
    if warn(socket_write(&sockets[0], "ABCdef123\n", "ABCdef123\n".len())).is_none() {
        echo!("socket_write() failed. Reason: ", socket_strerror(socket_last_error(&sockets[0])));
    }
    let data = warn(socket_read(&sockets[1], "ABCdef123\n".len(), PHP_BINARY_READ));
    if data.is_none() {
        echo!("socket_read() failed. Reason: ", socket_strerror(socket_last_error(&sockets[1])));
    }
    var_dump(&data);

    // Close sockets
    warn(socket_close(&sockets[0]));
    warn(socket_close(&sockets[1]));
}
