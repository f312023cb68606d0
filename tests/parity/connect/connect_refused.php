<?php
// Nobody listens on a port that is bound, and nobody else can take it.
$bound = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_bind($bound, '127.0.0.1', 0);
socket_getsockname($bound, $address, $port);

$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
show(socket_connect($socket, '127.0.0.1', $port));
show(socket_last_error($socket) == SOCKET_ECONNREFUSED);
show(@socket_connect($socket, '127.0.0.1', $port));
if (!@socket_connect($socket, 'localhost', $port)) {
    echo 'socket_connect() 失败：', socket_strerror(socket_last_error($socket)), "\n";
}
show(socket_connect($socket, '0', $port));
show(socket_connect($socket, '127.0.0.1', 0));

// A datagram socket hears of it with the next call. The other one keeps its port, and hears itself alone.
$bound = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP);
socket_bind($bound, '127.0.0.1', 0);
socket_getsockname($bound, $address, $port);
socket_connect($bound, '127.0.0.1', $port);
$socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP);
socket_connect($socket, '127.0.0.1', $port);
show(socket_write($socket, 'hello'));
show(socket_read($socket, 10));
show(socket_last_error($socket));
