<?php
$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
show(socket_recv($socket, $data, 10, 0));
show(socket_last_error($socket) == SOCKET_ENOTCONN);
show(socket_last_error() == SOCKET_ENOTCONN);

// No out-of-band byte is there, and datagrams have none.
$listener = socket_create_listen(0);
socket_getsockname($listener, $address, $port);
socket_connect($socket, '127.0.0.1', $port);
show(socket_recv($socket, $data, 10, MSG_OOB));
socket_create_pair(AF_UNIX, SOCK_DGRAM, 0, $pair);
show(socket_recv($pair[0], $data, 10, MSG_OOB));
show(@socket_recv($pair[0], $data, 10, MSG_OOB));
