<?php
$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
show(socket_getsockname($socket, $address, $port) ? [$address, $port] : null);
show(socket_getpeername($socket, $address, $port));
show(socket_last_error($socket) == SOCKET_ENOTCONN);

$socket = socket_create(AF_INET6, SOCK_STREAM, SOL_TCP);
show(socket_getsockname($socket, $address, $port) ? [$address, $port] : null);
show(socket_getpeername($socket, $address, $port));

$socket = socket_create(AF_UNIX, SOCK_STREAM, 0);
show(socket_getsockname($socket, $address) ? $address : null);
show(socket_getpeername($socket, $address));

socket_create_pair(AF_UNIX, SOCK_STREAM, 0, $pair);
show(socket_getsockname($pair[0], $address) ? $address : null);
show(socket_getpeername($pair[0], $address) ? $address : null);

// A datagram socket that sends gets a port, but no address.
$socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP);
socket_sendto($socket, 'x', 1, 0, '127.0.0.1', 9);
show(socket_getsockname($socket, $address, $port) ? [$address, $port > 0] : null);
socket_connect($socket, '127.0.0.1', 9);
show(socket_getsockname($socket, $address) ? $address : null);
show(socket_getpeername($socket, $address, $port) ? [$address, $port] : null);
