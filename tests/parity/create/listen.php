<?php
$listener = socket_create_listen(0);
show($listener);
show(socket_getsockname($listener, $address, $port) ? [$address, $port > 0] : false);
socket_getsockname($listener, $address, $port);
show(socket_create_listen($port));
show(socket_last_error());
show(socket_last_error($listener));
show(socket_create_listen(0, 1));
show(socket_create_listen(0, -1));

$client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
show(socket_connect($client, '127.0.0.1', $port));
$connection = socket_accept($listener);
show(socket_getpeername($connection, $address) ? $address : false);

show(fn() => socket_create_listen(-65536));
show(fn() => socket_create_listen(65536));
