<?php
foreach ([-65536, 65536, 131072] as $port) {
    $socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP);
    show(fn() => socket_bind($socket, '127.0.0.1', $port));
    $socket = socket_create(AF_INET6, SOCK_DGRAM, SOL_UDP);
    show(fn() => socket_bind($socket, '::1', $port));
}
// Whatever the number, AF_UNIX has no port; from PHP 8.5 on it must be one all the same.
$socket = socket_create(AF_UNIX, SOCK_STREAM, 0);
show(socket_bind($socket, 'server.sock', 65535));
