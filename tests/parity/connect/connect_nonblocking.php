<?php
$listener = socket_create_listen(0);
socket_getsockname($listener, $address, $port);

$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
show(socket_set_nonblock($socket));
show(socket_connect($socket, '127.0.0.1', $port));
show(socket_last_error($socket) == SOCKET_EINPROGRESS);
show(socket_last_error() == SOCKET_EINPROGRESS);
$write = [$socket];
$none = null;
show(socket_select($none, $write, $none, 5));
show(socket_get_option($socket, SOL_SOCKET, SO_ERROR));

// Asked again, it says yes once.
show(socket_connect($socket, '127.0.0.1', $port));
show(socket_connect($socket, '127.0.0.1', $port));
show(socket_last_error($socket));

// Refused: the number waits in SO_ERROR, or for the next call.
$bound = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_bind($bound, '127.0.0.1', 0);
socket_getsockname($bound, $address, $port);
$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_set_nonblock($socket);
show(socket_connect($socket, '127.0.0.1', $port));
$write = [$socket];
show(socket_select($none, $write, $none, 5));
show(socket_get_option($socket, SOL_SOCKET, SO_ERROR));
show(socket_get_option($socket, SOL_SOCKET, SO_ERROR));
show(socket_last_error($socket) == SOCKET_EINPROGRESS);
$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_set_nonblock($socket);
show(socket_connect($socket, '127.0.0.1', $port));
$write = [$socket];
show(socket_select($none, $write, $none, 5));
show(socket_connect($socket, '127.0.0.1', $port));
