<?php
$listener = socket_create_listen(0);
socket_getsockname($listener, $address, $port);

$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
show(fn() => socket_set_nonblock($socket));
show(fn() => socket_connect($socket, '127.0.0.1', $port));
show(fn() => socket_last_error($socket) == SOCKET_EINPROGRESS);
show(fn() => socket_last_error() == SOCKET_EINPROGRESS);
$write = [$socket];
$none = null;
show(fn() => socket_select($none, $write, $none, 5));
show(fn() => socket_get_option($socket, SOL_SOCKET, SO_ERROR));

// Asked again, it says yes once.
show(fn() => socket_connect($socket, '127.0.0.1', $port));
show(fn() => socket_connect($socket, '127.0.0.1', $port));
show(fn() => socket_last_error($socket));

// Refused: the number waits in SO_ERROR, or for the next call.
$bound = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_bind($bound, '127.0.0.1', 0);
socket_getsockname($bound, $address, $port);
$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_set_nonblock($socket);
show(fn() => socket_connect($socket, '127.0.0.1', $port));
$write = [$socket];
show(fn() => socket_select($none, $write, $none, 5));
show(fn() => socket_get_option($socket, SOL_SOCKET, SO_ERROR));
show(fn() => socket_get_option($socket, SOL_SOCKET, SO_ERROR));
show(fn() => socket_last_error($socket) == SOCKET_EINPROGRESS);
$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_set_nonblock($socket);
show(fn() => socket_connect($socket, '127.0.0.1', $port));
$write = [$socket];
show(fn() => socket_select($none, $write, $none, 5));
show(fn() => socket_connect($socket, '127.0.0.1', $port));
