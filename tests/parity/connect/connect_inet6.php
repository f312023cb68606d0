<?php
$listener = socket_create(AF_INET6, SOCK_STREAM, SOL_TCP);
socket_bind($listener, '::', 0);
socket_listen($listener, 4);
socket_getsockname($listener, $address, $port);
show($address);

foreach (['::1', '127.0.0.1', '::ffff:127.0.0.1'] as $host) {
    $socket = socket_create(AF_INET6, SOCK_STREAM, SOL_TCP);
    show(socket_connect($socket, $host, $port));
    $connection = socket_accept($listener);
    show(socket_getpeername($socket, $address, $there) ? [$address, $there == $port] : null);
    show(socket_getpeername($connection, $address) ? $address : null);
    show(socket_getsockname($connection, $address) ? $address : null);
}

// An IPv4 client appears with a mapped address.
$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
show(socket_connect($socket, '127.0.0.1', $port));
$connection = socket_accept($listener);
show(socket_getpeername($connection, $address) ? $address : null);
