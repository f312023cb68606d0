mod php;

use php::*;
use php_sockets::*;

fn main() {
    let argv: Vec<Vec<u8>> = std::env::args().map(String::into_bytes).collect();
    // Asks a time server (RFC 868) over UDP, and again if nothing comes.
    let host = if argv.len() > 1 { argv.at(1) } else { b"time.nist.gov".to_vec() };
    let sock = must(socket_create(AF_INET, SOCK_DGRAM, SOL_UDP));
    warn(socket_set_option(&sock, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 2, usec: 0 }));

    let mut data = Vec::new();
    for try_ in 1..=3_i64 {
        warn(socket_sendto(&sock, "", 0, 0, &host, 37));
        let (count, from, _) = received(quiet(keeping(&mut data, |data| socket_recvfrom(&sock, data, 4, 0))));
        if count.is_none() {
            echo!("no answer (", try_, "): ", socket_strerror(socket_last_error(&sock)), "\n");
            continue;
        }
        let seconds = unpack("N", &data).unwrap_or_default().at(1) - 2_208_988_800;
        echo!(from, " says ", date("Y-m-d H:i:s", seconds), "\n");
        break;
    }
    warn(socket_close(&sock));
}
