<?php
$listener = socket_create_listen(0);
show(fn() => $listener);
show(fn() => socket_getsockname($listener, $address, $port) ? [$address, $port > 0] : false);
socket_getsockname($listener, $address, $port);
show(fn() => socket_create_listen($port));
show(fn() => socket_last_error());
show(fn() => socket_last_error($listener));
show(fn() => socket_create_listen(0, 1));
show(fn() => socket_create_listen(0, -1));

$client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
show(fn() => socket_connect($client, '127.0.0.1', $port));
$connection = socket_accept($listener);
show(fn() => socket_getpeername($connection, $address) ? $address : false);

show(fn() => socket_create_listen(-1));
show(fn() => socket_create_listen(65536));
