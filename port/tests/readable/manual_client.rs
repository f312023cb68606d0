mod php;

use php::*;
use php_sockets::*;

fn main() {
    echo!("<h2>TCP/IP Connection</h2>\n");

    // Get the port for the WWW service.
    let service_port = getservbyname("www", "tcp");

    // Get the IP address for the target host.
    let address = gethostbyname("www.example.com");

    // Create a TCP/IP socket.
    let socket = warn(socket_create(AF_INET, SOCK_STREAM, SOL_TCP));
    if socket.is_none() {
        echo!("socket_create() failed: reason: ", socket_strerror(socket_last_error(None)), "\n");
    } else {
        echo!("OK.\n");
    }

    echo!("Attempting to connect to '", address, "' on port '", service_port, "'...");
    let socket = need(socket);
    let result = warn(socket_connect(&socket, &address, to_i32(service_port.unwrap_or(0)))).is_some();
    if !result {
        echo!("socket_connect() failed.\nReason: (", result, ") ", socket_strerror(socket_last_error(&socket)), "\n");
    } else {
        echo!("OK.\n");
    }

    let mut in_ = "HEAD / HTTP/1.1\r\n".to_owned();
    in_.push_str("Host: www.example.com\r\n");
    in_.push_str("Connection: Close\r\n\r\n");

    echo!("Sending HTTP HEAD request...");
    warn(socket_write(&socket, &in_, in_.len()));
    echo!("OK.\n");

    echo!("Reading response:\n\n");
    while let Some(out) = warn(socket_read(&socket, 2048, None)).filter(is_true) {
        echo!(out);
    }

    echo!("Closing socket...");
    warn(socket_close(&socket));
    echo!("OK.\n\n");
}
