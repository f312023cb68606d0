//! The numbers that every system shares.

use php_sockets::*;

/// The value of each name, as this crate has it.
macro_rules! values {
    ($($name:ident)+) => { &[$((stringify!($name), $name)),+] };
}

#[test]
fn numbers_that_every_system_shares() {
    let expected: &[(&str, i32)] = &[
        ("AF_INET", 2),
        ("SOCK_STREAM", 1),
        ("SOL_TCP", 6),
        ("SOL_UDP", 17),
        ("IPPROTO_IPV6", 41),
        ("PHP_NORMAL_READ", 1),
        ("PHP_BINARY_READ", 2),
        ("SHUT_RDWR", 2),
    ];
    let ours: &[(&str, i32)] =
        values! { AF_INET SOCK_STREAM SOL_TCP SOL_UDP IPPROTO_IPV6 PHP_NORMAL_READ PHP_BINARY_READ SHUT_RDWR };
    assert_eq!(ours, expected);
    assert_eq!(SOCKET_EAGAIN, SOCKET_EWOULDBLOCK);
    assert_ne!(SOCKET_EINPROGRESS, SOCKET_EINVAL);
}
