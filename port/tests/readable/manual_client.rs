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
    let result = warn(socket_connect(need(socket.as_ref()), &address, to_i32(service_port.unwrap_or(0)))).is_some();
    if !result {
        echo!("socket_connect() failed.\nReason: (", result, ") ", socket_strerror(socket_last_error(need(socket.as_ref()))), "\n");
    } else {
        echo!("OK.\n");
    }

    let mut in_ = "HEAD / HTTP/1.1\r\n".to_owned();
    in_.push_str("Host: www.example.com\r\n");
    in_.push_str("Connection: Close\r\n\r\n");
    let _out = "";

    echo!("Sending HTTP HEAD request...");
    warn(socket_write(need(socket.as_ref()), &in_, in_.len()));
    echo!("OK.\n");

    echo!("Reading response:\n\n");
    while let Some(out) = warn(socket_read(need(socket.as_ref()), 2048, None)).filter(is_true) {
        echo!(out);
    }

    echo!("Closing socket...");
    warn(socket_close(need(socket.as_ref())));
    echo!("OK.\n\n");
}
