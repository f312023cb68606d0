//! Any bytes to a server: no panic, limits hold, and the same messages, errors and answers however the bytes arrive.
#![no_main]

use libfuzzer_sys::fuzz_target;
use php_sockets::ws::Role;
use php_sockets_fuzz::receive_in_pieces;

fuzz_target!(|data: &[u8]| receive_in_pieces(Role::Server, None, data));
