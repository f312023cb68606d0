<?php
// Without an address the system chooses one.
$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
show(socket_listen($socket));
show(socket_getsockname($socket, $address, $port) ? [$address, $port > 0] : null);
show(socket_listen($socket, 5));
show(socket_listen($socket, SOMAXCONN));
show(socket_listen($socket, -1));

$socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP);
show(socket_listen($socket));
show(socket_last_error($socket));

$socket = socket_create(AF_UNIX, SOCK_STREAM, 0);
show(socket_listen($socket, 4));
show(socket_last_error($socket));

// A connected socket does not listen.
$listener = socket_create_listen(0);
socket_getsockname($listener, $address, $port);
$client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_connect($client, '127.0.0.1', $port);
show(socket_listen($client, 4));
