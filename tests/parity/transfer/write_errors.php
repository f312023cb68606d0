<?php
$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
show(socket_write($socket, 'x'));
show(socket_last_error($socket) == SOCKET_EPIPE);
$socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP);
show(socket_write($socket, 'x'));
show(socket_last_error($socket) == SOCKET_EDESTADDRREQ);

// The peer is gone: no signal ends the program.
socket_create_pair(AF_UNIX, SOCK_STREAM, 0, $pair);
socket_close($pair[0]);
show(socket_write($pair[1], 'x'));
show(@socket_write($pair[1], 'x'));
show(socket_strerror(socket_last_error($pair[1])));
socket_create_pair(AF_UNIX, SOCK_DGRAM, 0, $pair);
socket_close($pair[0]);
show(socket_write($pair[1], 'x'));

// Longer than a datagram can be.
$socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP);
socket_connect($socket, '127.0.0.1', 9);
show(socket_write($socket, str_repeat('x', 65508)));

