//! Any bytes as compressed messages, with any parameters; and any message there and back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use php_sockets::ws::{Message, Role, deflate::Parameters};
use php_sockets_fuzz::{endpoint, receive_in_pieces};

fuzz_target!(|data: &[u8]| {
    let Some((&choice, data)) = data.split_first() else {
        return;
    };
    let parameters = Parameters {
        server_no_context_takeover: choice & 1 != 0,
        client_no_context_takeover: choice & 2 != 0,
        server_max_window_bits: 8 + (choice >> 2 & 7),
        client_max_window_bits: 8 + (choice >> 5),
    };
    // A server's frames are the plainer ones to make up.
    receive_in_pieces(Role::Client, Some(parameters), data);

    let (mut from, mut to) = (endpoint(Role::Client, Some(parameters)), endpoint(Role::Server, Some(parameters)));
    let mut buffer = Vec::new();
    for message in data.split(|&byte| byte == b'\n') {
        from.send(message).expect("a message within the limits");
        to.feed(from.output());
        from.written(from.output().len()).expect("random bytes");
        let received = to.next(&mut buffer).expect("what was sent is valid");
        assert_eq!(received, Some(Message::Binary(message)));
    }
});
