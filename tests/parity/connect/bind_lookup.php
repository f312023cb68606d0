<?php
// No address and no possible name of a host.
foreach (['127.0.0.256', 'a b', '::1', '::1%lo', '::ffff:127.0.0.1', str_repeat('a', 256)] as $host) {
    $socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
    show(socket_bind($socket, $host, 0));
    show(socket_last_error($socket));
}

$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
show(socket_bind($socket, '', 0));
show(socket_last_error($socket));
show(socket_last_error());
show(socket_strerror(socket_last_error()));

$socket = socket_create(AF_INET6, SOCK_STREAM, SOL_TCP);
show(socket_bind($socket, '', 0));
show(socket_bind($socket, '::g', 0));
show(socket_bind($socket, 'a b', 0));
show(socket_connect($socket, '::1 ', 1));
show(socket_last_error($socket));
show(socket_last_error());
show(socket_strerror(socket_last_error()));
