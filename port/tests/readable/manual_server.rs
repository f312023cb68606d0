mod php;

use php::*;
use php_sockets::*;

fn main() {
    // Allow the script to hang around waiting for connections.

    // Turn on implicit output flushing so we see what we're getting
    // as it comes in.

    let address = "192.168.1.53";
    let port = 10_000;

    let sock = warn(socket_create(AF_INET, SOCK_STREAM, SOL_TCP));
    if sock.is_none() {
        echo!("socket_create() failed: reason: ", socket_strerror(socket_last_error(None)), "\n");
    }

    let sock = need(sock);
    if warn(socket_bind(&sock, address, port)).is_none() {
        echo!("socket_bind() failed: reason: ", socket_strerror(socket_last_error(&sock)), "\n");
    }

    if warn(socket_listen(&sock, 5)).is_none() {
        echo!("socket_listen() failed: reason: ", socket_strerror(socket_last_error(&sock)), "\n");
    }

    let mut msgsock;
    'outer: loop {
        let Some(next) = warn(socket_accept(&sock)) else {
            echo!("socket_accept() failed: reason: ", socket_strerror(socket_last_error(&sock)), "\n");
            break;
        };
        msgsock = next;
        // Send instructions.
        let msg = "\nWelcome to the PHP Test Server. \nTo quit, type 'quit'. To shut down the server type 'shutdown'.\n";
        warn(socket_write(&msgsock, msg, msg.len()));

        loop {
            let Some(buf) = warn(socket_read(&msgsock, 2048, PHP_NORMAL_READ)) else {
                echo!("socket_read() failed: reason: ", socket_strerror(socket_last_error(&msgsock)), "\n");
                break 'outer;
            };
            let buf = trim(&buf);
            if !is_true(&buf) {
                continue;
            }
            if buf == b"quit" {
                break;
            }
            if buf == b"shutdown" {
                warn(socket_close(&msgsock));
                break 'outer;
            }
            let talkback = text!("PHP: You said '", buf, "'.\n");
            warn(socket_write(&msgsock, &talkback, talkback.len()));
            echo!(buf, "\n");
        }
        warn(socket_close(&msgsock));
    }

    warn(socket_close(&sock));
}
