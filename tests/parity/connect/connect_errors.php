<?php
$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
show(fn() => socket_connect($socket, '127.0.0.1'));
show(fn() => socket_connect($socket, ''));
show(socket_connect($socket, '', 1));
show(socket_last_error($socket));

$socket = socket_create(AF_INET6, SOCK_STREAM, SOL_TCP);
show(fn() => socket_connect($socket, '::1'));

// A connected socket.
$listener = socket_create_listen(0);
socket_getsockname($listener, $address, $port);
$client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
show(socket_connect($client, '127.0.0.1', $port));
show(socket_connect($client, '127.0.0.1', $port));
show(socket_last_error($client));

// A datagram socket connects to anybody.
$socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP);
show(socket_connect($socket, '127.0.0.1', 9));
show(socket_getpeername($socket, $address, $port) ? [$address, $port] : null);
